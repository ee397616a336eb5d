"""What the people of the demo do, each as one call or two of the API."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from countersign.demo import cast, screen
from countersign.demo.cast import Clip, Login
from countersign.demo.client import Answer, Somebody, UnexpectedAnswerError
from countersign.demo.signing import SigningDesk

RUN_MOST_S = 1800.0
SCENE, MEDIUM, TERRITORY = "Scene 12, the bridge at night", "cinema", "GB"


Introduce = Callable[[str, str], Login]  # a performer's name and id -> their log-in


@dataclass(slots=True)
class Crew:
    producer: Somebody
    legal: Somebody
    production: str


@dataclass(slots=True)
class Face:
    """A performer as the site knows them, with their clip there."""

    clip: Clip
    performer_id: str
    footage_id: str
    login: Login
    consent_id: str = ""


def bring_in(crew: Crew, clip: Clip, *, introduce: Introduce) -> Face:
    """Name a performer, give them a log-in of their own, and upload their clip."""
    base = f"/api/productions/{crew.production}"
    performer = crew.producer.post(f"{base}/performers", {"name": clip.name}).body
    answer = crew.producer.upload(f"{base}/footage", [("file", clip.path)], title=clip.path.stem.replace("_", " "))
    footage = answer.body
    if answer.refused:
        screen.reasons(footage["reasons"])
        raise UnexpectedAnswerError(f"{clip.path} was refused")
    login = introduce(clip.name, performer["id"])
    return Face(clip, performer["id"], footage["id"], login)


def examined(crew: Crew, face: Face) -> list[dict[str, Any]]:
    """Wait until the clip is examined; the faces found in it."""
    seen = crew.producer.wait(
        f"/api/footage/{face.footage_id}",
        until=lambda footage: footage["state"] in ("ready", "refused"),
        stage=lambda _: f"looking for faces in {face.clip.path.name}",
        most_s=300,
    )
    if seen["state"] == "refused":
        screen.reasons(seen["reasons"])
        raise UnexpectedAnswerError(f"{face.clip.path} was refused")
    faces: list[dict[str, Any]] = seen["faces"]
    return faces


def ask_for_run(crew: Crew, likeness: Face, plate: Face, **changed: Any) -> Answer:
    """Start a run; the answer holds the run when granted, the problem with its reasons when refused."""
    order = {
        "title": "Bridge",
        "likeness": likeness.performer_id,
        "plate_performer": plate.performer_id,
        "footage": likeness.footage_id,
        "plate": plate.footage_id,
        "scene": SCENE,
        "medium": MEDIUM,
        "territories": [TERRITORY],
        **changed,
    }
    return crew.producer.post(f"/api/productions/{crew.production}/runs", order)


def consent(crew: Crew, face: Face, desk: SigningDesk, *, part: str, **changed: Any) -> None:
    """Offer, sign, upload, approve: four hands, four steps."""
    offer = crew.producer.post(f"/api/productions/{crew.production}/consents", {**terms(face, part), **changed}).body
    face.consent_id = offer["id"]
    base = f"/api/productions/{crew.production}/performers/{face.performer_id}"
    crew.legal.put(f"{base}/certificate", "certificate", ("certificate.pem", desk.certificate(face.clip.name)))
    for one in offered(crew, face):
        _sign(crew, face, desk, consent_id=one)
    screen.say(f"   ✓ {face.clip.name}: consent and biometric release offered, signed by them, verified, approved")


def offered(crew: Crew, face: Face) -> list[str]:
    """The consent and, beside it, the biometric release: each is a document of its own."""
    known = crew.producer.get(f"/api/productions/{crew.production}/consents")
    return [one["id"] for one in known if one["performer"]["id"] == face.performer_id and one["state"] == "offered"]


def _sign(crew: Crew, face: Face, desk: SigningDesk, *, consent_id: str) -> None:
    document = crew.producer.fetch(f"/api/consents/{consent_id}/document?version=offered")
    signed = desk.sign(face.clip.name, document)
    uploaded = crew.producer.put(f"/api/consents/{consent_id}/document", "document", ("consent.pdf", signed))
    approved = crew.legal.post(f"/api/consents/{consent_id}/approve")
    for answer in (uploaded, approved):
        if answer.refused:
            screen.reasons(answer.body["reasons"])
            raise UnexpectedAnswerError("the consent was refused")


def enrol(crew: Crew, face: Face) -> None:
    """The producer sends pictures; legal, the second person, confirms that they show the performer."""
    base = f"/api/productions/{crew.production}/performers/{face.performer_id}/enrolments"
    asked = crew.producer.upload(base, [("stills", still) for still in face.clip.stills]).body
    seen = crew.producer.wait(
        f"{base}/{asked['id']}",
        until=lambda enrolment: enrolment["state"] in ("measured", "refused"),
        stage=lambda _: f"measuring the face of {face.clip.name}",
        most_s=120,
    )
    if seen["state"] == "refused":
        screen.reasons(seen["reasons"])
        raise UnexpectedAnswerError(f"{face.clip.name} could not be enrolled")
    confirmed = crew.legal.post(f"/api/enrolments/{seen['id']}/confirm")
    if confirmed.refused:
        screen.reasons(confirmed.body["reasons"])
        raise UnexpectedAnswerError(f"the pictures of {face.clip.name} were not confirmed")


def finished(crew: Crew, run_id: str) -> Any:
    return crew.producer.wait(
        f"/api/runs/{run_id}",
        until=lambda run: not run["open"],
        stage=lambda run: run["state_label"],
        most_s=RUN_MOST_S,
    )


def withdraw(site: str, face: Face) -> None:
    """The performer does this alone, signed in as themselves."""
    performer = Somebody(site, email=face.login.email, password=face.login.password)
    performer.post(f"/api/consents/{face.consent_id}/withdraw", {"reason": "I changed my mind."})


def terms(face: Face, part: str) -> dict[str, Any]:
    now = datetime.now(UTC).replace(microsecond=0)
    return {
        "performer": face.performer_id,
        "signer_capacity": "self",
        "kinds_of_use": ["swap"],
        "parts": [part],
        "description": (
            f"{face.clip.name}'s face in scene 12 of {cast.PRODUCTION}: the engineer crosses the bridge at night. "
            "The lines are spoken as written in the script of 2 November."
        ),
        "scenes": [SCENE],
        "territories": ["GB", "IE", "SE"],
        "media": [MEDIUM, "streaming"],
        "valid_from": (now - timedelta(hours=1)).isoformat(),
        "valid_until": (now + timedelta(days=365)).isoformat(),
        "max_runs": 10,
        "max_screen_seconds": 600,
        "training_allowed": part == "likeness",
        "biometric_release": True,
        "after_withdrawal": "flag",
        "disclosure": "A line in the closing credits says that a digital replica was used.",
        "credit": f"Digital likeness of {face.clip.name}, with consent",
    }
