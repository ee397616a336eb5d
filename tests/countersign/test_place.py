"""A performer's own place: their word on a shot, what is left of a consent, and the statement of use."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client
from django.utils import timezone
from knox.models import AuthToken

from consent import record, seal, services as consents
from consent.gate import LIFETIME, WITH_A_LOOK
from consent.models import ConsentRecord
from consent.types import Grant, GrantedConsent, KindOfUse, Part, ReasonCode, Refusal
from countersign import keys, witnesses
from countersign.accounts.models import Person
from countersign.runs import approvals, publication
from countersign.runs.errors import ConsentGoneError
from countersign.runs.models import Output, OutputState, Run, RunState
from countersign.runs.shot_models import Shot, ShotWord
from provenance import ledger
from provenance.types import EntryKind
from tests import honest, passkeys, people as setup
from tests.consent.house import House
from tests.countersign.conftest import Things
from tests.countersign.test_pages import as_, text
from tests.people import People


def asking(people: People, things: Things, *, per_shot: bool = True) -> Grant:
    """A grant over a consent of idris's that asks, or does not, for a word on each shot."""
    Output.objects.filter(pk=things.output.pk).update(state=OutputState.SIGNED, published_at=None)
    things.output.refresh_from_db()
    changes = {"consent_id": things.consent.pk, "approval_per_shot": per_shot}
    terms = setup.terms(people.production, people.idris, **changes)
    signed = {"terms": record.to_json(terms), "terms_sha256": record.digest(terms)}
    ConsentRecord.objects.filter(pk=things.consent.pk).update(**signed)
    things.consent.refresh_from_db()
    return _grant(things.run, things.consent)


def _grant(run: Run, row: ConsentRecord) -> Grant:
    consent = GrantedConsent(
        consent_id=row.pk,
        performer_id=row.performer_id,
        part=Part.LIKENESS,
        document_sha256=row.document_sha256,
        terms_sha256=row.terms_sha256,
        footage_sha256="a" * 64,
    )
    now = timezone.now()
    values: dict[str, Any] = dict.fromkeys(("tracks", "left_alone", "releases"), ())
    known = {name: values[name] for name in values if name in Grant.__slots__}
    return Grant(
        nonce="0" * 64,
        run_id=run.pk,
        production_id=run.production_id,
        kind=KindOfUse.SWAP,
        consents=(consent,),
        parameters_sha256="0" * 64,
        screen_seconds=5.0,
        trains=True,
        policy_sha256="0" * 64,
        issued_at=now,
        expires_at=now + timedelta(hours=1),
        **known,
    )


def said_of(output: Output) -> list[EntryKind]:
    """What the ledger says was asked about a shot, and answered."""
    asked = (EntryKind.SHOT_SHOWN, EntryKind.SHOT_APPROVED, EntryKind.SHOT_DECLINED, EntryKind.SHOT_WORD_REFUSED)
    return [entry.kind for entry in ledger.about([f"output:{output.pk}"], kinds=asked)]


def test_nobody_is_asked_where_the_consent_does_not_say_so(people: People, things: Things) -> None:
    grant = asking(people, things, per_shot=False)
    assert approvals.look(things.output, grant) == approvals.Look(waiting=(), declined=())
    assert not Shot.objects.exists()


def test_a_shot_waits_for_the_performers_word_and_is_shown_to_them_alone(people: People, things: Things) -> None:
    grant = asking(people, things)
    assert approvals.look(things.output, grant).waiting == (people.idris.name,)
    assert said_of(things.output) == [EntryKind.SHOT_SHOWN]
    shot = Shot.objects.get()
    page = text(as_(people.idris_person).get("/me"))
    assert "Waiting for your word" in page
    video = as_(people.idris_person).get(f"/shots/{shot.pk}/video")
    assert video.status_code == 200
    assert len(b"".join(video.streaming_content)) == things.output.size
    assert as_(people.producer).get(f"/shots/{shot.pk}").status_code == 404
    assert as_(people.producer).get(f"/outputs/{things.output.pk}").status_code == 404


def test_an_approved_shot_goes_on_and_a_declined_one_never_does(people: People, things: Things) -> None:
    grant = asking(people, things)
    approvals.look(things.output, grant)
    answer = as_(people.idris_person).post(f"/shots/{Shot.objects.get().pk}/approved")
    assert answer.status_code == 302
    assert approvals.look(things.output, grant) == approvals.Look(waiting=(), declined=())
    again = approvals.decide(Shot.objects.get(), word=ShotWord.DECLINED, by=people.idris_person)
    assert isinstance(again, Refusal)
    assert [reason.code for reason in again.reasons] == [ReasonCode.WRONG_STATE]
    assert said_of(things.output)[-2:] == [EntryKind.SHOT_APPROVED, EntryKind.SHOT_WORD_REFUSED]


def test_a_declined_shot_is_refused_at_publication_in_words(people: People, things: Things) -> None:
    grant = asking(people, things)
    things.run.sealed_grant = seal.seal(grant, keys.gate_private(settings.KEYS))
    assert witnesses.policy(settings.KEYS).quorum == 0
    approvals.look(things.output, grant)
    words = {"reason": "My mouth looks wrong."}
    as_(people.idris_person).post(f"/shots/{Shot.objects.get().pk}/declined", words)
    with pytest.raises(ConsentGoneError) as gone:
        publication.publish(things.run)
    (reason,) = gone.value.reasons
    assert reason.code is ReasonCode.SHOT_DECLINED
    assert people.idris.name in reason.sentence
    ledger.sequence()
    assert "mouth" not in "".join(entry.canonical for entry in ledger.entries())


def test_nobody_says_a_performers_word_for_them(people: People, things: Things) -> None:
    grant = asking(people, things)
    approvals.look(things.output, grant)
    answer = approvals.decide(Shot.objects.get(), word=ShotWord.APPROVED, by=people.producer)
    assert isinstance(answer, Refusal)
    assert [reason.code for reason in answer.reasons] == [ReasonCode.WRONG_SIGNER]
    assert approvals.look(things.output, grant).waiting == (people.idris.name,)


@pytest.fixture
def came_in(people: People) -> None:
    """Idris's account is whoever opened an invitation, and nobody has looked at who that is."""
    with transaction.atomic():
        subject = f"performer:{people.idris.pk}"
        honest.append(EntryKind.PERFORMER_INVITED, subject=subject, actor=f"person:{people.producer.pk}")
    passkeys.given(people.idris_person)


@pytest.mark.usefixtures("came_in")
def test_whoever_opened_an_invitation_sees_and_says_nothing_before_they_are_confirmed(
    people: People, things: Things
) -> None:
    grant = asking(people, things)
    approvals.look(things.output, grant)
    pk, me = Shot.objects.get().pk, as_(people.idris_person)
    assert "Waiting for your word" not in text(me.get("/me"))
    assert [me.get(f"/shots/{pk}{what}").status_code for what in ("", "/video")] == [404, 404]
    assert api(people.idris_person).get("/api/me/shots").json() == []
    said = api(people.idris_person).post(f"/api/me/shots/{pk}", {"word": "approved"}, content_type="application/json")
    assert [reason["code"] for reason in said.json()["reasons"]] == ["identity-not-confirmed"]
    assert me.post(f"/shots/{pk}/approved").status_code != 302
    (refused, _) = ledger.about([f"output:{things.output.pk}"], kinds=(EntryKind.SHOT_WORD_REFUSED,))
    assert refused.body["reasons"] == ["identity-not-confirmed"]
    passkeys.confirmed(people.idris, by=people.legal)
    assert b"".join(me.get(f"/shots/{pk}/video").streaming_content)
    assert me.post(f"/shots/{pk}/approved").status_code == 302
    assert approvals.look(things.output, grant).waiting == ()


@pytest.mark.usefixtures("came_in")
def test_a_word_said_before_the_confirmation_does_not_count(people: People, things: Things) -> None:
    grant = asking(people, things)
    body: dict[str, Any] = {"sha256": things.output.sha256, "consent": str(things.consent.pk)}
    actor = f"person:{people.idris_person.pk}"
    with transaction.atomic():
        ledger.append(EntryKind.SHOT_APPROVED, subject=f"output:{things.output.pk}", actor=actor, body=body)
    passkeys.confirmed(people.idris, by=people.legal)
    assert approvals.look(things.output, grant).waiting == (people.idris.name,)


def test_a_word_written_into_the_row_alone_is_not_believed(people: People, things: Things) -> None:
    grant = asking(people, things)
    approvals.look(things.output, grant)
    Shot.objects.update(word=ShotWord.APPROVED, decided_at=timezone.now(), decided_by=people.idris_person)
    assert approvals.look(things.output, grant).waiting == (people.idris.name,)


def test_terms_rewritten_in_the_row_do_not_spare_anybody_the_question(people: People, things: Things) -> None:
    """Whoever owns the database writes that no word is needed, and writes it back before the gate looks again."""
    grant = asking(people, things)
    ConsentRecord.objects.filter(pk=things.consent.pk).update(
        terms={**things.consent.terms, "approval_per_shot": False}
    )
    assert approvals.look(things.output, grant).waiting == (people.idris.name,)
    ConsentRecord.objects.filter(pk=things.consent.pk).update(terms={})
    assert approvals.look(things.output, grant).waiting == (people.idris.name,)


@pytest.mark.parametrize("end", ["declined by the performer", "taken down for another's sake"])
def test_a_shot_that_is_down_is_watched_by_nobody(people: People, things: Things, end: str) -> None:
    grant = asking(people, things)
    approvals.look(things.output, grant)
    shot = Shot.objects.get()
    if end.startswith("declined"):
        approvals.decide(shot, word=ShotWord.DECLINED, by=people.idris_person)
    else:
        Output.objects.filter(pk=things.output.pk).update(state=OutputState.TAKEN_DOWN, taken_down_at=timezone.now())
    assert b"<video" not in as_(people.idris_person).get(f"/shots/{shot.pk}").content
    for who in (people.idris_person, people.legal):
        assert as_(who).get(f"/shots/{shot.pk}/video").status_code == 404
        assert as_(who).get(f"/outputs/{things.output.pk}/video").status_code == 404
    assert Output.objects.get(pk=things.output.pk).state == OutputState.TAKEN_DOWN
    viewed = ledger.about([f"output:{things.output.pk}"], kinds=(EntryKind.OUTPUT_VIEWED,))
    assert viewed == []


def test_a_word_on_another_file_does_not_count(people: People, things: Things) -> None:
    grant = asking(people, things)
    approvals.look(things.output, grant)
    approvals.decide(Shot.objects.get(), word=ShotWord.APPROVED, by=people.idris_person)
    things.output.sha256 = "f" * 64
    assert approvals.look(things.output, grant).waiting == (people.idris.name,)


@pytest.mark.django_db
def test_a_run_with_a_look_may_wait_longer() -> None:
    from tests.consent.house import PUBLIC

    house = House.make()
    house.active(house.idris, approval_per_shot=True)
    house.active(house.anselm)
    token = house.ask()
    assert isinstance(token, str)
    grant = seal.open(token, PUBLIC, timezone.now())
    assert LIFETIME < grant.expires_at - grant.issued_at <= WITH_A_LOOK
    assert consents.standing(grant, now=timezone.now()) is None


def test_the_page_says_what_is_left(people: People, things: Things) -> None:
    page = text(as_(people.idris_person).get("/me"))
    assert "9 of 10 left" in page
    assert "115.0 of 120 seconds left" in page


def test_the_statement_lists_every_use_and_is_written_down(people: People, things: Things) -> None:
    answer = as_(people.idris_person).get("/me/statement.csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [(row["title"], row["seconds"], row["output_sha256"]) for row in rows] == [
        (things.run.title, "5.0", things.output.sha256)
    ]
    pdf = as_(people.idris_person).get("/me/statement.pdf")
    assert pdf.content.startswith(b"%PDF-")
    kinds = [said.kind for said in ledger.about([f"performer:{people.idris.pk}"], kinds=(EntryKind.STATEMENT_MADE,))]
    assert len(kinds) == 2


def test_a_title_is_no_formula_in_the_statement(people: People, things: Things) -> None:
    Run.objects.filter(pk=things.run.pk).update(title="=HYPERLINK(1)", state=RunState.PUBLISHED)
    answer = as_(people.idris_person).get("/me/statement.csv")
    assert ",'=HYPERLINK(1)," in answer.content.decode("utf-8-sig")


def api(person: Person) -> Client:
    return Client(headers={"Authorization": f"Token {AuthToken.objects.create(user=person)[1]}"})


def test_programs_say_a_word_and_take_a_statement(people: People, things: Things) -> None:
    grant = asking(people, things)
    approvals.look(things.output, grant)
    client = api(people.idris_person)
    (shot,) = client.get("/api/me/shots").json()
    assert shot["word"] == "waiting"
    said = client.post(f"/api/me/shots/{shot['id']}", {"word": "approved"}, content_type="application/json")
    assert said.json()["word"] == "approved"
    assert client.get("/api/me/statement?form=csv").content.startswith(b"\xef\xbb\xbfgranted_at")
