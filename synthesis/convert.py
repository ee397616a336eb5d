"""Make the film: every frame of the plate, one face replaced, sound and clock untouched, every frame's origin noted."""

import json
from collections.abc import Generator, Iterator
from pathlib import Path
from time import monotonic

import torch

from consent.types import Grant, Part
from synthesis import admission, analysis, cores, store, train, video
from synthesis.analysis import BREATH
from synthesis.casting import Casting, cast
from synthesis.draw import Drawing, Drawn
from synthesis.settings import TrainSettings
from synthesis.types import Clips, Device, Image, Progress, Vault

LINEAGE = "lineage.json"


def convert(
    grant: Grant, clips: Clips, *, folder: Path, target: Path, device: Device, vault: Vault
) -> Iterator[Progress]:
    """Write the plate with the likeness to `target`, and the origin of every frame to `folder / "lineage.json"`.

    The trained likeness of this grant must lie in `folder`. Nothing stands at `target` before it is whole.
    Raises GrantDoesNotCoverError, InputsChangedError, UnreadableClipError, NoFaceError, LeftAloneError,
    CheckpointError.
    """
    yield from admission.recheck(grant, clips, training=False)
    network, settings, figures = train.load(folder, grant=grant, vault=vault)
    torch.set_num_threads(device.threads or cores.free())
    casting = yield from _casting(grant, clips, settings, folder, vault)
    used = sorted({index for shares in casting.chosen for index in shares})
    windows = yield from store.load(clips.footage, casting.footage, indices=used)
    refiner = network if figures.get("refine") else None
    drawing = Drawing(casting, windows, network=refiner, size=settings.size, device=device)
    yield from _film(clips.plate, target, casting, drawing)
    _note_lineage(folder / LINEAGE, grant, casting, video.probe(clips.plate).frames)
    yield Progress(stage="convert", fraction=1.0, note="The film is made.", figures={"frames": len(casting.chosen)})


def _casting(
    grant: Grant, clips: Clips, settings: TrainSettings, folder: Path, vault: Vault
) -> Generator[Progress, None, Casting]:
    footage = yield from analysis.of(train.footage_subject(grant, clips, settings), folder=folder, vault=vault)
    plate = yield from analysis.of(train.plate_subject(grant, clips, settings), folder=folder, vault=vault)
    return (yield from cast(footage, plate))


def _film(plate: Path, target: Path, casting: Casting, drawing: Drawing) -> Iterator[Progress]:
    place = {int(number): t for t, number in enumerate(casting.plate.numbers)}
    total, begun = video.probe(plate).frames, monotonic()
    said = begun
    with video.Writer(target, like=plate) as writer:
        for frame in video.frames_of(plate):
            if (t := place.get(frame.number)) is not None:
                drawn = drawing.frame(frame.image, t)
                _lay(frame.image, drawn, casting, frame.number)
            writer.write(frame.image, pts=frame.pts)
            if monotonic() - said > BREATH:
                said = monotonic()
                yield _progress(frame.number + 1, total, said - begun)


def _lay(image: Image, drawn: Drawn, casting: Casting, number: int) -> None:
    """Put the finished window into the frame, and the plate back where a face is left alone."""
    plate = image.copy()
    drawn.box.paste(image, drawn.pixels)
    casting.plate.away.keep(number, plate, image)


def _note_lineage(path: Path, grant: Grant, casting: Casting, frames: int) -> None:
    """Per output frame, the footage frames it came from and their weights; an empty one is the plate's own."""
    origins: list[dict[str, float]] = [{} for _ in range(frames)]
    for t, number in enumerate(casting.plate.numbers):
        origins[int(number)] = {str(n): round(w, 4) for n, w in sorted(casting.origins(t).items())}
    body = {
        "version": 1,
        "footage": grant.footage_sha256(Part.LIKENESS),
        "plate": grant.footage_sha256(Part.PLATE),
        "run": str(grant.run_id),
        "frames": origins,
    }
    part = path.with_name(path.name + ".part")
    part.write_text(json.dumps(body, separators=(",", ":"), sort_keys=True))
    video.replace(part, path)


def _progress(done: int, total: int, seconds: float) -> Progress:
    pace = {"frames_per_s": done / max(seconds, 1e-6)}
    return Progress(stage="convert", fraction=min(1.0, done / total), note=f"Frame {done} of {total}.", figures=pace)
