"""Handing out evidence: who may have it, what is left out for whom, and the entry that it left the house."""

import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from time import monotonic, sleep
from typing import IO
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.db import transaction
from django.http import FileResponse
from django.utils import timezone

from consent.models import Performer
from countersign import keys, log, timestamps, witnesses
from countersign.accounts import access
from countersign.accounts.models import Person, Role
from countersign.evidence import contents, custody, gather, story
from countersign.evidence.archive import FILM, Writer
from countersign.evidence.bundle import CUSTODY, README
from countersign.evidence.contents import MANIFEST, SIGNATURE, About, Contents, Member, Withheld
from countersign.evidence.errors import NotCoveredError
from countersign.evidence.gather import Piece
from countersign.runs.models import OUT, Output, Run
from provenance import cosigned, ledger
from provenance.models import SignedCheckpoint, TimeStamp
from provenance.note import verifier_of
from provenance.types import EntryKind, Json
from provenance.witness_policy import Policy

PATIENCE_S = 2.0  # the log signs twice a second
LOOK_BACK = 20  # checkpoints
NOT_YOURS = "it is another person's, or the production's alone"
LEFT_OUT = "the film was left out to keep the bundle small"
REDACTED = "this bundle is redacted"
GONE = "it is no longer kept"
NOT_OUT = "it was taken down, and nothing hands it out any more"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """`performer` is whose papers may be in it, besides what is everybody's; empty for legal, who gets all.

    `redacted` withholds every paper; `film` puts the output in as well.
    """

    run: Run
    by: Person
    performer: str
    redacted: bool
    film: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """A bundle that is in the ledger. `file` is its only copy here, and gone when it is closed."""

    file: IO[bytes]
    filename: str
    sha256: str


def asked(person: Person, pk: UUID, *, redacted: bool, film: bool) -> Ask:
    """Evidence of a run is for legal of its production, and for the performers in it as far as it is about them.

    Raises NotYoursError for whoever may not see the run, WrongRoleError for the crew.
    """
    run = access.fetch(person, Run, pk)
    if not open_to(person, run):
        whom = f"legal of {run.production.title}, and for the performers in the run"
        raise access.WrongRoleError(f"Evidence is for {whom}.")
    legal = access.role_in(person, run.production) is Role.LEGAL
    performer = "" if legal else f"performer:{_performers(person, run)[0].pk}"
    return Ask(run=run, by=person, performer=performer, redacted=redacted, film=film)


def open_to(person: Person, run: Run) -> bool:
    """Whether this person may have evidence of the run at all."""
    return access.role_in(person, run.production) is Role.LEGAL or bool(_performers(person, run))


def _performers(person: Person, run: Run) -> list[Performer]:
    return [one for one in (run.likeness, run.plate_performer) if one.person_id == person.pk]


def export(ask: Ask) -> Exported:
    """Make the bundle, write into the ledger that it leaves, and only then hand it over.

    Raises NotCoveredError while no checkpoint covers the run's entries, LedgerError if it cannot be written down.
    """
    log.settle()
    told = story.of(ask.run)
    head = _head(told)
    with tempfile.TemporaryDirectory(dir=settings.DATA / "tmp") as folder:
        path = Path(folder) / "bundle.zip"
        made = _write(path, ask=ask, told=told, head=head)
        digest = Piece(name="", path=path).sha256
        _record(ask, digest=digest, contents=made)
        file = path.open("rb")  # outlives its name
    return Exported(
        file=file, filename=f"evidence-{ask.run.pk.hex[:8]}{'-redacted' if made.redacted else ''}.zip", sha256=digest
    )


def response(made: Exported) -> FileResponse:
    return FileResponse(
        made.file,
        as_attachment=True,
        filename=made.filename,
        content_type="application/zip",
        headers={"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"},
    )


def _record(ask: Ask, *, digest: str, contents: Contents) -> None:
    body: dict[str, Json] = {
        "bundle_sha256": digest,
        "redacted": contents.redacted,
        "for": contents.about.performer or "legal",
        "checkpoint": contents.checkpoint,
        "withheld": len(contents.withheld),
    }
    with transaction.atomic():
        ledger.append(EntryKind.EVIDENCE_EXPORTED, subject=f"run:{ask.run.pk}", actor=f"person:{ask.by.pk}", body=body)


def _head(told: story.Story) -> SignedCheckpoint:
    """The checkpoint that every entry is proven in. Waits a little for one, and for the witnesses."""
    last, policy = told.entries[-1].index if told.entries else -1, witnesses.policy(settings.KEYS)
    end = monotonic() + PATIENCE_S
    while True:
        found = _best(last, policy)
        if found and (_vouched(found, policy) or monotonic() > end):
            return found
        if monotonic() > end:
            raise NotCoveredError(
                f"The log has not signed a checkpoint over entry {last} yet, so nothing could be proven. It signs "
                "every second while it runs: try again in a moment, and tell the operator if it stays so."
            )
        sleep(0.2)


def _best(last: int, policy: Policy) -> SignedCheckpoint | None:
    """Of those that the log signed: enough witnesses first, then a time-stamp, then the newest."""
    stamped = list(TimeStamp.objects.filter(size__gt=last).order_by("-size").values_list("size", flat=True)[:LOOK_BACK])
    newest = SignedCheckpoint.objects.filter(size__gt=last).order_by("-size")[:LOOK_BACK]
    rows = filter(log.signed_by_us, [*newest, *SignedCheckpoint.objects.filter(size__in=stamped)])
    held = {size for size in stamped if timestamps.of(size)}
    return max(rows, key=lambda row: (_vouched(row, policy), row.size in held, row.size), default=None)


def _vouched(row: SignedCheckpoint, policy: Policy) -> bool:
    return len(cosigned.vouchers(row, policy)) >= policy.quorum


def _write(path: Path, *, ask: Ask, told: story.Story, head: SignedCheckpoint) -> Contents:
    key, name, now = keys.evidence_private(settings.KEYS), log.evidence_name(), timezone.now().replace(microsecond=0)
    found = [*gather.pieces(told, head, evidence=verifier_of(key, name=name)), _openings(ask, told)]
    kept, withheld = _sorted(ask, found)
    about = About(
        production=str(ask.run.production_id),
        run=str(ask.run.pk),
        output=str(told.output.pk) if told.output else "",
        performer=ask.performer,
    )
    named = not (ask.redacted or ask.performer)
    sheet = custody.Sheet(story=told, head=head, kept=kept, withheld=withheld, made_at=now, named=named)
    kept += [
        Piece(name=CUSTODY, content=custody.document(sheet)),
        Piece(name=README, content=_instructions(ask, about, now=now)),
    ]
    made = Contents(
        made_at=now.isoformat(),
        about=about,
        redacted=not named,
        checkpoint=head.size,
        members=tuple(Member(name=one.name, size=one.size, sha256=one.sha256) for one in kept),
        withheld=tuple(Withheld(name=one.name, size=one.size, sha256=one.sha256, why=why) for one, why in withheld),
    )
    _pack(path, kept, made, key=key, name=name)
    return made


def _openings(ask: Ask, told: story.Story) -> Piece:
    whose = (ask.performer, f"run:{ask.run.pk}") if ask.performer and not ask.redacted else ()
    return gather.openings(told.entries, of=whose)


def _sorted(ask: Ask, found: Iterable[Piece]) -> tuple[list[Piece], list[tuple[Piece, str]]]:
    """What goes in, and what stays out and why."""
    kept: list[Piece] = []
    withheld: list[tuple[Piece, str]] = []
    for piece in found:
        why = _why_not(ask, piece)
        if why:
            withheld.append((piece, why))
        else:
            kept.append(piece)
    return kept, withheld


def _why_not(ask: Ask, piece: Piece) -> str:
    if piece.gone:
        return GONE
    if not piece.of:
        return ""
    if ask.redacted:
        return REDACTED
    if ask.performer and piece.of != ask.performer:
        return NOT_YOURS
    if piece.name != FILM:
        return ""
    return (LEFT_OUT if not ask.film else "") or ("" if _is_out(ask.run) else NOT_OUT)


def _is_out(run: Run) -> bool:
    """Whether anybody may have the film at all: evidence is no way round a take-down."""
    return Output.objects.filter(run=run, state__in=OUT).exists()


def _instructions(ask: Ask, about: About, *, now: datetime) -> bytes:
    text = files(__package__).joinpath("readme.txt").read_text()
    redacted = "\nThis bundle is redacted: papers are withheld, and their digests stand in manifest.json.\n"
    return text.format(
        format=contents.FORMAT,
        about=f"Run {about.run}" + (f", output {about.output}" if about.output else ""),
        made_at=f"{now.astimezone(UTC):%d %B %Y, %H:%M:%S} UTC",
        redacted=redacted if ask.redacted or ask.performer else "",
        log_key=keys.log_verifier(settings.KEYS),
        site=settings.SITE_URL,
    ).encode()


def _pack(path: Path, kept: Iterable[Piece], made: Contents, *, key: Ed25519PrivateKey, name: str) -> None:
    manifest = contents.written(made)
    with Writer(path, made_at=datetime.fromisoformat(made.made_at)) as archive:
        archive.add(MANIFEST, manifest)
        archive.add(SIGNATURE, contents.sign(manifest, name=name, key=key).encode())
        for piece in kept:
            if piece.path:
                archive.add_file(piece.name, piece.path)
            else:
                archive.add(piece.name, piece.content)
