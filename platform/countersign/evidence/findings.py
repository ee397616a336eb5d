"""What the verifier found, line by line: what holds, what does not, and what was not checked and why. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby


class Mark(StrEnum):
    """The sign before a line."""

    HOLDS = "✓"
    FAILS = "✗"
    OPEN = "–"  # withheld, or not checked; the sentence says why


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line. `part` is the heading it stands under, `member` the file in the bundle it is about, if one is."""

    mark: Mark
    part: str
    sentence: str
    member: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A heading, and the findings under it."""

    name: str

    def holds(self, sentence: str, member: str = "") -> Finding:
        return Finding(mark=Mark.HOLDS, part=self.name, sentence=sentence, member=member)

    def fails(self, sentence: str, member: str = "") -> Finding:
        return Finding(mark=Mark.FAILS, part=self.name, sentence=sentence, member=member)

    def leaves_open(self, sentence: str, member: str = "") -> Finding:
        return Finding(mark=Mark.OPEN, part=self.name, sentence=sentence, member=member)

    def judged(self, holds: bool, yes: str, no: str, *, member: str = "") -> Finding:
        return self.holds(yes, member) if holds else self.fails(no, member)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything that was found in one bundle."""

    findings: tuple[Finding, ...]

    @property
    def failures(self) -> tuple[Finding, ...]:
        return tuple(found for found in self.findings if found.mark is Mark.FAILS)

    @property
    def sound(self) -> bool:
        """Something was checked, and nothing that was checked failed."""
        return not self.failures and any(found.mark is Mark.HOLDS for found in self.findings)


def lines(report: Report) -> Iterator[str]:
    """The report as it is printed."""
    for part, findings in groupby(report.findings, key=lambda found: found.part):
        yield part
        yield from (f"  {found.mark} {found.sentence}" for found in findings)
        yield ""
    yield _verdict(report)


def _verdict(report: Report) -> str:
    open_ones = sum(found.mark is Mark.OPEN for found in report.findings)
    held = sum(found.mark is Mark.HOLDS for found in report.findings)
    if report.failures:
        failed = len(report.failures)
        return f"{failed} of {held + failed} checks FAILED; {open_ones} things were not checked."
    return f"Everything that was checked holds: {held} checks. {open_ones} things were not checked; each says why."
