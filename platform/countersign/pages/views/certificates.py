"""Certificates of destruction: shown to whom they are about and to legal, checked by anybody."""

from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from consent import destruction
from consent.credentials import jose
from consent.models import Destruction
from countersign import certified, keys, uploads
from countersign.accounts import access
from countersign.accounts.models import Person
from countersign.pages import forms
from countersign.pages.doors import signed_in


@require_safe
@signed_in
def show(request: HttpRequest, person: Person, pk: UUID) -> HttpResponseBase:
    row = access.fetch(person, Destruction, pk)
    found = destruction.read(row.certificate, keys.certificate_public(settings.KEYS)) if row.certificate else None
    lines = destruction.lines(found) if found else []
    return render(request, "pages/certificate.html", {"row": row, "certificate": found, "lines": lines})


@require_safe
@signed_in
def document(request: HttpRequest, person: Person, pk: UUID) -> HttpResponseBase:
    row = access.fetch(person, Destruction, pk)
    if not row.certificate:
        raise Http404("It is not issued yet.")
    headers = {
        "Content-Disposition": content_disposition_header("download" in request.GET, f"destruction-{row.pk}.pdf"),
        "X-Content-Type-Options": "nosniff",
    }
    return HttpResponse(certified.paper(row), content_type="application/pdf", headers=headers)


@require_safe
def key(request: HttpRequest) -> HttpResponseBase:
    """By what anybody checks a certificate: a JWK (RFC 8037)."""
    public = jose.published(keys.certificate_public(settings.KEYS))
    return JsonResponse(public, headers={"Access-Control-Allow-Origin": "*", "Cache-Control": "public, max-age=86400"})


@never_cache
@uploads.limited(lambda: certified.CERTIFICATE_MAX_BYTES)
def check(request: HttpRequest) -> HttpResponseBase:
    form = forms.CertificateToCheck(request.POST or None, request.FILES or None)
    context: dict[str, object] = {"form": form, "limit": certified.CERTIFICATE_MAX_BYTES}
    if form.is_valid():
        content = uploads.small(form.cleaned_data["file"], certified.CERTIFICATE_MAX_BYTES)
        context["checked"] = certified.checked(content, sha256=form.cleaned_data["sha256"])
    return render(request, "pages/certificate_check.html", context)
