"""Is the story whole, as far as a bundle can show it?"""

from collections.abc import Iterator

from countersign.evidence.bundle import Line
from countersign.evidence.case import Case
from countersign.evidence.findings import Finding, Part

PART = Part(name="What a bundle can and cannot show")


def check(case: Case) -> Iterator[Finding]:
    withdrawals = [line for line in case.lines if line.kind == "consent:withdrawn"]
    for line in case.lines:
        if _follows_a_withdrawal(line) and not any(one.index < line.index for one in withdrawals):
            yield PART.fails(
                f"Entry {line.index} ({line.kind}) follows from a withdrawal, and no withdrawal before it is in the "
                "bundle: entries were left out.",
                line.member,
            )
    yield PART.leaves_open(
        "A bundle proves what is in the log, and not that nothing was left out of the bundle. Whether a consent was "
        "withdrawn since is told, for everybody, at the status addresses in the film's credentials."
    )


def _follows_a_withdrawal(line: Line) -> bool:
    reasons = line.body.get("reasons") or []
    stopped = line.kind == "run:stopped" and "consent-withdrawn" in str(reasons)
    return line.kind == "output:flagged" or stopped
