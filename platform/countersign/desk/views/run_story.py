"""A run's whole story on one page."""

from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from countersign.accounts import access
from countersign.accounts.models import Person
from countersign.desk import story
from countersign.evidence import services as evidence
from countersign.pages.doors import signed_in
from countersign.runs.models import Run


@require_safe
@signed_in
def show(request: HttpRequest, person: Person, pk: UUID) -> HttpResponseBase:
    run = access.fetch(person, Run, pk)
    context = {
        "run": run,
        "story": story.tell(person, run),
        "most": story.MOST,
        "production": run.production,
        "role": access.role_in(person, run.production),
        "evidence": evidence.open_to(person, run),
    }
    return render(request, "desk/story.html", context)
