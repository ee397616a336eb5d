"""The log's figures in the text format of Prometheus, each read when it is asked for; no figure says who or what.

Written by hand: a client library counts inside one process, and nothing here is counted inside one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils.timezone import now

from countersign import log, timestamps, witnesses
from countersign.watch import alarms, observing
from countersign.watch.conditions import Kind
from countersign.watch.models import Progress
from provenance import cosigned, ledger, refusals
from provenance.errors import PolicyError
from provenance.models import Contradiction, Cosignature, Pending, TimeStamp
from provenance.note import Verifier

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
MOST_PENDING = 10_000  # counted; more is shown as that
PREFIX = "countersign_log_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measurement; `labels` tell those of one name apart."""

    name: str
    help: str
    value: float
    labels: tuple[tuple[str, str], ...] = ()
    counter: bool = False

    @property
    def line(self) -> str:
        labels = ",".join(f'{name}="{_escaped(value)}"' for name, value in self.labels)
        return f"{PREFIX}{self.name}{f'{{{labels}}}' if labels else ''} {self.value:.17g}\n"

    @property
    def head(self) -> str:
        kind = "counter" if self.counter else "gauge"
        return f"# HELP {PREFIX}{self.name} {self.help}\n# TYPE {PREFIX}{self.name} {kind}\n"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def exposition() -> str:
    """Every figure as it is now. Raises DatabaseError, LedgerError."""
    text, last = "", ""
    for figure in figures(now()):
        text += figure.line if figure.name == last else figure.head + figure.line
        last = figure.name
    return text


def figures(moment: datetime) -> Iterator[Figure]:
    """Those of one name stand together."""
    yield from _of_entries(moment)
    yield from _of_checkpoints(moment)
    yield from _of_witnesses(moment)
    yield from _of_verification(moment)
    yield from _of_alarms()


def _of_entries(moment: datetime) -> Iterator[Figure]:
    pending = Pending.objects.values_list("id")[:MOST_PENDING].count()
    waited = _age(observing.pending_since(), moment)
    yield Figure(name="entries_total", help="Entries in the ledger.", value=ledger.size(), counter=True)
    yield Figure(name="pending_entries", help="Entries without a place yet.", value=pending)
    yield Figure(name="pending_oldest_seconds", help="How long the oldest of them has waited.", value=waited)
    refused = refusals.counted()
    yield Figure(name="appends_refused_total", help="Entries that could not be written.", value=refused, counter=True)


def _of_checkpoints(moment: datetime) -> Iterator[Figure]:
    latest = log.newest()
    size = latest.size if latest else 0
    uncovered = _age(observing.uncovered_since(latest), moment)
    yield Figure(name="checkpoint_size", help="Entries that the latest checkpoint covers.", value=size)
    if latest:
        yield Figure(name="checkpoint_age_seconds", help="Its age.", value=_age(latest.made_at, moment))
    yield Figure(name="uncovered_entries", help="Entries beyond it.", value=max(ledger.size() - size, 0))
    yield Figure(name="uncovered_oldest_seconds", help="How long the oldest of them has waited.", value=uncovered)
    held = timestamps.newest()
    stamped = TimeStamp.objects.filter(size=held.size).order_by("id").first() if held else None
    if stamped:
        age = _age(stamped.made_at, moment)
        yield Figure(name="time_stamp_age_seconds", help="Age of the latest time-stamp.", value=age)
        yield Figure(name="time_stamp_size", help="Entries that the latest time-stamp covers.", value=stamped.size)


def _of_witnesses(moment: datetime) -> Iterator[Figure]:
    try:
        verifiers = sorted(witnesses.policy(settings.KEYS).verifiers, key=lambda verifier: verifier.name)
    except PolicyError:
        return  # an alarm says so
    newest = {verifier.name: _line(verifier) for verifier in verifiers}
    for name, line in newest.items():
        size = line.size if line else 0
        labels = (("witness", name),)
        yield Figure(name="cosigned_size", help="Entries that a witness vouches for.", value=size, labels=labels)
    for name, line in newest.items():
        if line:
            age = _age(line.made_at, moment)
            labels = (("witness", name),)
            yield Figure(name="cosignature_age_seconds", help="Age of its cosignature.", value=age, labels=labels)
    told = Contradiction.objects.count()  # a few at the most: see provenance.cosigned
    yield Figure(name="contradictions", help="Checkpoints that a witness contradicts.", value=told)


def _line(witness: Verifier) -> Cosignature | None:
    size = cosigned.size_known_to(witness)
    return Cosignature.objects.filter(witness=witness.name, size=size).order_by("id").first()


def _of_verification(moment: datetime) -> Iterator[Figure]:
    rows = list(Progress.objects.order_by("observer"))
    shown: tuple[tuple[str, str, list[float]], ...] = (
        ("verified_entries", "Entries verified, each after the one before.", [row.entries for row in rows]),
        ("verified_age_seconds", "Time since somebody looked.", [_age(row.looked_at, moment) for row in rows]),
        ("verified_again_entries", "Entries verified once more in this round.", [row.again for row in rows]),
        ("verification_faults", "Faults found when looking last.", [row.faults for row in rows]),
    )
    for name, about, values in shown:
        for row, value in zip(rows, values, strict=True):
            yield Figure(name=name, help=about, value=value, labels=(("observer", row.observer),))


def _of_alarms() -> Iterator[Figure]:
    kinds = [alarm.kind for alarm in alarms.open_alarms()]
    for kind in Kind:
        open_ = kinds.count(kind.value)
        yield Figure(name="alarms_open", help="Alarms that stand.", value=open_, labels=(("kind", kind.value),))


def _age(since: datetime | None, moment: datetime) -> float:
    return (moment - since).total_seconds() if since else 0.0
