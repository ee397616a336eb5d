"""What can happen to a published film, each as a function from its bytes to other bytes."""

import io
import struct

import av


def bit_in_the_picture(film: bytes) -> bytes:
    return _flip(film, film.index(b"mdat") + 5000)


def bit_in_the_index(film: bytes) -> bytes:
    return _flip(film, film.index(b"stsz") + 40)


def bit_in_our_assertion(film: bytes) -> bytes:
    return _flip(film, film.index(b"grant_sha256") + 20)


def cut_short(film: bytes) -> bytes:
    return film[: film.index(b"mdat") + 20_000]


def cut_in_the_credentials(film: bytes) -> bytes:
    return film[:5000]


def box_appended(film: bytes) -> bytes:
    return film + struct.pack(">I4s24s", 32, b"uuid", b"x" * 24)


def text_appended(film: bytes) -> bytes:
    return film + b"<script>alert(1)</script>"


def zeros_appended(film: bytes) -> bytes:
    return film + bytes(4096)


def remuxed(film: bytes) -> bytes:
    """Every packet copied into a new file, as most tools do: the picture is the same, the credentials are gone."""
    target = io.BytesIO()
    with av.open(io.BytesIO(film)) as source, av.open(target, "w", format="mp4") as copy:
        streams = {stream: copy.add_stream_from_template(stream) for stream in source.streams if stream.type != "data"}
        for packet in source.demux(*streams):
            if packet.dts is not None:
                packet.stream = streams[packet.stream]
                copy.mux(packet)
    return target.getvalue()


def label_that_stops_the_reader(film: bytes) -> bytes:
    """An assertion's label that ends within a two-byte character: c2pa-rs 0.91.3 slices it and aborts its process."""
    return film.replace(b"c2pa.actions.v2", b"c2pa.actions.\xc3\xa9")


def label_renamed_in_one_place(film: bytes) -> bytes:
    return film.replace(b"org.countersign.consent", b"org.countersign.consenT", 1)


def _flip(film: bytes, position: int) -> bytes:
    return film[:position] + bytes([film[position] ^ 1]) + film[position + 1 :]
