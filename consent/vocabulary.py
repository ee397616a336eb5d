"""The words consents are written in: closed lists, each by the name that stands in documents, rows and rules. Pure."""

from enum import IntEnum, StrEnum
from typing import Literal


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


class Matter(StrEnum):
    """What a consent is about. The release of biometric features is a consent of its own (GDPR Art. 9, BIPA s.15)."""

    REPLICA = "replica"
    BIOMETRIC_RELEASE = "biometric-release"


class Representation(StrEnum):
    """Who stood beside the performer when they agreed (California AB 2602, New York GOL 5-302, Illinois HB 4762)."""

    NONE = "none"
    COUNSEL = "counsel"
    UNION = "union"


class ReplicaType(StrEnum):
    """What kind of digital replica is made (SAG-AFTRA TV/Theatrical 2023, digital replicas)."""

    EMPLOYMENT_BASED = "employment-based"
    INDEPENDENTLY_CREATED = "independently-created"
    BACKGROUND = "background"
    ALTERATION = "alteration"


class Alteration(StrEnum):
    """What of a performer may be altered beyond the use itself. What a consent does not name is prohibited."""

    COMPLEXION = "complexion"
    BODY = "body"
    AGE = "age"
    NUDITY = "nudity"
    SPEECH = "speech"


class Context(StrEnum):
    """What a shot shows the performer in, for what a consent may prohibit; and what no consent can permit."""

    ALCOHOL = "alcohol"
    TOBACCO = "tobacco"
    DRUGS = "drugs"
    GAMBLING = "gambling"
    MEDICAL = "medical"
    VIOLENCE = "violence"
    WEAPONS = "weapons"
    RELIGION = "religion"
    POLITICS = "politics"
    NUDITY = "nudity"
    SEXUAL = "sexual"
    POLITICAL_DECEPTION = "political-deception"
    FRAUD = "fraud"


class OutputClass(StrEnum):
    """What a run's output is part of. An advertisement is disclosed visibly (New York S.8420-A)."""

    FEATURE = "feature"
    SERIES = "series"
    SHORT = "short"
    TRAILER = "trailer"
    ADVERTISEMENT = "advertisement"
    GAME = "game"


class Assurance(IntEnum):
    """How sure it is that the performer agreed; each kind of use asks for a least level by policy."""

    UNSIGNED = 0
    SCAN = 1  # a picture of ink on paper
    SEALED_BY_PLATFORM = 2  # a signing platform vouches, or a scan, and the performer confirmed
    PERSONAL = 3  # the performer's own certificate, passkey or wallet
    QUALIFIED = 4  # a qualified electronic signature (eIDAS Art. 3(12))


class Way(StrEnum):
    """By what means a consent was signed."""

    PADES = "pades"
    PLATFORM_SEAL = "platform-seal"
    PASSKEY = "passkey"
    JWS = "jws"
    SD_JWT = "sd-jwt"
    SCAN = "scan"


class ConsentState(StrEnum):
    """The life of a consent; each state is entered by one function of `consent.services`.

    A consent that is approved before its window begins is ACTIVE already: what a clock changes is no state.
    """

    DRAFT = "draft"  # terms are kept, nobody was asked yet
    OFFERED = "offered"  # typeset, waiting for the performer's signature
    SIGNED = "signed"  # what came permits nothing by itself; waiting for the performer's own confirmation
    DECLINED = "declined"  # the performer said no to the offer
    TAKEN_BACK = "taken-back"  # the producer took the offer back before it was approved
    VERIFIED = "verified"  # signature and terms hold; waiting for a second person
    ACTIVE = "active"  # approved; the gate may use it
    SUSPENDED = "suspended"  # a strike, a dispute, a hold: nothing may be made until it is lifted
    AMENDED = "amended"  # a newer version that names this one took its place
    EXPIRED = "expired"  # its window has ended and its keys are destroyed
    WITHDRAWN = "withdrawn"


class Suspension(StrEnum):
    """Why nothing may be made under a consent for the time being."""

    STRIKE = "strike"
    DISPUTE = "dispute"
    LEGAL_HOLD = "legal-hold"
    DEATH = "death"  # until the estate has confirmed it
    PROOF_LAPSED = "proof-lapsed"  # what showed that the signer may sign has run out


class ProofKind(StrEnum):
    """What a document proves of a performer, or of who may sign for them."""

    BIRTH_CERTIFICATE = "birth-certificate"
    GUARDIANSHIP_ORDER = "guardianship-order"
    DEATH_CERTIFICATE = "death-certificate"
    PROBATE = "probate"  # or letters of administration
    CHAIN_OF_TITLE = "chain-of-title"
    UNION_AGREEMENT = "union-agreement"  # with the membership that it covers


class ProofState(StrEnum):
    """What became of a proof."""

    WAITING = "waiting"
    APPROVED = "approved"
    REFUSED = "refused"


class Band(StrEnum):
    """How sure the recogniser is that a track shows a given performer."""

    MATCH = "match"
    REVIEW = "review"
    REFUSE = "refuse"
    TOO_SMALL = "too-small"


AfterWithdrawal = Literal["flag", "take-down"]
