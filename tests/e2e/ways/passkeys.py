"""Tricks with passkeys: answers taken from elsewhere, given by others, or to other questions than the ones asked."""

import json
from collections.abc import Callable
from typing import Any

from countersign.demo.authenticator import HONEST, Authenticator, Lies
from countersign.demo.cast import Clip
from countersign.demo.client import Somebody
from countersign.demo.story import Face
from tests.e2e.conftest import stills
from tests.e2e.ways.ground import Codes, Ground, Trick, codes

SIGNING, INVITATION = "consent:signing-refused", "performer:invitation-refused"


class Guest:
    """A performer who came in by an invitation, with the passkey of their own device."""

    def __init__(self, at: Ground, name: str, *, confirmed: bool = True) -> None:
        self.at, self.name = at, name
        self.device = Authenticator(origin=at.stage.address)
        crew = at.stage.crew
        performer = crew.producer.post(f"{at.base}/performers", {"name": name}).body
        self.face = Face(Clip(name, at.short["mara_plate"], stills("mara")), performer["id"], "", at.cast.idris.login)
        self.token = invite(at, self.face, f"{name.rsplit(maxsplit=1)[-1].lower()}@performers.example")
        self.me = self._come_in(self.device)
        if confirmed:
            confirm(at, self.face)

    def _come_in(self, device: Authenticator) -> Somebody:
        anybody = nobody(self.at)
        asked = anybody.post("/api/invitation/options", {"token": self.token}).body
        answer = {"ceremony": asked["ceremony"], "credential": device.create(asked["options"]), "label": "phone"}
        came = anybody.post("/api/invitation", {"token": self.token, **answer})
        assert came.status == 201, came.body
        return with_token(self.at, came.body["token"])

    def question(self, consent: str) -> dict[str, Any]:
        """What was shown, and the question about it."""
        self.me.fetch(f"/api/consents/{consent}/document?version=offered")
        shown = self.me.post(f"/api/consents/{consent}/shown").body
        asked = self.me.post(f"/api/consents/{consent}/signature/options", {"shown_sha256": shown["shown_sha256"]})
        assert not asked.refused, asked.body
        question: dict[str, Any] = asked.body
        return question

    def answer(self, question: dict[str, Any], lies: Lies = HONEST) -> dict[str, Any]:
        return {"ceremony": question["ceremony"], "credential": self.device.get(question["options"], lies)}

    def hand_in(self, consent: str, answer: dict[str, Any]) -> Any:
        return self.me.post(f"/api/consents/{consent}/signature", answer)


def lying(name: str, lies: Callable[[Ground], Lies]) -> Callable[[Ground], Codes]:
    """A guest's device answers, and says something that is not so."""

    def attempt(at: Ground) -> Codes:
        guest = Guest(at, name)
        consent = at.offered(guest.face, "plate")
        return codes(guest.hand_in(consent, guest.answer(guest.question(consent), lies(at))))

    return attempt


def replayed_for_another_consent(at: Ground) -> Codes:
    """Yes to the small consent, handed in for the large one."""
    guest = Guest(at, "Mara Small")
    small, large = at.offered(guest.face, "plate"), at.offered(guest.face, "plate", max_runs=900)
    return codes(guest.hand_in(large, guest.answer(guest.question(small))))


def replayed_in_another_production(at: Ground) -> Codes:
    """The signed bytes of one production's question, under the question of another's consent."""
    guest = Guest(at, "Mara Twice")
    here, there = at.offered(guest.face, "plate"), at.offered(guest.face, "plate")
    old, new = guest.question(here), guest.question(there)
    with at.row_changed("accounts_ceremony", new["ceremony"], production_id=None):
        return codes(
            guest.hand_in(there, {"ceremony": new["ceremony"], "credential": guest.device.get(old["options"])})
        )


def answer_used_twice(at: Ground) -> Codes:
    guest = Guest(at, "Mara Again")
    consent = at.offered(guest.face, "plate")
    answer = guest.answer(guest.question(consent))
    assert not guest.hand_in(consent, answer).refused
    return codes(guest.hand_in(consent, answer))


def copied_passkey(at: Ground) -> Codes:
    """The copy counts on from where it was taken; the device has signed since."""
    guest = Guest(at, "Mara Copied")
    first, second = at.offered(guest.face, "plate"), at.offered(guest.face, "plate")
    assert not guest.hand_in(first, guest.answer(guest.question(first))).refused
    return codes(guest.hand_in(second, guest.answer(guest.question(second), Lies(sign_count=1))))


def question_left_lying(at: Ground) -> Codes:
    """Answered after its five minutes."""
    guest = Guest(at, "Mara Slow")
    consent = at.offered(guest.face, "plate")
    question = guest.question(consent)
    with at.administrator() as database:
        database.execute(
            "UPDATE accounts_ceremony SET expires_at = now() - interval '1 second' WHERE id = %s",
            [question["ceremony"]],
        )
    return codes(guest.hand_in(consent, guest.answer(question)))


def signed_by_another_guest(at: Ground) -> Codes:
    """Another performer's passkey over the same question."""
    guest, other = Guest(at, "Mara Own"), Guest(at, "Mara Other")
    consent = at.offered(guest.face, "plate")
    question = guest.question(consent)
    answer = {"ceremony": question["ceremony"], "credential": other.device.get(question["options"])}
    return codes(guest.hand_in(consent, answer))


def device_nobody_enrolled(at: Ground) -> Codes:
    guest = Guest(at, "Mara Stolen")
    consent = at.offered(guest.face, "plate")
    question, thief = guest.question(consent), Authenticator(origin=at.stage.address)
    answer = {"ceremony": question["ceremony"], "credential": thief.get(question["options"])}
    return codes(guest.hand_in(consent, answer))


def link_kept_by_the_producer(at: Ground) -> Codes:
    """The producer opens the invitation themself, and signs as the performer: nobody has said that it is her."""
    guest = Guest(at, "Mara Unseen", confirmed=False)
    consent = at.offered(guest.face, "plate")
    question = guest.me.post(
        f"/api/consents/{consent}/signature/options", {"shown_sha256": _shown(guest, consent)["shown_sha256"]}
    )
    return codes(question) if question.refused else codes(guest.hand_in(consent, guest.answer(question.body)))


def invitation_opened_twice(at: Ground) -> Codes:
    guest, second = Guest(at, "Mara Invited"), Authenticator(origin=at.stage.address)
    anybody = nobody(at)
    asked = anybody.post("/api/invitation/options", {"token": guest.token})
    if asked.refused:
        return codes(asked)
    answer = {"ceremony": asked.body["ceremony"], "credential": second.create(asked.body["options"]), "label": "mine"}
    return codes(anybody.post("/api/invitation", {"token": guest.token, **answer}))


def document_changed_while_it_was_read(at: Ground) -> Codes:
    """Between showing and signing, the administrator puts wider terms under the performer's finger."""
    guest = Guest(at, "Mara Reading")
    consent = at.offered(guest.face, "plate")
    question = guest.question(consent)
    terms = at.stage.crew.producer.get(f"/api/consents/{consent}")["terms"]
    with at.row_changed("consent_consentrecord", consent, terms=json.dumps({**terms, "max_runs": 900})):
        return codes(guest.hand_in(consent, guest.answer(question)))


def confirmed_by_who_invited(at: Ground) -> Codes:
    """Whoever sends the link may not also say who came in by it: legal invites, and legal confirms."""
    crew, base = at.stage.crew, f"{at.base}/performers"
    performer = crew.producer.post(base, {"name": "Mara Known"}).body
    link = crew.legal.post(f"{base}/{performer['id']}/invitations", {"email": "known@performers.example"}).body["link"]
    anybody, device, token = nobody(at), Authenticator(origin=at.stage.address), link.rsplit("/", 1)[-1]
    asked = anybody.post("/api/invitation/options", {"token": token}).body
    answer = {"ceremony": asked["ceremony"], "credential": device.create(asked["options"]), "label": "phone"}
    anybody.post("/api/invitation", {"token": token, **answer})
    seen = crew.legal.get(f"{base}/{performer['id']}/identity")
    waiting = [one["sha256"] for one in seen["waiting"]]
    return codes(crew.legal.post(f"{base}/{performer['id']}/identity", {"passkeys": waiting}))


def invite(at: Ground, face: Face, email: str) -> str:
    """The token of an invitation's link."""
    path = f"{at.base}/performers/{face.performer_id}/invitations"
    sent = at.stage.crew.producer.post(path, {"email": email})
    assert sent.status == 201, sent.body
    return str(sent.body["link"]).rstrip("/").rsplit("/", 1)[-1].rsplit("#", 1)[-1]


def confirm(at: Ground, face: Face) -> None:
    path = f"{at.base}/performers/{face.performer_id}/identity"
    waiting = [one["sha256"] for one in at.stage.crew.legal.get(path)["waiting"]]
    assert not at.stage.crew.legal.post(path, {"passkeys": waiting}).refused


def nobody(at: Ground) -> Somebody:
    """A client that has not signed in."""
    return with_token(at, "")


def with_token(at: Ground, token: str) -> Somebody:
    client = Somebody.__new__(Somebody)
    client.__dict__.update(at.stage.crew.producer.__dict__)
    session = type(client._session)()
    if token:
        session.headers["Authorization"] = f"Token {token}"
    client._session = session
    return client


def _shown(guest: Guest, consent: str) -> dict[str, Any]:
    guest.me.fetch(f"/api/consents/{consent}/document?version=offered")
    shown: dict[str, Any] = guest.me.post(f"/api/consents/{consent}/shown").body
    return shown


TRICKS = (
    Trick(
        "skip the finger or PIN", lying("Mara Unverified", lambda _: Lies(verified=False)), "not-user-verified", SIGNING
    ),
    Trick(
        "sign on a copy of the site",
        lying("Mara Phished", lambda _: Lies(origin="https://countersign.example.evil")),
        "wrong-origin",
        SIGNING,
    ),
    Trick("use a copied passkey", copied_passkey, "counter-went-back", SIGNING),
    Trick(
        "sign with another key under the passkey's name",
        lying("Mara Renamed", lambda at: Lies(signed_by=Authenticator(origin=at.stage.address))),
        "passkey-signature-broken",
        SIGNING,
    ),
    Trick("hand in the answer for another consent", replayed_for_another_consent, "other-shown", SIGNING),
    Trick("replay a passkey's answer under another question", replayed_in_another_production, "other-shown", SIGNING),
    Trick("use an answer twice", answer_used_twice, "challenge-spent", SIGNING),
    Trick("answer an old question", question_left_lying, "challenge-expired", SIGNING),
    Trick("have another performer's passkey sign", signed_by_another_guest, "passkey-of-another", SIGNING),
    Trick("sign with a device nobody enrolled", device_nobody_enrolled, "passkey-unknown", SIGNING),
    Trick(
        "keep the invitation and sign as the performer", link_kept_by_the_producer, "identity-not-confirmed", SIGNING
    ),
    Trick("open an invitation a second time", invitation_opened_twice, "invitation-spent", INVITATION),
    Trick("change the terms while they are read", document_changed_while_it_was_read, "other-shown", SIGNING),
    Trick(
        "confirm a performer one invited",
        confirmed_by_who_invited,
        "same-person",
        "performer:identity-confirmation-refused",
    ),
)
