"""On whose word does the rest stand? A bundle that vouches for itself proves only that it agrees with itself."""

from collections.abc import Iterator

from countersign.evidence.bundle import ANCHOR, CONSENT_ROOTS, EVIDENCE_KEY, GATE_KEY, LOG_KEY, STAMP_ROOTS, WITNESSES
from countersign.evidence.case import Case
from countersign.evidence.findings import Finding, Part

PART = Part(name="Whose word this rests on")
ASK = "compare it with what you got from them by another way"


def check(case: Case) -> Iterator[Finding]:
    pins = case.pins
    yield from _one(case, "the log's key", LOG_KEY, pins.log is not None, "--log-key")
    yield from _one(case, "the witnesses' keys", WITNESSES, bool(pins.witnesses), "--witness")
    yield from _one(case, "the performers' certificate authorities", CONSENT_ROOTS, pins.consent_roots is not None,
                    "--consent-roots")  # fmt: skip
    yield from _one(case, "the authority behind the film's credentials", ANCHOR, pins.anchor is not None, "--anchor")
    yield from _one(case, "the time-stamp authorities", STAMP_ROOTS, pins.stamp_roots is not None, "--tsa-roots")
    yield from _one(case, "the gate's key", GATE_KEY, pins.gate is not None, "--gate-key")
    yield from _one(case, "the key that signed this bundle", EVIDENCE_KEY, pins.evidence is not None, "--evidence-key")


def _one(case: Case, what: str, member: str, pinned: bool, option: str) -> Iterator[Finding]:
    if pinned:
        yield PART.holds(f"You named {what} yourself.")
    elif case.bundle.holds(member):
        yield PART.leaves_open(
            f"Only the bundle says which {what[4:]} to trust ({member}): {ASK}, and name it with {option}."
        )
