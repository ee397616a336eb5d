"""Kinds of entries as people look for them: in groups with plain names, and by how the thing ended. Pure."""

from collections.abc import Mapping
from enum import StrEnum

from provenance.types import EntryKind as K


class Outcome(StrEnum):
    """How what an entry records ended."""

    DONE = "done"
    REFUSED = "refused"


GROUPS: Mapping[str, tuple[str, tuple[K, ...]]] = {
    "consents": (
        "Consents",
        (
            K.CONSENT_SIGNED, K.CONSENT_CONFIRMED, K.CONSENT_WITHDRAWAL_SIGNED, K.CONSENT_SIGNING_REFUSED,
            K.CONSENT_DRAFTED, K.CONSENT_VERIFIED, K.CONSENT_RECEIVED, K.CONSENT_REVIEWED, K.CONSENT_REVIEW_REFUSED,
            K.CONSENT_REFUSED, K.CONSENT_APPROVED, K.CONSENT_APPROVAL_REFUSED,
            K.CONSENT_PREPARED, K.CONSENT_DISCARDED, K.CONSENT_TAKEN_BACK, K.CONSENT_DECLINED, K.CONSENT_SUSPENDED,
            K.CONSENT_LIFTED, K.CONSENT_AMENDED, K.CONSENT_EXPIRED, K.CONSENT_STEP_REFUSED,
            K.CONSENT_WITHDRAWN, K.CONSENT_READ, K.CONSENT_DESTROYED, K.KEY_RELEASED, K.KEY_RELEASE_REFUSED,
            K.KEY_DESTROYED, K.KEY_SHREDDED, K.CERTIFICATE_ISSUED,
        ),
    ),
    "faces": (
        "Performers and their faces",
        (
            K.PERFORMER_INVITED, K.PERFORMER_INVITATION_ENDED, K.PERFORMER_INVITATION_REFUSED, K.PERFORMER_CONFIRMED,
            K.PERFORMER_CONFIRMATION_REFUSED, K.PERFORMER_ADDED, K.PERFORMER_INTRODUCED, K.PERFORMER_BOUND,
            K.PERFORMER_BINDING_REFUSED, K.PERFORMER_BORN, K.PERFORMER_DIED,
            K.PERFORMER_DEATH_REFUSED, K.SIGNATORY_ADDED, K.SIGNATORY_BOUND,
            K.PROOF_ADDED, K.PROOF_APPROVED, K.PROOF_REFUSED, K.PROOF_REVIEW_REFUSED,
            K.PERFORMER_ENROLLED, K.PERFORMER_ENROLMENT_REFUSED,
            K.PERFORMER_ENROLMENT_CONFIRMED, K.PERFORMER_ENROLMENT_REJECTED,
            K.PERFORMER_ENROLMENT_CONFIRMATION_REFUSED, K.PERFORMER_PASSCODE_MADE, K.TEMPLATE_READ,
            K.STATEMENT_MADE, K.STILLS_DESTROYED,
            K.PERFORMER_ERASED, K.PERFORMER_ERASURE_REFUSED,
        ),
    ),
    "footage": (
        "Footage",
        (
            K.FOOTAGE_ADDED, K.FOOTAGE_EXAMINED, K.FOOTAGE_REFUSED, K.FACE_REVIEWED, K.FACE_REVIEW_REFUSED,
            K.FOOTAGE_VIEWED, K.FOOTAGE_KEYED, K.FOOTAGE_DESTROYED,
        ),
    ),
    "decisions": ("The gate’s decisions", (K.RUN_GRANTED, K.RUN_REFUSED, K.GRANT_REDEEMED, K.GRANT_REFUSED)),
    "work": (
        "Work on runs",
        (K.RUN_ADVANCED, K.RUN_STOPPED, K.MODEL_TRAINED, K.MODEL_DESTROYED, K.OUTPUT_MADE, K.OUTPUT_SIGNED),
    ),
    "outputs": (
        "Outputs",
        (
            K.OUTPUT_PUBLISHED, K.OUTPUT_PUBLICATION_REFUSED, K.SHOT_SHOWN, K.SHOT_APPROVED,
            K.SHOT_DECLINED, K.SHOT_WORD_REFUSED, K.OUTPUT_VIEWED, K.OUTPUT_DOWNLOADED, K.OUTPUT_FLAGGED,
            K.OUTPUT_DESTROYED,
        ),
    ),
    "people": (
        "People and productions",
        (
            K.PERSON_SIGNED_IN, K.PERSON_SIGN_IN_REFUSED, K.PERSON_TOKEN_MADE, K.PERSON_PASSKEY_ADDED,
            K.PERSON_PASSKEY_REMOVED, K.PERSON_PASSKEY_REFUSED, K.PERSON_ENLISTED, K.PRODUCTION_OPENED,
        ),
    ),
    "keeping": (
        "Holds, keeping and policy",
        (
            K.HOLD_PLACED, K.HOLD_LIFTED, K.HOLD_LIFT_REFUSED, K.RETENTION_SET, K.POLICY_PROPOSED, K.POLICY_CHANGED,
            K.POLICY_REJECTED, K.POLICY_REFUSED, K.STRIKE_CALLED, K.STRIKE_LIFTED, K.STRIKE_LIFT_REFUSED,
            K.APPEAL_MADE, K.APPEAL_ANSWERED, K.APPEAL_ANSWER_REFUSED,
        ),
    ),
    "watching": (
        "Exports, alerts and alarms",
        (
            K.LEDGER_EXPORTED, K.EVIDENCE_EXPORTED, K.ALERT_SET, K.ALERT_REMOVED, K.ALARM_RAISED,
            K.ALARM_ACKNOWLEDGED, K.ALARM_ENDED,
        ),
    ),
}  # fmt: skip
REFUSED: tuple[K, ...] = tuple(kind for kind in K if kind.value.endswith("refused"))


def asked(kind: str, outcome: str) -> tuple[str, ...] | None:
    """The kinds that a choice of kind or group, and of an outcome, names; None where that is every kind.

    Raises ValueError for a kind that there is none of.
    """
    if not kind and not outcome:
        return None
    return tuple(one.value for one in _chosen(kind) if not outcome or _ended(one) == outcome)


def _chosen(kind: str) -> tuple[K, ...]:
    if not kind:
        return tuple(K)
    return GROUPS[kind][1] if kind in GROUPS else (K(kind),)


def _ended(kind: K) -> Outcome:
    return Outcome.REFUSED if kind in REFUSED else Outcome.DONE
