"""What would be allowed? Answered before anything is uploaded."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render

from consent import record
from consent.types import KindOfUse, Part
from countersign.accounts import access
from countersign.accounts.models import Person, Production, Role
from countersign.pages.doors import signed_in
from countersign.pages.run_forms import WhatIf
from countersign.runs import asking


@signed_in
def what_if(request: HttpRequest, person: Person, pk: UUID) -> HttpResponseBase:
    production = access.fetch(person, Production, pk)
    access.require(person, production, Role.PRODUCER, Role.ARTIST)
    performers = access.performers(person, production)
    form = WhatIf(request.POST or None, performers=performers, media=[])
    answer = asking.answer(_question(production, form.cleaned_data), by=person) if form.is_valid() else None
    context = {
        "form": form,
        "production": production,
        "answer": answer,
        "reasons": record.reasons_to_json(answer.reasons) if answer else [],
        "note": asking.NOTE,
        "role": access.role_in(person, production),
    }
    return render(request, "pages/what_if.html", context)


def _question(production: Production, said: dict[str, Any]) -> asking.Question:
    people = {Part.LIKENESS: said["likeness"], Part.PLATE: said["plate_performer"]}
    return asking.Question(
        production=production,
        kind=KindOfUse(said["kind"]),
        people={part: performer for part, performer in people.items() if performer is not None},
        seconds=said["seconds"],
        trains=said["trains"],
        declared={**said, "reuses_model": False},
    )
