"""What belongs to one run: its rows, and every entry of the log about them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q

from consent.models import ConsentRecord, ConsentUse
from consent.types import Matter
from countersign import logbook
from countersign.evidence.request import Used
from countersign.runs.models import LikenessModel, Output, OutputState, Run
from provenance.models import LedgerEntry
from provenance.types import EntryKind

# Of a production only who was let in: its other entries are of other runs.
OF_PRODUCTION = (EntryKind.PRODUCTION_OPENED, EntryKind.PERSON_ENLISTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """`output` is None unless it was published; `decision` unless the log holds exactly one."""

    run: Run
    output: Output | None
    consents: tuple[ConsentRecord, ...]
    entries: tuple[LedgerEntry, ...]

    @property
    def lines(self) -> list[logbook.Line]:
        return [logbook.line(row) for row in self.entries]

    @property
    def decision(self) -> logbook.Line | None:
        kinds, subject = (EntryKind.RUN_GRANTED, EntryKind.RUN_REFUSED), f"run:{self.run.pk}"
        found = [line for line in self.lines if line.kind in kinds and line.subject == subject]
        found = [line for line in found if "participants" in line.body]  # by the gate, and not by a worker since
        return found[0] if len(found) == 1 else None


def of(run: Run) -> Story:
    uses = ConsentUse.objects.filter(run_id=run.pk).values("consent")
    consents = tuple(ConsentRecord.objects.filter(pk__in=uses).select_related("performer").order_by("pk"))
    output = Output.objects.filter(run=run).exclude(published_at=None).exclude(state=OutputState.SIGNED).first()
    about = Q(subject__in=_subjects(run, consents))
    about |= Q(subject=f"production:{run.production_id}", kind__in=OF_PRODUCTION)
    approvers = [f"person:{one.approved_by_id}" for one in consents]
    about |= Q(subject__in=approvers, kind=EntryKind.PERSON_PASSKEY_ADDED)
    entries = tuple(LedgerEntry.objects.filter(about).order_by("index"))
    return Story(run=run, output=output, consents=consents, entries=entries)


def _subjects(run: Run, consents: tuple[ConsentRecord, ...]) -> list[str]:
    """Everything the run was made from, by whom, and what came of it."""
    rows: list[tuple[str, Any]] = [
        ("run", run.pk),
        *(("output", pk) for pk in Output.objects.filter(run=run).values_list("pk", flat=True)),
        *(("model", pk) for pk in LikenessModel.objects.filter(run=run).values_list("pk", flat=True)),
        *(("consent", one.pk) for one in consents),
        *(("performer", pk) for pk in {run.likeness_id, run.plate_performer_id}),
        *(("footage", pk) for pk in {run.footage_id, run.plate_id}),
    ]
    return [f"{kind}:{pk}" for kind, pk in rows]


def used_before(story: Story) -> Mapping[UUID, Used]:
    """What other runs had taken from each consent when this run was decided."""
    return {one.pk: _used(one, story.run) for one in story.consents if one.matter == Matter.REPLICA}


def _used(consent: ConsentRecord, run: Run) -> Used:
    taken = consent.uses.filter(run_id=run.pk).order_by("at").first()
    seconds: dict[UUID, float] = {}
    for use in consent.uses.exclude(run_id=run.pk).filter(at__lt=taken.at) if taken else ():
        seconds[use.run_id] = max(seconds.get(use.run_id, 0.0), use.screen_seconds)  # two parts of a run count once
    return Used(runs=len(seconds), screen_seconds=sum(seconds.values()))
