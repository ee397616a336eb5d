"""Values of the consent room: terms, requests and the two answers of the gate.

Frozen; no clock, database, file or network in here. Times are aware `datetime`s in UTC; digests are lower-case
hexadecimal SHA-256.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

# found here by everybody who reads types
from consent.reasons import ReasonCode as ReasonCode
from consent.vocabulary import (
    AfterWithdrawal as AfterWithdrawal,
    Alteration as Alteration,
    Assurance as Assurance,
    Band as Band,
    Capacity as Capacity,
    ConsentState as ConsentState,
    Context as Context,
    KindOfUse as KindOfUse,
    Matter as Matter,
    OutputClass as OutputClass,
    Part as Part,
    ProofKind as ProofKind,
    ProofState as ProofState,
    ReplicaType as ReplicaType,
    Representation as Representation,
    Suspension as Suspension,
    Way as Way,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What a producer proposes to a performer: `Terms` before the platform adds ids, names and a nonce.

    `territories` are ISO 3166-1 alpha-2 codes, or "worldwide" alone; `scenes` names, or "*" alone for every scene;
    `languages` BCP 47 tags; `performer_born` and `script_date` ISO 8601 dates, empty where none is stated: a performer
    whose birth date is not stated says that they are of age. `retention_days` is how long after its end what was learnt
    may be kept locked. What `alterations` does not name is prohibited.

    A biometric release names no uses, parts, scenes, media, output classes or budgets (`consent.record`).
    """

    matter: Matter
    signer_capacity: Capacity
    signer_name: str
    performer_born: str
    performer_deceased: bool
    survives_death: bool
    representation: Representation
    union: str
    agreement: str
    replica_type: ReplicaType
    replaces_in_person_work: bool
    kinds_of_use: tuple[KindOfUse, ...]
    parts: tuple[Part, ...]
    description: str
    business_reason: str
    script_sha256: str
    script_date: str
    scenes: tuple[str, ...]
    territories: tuple[str, ...]
    media: tuple[str, ...]
    output_classes: tuple[OutputClass, ...]
    languages: tuple[str, ...]
    alterations: tuple[Alteration, ...]
    prohibited_contexts: tuple[Context, ...]
    advertiser: str
    product_line: str
    valid_from: datetime
    valid_until: datetime
    notice_at: datetime
    notice_hours: int
    max_runs: int
    max_screen_seconds: int
    training_allowed: bool
    retention_days: int
    reuse_allowed: bool
    approval_per_shot: bool
    after_withdrawal: AfterWithdrawal
    credit: str
    disclosure: str
    compensation_reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms(Offer):
    """The terms a performer signs, as embedded in the consent document.

    `nonce` (32 hex characters) and `production_id` stand inside the signed bytes, so that a document cannot be replayed
    in another production. `amends` names the consent whose place this one takes, or is empty; `controller` the
    organisation that answers for what is done.
    """

    consent_id: UUID
    nonce: str
    amends: str
    controller: str
    production_id: UUID
    production_title: str
    performer_id: UUID
    performer_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A biometric release that stands, by its digests: without one nobody's face may be measured."""

    consent_id: UUID
    document_sha256: str
    terms_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A consent as the gate sees it: its terms, its state and what has been used of it.

    `attested` says that the ledger knows this consent as approved, with these digests, and not as withdrawn; `release`
    names the biometric release of the same performer that stands in the production, attested likewise. `level` is how
    sure it is that the performer agreed; `struck` that a strike of their union stands, `died` that they died since they
    signed.
    """

    terms: Terms
    state: ConsentState
    document_sha256: str
    terms_sha256: str
    level: Assurance = Assurance.UNSIGNED
    runs_used: int = 0
    screen_seconds_used: float = 0.0
    attested: bool = False
    release: Release | None = None
    struck: bool = False
    died: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One face track in a clip and who it was found to be.

    `score` is the median cosine over the track against the best template, `threshold` what a match needed, `review`
    from which people may look, `smallest_px` how large the face had to be (0 where it was not kept); `recogniser` is
    the model's id and digest. `performer_id` is None unless `band` is MATCH, or people said who it is: `reviewed_by`
    names them then. `second` is the next best performer. `left_alone` says that the run does not touch this face.
    """

    track: int
    performer_id: UUID | None
    score: float
    threshold: float
    recogniser: str
    band: Band
    review: float = 0.0
    smallest_px: float = 0.0
    second: UUID | None = None
    reviewed_by: tuple[UUID, ...] = ()
    left_alone: bool = False


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
    """What somebody asks to make. `parameters_sha256` is the digest of the canonical JSON of the run's parameters.

    `contexts` and `alterations` are what the shot shows and changes, as whoever asks declares it; `reuses_model` says
    that the model was trained for an earlier run; `script_sha256` names the script the lines are from, if any.
    """

    run_id: UUID
    production_id: UUID
    kind: KindOfUse
    participants: tuple[Participant, ...]
    scene: str
    territories: tuple[str, ...]
    medium: str
    output_class: OutputClass
    languages: tuple[str, ...] = ()
    alterations: tuple[Alteration, ...] = ()
    contexts: tuple[Context, ...] = ()
    advertiser: str = ""
    product_line: str = ""
    script_sha256: str = ""
    reuses_model: bool = False
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

    `releases` are the biometric releases it stands on. Of the faces in the plate only those in `tracks` may be altered;
    those in `left_alone` keep every pixel. Only `consent.gate` mints one and only `consent.seal` re-opens
    one.
    """

    nonce: str
    run_id: UUID
    production_id: UUID
    kind: KindOfUse
    consents: tuple[GrantedConsent, ...]
    releases: tuple[Release, ...]
    tracks: tuple[int, ...] = ()
    left_alone: tuple[int, ...] = ()
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
