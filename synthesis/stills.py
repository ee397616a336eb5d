"""Pictures of a performer from a clip: `python -m synthesis.stills CLIP FOLDER` writes some to enrol them from."""

import argparse
import sys
from pathlib import Path

import cv2
import numpy as np

from synthesis import faces, video
from synthesis.detect import Finder
from synthesis.errors import NoFaceError, SynthesisError
from synthesis.sitting import sharpness

WANTED = 6
LOOK_AT = 60  # frames looked at in a clip of any length


def portrait(still: bytes) -> bytes:
    """The largest face of an encoded picture, as a small JPEG. Raises NoFaceError."""
    image = cv2.imdecode(np.frombuffer(still, np.uint8), cv2.IMREAD_COLOR)
    found = Finder().find(rgb := cv2.cvtColor(image, cv2.COLOR_BGR2RGB)) if image is not None else []
    if not found:
        raise NoFaceError("no face in this picture")
    return faces.thumbnail(rgb, found[0], side=320)


def take(clip: Path, *, count: int = WANTED) -> list[bytes]:
    """The sharpest frames of the largest face, spread over the clip, JPEG. Raises NoFaceError, UnreadableClipError."""
    finder, seen = Finder(), []
    stride = max(1, video.probe(clip).frames // LOOK_AT)
    for frame in video.frames_of(clip):
        if frame.number % stride == 0 and (found := finder.find(frame.image)):
            seen.append((frame.number, sharpness(frame.image, found[0]), video.jpeg(frame.image, quality=95)))
    if len(seen) < count:
        raise NoFaceError(f"{clip.name} shows a face in {len(seen)} of the frames looked at; {count} are needed")
    parts = np.array_split(np.arange(len(seen)), count)
    return [max((seen[i] for i in part), key=lambda one: one[1])[2] for part in parts]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clip", type=Path)
    parser.add_argument("folder", type=Path)
    asked = parser.parse_args()
    try:
        for number, still in enumerate(take(asked.clip), 1):
            (asked.folder / f"still_{number}.jpg").write_bytes(still)
    except SynthesisError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
