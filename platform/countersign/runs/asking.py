"""What would be allowed? The gate's answer before anything is uploaded.

The same gate is asked with the consents as they stand; the clips are taken to show whom they should, which real ones
must still do. Nothing is written down, reserved or granted.
"""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from consent import gate, particulars, services as consents
from consent.models import ConsentRecord, Performer
from consent.services import budgets
from consent.types import Band, ConsentState, KindOfUse, Matter, Part, Participant, Reason, Refusal, Request, Sighting
from countersign.accounts.models import Person, Production

NOTE = "The footage must still match: every face in it has to be recognised as somebody whose consent covers this."


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What somebody may ask for. `people` says who would play each part that the kind of use needs."""

    production: Production
    kind: KindOfUse
    people: Mapping[Part, Performer]
    seconds: float
    trains: bool
    declared: Mapping[str, Any]  # particulars by name


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Whether it would be allowed, every reason against it, and what is left of the consents that stand."""

    allowed: bool
    reasons: tuple[Reason, ...]
    left: tuple[budgets.Left, ...]


def answer(question: Question, *, by: Person) -> Answer:
    """What the gate would say now. Raises LedgerError."""
    found = consents.weigh(_request(question, by=by), now=timezone.now())
    reasons = found.reasons if isinstance(found, Refusal) else ()
    return Answer(allowed=not reasons, reasons=reasons, left=tuple(_left(question)))


def _request(question: Question, *, by: Person) -> Request:
    needed = sorted(gate.PARTS_NEEDED[question.kind] & set(question.people))
    return Request(
        run_id=uuid.uuid4(),
        production_id=question.production.pk,
        kind=question.kind,
        participants=tuple(_participant(part, question.people[part]) for part in needed),
        **particulars.read({name: question.declared.get(name) for name in particulars.NAMES}),
        screen_seconds=question.seconds,
        trains=question.trains,
        parameters_sha256="0" * 64,
        requested_by=by.pk,
    )


def _participant(part: Part, performer: Performer) -> Participant:
    """The performer in a clip that shows them and nobody else."""
    seen = Sighting(track=1, performer_id=performer.pk, score=1.0, threshold=0.0, recogniser="", band=Band.MATCH)
    return Participant(
        part=part,
        performer_id=performer.pk,
        performer_name=performer.name,
        footage_title="a clip that matches",
        footage_sha256="0" * 64,
        sightings=(seen,),
    )


def _left(question: Question) -> Iterator[budgets.Left]:
    people = list(question.people.values())
    found = ConsentRecord.objects.filter(production=question.production, performer__in=people, matter=Matter.REPLICA)
    rows = list(found.select_related("performer").defer("offered_pdf", "signed_pdf").order_by("performer__name", "pk"))
    used = budgets.used(rows)
    for row in rows:
        if row.state == ConsentState.ACTIVE:
            yield budgets.left(row, used[row.pk])
