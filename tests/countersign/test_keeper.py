"""The keeper of the keys: what a worker at work on a step is given, and everybody else is not."""

import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from consent import release, seal, services as consents
from consent.errors import KeyDestroyedError, KeyStoreError, ReleaseError, VaultError
from consent.models import KeyRequest, VaultKey
from consent.release import Ephemeral
from consent.services import releases
from consent.types import ReasonCode
from countersign import keys
from countersign.runs import answering, keyring, pipeline, steps
from countersign.runs.errors import KeysLateError
from countersign.runs.models import RunState
from countersign.runs.pipeline import CONVERT, SIGN, TRAIN
from provenance.types import EntryKind
from tests import people as setup
from tests.countersign.atwork import Work, read, refused, said, take_up, work

__all__ = ["work"]  # fixtures


def test_a_worker_at_its_step_gets_the_keys_of_the_grant_and_no_others(work: Work, keeper: None) -> None:
    other = setup.consent(work.people, work.people.idris, scenes=("Scene 9",))
    with keyring.at_work(work.run, TRAIN):
        encrypt, decrypt = consents.sealer(work.consents[0].pk, keyring=keyring.at_hand(), context=b"run")
        assert decrypt(encrypt(b"weights")) == b"weights"
        assert keyring.at_hand().key(work.consents[1].pk)
        with pytest.raises(VaultError):
            keyring.at_hand().key(other.pk)
    (entry,) = said(EntryKind.KEY_RELEASED, f"run:{work.run.pk}")
    named = sorted(str(row.pk) for row in work.consents)
    assert [one["consent"] for one in entry.body["consents"]] == named
    assert (entry.body["step"], entry.body["grant_sha256"]) == ("train", seal.digest(work.grant))
    assert not KeyRequest.objects.exists()


def test_the_next_worker_opens_what_the_last_one_wrote(work: Work, keeper: None) -> None:
    with keyring.at_work(work.run, TRAIN):
        sealed = keyring.at_hand().key(work.consents[0].pk).encrypt(b"weights", b"run")
    consents.finish(work.grant, step="train")
    pipeline.advance(work.run, TRAIN, body={})
    run = take_up(work.run, CONVERT)
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
    found = read(asked, token, own)
    assert isinstance(found, dict)
    row = KeyRequest.objects.get(pk=asked.id)
    stored = (row.ask + row.answer).encode()
    assert all(key not in stored for key in found.values())
    with pytest.raises(ReleaseError) as error:
        read(asked, token, Ephemeral())  # the ephemeral key is gone with the worker that made it
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
    assert set(read(asked, token, own)) == wanted  # type: ignore[call-overload]
    assert answering.answer_all() == 0


def test_a_late_answer_makes_the_worker_ask_again(work: Work, keeper: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(release, "GOOD_FOR", timedelta(0))
    with keyring.at_work(work.run, TRAIN), pytest.raises(KeysLateError):
        keyring.at_hand().key(work.consents[0].pk)


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
