"""Why something was refused, as codes: what the ledger keeps, and what sentences are made for.

Pure; no Django in here.
"""

from enum import StrEnum


class ReasonCode(StrEnum):
    """Why something was refused. The text is part of the log's format and never changes."""

    # of a run, by the gate
    NO_CONSENT = "no-consent"
    CONSENT_NOT_ACTIVE = "consent-not-active"
    CONSENT_WITHDRAWN = "consent-withdrawn"
    CONSENT_SUSPENDED = "consent-suspended"
    CONSENT_AMENDED = "consent-amended"  # a newer version took its place
    CONSENT_EXPIRED = "consent-expired"
    CONSENT_NOT_YET_VALID = "consent-not-yet-valid"
    NOTICE_TOO_SHORT = "notice-too-short"
    OTHER_PRODUCTION = "other-production"
    USE_NOT_ALLOWED = "use-not-allowed"
    PART_NOT_ALLOWED = "part-not-allowed"
    SCENE_NOT_ALLOWED = "scene-not-allowed"
    TERRITORY_NOT_ALLOWED = "territory-not-allowed"
    MEDIUM_NOT_ALLOWED = "medium-not-allowed"
    OUTPUT_CLASS_NOT_ALLOWED = "output-class-not-allowed"
    LANGUAGE_NOT_ALLOWED = "language-not-allowed"
    ADVERTISER_NOT_ALLOWED = "advertiser-not-allowed"
    PRODUCT_LINE_NOT_ALLOWED = "product-line-not-allowed"
    SCRIPT_MISSING = "script-missing"
    SCRIPT_DIFFERS = "script-differs"
    ALTERATION_NOT_ALLOWED = "alteration-not-allowed"
    CONTEXT_PROHIBITED = "context-prohibited"
    REUSE_NOT_ALLOWED = "reuse-not-allowed"
    TRAINING_NOT_ALLOWED = "training-not-allowed"
    RUNS_SPENT = "runs-spent"
    SCREEN_TIME_SPENT = "screen-time-spent"
    NO_BIOMETRIC_RELEASE = "no-biometric-release"
    LEVEL_TOO_LOW = "level-too-low"
    LEVEL_TOO_LOW_FOR_TRAINING = "level-too-low-for-training"
    CLAUSE_VOID = "clause-void"
    LICENCE_TOO_LONG = "licence-too-long"
    MINOR_WITHOUT_GUARDIAN = "minor-without-guardian"
    CAME_OF_AGE = "came-of-age"
    DECEASED_WITHOUT_ESTATE = "deceased-without-estate"
    ENDED_BY_DEATH = "ended-by-death"
    LIVE_NOT_NAMED = "live-not-named"
    UNION_ON_STRIKE = "union-on-strike"
    SEXUAL_CONTENT = "sexual-content"  # this and the next three: whatever anybody consented to
    MINOR_NUDITY = "minor-nudity"
    POLITICAL_DECEPTION = "political-deception"
    FRAUD = "fraud"
    FACE_NOT_RECOGNISED = "face-not-recognised"
    FACE_WITHOUT_CONSENT = "face-without-consent"
    FACE_TOO_SMALL = "face-too-small"
    FACE_NEEDS_REVIEW = "face-needs-review"
    PERFORMER_NOT_IN_FOOTAGE = "performer-not-in-footage"
    NO_FACE = "no-face"
    POLICY_UNDECIDED = "policy-undecided"
    POLICY_UNKNOWN = "policy-unknown"  # the rules in force cannot be told, or are not those the ledger knows
    LEDGER_DISAGREES = "ledger-disagrees"  # the row says approved, the ledger does not
    PARTS_INCOMPLETE = "parts-incomplete"  # a part the kind of use needs is missing, or is there twice
    REQUEST_UNCLEAR = "request-unclear"  # a length of time that is none
    FOOTAGE_NOT_READY = "footage-not-ready"
    FOOTAGE_DESTROYED = "footage-destroyed"
    # of a run under way
    WORKER_FAILED = "worker-failed"
    STOPPED_BY_PERSON = "stopped-by-person"
    CREDENTIALS_DO_NOT_HOLD = "credentials-do-not-hold"
    SHOT_DECLINED = "shot-declined"  # by a performer whose consent asks for their word on each shot
    # of a grant, by the worker
    GRANT_FORGED = "grant-forged"
    GRANT_EXPIRED = "grant-expired"
    GRANT_REPLAYED = "grant-replayed"
    GRANT_OTHER_RUN = "grant-other-run"
    INPUT_CHANGED = "input-changed"
    # of a key that a worker asks for
    KEYSTORE_UNREACHABLE = "keystore-unreachable"
    KEY_REQUEST_FORGED = "key-request-forged"
    KEY_REQUEST_STALE = "key-request-stale"
    KEY_UNREADABLE = "key-unreadable"
    KEY_ANSWER_FORGED = "key-answer-forged"
    KEY_ANSWER_EXPIRED = "key-answer-expired"
    # of a consent document, at intake
    NOT_A_PDF = "not-a-pdf"
    NOT_SIGNED = "not-signed"
    SIGNATURE_BROKEN = "signature-broken"
    DOCUMENT_CHANGED = "document-changed"
    SIGNER_NOT_TRUSTED = "signer-not-trusted"
    SIGNER_REVOKED = "signer-revoked"
    SIGNER_EXPIRED = "signer-expired"
    REVOCATION_UNKNOWN = "revocation-unknown"
    TIMESTAMP_NOT_TRUSTED = "timestamp-not-trusted"
    COMPLETION_MISSING = "completion-missing"  # the platform's own record of who did what
    NOT_A_CREDENTIAL = "not-a-credential"
    CREDENTIAL_EXPIRED = "credential-expired"
    CREDENTIAL_ELSEWHERE = "credential-elsewhere"  # for another consent, site or document
    CREDENTIAL_STATUS_UNKNOWN = "credential-status-unknown"
    NOT_A_SCAN = "not-a-scan"
    DOCUMENT_OVERTAXING = "document-overtaxing"  # reading it takes more time or memory than any document needs
    WRONG_SIGNER = "wrong-signer"
    TERMS_MISSING = "terms-missing"
    TERMS_DIFFER = "terms-differ"
    SAME_PERSON = "same-person"
    WRONG_STATE = "wrong-state"
    # of a step in the life of a consent
    AMENDMENT_NOT_OPEN = "amendment-not-open"  # the version it names does not stand, or is another's
    SUSPENSION_IS_ANOTHERS = "suspension-is-anothers"
    MINOR_SIGNS = "minor-signs"
    DECEASED_SIGNS = "deceased-signs"
    OUTLASTS_CHILDHOOD = "outlasts-childhood"
    PROOF_MISSING = "proof-missing"  # that the signer may sign for the performer
    PROOF_REVIEWED_ALREADY = "proof-reviewed-already"
    # of terms, before they are offered
    LAW_DEMANDS = "law-demands"  # a law or an agreement demands a field that is not filled as it asks
    # of an upload
    FILE_EMPTY = "file-empty"
    FILE_TOO_LARGE = "file-too-large"
    NOT_A_VIDEO = "not-a-video"
    FILE_TRUNCATED = "file-truncated"
    FRAME_TOO_LARGE = "frame-too-large"
    CLIP_TOO_LONG = "clip-too-long"
    STILL_UNREADABLE = "still-unreadable"
    STILLS_TOO_FEW = "stills-too-few"
    STILLS_DISAGREE = "stills-disagree"
    STILLS_DESTROYED = "stills-destroyed"  # under a schedule, before anybody measured or confirmed them
    # of an enrolment
    SEVERAL_FACES = "several-faces"
    CLIP_STANDS_STILL = "clip-stands-still"
    POSES_MISSING = "poses-missing"
    PASSCODE_WRONG = "passcode-wrong"
    PASSCODE_STALE = "passcode-stale"  # none was made today, or it was used
    LOOKS_LIKE_ANOTHER = "looks-like-another"
    ENROLMENT_REJECTED = "enrolment-rejected"
    # of a face in a clip
    REVIEW_NOT_OPEN = "review-not-open"  # the recogniser was sure, or the face was looked at again meanwhile
    TRACK_UNKNOWN = "track-unknown"  # a face that is to be left alone is not in the plate
    TARGET_LEFT_ALONE = "target-left-alone"
    FACE_OVERLAPS = "face-overlaps"  # the face to be made would reach into one that is left alone
    # of a hold, or of an erasure
    HOLD_STANDS = "hold-stands"
    RUN_IS_OPEN = "run-is-open"
    ERASED_ALREADY = "erased-already"
    HOLD_LIFTED_ALREADY = "hold-lifted-already"
    # of a passkey
    PASSKEY_UNKNOWN = "passkey-unknown"
    PASSKEY_OF_ANOTHER = "passkey-of-another"
    PASSKEY_KNOWN_ALREADY = "passkey-known-already"
    PASSKEY_UNREADABLE = "passkey-unreadable"
    PASSKEY_SIGNATURE_BROKEN = "passkey-signature-broken"
    OTHER_SHOWN = "other-shown"  # it was asked about something else than what it is used for
    CHALLENGE_UNKNOWN = "challenge-unknown"
    CHALLENGE_SPENT = "challenge-spent"
    CHALLENGE_EXPIRED = "challenge-expired"
    NOT_USER_VERIFIED = "not-user-verified"
    WRONG_ORIGIN = "wrong-origin"
    COUNTER_WENT_BACK = "counter-went-back"
    LAST_PASSKEY = "last-passkey"
    SIGN_IN_TOO_OLD = "sign-in-too-old"
    # of an invitation, or of who somebody is
    INVITATION_SPENT = "invitation-spent"
    INVITATION_EXPIRED = "invitation-expired"
    INVITATION_REVOKED = "invitation-revoked"
    CREW_IS_NO_PERFORMER = "crew-is-no-performer"
    PERFORMER_IS_SOMEBODY = "performer-is-somebody"  # the performer has an account already
    PERSON_IS_PERFORMER = "person-is-performer"  # the account is another performer's
    ADDRESS_IS_KNOWN = "address-is-known"  # somebody has an account by this e-mail address
    DOCUMENT_NOT_OPENED = "document-not-opened"
    PASSKEY_NEEDED = "passkey-needed"
    IDENTITY_NOT_CONFIRMED = "identity-not-confirmed"
