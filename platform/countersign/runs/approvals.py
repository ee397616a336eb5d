"""Shots that a performer approves or declines before anybody sees them, where their consent says so.

The rules this module keeps:
1. Every consent of the grant whose signed terms ask for it has its own word; without all of them nothing is published.
2. The performer says it, in their own session, of exactly this file; nobody says it for them. Whoever came in by an
   invitation sees and says nothing before a second person has confirmed who they are.
3. The ledger is believed, not the row: who writes rows cannot write the ledger back.
4. A shot once declined stays so; a new run makes a new shot.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from consent import ceremony, record
from consent.errors import TermsError
from consent.models import ConsentRecord, Performer
from consent.services import identity
from consent.types import Grant, Reason, ReasonCode, Refusal
from countersign.accounts.models import Person
from countersign.runs.models import Output, OutputState
from countersign.runs.shot_models import Shot, ShotWord
from provenance import ledger
from provenance.types import EntryKind, Json, Said, Sealed

_WORDS = {EntryKind.SHOT_APPROVED: ShotWord.APPROVED, EntryKind.SHOT_DECLINED: ShotWord.DECLINED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What the performers have said so far: whose word is missing, and who declined."""

    waiting: tuple[str, ...]
    declined: tuple[str, ...]


def look(output: Output, grant: Grant) -> Look:
    """Ask everybody who was not asked yet; what they have said, by the ledger. Raises LedgerError."""
    rows = _asking(grant)
    for row in rows:
        _ask(output, row)
    subjects = [f"output:{output.pk}", *(f"performer:{row.performer_id}" for row in rows)]
    told = ledger.about(subjects, kinds=(*_WORDS, EntryKind.PERFORMER_CONFIRMED))
    said = {row.pk: _word(row, told, sha256=output.sha256) for row in rows}
    return Look(
        waiting=tuple(row.performer.name for row in rows if said[row.pk] is None),
        declined=tuple(row.performer.name for row in rows if said[row.pk] is ShotWord.DECLINED),
    )


@transaction.atomic
def decide(shot: Shot, *, word: ShotWord, reason: str = "", by: Person) -> Shot | Refusal:
    """The performer approves or declines; whether the shot is theirs the caller has looked at."""
    row = Shot.objects.select_for_update(no_key=True, of=("self",)).select_related("output", "consent__performer")
    held = row.get(pk=shot.pk)
    against = _against(held, word=word, by=by)
    kind = EntryKind.SHOT_APPROVED if word is ShotWord.APPROVED else EntryKind.SHOT_DECLINED
    body: dict[str, Json] = {"sha256": held.output.sha256, "consent": str(held.consent_id)}
    if against is not None:
        refused: dict[str, Json] = {**body, "reasons": [against.code.value]}
        ledger.append(EntryKind.SHOT_WORD_REFUSED, subject=_subject(held), actor=f"person:{by.pk}", body=refused)
        return Refusal(reasons=(against,), decided_at=timezone.now())
    if word is ShotWord.DECLINED:
        _take_down(held.output, by=by)
    Shot.objects.filter(pk=held.pk).update(word=word, reason=reason[:500], decided_at=timezone.now(), decided_by=by)
    words = Sealed(of=f"performer:{held.consent.performer_id}", values={"reason": reason[:500]})
    ledger.append(kind, subject=_subject(held), actor=f"person:{by.pk}", body=body, sealed=words)
    shot.refresh_from_db()
    return shot


def _take_down(output: Output, *, by: Person) -> None:
    """Nobody watches a declined shot any more, whoever else has still to look at it. In the caller's transaction."""
    down = {"state": OutputState.TAKEN_DOWN, "taken_down_at": timezone.now()}
    if Output.objects.filter(pk=output.pk, state=OutputState.SIGNED).update(**down):
        body: dict[str, Json] = {"sha256": output.sha256, "to": OutputState.TAKEN_DOWN.value}
        subject = f"output:{output.pk}"
        ledger.append(EntryKind.OUTPUT_FLAGGED, subject=subject, actor=f"person:{by.pk}", body=body)


def declined(names: Sequence[str]) -> Reason:
    """Why a shot is not published."""
    who = " and ".join(names)
    return Reason(
        code=ReasonCode.SHOT_DECLINED,
        sentence=f"{who} looked at this shot and declined it.",
        asked="to publish the shot",
        allowed="only a shot that every performer whose consent asks for it has approved",
        remedy=f"Speak with {who}, change the shot, and start a new run; this one is not shown to anybody.",
    )


def _asking(grant: Grant) -> list[ConsentRecord]:
    """The consents of the grant that ask for a word on each shot."""
    used = ConsentRecord.objects.filter(pk__in=[one.consent_id for one in grant.consents])
    rows = used.select_related("performer").defer("offered_pdf", "signed_pdf").order_by("pk")
    granted = {one.consent_id: one.terms_sha256 for one in grant.consents}
    return [row for row in rows if _asks(row, terms_sha256=granted[row.pk])]


def _asks(row: ConsentRecord, *, terms_sha256: str) -> bool:
    """Whether the terms that were signed ask for it; terms that are not those say nothing, and then it is asked."""
    try:
        terms = record.from_json(row.terms)
    except TermsError:
        return True
    return terms.approval_per_shot or record.digest(terms) != terms_sha256


@transaction.atomic
def _ask(output: Output, row: ConsentRecord) -> None:
    _, new = Shot.objects.get_or_create(output=output, consent=row)
    if new:
        body: dict[str, Json] = {"sha256": output.sha256, "consent": str(row.pk)}
        ledger.append(EntryKind.SHOT_SHOWN, subject=f"output:{output.pk}", actor="worker:publish", body=body)


def _word(row: ConsentRecord, told: Sequence[Said], *, sha256: str) -> ShotWord | None:
    """The first word of the performer on this very file; later ones change nothing. Of whoever came in by an invitation
    only what they said after they were confirmed."""
    theirs = (f"person:{row.performer.person_id}", str(row.pk), sha256)
    known = not identity.inviters(row.performer)
    for entry in told:
        known = known or _confirms(entry, row.performer)
        if known and (entry.actor, entry.body.get("consent"), entry.body.get("sha256")) == theirs:
            return _WORDS[entry.kind]
    return None


def _confirms(entry: Said, performer: Performer) -> bool:
    theirs = (f"performer:{performer.pk}", str(performer.person_id))
    return entry.kind is EntryKind.PERFORMER_CONFIRMED and (entry.subject, entry.body["person"]) == theirs


def _against(shot: Shot, *, word: ShotWord, by: Person) -> Reason | None:
    if shot.consent.performer.person_id != by.pk or word is ShotWord.WAITING:
        return _no(ReasonCode.WRONG_SIGNER, "Only the performer approves or declines a shot of theirs.")
    if not identity.known(shot.consent.performer):
        return ceremony.no(ReasonCode.IDENTITY_NOT_CONFIRMED)
    if shot.word != ShotWord.WAITING:
        return _no(ReasonCode.WRONG_STATE, "You have said your word on this shot already.")
    if shot.output.state != OutputState.SIGNED:
        return _no(ReasonCode.WRONG_STATE, "This shot is not waiting for anybody any more.")
    return None


def _no(code: ReasonCode, sentence: str) -> Reason:
    return Reason(
        code=code,
        sentence=sentence,
        asked="to decide on a shot",
        allowed="the performer, once, while the shot waits",
        remedy="Look at the shot again; if it is out already, you can withdraw the consent.",
    )


def _subject(shot: Shot) -> str:
    return f"output:{shot.output_id}"
