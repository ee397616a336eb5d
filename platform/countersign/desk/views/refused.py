"""Refused attempts, grouped."""

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from countersign.accounts.models import Person
from countersign.desk import refusals
from countersign.desk.forms import Period
from countersign.pages.doors import signed_in


@require_safe
@signed_in
def show(request: HttpRequest, person: Person) -> HttpResponseBase:
    form = Period(request.GET)
    days = form.days()
    context = {"form": form, "found": refusals.grouped(person, since=days.since, until=days.until)}
    return render(request, "desk/refusals.html", context)
