"""One bundle under examination: what the person who asks trusts, and what the log's proven entries say. Pure."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from consent.errors import ConsentError
from countersign.evidence.bundle import Bundle, Line
from countersign.evidence.errors import AbsentError, UnfitError
from countersign.evidence.findings import Finding, Part
from provenance import sealing
from provenance.errors import ProvenanceError
from provenance.note import Verifier


@dataclass(frozen=True, slots=True, kw_only=True)
class Pins:
    """Whom the person who asks trusts, by their own knowledge. What is None the bundle says, and that is said."""

    log: Verifier | None = None
    witnesses: tuple[Verifier, ...] = ()
    quorum: int | None = None
    evidence: Verifier | None = None
    gate: bytes | None = None
    anchor: bytes | None = None
    consent_roots: bytes | None = None
    stamp_roots: bytes | None = None
    qualified: bytes | None = None
    sealers: bytes | None = None
    documents: bytes | None = None
    wallets: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """`lines` are the entries whose proof leads to the checkpoint's root: nothing else counts as said by the log.

    `film` is the output's file where one was found, in the bundle or beside it.
    """

    bundle: Bundle
    pins: Pins
    now: datetime
    lines: tuple[Line, ...]
    film: Path | None

    def told(self, kind: str, subject: str) -> list[Line]:
        """The log's entries of one kind about one subject, in order."""
        return [line for line in self.lines if (line.kind, line.subject) == (kind, subject)]

    @property
    def decision(self) -> Line | None:
        """The gate's yes or no."""
        subject = f"run:{self.bundle.contents.about.run}"
        found = [*self.told("run:granted", subject), *self.told("run:refused", subject)]
        found = [line for line in found if "participants" in line.body]  # by the gate, and not by a worker since
        return found[0] if len(found) == 1 else None

    @property
    def consents(self) -> list[str]:
        """The ids of the consents that the decision stands on, biometric releases among them."""
        named = self.decision.body.get("consents", []) if self.decision else []
        return sorted({str(one["consent"]) for one in named if isinstance(one, dict) and "consent" in one})

    def said(self, line: Line, field: str) -> Any:
        """What an entry says under a name, plainly or sealed and disclosed; None where nothing shows it."""
        if field in line.body:
            return line.body[field]
        commitment = dict(line.body.get("sealed") or {}).get(field)
        one = self.bundle.openings.get(str(commitment))
        return one["value"] if one and one["field"] == field and opens(one) else None

    def trusted(self, pinned: bytes | None, name: str) -> bytes:
        """What the person pinned, or else what the bundle brings. Raises AbsentError."""
        return self.bundle.read(name) if pinned is None else pinned

    def maybe_trusted(self, pinned: bytes | None, name: str) -> bytes:
        """The same for what not every site trusts anybody with; empty where neither names anybody."""
        return self.trusted(pinned, name) if pinned is not None or self.bundle.holds(name) else b""


def opens(one: Mapping[str, Any]) -> bool:
    """Whether a disclosed value is what its commitment was made of."""
    return sealing.opens(
        str(one["commitment"]), field=str(one["field"]), value=one["value"], salt=bytes.fromhex(one["salt"])
    )


Check = Callable[[Case], Iterator[Finding]]


def guarded(part: Part, check: Check, case: Case) -> Iterator[Finding]:
    """What `check` finds; a member that is not at hand leaves it open, and one that makes no sense fails it."""
    try:
        yield from check(case)
    except AbsentError as e:
        yield part.leaves_open(f"Not checked: {e}.")
    except (UnfitError, ConsentError, ProvenanceError) as e:
        yield part.fails(str(e))
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError, RecursionError) as e:
        yield part.fails(f"What the bundle says here cannot be understood ({type(e).__name__}: {e}).")
