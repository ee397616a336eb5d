"""What lies under what: the subjects whose hold keeps a thing from being destroyed.

| a hold on  | keeps |
|---|---|
| production | everything in it |
| performer  | every clip they are seen in, every run with them, what came out of it, their consents and pictures |
| run        | its two clips, what came out of it, the consents it used |
| output     | itself, and what is under its run |
| footage    | itself |
"""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Q, QuerySet

from consent.models import ConsentRecord, ConsentUse, Performer
from countersign.runs.models import Enrolment, Footage, Output, Run


def of_footage(footage: Footage) -> frozenset[str]:
    seen = footage.tracks.exclude(performer=None).values_list("performer_id", flat=True)
    runs = Run.objects.filter(Q(footage=footage) | Q(plate=footage))
    return frozenset((f"footage:{footage.pk}", f"production:{footage.production_id}")) | _all(seen) | _runs(runs)


def of_output(output: Output) -> frozenset[str]:
    return frozenset((f"production:{output.run.production_id}",)) | _runs((output.run,))


def of_consent(record: ConsentRecord) -> frozenset[str]:
    own = frozenset((f"production:{record.production_id}", f"performer:{record.performer_id}"))
    used = ConsentUse.objects.filter(consent=record).values("run_id")
    return own | _runs(Run.objects.filter(pk__in=used))


def of_pictures(enrolment: Enrolment) -> frozenset[str]:
    return of_performer(enrolment.performer)


def of_performer(performer: Performer) -> frozenset[str]:
    """The performer as a whole: every production they have a part in, and they themselves."""
    productions = set(performer.consents.values_list("production_id", flat=True))
    productions |= set(runs_with(performer).values_list("production_id", flat=True))
    productions |= set(Footage.objects.filter(tracks__performer=performer).values_list("production_id", flat=True))
    return frozenset(f"production:{pk}" for pk in productions) | {f"performer:{performer.pk}"}


def runs_with(performer: Performer) -> QuerySet[Run]:
    return Run.objects.filter(Q(likeness=performer) | Q(plate_performer=performer))


def _runs(runs: Iterable[Run]) -> frozenset[str]:
    """Runs with what came out of them and the two people in each."""
    found: set[str] = set()
    for run in runs:
        found |= {f"run:{run.pk}"} | _all((run.likeness_id, run.plate_performer_id))
        found |= {f"output:{pk}" for pk in Output.objects.filter(run=run).values_list("pk", flat=True)}
    return frozenset(found)


def _all(performers: Iterable[UUID | None]) -> frozenset[str]:
    return frozenset(f"performer:{pk}" for pk in performers)
