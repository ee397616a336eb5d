"""Tricks with faces: somebody else in the clip, somebody else in the enrolment."""

from pathlib import Path

import av
import numpy as np

from countersign.demo import story
from countersign.demo.cast import Clip
from tests.e2e.conftest import stills
from tests.e2e.ways.ground import Codes, Ground, Trick


def footage_of_another(at: Ground) -> Codes:
    """Idris consented; the clip shows Mara."""
    seen = at.upload(at.clip("mara", "said to be Idris"), "said to be Idris")
    return at.ask(likeness=at.said_to_be(at.cast.idris, seen["id"]))


def plate_of_another(at: Ground) -> Codes:
    """Anselm consented to stand in the plate; it shows Idris."""
    seen = at.upload(at.clip("idris", "said to be Anselm"), "said to be Anselm")
    return at.ask(plate=at.said_to_be(at.cast.anselm, seen["id"]))


def stranger_beside_the_performer(at: Ground) -> Codes:
    """Two people in one plate; one of them was never asked."""
    path = side_by_side(at.short["anselm_plate"], at.short["mara_plate"], at.tmp / "two.mp4")
    seen = at.upload(path, "Two in one plate")
    return at.ask(plate=at.said_to_be(at.cast.anselm, seen["id"]))


def face_too_small_to_tell(at: Ground) -> Codes:
    path = shrunk(at.short["anselm_plate"], at.tmp / "far.mp4", beside=at.short["mara_plate"])
    seen = at.upload(path, "Far away")
    return at.ask(plate=at.said_to_be(at.cast.anselm, seen["id"]))


def enrolled_with_somebody_elses_pictures(at: Ground) -> Codes:
    """The producer has Mara's pictures taken for Anselm's, so that Mara's clips pass as his."""
    face = at.cast.anselm
    return _enrolment(at, face, "mara")


def enrolled_with_two_people(at: Ground) -> Codes:
    pictures = (*stills("mara")[:3], *stills("idris")[:3])
    face = at.newcomer("Mara Mixed")
    return _sent(at, face, [path.read_bytes() for path in pictures])


def enrolled_without_a_release(at: Ground) -> Codes:
    face = at.stage.bring_in(Clip("Mara Unreleased", at.clip("mara", "unreleased"), stills("mara")))
    return _enrolment(at, face, "mara")


def _enrolment(at: Ground, face: story.Face, pictures: str) -> Codes:
    return _sent(at, face, [path.read_bytes() for path in stills(pictures)])


def _sent(at: Ground, face: story.Face, pictures: list[bytes]) -> Codes:
    base = f"{at.base}/performers/{face.performer_id}/enrolments"
    files = [("stills", (f"{n}.jpg", picture)) for n, picture in enumerate(pictures)]
    answer = at.stage.crew.producer.upload(base, files)
    if answer.refused:
        return {reason["code"] for reason in answer.body["reasons"]}
    seen = at.stage.crew.producer.wait(
        f"{base}/{answer.body['id']}",
        until=lambda enrolment: enrolment["state"] in ("measured", "refused"),
        stage=lambda _: "measuring",
        most_s=90,
    )
    assert seen["state"] == "refused", seen
    return {reason["code"] for reason in seen["reasons"]}


def side_by_side(left: Path, right: Path, target: Path) -> Path:
    frames = [np.hstack([one, other]) for one, other in zip(_frames(left), _frames(right), strict=False)]
    return _film(target, frames)


def shrunk(source: Path, target: Path, *, beside: Path) -> Path:
    """The performer near, and somebody so far away that nobody could say who it is."""
    found = []
    for near, far in zip(_frames(source), _frames(beside), strict=False):
        small = far[:: max(1, far.shape[0] // 90), :: max(1, far.shape[0] // 90)]
        wide = np.hstack([near, np.full((near.shape[0], small.shape[1] + 20, 3), 118, np.uint8)])
        wide[10 : 10 + small.shape[0], near.shape[1] + 10 : near.shape[1] + 10 + small.shape[1]] = small
        found.append(wide[:, : wide.shape[1] // 2 * 2])
    return _film(target, found)


def _frames(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as clip:
        return [frame.to_ndarray(format="rgb24") for frame in clip.decode(video=0)]


def _film(target: Path, frames: list[np.ndarray]) -> Path:
    with av.open(str(target), "w") as clip:
        stream = clip.add_stream("libx264", rate=25, options={"crf": "12", "preset": "veryfast"})
        stream.height, stream.width, stream.pix_fmt = *frames[0].shape[:2], "yuv420p"
        for picture in frames:
            clip.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        clip.mux(stream.encode())
    return target


ENROLMENT = "performer:enrolment-refused"
TRICKS = (
    Trick("bring footage of somebody else", footage_of_another, "performer-not-in-footage"),
    Trick("bring a plate of somebody else", plate_of_another, "performer-not-in-footage"),
    Trick("have a stranger stand in the plate", stranger_beside_the_performer, "face-without-consent"),
    Trick("have somebody too far away to be known in the plate", face_too_small_to_tell, "face-too-small"),
    Trick(
        "enrol a performer with another's pictures", enrolled_with_somebody_elses_pictures, "stills-disagree", ENROLMENT
    ),
    Trick("enrol one face from two people", enrolled_with_two_people, "stills-disagree", ENROLMENT),
    Trick("enrol a face that was not released", enrolled_without_a_release, "no-biometric-release", ENROLMENT),
)
