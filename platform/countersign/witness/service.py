"""One request after another: look, decide and remember, and only then sign."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from countersign.keyfiles import ed25519, made_once, new_ed25519
from countersign.witness import memory
from countersign.witness.errors import WitnessError
from countersign.witness.memory import Memory
from provenance import cosignature, witness
from provenance.checkpoint import Checkpoint
from provenance.errors import NoteError
from provenance.note import Verifier
from provenance.witness import COSIGNED, SIZE_TYPE, STATUS, Refused, Signed

TEXT = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """Who cosigns which logs, and what it remembers."""

    name: str
    key: Ed25519PrivateKey
    logs: Sequence[Verifier]
    memory: Memory


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What is answered, and one line about it for the operator."""

    status: int
    content_type: str
    body: bytes
    told: str


def key_in(folder: Path) -> Ed25519PrivateKey:
    """The witness's key, made once together with its memory.

    Raises WitnessError if the key is there and the memory is not: a key that forgot what it signed must sign no more.
    """
    path = folder / "witness.pem"
    if path.exists() and not memory.file_in(folder).exists():
        raise WitnessError(
            f"{path} is there and {memory.file_in(folder).name} is not: this key no longer knows what it signed. Bring "
            "the memory back as it was, or begin with a new folder, and tell the logs that the old key is retired."
        )
    if not path.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        memory.make(folder)
    try:
        return ed25519(made_once(path, new_ed25519))
    except ValueError as e:
        raise WitnessError(f"{path} is no key of a witness: {e}") from e


def answer(body: bytes, *, by: Witness, now: int) -> Reply:
    """Raises WitnessError where nothing can be remembered; then nothing is signed."""
    asked = witness.received(body, logs=by.logs)
    if isinstance(asked, Refused):
        return _refused(asked)
    found = by.memory.admit(asked)
    if isinstance(found, Refused):
        return _refused(found)
    return _cosigned(asked, found, by=by, now=now)


def _cosigned(asked: Signed, found: Checkpoint, *, by: Witness, now: int) -> Reply:
    line = cosignature.sign(str(found), name=by.name, key=by.key, at=now)
    told = f"cosigned {found.size} entries of {found.origin}, {asked.submission.old} before"
    return Reply(status=COSIGNED, content_type=TEXT, body=f"{line}\n".encode(), told=told)


def _refused(said: Refused) -> Reply:
    status, told = STATUS[said.why], f"refused ({said.why}): {said.sentence}"
    if said.size is not None:
        return Reply(status=status, content_type=SIZE_TYPE, body=f"{said.size}\n".encode(), told=told)
    return Reply(status=status, content_type=TEXT, body=f"{said.sentence}\n".encode(), told=told)


def verifier_in(folder: Path, *, name: str) -> Verifier:
    """By what the cosignatures of this witness are checked. Raises WitnessError if `name` cannot be a key's name."""
    try:
        return cosignature.verifier_of(key_in(folder), name=name)
    except NoteError as e:
        raise WitnessError(str(e)) from e
