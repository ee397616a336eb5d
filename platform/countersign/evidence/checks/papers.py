"""One consent in a case, and what the log says of it."""

from dataclasses import dataclass
from datetime import datetime

from countersign.evidence.bundle import CONSENTS, Line
from countersign.evidence.case import Case
from countersign.evidence.findings import Part

PART = Part(name="The consents")


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """One consent in a case. `short` is how it is called in a sentence."""

    case: Case
    pk: str

    @property
    def folder(self) -> str:
        return f"{CONSENTS}{self.pk}"

    @property
    def short(self) -> str:
        return f"Consent {self.pk[:8]}"

    def told(self, kind: str) -> list[Line]:
        return self.case.told(kind, f"consent:{self.pk}")

    @property
    def way(self) -> str:
        """How it was signed, as the approval says."""
        return str(self.approval.body.get("way", "pades")) if self.approval else "pades"

    @property
    def recorded_at(self) -> datetime:
        """When the log recorded that it came in and held; without that, the moment asked about."""
        verified = [*self.told("consent:verified"), *self.told("consent:received")]
        return verified[-1].recorded_at if verified else self.case.now

    def bound(self, performer: object, field: str) -> tuple[Line, object] | None:
        """What the log says is bound to a performer under a name, and where."""
        for line in self.case.told("performer:bound", f"performer:{performer}"):
            said = self.case.said(line, field)
            if said is not None:
                return line, said
        return None

    @property
    def approval(self) -> Line | None:
        """The approval before the decision; what came later does not count."""
        decided = self.case.decision.index if self.case.decision else 0
        found = [line for line in self.told("consent:approved") if line.index < decided]
        return found[-1] if found else None
