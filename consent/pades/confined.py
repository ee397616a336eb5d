"""Strangers' documents, read in a child process with limits on memory, time and files: a PDF made to do harm takes
nothing down but its own reader. Whatever becomes of the child, here comes a `Signed` or a `Refusal`.
"""

import base64
import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from consent import intake, record
from consent.errors import ConsentError
from consent.fields import isoformat
from consent.pades.verdict import Signed
from consent.pins import Pins
from consent.types import Refusal

WALL_SECONDS = 30
ROOT = Path(__file__).resolve().parents[2]


def verify(pdf: bytes, *, pins: Pins, now: datetime, offered: bytes | None = None) -> Signed | Refusal:
    """As `pades.verify`, in a child process. Raises ConsentError if `pins` cannot be read.

    Refused with DOCUMENT_OVERTAXING where the child ran out of time or memory, or died of the file.
    """
    reason = intake.no_file(pdf)
    if reason is not None:
        return Refusal(reasons=(reason,), decided_at=now)
    order = {
        "pdf": base64.b64encode(pdf).decode(),
        "pins": pins.to_json(),
        "now": now.isoformat(),
        "offered": None if offered is None else base64.b64encode(offered).decode(),
    }
    with tempfile.TemporaryDirectory(prefix="countersign-paper-") as folder:
        answer = _ask(json.dumps(order).encode(), folder)
    return _understood(answer, now=now)


def attached(pdf: bytes, name: str) -> bytes | None:
    """As `pades.attached`, in a child process; None too where the child ran out of time or memory, or died of it."""
    order = {"pdf": base64.b64encode(pdf).decode(), "attached": name}
    with tempfile.TemporaryDirectory(prefix="countersign-paper-") as folder:
        answer = _ask(json.dumps(order).encode(), folder)
    found = json.loads(answer)["content"] if answer else None
    return base64.b64decode(found) if found else None


def _ask(order: bytes, folder: str) -> bytes:
    """What the child answers; nothing if it was stopped or died."""
    environment = {"PYTHONPATH": str(ROOT), "TMPDIR": folder, "PATH": os.defpath, "LC_ALL": "C.UTF-8"}
    command = [sys.executable, "-P", "-m", "consent.pades.child"]
    with contextlib.suppress(subprocess.TimeoutExpired):
        done = subprocess.run(  # our own module; the file goes through the pipe
            command, input=order, capture_output=True, cwd=folder, env=environment, timeout=WALL_SECONDS, check=False
        )
        return done.stdout if done.returncode == 0 else b""
    return b""


def _understood(answer: bytes, *, now: datetime) -> Signed | Refusal:
    try:
        said = json.loads(answer)
    except ValueError:
        return Refusal(reasons=(intake.overtaxing(),), decided_at=now)
    if "error" in said:
        raise ConsentError(said["error"])
    if "reasons" in said:
        return Refusal(reasons=record.reasons_from_json(said["reasons"]), decided_at=now)
    return Signed(**{**said, "claimed_at": _moment(said["claimed_at"]), "proven_at": _moment(said["proven_at"])})


def _moment(said: str | None) -> datetime | None:
    return datetime.fromisoformat(said) if said else None


def written(answer: Signed | Refusal) -> Mapping[str, Any]:
    """An answer as plain JSON, as the child gives it."""
    if isinstance(answer, Refusal):
        return {"reasons": record.reasons_to_json(answer.reasons)}
    return {**asdict(answer), "claimed_at": isoformat(answer.claimed_at), "proven_at": isoformat(answer.proven_at)}
