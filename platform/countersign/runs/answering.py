"""What the keeper does: answer requests for keys, and destroy keys that ended consents leave owed in the store.

No other process may: nothing else opens the store (`runs.sharing.store`).
"""

import logging
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError, transaction
from django.utils import timezone

from consent import release, services as consents
from consent.errors import KeyDestroyedError, KeyStoreError, ReleaseError, VaultError
from consent.models import KeyRequest
from consent.release import Ask
from consent.services import releases
from consent.types import Reason, ReasonCode, Refusal
from countersign import keys
from countersign.runs import entitled, sharing
from provenance.errors import LedgerError

FORGOTTEN_AFTER = timedelta(hours=1)  # what nobody fetched
AT_ONCE = 100

log = logging.getLogger(__name__)


def answer_all() -> int:
    """Answer the requests that wait, oldest first; how many. Raises LedgerError: nothing is released without it."""
    waiting = KeyRequest.objects.filter(answered_at=None).order_by("asked_at").values_list("pk", flat=True)
    found = list(waiting[:AT_ONCE])
    for pk in found:
        answer(pk)
    if found:
        releases.forget(timezone.now() - FORGOTTEN_AFTER)
    return len(found)


def answer(pk: UUID) -> None:
    """One request: keys, or the reasons why none are released."""
    try:
        with transaction.atomic():
            _decide(pk)
    except KeyStoreError:
        _give_up(pk, ReasonCode.KEYSTORE_UNREACHABLE)
    except KeyDestroyedError:
        _give_up(pk, ReasonCode.CONSENT_WITHDRAWN)
    except VaultError:
        _give_up(pk, ReasonCode.KEY_UNREADABLE)
    except ReleaseError as error:
        _give_up(pk, ReasonCode(error.code))
    except (DatabaseError, LedgerError):
        raise
    except Exception:  # what brings the keeper down must not do so for ever, and nobody else's request with it
        log.exception("request %s cannot be answered", pk)
        _give_up(pk, ReasonCode.KEY_REQUEST_FORGED)


def shred_owed() -> int:
    """Destroy in the store what is owed there; how many keys were. Raises KeyStoreError, LedgerError."""
    owed = consents.owed()
    store = sharing.store() if owed else None
    return sum(consents.shred(consent_id, store=store) for consent_id in owed) if store else 0


def _decide(pk: UUID) -> None:
    row = _waiting(pk)
    if row is None:
        return
    asked = _read(row)
    found = entitled.look(asked, now=timezone.now())
    if isinstance(found, Refusal):
        return _refuse(row, found.reasons, asked)
    releases.give(row, asked, found, store=sharing.store(), keeper_pem=_own_key())


@transaction.atomic
def _give_up(pk: UUID, code: ReasonCode) -> None:
    """Whatever was begun for the request is undone; what is left of it is the refusal."""
    row = _waiting(pk)
    if row is not None:
        _refuse(row, (releases.in_words(code),), _readable(row))


def _refuse(row: KeyRequest, reasons: Sequence[Reason], asked: Ask | None) -> None:
    about = entitled.about(asked) if asked else f"key-request:{row.pk}"
    releases.refuse(row, reasons, about=about, asked=asked, keeper_pem=_own_key())


def _waiting(pk: UUID) -> KeyRequest | None:
    """Locked, unless another keeper has it or the worker took it back."""
    return KeyRequest.objects.select_for_update(skip_locked=True).filter(pk=pk, answered_at=None).first()


def _read(row: KeyRequest) -> Ask:
    """What the worker of that queue signed. Raises ReleaseError."""
    identity = keys.worker_identities(settings.KEYS).get(row.queue)
    if identity is None:
        raise ReleaseError(ReasonCode.KEY_REQUEST_FORGED, f"No worker of a queue {row.queue!r} is known.")
    asked = release.read(row.ask, identity_public_pem=identity, now=timezone.now())
    if (asked.id, asked.queue) != (row.pk, row.queue):
        raise ReleaseError(ReasonCode.KEY_REQUEST_FORGED, "It was signed as another request.")
    return asked


def _readable(row: KeyRequest) -> Ask | None:
    try:
        return _read(row)
    except Exception:  # it was refused for that already
        return None


def _own_key() -> bytes:
    return keys.keeper_private(settings.KEYS)
