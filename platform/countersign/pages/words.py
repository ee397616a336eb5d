"""The words that people read for the codes that programs keep."""

from collections.abc import Mapping

from consent import countries
from consent.types import Band, Capacity, ConsentState, KindOfUse, Matter, Part, ReasonCode
from countersign.pages.words_of_erasure import ERASED, KEPT, OPENINGS
from countersign.pages.words_of_films import ACTIONS, FIGURES, SOURCES
from countersign.pages.words_of_life import ENDINGS, PROOF_STATES, PROOFS, SIGN_AS, SUSPENSIONS
from countersign.pages.words_of_shots import ALTERATIONS, CONTEXTS, OUTPUT_CLASSES
from countersign.runs.models import EnrolmentState, FootageState, OutputState, RunState
from provenance.types import EntryKind, Integrity

TERRITORIES = {"worldwide": "Worldwide", **countries.NAMES}
MEDIA = {
    "cinema": "Cinema",
    "television": "Television",
    "streaming": "Streaming",
    "home-video": "Home video",
    "festivals": "Festivals",
    "promotion": "Trailers and promotion",
}
KINDS: Mapping[str, str] = {
    KindOfUse.SWAP: "Face swap",
    KindOfUse.EXPRESSION_EDIT: "Edit of expressions",
    KindOfUse.AGE_EDIT: "Younger or older",
    KindOfUse.DIGITAL_DOUBLE: "Digital double",
    KindOfUse.RESTORATION: "Restoration of archive film",
    KindOfUse.LIVE: "Live stand-in",
    KindOfUse.DIALOGUE_REPLACEMENT: "Lips to new dialogue",
}
PARTS: Mapping[str, str] = {
    Part.LIKENESS: "Their face may be shown on another performer",
    Part.PLATE: "Another face may be shown on them",
}
MY_PARTS: Mapping[str, str] = {
    Part.LIKENESS: "Your face may be shown on another performer",
    Part.PLATE: "Another face may be shown on you",
}
CAPACITIES: Mapping[str, str] = {
    Capacity.SELF: "The performer",
    Capacity.GUARDIAN: "A guardian",
    Capacity.ESTATE: "The estate",
    Capacity.UNION: "The union",
}
CONSENT_STATES: Mapping[str, str] = {
    ConsentState.DRAFT: "Draft",
    ConsentState.OFFERED: "Waiting for the signature",
    ConsentState.SIGNED: "Signed, not verified yet",
    ConsentState.DECLINED: "Declined",
    ConsentState.TAKEN_BACK: "Taken back",
    ConsentState.VERIFIED: "Signed, waiting for legal",
    ConsentState.ACTIVE: "Stands",
    ConsentState.SUSPENDED: "Suspended",
    ConsentState.AMENDED: "Replaced by a newer version",
    ConsentState.EXPIRED: "Ended",
    ConsentState.WITHDRAWN: "Withdrawn",
}
MATTERS: Mapping[str, str] = {
    Matter.REPLICA: "Use of the face",
    Matter.BIOMETRIC_RELEASE: "Biometric release",
}
BANDS: Mapping[str, str] = {
    Band.MATCH: "Recognised",
    Band.REVIEW: "Not sure: somebody should look",
    Band.REFUSE: "Nobody enrolled in this production",
    Band.TOO_SMALL: "Too small to tell",
}
AFTER: Mapping[str, str] = {
    "flag": "what is out there is marked as no longer consented to",
    "take-down": "what is out there is taken down",
}
INTEGRITY: Mapping[str, str] = {
    Integrity.INTACT: "Unchanged since it was signed",
    Integrity.FOREIGN: "Signed by somebody unknown here",
    Integrity.CHANGED: "Changed after it was signed",
    Integrity.ABSENT: "No credentials",
    Integrity.UNREADABLE: "Can’t be read",
}
# good, bad or pending: which of three looks a state has
TONES: Mapping[str, str] = {
    ConsentState.ACTIVE: "good",
    ConsentState.WITHDRAWN: "bad",
    ConsentState.SUSPENDED: "bad",
    ConsentState.EXPIRED: "bad",
    ConsentState.DECLINED: "bad",
    ConsentState.TAKEN_BACK: "bad",
    FootageState.READY: "good",
    FootageState.REFUSED: "bad",
    FootageState.DESTROYED: "bad",
    EnrolmentState.DONE: "good",
    RunState.PUBLISHED: "good",
    RunState.FAILED: "bad",
    RunState.STOPPED: "bad",
    OutputState.FLAGGED: "bad",
    OutputState.ENDED: "quiet",
    OutputState.TAKEN_DOWN: "bad",
    Integrity.INTACT: "good",
    Integrity.CHANGED: "bad",
    Integrity.FOREIGN: "wait",
    Band.MATCH: "good",
    Band.REFUSE: "bad",
}
ENTRIES: Mapping[str, str] = {
    EntryKind.PERSON_SIGNED_IN: "Signed in",
    EntryKind.PERSON_SIGN_IN_REFUSED: "Sign-in refused",
    EntryKind.PERSON_TOKEN_MADE: "Key for programs made",
    EntryKind.PERSON_PASSKEY_ADDED: "Passkey added",
    EntryKind.PERSON_PASSKEY_REMOVED: "Passkey removed",
    EntryKind.PERSON_PASSKEY_REFUSED: "Passkey refused",
    EntryKind.PERSON_ENLISTED: "Put on a production",
    EntryKind.PRODUCTION_OPENED: "Production opened",
    EntryKind.PERFORMER_INVITED: "Performer invited",
    EntryKind.PERFORMER_INVITATION_ENDED: "Invitation taken back",
    EntryKind.PERFORMER_INVITATION_REFUSED: "Invitation refused",
    EntryKind.PERFORMER_CONFIRMED: "Identity of a performer confirmed",
    EntryKind.PERFORMER_CONFIRMATION_REFUSED: "Confirmation of an identity refused",
    EntryKind.PERFORMER_INTRODUCED: "Account linked to a performer",
    EntryKind.PERFORMER_ADDED: "Performer added",
    EntryKind.PERFORMER_BOUND: "Signing certificate bound to a performer",
    EntryKind.PERFORMER_BINDING_REFUSED: "Signing certificate refused",
    EntryKind.CONSENT_DRAFTED: "Consent offered",
    EntryKind.CONSENT_SIGNED: "Consent signed with a passkey",
    EntryKind.CONSENT_CONFIRMED: "Consent confirmed with a passkey",
    EntryKind.CONSENT_WITHDRAWAL_SIGNED: "Withdrawal signed with a passkey",
    EntryKind.CONSENT_SIGNING_REFUSED: "Signature by passkey refused",
    EntryKind.CONSENT_VERIFIED: "Signature on a consent verified",
    EntryKind.CONSENT_RECEIVED: "Consent received, not yet confirmed",
    EntryKind.CONSENT_REVIEWED: "Scan of a consent compared",
    EntryKind.CONSENT_REVIEW_REFUSED: "Comparison of a scan refused",
    EntryKind.CONSENT_REFUSED: "Consent document refused",
    EntryKind.CONSENT_APPROVED: "Consent approved",
    EntryKind.CONSENT_APPROVAL_REFUSED: "Approval of a consent refused",
    EntryKind.CONSENT_WITHDRAWN: "Consent withdrawn",
    EntryKind.CONSENT_PREPARED: "Consent drafted",
    EntryKind.CONSENT_DISCARDED: "Draft thrown away",
    EntryKind.CONSENT_TAKEN_BACK: "Offer taken back",
    EntryKind.CONSENT_DECLINED: "Offer declined",
    EntryKind.CONSENT_SUSPENDED: "Consent suspended",
    EntryKind.CONSENT_LIFTED: "Suspension lifted",
    EntryKind.CONSENT_AMENDED: "Consent replaced by a newer version",
    EntryKind.CONSENT_EXPIRED: "Consent ended",
    EntryKind.CONSENT_STEP_REFUSED: "Step with a consent refused",
    EntryKind.CONSENT_READ: "Consent document read",
    EntryKind.CONSENT_DESTROYED: "Consent document destroyed",
    EntryKind.PERFORMER_BORN: "Birth date recorded",
    EntryKind.PERFORMER_DIED: "Death recorded",
    EntryKind.PERFORMER_DEATH_REFUSED: "Record of a death refused",
    EntryKind.SIGNATORY_ADDED: "Signer for a performer named",
    EntryKind.SIGNATORY_BOUND: "Certificate bound to a signer",
    EntryKind.PROOF_ADDED: "Proof uploaded",
    EntryKind.PROOF_APPROVED: "Proof approved",
    EntryKind.PROOF_REFUSED: "Proof refused",
    EntryKind.PROOF_REVIEW_REFUSED: "Review of a proof refused",
    EntryKind.PERFORMER_ENROLLED: "Face measured for an enrolment",
    EntryKind.PERFORMER_ENROLMENT_CONFIRMED: "Face enrolled: the pictures were confirmed",
    EntryKind.PERFORMER_ENROLMENT_REJECTED: "Pictures for an enrolment rejected",
    EntryKind.PERFORMER_ENROLMENT_CONFIRMATION_REFUSED: "Confirmation of a face refused",
    EntryKind.PERFORMER_PASSCODE_MADE: "Passcode of the day made",
    EntryKind.PERFORMER_ENROLMENT_REFUSED: "Enrolment of a face refused",
    EntryKind.STATEMENT_MADE: "Statement of use made",
    EntryKind.TEMPLATE_READ: "Face template read by a worker",
    EntryKind.STILLS_DESTROYED: "Pictures for an enrolment destroyed",
    EntryKind.PERFORMER_ERASED: "Personal data of a performer erased",
    EntryKind.PERFORMER_ERASURE_REFUSED: "Erasure refused",
    EntryKind.FOOTAGE_ADDED: "Footage added",
    EntryKind.FOOTAGE_EXAMINED: "Footage examined for faces",
    EntryKind.FOOTAGE_REFUSED: "Footage refused",
    EntryKind.FACE_REVIEWED: "Face in a clip reviewed by a person",
    EntryKind.FACE_REVIEW_REFUSED: "Review of a face refused",
    EntryKind.FOOTAGE_VIEWED: "Footage watched",
    EntryKind.FOOTAGE_KEYED: "Clip’s key shared out",
    EntryKind.FOOTAGE_DESTROYED: "Footage destroyed",
    EntryKind.RUN_GRANTED: "Run granted",
    EntryKind.RUN_REFUSED: "Run refused",
    EntryKind.RUN_ADVANCED: "Run moved on",
    EntryKind.RUN_STOPPED: "Run stopped",
    EntryKind.GRANT_REDEEMED: "Grant used by a worker",
    EntryKind.GRANT_REFUSED: "Grant refused by a worker",
    EntryKind.MODEL_TRAINED: "Likeness model trained",
    EntryKind.MODEL_DESTROYED: "Likeness model destroyed",
    EntryKind.OUTPUT_MADE: "Frames of an output made",
    EntryKind.OUTPUT_SIGNED: "Output signed",
    EntryKind.OUTPUT_PUBLISHED: "Output published",
    EntryKind.OUTPUT_PUBLICATION_REFUSED: "Publication of an output refused",
    EntryKind.SHOT_SHOWN: "Shot laid before a performer",
    EntryKind.SHOT_APPROVED: "Shot approved by a performer",
    EntryKind.SHOT_DECLINED: "Shot declined by a performer",
    EntryKind.SHOT_WORD_REFUSED: "Word on a shot refused",
    EntryKind.OUTPUT_VIEWED: "Output watched",
    EntryKind.OUTPUT_DOWNLOADED: "Output downloaded",
    EntryKind.OUTPUT_FLAGGED: "Output flagged",
    EntryKind.OUTPUT_DESTROYED: "Output destroyed",
    EntryKind.KEY_RELEASED: "Keys released to a worker",
    EntryKind.KEY_RELEASE_REFUSED: "Release of keys refused",
    EntryKind.KEY_DESTROYED: "Key destroyed",
    EntryKind.KEY_SHREDDED: "Key destroyed in the key store",
    EntryKind.POLICY_PROPOSED: "Rules proposed",
    EntryKind.CERTIFICATE_ISSUED: "Certificate of destruction",
    EntryKind.POLICY_CHANGED: "Rules changed",
    EntryKind.POLICY_REJECTED: "Proposed rules rejected",
    EntryKind.POLICY_REFUSED: "Approval of rules refused",
    EntryKind.STRIKE_CALLED: "Strike switch thrown",
    EntryKind.STRIKE_LIFTED: "Strike switch lifted",
    EntryKind.STRIKE_LIFT_REFUSED: "Lifting of a strike switch refused",
    EntryKind.APPEAL_MADE: "Appeal made",
    EntryKind.APPEAL_ANSWERED: "Appeal answered",
    EntryKind.APPEAL_ANSWER_REFUSED: "Answer to an appeal refused",
    EntryKind.LEDGER_EXPORTED: "Entries exported",
    EntryKind.EVIDENCE_EXPORTED: "Evidence exported",
    EntryKind.HOLD_PLACED: "Legal hold placed",
    EntryKind.HOLD_LIFTED: "Legal hold lifted",
    EntryKind.HOLD_LIFT_REFUSED: "Lifting of a legal hold refused",
    EntryKind.RETENTION_SET: "Retention schedule set",
    EntryKind.ALERT_SET: "Alert set",
    EntryKind.ALERT_REMOVED: "Alert removed",
    EntryKind.ALARM_RAISED: "Alarm raised",
    EntryKind.ALARM_ACKNOWLEDGED: "Alarm acknowledged",
    EntryKind.ALARM_ENDED: "Alarm ended",
}
REASONS: Mapping[str, str] = {
    ReasonCode.CONSENT_NOT_ACTIVE: "Consent not approved",
    ReasonCode.LEDGER_DISAGREES: "Consent unknown to the ledger",
    ReasonCode.OTHER_PRODUCTION: "Consent for another production",
    ReasonCode.RUNS_SPENT: "All agreed runs used",
    ReasonCode.SCREEN_TIME_SPENT: "All agreed screen time used",
    ReasonCode.NOT_A_PDF: "Not a PDF",
    ReasonCode.SAME_PERSON: "A second person is needed",
    ReasonCode.WRONG_STATE: "Not at this stage",
    ReasonCode.INPUT_CHANGED: "Something changed after the grant",
    ReasonCode.CLIP_STANDS_STILL: "Nothing moves in the clip",
    ReasonCode.POSES_MISSING: "Not seen from all sides",
    ReasonCode.PASSCODE_WRONG: "Another passcode",
    ReasonCode.PASSCODE_STALE: "No passcode of today",
    ReasonCode.LOOKS_LIKE_ANOTHER: "Looks like another performer",
    ReasonCode.ENROLMENT_REJECTED: "Pictures rejected",
}
TERMS: Mapping[str, Mapping[str, str]] = {
    "representation": {
        "none": "Nobody", "counsel": "Counsel", "union": "Their union",
    },
    "replica_type": {
        "employment-based": "Made while they work on the production",
        "independently-created": "Made from other material of them",
        "background": "Of a background actor",
        "alteration": "An alteration of what was recorded",
    },
    "output_classes": {
        "feature": "A feature film", "series": "A series", "short": "A short film", "trailer": "A trailer",
        "advertisement": "An advertisement", "game": "A game",
    },
    "alterations": {
        "complexion": "Complexion", "body": "Body", "age": "Age", "nudity": "Nudity", "speech": "What they say",
    },
    "prohibited_contexts": {},
}  # fmt: skip
EVERYTHING: Mapping[str, Mapping[str, str]] = {
    **TERMS,
    "territory": TERRITORIES,
    "medium": MEDIA,
    "kind": KINDS,
    "part": PARTS,
    "my part": MY_PARTS,
    "capacity": CAPACITIES,
    "output class": OUTPUT_CLASSES,
    "alteration": ALTERATIONS,
    "context": CONTEXTS,
    "consent": CONSENT_STATES,
    "suspension": SUSPENSIONS,
    "ending": ENDINGS,
    "sign as": SIGN_AS,
    "proof": PROOFS,
    "proof state": PROOF_STATES,
    "matter": MATTERS,
    "band": BANDS,
    "after": AFTER,
    "entry": ENTRIES,
    "action": ACTIONS,
    "erased": ERASED,
    "kept": KEPT,
    "opening": OPENINGS,
    "source": SOURCES,
    "integrity": INTEGRITY,
    "figure": FIGURES,
    "reason": REASONS,
}


def said(kind: str, code: str) -> str:
    """The words for `code`; a code without words is written plainly."""
    return EVERYTHING[kind].get(code) or code.replace("-", " ").replace("_", " ").capitalize()


def tone(state: str) -> str:
    """ "good", "bad" or "wait"."""
    return TONES.get(state, "wait")
