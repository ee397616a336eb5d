"""A person's passkeys: adding, naming and removing them, and signing in with one."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from consent.types import Refusal
from countersign import errors
from countersign.accounts import access, keyring, signing_in
from countersign.accounts.ceremonies import Asked
from countersign.accounts.models import Passkey, Person
from countersign.pages import answers, forms
from countersign.pages.doors import signed_in
from countersign.pages.views.people import onward


@signed_in
def mine(request: HttpRequest, person: Person) -> HttpResponseBase:
    form = answers.NewPasskey(request.POST or None)
    if form.is_valid():
        fields = form.cleaned_data
        added = keyring.add(person, fields["ceremony"], response=fields["credential"], label=fields["label"])
        if isinstance(added, Refusal):
            return errors.refusal_page(request, added, title="This passkey was not added", back=reverse("passkeys"))
        messages.success(request, f"“{added.label}” is yours. You can sign in with it from now on.")
        return redirect("passkeys")
    context = {
        "passkeys": access.visible(person, Passkey),
        "form": form,
        "fresh": signing_in.is_fresh(request),
        "mine": hasattr(person, "performer"),
    }
    return render(request, "pages/passkeys.html", context)


@require_POST
@signed_in
def options(request: HttpRequest, person: Person) -> HttpResponseBase:
    return asked(keyring.ask_new(person, fresh=signing_in.is_fresh(request)))


@require_POST
@signed_in
def rename(request: HttpRequest, person: Person, pk: UUID) -> HttpResponseBase:
    keyring.rename(access.fetch(person, Passkey, pk), label=request.POST.get("label", "")[:60])
    return redirect("passkeys")


@require_POST
@signed_in
def remove(request: HttpRequest, person: Person, pk: UUID) -> HttpResponseBase:
    result = keyring.remove(access.fetch(person, Passkey, pk))
    if isinstance(result, Refusal):
        return errors.refusal_page(request, result, title="This passkey stays", back=reverse("passkeys"))
    messages.success(request, f"“{result.label}” is removed. Delete it on your device, too.")
    return redirect("passkeys")


@never_cache
@require_POST
def sign_in_options(request: HttpRequest) -> HttpResponseBase:
    try:
        return asked(signing_in.ask_passkey(request, email=request.POST.get("email", "")[:254]))
    except signing_in.TooManyTriesError as error:
        return JsonResponse({"detail": str(error)}, status=429)


@never_cache
@require_POST
def sign_in(request: HttpRequest) -> HttpResponseBase:
    given = answers.Answer(request.POST)
    try:
        if not given.is_valid():
            raise signing_in.PasskeyRefusedError("Nothing came from your passkey. Please try again.")
        fields = given.cleaned_data
        person = signing_in.check_passkey(fields["ceremony"], response=fields["credential"])
    except signing_in.PasskeyRefusedError as error:
        context = {"form": forms.SignIn(), "next": request.POST.get("next", ""), "refused": str(error)}
        return render(request, "pages/sign_in.html", context, status=401)
    signing_in.enter(request, person, way="passkey")
    return redirect(onward(request))


def asked(found: Asked | Refusal) -> JsonResponse:
    """The question for the page's script, or in words why there is none."""
    if isinstance(found, Refusal):
        sentences = " ".join(f"{reason.sentence} {reason.remedy}" for reason in found.reasons)
        return JsonResponse({"detail": sentences}, status=409)
    return JsonResponse({"ceremony": str(found.ceremony), "options": found.options})
