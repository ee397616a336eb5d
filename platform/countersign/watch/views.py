"""What the watch shows: how far the ledger is verified, a check on demand, alarms to take on, figures for machines."""

import hmac
from ipaddress import ip_address
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from countersign.accounts.models import Person, Role
from countersign.pages.doors import signed_in
from countersign.watch import alarms, checking, metrics
from countersign.watch.models import Alarm
from countersign.watch.shown import health


@require_safe
@signed_in
def ledger_health(request: HttpRequest, person: Person) -> HttpResponseBase:
    """Asked for again and again by the part that it is."""
    return render(request, "parts/log_health.html", {"health": health()})


@require_safe
@signed_in
def verification(request: HttpRequest, person: Person) -> HttpResponseBase:
    """One step of recomputing the whole ledger; asked for by a click, and by each step for the next."""
    template = "parts/audit.html" if request.headers.get("HX-Request") else "pages/audit.html"
    return render(request, template, {"checked": checking.check(request.GET.get("after", ""))})


@require_POST
@signed_in
def acknowledge(request: HttpRequest, person: Person, pk: UUID) -> HttpResponseBase:
    if not person.memberships.filter(role=Role.LEGAL).exists():
        raise Http404("Alarms are legal's.")
    try:
        alarms.acknowledge(get_object_or_404(Alarm, pk=pk), by=person)
        messages.success(request, "You have taken this alarm on. It ends when its cause is gone.")
    except alarms.AlarmError as error:
        messages.warning(request, str(error))
    return redirect("ledger")


@require_safe
@never_cache
def figures(request: HttpRequest) -> HttpResponse:
    """For a Prometheus on this machine, or one that knows the token; for anybody else there is nothing here."""
    if not (_knows_token(request) or _is_beside_us(request)):
        raise Http404("There is nothing here.")
    return HttpResponse(metrics.exposition(), content_type=metrics.CONTENT_TYPE)


def _knows_token(request: HttpRequest) -> bool:
    given = request.headers.get("Authorization", "")
    expected = f"Bearer {settings.METRICS_TOKEN}"
    return bool(settings.METRICS_TOKEN) and hmac.compare_digest(given.encode(), expected.encode())


def _is_beside_us(request: HttpRequest) -> bool:
    """A proxy on this machine is beside us, and whoever comes through it is not."""
    if settings.SECURE_PROXY_SSL_HEADER or {"X-Forwarded-For", "X-Forwarded-Proto", "Forwarded"} & {*request.headers}:
        return False
    try:
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:  # a socket that has no address
        return False
