"""Releasing data keys to a worker, for one step, and refusing to: each an entry in the ledger.

Who may have which keys is decided by the caller, who knows the line; here the consents are locked, the keys opened and
sealed, and what was done is written down in the same transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from consent import release
from consent.errors import KeyDestroyedError, VaultError
from consent.keystore import KeyStore
from consent.models import ClipKey, ConsentRecord, KeyRequest
from consent.release import Ask, Ephemeral
from consent.services import clips, secrets
from consent.services.entries import codes, note
from consent.types import Reason, ReasonCode, Refusal
from consent.vault import Key
from provenance.types import EntryKind, Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Entitled:
    """What a request is good for: the keys of these consents and clips, and of `new`, a clip that is coming in. `about`
    is what its entry in the ledger is about, `of` what faces are held against where no run is worked on."""

    about: str
    consents: tuple[UUID, ...] = ()
    clips: tuple[UUID, ...] = ()
    new: UUID | None = None
    of: str = ""


class Released:
    """The keyring of a worker: what was released to it for one step, in memory alone.

    The rows are looked at each time all the same, so that a key works no longer once it is destroyed. `refused` says
    why there are no keys.
    """

    def __init__(self, keys: Mapping[UUID, bytes], *, refused: Refusal | None = None) -> None:
        self._keys, self.refused = dict(keys), refused

    def key(self, consent_id: UUID) -> Key:
        """Raises as `secrets.Keyring.key` does."""
        return Key(self._there(consent_id, stands=secrets.key_of(consent_id) is not None))

    def clip(self, footage_id: UUID) -> bytes:
        """The key of a clip, in the clear. Raises as `key` does."""
        stands = ClipKey.objects.filter(clip=footage_id, destroyed_at=None).exists()
        return self._there(footage_id, stands=stands)

    def _there(self, name: UUID, *, stands: bool) -> bytes:
        if name in self._keys and stands:
            return self._keys[name]
        if name in self._keys or self._ended():
            raise KeyDestroyedError("The key was destroyed; what it encrypted cannot be read any more.")
        raise VaultError("This key was not released for this step.")

    def _ended(self) -> bool:
        return self.refused is not None and ReasonCode.CONSENT_WITHDRAWN in {r.code for r in self.refused.reasons}


def put(asked: Ask, *, identity_pem: bytes) -> str:
    """Ask the keeper: a row with the request as signed, which is returned."""
    token = release.ask(asked, identity_pem=identity_pem)
    KeyRequest.objects.create(pk=asked.id, queue=asked.queue, ask=token)
    return token


def answered(asked: Ask) -> str:
    """The keeper's answer, empty until there is one."""
    return KeyRequest.objects.values_list("answer", flat=True).filter(pk=asked.id).first() or ""


def take_back(asked: Ask) -> None:
    """Nobody waits for the answer any more, or it was read: it is not kept."""
    KeyRequest.objects.filter(pk=asked.id).delete()


def opened(answer: str, token: str, asked: Ask, *, own: Ephemeral, keeper_public_pem: bytes) -> Released | Refusal:
    """What an answer gives the worker. Raises ReleaseError."""
    now = timezone.now()
    found = release.open(answer, token=token, asked=asked, own=own, keeper_public_pem=keeper_public_pem, now=now)
    if isinstance(found, tuple):
        return Refusal(reasons=tuple(in_words(code) for code in found), decided_at=now)
    return Released(found)


def hold(consents: Sequence[UUID]) -> None:
    """Lock consents in the order of their ids, so that none is withdrawn between a look and a release."""
    list(ConsentRecord.objects.select_for_update(no_key=True).filter(pk__in=consents).order_by("pk").values("pk"))


@transaction.atomic
def give(row: KeyRequest, asked: Ask, entitled: Entitled, *, store: KeyStore, keeper_pem: bytes) -> None:
    """Answer a request with the keys it is entitled to, all or none. Raises KeyDestroyedError, VaultError and
    KeyStoreError where one cannot be opened, ReleaseError for a key that nothing can be sealed to, LedgerError."""
    hold(entitled.consents)
    keys = {consent: secrets.clear(consent, store=store) for consent in sorted(entitled.consents)}
    keys |= {clip: clips.open_clip(clip, store=store) for clip in entitled.clips}
    if entitled.new:
        keys[entitled.new] = clips.keep_clip(
            entitled.new, production_id=UUID(asked.production), sha256=asked.clip_sha256, store=store
        )
    now = timezone.now()
    answer = release.answer(row.ask, asked, keys, keeper_pem=keeper_pem, now=now)
    body: dict[str, Json] = {
        **_asked(row),
        "step": asked.step,
        "attempt": asked.attempt,
        "consents": [{"consent": str(consent)} for consent in sorted(entitled.consents)],
        "clips": [{"footage": str(clip)} for clip in sorted((*entitled.clips, *filter(None, (entitled.new,))))],
    }
    body |= {"grant_sha256": asked.grant_sha256} if asked.grant_sha256 else {}
    body |= {"of": entitled.of} if entitled.of else {}
    note(EntryKind.KEY_RELEASED, subject=entitled.about, by=secrets.KEEPER, body=body)
    _settle(row, answer, now)


@transaction.atomic
def refuse(row: KeyRequest, reasons: Sequence[Reason], *, about: str, asked: Ask | None, keeper_pem: bytes) -> None:
    """Answer a request with the reasons why nothing is released. Raises LedgerError."""
    body: dict[str, Json] = {**_asked(row), "reasons": codes(reasons)}
    body |= {"step": asked.step, "attempt": asked.attempt} if asked else {}
    note(EntryKind.KEY_RELEASE_REFUSED, subject=about, by=secrets.KEEPER, body=body)
    now = timezone.now()
    said = tuple(dict.fromkeys(reason.code for reason in reasons))
    _settle(row, release.refusal(row.ask, said, keeper_pem=keeper_pem, now=now), now)


def forget(before: datetime) -> int:
    """Drop what nobody fetched; how many rows."""
    return KeyRequest.objects.filter(asked_at__lt=before).delete()[0]


def in_words(code: ReasonCode) -> Reason:
    """Why no key came, for a person. What is not of keys is of a consent that stands no more."""
    sentence, remedy = _WORDS.get(code, _NO_LONGER)
    return Reason(code=code, sentence=sentence, asked="the keys for this step", remedy=remedy)


def _asked(row: KeyRequest) -> dict[str, Json]:
    return {"queue": row.queue[:16], "request_sha256": release.digest(row.ask)}


def _settle(row: KeyRequest, answer: str, now: datetime) -> None:
    KeyRequest.objects.filter(pk=row.pk, answered_at=None).update(answer=answer, answered_at=now)


_TELL = "Nothing was opened. Tell the operator."
_NO_LONGER = ("A consent that this work stands on no longer stands.", "The work stops. It needs a consent that stands.")
_WORDS: Mapping[ReasonCode, tuple[str, str]] = {
    ReasonCode.KEYSTORE_UNREACHABLE: (
        "The store of the key-encryption keys does not answer, so nothing can be opened.",
        "It is tried again by itself. The operator looks after the key store.",
    ),
    ReasonCode.KEY_REQUEST_FORGED: ("Keys were asked for by something that is not this site’s worker.", _TELL),
    ReasonCode.KEY_REQUEST_STALE: (
        "Keys were asked for a step that is not, or no longer, being worked on.",
        "The step is taken up again by itself, or the run has ended.",
    ),
    ReasonCode.KEY_UNREADABLE: ("A key was changed in the database, or was wrapped elsewhere.", _TELL),
    ReasonCode.KEY_ANSWER_FORGED: ("The answer that came did not come from the keeper of the keys.", _TELL),
    ReasonCode.KEY_ANSWER_EXPIRED: ("The answer with the keys came too late.", "The step is taken up again by itself."),
    ReasonCode.CONSENT_WITHDRAWN: ("A consent that this work stands on was withdrawn.", _NO_LONGER[1]),
    ReasonCode.GRANT_REPLAYED: ("The grant was not taken up for this step, or is spent.", "Start a new run."),
}
