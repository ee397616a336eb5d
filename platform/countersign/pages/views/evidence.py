"""Evidence of a run: what a bundle holds, and the bundle itself."""

from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from countersign import keys, log
from countersign.accounts import access
from countersign.accounts.models import Person
from countersign.evidence import services, story
from countersign.pages import forms
from countersign.pages.doors import signed_in
from provenance.note import verifier_of


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def bundle(request: HttpRequest, person: Person, pk: UUID) -> HttpResponseBase:
    """GET says what would be in it; POST makes it, for it is written into the ledger that it leaves."""
    form = forms.Evidence(request.POST or None)
    chosen = form.cleaned_data if form.is_valid() else {"redacted": False, "film": False}
    ask = services.asked(person, pk, redacted=chosen["redacted"], film=chosen["film"])
    if request.method == "POST":
        return services.response(services.export(ask))
    log.settle()
    told = story.of(ask.run)
    context = {
        "run": ask.run,
        "production": ask.run.production,
        "role": access.role_in(person, ask.run.production),
        "form": form,
        "story": told,
        "mine": bool(ask.performer),
    }
    return render(request, "pages/evidence.html", context)


@require_safe
def key(request: HttpRequest) -> HttpResponse:
    """By what strangers check the signature of a bundle."""
    verifier = verifier_of(keys.evidence_private(settings.KEYS), name=log.evidence_name())
    headers = {"Cache-Control": "public, max-age=86400"}
    return HttpResponse(f"{verifier}\n", content_type="text/plain; charset=utf-8", headers=headers)
