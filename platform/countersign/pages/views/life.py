"""Steps in the life of a consent: offered, taken back, declined, amended, suspended, lifted."""

from uuid import UUID

from django import forms as django_forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import capfirst
from django.views.decorators.http import require_POST

from consent import life, services as consents
from consent.errors import ConsentError
from consent.life import Act, Actor
from consent.models import ConsentRecord, Performer
from consent.types import ConsentState, Refusal, Suspension
from countersign import drafts, errors, papers, uploads
from countersign.accounts import access
from countersign.accounts.models import Person, Role
from countersign.pages import offers
from countersign.pages.doors import signed_in
from countersign.pages.words_of_life import SUSPENSIONS
from countersign.runs import standing

BY_PEOPLE = (Suspension.DISPUTE, Suspension.STRIKE, Suspension.LEGAL_HOLD)


class Words(django_forms.Form):
    words = django_forms.CharField(
        label="In your words, if you want to say why",
        required=False,
        max_length=500,
        widget=django_forms.Textarea(attrs={"rows": 2}),
        help_text="Kept sealed: legal can read it, and you.",
    )


class WhySuspended(Words):
    why = django_forms.ChoiceField(label="Why", choices=[(why.value, capfirst(SUSPENSIONS[why])) for why in BY_PEOPLE])
    field_order = ("why", "words")


def acts(record: ConsentRecord, *, role: Role | None, mine: bool) -> set[str]:
    """What whoever looks at the page may do, by the table; whether it is refused is said when they do."""
    parts = {Role.PRODUCER: Actor.PRODUCER, Role.LEGAL: Actor.LEGAL}
    actor = Actor.PERFORMER if mine else parts.get(role) if role else None
    state = ConsentState(record.state)
    found = {act.value for act in life.open_to(state, actor)} if actor else set()
    return found | {Act.AMEND.value} if role is Role.PRODUCER and state is ConsentState.ACTIVE else found - {"amend"}


@require_POST
@signed_in
def offer(request: HttpRequest, person: Person, pk: UUID) -> HttpResponseBase:
    record = _producers(person, pk)
    return _done(request, record, drafts.offered(record, by=person), "Offered. Now it waits for the signature.")


@require_POST
@signed_in
def discard(request: HttpRequest, person: Person, pk: UUID) -> HttpResponseBase:
    record = _producers(person, pk)
    refusal = consents.discard(record, by=person)
    if refusal:
        return _done(request, record, refusal, "")
    messages.success(request, "The draft is thrown away.")
    return redirect("production", pk=record.production_id)


@require_POST
@signed_in
def take_back(request: HttpRequest, person: Person, pk: UUID) -> HttpResponseBase:
    record = _producers(person, pk)
    return _done(request, record, consents.take_back(record, by=person), "The offer is taken back.")


@require_POST
@signed_in
def lift(request: HttpRequest, person: Person, pk: UUID) -> HttpResponseBase:
    record = access.fetch(person, ConsentRecord, pk)
    access.require_withdrawer(person, record)
    return _done(request, record, consents.lift(record, by=person), "Lifted. The consent stands again.")


@signed_in
def decline(request: HttpRequest, person: Person, pk: UUID) -> HttpResponseBase:
    record = access.fetch(person, ConsentRecord, pk)
    access.require_performer(person, record, to="decline")
    form = Words(request.POST or None)
    if request.method == "POST" and form.is_valid():
        answer = consents.decline(record, by=person, words=form.cleaned_data["words"])
        return _done(request, record, answer, "You declined. Nothing can be made with your face under it.")
    lead = "You need not say why. Whoever asked is told that you said no, and nothing can be made under it."
    return _asked(request, record, form=form, title="Decline this consent?", lead=lead, button="Decline it")


@signed_in
def suspend(request: HttpRequest, person: Person, pk: UUID) -> HttpResponseBase:
    record = access.fetch(person, ConsentRecord, pk)
    access.require_withdrawer(person, record)
    mine = record.performer.person_id == person.pk
    form = (Words if mine else WhySuspended)(request.POST or None)
    if request.method == "POST" and form.is_valid():
        why = Suspension(form.cleaned_data.get("why", Suspension.DISPUTE))
        answer = standing.suspend(record, by=person, why=why, words=form.cleaned_data["words"])
        return _done(request, record, answer, "Suspended. Work under it has stopped.")
    who = "you lift it" if mine else "somebody else of legal lifts it"
    lead = f"Work under it stops at once, and nothing is made until {who}. Keys are kept and given to nobody."
    return _asked(request, record, form=form, title="Suspend this consent?", lead=lead, button="Suspend it now")


@signed_in
@uploads.limited(lambda: offers.SCRIPT_MAX_BYTES)
def edit(request: HttpRequest, person: Person, pk: UUID) -> HttpResponseBase:
    return _changed(request, person, pk, newer=False)


@signed_in
@uploads.limited(lambda: offers.SCRIPT_MAX_BYTES)
def amend(request: HttpRequest, person: Person, pk: UUID) -> HttpResponseBase:
    return _changed(request, person, pk, newer=True)


def _changed(request: HttpRequest, person: Person, pk: UUID, *, newer: bool) -> HttpResponseBase:
    """Other terms for a draft, or a newer version as a draft: the same form, filled in."""
    record = _producers(person, pk)
    sent = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    only = Performer.objects.filter(pk=record.performer_id)
    form = offers.NewConsent(*sent, performers=only, initial=drafts.values(record))
    if form.is_valid():
        try:
            change = drafts.amended if newer else drafts.edited
            answer = change(record, fields=form.cleaned_data, by=person)
        except ConsentError as error:
            form.explain(error)
        else:
            return _done(request, record, answer, "Kept as a draft. Nobody was asked to sign it yet.")
    title = "Draft a newer version" if newer else "Change the draft"
    context = {"form": form, "record": record, "title": title, "needs": papers.needs(form.said())}
    context["production"] = record.production
    return render(request, "pages/consent_new.html", context)


def _producers(person: Person, pk: UUID) -> ConsentRecord:
    record = access.fetch(person, ConsentRecord, pk)
    access.require(person, record.production, Role.PRODUCER)
    return record


def _asked(request: HttpRequest, record: ConsentRecord, **context: object) -> HttpResponseBase:
    return render(request, "pages/consent_step.html", {"record": record, **context})


def _done(request: HttpRequest, record: ConsentRecord, answer: ConsentRecord | Refusal, said: str) -> HttpResponseBase:
    if isinstance(answer, Refusal):
        back = reverse("consent", args=[record.pk])
        return errors.refusal_page(request, answer, title="This was refused", back=back)
    messages.success(request, said)
    return redirect("consent", pk=answer.pk)
