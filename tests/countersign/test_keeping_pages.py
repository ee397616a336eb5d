"""Holds, schedules and erasures as people ask for them: on pages, and by programs."""

import re
from datetime import timedelta
from typing import Any

from django.test import Client
from django.utils import timezone
from knox.models import AuthToken

from consent.models import Performer
from countersign.accounts.models import Person, Role
from countersign.keeping import holds
from countersign.keeping.models import Hold, Schedule
from countersign.runs.models import Run, RunState
from provenance import ledger
from provenance.types import EntryKind
from tests import people as setup
from tests.countersign.conftest import Things
from tests.countersign.test_pages import as_
from tests.people import People


def html(response: Any) -> str:
    return str(response.content.decode())


def program(person: Person) -> Any:
    _, token = AuthToken.objects.create(user=person)
    client = Client(headers={"Authorization": f"Token {token}"})

    def ask(method: str, path: str, **body: Any) -> Any:
        return getattr(client, method)(f"/api/{path}", body, content_type="application/json")

    return ask


def test_legal_places_a_hold_from_the_page_of_a_run_and_a_colleague_lifts_it(people: People, things: Things) -> None:
    second = setup.member("Ludo Legal", people.production, Role.LEGAL)
    subject, new = f"run:{things.run.pk}", f"/productions/{people.production.pk}/holds/new"
    assert f"{new}?on={subject}" in html(as_(people.legal).get(f"/runs/{things.run.pk}"))
    assert "Place a legal hold" not in html(as_(people.producer).get(f"/runs/{things.run.pk}"))
    page = as_(people.legal).post(new, {"subject": subject, "reason": "A claim."}, follow=True)
    assert "Held: Run: Quay, take 3" in html(page)
    (hold,) = Hold.objects.all()
    refused = as_(people.legal).post(f"/holds/{hold.pk}/lift")
    assert refused.status_code == 409
    assert "You placed this hold yourself" in html(refused)
    assert "The hold is lifted" in html(as_(second).post(f"/holds/{hold.pk}/lift", follow=True))


def test_a_hold_on_what_is_not_there_is_not_placed(people: People, things: Things) -> None:
    new = f"/productions/{people.production.pk}/holds/new"
    page = as_(people.legal).post(new, {"subject": f"run:{people.production.pk}", "reason": "A claim."})
    assert page.status_code == 200
    assert not Hold.objects.exists()


def test_legal_sees_what_a_schedule_destroys_before_it_is_set(people: People, things: Things) -> None:
    Run.objects.filter(pk=things.run.pk).update(finished_at=timezone.now() - timedelta(days=40))
    holds.place(people.production, subject=f"footage:{things.plate.pk}", reason="A claim.", by=people.legal)
    address = f"/productions/{people.production.pk}/retention/footage"
    client, terms = as_(people.legal), {"since": "last-used", "days": "30"}
    shown = html(client.post(address, terms))
    assert "Within minutes" in shown
    assert "Held, so not destroyed" in shown
    assert not Schedule.objects.exists()
    seen = re.search(r'name="shown" value="([^"]+)"', shown)
    assert seen is not None
    assert "Set: footage, 30 days after" in html(client.post(address, {**terms, "shown": seen[1]}, follow=True))
    again = html(client.post(address, {"since": "last-used", "days": "3", "shown": seen[1]}))
    assert "What this would destroy" in again  # what was shown is not what is asked for now
    assert Schedule.objects.get().days == 30
    client.post(address, {"end": "1"})
    assert not Schedule.objects.exists()


def test_a_performer_erases_themselves_in_two_steps_and_is_signed_out(people: People, things: Things) -> None:
    client, address = as_(people.idris_person), f"/performers/{people.idris.pk}/erase"
    assert address in html(client.get("/me"))
    first = html(client.get(address))
    assert "What goes" in first
    assert "Erase now, for good" not in first
    asked = html(client.post(address, {"ask": "1"}))
    assert Performer.objects.get(pk=people.idris.pk).name == "Idris Vane"
    plan = re.search(r'name="plan" value="([0-9a-f]{64})"', asked)
    assert plan is not None
    done = html(client.post(address, {"plan": plan[1]}))
    assert f"performer:{people.idris.pk}" in done
    assert client.get("/me").status_code == 302
    assert "Erased on" in html(as_(people.legal).get(f"/productions/{people.production.pk}"))
    assert "consent documents, and the names" in html(as_(people.legal).get(address))


def test_a_refused_erasure_says_why_on_the_page_and_on_record(people: People, things: Things) -> None:
    run = setup.run(people, things.footage, things.plate, state=RunState.TRAINING, title="Stairwell, take 1")
    client, address = as_(people.idris_person), f"/performers/{people.idris.pk}/erase"
    page = html(client.get(address))
    assert "“Stairwell, take 1” is going on" in page
    plan = re.search(r'name="plan" value="([0-9a-f]{64})"', page)
    assert plan is not None
    assert client.post(address, {"plan": plan[1]}).status_code == 409
    kinds = (EntryKind.PERFORMER_ERASURE_REFUSED,)
    assert len(ledger.about((f"performer:{people.idris.pk}",), kinds=kinds)) == 1
    Run.objects.filter(pk=run.pk).update(state=RunState.STOPPED)


def test_programs_hold_schedule_and_erase_by_the_same_rules(people: People, things: Things) -> None:
    ask, production = program(people.legal), f"productions/{people.production.pk}"
    held = ask("post", f"{production}/holds", subject=f"performer:{people.idris.pk}", reason="A claim.")
    assert held.status_code == 201, held.content
    assert [one["subject"] for one in ask("get", f"{production}/holds").json()] == [f"performer:{people.idris.pk}"]
    assert ask("post", f"{production}/holds", subject=f"run:{people.idris.pk}", reason="A claim.").status_code == 404
    preview = ask("get", f"{production}/retention/footage?since=added&days=0").json()
    assert {one["title"] for one in preview} == {"Idris, training reel", "Quay, take 3"}
    assert ask("put", f"{production}/retention/nonsense", since="added", days=1).status_code == 404
    wrong = ask("put", f"{production}/retention/footage", since="taken-down", days=1)
    assert wrong.status_code == 422
    assert "not from “taken-down”" in wrong.json()["detail"]
    assert ask("put", f"{production}/retention/footage", since="added", days=9).json()["days"] == 9
    assert ask("delete", f"{production}/retention/footage").status_code == 204

    erasure = f"performers/{people.idris.pk}/erasure"
    plan = ask("get", erasure).json()
    assert [reason["code"] for reason in plan["reasons"]] == ["hold-stands"]
    assert ask("post", erasure, plan=plan["plan"]).status_code == 409
    ask("post", f"holds/{held.json()['id']}/lift")
    assert ask("post", erasure, plan=plan["plan"]).json()["detail"].startswith("Something came or went")
    plan = ask("get", erasure).json()
    assert ask("post", erasure, plan=plan["plan"]).json()["goes"]["documents"] == 1
