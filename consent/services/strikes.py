"""Strike switches: one person throws them, another lifts them."""

import re
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.utils import timezone

from consent.errors import ConsentError
from consent.models import Strike
from consent.services import houses
from consent.services.entries import Somebody, codes, note
from consent.services.steps import second_person
from consent.types import Reason, ReasonCode, Refusal
from provenance.types import EntryKind, Json

UNION = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ./&-]{1,31}")


@transaction.atomic
def call(organisation: Somebody, *, union: str, production: Any = None, by: Somebody) -> Strike:
    """From now on nothing is made under consents of members of this union. Raises ConsentError for no union's name, and
    for another house's production."""
    name = union.strip()
    if not UNION.fullmatch(name):
        raise ConsentError("Write the union's short name, such as SAG-AFTRA: letters, digits, spaces and . / & -.")
    if production is not None and production.organisation_id != organisation.pk:
        raise ConsentError("There is no such production in this house.")
    strike = Strike.objects.create(
        pk=uuid4(), organisation_id=organisation.pk, production=production, union=name, called_by_id=by.pk,
        called_at=timezone.now(),
    )  # fmt: skip
    body: dict[str, Json] = {"strike": str(strike.pk), "union": name}
    if production is not None:
        body["production"] = str(production.pk)
    note(EntryKind.STRIKE_CALLED, subject=houses.subject(organisation.pk), by=by, body=body)
    return strike


@transaction.atomic
def lift(strike: Strike, *, by: Somebody) -> Strike | Refusal:
    """The strike is over, says a second person. Refused to whoever called it, and a second time."""
    row = Strike.objects.select_for_update(no_key=True).get(pk=strike.pk)
    reason = _against(row, by)
    body: dict[str, Json] = {"strike": str(row.pk)}
    if reason:
        body["reasons"] = codes([reason])
        note(EntryKind.STRIKE_LIFT_REFUSED, subject=houses.subject(row.organisation_id), by=by, body=body)
        return Refusal(reasons=(reason,), decided_at=timezone.now())
    Strike.objects.filter(pk=row.pk).update(lifted_by_id=by.pk, lifted_at=timezone.now())
    note(EntryKind.STRIKE_LIFTED, subject=houses.subject(row.organisation_id), by=by, body=body)
    row.refresh_from_db()
    return row


def _against(strike: Strike, by: Somebody) -> Reason | None:
    if strike.lifted_at is not None:
        return Reason(
            code=ReasonCode.WRONG_STATE,
            sentence="This strike was lifted already.",
            asked="to lift it",
            allowed="once",
            remedy="Nothing is left to do.",
        )
    if strike.called_by_id == by.pk:
        return second_person(
            "Nobody lifts a strike switch that they threw themselves.",
            asked="lifted by the same person",
            allowed="lifted by a second person from legal",
            remedy="Ask a colleague from legal to see that the strike is over, and to lift it.",
        )
    return None
