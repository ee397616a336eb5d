"""The words for why a consent is suspended, or how it has ended; and for who signs for whom."""

from collections.abc import Mapping

from consent.types import Capacity, ProofKind, ProofState, Suspension

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
SIGN_AS: Mapping[str, str] = {
    Capacity.GUARDIAN: "guardian, for a minor or a ward",
    Capacity.ESTATE: "estate, after a death",
    Capacity.UNION: "union, for its members",
}
PROOFS: Mapping[str, str] = {
    ProofKind.GUARDIANSHIP_ORDER: "Guardianship order",
    ProofKind.BIRTH_CERTIFICATE: "Birth certificate",
    ProofKind.DEATH_CERTIFICATE: "Death certificate",
    ProofKind.PROBATE: "Probate",
    ProofKind.CHAIN_OF_TITLE: "Chain of title",
    ProofKind.UNION_AGREEMENT: "Union agreement",
}
PROOF_STATES: Mapping[str, str] = {
    ProofState.WAITING: "Waits for a second person",
    ProofState.APPROVED: "Counts",
    ProofState.REFUSED: "Does not count",
}
