"""Pages about holds, schedules and erasures: legal's, and a performer's own."""

from uuid import UUID

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from consent.models import Performer
from consent.types import Refusal
from countersign import errors
from countersign.accounts import access
from countersign.accounts.models import Person, Production, Role
from countersign.keeping import erasing, forms, holds, plans, retention, subjects
from countersign.keeping.errors import PlanChangedError
from countersign.keeping.models import Hold, Schedule
from countersign.keeping.schedule import What
from countersign.pages.doors import signed_in


@require_safe
@signed_in
def all_holds(request: HttpRequest, person: Person) -> HttpResponseBase:
    rows = access.visible(person, Hold).select_related("production", "placed_by", "lifted_by")
    told = [(hold, subjects.name(hold.subject)) for hold in rows]
    context = {
        "standing": [one for one in told if one[0].lifted_at is None],
        "lifted": [one for one in told if one[0].lifted_at is not None],
        "productions": access.legal_of(person),
    }
    return render(request, "keeping/holds.html", context)


@signed_in
def place(request: HttpRequest, person: Person, pk: UUID) -> HttpResponseBase:
    production = access.fetch(person, Production, pk)
    access.require(person, production, Role.LEGAL)
    form = forms.NewHold(request.POST or None, production=production, initial={"subject": request.GET.get("on", "")})
    if form.is_valid():
        hold = holds.place(production, **form.cleaned_data, by=person)
        messages.success(request, f"Held: {subjects.name(hold.subject)}. Nothing under it is destroyed from now on.")
        return redirect("holds")
    context = {
        "form": form,
        "production": production,
        "title": "Place a legal hold",
        "lead": "While it stands, no schedule and no erasure destroys what lies under it. A performer can still "
        "withdraw: then nothing more is made, and what is held stays as evidence.",
        "button": "Place the hold",
    }
    return render(request, "pages/form.html", context)


@signed_in
def lift(request: HttpRequest, person: Person, pk: UUID) -> HttpResponseBase:
    """Two clicks: this page says what was held and why, its button lets go."""
    hold = access.fetch(person, Hold, pk)
    if request.method == "POST":
        result = holds.lift(hold, by=person)
        if isinstance(result, Refusal):
            return errors.refusal_page(request, result, title="Not lifted", back=reverse("holds"))
        messages.success(request, "The hold is lifted. What is due under a schedule is destroyed from now on.")
        return redirect("holds")
    context = {"hold": hold, "name": subjects.name(hold.subject), "production": hold.production}
    return render(request, "keeping/lift.html", context)


@require_safe
@signed_in
def schedules(request: HttpRequest, person: Person) -> HttpResponseBase:
    productions = access.legal_of(person)
    found = Schedule.objects.filter(production__in=productions).select_related("set_by")
    rows = {(row.production_id, row.what): row for row in found}
    table = [(production, [(what, rows.get((production.pk, what))) for what in What]) for production in productions]
    return render(request, "keeping/schedules.html", {"table": table})


@signed_in
def schedule(request: HttpRequest, person: Person, pk: UUID, what: str) -> HttpResponseBase:
    """First what a schedule would destroy, then, by another button, the schedule."""
    production = access.fetch(person, Production, pk)
    access.require(person, production, Role.LEGAL)
    kind = _what(what)
    if "end" in request.POST:
        retention.end(production, kind, by=person)
        messages.success(request, f"{kind.label}: kept until somebody decides.")
        return redirect("schedules")
    row = Schedule.objects.filter(production=production, what=kind).first()
    before = {"since": row.since, "days": row.days, "law": row.law} if row else {}
    form = forms.NewSchedule(request.POST or None, what=kind, initial=before)
    context = {"form": form, "production": production, "what": kind, "row": row}
    if form.is_valid():
        terms = form.terms()
        if request.POST.get("shown") == terms.in_words():
            retention.schedule(production, terms, by=person)
            messages.success(request, f"Set: {terms.in_words()}.")
            return redirect("schedules")
        context |= {"terms": terms, "preview": retention.preview(production, terms), "now": timezone.now()}
    return render(request, "keeping/schedule.html", context)


@signed_in
def erase(request: HttpRequest, person: Person, pk: UUID) -> HttpResponseBase:
    """First what would go and what stays, then a last question, then the deed."""
    performer = access.fetch(person, Performer, pk)
    access.require_eraser(person, performer)
    if performer.erased_at:
        return render(request, "keeping/erased.html", {"performer": performer, "erased": erasing.account_of(performer)})
    planned = plans.plan(performer)
    confirmed, asked = request.POST.get("plan", ""), "ask" in request.POST
    if request.method == "POST" and (asked or confirmed):
        try:
            answer = erasing.erase(performer, by=person, confirmed=confirmed) if confirmed else planned
        except PlanChangedError as error:
            messages.warning(request, str(error))
            return redirect("erase", pk=pk)
        if isinstance(answer, Refusal):
            return errors.refusal_page(request, answer, title="Not erased", back=request.path)
        if confirmed:
            return _erased(request, person, performer)
    context = {"performer": performer, "plan": planned, "mine": performer.person_id == person.pk, "asked": asked}
    return render(request, "keeping/erase.html", context)


def _erased(request: HttpRequest, person: Person, performer: Performer) -> HttpResponseBase:
    """The last page that somebody sees who erased themselves; legal comes back to it."""
    performer.refresh_from_db()
    person.refresh_from_db()
    if not person.is_active:
        logout(request)
    return render(request, "keeping/erased.html", {"performer": performer, "erased": erasing.account_of(performer)})


def _what(what: str) -> What:
    try:
        return What(what)
    except ValueError as error:
        raise access.NotYoursError("There is no schedule for such a thing.") from error
