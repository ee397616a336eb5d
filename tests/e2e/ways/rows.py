"""Tricks of whoever owns the database and the disk: rows, grants, messages and files changed behind the gate's back."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from consent import record, seal
from countersign.demo import story
from tests.e2e.stage import until
from tests.e2e.ways.ground import Codes, Ground, Trick

GRANT = "grant:refused"
Change = Callable[[Ground, str], None]


def approved_by_hand(at: Ground) -> Codes:
    """The administrator sets the state that legal would not."""
    face = at.newcomer("Mara Row")
    story.withdraw(at.stage.address, face)
    columns = {"state": "active", "withdrawn_at": None, "withdrawal_reason": ""}
    with at.row_changed("consent_consentrecord", face.consent_id, **columns):
        return at.ask(plate=face)


def terms_widened_by_hand(at: Ground) -> Codes:
    consent = at.stage.crew.producer.get(f"/api/consents/{at.cast.idris.consent_id}")
    wider = {**consent["terms"], "scenes": ["*"]}
    with at.row_changed("consent_consentrecord", at.cast.idris.consent_id, terms=_json(wider)):
        return at.ask(scene="Scene 99")


def terms_and_digest_widened_by_hand(at: Ground) -> Codes:
    consent = at.stage.crew.producer.get(f"/api/consents/{at.cast.idris.consent_id}")
    wider = {**consent["terms"], "scenes": ["*"]}
    digest = record.digest(record.from_json(wider))
    columns = {"terms": _json(wider), "terms_sha256": digest}
    with at.row_changed("consent_consentrecord", at.cast.idris.consent_id, **columns):
        return at.ask(scene="Scene 99")


def end_moved_by_hand(at: Ground) -> Codes:
    """The window's columns only find the row; what was signed says when it ends."""
    face = at.newcomer("Mara Ends", valid_until=(datetime.now(UTC) + timedelta(seconds=20)).isoformat())
    until(lambda: _ended(at, face), most_s=40)
    later = datetime.now(UTC) + timedelta(days=300)
    with at.row_changed("consent_consentrecord", face.consent_id, valid_until=later):
        return at.ask(plate=face)


def consent_given_to_another(at: Ground) -> Codes:
    """Anselm's consent is made Mara's by its column."""
    face = at.newcomer("Mara Borrowed")
    story.withdraw(at.stage.address, face)
    with at.row_changed("consent_consentrecord", at.cast.anselm.consent_id, performer_id=face.performer_id):
        return at.ask(plate=face)


def assurance_raised_by_hand(at: Ground) -> Codes:
    with at.row_changed("consent_consentrecord", at.cast.idris.consent_id, level=4):
        return at.ask()


def stranger_recognised_by_hand(at: Ground) -> Codes:
    """The clip shows Mara; the administrator writes that the recogniser saw Anselm."""
    seen = at.upload(at.clip("mara", "renamed"), "renamed")
    with at.administrator() as database:
        database.execute(
            "UPDATE runs_facetrack SET performer_id = %s, band = 'match', score = 0.9 WHERE footage_id = %s",
            [at.cast.anselm.performer_id, seen["id"]],
        )
    return at.ask(plate=at.said_to_be(at.cast.anselm, seen["id"]))


def inputs_changed(what: str, change: Change) -> Callable[[Ground], Codes]:
    """Whoever owns the machine changes `what` between the decision and the work."""

    def attempt(at: Ground) -> Codes:
        gpu = at.stage.worker("gpu")
        gpu.suspend()
        try:
            answer = at.stage.ask(at.cast.idris, at.cast.anselm, title=f"Changed: {what}")
            assert answer.status == 201, answer.body
            run = answer.body["id"]
            change(at, run)
        finally:
            gpu.resume()
        return _end_of(at, run)

    return attempt


def grant_forged(at: Ground, run: str) -> None:
    """Sealed with a key of the administrator's own."""
    own = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    with at.administrator() as database:
        public = (at.stage.folder / "keys" / "grants.pub.pem").read_bytes()
        grant = seal.open(_grant(database, run), public, datetime.now(UTC))
        _set_grant(database, run, seal.seal(grant, own))


def grant_edited(at: Ground, run: str) -> None:
    with at.administrator() as database:
        header, payload, signature = _grant(database, run).split(".")
        _set_grant(database, run, ".".join((header, payload[:-4] + "AAAA", signature)))


def grant_of_another_run(at: Ground, run: str) -> None:
    other = at.stage.ask(at.cast.idris, at.cast.anselm, title="Whose grant is taken").body["id"]
    with at.administrator() as database:
        _set_grant(database, run, _grant(database, other))
    at.stage.crew.producer.post(f"/api/runs/{other}/stop")


def parameters_changed(at: Ground, run: str) -> None:
    with at.administrator() as database:
        database.execute(
            "UPDATE runs_run SET parameters = %s WHERE id = %s",
            [json.dumps({"seconds": 5, "size": 96, "seed": 1}), run],
        )


def spent_grant_again(at: Ground) -> Codes:
    """The run is over; the administrator sets it back to its start."""
    run = at.stage.ask(at.cast.idris, at.cast.anselm, title="Spent").body["id"]
    assert story.finished(at.stage.crew, run)["state"] == "published"
    at.honest = at.stage.made()
    with at.administrator() as database:
        database.execute("UPDATE runs_run SET state = 'granted', attempt = 0 WHERE id = %s", [run])
        _message(database, "train", run)
    return _end_of(at, run)


def refused_run_sent_to_a_worker(at: Ground) -> Codes:
    """A run the gate refused is called granted, with somebody else's seal."""
    good = at.stage.ask(at.cast.idris, at.cast.anselm, title="Lends its grant").body["id"]
    answer = at.stage.ask(at.cast.idris, at.cast.anselm, scene="Scene 99")
    run = str(answer.body["run"]["id"])
    with at.administrator() as database:
        database.execute(
            "UPDATE runs_run SET state = 'granted', attempt = 0, sealed_grant = %s WHERE id = %s",
            [_grant(database, good), run],
        )
        _message(database, "train", run)
    found = _end_of(at, run)
    at.stage.crew.producer.post(f"/api/runs/{good}/stop")
    return found


def _end_of(at: Ground, run: str) -> Codes:
    """The codes with which a worker refused the run; nothing of it may be published."""
    ended = until(lambda: _over(at, run), most_s=90)
    assert ended["state"] == "refused", (ended["state"], ended["reasons"])
    return {reason["code"] for reason in ended["reasons"]}


def _over(at: Ground, run: str) -> Any:
    seen = at.stage.run(run)
    return None if seen["open"] else seen


def _ended(at: Ground, face: story.Face) -> bool:
    terms = at.stage.crew.producer.get(f"/api/consents/{face.consent_id}")["terms"]
    return datetime.now(UTC) > datetime.fromisoformat(terms["valid_until"])


def _grant(database: Any, run: str) -> str:
    return str(database.execute("SELECT sealed_grant FROM runs_run WHERE id = %s", [run]).fetchone()[0])


def _set_grant(database: Any, run: str, sealed: str) -> None:
    database.execute("UPDATE runs_run SET sealed_grant = %s WHERE id = %s", [sealed, run])


def _message(database: Any, task: str, run: str) -> None:
    database.execute(
        "INSERT INTO runs_dispatch (task, subject, due_at, made_at, sent) VALUES (%s, %s, now(), now(), 0)", [task, run]
    )


def _json(value: Any) -> str:
    return json.dumps(value)


TRICKS = (
    Trick("set a withdrawn consent active in the database", approved_by_hand, "ledger-disagrees"),
    Trick("widen the terms in the database", terms_widened_by_hand, "terms-differ"),
    Trick("widen the terms and their digest", terms_and_digest_widened_by_hand, "ledger-disagrees"),
    Trick("move the end of a consent in the database", end_moved_by_hand, "consent-expired"),
    Trick("give one performer's consent to another", consent_given_to_another, "consent-withdrawn"),
    Trick("raise the assurance of a consent", assurance_raised_by_hand, "ledger-disagrees"),
    Trick("write that the recogniser knew the stranger", stranger_recognised_by_hand, "ledger-disagrees"),
    Trick("forge a grant", inputs_changed("a forged grant", grant_forged), "grant-forged", GRANT),
    Trick("edit a grant", inputs_changed("an edited grant", grant_edited), "grant-forged", GRANT),
    Trick("use another run's grant", inputs_changed("another's grant", grant_of_another_run), "grant-other-run", GRANT),
    Trick("change the settings after the decision", inputs_changed("settings", parameters_changed), "input-changed"),
    Trick("spend a grant twice", spent_grant_again, "grant-replayed", GRANT),
    Trick("send a refused run to a worker", refused_run_sent_to_a_worker, "grant-other-run", GRANT),
)
