"""A performer's statement of use: every run, output and second of screen time under their consents, to keep."""

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from hashlib import sha256
from importlib.resources import files

from django.db import transaction
from django.utils import timezone

from consent import typeset
from consent.models import ConsentUse, Performer
from consent.services.decisions import RELEASE
from countersign.accounts.models import Person
from countersign.pages import words
from countersign.papers import Paper
from countersign.runs.models import Run
from provenance import ledger
from provenance.types import EntryKind, Json

FORMS = ("pdf", "csv")
_RISKY = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would take for a formula


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One use of one consent."""

    granted_at: str
    production: str
    title: str
    scene: str
    kind: str
    part: str
    seconds: float
    medium: str
    territories: str
    state: str
    published_at: str
    output_sha256: str
    consent: str


def lines(performer: Performer) -> list[Line]:
    """Every use, the latest first; what a run took that was stopped is among them, for it counts."""
    uses = ConsentUse.objects.filter(consent__performer=performer).exclude(part=RELEASE).order_by("-at", "pk")
    found = list(uses.select_related("consent"))
    runs = Run.objects.filter(pk__in=[use.run_id for use in found]).select_related("production", "output")
    known = {run.pk: run for run in runs}
    return [_line(use, known[use.run_id]) for use in found if use.run_id in known]


@transaction.atomic
def made(performer: Performer, *, form: str, by: Person) -> Paper:
    """The statement as a file, its making in the ledger. Raises LedgerError."""
    now, listed = timezone.now(), lines(performer)
    content = _csv(listed) if form == "csv" else _pdf(performer, listed, now=now)
    body: dict[str, Json] = {"form": form, "count": len(listed), "sha256": sha256(content).hexdigest()}
    ledger.append(EntryKind.STATEMENT_MADE, subject=f"performer:{performer.pk}", actor=f"person:{by.pk}", body=body)
    return Paper(f"statement-of-use-{now:%Y-%m-%d}.{form}", content, form)


def _line(use: ConsentUse, run: Run) -> Line:
    output = getattr(run, "output", None)
    out = output if output is not None and output.published_at else None
    return Line(
        granted_at=_moment(use.at),
        production=run.production.title,
        title=run.title,
        scene=run.scene,
        kind=words.said("kind", run.kind),
        part=words.said("my part", use.part),
        seconds=round(use.screen_seconds, 3),
        medium=words.said("medium", run.medium),
        territories=", ".join(words.said("territory", place) for place in run.territories),
        state=str(out.get_state_display() if out else run.get_state_display()),
        published_at=_moment(out.published_at) if out and out.published_at else "",
        output_sha256=out.sha256 if out else "",
        consent=str(use.consent_id),
    )


def _csv(listed: Sequence[Line]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, [field.name for field in fields(Line)])
    writer.writeheader()
    writer.writerows({name: _harmless(value) for name, value in asdict(line).items()} for line in listed)
    return text.getvalue().encode("utf-8-sig")


def _harmless(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_RISKY) else value


def _pdf(performer: Performer, listed: Sequence[Line], *, now: datetime) -> bytes:
    uses = "use" if len(listed) == 1 else "uses"
    view = {
        "performer": performer.name,
        "made": _moment(now),
        "total": f"{sum(line.seconds for line in listed):.1f} seconds of screen time in {len(listed)} {uses}",
        "lines": [asdict(line) for line in listed],
    }
    source = files(__package__).joinpath("statement.typ").read_bytes()
    return typeset.in_any_letters(source, view=view, at=now)


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
