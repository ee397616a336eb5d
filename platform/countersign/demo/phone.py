"""A performer who signs on the site: invited by the producer, with a passkey in software that stands for a phone."""

from dataclasses import dataclass
from typing import Any

from countersign.demo import screen, story
from countersign.demo.authenticator import Authenticator
from countersign.demo.client import Somebody, UnexpectedAnswerError
from countersign.demo.story import Crew, Face

SEALED_WITHIN_S = 60.0


@dataclass(slots=True)
class Phone:
    """The performer at the API, and the device that holds their passkey."""

    performer: Somebody
    device: Authenticator


def consent(crew: Crew, face: Face, *, site: str, part: str) -> Phone:
    """Offer, invite, come in, confirm who came, read, sign with one touch, seal, approve."""
    offer = crew.producer.post(f"/api/productions/{crew.production}/consents", story.terms(face, part)).body
    face.consent_id = offer["id"]
    phone = _come_in(crew, face, site=site)
    waiting = story.offered(crew, face)
    _sign(phone, waiting)
    for one in waiting:
        crew.producer.wait(
            f"/api/consents/{one}",
            until=lambda seen: seen["state"] == "verified",
            stage=lambda _: "waiting for the platform's seal",
            most_s=SEALED_WITHIN_S,
        )
        _taken(crew.legal.post(f"/api/consents/{one}/approve"))
    screen.say(f"   ✓ {face.clip.name}: invited, came in with a passkey, confirmed by Lena, signed both by one touch")
    return phone


def withdraw(phone: Phone, face: Face) -> None:
    """The same device ends it, and its answer is kept as evidence."""
    path = f"/api/consents/{face.consent_id}/withdraw"
    asked = _taken(phone.performer.post(f"{path}/options"))
    answer = {"ceremony": asked["ceremony"], "credential": phone.device.get(asked["options"])}
    _taken(phone.performer.post(path, {"reason": "I changed my mind.", **answer}))


def _come_in(crew: Crew, face: Face, *, site: str) -> Phone:
    base = f"/api/productions/{crew.production}/performers/{face.performer_id}"
    sent = _taken(crew.producer.post(f"{base}/invitations", {"email": face.login.email}))
    guest, device = Somebody.stranger(site), Authenticator(origin=site)
    link = {"token": sent["link"].rsplit("/", 1)[1]}
    asked = _taken(guest.post("/api/invitation/options", link))
    answer = {"ceremony": asked["ceremony"], "credential": device.create(asked["options"]), "label": "My phone"}
    token = _taken(guest.post("/api/invitation", {**link, **answer}))["token"]
    waiting = crew.legal.get(f"{base}/identity")["waiting"]
    _taken(crew.legal.post(f"{base}/identity", {"passkeys": [one["sha256"] for one in waiting]}))
    return Phone(Somebody.known(site, token=token), device)


def _sign(phone: Phone, consents: list[str]) -> None:
    """Each document is opened first: what was not read is not signed."""
    for one in consents:
        phone.performer.fetch(f"/api/consents/{one}/document?version=offered")
    path, also = f"/api/consents/{consents[0]}", {"also": consents[1:]}
    shown = _taken(phone.performer.post(f"{path}/shown", also))
    wish = {**also, "shown_sha256": shown["shown_sha256"]}
    asked = _taken(phone.performer.post(f"{path}/signature/options", wish))
    answer = {"ceremony": asked["ceremony"], "credential": phone.device.get(asked["options"])}
    _taken(phone.performer.post(f"{path}/signature", {**also, **answer}))


def _taken(answer: Any) -> Any:
    if answer.refused:
        screen.reasons(answer.body["reasons"])
        raise UnexpectedAnswerError("the site refused what the performer may do")
    return answer.body
