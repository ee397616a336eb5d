"""Legal's pages about the rules in force, proposals to change them, and strikes."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from consent import policy
from consent.errors import ConsentError, PolicyError
from consent.models import PolicyVersion, Strike
from consent.services import houses, rulebook
from consent.types import Refusal
from countersign import errors
from countersign.accounts import access
from countersign.accounts.models import Person
from countersign.pages.doors import signed_in
from countersign.pages.rule_forms import NewRules, NewStrike, differences
from countersign.runs import rulings


@require_safe
@signed_in
def index(request: HttpRequest, person: Person, pk: UUID) -> HttpResponseBase:
    house = access.house(person, pk)
    found = houses.of(house.pk)
    rows = access.visible(person, PolicyVersion).filter(organisation=house).select_related("proposed_by", "approved_by")
    strikes = access.visible(person, Strike).filter(organisation=house).select_related("production", "called_by")
    context = {
        "house": house,
        "rules": found.rules,
        "off": found.rules.choices.off if found.rules else (),
        "waiting": rows.filter(in_force_since=None, rejected_at=None),
        "decided": rows.exclude(in_force_since=None, rejected_at=None),
        "strikes": strikes.filter(lifted_at=None),
    }
    return render(request, "rules/index.html", context)


@signed_in
def propose(request: HttpRequest, person: Person, pk: UUID) -> HttpResponseBase:
    house = access.house(person, pk)
    form = NewRules(request.POST or None, rules=rulebook.base(house.pk))
    if form.is_valid():
        words = form.cleaned_data["words"]
        try:
            version = rulebook.propose_choices(house.pk, choices=form.choices(), words=words, by=person)
        except PolicyError as error:
            form.add_error(None, str(error))
        else:
            return redirect("rules-version", pk=version.pk)
    return render(request, "rules/propose.html", {"form": form, "house": house})


@require_safe
@signed_in
def version(request: HttpRequest, person: Person, pk: UUID) -> HttpResponseBase:
    """What a proposal would change, by asking the gate, and whose part it is to decide."""
    row = access.fetch(person, PolicyVersion, pk)
    current = houses.of(row.organisation_id).rules if row.organisation_id else None
    waits = row.in_force_since is None and row.rejected_at is None
    proposed = policy.parse(row.files)
    context = {
        "version": row,
        "house": row.organisation,
        "waits": waits,
        "mine": row.proposed_by_id == person.pk,
        "changes": differences(current, proposed) if current else [],
        "packs": proposed.packs,
        "preview": rulings.preview(row) if waits else None,
    }
    return render(request, "rules/version.html", context)


@require_POST
@signed_in
def decide(request: HttpRequest, person: Person, pk: UUID) -> HttpResponseBase:
    row = access.fetch(person, PolicyVersion, pk)
    yes = "approve" in request.POST
    result = rulings.approve(row, by=person) if yes else rulebook.reject(row, by=person)
    if isinstance(result, Refusal):
        back = reverse("rules-version", args=[pk])
        return errors.refusal_page(request, result, title="Not decided", back=back)
    messages.success(request, _decided(result))
    return redirect("rules-version", pk=pk)


@signed_in
def call(request: HttpRequest, person: Person, pk: UUID) -> HttpResponseBase:
    house = access.house(person, pk)
    form = NewStrike(request.POST or None, organisation=house)
    if form.is_valid():
        try:
            strike = rulings.call_strike(house, **form.cleaned_data, by=person)
        except ConsentError as error:
            form.add_error("union", str(error))
        else:
            messages.success(request, f"{strike.union} is on strike. Nothing is made of its members from now on.")
            return redirect("rules", pk=house.pk)
    return render(request, "rules/call.html", {"form": form, "house": house})


@require_POST
@signed_in
def lift(request: HttpRequest, person: Person, pk: UUID) -> HttpResponseBase:
    strike = access.fetch(person, Strike, pk)
    result = rulings.lift_strike(strike, by=person)
    back = reverse("rules", args=[strike.organisation_id])
    if isinstance(result, Refusal):
        return errors.refusal_page(request, result, title="Not lifted", back=back)
    messages.success(request, f"The strike of {strike.union} is over. Runs may be asked for again.")
    return redirect(back)


def _decided(row: PolicyVersion) -> str:
    if row.rejected_at:
        return "Rejected. The rules in force stay as they are."
    if row.in_force_since:
        return "In force. Every decision from now on is made by these rules."
    return "You are the first of two. A second person from legal puts them in force."
