"""Decode and encode clips as iterators of frames. The only importer of PyAV.

Rules kept here: a clip is never held in memory; containers are opened as plain local files of a few known formats (a
playlist cannot make us read another file); what a container promises and does not deliver is an error, never a shorter
clip; time stamps are the plate's own, so that a variable frame rate stays what it was.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import av
import cv2
import numpy as np
from av.video.reformatter import Interpolation
from numpy.typing import NDArray

from synthesis.errors import SynthesisError, UnreadableClipError
from synthesis.types import Limits, Probe

FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mxf,mpegts"
DEFAULT_LIMITS = Limits()
FASTEST = 60.0  # frames a second: a file may claim more, to seem shorter than its frames are
# ffmpeg's default rounds down: every pass through RGB would darken a film by a grey level.
EXACT = Interpolation.BICUBIC | Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One decoded frame: its number from 0, its time stamp in the stream's time base, and RGB (H, W, 3) uint8."""

    number: int
    pts: int
    image: NDArray[np.uint8]


def probe(path: Path, *, limits: Limits = DEFAULT_LIMITS) -> Probe:
    """Read what a clip is by walking through its packets (nothing is decoded but the first frame).

    Raises UnreadableClipError: file-empty, not-a-video, file-truncated, frame-too-large, clip-too-long.
    """
    with _Source(path) as source:
        stream = source.stream
        width, height = stream.codec_context.width, stream.codec_context.height
        _check_size(width, height, limits)
        stated_s = source.container.duration / av.time_base if source.container.duration else 0.0
        _check_length(stated_s, limits)
        frames, duration_s = _count(source)
        _check_length(max(duration_s, frames / FASTEST), limits)
        # A stream may not be touched once its container is closed: PyAV would read freed memory.
        rate = stream.average_rate or stream.guessed_rate or Fraction(frames) / (Fraction(duration_s) or 1)
        codec, audio_streams = str(stream.codec_context.name), source.audio_streams
    first = next(frames_of(path), None)
    if first is None:
        raise UnreadableClipError("file-truncated", f"{path.name} holds {frames} packets but no picture")
    return Probe(
        width=first.image.shape[1],
        height=first.image.shape[0],
        frames=frames,
        rate=Fraction(rate),
        duration_s=duration_s,
        video_codec=codec,
        audio_streams=audio_streams,
    )


def frames(path: Path) -> Iterator[NDArray[np.uint8]]:
    """Every frame, upright, as RGB (H, W, 3) uint8. Raises UnreadableClipError, also in the middle of the clip."""
    for frame in frames_of(path):
        yield frame.image


def frames_of(path: Path) -> Iterator[Frame]:
    """Every frame with its number and time stamp. Raises UnreadableClipError, also in the middle of the clip."""
    with _Source(path) as source:
        source.stream.thread_type = "AUTO"
        promised = number = 0
        try:
            for packet in source.container.demux(source.stream):
                promised += int(packet.size > 0 and not packet.is_discard)
                for picture in packet.decode():
                    if picture.is_corrupt:
                        raise UnreadableClipError("file-truncated", f"{path.name} is damaged at frame {number}")
                    yield Frame(number=number, pts=_pts(picture, number), image=_upright(picture))
                    number += 1
        except av.error.FFmpegError as e:
            raise UnreadableClipError("file-truncated", f"{path.name} cannot be decoded at frame {number}: {e}") from e
        if number < promised:
            raise UnreadableClipError("file-truncated", f"{path.name} promises {promised} frames and holds {number}")


def poster(path: Path, *, height: int = 360) -> bytes:
    """One frame from the first third of a clip as JPEG, for lists. Raises UnreadableClipError."""
    wanted = probe(path).frames // 3
    image = next(f.image for f in frames_of(path) if f.number >= wanted)
    return jpeg(
        cv2.resize(image, (round(image.shape[1] * height / image.shape[0]), height), interpolation=cv2.INTER_AREA)
    )


def jpeg(image: NDArray[Any], *, quality: int = 88) -> bytes:
    """An RGB picture as JPEG bytes."""
    done, data = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise SynthesisError("a picture could not be encoded as JPEG")
    return bytes(data)


class Writer:
    """Writes an mp4 in the image of a plate: its time stamps, size, colour tags and every audio packet.

    Nothing stands at `target` until the file is whole: it is written beside it and renamed when the block ends well.
    A `target` that is a link (into memory) has no place beside it and is written as it is.
    """

    def __init__(self, target: Path, *, like: Path, crf: int = 16, threads: int = 2) -> None:
        self.target, self._part = target, target if target.is_symlink() else target.with_name(target.name + ".part")
        self._like, self._crf, self._threads = like, crf, threads
        self._size: tuple[int, int] | None = None

    def __enter__(self) -> Self:
        self._plate = _Source(self._like).__enter__()
        # Keep the plate's clock, so that a time stamp survives as the very same number.
        clock = {"movflags": "+faststart", "video_track_timescale": str(self._plate.clock.denominator)}
        self._container = av.open(str(self._part), "w", format="mp4", options=clock)
        self._video = self._video_stream()
        self._audio = self._audio_packets()
        self._waiting = next(self._audio, None)
        return self

    def write(self, image: NDArray[np.uint8], *, pts: int) -> None:
        """Append one RGB frame shown from `pts` (in the plate's time base)."""
        size = (image.shape[1], image.shape[0])
        if self._size is None:
            self._video.width, self._video.height = self._size = size
        if size != self._size:
            raise RuntimeError(f"expected frames of {self._size}, got {size}")
        picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24")
        matrix = _matrix(self._plate.stream.codec_context.colorspace)
        coded = picture.reformat(format=self._video.pix_fmt, dst_colorspace=matrix, interpolation=EXACT)
        coded.pts, coded.time_base = pts, self._plate.clock
        coded.pict_type = 0
        self._copy_audio(until=pts * self._plate.clock)
        self._container.mux(self._video.encode(coded))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._container.mux(self._video.encode(None))
                self._copy_audio(until=None)
        finally:
            self._container.close()
            self._plate.__exit__(kind, error, trace)
            if kind is not None:
                self._part.unlink(missing_ok=True)
        if kind is None and self._part != self.target:
            replace(self._part, self.target)

    def _video_stream(self) -> Any:
        source = self._plate.stream
        video = self._container.add_stream("libx264", rate=source.average_rate or source.guessed_rate)
        context, coded = video.codec_context, source.codec_context
        # 4:2:0 cannot hold an odd number of pixels; only then is colour kept at full resolution.
        video.pix_fmt = "yuv444p" if coded.width % 2 or coded.height % 2 else "yuv420p"
        context.time_base = self._plate.clock
        context.thread_count = self._threads
        context.options = {"crf": str(self._crf), "preset": "veryfast"}
        for tag in ("color_primaries", "color_trc", "colorspace", "color_range"):
            setattr(context, tag, getattr(coded, tag))
        if coded.sample_aspect_ratio:
            context.sample_aspect_ratio = coded.sample_aspect_ratio
        return video

    def _audio_packets(self) -> Iterator[Any]:
        streams = self._plate.container.streams.audio
        copies = {s.index: self._container.add_stream_from_template(s) for s in streams}
        if not copies:
            return iter(())
        return self._restamped(copies)

    def _restamped(self, copies: dict[int, Any]) -> Iterator[Any]:
        for packet in self._plate.container.demux(self._plate.container.streams.audio):
            if packet.dts is not None:
                packet.stream = copies[packet.stream_index]
                yield packet

    def _copy_audio(self, *, until: Fraction | None) -> None:
        while self._waiting is not None and (until is None or self._waiting.dts * self._waiting.time_base <= until):
            self._container.mux(self._waiting)
            self._waiting = next(self._audio, None)


def replace(part: Path, target: Path) -> None:
    """Put a finished file in its place so that a crash leaves the old one or the new one, never half of one."""
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.replace(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


class _Source:
    """An opened clip with one picture stream; foreign errors become ours."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> Self:
        size = self.path.stat().st_size
        if size == 0:
            raise UnreadableClipError("file-empty", f"{self.path.name} has no bytes")
        only_local = {"format_whitelist": FORMATS, "protocol_whitelist": "file"}
        try:
            self.container = av.open(str(self.path), options=only_local)
        except (av.error.FFmpegError, ValueError) as e:
            raise UnreadableClipError(*_unopened(self.path, e)) from e
        moving = [s for s in self.container.streams.video if not s.disposition & av.stream.Disposition.attached_pic]
        if not moving or not moving[0].codec_context or not moving[0].codec_context.width:
            self.container.close()
            raise UnreadableClipError("not-a-video", f"{self.path.name} has no moving picture")
        self.stream = moving[0]
        self.audio_streams = len(self.container.streams.audio)
        self.clock = Fraction(self.stream.time_base or Fraction(1, av.time_base))
        if any(entry.pos + entry.size > size for entry in self.stream.index_entries):
            self.container.close()
            raise UnreadableClipError("file-truncated", f"{self.path.name} ends before its last frame")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.container.close()


def _unopened(path: Path, error: Exception) -> tuple[str, str]:
    with path.open("rb") as file:
        head = file.read(12)
    if head[4:8] == b"ftyp":  # an mp4 whose index, written last, never arrived
        return "file-truncated", f"{path.name} begins as an mp4 and ends before its index: {error}"
    return "not-a-video", f"{path.name} is not a video this platform reads: {error}"


def _count(source: _Source) -> tuple[int, float]:
    count, start, end = 0, None, Fraction(0)
    try:
        for packet in source.container.demux(source.stream):
            if packet.size == 0 or packet.is_discard:
                continue
            if packet.is_corrupt:
                raise UnreadableClipError("file-truncated", f"{source.path.name} is damaged at frame {count}")
            stamp = packet.pts if packet.pts is not None else packet.dts
            if stamp is not None:
                start = stamp if start is None else min(start, stamp)
                end = max(end, Fraction(stamp + (packet.duration or 0)))
            count += 1
    except av.error.FFmpegError as e:
        raise UnreadableClipError("file-truncated", f"{source.path.name} breaks off after {count} frames: {e}") from e
    if count == 0:
        raise UnreadableClipError("file-truncated", f"{source.path.name} holds no frames")
    return count, float((end - (start or 0)) * source.clock)


def _check_size(width: int, height: int, limits: Limits) -> None:
    if max(width, height) > limits.max_side:
        message = f"the frames are {width}x{height}; the longer side may have {limits.max_side} pixels at most"
        raise UnreadableClipError("frame-too-large", message)


def _check_length(seconds: float, limits: Limits) -> None:
    if seconds > limits.max_seconds:
        message = f"the clip lasts {seconds:.0f} s; {limits.max_seconds:.0f} s are allowed"
        raise UnreadableClipError("clip-too-long", message)


def _matrix(tag: Any) -> int:
    """The YUV matrix for a colour tag (ISO/IEC 23091-2); ffmpeg treats what is untagged as BT.601 (5)."""
    return 5 if tag in (0, 2, 3) else int(tag)


def _pts(picture: Any, number: int) -> int:
    return int(picture.pts) if picture.pts is not None else number


def _upright(picture: Any) -> NDArray[np.uint8]:
    matrix = _matrix(picture.colorspace)
    rgb = picture.reformat(format="rgb24", src_colorspace=matrix, interpolation=EXACT)
    image: NDArray[np.uint8] = rgb.to_ndarray()
    turns = round(picture.rotation / 90) % 4  # ffmpeg gives degrees counter-clockwise
    return np.ascontiguousarray(np.rot90(image, turns)) if turns else image
