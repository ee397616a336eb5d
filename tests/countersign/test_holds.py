"""A hold keeps everything under it from being destroyed, and takes a second person to lift."""

import pytest
from django.db import IntegrityError, transaction

from consent.types import Reason, ReasonCode, Refusal
from countersign.accounts.models import Membership, Role
from countersign.keeping import cover, holds
from countersign.keeping.errors import HoldError
from countersign.keeping.models import Hold
from countersign.runs.models import Enrolment
from provenance import ledger
from provenance.types import EntryKind
from tests import people as setup
from tests.countersign.conftest import Things
from tests.people import People

REASON = "Claim 12/2026: the agent disputes the take."


def place(people: People, subject: str) -> Hold:
    return holds.place(people.production, subject=subject, reason=REASON, by=people.legal)


def only_reason(answer: object) -> Reason:
    assert isinstance(answer, Refusal), answer
    (reason,) = answer.reasons
    return reason


def kinds(subject: str) -> list[str]:
    return [e.kind.value for e in ledger.about((subject,), kinds=(*holds.KINDS, EntryKind.HOLD_LIFT_REFUSED))]


def test_a_hold_is_lifted_by_a_second_person(people: People, things: Things) -> None:
    second = setup.member("Ludo Legal", people.production, Role.LEGAL)
    subject = f"run:{things.run.pk}"
    hold = place(people, subject)
    assert holds.standing([subject]) == {subject}
    assert only_reason(holds.lift(hold, by=people.legal)).code is ReasonCode.SAME_PERSON
    assert holds.standing([subject]) == {subject}
    lifted = holds.lift(hold, by=second)
    assert isinstance(lifted, Hold)
    assert (lifted.lifted_by, lifted.lifted_alone) == (second, False)
    assert holds.standing([subject]) == set()
    assert kinds(subject) == ["hold:placed", "hold:lift-refused", "hold:lifted"]


def test_whoever_is_alone_lifts_their_own_and_the_ledger_says_so(people: People, things: Things) -> None:
    hold = place(people, f"run:{things.run.pk}")
    assert isinstance(holds.lift(hold, by=people.legal), Hold)
    (entry,) = ledger.about((hold.subject,), kinds=(EntryKind.HOLD_LIFTED,))
    assert entry.body["alone"] is True


def test_a_colleague_who_cannot_sign_in_is_nobody_to_wait_for(people: People, things: Things) -> None:
    second = setup.member("Ludo Legal", people.production, Role.LEGAL)
    type(second).objects.filter(pk=second.pk).update(is_active=False)
    assert isinstance(holds.lift(place(people, f"run:{things.run.pk}"), by=people.legal), Hold)


def test_a_hold_is_lifted_once(people: People, things: Things) -> None:
    hold = place(people, f"run:{things.run.pk}")
    holds.lift(hold, by=people.legal)
    assert only_reason(holds.lift(hold, by=people.legal)).code is ReasonCode.HOLD_LIFTED_ALREADY


def test_two_holds_on_one_thing_both_have_to_go(people: People, things: Things) -> None:
    subject = f"footage:{things.plate.pk}"
    first, second = place(people, subject), place(people, subject)
    holds.lift(first, by=people.legal)
    assert holds.standing([subject]) == {subject}
    holds.lift(second, by=people.legal)
    assert holds.standing([subject]) == set()


def test_a_hold_needs_a_reason(people: People, things: Things) -> None:
    with pytest.raises(HoldError, match="Say why"):
        holds.place(people.production, subject=f"run:{things.run.pk}", reason="  ", by=people.legal)
    with pytest.raises(IntegrityError), transaction.atomic():
        place(people, "planet:mars")


def test_who_deletes_the_row_lifts_nothing(people: People, things: Things) -> None:
    hold = place(people, f"footage:{things.plate.pk}")
    Hold.objects.filter(pk=hold.pk).delete()
    assert holds.standing([hold.subject]) == {hold.subject}


def test_who_writes_the_row_by_hand_lifts_nothing(people: People, things: Things) -> None:
    hold = place(people, f"footage:{things.plate.pk}")
    with pytest.raises(IntegrityError), transaction.atomic():
        Hold.objects.filter(pk=hold.pk).update(lifted_by=people.legal, lifted_at=setup.NOW)
    Hold.objects.filter(pk=hold.pk).update(lifted_by=people.producer, lifted_at=setup.NOW)
    assert holds.standing([hold.subject]) == {hold.subject}


def test_a_hold_covers_what_lies_under_it(people: People, things: Things) -> None:
    production, run = f"production:{people.production.pk}", f"run:{things.run.pk}"
    output, idris = f"output:{things.output.pk}", f"performer:{people.idris.pk}"
    assert cover.of_footage(things.plate) >= {production, run, output, idris, f"footage:{things.plate.pk}"}
    assert f"footage:{things.footage.pk}" not in cover.of_footage(things.plate)
    assert cover.of_output(things.output) >= {production, run, output, idris}
    assert cover.of_consent(things.consent) >= {production, run, output, idris}
    enrolment = Enrolment.objects.get(pk=things.enrolment.pk)
    assert cover.of_pictures(enrolment) == cover.of_performer(people.idris) == {production, idris}


def test_a_stranger_to_the_thing_is_not_covered(people: People, things: Things) -> None:
    unseen = setup.clip(people, None, "anselm", title="An empty quay")
    assert cover.of_footage(unseen) == {f"footage:{unseen.pk}", f"production:{people.production.pk}"}


def test_only_those_who_are_legal_there_count(people: People, things: Things) -> None:
    """Somebody legal on another production is no second person here."""
    other = setup.member("Ludo Legal", type(people.production).objects.get(title="Another Film"), Role.LEGAL)
    assert Membership.objects.filter(person=other).count() == 1
    assert isinstance(holds.lift(place(people, f"run:{things.run.pk}"), by=people.legal), Hold)
