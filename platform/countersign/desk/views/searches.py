"""Saved searches and their alerts: each person's own."""

from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from countersign.accounts.models import Person
from countersign.desk import alerts
from countersign.desk.forms import Alerts, LedgerSearch, NewSavedSearch
from countersign.desk.hooks import HookError
from countersign.desk.models import SavedSearch
from countersign.pages.doors import signed_in


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def searches(request: HttpRequest, person: Person) -> HttpResponseBase:
    """All of a person's searches; a POST keeps the one that the address holds."""
    form, asked = NewSavedSearch(request.POST or None), LedgerSearch(request.GET, person=person)
    if form.is_valid() and asked.filters():
        saved = alerts.save(person, name=form.cleaned_data["name"], filters=asked.filters())
        messages.success(request, f"“{saved.name}” is kept. You can be told of new entries that it finds.")
        return redirect("search", pk=saved.pk)
    return render(request, "desk/searches.html", {"searches": SavedSearch.objects.filter(person=person)})


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def search(request: HttpRequest, person: Person, pk: UUID) -> HttpResponseBase:
    saved = alerts.fetch(person, pk)
    now = {"by_email": saved.by_email, "webhook": saved.webhook}
    form, secret = Alerts(request.POST or None, initial=now), ""
    if form.is_valid():
        try:
            secret = alerts.tell(saved, **form.cleaned_data)
        except HookError as error:
            form.add_error("webhook", str(error))
        else:
            if not secret:
                messages.success(request, "Kept.")
                return redirect("search", pk=pk)
            saved.refresh_from_db()
    context = {
        "saved": saved,
        "form": form,
        "secret": secret,
        "asked": _asked(saved, person),
        "query": urlencode(saved.filters),
        "sent": saved.messages.all()[:10],
        "mail_folder": settings.EMAIL_FILE_PATH,
    }
    return render(request, "desk/search.html", context)


@require_POST
@signed_in
def remove(request: HttpRequest, person: Person, pk: UUID) -> HttpResponseBase:
    saved = alerts.fetch(person, pk)
    alerts.remove(saved)
    messages.success(request, f"“{saved.name}” is removed, and nobody is told of it any more.")
    return redirect("searches")


def _asked(saved: SavedSearch, person: Person) -> list[tuple[str, str]]:
    """What the search asks for, field by field, in the words of the form."""
    form = LedgerSearch(saved.filters, person=person)
    return [(str(form[name].label), form.said(name)) for name in saved.filters if name in form.fields]
