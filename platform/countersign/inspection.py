"""A stranger's file, looked at: what it says of itself, whether that holds, and whether the consents it names stand.

The file is read by `provenance.verify` alone, in a process of its own, and is gone when the answer is made.
"""

import hashlib
import mimetypes
import tempfile
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from countersign import keys, log, logbook, proofs
from countersign.proofs import Proof
from countersign.runs import status
from countersign.runs.models import Output
from provenance import verify
from provenance.models import LedgerEntry
from provenance.types import EntryKind, Integrity, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspected:
    """A verdict with what this site can add to it."""

    verdict: Verdict
    consents: tuple[status.ConsentStatus, ...]
    ledger_entry: logbook.Line | None
    proof: Proof | None

    @property
    def sound(self) -> bool:
        """Nobody changed it, and what it says holds together."""
        return self.verdict.integrity is Integrity.INTACT and not self.verdict.problems


def inspect(file: "UploadedFile[bytes]") -> Inspected:
    """What is to be said of an upload. Nothing of it is left when this returns."""
    with tempfile.NamedTemporaryFile(dir=settings.FILE_UPLOAD_TEMP_DIR) as plain:
        for chunk in file.chunks():
            plain.write(chunk)
        plain.flush()
        path = Path(plain.name)
        verdict = verify.verdict(path, media_type=_media_type(file), anchors=keys.anchor(settings.KEYS))
        ours = verdict.integrity is Integrity.INTACT
        return Inspected(
            verdict=verdict,
            consents=tuple(status.of(verdict)) if ours else (),
            ledger_entry=_entry(status.of_file(_digest(path))) if ours else None,
            proof=proofs.of(verdict) if ours else None,
        )


def _entry(output: Output | None) -> logbook.Line | None:
    if output is None:
        return None
    log.settle()
    kind = EntryKind.OUTPUT_PUBLISHED.value
    row = LedgerEntry.objects.filter(kind=kind, subject=f"output:{output.pk}").first()
    return logbook.line(row) if row else None


def _media_type(file: "UploadedFile[bytes]") -> str:
    said = file.content_type or ""
    guessed = mimetypes.guess_type(file.name or "")[0] or ""
    return said if said.startswith(("video/", "image/", "audio/")) else guessed or "application/octet-stream"


def _digest(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
