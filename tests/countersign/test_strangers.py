"""Every address that names a thing, walked by everybody: whoever isn't meant to see it gets 404, never 403."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from knox.models import AuthToken

from consent import policy, services as consents
from consent.models import PolicyVersion, Proof, Signatory, Strike
from consent.services import rulebook, strikes
from consent.types import Capacity, ProofKind
from countersign import logbook
from countersign.accounts import access
from countersign.accounts.models import Person
from countersign.keeping.models import Hold
from countersign.runs.face_models import FaceMoment
from countersign.runs.models import Appeal, Enrolment, FaceTrack, Still
from countersign.runs.shot_models import Shot
from provenance.types import EntryKind
from tests import people as setup
from tests.countersign.conftest import Things
from tests.people import People

CREW = frozenset({"producer", "artist", "legal"})
CAST = frozenset({"idris", "anselm"})  # idris's likeness is used, anselm stands in the plate
EVERYBODY = CREW | CAST
LEGAL_OR_IDRIS = frozenset({"legal", "idris"})


@dataclass(frozen=True)
class Door:
    """Who may use an address, and which of the others are told whose part it is; all others find nothing there."""

    route: str
    may: frozenset[str]
    told: frozenset[str] = frozenset()
    method: str = "get"


def only(*roles: str) -> dict[str, frozenset[str]]:
    return {"may": frozenset(roles), "told": CREW - set(roles)}


P, IN_P = "productions/<uuid:pk>", "productions/<uuid:pk>/performers/<uuid:performer_pk>"
DOORS = (
    Door(P, EVERYBODY),
    Door(f"{P}/performers/new", **only("producer")),
    Door(f"{IN_P}/stills", **only("producer")),
    Door(f"{IN_P}/certificate", **only("legal")),
    Door(f"{IN_P}/key", **only("legal")),
    Door(f"api/{IN_P}/key", **only("legal"), method="put"),
    Door("consents/<uuid:pk>/scan", **only("producer"), method="post"),
    Door("consents/<uuid:pk>/credential", **only("producer"), method="post"),
    Door("consents/<uuid:pk>/review", **only("legal"), method="post"),
    Door("api/consents/<uuid:pk>/scan", **only("producer"), method="put"),
    Door("api/consents/<uuid:pk>/review", **only("legal"), method="post"),
    Door("api/consents/<uuid:pk>/credential", CREW | {"idris"}),
    Door("api/consents/<uuid:pk>/credential", **only("producer"), method="put"),
    Door(f"{IN_P}/invitation", **only("producer", "legal")),
    Door(f"{IN_P}/identity", **only("legal")),
    Door(f"{IN_P}/signers", **only("producer", "legal")),
    Door(f"{IN_P}/signers/new", **only("producer", "legal"), method="post"),
    Door(f"{IN_P}/signers/<uuid:signer_pk>/certificate", **only("legal")),
    Door(f"{IN_P}/proofs/new", **only("producer", "legal"), method="post"),
    Door(f"{IN_P}/proofs/<uuid:proof_pk>/document", **only("legal")),
    Door(f"{IN_P}/proofs/<uuid:proof_pk>/review", **only("legal"), method="post"),
    Door(f"{IN_P}/birth", **only("legal"), method="post"),
    Door(f"{IN_P}/death", **only("legal"), method="post"),
    Door("invitations/<uuid:pk>/revoke", **only("producer", "legal"), method="post"),
    Door(f"api/{IN_P}/invitations", **only("producer", "legal"), method="post"),
    Door(f"api/{IN_P}/identity", **only("legal")),
    Door(f"api/{IN_P}/identity", **only("legal"), method="post"),
    Door("api/invitations/<uuid:pk>", **only("producer", "legal"), method="delete"),
    Door("performers/<uuid:pk>/portrait.jpg", CREW | {"idris"}),
    Door("performers/<uuid:pk>/enrolment", CREW | {"idris"}),
    Door("enrolments/<uuid:pk>", frozenset({"legal", "idris"}), frozenset({"producer", "artist"})),
    Door(
        "enrolments/<uuid:pk>/stills/<int:number>.jpg", frozenset({"legal", "idris"}), frozenset({"producer", "artist"})
    ),
    Door(
        "enrolments/<uuid:pk>/confirm", frozenset({"legal", "idris"}), frozenset({"producer", "artist"}), method="post"
    ),
    Door(
        "enrolments/<uuid:pk>/reject", frozenset({"legal", "idris"}), frozenset({"producer", "artist"}), method="post"
    ),
    Door(f"{P}/consents/new", **only("producer")),
    Door(f"{P}/consents/needs", **only("producer"), method="post"),
    Door("consents/<uuid:pk>", CREW | {"idris"}),
    Door("consents/<uuid:pk>/<str:version>.pdf", CREW | {"idris"}),
    Door("consents/<uuid:pk>/compare/<uuid:other>", CREW | {"idris"}),
    Door("consents/<uuid:pk>/export/<str:form>", frozenset({"legal", "idris"}), frozenset({"producer", "artist"})),
    Door("api/consents/<uuid:pk>/export", frozenset({"legal", "idris"}), frozenset({"producer", "artist"})),
    Door("consents/<uuid:pk>/signed-document", **only("producer"), method="post"),
    Door("consents/<uuid:pk>/approve", **only("legal"), method="post"),
    Door("consents/<uuid:pk>/approve/options", **only("legal"), method="post"),
    Door("consents/<uuid:pk>/sign", frozenset({"idris"}), CREW),
    Door("consents/<uuid:pk>/sign/options", frozenset({"idris"}), CREW, method="post"),
    Door(
        "consents/<uuid:pk>/withdraw/options",
        frozenset({"legal", "idris"}),
        frozenset({"producer", "artist"}),
        method="post",
    ),
    Door("api/consents/<uuid:pk>/shown", frozenset({"idris"}), CREW, method="post"),
    Door("api/consents/<uuid:pk>/signature", frozenset({"idris"}), CREW, method="post"),
    Door("api/consents/<uuid:pk>/signature/options", frozenset({"idris"}), CREW, method="post"),
    Door("api/consents/<uuid:pk>/approve/options", **only("legal"), method="post"),
    Door(
        "api/consents/<uuid:pk>/withdraw/options",
        frozenset({"legal", "idris"}),
        frozenset({"producer", "artist"}),
        method="post",
    ),
    Door("consents/<uuid:pk>/withdraw", frozenset({"legal", "idris"}), frozenset({"producer", "artist"})),
    Door(f"{P}/footage/new", **only("producer", "artist")),
    Door("footage/<uuid:pk>", CREW),
    Door("footage/<uuid:pk>/progress", CREW),
    Door("footage/<uuid:pk>/poster.jpg", CREW),
    Door("footage/<uuid:pk>/video", CREW),
    Door("faces/<int:pk>/face.jpg", CREW),
    Door("faces/<int:pk>/review", **only("legal", "artist")),
    Door("faces/<int:pk>/moments/<int:number>.jpg", **only("legal", "artist")),
    Door("api/faces/<int:pk>/reviews", **only("legal", "artist"), method="post"),
    Door(f"{P}/runs/new", **only("producer")),
    Door("runs/<uuid:pk>", EVERYBODY),
    Door("runs/<uuid:pk>/progress", EVERYBODY),
    Door("runs/<uuid:pk>/story", EVERYBODY),
    Door("runs/<uuid:pk>/stop", **only("producer"), method="post"),
    Door("runs/<uuid:pk>/evidence", CAST | {"legal"}, frozenset({"producer", "artist"})),
    Door("certificates/<uuid:pk>", frozenset({"legal", "idris"})),
    Door("certificates/<uuid:pk>.pdf", frozenset({"legal", "idris"})),
    Door("api/certificates/<uuid:pk>", frozenset({"legal", "idris"})),
    Door("api/certificates/<uuid:pk>/document", frozenset({"legal", "idris"})),
    Door("outputs/<uuid:pk>", EVERYBODY),
    Door("me/statement.<str:form>", CAST),
    Door("shots/<uuid:pk>", frozenset({"idris"})),
    Door("shots/<uuid:pk>/video", frozenset({"idris"})),
    Door("shots/<uuid:pk>/<str:word>", frozenset({"idris"}), method="post"),
    Door("api/me/shots/<uuid:pk>", frozenset({"idris"}), method="post"),
    Door("outputs/<uuid:pk>/video", EVERYBODY),
    Door("outputs/<uuid:pk>/download", EVERYBODY),
    Door("outputs/<uuid:pk>/poster.jpg", EVERYBODY),
    Door("runs/<uuid:pk>/appeal", frozenset({"producer", "artist"}), frozenset({"legal"})),
    Door("appeals/<uuid:pk>", CREW),
    Door("houses/<uuid:pk>/rules", **only("legal")),
    Door("houses/<uuid:pk>/rules/propose", **only("legal")),
    Door("houses/<uuid:pk>/strikes/call", **only("legal")),
    Door("strikes/<uuid:pk>/lift", frozenset({"legal"}), method="post"),
    Door("rules/<uuid:pk>", frozenset({"legal"})),
    Door("rules/<uuid:pk>/decide", frozenset({"legal"}), method="post"),
    Door("api/houses/<uuid:pk>/rules", **only("legal")),
    Door("api/houses/<uuid:pk>/rules", **only("legal"), method="post"),
    Door("api/houses/<uuid:pk>/strikes", **only("legal"), method="post"),
    Door("api/rules/<uuid:pk>/preview", frozenset({"legal"})),
    Door("api/rules/<uuid:pk>/approve", frozenset({"legal"}), method="post"),
    Door("api/rules/<uuid:pk>/reject", frozenset({"legal"}), method="post"),
    Door("api/strikes/<uuid:pk>/lift", frozenset({"legal"}), method="post"),
    Door("api/runs/<uuid:pk>/appeal", frozenset({"producer", "artist"}), frozenset({"legal"}), method="post"),
    Door("api/appeals/<uuid:pk>", CREW),
    Door("api/appeals/<uuid:pk>", **only("legal"), method="post"),
    Door(f"{P}/what-if", **only("producer", "artist")),
    Door(f"api/{P}/what-if", **only("producer", "artist"), method="post"),
    Door(f"{P}/holds/new", **only("legal")),
    Door("holds/<uuid:pk>/lift", frozenset({"legal"})),
    Door(f"{P}/retention/<str:what>", **only("legal")),
    Door("performers/<uuid:pk>/erase", frozenset({"legal", "idris"}), frozenset({"producer", "artist"})),
    Door(f"api/{P}/holds", **only("legal")),
    Door(f"api/{P}/holds", **only("legal"), method="post"),
    Door("api/holds/<uuid:pk>/lift", frozenset({"legal"}), method="post"),
    Door(f"api/{P}/retention", **only("legal")),
    Door(f"api/{P}/retention/<str:what>", **only("legal")),
    Door(f"api/{P}/retention/<str:what>", **only("legal"), method="put"),
    Door(f"api/{P}/retention/<str:what>", **only("legal"), method="delete"),
    Door("api/performers/<uuid:pk>/erasure", frozenset({"legal", "idris"}), frozenset({"producer", "artist"})),
    Door(
        "api/performers/<uuid:pk>/erasure",
        frozenset({"legal", "idris"}),
        frozenset({"producer", "artist"}),
        method="post",
    ),
    Door("ledger/<int:index>/proof", EVERYBODY),  # of an entry about the run
    Door("ledger/searches/<uuid:pk>", frozenset({"legal"})),  # a saved search is its owner's
    Door("ledger/searches/<uuid:pk>/remove", frozenset({"legal"}), method="post"),
    Door("alarms/<uuid:pk>/acknowledge", frozenset({"legal"}), method="post"),
    Door("passkeys/<uuid:pk>/rename", frozenset({"legal"}), method="post"),  # a passkey is its owner's
    Door("passkeys/<uuid:pk>/remove", frozenset({"legal"}), method="post"),
    Door("api/passkeys/<uuid:pk>", frozenset({"legal"}), method="patch"),
    Door("api/passkeys/<uuid:pk>", frozenset({"legal"}), method="delete"),
    Door(f"api/{P}", EVERYBODY),
    Door(f"api/{P}/performers", EVERYBODY),
    Door(f"api/{P}/performers", **only("producer"), method="post"),
    Door(f"api/{IN_P}/certificate", **only("legal"), method="put"),
    Door(f"api/{IN_P}/enrolments", **only("producer"), method="post"),
    Door(f"api/{IN_P}/enrolments/<uuid:enrolment_pk>", CREW | {"idris"}),
    Door(
        "api/enrolments/<uuid:pk>/confirm",
        frozenset({"legal", "idris"}),
        frozenset({"producer", "artist"}),
        method="post",
    ),
    Door(
        "api/enrolments/<uuid:pk>/reject",
        frozenset({"legal", "idris"}),
        frozenset({"producer", "artist"}),
        method="post",
    ),
    Door(f"api/{P}/consents", EVERYBODY),
    Door(f"api/{P}/consents", **only("producer"), method="post"),
    Door("api/consents/<uuid:pk>", CREW | {"idris"}),
    Door("api/consents/<uuid:pk>/document", CREW | {"idris"}),
    Door("api/consents/<uuid:pk>/document", **only("producer"), method="put"),
    Door("api/consents/<uuid:pk>/approve", **only("legal"), method="post"),
    Door(
        "api/consents/<uuid:pk>/withdraw",
        frozenset({"legal", "idris"}),
        frozenset({"producer", "artist"}),
        method="post",
    ),
    Door("consents/<uuid:pk>/offer", **only("producer"), method="post"),
    Door("consents/<uuid:pk>/edit", **only("producer")),
    Door("consents/<uuid:pk>/discard", **only("producer"), method="post"),
    Door("consents/<uuid:pk>/amend", **only("producer")),
    Door("consents/<uuid:pk>/take-back", **only("producer"), method="post"),
    Door("consents/<uuid:pk>/decline", frozenset({"idris"}), CREW),
    Door("consents/<uuid:pk>/suspend", LEGAL_OR_IDRIS, CREW - {"legal"}),
    Door("consents/<uuid:pk>/lift", LEGAL_OR_IDRIS, CREW - {"legal"}, method="post"),
    Door(f"api/{P}/drafts", **only("producer"), method="post"),
    Door("api/consents/<uuid:pk>/draft", **only("producer"), method="patch"),
    Door("api/consents/<uuid:pk>/draft", **only("producer"), method="delete"),
    Door("api/consents/<uuid:pk>/offer", **only("producer"), method="post"),
    Door("api/consents/<uuid:pk>/amendment", **only("producer"), method="post"),
    Door("api/consents/<uuid:pk>/take-back", **only("producer"), method="post"),
    Door("api/consents/<uuid:pk>/decline", frozenset({"idris"}), CREW, method="post"),
    Door("api/consents/<uuid:pk>/suspend", LEGAL_OR_IDRIS, CREW - {"legal"}, method="post"),
    Door("api/consents/<uuid:pk>/lift", LEGAL_OR_IDRIS, CREW - {"legal"}, method="post"),
    Door("api/performers/<uuid:pk>/signatories", **only("legal")),
    Door("api/performers/<uuid:pk>/signatories", **only("legal"), method="post"),
    Door("api/performers/<uuid:pk>/proofs", **only("legal")),
    Door("api/performers/<uuid:pk>/proofs", **only("legal"), method="post"),
    Door("api/performers/<uuid:pk>/birth", **only("legal"), method="put"),
    Door("api/performers/<uuid:pk>/death", **only("legal"), method="post"),
    Door("api/signatories/<uuid:pk>/certificate", frozenset({"legal"}), method="put"),
    Door("api/proofs/<uuid:pk>/document", frozenset({"legal"})),
    Door("api/proofs/<uuid:pk>/review", frozenset({"legal"}), method="post"),
    Door(f"api/{P}/footage", EVERYBODY),
    Door(f"api/{P}/footage", **only("producer", "artist"), method="post"),
    Door("api/footage/<uuid:pk>", CREW),
    Door(f"api/{P}/runs", EVERYBODY),
    Door(f"api/{P}/runs", **only("producer"), method="post"),
    Door("api/runs/<uuid:pk>", EVERYBODY),
    Door("api/runs/<uuid:pk>/story", EVERYBODY),
    Door("api/runs/<uuid:pk>/stop", **only("producer"), method="post"),
    Door("api/runs/<uuid:pk>/evidence", CAST | {"legal"}, frozenset({"producer", "artist"}), method="post"),
    Door("api/outputs/<uuid:pk>", EVERYBODY),
    Door("api/outputs/<uuid:pk>/content", EVERYBODY),
)
PUBLIC = {
    "outputs/<uuid:pk>/status",
    "status/<uuid:pk>",
    "log/tile/<path:path>",
    "log/time-stamp/<int:size>",
    "invitation/<str:token>",
    "invitation/<str:token>/options",  # whoever has the link; see test_invitations
}
IDS = [f"{door.method} {door.route}" for door in DOORS]


def address(door: Door, things: Things, people: People) -> str:
    path = "/" + door.route.replace("<uuid:performer_pk>", str(people.idris.pk)).replace("<str:version>", "signed")
    path = path.replace("<str:form>", "csv" if "statement" in door.route else "receipt")
    path = path.replace("<str:what>", "footage").replace("<uuid:enrolment_pk>", str(things.enrolment.pk))
    path = path.replace("<str:word>", "declined")
    path = path.replace("<uuid:other>", str(things.consent.pk))
    if "<uuid:signer_pk>" in path:
        path = path.replace("<uuid:signer_pk>", str(signs(people).pk))
    if "<uuid:proof_pk>" in path:
        path = path.replace("<uuid:proof_pk>", str(shows(people).pk))
    if "<int:index>" in path:
        return path.replace("<int:index>", str(setup.entry(EntryKind.RUN_ADVANCED, f"run:{things.run.pk}", "worker:x")))
    if "stills/<int:number>" in path:
        Enrolment.objects.filter(pk=things.enrolment.pk).update(state="measured")
        Still.objects.create(enrolment=things.enrolment, picture=setup.still("idris", 1))
    if "faces/<int:pk>/" in path and "face.jpg" not in path:  # one that is for people to judge
        track = FaceTrack.objects.get(footage=things.plate)
        FaceTrack.objects.filter(pk=track.pk).update(best=people.anselm)
        FaceMoment.objects.create(track=track, frame=1, picture=setup.still("anselm", 1))
    path = path.replace("<int:number>", "1")
    path = path.replace("<int:pk>", str(FaceTrack.objects.get(footage=things.plate).pk))
    subject = {
        "productions": people.production,
        "performers": people.idris,
        "consents": things.consent,
        "footage": things.plate,
        "runs": things.run,
        "outputs": things.output,
        "certificates": things.destruction,
        "shots": shown(things) if door.route.startswith("shots/") else None,
        "me": shown(things) if "me/shots/" in door.route else None,
        "holds": held(people) if "holds/<uuid:pk>" in door.route else None,
        "houses": people.production.organisation,
        "strikes": struck(people) if "strikes/<uuid:pk>" in door.route else None,
        "rules": proposed(people) if "rules/<uuid:pk>" in door.route else None,
        "appeals": appealed(people, things) if "appeals/<uuid:pk>" in door.route else None,
        "signatories": signs(people) if "signatories/<uuid:pk>" in door.route else None,
        "proofs": shows(people) if "proofs/<uuid:pk>" in door.route else None,
        "ledger": things.search,
        "alarms": things.alarm,
        "enrolments": things.enrolment,
        "passkeys": things.passkey,
        "invitations": things.invitation,
    }.get(path.removeprefix("/api").split("/")[1])
    return path.replace("<uuid:pk>", str(subject.pk)) if subject else path


def shown(things: Things) -> Shot:
    return Shot.objects.create(output=things.output, consent=things.consent)


def held(people: People) -> Hold:
    subject = f"production:{people.production.pk}"
    return Hold.objects.create(
        production=people.production, subject=subject, reason="A claim.", placed_by=people.legal, placed_at=setup.NOW
    )


def struck(people: People) -> Strike:
    return strikes.call(people.production.organisation, union="Equity", by=people.legal)


def proposed(people: People) -> PolicyVersion:
    return rulebook.propose(people.production.organisation_id, files=policy.files(), words="As is.", by=people.legal)


def appealed(people: People, things: Things) -> Appeal:
    return Appeal.objects.create(run=things.run, words="Look again.", made_by=people.producer, made_at=setup.NOW)


def signs(people: People) -> Signatory:
    return consents.add_signatory(people.idris, name="Greta Vane", capacity=Capacity.GUARDIAN, by=people.producer)


def shows(people: People) -> Proof:
    return consents.add_proof(people.idris, kind=ProofKind.PROBATE, document=b"a proof", by=people.producer)


def ask(door: Door, path: str, who: Person | None) -> int:
    client = Client()
    headers = {}
    if who and door.route.startswith("api/"):
        headers["Authorization"] = f"Token {AuthToken.objects.create(user=who)[1]}"
    elif who:
        client.force_login(who)
    response = getattr(client, door.method)(path, headers=headers)
    if response.streaming:
        b"".join(response.streaming_content)
    return int(response.status_code)


def persons(people: People) -> dict[str, Person]:
    crew = {"producer": people.producer, "artist": people.artist, "legal": people.legal}
    return {**crew, "idris": people.idris_person, "anselm": people.anselm_person}


@pytest.mark.parametrize("door", DOORS, ids=IDS)
def test_stranger_finds_nothing(door: Door, people: People, things: Things) -> None:
    assert ask(door, address(door, things, people), people.stranger) == 404


@pytest.mark.parametrize("door", DOORS, ids=IDS)
def test_signed_out_is_asked_to_sign_in(door: Door, people: People, things: Things) -> None:
    assert ask(door, address(door, things, people), None) == (401 if door.route.startswith("api/") else 302)


@pytest.mark.parametrize("door", DOORS, ids=IDS)
def test_each_role_sees_its_own_part(door: Door, people: People, things: Things) -> None:
    path = address(door, things, people)
    for role, person in persons(people).items():
        status = ask(door, path, person)
        if role in door.may:
            assert status not in (401, 403, 404, 500), f"{role} may use {path}, got {status}"
        elif role in door.told:
            assert status == 403, f"{role} is told whose part {path} is, got {status}"
        else:
            assert status == 404, f"{role} finds nothing at {path}, got {status}"


def test_every_address_with_an_id_is_walked() -> None:
    named = {route for route in _routes(get_resolver().url_patterns) if re.search(r"<\w+:", route)}
    assert named == {door.route for door in DOORS} | PUBLIC


def _routes(patterns: list[URLPattern | URLResolver], prefix: str = "") -> Iterator[str]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _routes(pattern.url_patterns, route)
        else:
            yield route


def test_outputs_that_are_not_published_are_nobodys(people: People, things: Things) -> None:
    type(things.output).objects.filter(pk=things.output.pk).update(state="signed", published_at=None)
    for path in ("", "/video", "/download", "/poster.jpg"):
        for person in persons(people).values():
            assert ask(Door("outputs", EVERYBODY), f"/outputs/{things.output.pk}{path}", person) == 404


def test_rules_in_force_and_alarms_are_everybodys_who_works_here(people: People, things: Things) -> None:
    digest = "a" * 64
    body = {"policy": "consent", "old": "", "new": digest}
    index = setup.entry(EntryKind.POLICY_CHANGED, "policy:consent", "operator", **body)
    for who in (people.producer, people.artist, people.legal, people.stranger):
        search = logbook.Search(kind=EntryKind.POLICY_CHANGED)
        assert [line.index for line in logbook.page(who, search).entries] == [index]
        assert access.entry(who, index).index == index
    for performer in (people.idris_person, people.anselm_person):
        assert EntryKind.POLICY_CHANGED not in [line.kind for line in logbook.page(performer, logbook.Search()).entries]


def test_ledger_shows_only_what_concerns_the_person(people: People, things: Things) -> None:
    setup.entry(EntryKind.RUN_GRANTED, f"run:{things.run.pk}", f"person:{people.producer.pk}")
    setup.entry(EntryKind.FOOTAGE_ADDED, f"footage:{things.plate.pk}", f"person:{people.producer.pk}")
    seen = {
        who: [line.kind for line in logbook.page(person, logbook.Search()).entries]
        for who, person in {**persons(people), "stranger": people.stranger}.items()
    }
    assert seen["stranger"] == []
    clips, consents = ["footage:examined"] * 2, ["consent:approved"] * 2  # one of each performer
    assert (
        seen["producer"] == seen["legal"] == ["footage:added", "run:granted", "certificate:issued", *clips, *consents]
    )
    assert seen["idris"] == ["run:granted", "certificate:issued", "consent:approved"]
    assert seen["anselm"] == ["run:granted", "consent:approved"]
