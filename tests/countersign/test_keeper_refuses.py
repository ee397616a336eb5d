"""The keeper of the keys refuses whatever was not asked by a worker at work on just that."""

import base64
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from consent import release, seal, services as consents
from consent.errors import ReleaseError
from consent.models import KeyRequest, VaultKey
from consent.release import Ephemeral
from consent.services import releases
from consent.types import ReasonCode
from countersign import keys
from countersign.runs import answering, keyring
from countersign.runs.errors import ConsentGoneError
from countersign.runs.models import Run, RunState
from countersign.runs.pipeline import TRAIN
from provenance.types import EntryKind
from tests.countersign.atwork import Work, of_requests, read, refused, said, work

__all__ = ["work"]  # fixtures


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
    assert not said(EntryKind.KEY_RELEASED, f"run:{work.run.pk}")
    entries = said(EntryKind.KEY_RELEASE_REFUSED, asked.subject) or [
        entry for entry in of_requests() if code.value in entry.body["reasons"]
    ]
    assert entries[-1].body["reasons"] == [code.value]


@pytest.mark.parametrize("trick", ["another queue's identity", "an identity of one's own", "a queue that is none"])
def test_who_is_not_the_worker_gets_nothing(work: Work, trick: str) -> None:
    own = Ephemeral()
    asked = work.ask(own, **({"queue": "evil"} if trick == "a queue that is none" else {}))
    identity = keys.worker_identity(settings.KEYS, "sign")
    if trick == "an identity of one's own":
        identity = keys.new_ed25519()
    token = releases.put(asked, identity_pem=identity)
    answering.answer_all()
    assert read(asked, token, own) == (ReasonCode.KEY_REQUEST_FORGED,)
    assert of_requests()[-1].body["reasons"] == ["key-request-forged"]


def test_a_signed_request_counts_only_as_the_one_it_is(work: Work) -> None:
    """Somebody who writes to the database puts a worker's request under another number, and into another queue."""
    own = Ephemeral()
    asked = work.ask(own)
    token = release.ask(asked, identity_pem=keys.worker_identity(settings.KEYS, "gpu"))
    copied = KeyRequest.objects.create(queue="gpu", ask=token)
    moved = KeyRequest.objects.create(queue="sign", ask=token)
    answering.answer_all()
    for row in (copied, moved):
        assert read(replace(asked, id=row.pk), token, own) == (ReasonCode.KEY_REQUEST_FORGED,)


@pytest.mark.parametrize("rubbish", ["", "rubbish", "a.b.c", "deep"])
def test_rubbish_in_a_row_is_refused_and_the_next_request_answered(work: Work, rubbish: str) -> None:
    deep = base64.urlsafe_b64encode(b"[" * 40_000).decode().rstrip("=")
    row = KeyRequest.objects.create(queue="gpu", ask=f"{deep}.{deep}.AA" if rubbish == "deep" else rubbish)
    assert isinstance(work.answer(Ephemeral()), dict)
    assert KeyRequest.objects.get(pk=row.pk).answer
    assert of_requests()[-1].body["reasons"] == ["key-request-forged"]


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
