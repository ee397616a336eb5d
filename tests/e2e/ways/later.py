"""Tricks after the signature: what was paused, replaced or never finished, and what those who sign may not sign."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from consent import release
from consent.credentials import Agreement
from consent.release import Ask, Ephemeral
from countersign.demo.cast import Clip
from countersign.demo.story import Face
from tests.consent import broken, wallets
from tests.e2e.conftest import stills
from tests.e2e.stage import until
from tests.e2e.ways.ground import Codes, Ground, Trick, codes, in_days

REFUSED, APPROVAL, RELEASE = "consent:refused", "consent:approval-refused", "key:release-refused"
SOMEBODY = "Greta Vane"


def suspended(at: Ground) -> Codes:
    """There is a dispute about the newest consent; the producer goes on."""
    face = at.star()
    assert not at.stage.crew.legal.post(f"/api/consents/{face.consent_id}/suspend", {"why": "dispute"}).refused
    return at.ask(plate=face)


def amended(at: Ground) -> Codes:
    """The newer version is for one scene; the producer asks for one of the older, of which nothing is left."""
    face, crew = at.star(), at.stage.crew
    changes = {"scenes": ["Scene 7"], "valid_until": in_days(400)}
    draft = crew.producer.post(f"/api/consents/{face.consent_id}/amendment", changes).body
    offered = crew.producer.post(f"/api/consents/{draft['id']}/offer")
    assert not offered.refused, offered.body
    crew.producer.put(f"/api/consents/{draft['id']}/document", "document", ("c.pdf", at.sign(draft["id"], face)))
    approved = crew.legal.post(f"/api/consents/{draft['id']}/approve")
    assert not approved.refused, approved.body
    return at.ask(plate=face)


def scan_nobody_compared(at: Ground) -> Codes:
    """A photograph of a signed page; legal approves without a look, and the performer was not asked."""
    consent = at.offered(_performer(at, "Mara Scanned"), "plate")
    _scan(at, consent)
    return codes(at.stage.crew.legal.post(f"/api/consents/{consent}/approve"))


def scan_nobody_confirmed(at: Ground) -> Codes:
    consent = at.offered(_performer(at, "Mara Inked"), "plate")
    _scan(at, consent)
    assert not at.stage.crew.legal.post(f"/api/consents/{consent}/review", {"fits": True}).refused
    return codes(at.stage.crew.legal.post(f"/api/consents/{consent}/approve"))


def offer_passed_off_as_a_scan(at: Ground) -> Codes:
    consent = at.offered(_performer(at, "Mara Printed"), "plate")
    path = f"/api/consents/{consent}/scan"
    return codes(at.stage.crew.producer.put(path, "scan", ("scan.pdf", at.document(consent))))


def platform_nobody_pinned(at: Ground) -> Codes:
    consent = at.offered(at.cast.idris)
    return at.hand_in(consent, broken.signed(at.document(consent), at.impostor("DocuSign, Inc.")))


def wallet_of_another(at: Ground) -> Codes:
    """The producer's own key says yes in the performer's place."""
    consent = _keyed(at, "Mara Walleted")
    return _present(at, consent, wallets.Own.make(), {})


def wallet_for_another_consent(at: Ground) -> Codes:
    own = wallets.Own.make()
    return _present(at, _keyed(at, "Mara Elsewhere", own), own, {"consent_id": str(uuid4())})


def wallet_for_wider_terms(at: Ground) -> Codes:
    own = wallets.Own.make()
    return _present(at, _keyed(at, "Mara Widened", own), own, {"terms_sha256": "ab" * 32})


def minor_signs(at: Ground) -> Codes:
    """A child signs for themselves; legal knows when they were born."""
    face = _performer(at, "Mara Young")
    consent = at.offered(face, "plate")
    _born(at, face)
    _bind(at, face)
    return _signed_and_approved(at, consent, face)


def guardian_without_proof(at: Ground) -> Codes:
    """Somebody says that they are the guardian; nothing shows it."""
    face, legal = _performer(at, "Mara Child"), at.stage.crew.legal
    _born(at, face)
    made = legal.post(f"/api/performers/{face.performer_id}/signatories", {"name": SOMEBODY, "capacity": "guardian"})
    pem = at.stage.desk.certificate(SOMEBODY)
    legal.put(f"/api/signatories/{made.body['id']}/certificate", "certificate", ("c.pem", pem))
    named = {"signer_capacity": "guardian", "signer_name": SOMEBODY, "performer_born": "2014-03-09"}
    consent = at.offered(face, "plate", **named)
    return _signed_and_approved(at, consent, _called(face, SOMEBODY))


def key_asked_for_by_nobody(at: Ground) -> Codes:
    """Whoever owns the database asks for the keys of a run, with a key of their own."""
    own = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return _keys(at, f"run:{uuid4()}", identity=own)


def key_asked_for_a_refused_run(at: Ground) -> Codes:
    """With the worker's own key, stolen, for a run that the gate refused."""
    return _keys(at, _refused_run(at), identity=_stolen(at))


def key_asked_for_by_another_queue(at: Ground) -> Codes:
    """The worker that makes frames asks to sign."""
    return _keys(at, _refused_run(at), identity=_stolen(at), step="sign")


def _keys(at: Ground, subject: str, *, identity: bytes, step: str = "train") -> Codes:
    asked = Ask(
        id=uuid4(), queue="gpu", subject=subject, step=step, attempt=1, grant_sha256="ab" * 32,
        public_key=Ephemeral().public, asked_at=datetime.now(UTC),
    )  # fmt: skip
    token = release.ask(asked, identity_pem=identity)
    with at.administrator() as database:
        database.execute(
            "INSERT INTO consent_keyrequest (id, queue, ask, asked_at, answer) VALUES (%s, %s, %s, now(), '')",
            [asked.id, asked.queue, token],
        )
    return set(until(lambda: _refused(at, release.digest(token)), most_s=20))


def _refused(at: Ground, request_sha256: str) -> list[str]:
    entries = [
        entry for entry in at.stage.ledger(kind=RELEASE) if entry["body"].get("request_sha256") == request_sha256
    ]
    return entries[0]["body"]["reasons"] if entries else []


def _refused_run(at: Ground) -> str:
    answer = at.stage.ask(at.cast.idris, at.cast.anselm, scene="Scene 99")
    return f"run:{answer.body['run']['id']}"


def _stolen(at: Ground) -> bytes:
    return (at.stage.folder / "keys" / "gpu" / "identity.pem").read_bytes()


def _performer(at: Ground, name: str) -> Face:
    """A performer without a clip: nothing is asked for that would need one."""
    performer = at.stage.crew.producer.post(f"{at.base}/performers", {"name": name}).body
    return Face(Clip(name, at.short["mara_plate"], stills("mara")), performer["id"], "", at.cast.idris.login)


def _called(face: Face, name: str) -> Face:
    return Face(Clip(name, face.clip.path, face.clip.stills), face.performer_id, "", face.login)


def _bind(at: Ground, face: Face) -> None:
    pem = at.stage.desk.certificate(face.clip.name)
    path = f"{at.base}/performers/{face.performer_id}/certificate"
    at.stage.crew.legal.put(path, "certificate", ("certificate.pem", pem))


def _born(at: Ground, face: Face) -> None:
    born = at.stage.crew.legal._ask("PUT", f"/api/performers/{face.performer_id}/birth", json={"born": "2014-03-09"})
    assert not born.refused, born.body


def _signed_and_approved(at: Ground, consent: str, face: Face) -> Codes:
    path = f"/api/consents/{consent}/document"
    uploaded = at.stage.crew.producer.put(path, "document", ("consent.pdf", at.sign(consent, face)))
    assert not uploaded.refused, uploaded.body
    return codes(at.stage.crew.legal.post(f"/api/consents/{consent}/approve"))


def _scan(at: Ground, consent: str) -> None:
    picture = at.cast.idris.clip.stills[0].read_bytes()
    sent = at.stage.crew.producer.put(f"/api/consents/{consent}/scan", "scan", ("scan.jpg", picture))
    assert not sent.refused, sent.body


def _keyed(at: Ground, name: str, own: wallets.Own | None = None) -> str:
    """A consent offered to somebody whose own key is known."""
    face = _performer(at, name)
    jwk = (own or wallets.Own.make()).jwk
    at.stage.crew.legal.put(f"{at.base}/performers/{face.performer_id}/key", "key", ("key.json", jwk))
    return at.offered(face, "plate")


def _present(at: Ground, consent: str, own: wallets.Own, changes: dict[str, Any]) -> Codes:
    said = at.stage.crew.producer.get(f"/api/consents/{consent}/credential")["agreement"]
    yes = own.signed(_agreement(said), now=datetime.now(UTC), **changes).encode()
    path = f"/api/consents/{consent}/credential"
    return codes(at.stage.crew.producer.put(path, "credential", ("yes.jwt", yes)))


def _agreement(said: dict[str, str]) -> Agreement:
    return Agreement(
        consent_id=UUID(said["consent_id"]),
        production_id=UUID(said["production_id"]),
        nonce=said["nonce"],
        terms_sha256=said["terms_sha256"],
        document_sha256=said["document_sha256"],
        audience=said["aud"],
    )


TRICKS = (
    Trick("use a consent that is suspended", suspended, "consent-suspended"),
    Trick("use a consent that a newer one replaced", amended, "scene-not-allowed"),
    Trick("approve a scan that nobody compared", scan_nobody_compared, "wrong-state", APPROVAL),
    Trick("approve a scan that nobody confirmed", scan_nobody_confirmed, "wrong-state", APPROVAL),
    Trick("pass off the offer as a scan", offer_passed_off_as_a_scan, "not-a-scan", REFUSED),
    Trick("sign through a platform that nobody pinned", platform_nobody_pinned, "signer-not-trusted", REFUSED),
    Trick("say yes with another's wallet", wallet_of_another, "wrong-signer", REFUSED),
    Trick("present a wallet's yes to another consent", wallet_for_another_consent, "credential-elsewhere", REFUSED),
    Trick("present a wallet's yes to other terms", wallet_for_wider_terms, "credential-elsewhere", REFUSED),
    Trick("have a child sign", minor_signs, "minor-signs", APPROVAL),
    Trick("have a guardian sign who cannot show it", guardian_without_proof, "proof-missing", APPROVAL),
    Trick("ask for keys as nobody", key_asked_for_by_nobody, "key-request-forged", RELEASE),
    Trick("ask for the keys of a refused run", key_asked_for_a_refused_run, "key-request-stale", RELEASE),
    Trick("ask for the keys of another's step", key_asked_for_by_another_queue, "key-request-stale", RELEASE),
)
