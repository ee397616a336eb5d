"""A performer's own page: where my face is used, what I consented to."""

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from consent.models import ConsentRecord, Performer
from countersign.accounts import access
from countersign.accounts.models import Person
from countersign.pages.doors import signed_in
from countersign.runs.models import Run, RunState


@require_safe
@signed_in
def my_face(request: HttpRequest, person: Person) -> HttpResponseBase:
    me = access.visible(person, Performer).filter(person=person).first()
    if me is None:
        raise access.NotYoursError("This page is for performers; nobody has linked a performer to your account.")
    runs = access.visible(person, Run).select_related("production", "output", "likeness", "plate")
    context = {
        "me": me,
        "used": (runs.filter(likeness=me) | runs.filter(plate_performer=me)).exclude(state=RunState.REFUSED),
        "refused": (runs.filter(likeness=me) | runs.filter(plate_performer=me)).filter(state=RunState.REFUSED).count(),
        "consents": access.visible(person, ConsentRecord).filter(performer=me).select_related("production"),
    }
    return render(request, "pages/my_face.html", context)
