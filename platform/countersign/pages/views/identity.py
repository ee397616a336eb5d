"""Legal confirms that a passkey is the performer's: who came in by which invitation, beside the face they know."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render

from consent.services import identity
from consent.types import Refusal
from countersign import errors
from countersign.accounts import access
from countersign.accounts.models import Invitation, Passkey, Person, Role
from countersign.pages.doors import signed_in


@signed_in
def confirm(request: HttpRequest, person: Person, pk: UUID, performer_pk: UUID) -> HttpResponseBase:
    production, performer = access.performer_in(person, pk, performer_pk, Role.LEGAL)
    if request.method == "POST":
        result = identity.confirm(performer, passkeys=request.POST.getlist("passkey"), by=person)
        if isinstance(result, Refusal):
            return errors.refusal_page(request, result, title="Not confirmed", back=request.path)
        messages.success(request, f"Confirmed. Consents signed with this passkey are {performer.name}’s from now on.")
        return redirect("identity", pk=pk, performer_pk=performer_pk)
    known = identity.confirmed(performer)
    rows = Passkey.objects.filter(person=performer.person_id, removed_at=None) if performer.person_id else ()
    context = {
        "production": production,
        "performer": performer,
        "invitation": Invitation.objects.filter(performer=performer, opened_by=performer.person_id).first(),
        "confirmed": [row for row in rows if row.sha256 in known],
        "waiting": [row for row in rows if row.sha256 not in known],
        "inviter": f"person:{person.pk}" in identity.inviters(performer),
    }
    return render(request, "pages/identity.html", context)
