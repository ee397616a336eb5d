"""The keeper of the keys: what a worker at work on a step is given, and everybody else is not."""

import base64
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from consent import release, seal, services as consents
from consent.enrolment import ProposedFace
from consent.errors import KeyDestroyedError, KeyStoreError, ReleaseError, VaultError
from consent.models import ConsentRecord, KeyRequest, Performer, VaultKey
from consent.release import Ask, Ephemeral
from consent.services import releases
from consent.types import Grant, GrantedConsent, KindOfUse, Part, ReasonCode, Release
from countersign import keys
from countersign.runs import answering, examination, keyring, pipeline, sharing, steps
from countersign.runs.errors import ConsentGoneError, KeysLateError
from countersign.runs.models import Enrolment, EnrolmentState, Footage, FootageState, Run, RunState
from countersign.runs.pipeline import CONVERT, SIGN, TRAIN, Step
from provenance import ledger
from provenance.types import EntryKind
from tests import people as setup
from tests.people import People


@dataclass(frozen=True)
class Work:
    """A run whose training was taken up by a worker, under a grant that stands."""

    people: People
    run: Run
    grant: Grant
    consents: tuple[ConsentRecord, ConsentRecord]

    def ask(self, own: Ephemeral, **changes: Any) -> Ask:
        said: dict[str, Any] = {
            "id": uuid.uuid4(),
            "queue": "gpu",
            "subject": f"run:{self.run.pk}",
            "step": "train",
            "attempt": self.run.attempt,
            "grant_sha256": seal.digest(self.grant),
            "public_key": own.public,
            "asked_at": timezone.now(),
        }
        return Ask(**{**said, **changes})

    def answer(self, own: Ephemeral, identity: str = "gpu", **changes: Any) -> object:
        """What the keeper says to a request, as the worker that asked reads it."""
        asked = self.ask(own, **changes)
        token = releases.put(asked, identity_pem=keys.worker_identity(settings.KEYS, identity))
        answering.answer_all()
        return _read(asked, token, own)


def _read(asked: Ask, token: str, own: Ephemeral) -> object:
    public = keys.keeper_public(settings.KEYS)
    answer, now = releases.answered(asked), timezone.now()
    return release.open(answer, token=token, asked=asked, own=own, keeper_public_pem=public, now=now)


def _granted(part: Part, row: ConsentRecord, clip: Footage) -> GrantedConsent:
    return GrantedConsent(
        consent_id=row.pk,
        performer_id=row.performer_id,
        part=part,
        document_sha256=row.document_sha256,
        terms_sha256=row.terms_sha256,
        footage_sha256=clip.sha256,
    )


def _release(people: People, who: Performer) -> Release:
    row = setup.release(people, who)
    return Release(consent_id=row.pk, document_sha256=row.document_sha256, terms_sha256=row.terms_sha256)


def _keyed(clip: Footage) -> bytes:
    return consents.keep_clip(clip.pk, production_id=clip.production_id, sha256=clip.sha256, store=sharing.store())


def _run(people: People, rows: tuple[ConsentRecord, ConsentRecord]) -> tuple[Run, Grant]:
    footage = setup.clip(people, people.idris, "idris", title="Idris, training reel")
    plate = setup.clip(people, people.anselm, "anselm", title="Quay, take 3")
    for clip in (footage, plate):
        _keyed(clip)
    run = setup.run(people, footage, plate, state=RunState.GRANTED)
    grant = Grant(
        nonce=uuid.uuid4().hex,
        run_id=run.pk,
        production_id=people.production.pk,
        kind=KindOfUse.SWAP,
        consents=(_granted(Part.LIKENESS, rows[0], footage), _granted(Part.PLATE, rows[1], plate)),
        releases=tuple(_release(people, row.performer) for row in rows),
        parameters_sha256="0" * 64,
        screen_seconds=5.0,
        trains=True,
        policy_sha256="0" * 64,
        issued_at=timezone.now(),
        expires_at=timezone.now() + timedelta(hours=1),
    )
    Run.objects.filter(pk=run.pk).update(sealed_grant=seal.seal(grant, keys.gate_private(settings.KEYS)))
    return run, grant


def _take_up(run: Run, step: Step) -> Run:
    claimed = pipeline.claim(run.pk, step)
    assert claimed is not None
    public = keys.gate_public(settings.KEYS)
    answer = consents.redeem(claimed.sealed_grant, public_pem=public, run_id=run.pk, step=step.task, now=timezone.now())
    assert isinstance(answer, Grant), answer
    return claimed


@pytest.fixture
def work(people: People) -> Work:
    rows = (setup.consent(people, people.idris), setup.consent(people, people.anselm))
    run, grant = _run(people, rows)
    return Work(people, _take_up(run, TRAIN), grant, rows)


def _said(kind: EntryKind, subject: str) -> list[Any]:
    return ledger.about([subject], kinds=(kind,))


def refused(work: Work) -> list[str]:
    return [
        code for entry in _said(EntryKind.KEY_RELEASE_REFUSED, f"run:{work.run.pk}") for code in entry.body["reasons"]
    ]


def test_a_worker_at_its_step_gets_the_keys_of_the_grant_and_no_others(work: Work, keeper: None) -> None:
    other = setup.consent(work.people, work.people.idris, scenes=("Scene 9",))
    with keyring.at_work(work.run, TRAIN):
        encrypt, decrypt = consents.sealer(work.consents[0].pk, keyring=keyring.at_hand(), context=b"run")
        assert decrypt(encrypt(b"weights")) == b"weights"
        assert keyring.at_hand().key(work.consents[1].pk)
        with pytest.raises(VaultError):
            keyring.at_hand().key(other.pk)
    (entry,) = _said(EntryKind.KEY_RELEASED, f"run:{work.run.pk}")
    named = sorted(str(row.pk) for row in work.consents)
    assert [one["consent"] for one in entry.body["consents"]] == named
    assert (entry.body["step"], entry.body["grant_sha256"]) == ("train", seal.digest(work.grant))
    assert not KeyRequest.objects.exists()


def test_the_next_worker_opens_what_the_last_one_wrote(work: Work, keeper: None) -> None:
    with keyring.at_work(work.run, TRAIN):
        sealed = keyring.at_hand().key(work.consents[0].pk).encrypt(b"weights", b"run")
    consents.finish(work.grant, step="train")
    pipeline.advance(work.run, TRAIN, body={})
    run = _take_up(work.run, CONVERT)
    with keyring.at_work(run, CONVERT):
        assert keyring.at_hand().key(work.consents[0].pk).decrypt(sealed, b"run") == b"weights"
    consents.finish(work.grant, step="convert")
    pipeline.advance(run, CONVERT, body={})
    claimed = pipeline.claim(run.pk, SIGN)
    assert claimed is not None
    with keyring.at_work(claimed, SIGN):
        assert keyring.at_hand().key(work.consents[0].pk).decrypt(sealed, b"run") == b"weights"


def test_a_key_works_no_longer_once_it_is_destroyed(work: Work, keeper: None) -> None:
    with keyring.at_work(work.run, TRAIN):
        encrypt, _ = consents.sealer(work.consents[0].pk, keyring=keyring.at_hand(), context=b"run")
        consents.withdraw(work.consents[0], by=work.people.legal, reason="")
        with pytest.raises(KeyDestroyedError):
            encrypt(b"more")


def test_what_lies_in_the_database_opens_nothing(work: Work) -> None:
    own = Ephemeral()
    asked = work.ask(own)
    token = releases.put(asked, identity_pem=keys.worker_identity(settings.KEYS, "gpu"))
    answering.answer_all()
    found = _read(asked, token, own)
    assert isinstance(found, dict)
    row = KeyRequest.objects.get(pk=asked.id)
    stored = (row.ask + row.answer).encode()
    assert all(key not in stored for key in found.values())
    with pytest.raises(ReleaseError) as error:
        _read(asked, token, Ephemeral())  # the ephemeral key is gone with the worker that made it
    assert error.value.code == ReasonCode.KEY_ANSWER_FORGED


CHANGES: dict[str, tuple[dict[str, Any], ReasonCode]] = {
    "another step": ({"step": "convert"}, ReasonCode.KEY_REQUEST_STALE),
    "another attempt": ({"attempt": 2}, ReasonCode.KEY_REQUEST_STALE),
    "another run": ({"subject": f"run:{uuid.uuid4()}"}, ReasonCode.KEY_REQUEST_STALE),
    "no run": ({"subject": "run:none"}, ReasonCode.KEY_REQUEST_STALE),
    "a step of another queue": ({"step": "sign"}, ReasonCode.KEY_REQUEST_STALE),
    "a step that is none": ({"step": "read"}, ReasonCode.KEY_REQUEST_STALE),
    "long ago": ({"asked_at": timezone.now() - timedelta(hours=1)}, ReasonCode.KEY_REQUEST_STALE),
    "another grant": ({"grant_sha256": "0" * 64}, ReasonCode.GRANT_OTHER_RUN),
}


@pytest.mark.parametrize("case", CHANGES)
def test_a_request_for_anything_else_is_refused_and_written_down(work: Work, case: str) -> None:
    changes, code = CHANGES[case]
    asked = work.ask(Ephemeral(), **changes)
    assert work.answer(Ephemeral(), **changes) == (code,)
    assert not _said(EntryKind.KEY_RELEASED, f"run:{work.run.pk}")
    entries = _said(EntryKind.KEY_RELEASE_REFUSED, asked.subject) or [
        entry for entry in _of_requests() if code.value in entry.body["reasons"]
    ]
    assert entries[-1].body["reasons"] == [code.value]


def _of_requests() -> list[Any]:
    ledger.sequence()
    return [entry for entry in ledger.entries() if entry.subject.startswith("key-request:")]


@pytest.mark.parametrize("trick", ["another queue's identity", "an identity of one's own", "a queue that is none"])
def test_who_is_not_the_worker_gets_nothing(work: Work, trick: str) -> None:
    own = Ephemeral()
    asked = work.ask(own, **({"queue": "evil"} if trick == "a queue that is none" else {}))
    identity = keys.worker_identity(settings.KEYS, "sign")
    if trick == "an identity of one's own":
        identity = keys.new_ed25519()
    token = releases.put(asked, identity_pem=identity)
    answering.answer_all()
    assert _read(asked, token, own) == (ReasonCode.KEY_REQUEST_FORGED,)
    assert _of_requests()[-1].body["reasons"] == ["key-request-forged"]


def test_a_signed_request_counts_only_as_the_one_it_is(work: Work) -> None:
    """Somebody who writes to the database puts a worker's request under another number, and into another queue."""
    own = Ephemeral()
    asked = work.ask(own)
    token = release.ask(asked, identity_pem=keys.worker_identity(settings.KEYS, "gpu"))
    copied = KeyRequest.objects.create(queue="gpu", ask=token)
    moved = KeyRequest.objects.create(queue="sign", ask=token)
    answering.answer_all()
    for row in (copied, moved):
        assert _read(replace(asked, id=row.pk), token, own) == (ReasonCode.KEY_REQUEST_FORGED,)


@pytest.mark.parametrize("rubbish", ["", "rubbish", "a.b.c", "deep"])
def test_rubbish_in_a_row_is_refused_and_the_next_request_answered(work: Work, rubbish: str) -> None:
    deep = base64.urlsafe_b64encode(b"[" * 40_000).decode().rstrip("=")
    row = KeyRequest.objects.create(queue="gpu", ask=f"{deep}.{deep}.AA" if rubbish == "deep" else rubbish)
    assert isinstance(work.answer(Ephemeral()), dict)
    assert KeyRequest.objects.get(pk=row.pk).answer
    assert _of_requests()[-1].body["reasons"] == ["key-request-forged"]


def _lease_over(work: Work) -> None:
    Run.objects.filter(pk=work.run.pk).update(lease_until=timezone.now())


def _stopped(work: Work) -> None:
    Run.objects.filter(pk=work.run.pk).update(state=RunState.STOPPED)


def _withdrawn(work: Work) -> None:
    consents.withdraw(work.consents[1], by=work.people.legal, reason="")


def _finished(work: Work) -> None:
    consents.finish(work.grant, step="train")


def _expired(work: Work) -> None:
    old = replace(work.grant, expires_at=timezone.now() - timedelta(seconds=1))
    Run.objects.filter(pk=work.run.pk).update(sealed_grant=seal.seal(old, keys.gate_private(settings.KEYS)))


def _forged(work: Work) -> None:
    Run.objects.filter(pk=work.run.pk).update(sealed_grant=seal.seal(work.grant, keys.new_ed25519()))


def _swapped(work: Work) -> None:
    work.answer(Ephemeral())
    VaultKey.objects.filter(consent=work.consents[0]).update(
        wrapped=VaultKey.objects.get(consent=work.consents[1]).wrapped
    )


FALLS: list[tuple[Callable[[Work], None], ReasonCode]] = [
    (_lease_over, ReasonCode.KEY_REQUEST_STALE),
    (_stopped, ReasonCode.KEY_REQUEST_STALE),
    (_withdrawn, ReasonCode.CONSENT_WITHDRAWN),
    (_finished, ReasonCode.GRANT_REPLAYED),
    (_expired, ReasonCode.GRANT_EXPIRED),
    (_forged, ReasonCode.GRANT_FORGED),
    (_swapped, ReasonCode.KEY_UNREADABLE),
]


@pytest.mark.parametrize(("fall", "code"), FALLS, ids=[fall.__name__[1:] for fall, _ in FALLS])
def test_what_falls_between_ask_and_answer_is_refused(
    work: Work, fall: Callable[[Work], None], code: ReasonCode
) -> None:
    fall(work)
    assert work.answer(Ephemeral()) == (code,)
    assert refused(work) == [code.value]


def test_a_withdrawal_is_told_the_worker_in_its_own_words(work: Work, keeper: None) -> None:
    _withdrawn(work)
    with keyring.at_work(work.run, TRAIN), pytest.raises(ConsentGoneError, match="Anselm Orr has withdrawn"):
        keyring.at_hand().key(work.consents[0].pk)


@pytest.mark.parametrize("trick", ["rubbish", "replayed", "of another keeper"])
def test_an_answer_that_somebody_wrote_into_the_row_is_refused(
    work: Work, monkeypatch: pytest.MonkeyPatch, trick: str
) -> None:
    own = Ephemeral()
    before = work.ask(own)
    token = releases.put(before, identity_pem=keys.worker_identity(settings.KEYS, "gpu"))
    answering.answer_all()
    old = releases.answered(before)

    def write(_: float) -> None:
        row = KeyRequest.objects.get(answered_at=None)
        evil = release.answer(row.ask, work.ask(Ephemeral()), {}, keeper_pem=keys.new_ed25519(), now=timezone.now())
        said = {"rubbish": "rubbish", "replayed": old, "of another keeper": evil}[trick]
        KeyRequest.objects.filter(pk=row.pk).update(answer=said, answered_at=timezone.now())

    assert token
    monkeypatch.setattr(keyring, "pause", write)
    with keyring.at_work(work.run, TRAIN), pytest.raises(ReleaseError) as error:
        keyring.at_hand().key(work.consents[0].pk)
    assert error.value.code == ReasonCode.KEY_ANSWER_FORGED


def test_a_key_that_the_web_process_gives_in_the_gates_name_is_refused(
    work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It holds the gate's key, and would open later what a worker sealed under a key of its choosing."""

    def write(_: float) -> None:
        row = KeyRequest.objects.select_for_update().get(answered_at=None)
        known = dict.fromkeys((work.consents[0].pk, work.run.footage_id), bytes(32))
        gate, now = keys.gate_private(settings.KEYS), timezone.now()
        asked = release.read(row.ask, identity_public_pem=keys.worker_identities(settings.KEYS)["gpu"], now=now)
        evil = release.answer(row.ask, asked, known, keeper_pem=gate, now=now)
        KeyRequest.objects.filter(pk=row.pk).update(answer=evil, answered_at=now)

    monkeypatch.setattr(keyring, "pause", write)
    with keyring.at_work(work.run, TRAIN), pytest.raises(ReleaseError) as error:
        keyring.at_hand().clip(work.run.footage_id)
    assert error.value.code == ReasonCode.KEY_ANSWER_FORGED


class Away:
    """A key store that does not answer."""

    def __getattr__(self, name: str) -> Any:
        raise KeyStoreError("The store does not answer.")


def test_a_store_that_is_away_refuses_and_the_step_waits(
    work: Work, keeper: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "store", lambda *_, **__: Away())
    with steps.at_work(work.run, TRAIN):
        keyring.at_hand().key(work.consents[0].pk)
    work.run.refresh_from_db()
    assert (work.run.state, work.run.attempt) == (RunState.GRANTED, 0)
    assert "key-encryption keys does not answer" in work.run.note
    assert refused(work) == ["keystore-unreachable"]
    assert not VaultKey.objects.exists()


def test_without_a_keeper_the_step_is_postponed_and_nothing_is_lost(
    work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keyring, "PATIENCE_S", 0.2)
    monkeypatch.setattr(keyring, "pause", time.sleep)
    with steps.at_work(work.run, TRAIN):
        keyring.at_hand().key(work.consents[0].pk)
    work.run.refresh_from_db()
    assert (work.run.state, work.run.attempt) == (RunState.GRANTED, 0)
    assert not KeyRequest.objects.exists()


def test_a_request_waits_until_the_keeper_is_back(work: Work) -> None:
    own = Ephemeral()
    asked = work.ask(own)
    token = releases.put(asked, identity_pem=keys.worker_identity(settings.KEYS, "gpu"))
    assert releases.answered(asked) == ""
    assert answering.answer_all() == 1
    wanted = {*(row.pk for row in work.consents), work.run.footage_id, work.run.plate_id}
    assert set(_read(asked, token, own)) == wanted  # type: ignore[call-overload]
    assert answering.answer_all() == 0


def test_a_late_answer_makes_the_worker_ask_again(work: Work, keeper: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(release, "GOOD_FOR", timedelta(0))
    with keyring.at_work(work.run, TRAIN), pytest.raises(KeysLateError):
        keyring.at_hand().key(work.consents[0].pk)


def _enrolled(people: People, who: Performer) -> Performer:
    """By way of the worker's own task, save the measuring; and confirmed."""
    claimed = examination.claim_enrolment(Enrolment.objects.create(performer=who, asked_by=people.producer).pk)
    assert claimed is not None
    measured = consents.Measured(template=b"a face", recogniser="sface", stills=5, portrait=b"")
    with keyring.reading(f"enrolment:{claimed.pk}", task="enrol", attempt=claimed.attempt):
        assert examination.faces_known(claimed)[0] is None
        proposed = consents.propose_face(
            who, measured, enrolment=claimed.pk, by=people.producer, keyring=keyring.at_hand()
        )
    assert isinstance(proposed, ProposedFace), proposed
    answer = consents.confirm_face(proposed, by=people.legal)
    assert isinstance(answer, Performer), answer
    return answer


def _new_clip(people: People) -> Footage:
    clip = setup.clip(people, None, "idris", title="New", state=FootageState.RECEIVED)
    _keyed(clip)
    claimed = examination.claim(clip.pk)
    assert claimed is not None
    return claimed


def _fresh(performer: Performer) -> None:
    """Without the template that is none."""
    Performer.objects.filter(pk=performer.pk).update(template=b"", template_key=None, enrolled_at=None)


def test_templates_are_made_and_read_outside_runs_by_the_same_way(people: People, keeper: None) -> None:
    row = setup.release(people, people.idris)
    _fresh(people.idris)
    _enrolled(people, people.idris)
    clip = _new_clip(people)
    with keyring.reading(f"footage:{clip.pk}", task="examine", attempt=clip.attempt):
        assert examination.templates(clip, task="examine") == {str(people.idris.pk): b"a face"}
        assert keyring.at_hand().clip(clip.pk)
    (made,) = _said(EntryKind.KEY_RELEASED, f"performer:{people.idris.pk}")
    (read,) = _said(EntryKind.KEY_RELEASED, f"footage:{clip.pk}")
    assert made.body["of"].startswith("enrolment:")
    assert (read.body["step"], read.body["of"]) == ("examine", f"footage:{clip.pk}")
    assert read.body["consents"] == [{"consent": str(row.pk)}]
    assert read.body["clips"] == [{"footage": str(clip.pk)}]


def test_no_key_is_released_for_a_face_without_a_release(people: People, keeper: None) -> None:
    claimed = examination.claim_enrolment(Enrolment.objects.create(performer=people.idris, asked_by=people.producer).pk)
    assert claimed is not None
    with (
        keyring.reading(f"enrolment:{claimed.pk}", task="enrol", attempt=claimed.attempt),
        pytest.raises(VaultError),
    ):
        keyring.at_hand().key(uuid.uuid4())
    (entry,) = [entry for entry in _of_requests() if "no-biometric-release" in entry.body["reasons"]]
    assert entry.kind is EntryKind.KEY_RELEASE_REFUSED


@pytest.mark.parametrize("task", ["examine", "appraise"])
def test_a_clip_that_nobody_works_on_is_not_opened(people: People, keeper: None, task: str) -> None:
    clip = setup.clip(people, None, "idris", title="Examined long ago")
    _keyed(clip)
    with pytest.raises(KeysLateError), keyring.reading(f"footage:{clip.pk}", task=task, attempt=1):
        pass
    assert not _said(EntryKind.KEY_RELEASED, f"footage:{clip.pk}")


def test_the_web_process_gets_the_key_of_a_clip_that_is_watched_and_no_others(people: People, keeper: None) -> None:
    clip, other = setup.clip(people, None, "idris", title="One"), setup.clip(people, None, "idris", title="Other")
    key = _keyed(clip)
    _keyed(other)
    ring = keyring.watching(clip.pk)
    assert ring.clip(clip.pk) == key
    with pytest.raises(VaultError):
        ring.clip(other.pk)
    assert keyring.watching(clip.pk) is ring  # for a minute
    consents.close_clip(clip.pk)
    with pytest.raises(KeyDestroyedError):
        keyring.watching(clip.pk).clip(clip.pk)


def test_the_key_of_a_new_clip_is_made_by_the_keeper_once(people: People, keeper: None) -> None:
    pk, about = uuid.uuid4(), {"production_id": people.production.pk, "sha256": "ab" * 32}
    key = keyring.of_new_clip(pk, **about).clip(pk)
    assert consents.open_clip(pk, store=sharing.store()) == key
    with pytest.raises(KeysLateError):
        keyring.of_new_clip(pk, **about)
    with pytest.raises(KeysLateError):
        keyring.of_new_clip(uuid.uuid4(), production_id=uuid.uuid4(), sha256="ab" * 32)


def test_reading_and_enrolling_are_put_off_without_a_keeper(people: People) -> None:
    clip = setup.clip(people, None, "idris", title="New", state=FootageState.RECEIVED)
    footage = examination.claim(clip.pk)
    enrolment = examination.claim_enrolment(
        Enrolment.objects.create(performer=people.idris, asked_by=people.producer).pk
    )
    assert footage is not None
    assert enrolment is not None
    examination.put_off(footage)
    examination.put_off_enrolment(enrolment)
    for row, state in ((footage, FootageState.RECEIVED), (enrolment, EnrolmentState.WAITING)):
        row.refresh_from_db()
        assert (row.state, row.attempt) == (state, 0)


def test_owed_destructions_are_carried_out(work: Work, keeper: None) -> None:
    with keyring.at_work(work.run, TRAIN):
        keyring.at_hand().key(work.consents[0].pk)
    label = f"consent-{work.consents[0].pk}"
    assert (Path(settings.KEYS) / "vault" / label).exists()
    consents.withdraw(work.consents[0], by=work.people.legal, reason="")
    assert answering.shred_owed() == 1
    assert not (Path(settings.KEYS) / "vault" / label).exists()


def test_what_nobody_fetched_is_forgotten(work: Work) -> None:
    work.answer(Ephemeral())
    KeyRequest.objects.update(asked_at=timezone.now() - timedelta(hours=2))
    work.answer(Ephemeral())
    assert KeyRequest.objects.count() == 1
