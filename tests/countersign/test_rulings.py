"""Strikes stop what is under way; other rules are seen before they count; a refusal can be appealed, and stays."""

from dataclasses import replace

import pytest

from consent import policy
from consent.models import PolicyVersion, Strike
from consent.services import houses, rulebook
from consent.types import KindOfUse, Part, ReasonCode
from countersign.accounts.models import Person, Role
from countersign.runs import appeals, requests, rulings, services
from countersign.runs.errors import AppealError
from countersign.runs.models import Appeal, Run, RunState
from countersign.runs.requests import Order
from provenance import ledger
from provenance.types import EntryKind
from tests import people as setup
from tests.consent.house import stricter
from tests.countersign.conftest import Things
from tests.countersign.test_api import Program
from tests.countersign.test_pages import as_, text
from tests.people import People

pytestmark = pytest.mark.django_db


@pytest.fixture
def lutz(people: People) -> Person:
    return setup.member("Lutz Legal", people.production, Role.LEGAL)


@pytest.fixture
def order(people: People, things: Things) -> Order:
    for performer in (people.idris, people.anselm):
        setup.release(people, performer)
    return Order(
        title="Quay, take 9", likeness=people.idris, plate_performer=people.anselm, footage=things.footage,
        plate=things.plate, scene="Scene 12", medium="cinema", territories=("GB",), languages=("en",),
    )  # fmt: skip


def test_what_was_declared_is_decided_on_again_and_cannot_be_changed_since(order: Order, people: People) -> None:
    run = services.start(order, by=people.producer)
    assert run.state == RunState.GRANTED
    declared = run.parameters["declared"]
    assert (declared["languages"], declared["contexts"]) == (["en"], [])
    assert len(declared["nonce"]) == 32, "the digest of the parameters is public"
    from django.conf import settings
    from django.utils import timezone

    from consent import seal
    from countersign import keys

    grant = seal.open(run.sealed_grant, keys.gate_public(settings.KEYS), timezone.now())
    assert requests.granted_otherwise(run, grant) is None
    run.contexts = ["violence"]
    changed = requests.granted_otherwise(run, grant)
    assert changed is not None
    assert changed.code is ReasonCode.GRANT_OTHER_RUN


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"contexts": ("sexual",)}, ReasonCode.SEXUAL_CONTENT),
        ({"alterations": ("body",)}, ReasonCode.ALTERATION_NOT_ALLOWED),
        ({"languages": ("fr",)}, ReasonCode.LANGUAGE_NOT_ALLOWED),
        ({"output_class": "game"}, ReasonCode.OUTPUT_CLASS_NOT_ALLOWED),
        ({"script_sha256": "1" * 64}, ReasonCode.SCRIPT_DIFFERS),
    ],
)
def test_a_shot_is_refused_for_what_is_declared_of_it(
    order: Order, people: People, asked: dict[str, object], code: ReasonCode
) -> None:
    said = {"output_class": "feature", "languages": ["en"], "alterations": [], "contexts": [], "territories": ["GB"]}
    run = services.start(replace(order, **requests.declaring({**said, **asked})), by=people.producer)
    assert run.state == RunState.REFUSED
    assert {reason["code"] for reason in run.reasons} == {code}


def test_a_strike_stops_what_is_under_way_in_every_production_of_the_house(
    people: People, things: Things, lutz: Person
) -> None:
    member = setup.consent(people, people.idris, union="Equity")
    plain = setup.consent(people, people.anselm)
    struck = setup.run(people, things.footage, things.plate, state=RunState.TRAINING, stage="train", title="One")
    other = setup.run(people, things.footage, things.plate, state=RunState.TRAINING, stage="train", title="Two")
    setup.ConsentUse.objects.create(
        consent=member, run_id=struck.pk, part=Part.LIKENESS, screen_seconds=5.0, at=setup.NOW
    )
    setup.ConsentUse.objects.create(consent=plain, run_id=other.pk, part=Part.PLATE, screen_seconds=5.0, at=setup.NOW)
    house = people.production.organisation
    page = as_(people.legal).post(f"/houses/{house.pk}/strikes/call", {"union": "EQUITY"})
    assert page.status_code == 302
    struck.refresh_from_db()
    other.refresh_from_db()
    assert (struck.state, other.state) == (RunState.STOPPED, RunState.TRAINING)
    assert struck.reasons[0]["code"] == ReasonCode.UNION_ON_STRIKE
    strike = Strike.objects.get(union="EQUITY")
    assert "Nobody lifts a strike switch that they threw" in text(as_(people.legal).post(f"/strikes/{strike.pk}/lift"))
    assert as_(lutz).post(f"/strikes/{strike.pk}/lift").status_code == 302
    assert houses.of(house.pk).strikes == ()


def test_a_proposal_shows_which_runs_it_would_refuse_and_which_it_would_let_pass(
    order: Order, people: People, lutz: Person
) -> None:
    going = services.start(order, by=people.producer)
    assert going.state == RunState.GRANTED
    house = people.production.organisation_id
    strict = rulebook.propose(house, files=stricter(), words="Be surer.", by=people.legal)
    found = rulings.preview(strict)
    assert [one.run for one in found.refused] == [going]
    assert {reason.code for one in found.refused for reason in one.reasons} == {ReasonCode.LEVEL_TOO_LOW}
    assert found.allowed == ()
    assert isinstance(rulings.approve(strict, by=lutz), PolicyVersion)
    refused = services.start(replace(order, title="Quay, take 10"), by=people.producer)
    assert refused.state == RunState.REFUSED
    back = rulebook.propose(house, files=policy.files(), words="As before.", by=lutz)
    again = rulings.preview(back)
    assert [one.run for one in again.allowed] == [refused]
    assert again.refused == ()


def test_legal_proposes_looks_and_another_of_legal_decides(people: People, things: Things, lutz: Person) -> None:
    house = people.production.organisation
    first, second = as_(people.legal), as_(lutz)
    assert "Always" in text(first.get(f"/houses/{house.pk}/rules"))
    form = text(first.get(f"/houses/{house.pk}/rules/propose"))
    assert "How long a licence may last" in form
    filled = {f"level_{kind.value}": 3 for kind in KindOfUse}
    numbers = {"description_words": 20, "licence_days": 3652, "licence_days_of_minors": 1826}
    levels = {"level_for_training": 3, "level_for_minors": 4}
    asked = {**filled, **numbers, **levels, "pack_7_licence_caps": "on", "words": "The union asked for it."}
    answer = first.post(f"/houses/{house.pk}/rules/propose", asked)
    version = PolicyVersion.objects.get()
    assert answer.headers["Location"] == f"/rules/{version.pk}"
    shown = text(first.get(f"/rules/{version.pk}"))
    assert "You proposed this." in shown
    assert "Words of a description" in shown
    assert "Nobody puts rules in force that they proposed" in text(
        first.post(f"/rules/{version.pk}/decide", {"approve": 1})
    )
    assert second.post(f"/rules/{version.pk}/decide", {"approve": 1}).status_code == 302
    found = houses.of(house.pk).rules
    assert found is not None
    assert (found.choices.off, found.choices.description_words) == ((), 20)
    assert "In force since" in text(first.get(f"/houses/{house.pk}/rules"))


def test_an_appeal_is_logged_and_answered_and_overrides_nothing(order: Order, people: People) -> None:
    run = services.start(replace(order, scene="Scene 99"), by=people.producer)
    producer, legal = as_(people.producer), as_(people.legal)
    page = text(producer.get(f"/runs/{run.pk}"))
    for part in (
        "Whom to ask",
        "Petra Producer",
        "It stands on",
        "What was agreed to",
        "Ask for it",
        "Appeal to legal",
    ):
        assert part in page
    producer.post(f"/runs/{run.pk}/appeal", {"words": "It is the same scene as 12."})
    appeal = Appeal.objects.get()
    assert "same scene as 12" in text(legal.get("/appeals"))
    assert producer.post(f"/appeals/{appeal.pk}", {"words": "Fine."}).status_code == 403
    legal.post(f"/appeals/{appeal.pk}", {"words": "Then offer a consent that names it."})
    appeal.refresh_from_db()
    assert appeal.answered_by == people.legal
    run.refresh_from_db()
    assert run.state == RunState.REFUSED
    said = ledger.about((f"run:{run.pk}",), kinds=(EntryKind.APPEAL_MADE, EntryKind.APPEAL_ANSWERED))
    assert [entry.kind for entry in said] == [EntryKind.APPEAL_MADE, EntryKind.APPEAL_ANSWERED]
    assert "words" not in said[0].body
    with pytest.raises(AppealError):
        appeals.answer(appeal, words="", by=people.legal)
    assert "answered already" in text(legal.post(f"/appeals/{appeal.pk}", {"words": "Again."}))
    appeal.refresh_from_db()
    assert appeal.answer == "Then offer a consent that names it."


def test_what_was_not_refused_is_not_appealed_and_nobody_answers_themselves(people: People, things: Things) -> None:
    with pytest.raises(AppealError, match="refused"):
        appeals.make(things.run, words="Why?", by=people.producer)
    Run.objects.filter(pk=things.run.pk).update(state=RunState.REFUSED)
    things.run.refresh_from_db()
    appeal = appeals.make(things.run, words="Why?", by=people.producer)
    setup.Membership.objects.filter(person=people.producer).update(role=Role.LEGAL)
    page = as_(people.producer).post(f"/appeals/{appeal.pk}", {"words": "Because."})
    assert (page.status_code, "Nobody answers their own appeal" in text(page)) == (409, True)
    said = Program(people.producer).post(f"appeals/{appeal.pk}", {"words": "Because."})
    assert (said.status_code, said.json()["reasons"][0]["code"]) == (409, "same-person")
    entries = ledger.about((f"run:{things.run.pk}",), kinds=(EntryKind.APPEAL_ANSWER_REFUSED,))
    assert [entry.body["reasons"] for entry in entries] == [["same-person"]] * 2
    appeal.refresh_from_db()
    assert appeal.answered_at is None


def test_what_would_be_allowed_is_answered_before_anything_is_uploaded(order: Order, people: People) -> None:
    """By the same gate, for somebody without a consent too; nothing is written down or reserved."""
    producer, path = as_(people.producer), f"/productions/{people.production.pk}/what-if"
    asked = {
        "kind": "swap", "likeness": people.idris.pk, "plate_performer": people.anselm.pk, "seconds": 5, "trains": "on",
        "scene": "Scene 12", "medium": "cinema", "territories": ["GB"], "output_class": "feature", "languages": "en",
    }  # fmt: skip
    before = ledger.sequence()
    page = text(producer.post(path, asked))
    for part in ("It would be allowed", "The footage must still match", "Runs left", "1 min 55 s"):
        assert part in page
    refused = text(producer.post(path, {**asked, "scene": "Scene 99", "seconds": 500, "contexts": ["fraud"]}))
    for part in ("It would be refused", "Scene 99", "500.0 s", "Nobody is imitated to deceive"):
        assert part in refused
    setup.performer(people.production.organisation, setup.person("Nora New"), "anselm")
    nora = people.production.organisation.performers.get(name="Nora New")
    assert "has given no consent" in text(producer.post(path, {**asked, "likeness": nora.pk}))
    assert ledger.sequence() == before
    assert not Run.objects.filter(production=people.production).exclude(state=RunState.PUBLISHED).exists()


def test_programs_ask_what_would_be_allowed(order: Order, people: People) -> None:
    asked = {
        "likeness": str(people.idris.pk), "plate_performer": str(people.anselm.pk), "seconds": 4.5, "scene": "Scene 12",
        "medium": "cinema", "territories": ["GB"], "output_class": "game",
    }  # fmt: skip
    answer = Program(people.artist).post(f"productions/{people.production.pk}/what-if", asked)
    assert answer.status_code == 200, answer.content
    said = answer.json()
    assert said["allowed"] is False
    assert {reason["code"] for reason in said["reasons"]} == {"output-class-not-allowed"}
    assert [one["runs"] for one in said["left"]] == [9, 9]


def test_programs_propose_look_and_decide_on_rules(order: Order, people: People, lutz: Person) -> None:
    first, second = Program(people.legal), Program(lutz)
    house = f"houses/{people.production.organisation_id}"
    going = services.start(order, by=people.producer)
    made = first.post(f"{house}/rules", {"levels": {"swap": 4}, "words": "Be surer."})
    assert made.status_code == 201, made.content
    version = f"rules/{made.json()['id']}"
    seen = second.get(f"{version}/preview").json()
    assert seen["refused"] == [{"run": str(going.pk), "reasons": ["level-too-low"]}]
    assert first.post(f"{version}/approve").json()["reasons"][0]["code"] == "same-person"
    assert second.post(f"{version}/approve").json()["in_force_since"]
    assert second.post(f"{version}/reject").status_code == 409
    shown = first.get(f"{house}/rules").json()
    assert (shown["sha256"], shown["choices"]["levels"]["swap"]) == (made.json()["sha256"], 4)
    for wrong in ({"levels": {"dance": 4}}, {"levels": {"swap": 1}}, {"off": ["4_budget"]}, {"licence_days": 0}):
        assert first.post(f"{house}/rules", {**wrong, "words": "Why not?"}).status_code in (400, 422), wrong


def test_programs_call_and_lift_strikes(people: People, lutz: Person) -> None:
    first, second = Program(people.legal), Program(lutz)
    house = f"houses/{people.production.organisation_id}"
    made = first.post(f"{house}/strikes", {"union": "Equity", "production": str(people.production.pk)})
    assert made.status_code == 201, made.content
    assert [one["union"] for one in second.get(f"{house}/rules").json()["strikes"]] == ["Equity"]
    lift = f"strikes/{made.json()['id']}/lift"
    assert first.post(lift).json()["reasons"][0]["code"] == "same-person"
    assert second.post(lift).json()["lifted_by"] == str(lutz.pk)
    assert first.post(f"{house}/strikes", {"union": "<b>"}).status_code == 422


def test_programs_appeal_and_answer(order: Order, people: People) -> None:
    run = services.start(replace(order, scene="Scene 99"), by=people.producer)
    made = Program(people.producer).post(f"runs/{run.pk}/appeal", {"words": "It is the same scene as 12."})
    assert made.status_code == 201, made.content
    appeal = f"appeals/{made.json()['id']}"
    answered = Program(people.legal).post(appeal, {"words": "Then offer a consent that names it."})
    assert answered.json()["answered_by"] == str(people.legal.pk)
    assert Program(people.legal).post(appeal, {"words": "Again."}).status_code == 409
    assert Program(people.producer).get(appeal).json()["answer"].startswith("Then offer")
