"""A performer's own page: where my face is used, what I consented to, what waits for my word, and my papers."""

from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST, require_safe

from consent.models import ConsentRecord, Destruction
from consent.services import budgets
from consent.types import Refusal
from countersign import errors, statement
from countersign.accounts import access
from countersign.accounts.models import Person
from countersign.keeping import looks
from countersign.pages import forms
from countersign.pages.doors import signed_in
from countersign.ranges import Served, serve
from countersign.runs import approvals
from countersign.runs.models import Run, RunState
from countersign.runs.shot_models import Shot, ShotWord


@require_safe
@signed_in
def my_face(request: HttpRequest, person: Person) -> HttpResponseBase:
    me = access.own_performer(person)
    runs = access.visible(person, Run).select_related("production", "output", "likeness", "plate")
    mine = runs.filter(likeness=me) | runs.filter(plate_performer=me)
    context = {
        "me": me,
        "shots": access.shots(person).filter(word=ShotWord.WAITING).select_related("output__run__production"),
        "used": mine.exclude(state=RunState.REFUSED),
        "refused": mine.filter(state=RunState.REFUSED).count(),
        "consents": _with_budgets(access.visible(person, ConsentRecord).filter(performer=me)),
        "destructions": access.visible(person, Destruction).order_by("-ended_at"),
    }
    return render(request, "pages/my_face.html", context)


@require_safe
@signed_in
def shot(request: HttpRequest, person: Person, pk: UUID) -> HttpResponseBase:
    row = _shot(person, pk)
    context = {"shot": row, "run": row.output.run, "record": row.consent, "form": forms.Declined()}
    context["there"] = looks.lies_there(row)
    return render(request, "pages/shot.html", context)


@require_safe
@signed_in
def shot_video(request: HttpRequest, person: Person, pk: UUID) -> HttpResponseBase:
    """The shot that waits for this performer's word, and nobody else's to see."""
    row = _shot(person, pk)
    path = looks.at_shot(row, by=person)
    name = f"{row.output.run.title}.mp4"
    served = Served(opens=lambda: path.open("rb"), media_type="video/mp4", filename=name, etag=row.output.sha256)
    return serve(request, served)


@require_POST
@signed_in
def say(request: HttpRequest, person: Person, pk: UUID, word: str) -> HttpResponseBase:
    """Approve, or decline with or without words."""
    if word not in (ShotWord.APPROVED, ShotWord.DECLINED):
        raise Http404("There is no such word.")
    row, form = access.fetch(person, Shot, pk), forms.Declined(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    result = approvals.decide(row, word=ShotWord(word), reason=reason, by=person)
    if isinstance(result, Refusal):
        return errors.refusal_page(request, result, title="Not counted", back=reverse("my-face"))
    said = (
        "You approved the shot." if result.word == ShotWord.APPROVED else "You declined the shot; nobody will see it."
    )
    messages.success(request, said)
    return redirect("my-face")


@require_safe
@signed_in
def my_statement(request: HttpRequest, person: Person, form: str) -> HttpResponseBase:
    """Every use of my face, to keep."""
    if form not in statement.FORMS:
        raise Http404("A statement comes as pdf or csv.")
    paper = statement.made(access.own_performer(person), form=form, by=person)
    kind = "application/pdf" if form == "pdf" else "text/csv; charset=utf-8"
    headers = {"Content-Disposition": content_disposition_header(True, paper.filename) or "attachment"}
    return HttpResponse(paper.content, content_type=kind, headers=headers)


def _shot(person: Person, pk: UUID) -> Shot:
    row = access.shots(person).filter(pk=pk).first()
    if row is None:
        raise access.NotYoursError("There is no shot at this address for you.")
    return row


def _with_budgets(rows: "QuerySet[ConsentRecord]") -> list[budgets.Left]:
    """Each consent with what is left of it."""
    records = list(rows.select_related("production"))
    used = budgets.used(records)
    return [budgets.left(record, used[record.pk]) for record in records]
