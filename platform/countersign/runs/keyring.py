"""Where a worker's data keys come from: it asks the keeper for those of one step, and waits for the answer.

The pair of keys that opens the answer is made here, lies in memory and is dropped with the step. Nothing is asked for
inside a transaction: the keeper would not see it.
"""

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol

from django.conf import settings
from django.utils import timezone

from consent import seal, services as consents
from consent.errors import ReleaseError
from consent.release import Ask, Ephemeral
from consent.services import releases
from consent.types import ReasonCode, Refusal
from consent.vault import Key
from countersign import keys
from countersign.runs import pipeline
from countersign.runs.errors import ConsentGoneError, KeysLateError
from countersign.runs.models import Run
from countersign.runs.outbox import QUEUE_OF
from countersign.runs.pipeline import Step

PATIENCE_S = 15.0
LOOK_EVERY_S = 0.05
BEAT_EVERY_S = 5.0
WATCHED_S = 60.0
ASKED_BY = {**QUEUE_OF, "view": "web", "keep": "web"}  # who asks for what
# No answer of the keeper's that ends anything: it is asked again.
LATER = (ReasonCode.KEYSTORE_UNREACHABLE, ReasonCode.KEY_REQUEST_STALE, ReasonCode.KEY_ANSWER_EXPIRED)

_held: ContextVar["Ring | None"] = ContextVar("keyring", default=None)
_watched: dict[uuid.UUID, tuple[float, "Ring"]] = {}
pause: Callable[[float], object] = time.sleep


class Ring(consents.Keyring, Protocol):
    """The keys of consents, and those of clips."""

    def clip(self, footage_id: uuid.UUID) -> bytes:
        """The key of a clip, in the clear. Raises as `key` does."""


def at_hand() -> Ring:
    """The keyring of the step that this worker is at work on."""
    found = _held.get()
    if found is None:
        raise RuntimeError("no keys outside a step: open one with keyring.at_work")
    return found


@contextmanager
def at_work(run: Run, step: Step) -> Iterator[None]:
    """Inside, `at_hand` gives the keys of exactly the run's grant and clips, for this step; asked for when first
    needed."""
    with held(OfStep(run, step)):
        yield


@contextmanager
def reading(subject: str, *, task: str, attempt: int) -> Iterator[None]:
    """Inside, `at_hand` gives the keys that `task` may use outside a run: of face templates, and of the clip they are
    looked for in; none where they are refused.

    Raises KeysLateError where nobody answers in time, ReleaseError for an answer that is not the keeper's.
    """
    with held(_outside(_said(subject, task, attempt=attempt))):
        yield


def watching(footage_id: uuid.UUID) -> Ring:
    """The key of a clip that somebody watches; the same for a minute, for players ask piece by piece. A refusal is not
    kept: the keeper is asked again.

    Raises KeysLateError where nobody answers in time, ReleaseError for an answer that is not the keeper's.
    """
    _forget_watched()
    if kept := _watched.get(footage_id):
        return kept[1]
    ring = _outside(_said(f"footage:{footage_id}", "view", attempt=0))
    if ring.refused is None:
        _watched[footage_id] = (time.monotonic() + WATCHED_S, ring)
    return ring


def _forget_watched() -> None:
    now = time.monotonic()
    for footage_id, (until, _) in list(_watched.items()):
        if now > until:
            _watched.pop(footage_id, None)


def of_new_clip(footage_id: uuid.UUID, *, production_id: uuid.UUID, sha256: str) -> Ring:
    """A new key for a clip that comes in, kept with intake. Outside any transaction.

    Raises KeysLateError where nobody answers in time, ReleaseError for an answer that is not the keeper's.
    """
    said = _said(f"footage:{footage_id}", "keep", attempt=0)
    return _outside({**said, "production": str(production_id), "clip_sha256": sha256})


def _outside(said: dict[str, Any]) -> consents.Released:
    answer = _answer(said, lambda: None)
    return consents.Released({}, refused=answer) if isinstance(answer, Refusal) else answer


@contextmanager
def held(ring: Ring) -> Iterator[None]:
    """Inside, `at_hand` gives `ring`."""
    token = _held.set(ring)
    try:
        yield
    finally:
        _held.reset(token)


class OfStep:
    """The keys of one step of a run. The first one asked for has the keeper asked for all of them."""

    def __init__(self, run: Run, step: Step) -> None:
        self._run, self._step = run, step
        self._released: consents.Released | None = None

    def key(self, consent_id: uuid.UUID) -> Key:
        """Raises ConsentGoneError where they are refused, KeysLateError where nobody answers in time, ReleaseError for
        an answer that is not the keeper's, LeaseLostError; and what `Released.key` raises."""
        return self._all().key(consent_id)

    def clip(self, footage_id: uuid.UUID) -> bytes:
        """Raises as `key` does."""
        return self._all().clip(footage_id)

    def _all(self) -> consents.Released:
        self._released = self._released or self._asked_for()
        return self._released

    def _asked_for(self) -> consents.Released:
        run, step, now = self._run, self._step, timezone.now()
        grant = seal.open(run.sealed_grant, keys.gate_public(settings.KEYS), now)
        said = _said(f"run:{run.pk}", step.task, attempt=run.attempt)
        answer = _answer({**said, "grant_sha256": seal.digest(grant)}, self._beat)
        if isinstance(answer, Refusal):
            fallen = consents.standing(grant, now=timezone.now())
            raise ConsentGoneError((fallen or answer).reasons)
        return answer

    def _beat(self) -> None:
        pipeline.beat(self._run, self._step, progress=0.0, note="Waiting for the keys", figures={})


def _said(subject: str, task: str, *, attempt: int) -> dict[str, Any]:
    about = {"subject": subject, "step": task, "attempt": attempt, "grant_sha256": ""}
    return {"id": uuid.uuid4(), "queue": ASKED_BY[task], "asked_at": timezone.now(), **about}


def _answer(said: dict[str, Any], beat: Callable[[], object]) -> consents.Released | Refusal:
    own = Ephemeral()
    asked = Ask(**said, public_key=own.public)
    token = releases.put(asked, identity_pem=keys.worker_identity(settings.KEYS, asked.queue))
    try:
        answer = _wait(asked, beat)
        found = releases.opened(answer, token, asked, own=own, keeper_public_pem=keys.keeper_public(settings.KEYS))
    except ReleaseError as error:
        if error.code in LATER:
            raise KeysLateError(str(error)) from error
        raise
    finally:
        releases.take_back(asked)
    if isinstance(found, Refusal) and any(reason.code in LATER for reason in found.reasons):
        raise KeysLateError(found.reasons[0].sentence)
    return found


def _wait(asked: Ask, beat: Callable[[], object]) -> str:
    began = beaten = time.monotonic()
    while not (answer := releases.answered(asked)):
        now = time.monotonic()
        if now - began > PATIENCE_S:
            raise KeysLateError("Waiting for the keeper of the keys, who does not answer.")
        if now - beaten > BEAT_EVERY_S:
            beaten = now
            beat()
        pause(LOOK_EVERY_S)
    return answer
