"""Somebody's passkey under a consent: the question is put, and its answer goes where it belongs.

A question about a consent is put only once its document was opened by whoever signs, and only about what their page
shows: the page hands back the digest of that, and the consents are looked at again when the answer comes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db import transaction

from consent import ceremony, plain, record, shown
from consent.assertion import Purpose
from consent.models import ConsentRecord
from consent.plain import Section
from consent.services import answers, identity, signing
from consent.services.answers import Proof
from consent.types import Reason, ReasonCode, Refusal
from countersign.accounts import ceremonies
from countersign.accounts.ceremonies import About, Asked
from countersign.accounts.models import Passkey, Person
from countersign.runs import outbox, sealing, services, standing
from provenance import canonical, ledger
from provenance.types import EntryKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What came back from a passkey: which question, and the answer's JSON."""

    ceremony: UUID
    response: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """A consent as it is put before whoever signs it."""

    record: ConsentRecord
    summary: tuple[Section, ...]


def leaves(records: Sequence[ConsentRecord]) -> list[Leaf]:
    return [Leaf(record=row, summary=plain.summary(record.from_json(row.terms))) for row in records]


def seen(records: Sequence[ConsentRecord], *, purpose: Purpose) -> str:
    """The digest of what a page shows of the consents: it comes back with the wish to sign."""
    return canonical.sha256(shown.to_json(answers.as_shown(row, purpose=purpose) for row in records))


def beside(row: ConsentRecord) -> list[ConsentRecord]:
    """What else of the same production waits for the same performer's signature, to be signed in one go."""
    same = ConsentRecord.objects.filter(production=row.production_id, performer=row.performer_id, state=row.state)
    return [other for other in same.exclude(pk=row.pk).order_by("pk") if signing.waits(other) is signing.waits(row)]


@transaction.atomic
def ask_to_sign(records: Sequence[ConsentRecord], *, saw: str, by: Person) -> Asked | Refusal:
    """The question to the performer's passkey, about these consents together."""
    held = answers.locked(records)
    purpose = signing.waits(held[0]) or Purpose.SIGN
    reasons = [*signing.open_to(held, purpose=purpose, by=by), *_unready(held, by, purpose=purpose, saw=saw)]
    if reasons:
        return answers.refuse(held, reasons[:1], purpose=purpose, by=by)
    mine = identity.confirmed(held[0].performer)
    return _put(held, purpose=purpose, by=by, known=mine)


@transaction.atomic
def sign(records: Sequence[ConsentRecord], given: Given, *, by: Person) -> list[ConsentRecord] | Refusal:
    """The performer signs, or confirms what came on paper; what is signed here is sent to be sealed."""
    held = answers.locked(records)
    purpose = signing.waits(held[0]) or Purpose.SIGN
    proof = _proof(given, purpose=purpose, by=by)
    if isinstance(proof, Reason):
        return answers.refuse(held, [proof], purpose=purpose, by=by)
    if purpose is Purpose.CONFIRM:
        return signing.confirm(held, proof=proof, by=by)
    signed = signing.sign(held, proof=proof, by=by)
    for row in signed if isinstance(signed, list) else ():
        outbox.put(sealing.TASK, row.pk)
    return signed


@transaction.atomic
def ask_to_approve(row: ConsentRecord, *, by: Person) -> Asked | Refusal:
    """The question to legal's passkey: this document, these terms."""
    return _ask_one(row, purpose=Purpose.APPROVE, by=by)


@transaction.atomic
def approve(row: ConsentRecord, *, by: Person, given: Given | None = None) -> ConsentRecord | Refusal:
    """Approve, by a passkey where the person has one or where this installation demands it."""
    proof = _proof(given, purpose=Purpose.APPROVE, by=by) if given else None
    if isinstance(proof, Reason):
        return answers.refuse([row], [proof], purpose=Purpose.APPROVE, by=by)
    return standing.approve(row, by=by, proof=proof, signed=settings.APPROVALS_NEED_PASSKEY)


def must_sign(person: Person) -> bool:
    """Whether this person approves by passkey only."""
    return settings.APPROVALS_NEED_PASSKEY or bool(identity.passkeys_of(person.pk))


@transaction.atomic
def ask_to_withdraw(row: ConsentRecord, *, by: Person) -> Asked | Refusal:
    return _ask_one(row, purpose=Purpose.WITHDRAW, by=by)


@transaction.atomic
def withdraw(row: ConsentRecord, *, by: Person, reason: str, given: Given | None = None) -> ConsentRecord | Refusal:
    """Withdraw, with a passkey's answer kept as evidence where one was given; without one it is as good."""
    proof = _proof(given, purpose=Purpose.WITHDRAW, by=by) if given else None
    if isinstance(proof, Reason):
        return answers.refuse([row], [proof], purpose=Purpose.WITHDRAW, by=by)
    refusal = signing.sign_withdrawal(row, proof=proof, by=by) if proof else None
    return refusal or services.withdraw(row, by=by, reason=reason)


def _ask_one(row: ConsentRecord, *, purpose: Purpose, by: Person) -> Asked | Refusal:
    mine = identity.passkeys_of(by.pk)
    if not mine:
        return answers.refuse([row], [ceremony.no(ReasonCode.PASSKEY_UNKNOWN)], purpose=purpose, by=by)
    return _put([row], purpose=purpose, by=by, known=mine)


def _put(rows: Sequence[ConsentRecord], *, purpose: Purpose, by: Person, known: frozenset[str]) -> Asked:
    about = About(
        purpose=purpose,
        digest=lambda nonce: answers.digest(rows, purpose=purpose, nonce=nonce),
        production=rows[0].production_id,
    )
    mine = Passkey.objects.filter(person=by, removed_at=None, sha256__in=known)
    return ceremonies.put(about, to=by, known=[ceremonies.key(one) for one in mine])


def _proof(given: Given, *, purpose: Purpose, by: Person) -> Proof | Reason:
    row = ceremonies.spend(given.ceremony, purpose=purpose, person=by)
    found = row if isinstance(row, Reason) else ceremonies.answer(row, given.response)
    return found if isinstance(found, Reason) else Proof(evidence=found[1].evidence, site=ceremonies.site())


def _unready(rows: Sequence[ConsentRecord], by: Person, *, purpose: Purpose, saw: str) -> Iterator[Reason]:
    """What is missing before a passkey is asked: one that counts, the document opened, the page still true."""
    if not identity.passkeys_of(by.pk):
        yield ceremony.no(ReasonCode.PASSKEY_UNKNOWN)
    if not identity.confirmed(rows[0].performer):
        yield ceremony.no(ReasonCode.IDENTITY_NOT_CONFIRMED)
    if saw != seen(rows, purpose=purpose):
        yield ceremony.no(ReasonCode.OTHER_SHOWN)
    for row in rows:
        if not _opened(row, by, sha256=answers.as_shown(row, purpose=purpose).document_sha256):
            yield ceremony.no(ReasonCode.DOCUMENT_NOT_OPENED)


def _opened(row: ConsentRecord, by: Person, *, sha256: str) -> bool:
    """Whether the ledger knows that this person was handed exactly this document."""
    reads = ledger.about([f"consent:{row.pk}"], kinds=(EntryKind.CONSENT_READ,))
    return any(entry.actor == f"person:{by.pk}" and entry.body["sha256"] == sha256 for entry in reads)
