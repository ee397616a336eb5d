"""Clips are read whole or not at all, and written with the plate's clock, tags and sound."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from synthesis import video
from synthesis.errors import UnreadableClipError
from synthesis.types import Limits


def test_probe_says_what_a_clip_is(performers: Path) -> None:
    found = video.probe(performers / "anselm_plate.mp4")
    assert (found.width, found.height, found.frames, found.rate) == (640, 640, 125, Fraction(25))
    assert (found.video_codec, found.audio_streams, found.duration_s) == ("h264", 1, 5.0)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file-empty"),
        (b"not a film at all\n" * 500, "not-a-video"),
        (b"#EXTM3U\n#EXTINF:5,\n/etc/hostname\n", "not-a-video"),
        (b"ffconcat version 1.0\nfile anselm_plate.mp4\n", "not-a-video"),
        (b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + b"\x00\x00\x40\x00mdat" + bytes(4000), "file-truncated"),
    ],
)
def test_what_is_no_clip_is_refused_by_name(tmp_path: Path, content: bytes, code: str) -> None:
    path = tmp_path / "upload.mp4"
    path.write_bytes(content)
    with pytest.raises(UnreadableClipError) as refused:
        video.probe(path)
    assert refused.value.code == code


def test_a_picture_or_a_sound_is_no_video(performers: Path, tmp_path: Path) -> None:
    sound = tmp_path / "sound.mp4"
    with av.open(str(performers / "anselm_plate.mp4")) as plate, av.open(str(sound), "w") as out:
        copy = out.add_stream_from_template(plate.streams.audio[0])
        for packet in plate.demux(audio=0):
            if packet.dts is not None:
                packet.stream = copy
                out.mux(packet)
    for path in (performers / "idris_enrol_1.jpg", sound):
        with pytest.raises(UnreadableClipError) as refused:
            video.probe(path)
        assert refused.value.code == "not-a-video"


@pytest.mark.parametrize("share", [0.2, 0.6, 0.97])
def test_a_truncated_clip_is_refused_when_probed_and_when_read(performers: Path, tmp_path: Path, share: float) -> None:
    whole = (performers / "anselm_plate.mp4").read_bytes()
    path = tmp_path / "cut.mp4"
    path.write_bytes(whole[: int(len(whole) * share)])
    for read in (lambda: video.probe(path), lambda: list(video.frames(path))):
        with pytest.raises(UnreadableClipError) as refused:
            read()
        assert refused.value.code == "file-truncated"


def test_an_8k_frame_is_over_the_limit(tmp_path: Path) -> None:
    path = _film(tmp_path / "8k.mp4", [np.zeros((4320, 7680, 3), np.uint8)], [0])
    with pytest.raises(UnreadableClipError, match="7680x4320") as refused:
        video.probe(path)
    assert refused.value.code == "frame-too-large"


def test_a_clip_over_the_time_limit_is_refused(plate: Path) -> None:
    with pytest.raises(UnreadableClipError) as refused:
        video.probe(plate, limits=Limits(max_seconds=0.2))
    assert refused.value.code == "clip-too-long"


def test_a_copy_keeps_clock_size_tags_and_every_audio_packet(performers: Path, tmp_path: Path) -> None:
    plate, target = performers / "anselm_plate.mp4", tmp_path / "out.mp4"
    with video.Writer(target, like=plate) as writer:
        for frame in video.frames_of(plate):
            writer.write(frame.image, pts=frame.pts)
    assert video.probe(target) == video.probe(plate)
    assert [f.pts for f in video.frames_of(target)] == [f.pts for f in video.frames_of(plate)]
    assert _tags(target) == _tags(plate)
    assert _audio(target) == _audio(plate)


def test_coding_does_not_shift_colour(performers: Path, tmp_path: Path) -> None:
    plate, target = performers / "anselm_plate.mp4", tmp_path / "out.mp4"
    first = next(video.frames_of(plate))
    with video.Writer(target, like=plate) as writer:
        writer.write(first.image, pts=0)
    again = next(video.frames(target)).astype(np.int16)
    assert np.abs((again - first.image).mean((0, 1))).max() < 0.6


def test_a_variable_frame_rate_is_kept_by_its_time_stamps(tmp_path: Path) -> None:
    stamps = [0, 512, 700, 2048, 2049, 5000]
    pictures = [np.full((64, 96, 3), 30 * n, np.uint8) for n in range(len(stamps))]
    plate = _film(tmp_path / "vfr.mp4", pictures, stamps)
    target = tmp_path / "out.mp4"
    with video.Writer(target, like=plate) as writer:
        for frame in video.frames_of(plate):
            writer.write(frame.image, pts=frame.pts)
    assert [f.pts for f in video.frames_of(target)] == stamps


def test_a_clip_without_sound_stays_silent(tmp_path: Path) -> None:
    plate = _film(tmp_path / "silent.mp4", [np.zeros((64, 64, 3), np.uint8)] * 3, [0, 512, 1024])
    with video.Writer(tmp_path / "out.mp4", like=plate) as writer:
        for frame in video.frames_of(plate):
            writer.write(frame.image, pts=frame.pts)
    assert video.probe(tmp_path / "out.mp4").audio_streams == 0


def test_a_rotated_clip_is_read_upright(plate: Path, tmp_path: Path) -> None:
    turned = tmp_path / "portrait.mp4"
    with av.open(str(plate)) as source, av.open(str(turned), "w") as out:
        copy = out.add_stream_from_template(source.streams.video[0])
        copy.set_display_rotation(90)
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = copy
                out.mux(packet)
    assert np.array_equal(next(video.frames(turned)), np.rot90(next(video.frames(plate))))


def test_nothing_is_left_of_a_film_that_was_broken_off(plate: Path, tmp_path: Path) -> None:
    target = tmp_path / "out.mp4"

    def broken_off() -> None:
        with video.Writer(target, like=plate) as writer:
            writer.write(next(video.frames(plate)), pts=0)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        broken_off()
    assert list(tmp_path.iterdir()) == []


def test_a_poster_is_a_jpeg(plate: Path) -> None:
    assert video.poster(plate).startswith(b"\xff\xd8")


def _film(path: Path, pictures: list[np.ndarray], stamps: list[int]) -> Path:
    with av.open(str(path), "w", options={"video_track_timescale": "12800"}) as out:
        stream = out.add_stream("libx264", rate=25)
        stream.height, stream.width = pictures[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = Fraction(1, 12800)
        stream.codec_context.options = {"preset": "ultrafast"}
        for picture, stamp in zip(pictures, stamps, strict=True):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = stamp, Fraction(1, 12800)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def _tags(path: Path) -> tuple[object, ...]:
    with av.open(str(path)) as clip:
        c = clip.streams.video[0].codec_context
        return c.color_primaries, c.color_trc, c.colorspace, c.color_range


def _audio(path: Path) -> list[tuple[int, bytes]]:
    with av.open(str(path)) as clip:
        return [(p.pts, bytes(p)) for p in clip.demux(audio=0) if p.size]


def test_frames_squeezed_together_make_no_shorter_clip(tmp_path: Path) -> None:
    path = tmp_path / "squeezed.mp4"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=10_000)
        stream.width = stream.height = 64
        for _ in range(200):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")))
        out.mux(stream.encode(None))
    assert video.probe(path).duration_s < 0.1
    with pytest.raises(UnreadableClipError) as refused:
        video.probe(path, limits=Limits(max_seconds=3.0))
    assert refused.value.code == "clip-too-long"
