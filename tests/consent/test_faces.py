"""A measured face counts once it is confirmed: by legal who did not send the pictures, or by the performer themself."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from consent import services
from consent.enrolment import Passcode, ProposedFace
from consent.models import Performer
from consent.types import Reading, Reason, ReasonCode, Refusal
from provenance.types import EntryKind
from tests import honest
from tests.consent.house import KEYRING, House, entries_of

READING = Reading(by="worker:examine", purpose="examine", of="footage:1")


def code(answer: object) -> ReasonCode:
    assert isinstance(answer, Refusal), answer
    (reason,) = answer.reasons
    return reason.code


def proposed(house: House, **changes: object) -> ProposedFace:
    house.active(house.idris)
    answer = house.propose(house.idris, **changes)
    assert isinstance(answer, ProposedFace), answer
    return answer


def looked_for(house: House) -> list[Performer]:
    return [performer for performer, _ in services.templates(house.production, keyring=KEYRING, reading=READING)]


def test_a_measured_face_is_not_looked_for_before_it_is_confirmed(house: House) -> None:
    face = proposed(house)
    assert looked_for(house) == []
    assert services.template_of(house.idris, keyring=KEYRING, reading=READING) is None
    assert isinstance(services.confirm_face(face, by=house.lena), Performer)
    assert looked_for(house) == [house.idris]
    kinds = [entry.kind for entry in entries_of(house.idris.pk)]
    assert kinds[-3:] == [
        EntryKind.PERFORMER_ENROLLED,
        EntryKind.PERFORMER_ENROLMENT_CONFIRMED,
        EntryKind.TEMPLATE_READ,
    ]


def test_who_sent_the_pictures_cannot_confirm_them(house: House) -> None:
    face = proposed(house)
    assert code(services.confirm_face(face, by=house.petra)) is ReasonCode.SAME_PERSON
    assert looked_for(house) == []
    last = entries_of(house.idris.pk)[-1]
    assert (last.kind, last.body) == (EntryKind.PERFORMER_ENROLMENT_CONFIRMATION_REFUSED, {"reasons": ["same-person"]})


def test_performers_confirm_their_own_face_whoever_sent_it(house: House) -> None:
    face = proposed(house)
    assert house.idris.person is not None
    assert isinstance(services.confirm_face(face, by=house.idris.person), Performer)
    assert entries_of(house.idris.pk)[-1].body["own"] is True


def test_who_came_in_by_an_invitation_is_looked_at_before_they_speak_for_their_face(house: House) -> None:
    face = proposed(house)
    assert house.idris.person is not None
    with transaction.atomic():
        honest.append(
            EntryKind.PERFORMER_INVITED, subject=f"performer:{house.idris.pk}", actor=f"person:{house.petra.pk}"
        )
    assert code(services.confirm_face(face, by=house.idris.person)) is ReasonCode.SAME_PERSON
    assert isinstance(services.confirm_face(face, by=house.lena), Performer)


def test_a_face_like_another_performers_is_for_legal_to_look_at(house: House) -> None:
    face = proposed(house, looks_like={house.anselm.pk: 0.41})
    assert house.idris.person is not None
    assert code(services.confirm_face(face, by=house.idris.person)) is ReasonCode.LOOKS_LIKE_ANOTHER
    assert isinstance(services.confirm_face(face, by=house.lena), Performer)
    measured = next(e for e in entries_of(house.idris.pk) if e.kind is EntryKind.PERFORMER_ENROLLED)
    assert measured.body["looks_like"] == [str(house.anselm.pk)]
    assert "0.41" not in measured.canonical  # how alike two people are is sealed


def test_a_rejected_face_is_forgotten_and_another_may_be_proposed(house: House) -> None:
    face = proposed(house)
    answer = services.reject_face(face, by=house.lena)
    assert isinstance(answer, Reason)
    assert answer.code is ReasonCode.ENROLMENT_REJECTED
    assert not ProposedFace.objects.exists()
    assert entries_of(house.idris.pk)[-1].kind is EntryKind.PERFORMER_ENROLMENT_REJECTED
    assert code(services.confirm_face(face, by=house.lena)) is ReasonCode.WRONG_STATE
    assert isinstance(house.propose(house.idris), ProposedFace)


def test_one_face_waits_at_a_time(house: House) -> None:
    proposed(house)
    assert code(house.propose(house.idris, b"another")) is ReasonCode.WRONG_STATE


def test_a_face_that_was_not_compared_with_the_one_that_stands_is_refused(house: House) -> None:
    house.active(house.idris)
    house.enrolled(house.idris)
    assert code(house.propose(house.idris, b"another", against="")) is ReasonCode.WRONG_STATE


def test_a_face_whose_release_ended_is_not_confirmed(house: House) -> None:
    face = proposed(house)
    release = face.key.consent
    type(release).objects.filter(pk=release.pk).update(
        valid_from=timezone.now() - timedelta(days=9), valid_until=timezone.now() - timedelta(seconds=1)
    )
    assert code(services.confirm_face(face, by=house.lena)) is ReasonCode.NO_BIOMETRIC_RELEASE


def test_a_proposed_face_goes_with_its_release(house: House) -> None:
    face = proposed(house)
    services.withdraw(face.key.consent, by=house.lena, reason="")
    assert not ProposedFace.objects.exists()
    assert code(services.confirm_face(face, by=house.lena)) is ReasonCode.WRONG_STATE


def test_a_template_put_into_the_row_by_hand_is_not_opened(house: House) -> None:
    """Who writes rows cannot write the ledger back: an unconfirmed template moved over counts for nothing."""
    face = proposed(house)
    Performer.objects.filter(pk=house.idris.pk).update(
        template=bytes(face.template), template_key=face.key, enrolled_at=timezone.now()
    )
    assert looked_for(house) == []
    assert services.template_of(house.idris, keyring=KEYRING, reading=READING) is None


def test_a_face_that_the_ledger_does_not_know_as_measured_is_not_confirmed(house: House) -> None:
    face = proposed(house)
    ProposedFace.objects.filter(pk=face.pk).update(template=b"somebody else's, encrypted")
    assert code(services.confirm_face(face, by=house.lena)) is ReasonCode.LEDGER_DISAGREES
    assert looked_for(house) == []
    assert entries_of(house.idris.pk)[-1].body == {"reasons": ["ledger-disagrees"]}


def test_who_sent_the_pictures_is_who_the_ledger_says(house: House) -> None:
    face = proposed(house)
    ProposedFace.objects.filter(pk=face.pk).update(proposed_by=house.lena)
    assert code(services.confirm_face(face, by=house.petra)) is ReasonCode.SAME_PERSON


def test_a_likeness_taken_out_of_the_row_still_calls_for_legal(house: House) -> None:
    face = proposed(house, looks_like={house.anselm.pk: 0.41})
    ProposedFace.objects.filter(pk=face.pk).update(looks_like=[])
    assert house.idris.person is not None
    assert code(services.confirm_face(face, by=house.idris.person)) is ReasonCode.LOOKS_LIKE_ANOTHER


def test_every_other_face_of_the_house_is_compared_with(house: House) -> None:
    for performer in (house.idris, house.anselm):
        house.active(performer)
        house.enrolled(performer, template=performer.name.encode())
    others = services.templates_besides(house.idris, keyring=KEYRING, reading=READING)
    assert others == [(house.anselm, house.anselm.name.encode())]
    assert entries_of(house.anselm.pk)[-1].kind is EntryKind.TEMPLATE_READ


NOW = timezone.now().replace(hour=12)


def told(house: House) -> str:
    assert house.idris.person is not None
    return services.make_passcode(house.idris, by=house.idris.person, now=NOW)


def spend(house: House, passcode: str, *, days: int = 0) -> ReasonCode | None:
    reason = services.spend_passcode(house.idris, passcode, now=NOW + timedelta(days=days))
    return reason.code if reason else None


def test_a_passcode_is_good_once_and_kept_hashed(house: House) -> None:
    passcode = told(house)
    row = Passcode.objects.get()
    assert passcode not in row.hashed
    assert passcode.replace(" ", "") not in row.hashed
    assert spend(house, passcode.replace(" ", "")) is None
    assert spend(house, passcode) is ReasonCode.PASSCODE_STALE
    assert "passcode" not in entries_of(house.idris.pk)[-1].body


def test_a_passcode_of_yesterday_is_none(house: House) -> None:
    assert spend(house, told(house), days=1) is ReasonCode.PASSCODE_STALE


def test_a_new_passcode_makes_the_older_void(house: House) -> None:
    first = told(house)
    second = told(house)
    assert spend(house, first) is (None if first == second else ReasonCode.PASSCODE_WRONG)


def test_a_passcode_is_not_found_out_by_trying(house: House) -> None:
    passcode = told(house)
    wrong = "000000" if passcode != "000 000" else "111111"
    tries = [spend(house, wrong) for _ in range(6)]
    assert tries == [ReasonCode.PASSCODE_WRONG] * 5 + [ReasonCode.PASSCODE_STALE]
    assert spend(house, passcode) is ReasonCode.PASSCODE_STALE


def test_the_passcode_of_another_performer_is_wrong(house: House) -> None:
    passcode = told(house)
    assert house.anselm.person is not None
    services.make_passcode(house.anselm, by=house.anselm.person, now=NOW)
    reason = services.spend_passcode(house.anselm, passcode, now=NOW)
    assert reason is not None
    assert reason.code is ReasonCode.PASSCODE_WRONG


def test_nobody_but_the_performer_is_told_a_passcode(house: House) -> None:
    with pytest.raises(RuntimeError, match="performer alone"):
        services.make_passcode(house.idris, by=house.petra, now=NOW)
