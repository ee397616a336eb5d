"""What a run makes on its way, model and unsigned frames, put where it belongs; and what can go wrong, in words."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from consent import seal, services as consents
from consent.errors import ConsentError, KeyDestroyedError, ReleaseError, SealError
from consent.services import releases
from consent.types import Grant, Part, Reason, ReasonCode
from countersign.runs import keyring, pipeline, storage
from countersign.runs.models import OPEN_STATES, LikenessModel, Run
from countersign.runs.pipeline import CONVERT, TRAIN
from provenance import essence, ledger
from provenance.errors import ProvenanceError
from provenance.types import EntryKind
from synthesis.errors import GrantDoesNotCoverError, InputsChangedError, LeftAloneError, SynthesisError

FORESEEN = (SynthesisError, ConsentError, ProvenanceError)
REFUSALS = (
    ReasonCode.FACE_OVERLAPS,
    ReasonCode.INPUT_CHANGED,
    ReasonCode.GRANT_EXPIRED,
    ReasonCode.CONSENT_WITHDRAWN,
    ReasonCode.KEY_ANSWER_FORGED,
)

SEALED_FRAMES = "unsigned.sealed"

Sealer = tuple[Callable[[bytes], bytes], Callable[[bytes], bytes]]


def vault_of(grant: Grant) -> Sealer:
    """Encrypt and decrypt under the likeness performer's consent. Raises KeyDestroyedError after a withdrawal."""
    return consents.sealer(_likeness(grant).consent_id, keyring=keyring.at_hand(), context=_context(grant))


def store_model(run: Run, grant: Grant, sealed: Path) -> None:
    """Keep the trained, encrypted weights; the run goes on to conversion."""
    likeness, sha256 = _likeness(grant), storage.digest(sealed)
    storage.copy(sealed, storage.model(sha256))
    with transaction.atomic():
        pipeline.lock(run)
        consents.finish(grant, step="train")
        model = LikenessModel.objects.create(
            run=run,
            performer_id=likeness.performer_id,
            consent_id=likeness.consent_id,
            sha256=sha256,
            trained_at=timezone.now(),
        )
        body = {"sha256": sha256, "consent": str(likeness.consent_id), "run": str(run.pk)}
        ledger.append(EntryKind.MODEL_TRAINED, subject=f"model:{model.pk}", actor="worker:train", body=dict(body))
        pipeline.advance(run, TRAIN, body={"model_sha256": sha256})


def lay_out_model(run: Run, path: Path) -> None:
    """Put the run's model beside its clips. Raises InputsChangedError if it is not the one that was trained."""
    sha256 = run.model.sha256
    storage.copy(storage.model(sha256), path)
    if storage.digest(path) != sha256:
        raise InputsChangedError(f"the likeness model is not the one that was trained: expected {sha256}")


def store_frames(run: Run, grant: Grant, plain: Path) -> None:
    """The frames are made: encrypt them under the likeness performer's consent; the run goes on to be signed."""
    folder = storage.work(run.pk)
    made = {"unsigned_sha256": storage.digest(plain), "lineage_sha256": storage.digest(folder / "lineage.json")}
    known = {"essence_sha256": essence.sha256(plain), "grant_sha256": seal.digest(grant), **made}
    consents.seal_file(
        _likeness(grant).consent_id,
        plain,
        folder / SEALED_FRAMES,
        keyring=keyring.at_hand(),
        context=_context(grant),
    )
    with transaction.atomic():
        Run.objects.filter(pk=run.pk).update(**made)
        consents.finish(grant, step="convert")
        ledger.append(EntryKind.OUTPUT_MADE, subject=f"run:{run.pk}", actor="worker:convert", body=dict(known))
        pipeline.advance(run, CONVERT, body=dict(made))


def open_frames(run: Run, grant: Grant, target: Path) -> None:
    """Decrypt the frames for the signer. Raises InputsChangedError if they are not the ones that were made."""
    sealed = storage.work(run.pk) / SEALED_FRAMES
    if not sealed.exists():
        raise InputsChangedError("the frames that were made are no longer there; start a new run")
    consents.open_file(_likeness(grant).consent_id, sealed, target, keyring=keyring.at_hand(), context=_context(grant))
    came = storage.digest(target)
    if came != run.unsigned_sha256:
        raise InputsChangedError(
            f"the frames are not those that were made: expected {run.unsigned_sha256}, came {came}"
        )


def _context(grant: Grant) -> bytes:
    """What binds a ciphertext to its run."""
    return f"run {grant.run_id}".encode()


def drop_if_over(run: Run) -> None:
    """The run ended while we worked: nothing of it may stay."""
    if not Run.objects.filter(pk=run.pk, state__in=OPEN_STATES).exists():
        storage.clear(run.pk)


def in_words(error: Exception) -> Reason:
    match error:
        case ReleaseError():
            return releases.in_words(ReasonCode(error.code))
        case InputsChangedError():
            code, remedy = (
                ReasonCode.INPUT_CHANGED,
                "Upload the clip again and start a new run; a new decision is needed.",
            )
        case LeftAloneError():
            code, remedy = (
                ReasonCode.FACE_OVERLAPS,
                "Ask that person for a consent, or use a take in which the two faces are apart.",
            )
        case GrantDoesNotCoverError() | SealError():
            code, remedy = ReasonCode.GRANT_EXPIRED, "Start a new run: the gate will decide again."
        case KeyDestroyedError():
            code, remedy = (
                ReasonCode.CONSENT_WITHDRAWN,
                "The performer's keys are destroyed; nothing can be made with them.",
            )
        case _:
            code, remedy = (
                ReasonCode.WORKER_FAILED,
                "Look at the clip named here; upload another one and start a new run.",
            )
    return Reason(code=code, sentence=_sentence(error), remedy=remedy)


def _sentence(error: Exception) -> str:
    text = str(error).strip() or type(error).__name__
    return text[0].upper() + text[1:] + ("" if text.endswith(".") else ".")


def _likeness(grant: Grant) -> Any:
    return next(consent for consent in grant.consents if consent.part is Part.LIKENESS)
