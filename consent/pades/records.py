"""What is kept of a verdict: all it stood on, by digest, and the evidence itself, so that nobody need find it again."""

import base64
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256

from pyhanko.version import __version__

from consent.pades.paper import Paper
from consent.pades.validity import Answer, Stamped, digest
from provenance.types import Json

LARGEST = 256 * 1024  # bytes of one piece of evidence: of a larger one the digest is kept


def of(paper: Paper, answer: Answer, *, stamps: tuple[Stamped, ...], now: datetime) -> dict[str, Json]:
    """The verdict as plain JSON. It names people: never for the ledger, save by its digest."""
    return {
        "checked_at": now.astimezone(UTC).isoformat(),
        "checked_by": f"pyHanko {__version__}",
        "revisions": paper.last_revision + 1,
        "stamps": [_stamp(stamp) for stamp in stamps],
        "evidence": [
            *(_piece("certificate", der) for der in (one.dump() for one in answer.chain)),
            *(_piece("time-stamp authority", stamp.by.dump()) for stamp in stamps),
            *_revocation(answer),
        ],
    }


def _stamp(stamp: Stamped) -> Json:
    by = stamp.by.subject.native.get("common_name") or stamp.by.subject.human_friendly
    return {"over": stamp.over, "at": stamp.at.isoformat(), "by": str(by), "certificate_sha256": digest(stamp.by)}


def _revocation(answer: Answer) -> Iterator[Json]:
    yield from (_piece("revocation list", one.dump()) for one in answer.evidence.lists)
    yield from (_piece("OCSP answer", one.dump()) for one in answer.evidence.answers)


def _piece(kind: str, der: bytes) -> Json:
    piece: dict[str, Json] = {"kind": kind, "sha256": sha256(der).hexdigest()}
    return {**piece, "der": base64.b64encode(der).decode()} if len(der) <= LARGEST else piece
