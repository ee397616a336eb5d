"""What can be held, by the names that people know it by."""

from collections.abc import Iterable, Iterator

from django.db.models import Model

from consent.models import Performer
from countersign.accounts.models import Production
from countersign.runs.models import Footage, Output, Run

MODELS: dict[str, type[Model]] = {
    "production": Production,
    "performer": Performer,
    "run": Run,
    "output": Output,
    "footage": Footage,
}


def choices(production: Production) -> list[tuple[str, list[tuple[str, str]]]]:
    """Everything of a production that can be held, in groups: (subject, name)."""
    rows = (
        ("The whole production", [production]),
        ("Performers", Performer.objects.filter(organisation_id=production.organisation_id, erased_at=None)),
        ("Runs", Run.objects.filter(production=production)),
        ("Outputs", Output.objects.filter(run__production=production, destroyed_at=None).select_related("run")),
        ("Footage", Footage.objects.filter(production=production, destroyed_at=None)),
    )
    groups = ((group, list(_named(found))) for group, found in rows)
    return [(group, named) for group, named in groups if named]


def name(subject: str) -> str:
    """What `subject` is called; the subject itself where nothing is known by it."""
    kind, _, pk = subject.partition(":")
    row = MODELS[kind]._default_manager.filter(pk=pk).first() if kind in MODELS else None
    return f"{kind.capitalize()}: {_title(row)}" if row else subject


def of(row: Model) -> str:
    """A row as the ledger names it."""
    kind = next(kind for kind, model in MODELS.items() if isinstance(row, model))
    return f"{kind}:{row.pk}"


def _named(rows: Iterable[Model]) -> Iterator[tuple[str, str]]:
    return ((of(row), _title(row)) for row in rows)


def _title(row: Model) -> str:
    return row.run.title if isinstance(row, Output) else str(row)
