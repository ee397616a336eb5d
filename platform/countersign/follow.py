"""`countersign follow`: keep an eye on a log from outside, with nothing but its address and its verifier key.

Each call fetches the latest checkpoint and believes it only if

1. the log's key signed it,
2. its tree begins with the one that was remembered, shown by a proof computed from the log's tiles.

Then it is remembered instead. If it does not hold, both checkpoints are kept: together they are the proof.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from provenance import checkpoint, durable, merkle, note
from provenance.checkpoint import Checkpoint
from provenance.errors import NoteError
from provenance.note import Verifier
from provenance.tiles import WIDTH, Tile, Tree

HOLDS, FORKED, UNKNOWN = 0, 1, 2  # exit codes
HASH = 32  # bytes
TIMEOUT_S = 20
AGENT = {"User-Agent": "countersign-follow"}


class UnreachableError(Exception):
    """The log did not answer, or not with what was asked: nothing is known of it today."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """The last checkpoint that was believed, and the note it came in."""

    checkpoint: Checkpoint
    note: bytes


def main(argv: Sequence[str]) -> int:
    """Follow the log once. 0: it holds; 1: it was forked or cut off; 2: that could not be found out."""
    asked = _arguments().parse_args(argv)
    try:
        return _follow(asked.url.rstrip("/"), note.verifier(asked.key.strip()), asked.state)
    except (UnreachableError, NoteError, OSError) as e:
        sys.stderr.write(f"countersign follow: nothing is known of the log today: {e}\n")
        return UNKNOWN


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="countersign follow", description=__doc__.partition("\n")[0])
    parser.add_argument("url", type=_web_address, help="where the log is read, as https://site.example/log")
    parser.add_argument("--key", required=True, help="the log's verifier key, as /log/key shows it")
    parser.add_argument("--state", required=True, type=Path, help="the file that remembers what was believed last")
    return parser


def _web_address(text: str) -> str:
    if urlsplit(text).scheme not in ("http", "https"):
        raise argparse.ArgumentTypeError(f"expected an address such as https://site.example/log, got {text!r}")
    return text


def _follow(url: str, log: Verifier, state: Path) -> int:
    before = _recall(state, log)
    raw = _fetch(f"{url}/checkpoint", at_most=note.MAX_BYTES)
    now = Remembered(checkpoint=checkpoint.opened(raw, log=log).checkpoint, note=raw)
    trouble = _trouble(before.checkpoint, now.checkpoint, url) if before else ""
    if before and trouble:
        kept = _keep_both(state, before, now)
        sys.stderr.write(f"THE LOG {log.name} DOES NOT HOLD. {trouble} Both checkpoints are kept in {kept}.\n")
        return FORKED
    durable.write(state, raw)
    since = f", which continue the {before.checkpoint.size} remembered" if before else ", remembered for the first time"
    sys.stdout.write(f"{log.name}: {now.checkpoint.size} entries{since}\n")
    return HOLDS


def _recall(state: Path, log: Verifier) -> Remembered | None:
    if not state.exists():
        return None
    raw = state.read_bytes()
    return Remembered(checkpoint=checkpoint.opened(raw, log=log).checkpoint, note=raw)


def _trouble(before: Checkpoint, now: Checkpoint, url: str) -> str:
    """In words, why `now` cannot come from the log that showed `before`; nothing if it can.

    The tiles need no trust: a proof computed from wrong ones fails.
    """
    if now.size < before.size:
        return f"It showed {before.size} entries and now shows {now.size}: its end was cut off."
    if now.size == before.size:
        same = now.root == before.root
        return "" if same else f"It signed two different checkpoints of {now.size} entries: it was forked."
    proof = (
        Tree(size=now.size, read=cache(lambda tile: _tile(url, tile))).consistency(before.size) if before.size else []
    )
    continued = not before.size or merkle.consistent(
        before.size, now.size, first_root=before.root, second_root=now.root, proof=proof
    )
    return "" if continued else f"Its {now.size} entries do not begin with the {before.size} that it showed before."


def _tile(url: str, tile: Tile) -> list[bytes]:
    try:
        raw = _fetch(f"{url}/tile/{tile}", at_most=HASH * WIDTH)
    except UnreachableError:
        if tile.width == WIDTH:
            raise
        whole = Tile(level=tile.level, index=tile.index)  # a log need not keep a partial tile once it is full
        raw = _fetch(f"{url}/tile/{whole}", at_most=HASH * WIDTH)[: HASH * tile.width]
    if len(raw) != HASH * tile.width:
        raise UnreachableError(f"tile {tile} should have {tile.width} hashes and has {len(raw)} bytes")
    return [raw[n : n + HASH] for n in range(0, len(raw), HASH)]


def _fetch(address: str, *, at_most: int) -> bytes:
    try:
        with urlopen(Request(address, headers=AGENT), timeout=TIMEOUT_S) as answer:  # noqa: S310 - see _web_address
            raw: bytes = answer.read(at_most + 1)
    except HTTPError as e:
        e.close()
        raise UnreachableError(f"{address} answered {e.code} {e.reason}") from e
    except (OSError, HTTPException) as e:
        raise UnreachableError(f"{address} did not answer: {e}") from e
    if len(raw) > at_most:
        raise UnreachableError(f"{address} answered with more than {at_most} bytes")
    return raw


def _keep_both(state: Path, before: Remembered, now: Remembered) -> Path:
    kept = state.with_name(f"{state.name}.{now.checkpoint.size}-{now.checkpoint.root.hex()[:16]}.proof")
    durable.write(kept, before.note + b"\n" + now.note)
    return kept
