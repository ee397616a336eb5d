"""What was verified of the ledger, remembered outside the database: a file that whoever writes tables cannot change.

It is believed as little as the tables: what it says is compared with the next checkpoint that was signed.
"""

import json
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from provenance import durable
from provenance.walk import Verified


class MemoryUnreadableError(Exception):
    """The file is not one that was written here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """`front` is how far the ledger was verified; `again` follows it from the first entry on, round after round."""

    front: Verified = field(default_factory=Verified)
    again: Verified = field(default_factory=Verified)
    whole_at: datetime | None = None  # when the last round was done


def place() -> Path:
    """Where the site's own supervisor remembers."""
    return Path(settings.DATA) / "watch" / "verified.json"


def recall(path: Path) -> Memory:
    """What is remembered in the file at `path`; nothing if there is none. Raises MemoryUnreadableError, OSError."""
    if not path.exists():
        return Memory()
    try:
        said = json.loads(path.read_text())
        whole_at = said["whole_at"] and datetime.fromisoformat(said["whole_at"])
        return Memory(front=_verified(said["front"]), again=_verified(said["again"]), whole_at=whole_at)
    except (ValueError, KeyError, TypeError) as e:
        raise MemoryUnreadableError(f"{path} is not as it was written ({type(e).__name__}: {e}).") from e


def _verified(said: Any) -> Verified:
    found = Verified(
        size=int(said["size"]),
        chain=bytes.fromhex(said["chain"]),
        peaks=tuple(bytes.fromhex(peak) for peak in said["peaks"]),
    )
    if found.root.hex() != said["root"]:
        raise ValueError("root and peaks differ")
    return found


def keep(path: Path, memory: Memory) -> None:
    """Remember `memory` instead of what was remembered. Raises OSError."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    said = {
        "front": _said(memory.front),
        "again": _said(memory.again),
        "whole_at": memory.whole_at and memory.whole_at.isoformat(),
    }
    durable.write(path, json.dumps(said, indent=1).encode())


def _said(verified: Verified) -> dict[str, Any]:
    peaks = [peak.hex() for peak in verified.peaks]
    return {"size": verified.size, "chain": verified.chain.hex(), "peaks": peaks, "root": verified.root.hex()}
