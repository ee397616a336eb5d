"""Tricks with the request: more than was consented to, from whom nothing was, or the last unit twice."""

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import requests

from countersign.demo import story
from countersign.demo.cast import Clip
from countersign.demo.client import Somebody, UnexpectedAnswerError
from tests.e2e.conftest import stills
from tests.e2e.ways.ground import Codes, Ground, Trick, codes, in_days


def asked(**changed: Any) -> Callable[[Ground], Codes]:
    return lambda at: at.ask(**changed)


def with_consent(**terms: Any) -> Callable[[Ground], Codes]:
    """Mara in the plate, whose consent is like the others' but for these terms."""
    return lambda at: at.ask(plate=at.star(**terms))


def with_consent_asked(terms: dict[str, Any], **changed: Any) -> Callable[[Ground], Codes]:
    """The same for a scene of its own, which none of her other consents covers; and a run that declares something."""
    scene = "Scene " + " ".join(sorted({*terms, *changed}))
    return lambda at: at.ask(plate=at.star(**terms, scenes=[scene]), scene=scene, **changed)


def without_any_consent(at: Ground) -> Codes:
    face = at.stage.bring_in(Clip("Mara Unasked", at.clip("mara", "unasked"), stills("mara")))
    story.examined(at.stage.crew, face)
    return at.ask(plate=face)


def signed_but_not_approved(at: Ground) -> Codes:
    """The producer is in a hurry, and legal has not looked yet."""
    face = at.stage.bring_in(Clip("Mara Waiting", at.clip("mara", "waiting"), stills("mara")))
    crew, base = at.stage.crew, f"{at.base}/performers/{face.performer_id}"
    crew.legal.put(f"{base}/certificate", "certificate", ("c.pem", at.stage.desk.certificate(face.clip.name)))
    consent = at.offered(face, "plate")
    crew.producer.put(f"/api/consents/{consent}/document", "document", ("c.pdf", at.sign(consent, face)))
    story.examined(crew, face)
    return at.ask(plate=face)


def without_the_release(at: Ground) -> Codes:
    face = at.newcomer("Mara Measured")
    _withdraw_release(at, face)
    return at.ask(plate=face)


def withdrawn(at: Ground) -> Codes:
    face = at.newcomer("Mara Gone")
    story.withdraw(at.stage.address, face)
    return at.ask(plate=face)


def expired(at: Ground) -> Codes:
    ends = datetime.now(UTC) + timedelta(seconds=1)
    face = at.stage.bring_in(Clip("Mara Late", at.clip("mara", "late"), stills("mara")))
    story.consent(at.stage.crew, face, at.stage.desk, part="plate", valid_until=ends.isoformat())
    story.examined(at.stage.crew, face)
    while datetime.now(UTC) <= ends:
        threading.Event().wait(0.2)
    return at.ask(plate=face)


def split_in_two(at: Ground) -> Codes:
    """One run was agreed to; the producer cuts the scene in two."""
    face = at.star(max_runs=1)
    first = at.stage.ask(at.cast.idris, face, title="First half")
    assert first.status == 201, first.body
    at.stage.crew.producer.post(f"/api/runs/{first.body['id']}/stop")
    return at.ask(plate=face, title="Second half")


def screen_time_split(at: Ground) -> Codes:
    face = at.star(max_screen_seconds=1)
    first = at.stage.ask(at.cast.idris, face, title="First second")
    assert first.status == 201, first.body
    at.stage.crew.producer.post(f"/api/runs/{first.body['id']}/stop")
    return at.ask(plate=face, title="Another second")


def twenty_at_once_for_three(at: Ground) -> Codes:
    """Twenty requests at one moment for the last three runs: exactly three are granted."""
    face, login = at.star(max_runs=3), at.stage.logins["producer"]
    clients = [Somebody(at.stage.address, email=login.email, password=login.password) for _ in range(20)]
    answers: list[Any] = [None] * len(clients)
    start = threading.Barrier(len(clients))

    def ask(number: int) -> None:
        crew = story.Crew(clients[number], at.stage.crew.legal, at.stage.crew.production)
        start.wait()
        with suppress(requests.RequestException, UnexpectedAnswerError):  # a busy site may let a connection go
            answers[number] = story.ask_for_run(crew, at.cast.idris, face, title=f"At once {number}")

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(len(clients))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    granted = _granted(at, "At once %")
    for run in granted:
        at.stage.crew.producer.post(f"/api/runs/{run}/stop")
    assert len(granted) == 3, granted
    return set.union(*(codes(answer) for answer in answers if answer is not None and answer.status != 201))


def _granted(at: Ground, title: str) -> list[str]:
    """The runs of this title that the gate let through, whatever became of the answer."""
    with at.stage.database() as database:
        rows = database.execute(
            "SELECT id FROM runs_run WHERE title LIKE %s AND state <> 'refused'", [title]
        ).fetchall()
    return [str(row[0]) for row in rows]


def _withdraw_release(at: Ground, face: story.Face) -> None:
    performer = Somebody(at.stage.address, email=face.login.email, password=face.login.password)
    known = at.stage.crew.producer.get(f"{at.base}/consents")
    for one in known:
        if one["performer"]["id"] == face.performer_id and one["matter"] == "biometric-release":
            performer.post(f"/api/consents/{one['id']}/withdraw", {"reason": ""})


TRICKS = (
    Trick("ask for a scene nobody agreed to", asked(scene="Scene 99"), "scene-not-allowed"),
    Trick("ask for another territory", asked(territories=["GB", "US"]), "territory-not-allowed"),
    Trick("ask for the whole world", asked(territories=["worldwide"]), "territory-not-allowed"),
    Trick("ask for another medium", asked(medium="promotion"), "medium-not-allowed"),
    Trick("use a consent for other uses", with_consent(kinds_of_use=["restoration"]), "use-not-allowed"),
    Trick("use a consent for the other part", with_consent(parts=["likeness"]), "part-not-allowed"),
    Trick("use a consent before it begins", with_consent(valid_from=in_days(30)), "consent-not-yet-valid"),
    Trick("use a performer who was not asked", without_any_consent, "no-consent"),
    Trick("use a consent that nobody approved", signed_but_not_approved, "consent-not-active"),
    Trick("use a face without its biometric release", without_the_release, "no-biometric-release"),
    Trick("use a consent that was withdrawn", withdrawn, "consent-withdrawn"),
    Trick("use a consent that has ended", expired, "consent-expired"),
    Trick("split a job to stay under the runs", split_in_two, "runs-spent"),
    Trick("split a job to stay under the screen time", screen_time_split, "screen-time-spent"),
    Trick("ask twenty times at once for the last three", twenty_at_once_for_three, "runs-spent"),
)
