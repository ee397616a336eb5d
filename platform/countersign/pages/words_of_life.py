"""The words for why a consent is suspended, or has ended before its last day or with a birthday."""

from collections.abc import Mapping

from consent.types import Suspension

SUSPENSIONS: Mapping[str, str] = {
    Suspension.STRIKE: "a strike",
    Suspension.DISPUTE: "a dispute",
    Suspension.LEGAL_HOLD: "a legal hold on its use",
    Suspension.DEATH: "the performer has died, and the estate has not confirmed it yet",
    Suspension.PROOF_LAPSED: "the proof that the signer may sign has run out",
}
ENDINGS: Mapping[str, str] = {
    "death": "The performer has died, and it was not to outlive them.",
    "of-age": "The performer came of age; what a guardian signed for them ended with it.",
}
