"""Short clips for tests, cut from the demo's: same people, codec and sound."""

from fractions import Fraction
from pathlib import Path

import av


def cut(source: Path, target: Path, *, frames: int) -> Path:
    """The first `frames` frames of `source`, with the sound that belongs to them."""
    with av.open(str(source)) as whole, av.open(str(target), "w") as part:
        rate = whole.streams.video[0].average_rate or Fraction(25)
        video = part.add_stream("libx264", rate=rate, options={"crf": "12", "preset": "fast"})
        video.width, video.height, video.pix_fmt = (
            whole.streams.video[0].width,
            whole.streams.video[0].height,
            "yuv420p",
        )
        sound = part.add_stream_from_template(whole.streams.audio[0])
        for number, frame in enumerate(whole.decode(video=0)):
            if number == frames:
                break
            frame.pts, frame.time_base = number, 1 / rate
            part.mux(video.encode(frame))
        part.mux(video.encode())
        _copy_sound(source, part, sound, seconds=float(frames / rate))
    return target


def _copy_sound(source: Path, part: "av.container.OutputContainer", sound: "av.AudioStream", *, seconds: float) -> None:
    with av.open(str(source)) as whole:
        for packet in whole.demux(audio=0):
            if packet.dts is not None and float(packet.pts * packet.time_base) < seconds:
                packet.stream = sound
                part.mux(packet)


def shape(path: Path) -> tuple[int, str, int, int, int, int]:
    """Frames, rate, width, height, audio packets and audio rate."""
    with av.open(str(path)) as clip:
        video, sound = clip.streams.video[0], clip.streams.audio[0]
        frames = sum(1 for _ in clip.decode(video=0))
        size = (video.width, video.height)
        rate = str(video.average_rate)
    with av.open(str(path)) as clip:
        packets = sum(1 for packet in clip.demux(audio=0) if packet.dts is not None)
    return (frames, rate, *size, packets, sound.rate)
