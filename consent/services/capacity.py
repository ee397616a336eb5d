"""Whether whoever signs may sign for the performer: in what capacity, shown by what proof, for how long."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from consent import age
from consent.models import ConsentRecord, Performer, Proof, Signatory
from consent.types import Capacity, ProofKind, ProofState, Reason, ReasonCode, Way

PROOFS: Mapping[Capacity, frozenset[ProofKind]] = {
    Capacity.SELF: frozenset(),
    Capacity.GUARDIAN: frozenset({ProofKind.GUARDIANSHIP_ORDER, ProofKind.BIRTH_CERTIFICATE}),
    Capacity.ESTATE: frozenset({ProofKind.PROBATE, ProofKind.CHAIN_OF_TITLE}),
    Capacity.UNION: frozenset({ProofKind.UNION_AGREEMENT}),
}
_OF_AN_ADULT = frozenset({ProofKind.GUARDIANSHIP_ORDER})  # a birth certificate makes nobody a guardian of an adult


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Who is to sign a consent, and the certificate bound to them, if one is."""

    name: str
    certificate_sha256: str
    bound_by: UUID | None
    person: UUID | None


def signer_of(row: ConsentRecord) -> Signer:
    """The performer, or in another capacity the signatory that the terms name; bound to nothing where there is none."""
    if capacity_of(row) is Capacity.SELF:
        who = row.performer
        return Signer(
            name=who.name,
            certificate_sha256=who.certificate_sha256,
            bound_by=who.certificate_bound_by_id,
            person=who.person_id,
        )
    found = signatory_of(row)
    if found is None:
        return Signer(name=str(row.terms["signer_name"]), certificate_sha256="", bound_by=None, person=None)
    return Signer(
        name=found.name,
        certificate_sha256=found.certificate_sha256,
        bound_by=found.certificate_bound_by_id,
        person=found.person_id,
    )


def capacity_of(row: ConsentRecord) -> Capacity:
    return Capacity(row.terms["signer_capacity"])


def signatory_of(row: ConsentRecord) -> Signatory | None:
    """Who the terms say signs for the performer; None where they sign for themselves, or nobody of that name may."""
    capacity = capacity_of(row)
    if capacity is Capacity.SELF:
        return None
    found = row.performer.signatories.filter(capacity=capacity, name=row.terms["signer_name"])
    if capacity is Capacity.UNION:
        found = found.filter(union=row.terms["union"], agreement=row.terms["agreement"])
    return found.first()


def against(row: ConsentRecord) -> list[Reason]:
    """Why the one who signs, or signed, may not do so for this performer now. By what is known of the performer, and
    by what the terms say where nothing is."""
    now = timezone.now()
    return [*_cannot_sign(row, now), *_not_by_them(row), *_not_shown(row, now), *_too_long(row, now)]


def not_shown(row: ConsentRecord) -> list[Reason]:
    """Why nothing that counts shows now that the one who signed may sign for the performer."""
    return list(_not_shown(row, timezone.now()))


def no_estate(row: ConsentRecord) -> list[Reason]:
    """Why nobody confirmed for the estate that the consent goes on after a death."""
    proven = _standing(row.performer, timezone.now()).filter(
        signatory__capacity=Capacity.ESTATE, kind__in=PROOFS[Capacity.ESTATE]
    )
    return [] if proven.exists() else [_proof_missing(row.performer, Capacity.ESTATE)]


def born(row: ConsentRecord) -> date | None:
    """The earliest that is known does not count: what was recorded goes before what terms say."""
    return row.performer.born or age.stated(str(row.terms["performer_born"]))


def _cannot_sign(row: ConsentRecord, now: datetime) -> Iterator[Reason]:
    capacity, name = capacity_of(row), row.performer.name
    dead = row.performer.deceased_at is not None or bool(row.terms["performer_deceased"])
    if dead and capacity is not Capacity.ESTATE:
        yield _capacity(ReasonCode.DECEASED_SIGNS, f"{name} has died; only the estate signs for them.", "the estate")
    elif age.is_minor(born(row), now) and capacity is not Capacity.GUARDIAN:
        yield _capacity(ReasonCode.MINOR_SIGNS, f"{name} is a minor; only a guardian signs for them.", "a guardian")


def _not_by_them(row: ConsentRecord) -> Iterator[Reason]:
    """A key of the performer's, in a wallet or a passkey, is not the guardian's: they sign with a certificate."""
    if capacity_of(row) is not Capacity.SELF and row.way not in ("", Way.PADES):
        yield Reason(
            code=ReasonCode.WRONG_SIGNER,
            sentence=f"{row.terms['signer_name']} was to sign this, and the performer's own key did.",
            asked=f"signed by {row.way}",
            allowed="signed with the certificate that is bound to the signer",
            remedy="Have the signer sign the document with their own certificate, and upload it.",
        )


def _not_shown(row: ConsentRecord, now: datetime) -> Iterator[Reason]:
    capacity = capacity_of(row)
    if capacity is Capacity.SELF:
        return
    signatory, kinds = signatory_of(row), PROOFS[capacity]
    if capacity is Capacity.GUARDIAN and not age.is_minor(born(row), now):
        kinds = _OF_AN_ADULT
    alive = capacity is Capacity.ESTATE and row.performer.deceased_at is None
    proven = _standing(row.performer, now).filter(signatory=signatory, kind__in=kinds)
    if signatory is None or alive or not proven.exists():
        yield _proof_missing(row.performer, capacity)


def _too_long(row: ConsentRecord, now: datetime) -> Iterator[Reason]:
    day = born(row)
    if day and age.is_minor(day, now) and row.valid_until > age.comes_of_age(day):
        yield Reason(
            code=ReasonCode.OUTLASTS_CHILDHOOD,
            sentence=f"This consent would go on after {row.performer.name} has come of age.",
            asked=f"until {row.valid_until:%-d %B %Y}",
            allowed=f"until {age.comes_of_age(day):%-d %B %Y}, when it takes their own consent",
            remedy="Take this offer back and draft it again; its end is set to their eighteenth birthday.",
        )


def _standing(performer: Performer, now: datetime) -> "QuerySet[Proof]":
    unexpired = Q(valid_until=None) | Q(valid_until__gt=now)
    return performer.proofs.filter(unexpired, state=ProofState.APPROVED)


def _capacity(code: ReasonCode, sentence: str, allowed: str) -> Reason:
    return Reason(
        code=code,
        sentence=sentence,
        asked="a consent signed in another capacity",
        allowed=f"signed by {allowed}",
        remedy=f"Take this offer back and offer the consent to {allowed}.",
    )


def _proof_missing(performer: Performer, capacity: Capacity) -> Reason:
    kinds = " or ".join(sorted(kind.value.replace("-", " ") for kind in PROOFS[capacity]))
    return Reason(
        code=ReasonCode.PROOF_MISSING,
        sentence=f"Nothing that counts shows that this {capacity.value} may sign for {performer.name}.",
        asked=f"a consent signed by the {capacity.value}",
        allowed=f"with an approved proof that names the signer: {kinds}",
        remedy="Add the signer by the name in the terms, upload the proof and have somebody else of legal approve it.",
    )
