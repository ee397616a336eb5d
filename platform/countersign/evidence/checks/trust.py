"""On whose word does the rest stand? A bundle that vouches for itself proves only that it agrees with itself."""

from collections.abc import Iterator

from countersign.evidence.bundle import (
    ANCHOR,
    CONSENT_ROOTS,
    DOCUMENTS_ROOT,
    EVIDENCE_KEY,
    GATE_KEY,
    LOG_KEY,
    QUALIFIED,
    SEALERS,
    STAMP_ROOTS,
    WALLETS,
    WITNESSES,
)
from countersign.evidence.case import Case
from countersign.evidence.findings import Finding, Part

PART = Part(name="Whose word this rests on")


def check(case: Case) -> Iterator[Finding]:
    pins = case.pins
    named = (
        ("the log's key", LOG_KEY, pins.log is not None, "--log-key"),
        ("the witnesses' keys", WITNESSES, bool(pins.witnesses), "--witness"),
        ("the authorities behind the consents", CONSENT_ROOTS, pins.consent_roots is not None, "--consent-roots"),
        ("the authority behind the film's credentials", ANCHOR, pins.anchor is not None, "--anchor"),
        ("the time-stamp authorities", STAMP_ROOTS, pins.stamp_roots is not None, "--tsa-roots"),
        ("the issuers of qualified certificates", QUALIFIED, pins.qualified is not None, "--qualified"),
        ("the platforms whose seals count", SEALERS, pins.sealers is not None, "--seal-issuers"),
        ("the authority of the platform's own seal", DOCUMENTS_ROOT, pins.documents is not None, "--documents-root"),
        ("the issuers of credentials", WALLETS, pins.wallets is not None, "--wallet-issuers"),
        ("the gate's key", GATE_KEY, pins.gate is not None, "--gate-key"),
        ("the key that signs bundles", EVIDENCE_KEY, pins.evidence is not None, "--evidence-key"),
    )
    for what, member, pinned, option in named:
        if pinned:
            yield PART.holds(f"You named {what} yourself.")
        elif case.bundle.holds(member):
            yield PART.leaves_open(
                f"Only the bundle names {what} ({member}): compare with what you got by another way, and use {option}."
            )
