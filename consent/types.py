"""Values of the consent room: terms, requests and the two answers of the gate.

Frozen; no clock, database, file or network in here. Times are aware `datetime`s in UTC; digests are lower-case
hexadecimal SHA-256.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

from consent.reasons import ReasonCode as ReasonCode  # noqa: PLC0414 - found here by everybody who reads types


class KindOfUse(StrEnum):
    """What is done with a performance. Each is consented to by name."""

    SWAP = "swap"
    EXPRESSION_EDIT = "expression-edit"
    AGE_EDIT = "age-edit"
    DIGITAL_DOUBLE = "digital-double"
    RESTORATION = "restoration"
    LIVE = "live"
    DIALOGUE_REPLACEMENT = "dialogue-replacement"


class Part(StrEnum):
    """The part a performer plays in a run: whose likeness is used, or who stands in the plate."""

    LIKENESS = "likeness"
    PLATE = "plate"


class Capacity(StrEnum):
    """In what capacity the signer signs for the performer."""

    SELF = "self"
    GUARDIAN = "guardian"
    ESTATE = "estate"
    UNION = "union"


AfterWithdrawal = Literal["flag", "take-down"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The terms a performer signs, as embedded in the consent document.

    `nonce` (32 hex characters) and `production_id` stand inside the signed bytes, so that a document cannot be replayed
    in another production. `territories` are ISO 3166-1 alpha-2 codes, or "worldwide" alone. `scenes` are names, or "*"
    alone for every scene.
    """

    consent_id: UUID
    nonce: str
    production_id: UUID
    production_title: str
    performer_id: UUID
    performer_name: str
    signer_capacity: Capacity
    kinds_of_use: tuple[KindOfUse, ...]
    parts: tuple[Part, ...]
    description: str
    scenes: tuple[str, ...]
    territories: tuple[str, ...]
    media: tuple[str, ...]
    valid_from: datetime
    valid_until: datetime
    max_runs: int
    max_screen_seconds: int
    training_allowed: bool
    biometric_release: bool
    after_withdrawal: AfterWithdrawal
    credit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What a producer proposes to a performer: `Terms` before the platform adds ids, names and a nonce."""

    signer_capacity: Capacity
    kinds_of_use: tuple[KindOfUse, ...]
    parts: tuple[Part, ...]
    description: str
    scenes: tuple[str, ...]
    territories: tuple[str, ...]
    media: tuple[str, ...]
    valid_from: datetime
    valid_until: datetime
    max_runs: int
    max_screen_seconds: int
    training_allowed: bool
    biometric_release: bool
    after_withdrawal: AfterWithdrawal
    credit: str


class ConsentState(StrEnum):
    """The life of a consent, thin: each is entered by one function of `consent.services`."""

    OFFERED = "offered"  # typeset, waiting for the performer's signature
    VERIFIED = "verified"  # signature and terms hold; waiting for a second person
    ACTIVE = "active"  # approved; the gate may use it
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A consent as the gate sees it: its terms, its state and what has been used of it.

    `attested` says that the ledger knows this consent as approved, with these digests, and not as withdrawn.
    """

    terms: Terms
    state: ConsentState
    document_sha256: str
    terms_sha256: str
    runs_used: int = 0
    screen_seconds_used: float = 0.0
    attested: bool = False


class Band(StrEnum):
    """How sure the recogniser is that a track shows a given performer."""

    MATCH = "match"
    REVIEW = "review"
    REFUSE = "refuse"
    TOO_SMALL = "too-small"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One face track in a clip and who it was found to be.

    `score` is the median cosine over the track against the best template, `threshold` what a match needed, `recogniser`
    the model's id and digest. `performer_id` is None unless `band` is MATCH.
    """

    track: int
    performer_id: UUID | None
    score: float
    threshold: float
    recogniser: str
    band: Band


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant:
    """A performer's part in a request, with the clip they are said to be in and the faces found there."""

    part: Part
    performer_id: UUID
    performer_name: str
    footage_title: str
    footage_sha256: str
    sightings: tuple[Sighting, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What somebody asks to make. `parameters_sha256` is the digest of the canonical JSON of the run's parameters."""

    run_id: UUID
    production_id: UUID
    kind: KindOfUse
    participants: tuple[Participant, ...]
    scene: str
    territories: tuple[str, ...]
    medium: str
    screen_seconds: float
    trains: bool
    parameters_sha256: str
    requested_by: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One failing term: a sentence for a person, what was asked, what is allowed, and what to do about it."""

    code: ReasonCode
    sentence: str
    asked: str = ""
    allowed: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """The gate's no: every failing term, not only the first. Returned, never raised, so that its ledger entry stays."""

    reasons: tuple[Reason, ...]
    decided_at: datetime
    policy_sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Who opens face templates, and what for: `by` is a worker, `purpose` its task, `of` what the faces are held
    against, as the ledger names subjects."""

    by: str
    purpose: str
    of: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantedConsent:
    """One consent a grant stands on."""

    consent_id: UUID
    performer_id: UUID
    part: Part
    document_sha256: str
    terms_sha256: str
    footage_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """The gate's yes: a capability naming exactly what may be made, from which bytes, until when, once.

    Only `consent.gate` mints one and only `consent.seal` re-opens one.
    """

    nonce: str
    run_id: UUID
    production_id: UUID
    kind: KindOfUse
    consents: tuple[GrantedConsent, ...]
    parameters_sha256: str
    screen_seconds: float
    trains: bool
    policy_sha256: str
    issued_at: datetime
    expires_at: datetime

    def footage_sha256(self, part: Part) -> str:
        """The digest of the clip that plays `part`. Raises KeyError if the grant names none."""
        for consent in self.consents:
            if consent.part is part:
                return consent.footage_sha256
        raise KeyError(part)
