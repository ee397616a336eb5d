"""The door of the room: a grant and the very bytes it names, or nothing.

The steps of `admit`, in order: (1) the grant allows this kind of work now; (2) both clips are copied into the private
folder while they are hashed; (3) the digests are the grant's. What is worked on afterwards are the copies, so that a
file changed later in the store changes nothing.
"""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from consent.types import Grant, KindOfUse, Part
from synthesis import video
from synthesis.errors import GrantDoesNotCoverError, InputsChangedError
from synthesis.types import Clips, Progress

PIECE = 16 * 2**20


def admit(grant: Grant, clips: Clips, folder: Path, now: datetime) -> Clips:
    """Copy both clips into `folder` and answer the copies, if the grant covers them.

    Raises GrantDoesNotCoverError, InputsChangedError; then no copy of the offending clip is left.
    """
    covers(grant, now=now, training=False)  # (1)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Clips(
        footage=_admitted(clips.footage, folder / "footage.clip", grant.footage_sha256(Part.LIKENESS)),
        plate=_admitted(clips.plate, folder / "plate.clip", grant.footage_sha256(Part.PLATE)),
    )


def covers(grant: Grant, *, now: datetime, training: bool) -> None:
    """Check that the grant allows a swap (and training, when asked) at this time. Raises GrantDoesNotCoverError."""
    if not isinstance(grant, Grant):
        raise GrantDoesNotCoverError("no grant was given")
    if grant.kind is not KindOfUse.SWAP:
        raise GrantDoesNotCoverError(f"the grant is for {grant.kind}, this is a {KindOfUse.SWAP}")
    if now >= grant.expires_at:
        raise GrantDoesNotCoverError(f"the grant expired at {grant.expires_at:%Y-%m-%d %H:%M} UTC")
    if now < grant.issued_at:
        raise GrantDoesNotCoverError(f"the grant is not valid before {grant.issued_at:%Y-%m-%d %H:%M} UTC")
    if training and not grant.trains:
        raise GrantDoesNotCoverError("the grant does not allow training")
    for part in Part:
        if part not in {consent.part for consent in grant.consents}:
            raise GrantDoesNotCoverError(f"the grant names no consent for the {part}")


def faces(grant: Grant, *, track: int | None, exclude: tuple[int, ...]) -> None:
    """Check that the grant lets this face of the plate be altered, and names those that are left alone.

    Raises GrantDoesNotCoverError.
    """
    if tuple(sorted(grant.left_alone)) != tuple(sorted(exclude)):
        raise GrantDoesNotCoverError(f"the grant leaves the faces {grant.left_alone} alone, {exclude} was asked for")
    if not set(grant.tracks) - set(exclude):
        raise GrantDoesNotCoverError("the grant names no face of the plate that may be altered")
    if track is not None and track not in grant.tracks:
        raise GrantDoesNotCoverError(f"the grant lets the faces {grant.tracks} be altered, not {track}")


def recheck(grant: Grant, clips: Clips, *, training: bool) -> Iterator[Progress]:
    """What `fit` and `convert` do before their first frame: the same checks, on the files they will really open.

    Raises GrantDoesNotCoverError, InputsChangedError.
    """
    covers(grant, now=datetime.now(UTC), training=training)
    for part, path in ((Part.LIKENESS, clips.footage), (Part.PLATE, clips.plate)):
        digest = hashlib.sha256()
        for piece in _pieces(path):
            digest.update(piece)
            yield Progress(stage="admission", fraction=0.0, note="Comparing the clips with the grant.")
        _same(digest.hexdigest(), grant.footage_sha256(part), path)


def _admitted(source: Path, target: Path, sha256: str) -> Path:
    part = target.with_name(target.name + ".part")
    digest = hashlib.sha256()
    try:
        with part.open("wb") as copy:
            for piece in _pieces(source):  # (2)
                digest.update(piece)
                copy.write(piece)
        _same(digest.hexdigest(), sha256, source)  # (3)
    except InputsChangedError:
        part.unlink(missing_ok=True)
        target.unlink(missing_ok=True)
        raise
    video.replace(part, target)
    return target


def _pieces(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            while piece := file.read(PIECE):
                yield piece
    except OSError as e:
        raise InputsChangedError(f"{path.name} cannot be read: {e.strerror}") from e


def _same(found: str, expected: str, path: Path) -> None:
    if found != expected:
        raise InputsChangedError(f"{path.name} should have SHA-256 {expected}, it has {found}")
