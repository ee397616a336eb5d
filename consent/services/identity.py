"""Which passkeys are a performer's: the ledger says so, and a second person said it there.

An invitation is a link, and whoever gets hold of it comes in. So a passkey signs nothing for a performer before
somebody who did not invite them has looked at who they are.
"""

from collections.abc import Collection, Iterable
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from consent import ceremony
from consent.models import Performer
from consent.services import people
from consent.services.entries import Somebody, codes, note, subject_of
from consent.services.steps import second_person
from consent.types import Reason, ReasonCode, Refusal
from provenance import ledger
from provenance.types import EntryKind, Json

_PASSKEYS = (EntryKind.PERSON_PASSKEY_ADDED, EntryKind.PERSON_PASSKEY_REMOVED)


@transaction.atomic
def confirm(performer: Performer, *, passkeys: Collection[str], by: Somebody) -> Performer | Refusal:
    """These passkeys (their digests) are the performer's, says a second person. What is confirmed already stays so.

    Refused to whoever invited them and to the performer, and for a passkey that the performer does not have. Raises
    ConsentError for a performer who was erased.
    """
    row = people.present(performer)
    reasons = tuple(_against(row, passkeys, by=by))
    if reasons:
        refused: dict[str, Json] = {"reasons": codes(reasons)}
        note(EntryKind.PERFORMER_CONFIRMATION_REFUSED, subject=subject_of(row), by=by, body=refused)
        return Refusal(reasons=reasons, decided_at=timezone.now())
    for sha256 in sorted(set(passkeys) - confirmed(row)):
        body: dict[str, Json] = {"person": str(row.person_id), "passkey_sha256": sha256}
        note(EntryKind.PERFORMER_CONFIRMED, subject=subject_of(row), by=by, body=body)
    return row


def confirmed(performer: Performer) -> frozenset[str]:
    """The passkeys that sign for the performer, by their digests: those of the account that they have now, which were
    confirmed and not removed. Raises LedgerError."""
    return ever_confirmed(performer) & passkeys_of(performer.person_id) if performer.person_id else frozenset()


def known(performer: Performer) -> bool:
    """Whether the performer's account may give anything in their name: whoever came in by an invitation only once a
    second person has looked at who they are. Raises LedgerError."""
    return not inviters(performer) or bool(confirmed(performer))


def ever_confirmed(performer: Performer) -> frozenset[str]:
    """The same with those that were removed since: what they signed before stays signed. Raises LedgerError."""
    said = ledger.about([subject_of(performer)], kinds=(EntryKind.PERFORMER_CONFIRMED,))
    mine = str(performer.person_id)
    return frozenset(str(entry.body["passkey_sha256"]) for entry in said if entry.body["person"] == mine)


def passkeys_of(person: UUID) -> frozenset[str]:
    """The passkeys that the ledger knows of a person, by their digests, without those removed. Raises LedgerError."""
    found: set[str] = set()
    for entry in ledger.about([f"person:{person}"], kinds=_PASSKEYS):
        change = found.add if entry.kind is EntryKind.PERSON_PASSKEY_ADDED else found.discard
        change(str(entry.body["passkey_sha256"]))
    return frozenset(found)


def inviters(performer: Performer) -> frozenset[str]:
    """Who ever invited the performer, as actors of the ledger. Raises LedgerError."""
    said = ledger.about([subject_of(performer)], kinds=(EntryKind.PERFORMER_INVITED,))
    return frozenset(entry.actor for entry in said)


def confirmers(performer: Performer, *, passkeys: Collection[str]) -> set[UUID]:
    """Who said that one of these passkeys is the performer's. Raises LedgerError."""
    said = ledger.about([subject_of(performer)], kinds=(EntryKind.PERFORMER_CONFIRMED,))
    return {UUID(entry.actor.removeprefix("person:")) for entry in said if entry.body["passkey_sha256"] in passkeys}


def _against(performer: Performer, passkeys: Collection[str], *, by: Somebody) -> Iterable[Reason]:
    if by.pk == performer.person_id or f"person:{by.pk}" in inviters(performer):
        yield _same_person(performer)
    theirs = passkeys_of(performer.person_id) if performer.person_id else frozenset()
    if not passkeys or not set(passkeys) <= theirs:
        yield ceremony.no(ReasonCode.PASSKEY_UNKNOWN)


def _same_person(performer: Performer) -> Reason:
    return second_person(
        f"Nobody confirms who {performer.name} is who invited them, and nobody confirms themselves.",
        asked="confirmation by the same person",
        allowed="confirmation by a second person",
        remedy="Ask a colleague from legal who did not invite them to look and confirm.",
    )
