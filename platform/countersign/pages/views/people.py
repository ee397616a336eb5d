"""The front page, signing in and out, and the page a person comes home to."""

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from consent.models import ConsentRecord
from consent.types import ConsentState
from countersign.accounts import access, signing_in
from countersign.accounts.models import Membership, Person, Role
from countersign.pages import forms
from countersign.pages.doors import signed_in


@require_safe
def landing(request: HttpRequest) -> HttpResponseBase:
    return render(request, "pages/landing.html")


@never_cache
def sign_in(request: HttpRequest) -> HttpResponseBase:
    form = forms.SignIn(request.POST or None)
    status = 200
    if form.is_valid():
        try:
            person = signing_in.check(request, **form.cleaned_data)
        except signing_in.SigningInError as error:
            form.add_error(None, str(error))
            status = 429 if isinstance(error, signing_in.TooManyTriesError) else 200
        else:
            signing_in.enter(request, person, way="page")
            return redirect(onward(request))
    return render(request, "pages/sign_in.html", {"form": form, "next": request.GET.get("next", "")}, status=status)


def onward(request: HttpRequest) -> str:
    """Where the person was going, if that is on this site."""
    wanted = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if safe else resolve_url("home")


@require_POST
def sign_out(request: HttpRequest) -> HttpResponseBase:
    logout(request)
    return redirect("landing")


@require_safe
@signed_in
def home(request: HttpRequest, person: Person) -> HttpResponseBase:
    """Productions of the crew; a performer without any goes straight to where their face is used."""
    memberships = list(
        Membership.objects.filter(person=person)
        .select_related("production__organisation")
        .order_by("production__title")
    )
    if not memberships and hasattr(person, "performer"):
        return redirect("my-face")
    waiting = access.visible(person, ConsentRecord).filter(state=ConsentState.VERIFIED)
    to_approve = waiting.filter(production__memberships__person=person, production__memberships__role=Role.LEGAL)
    return render(request, "pages/home.html", {"memberships": memberships, "to_approve": to_approve.count()})
