"""Values of the provenance room: what happened, stated so that a stranger can check it.

Frozen; no clock, database, file or network in here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TypeAlias

Json: TypeAlias = bool | int | float | str | list["Json"] | dict[str, "Json"] | None


class EntryKind(StrEnum):
    """What a ledger entry records, as `subject:action`. The text is part of the log's format and never changes."""

    PERSON_SIGNED_IN = "person:signed-in"
    PERSON_SIGN_IN_REFUSED = "person:sign-in-refused"
    PERSON_TOKEN_MADE = "person:token-made"  # noqa: S105 - what happened, not a secret
    PERSON_PASSKEY_ADDED = "person:passkey-added"
    PERSON_PASSKEY_REMOVED = "person:passkey-removed"
    PERSON_PASSKEY_REFUSED = "person:passkey-refused"
    PERSON_ENLISTED = "person:enlisted"
    PRODUCTION_OPENED = "production:opened"
    PERFORMER_INVITED = "performer:invited"
    PERFORMER_INVITATION_ENDED = "performer:invitation-ended"
    PERFORMER_INVITATION_REFUSED = "performer:invitation-refused"
    PERFORMER_INTRODUCED = "performer:introduced"
    PERFORMER_CONFIRMED = "performer:identity-confirmed"
    PERFORMER_CONFIRMATION_REFUSED = "performer:identity-confirmation-refused"
    CONSENT_DRAFTED = "consent:drafted"
    CONSENT_SIGNED = "consent:signed"  # by passkey, on the platform
    CONSENT_CONFIRMED = "consent:confirmed"  # by passkey, what was signed on paper or by a signing platform
    CONSENT_WITHDRAWAL_SIGNED = "consent:withdrawal-signed"  # by passkey
    CONSENT_SIGNING_REFUSED = "consent:signing-refused"
    CONSENT_VERIFIED = "consent:verified"
    CONSENT_RECEIVED = "consent:received"  # signed in a way that by itself permits nothing
    CONSENT_REVIEWED = "consent:reviewed"
    CONSENT_REVIEW_REFUSED = "consent:review-refused"
    CONSENT_REFUSED = "consent:refused"
    CONSENT_APPROVED = "consent:approved"
    CONSENT_APPROVAL_REFUSED = "consent:approval-refused"
    CONSENT_WITHDRAWN = "consent:withdrawn"
    CONSENT_PREPARED = "consent:prepared"  # a draft, or another text of it
    CONSENT_DISCARDED = "consent:discarded"
    CONSENT_TAKEN_BACK = "consent:taken-back"
    CONSENT_DECLINED = "consent:declined"
    CONSENT_SUSPENDED = "consent:suspended"
    CONSENT_LIFTED = "consent:suspension-lifted"
    CONSENT_AMENDED = "consent:amended"  # a newer version took its place
    CONSENT_EXPIRED = "consent:expired"
    CONSENT_STEP_REFUSED = "consent:step-refused"
    CONSENT_READ = "consent:document-read"
    CONSENT_DESTROYED = "consent:document-destroyed"
    PERFORMER_ADDED = "performer:added"
    PERFORMER_BOUND = "performer:bound"  # to a signing certificate
    PERFORMER_BINDING_REFUSED = "performer:binding-refused"
    PERFORMER_BORN = "performer:birth-recorded"
    PERFORMER_DIED = "performer:death-recorded"
    PERFORMER_DEATH_REFUSED = "performer:death-refused"
    SIGNATORY_ADDED = "performer:signatory-added"
    SIGNATORY_BOUND = "performer:signatory-bound"
    PROOF_ADDED = "performer:proof-added"
    PROOF_APPROVED = "performer:proof-approved"
    PROOF_REFUSED = "performer:proof-refused"
    PROOF_REVIEW_REFUSED = "performer:proof-review-refused"
    PERFORMER_ENROLLED = "performer:enrolled"  # measured; it counts once it is confirmed
    PERFORMER_ENROLMENT_REFUSED = "performer:enrolment-refused"
    PERFORMER_ENROLMENT_CONFIRMED = "performer:enrolment-confirmed"
    PERFORMER_ENROLMENT_REJECTED = "performer:enrolment-rejected"
    PERFORMER_ENROLMENT_CONFIRMATION_REFUSED = "performer:enrolment-confirmation-refused"
    PERFORMER_PASSCODE_MADE = "performer:passcode-made"
    TEMPLATE_READ = "performer:template-read"
    STATEMENT_MADE = "performer:statement-made"
    STILLS_DESTROYED = "performer:stills-destroyed"
    PERFORMER_ERASED = "performer:erased"
    PERFORMER_ERASURE_REFUSED = "performer:erasure-refused"
    FOOTAGE_ADDED = "footage:added"
    FOOTAGE_EXAMINED = "footage:examined"
    FOOTAGE_REFUSED = "footage:refused"
    FACE_REVIEWED = "footage:face-reviewed"
    FACE_REVIEW_REFUSED = "footage:face-review-refused"
    FOOTAGE_VIEWED = "footage:viewed"
    FOOTAGE_KEYED = "footage:keyed"
    FOOTAGE_DESTROYED = "footage:destroyed"
    RUN_GRANTED = "run:granted"
    RUN_REFUSED = "run:refused"
    RUN_ADVANCED = "run:advanced"
    RUN_STOPPED = "run:stopped"
    GRANT_REDEEMED = "grant:redeemed"
    GRANT_REFUSED = "grant:refused"
    MODEL_TRAINED = "model:trained"
    MODEL_DESTROYED = "model:destroyed"
    OUTPUT_MADE = "output:made"  # its picture and sound, before anything is signed
    OUTPUT_SIGNED = "output:signed"
    OUTPUT_PUBLISHED = "output:published"
    OUTPUT_PUBLICATION_REFUSED = "output:publication-refused"
    SHOT_SHOWN = "output:shot-shown"  # to a performer whose consent asks for their word on it
    SHOT_APPROVED = "output:shot-approved"
    SHOT_DECLINED = "output:shot-declined"
    SHOT_WORD_REFUSED = "output:shot-word-refused"
    OUTPUT_VIEWED = "output:viewed"
    OUTPUT_DOWNLOADED = "output:downloaded"
    OUTPUT_FLAGGED = "output:flagged"
    OUTPUT_DESTROYED = "output:destroyed"
    KEY_RELEASED = "key:released"  # to one worker, for one step
    KEY_RELEASE_REFUSED = "key:release-refused"
    KEY_DESTROYED = "key:destroyed"
    KEY_SHREDDED = "key:shredded"  # in the key store too, after which no copy opens
    POLICY_PROPOSED = "policy:proposed"
    CERTIFICATE_ISSUED = "certificate:issued"
    POLICY_CHANGED = "policy:changed"
    POLICY_REJECTED = "policy:rejected"
    POLICY_REFUSED = "policy:approval-refused"
    STRIKE_CALLED = "strike:called"
    STRIKE_LIFTED = "strike:lifted"
    STRIKE_LIFT_REFUSED = "strike:lift-refused"
    APPEAL_MADE = "appeal:made"
    APPEAL_ANSWERED = "appeal:answered"
    APPEAL_ANSWER_REFUSED = "appeal:answer-refused"
    LEDGER_EXPORTED = "ledger:exported"
    EVIDENCE_EXPORTED = "evidence:exported"
    HOLD_PLACED = "hold:placed"
    HOLD_LIFTED = "hold:lifted"
    HOLD_LIFT_REFUSED = "hold:lift-refused"
    RETENTION_SET = "retention:set"
    ALERT_SET = "alert:set"
    ALERT_REMOVED = "alert:removed"
    ALARM_RAISED = "alarm:raised"
    ALARM_ACKNOWLEDGED = "alarm:acknowledged"
    ALARM_ENDED = "alarm:ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the ledger, as it was written.

    `index` counts from 0 without gaps. `leaf` is SHA-256(0x00 || canonical JSON) (RFC 9162, 2.1.1), `chain` is
    SHA-256(previous chain || leaf), 32 bytes each.
    """

    index: int
    kind: EntryKind
    subject: str
    actor: str
    recorded_at: datetime
    body: Mapping[str, Json]
    canonical: str
    leaf: bytes
    chain: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something that does not hold, at the entry with this index."""

    index: int
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What an entry says, whether or not it has its place in the log yet."""

    kind: EntryKind
    subject: str
    actor: str
    body: Mapping[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """Personal values that an entry only commits to. `of` says whose they are, as "performer:<id>"."""

    of: str
    values: Mapping[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingredient:
    """A file that went into an output. `relationship` is C2PA's: parentOf (the plate), componentOf, inputTo."""

    title: str
    path: Path
    media_type: str
    sha256: str
    relationship: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentBinding:
    """What ties an output to a consent without naming a person: digests, part played, status address."""

    consent_id: str
    document_sha256: str
    terms_sha256: str
    part: str
    status_path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """An entry of the log: index, leaf hash and path to a root. `text` is its canonical text, empty if withheld."""

    kind: str
    index: int
    leaf: bytes
    path: tuple[bytes, ...]
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Entries proven to be in the log whose verifier key is `log`, under the signed and cosigned checkpoint `note`."""

    log: str
    note: str
    entries: tuple[Proven, ...]

    def entry(self, kind: str) -> Proven | None:
        """The one entry of this kind; None if there is none, or more than one."""
        found = [entry for entry in self.entries if entry.kind == kind]
        return found[0] if len(found) == 1 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Everything an output's manifest states; `provenance.manifest` turns it into a C2PA manifest definition."""

    run_id: str
    title: str
    media_type: str
    kind_of_use: str
    software_agent: str
    software_version: str
    plate: Ingredient
    likeness: Ingredient
    model_sha256: str
    parameters_sha256: str
    grant_sha256: str
    policy_sha256: str
    consents: tuple[ConsentBinding, ...]
    lineage_sha256: str
    essence_sha256: str  # provenance.essence
    receipt: Receipt
    synthetic_from_s: float
    synthetic_to_s: float


class Integrity(StrEnum):
    """What reading a file's credentials says of the file itself."""

    INTACT = "intact"  # credentials present, signature and hashes hold, signer chains to our anchor
    FOREIGN = "foreign"  # credentials hold, but the signer is not one we know
    CHANGED = "changed"  # credentials present and some hash or signature does not hold
    ABSENT = "absent"  # a media file without credentials
    UNREADABLE = "unreadable"  # not a media file we can read, or the reader stopped


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One C2PA action in plain fields. `source_type` is the last path segment of the IPTC digital source type."""

    name: str
    source_type: str = ""
    software: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a file says of itself and whether that holds. `problems` are words for people, `codes` are C2PA's."""

    integrity: Integrity
    sentence: str
    signer: str = ""
    signed_at: str = ""
    title: str = ""
    generator: str = ""
    actions: tuple[Action, ...] = ()
    ingredients: tuple[str, ...] = ()
    consent_assertion: Mapping[str, Json] = field(default_factory=dict)
    receipt: Mapping[str, Json] = field(default_factory=dict)  # the ledger's, as provenance.receipt reads it
    codes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
