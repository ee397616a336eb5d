"""Everything a bundle holds, collected: papers, decision, entries with their proofs, and who vouches for them."""

import base64
import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any

from django.conf import settings

from consent import particulars, record
from consent.models import ConsentRecord
from consent.services import rulebook
from countersign import documents, keys, timestamps, witnesses
from countersign.evidence import request
from countersign.evidence.archive import FILM
from countersign.evidence.bundle import (
    ANCHOR,
    ANSWERS,
    CHECKPOINT,
    COMPLETION,
    CONSENT_ROOTS,
    CONSENTS,
    CONSISTENCY,
    DOCUMENTS_ROOT,
    EVIDENCE_KEY,
    GATE_KEY,
    GRANT,
    LOG_KEY,
    MADE_MANIFEST,
    OFFERED,
    OPENINGS,
    POLICY,
    QUALIFIED,
    REQUEST,
    SEALERS,
    SIGNED_AS,
    STAMP_ROOTS,
    STAMPS,
    TERMS,
    VERDICT,
    WALLETS,
    WITNESSES,
    entry_name,
    proof_name,
)
from countersign.evidence.story import Story, used_before
from countersign.runs import storage
from provenance import canonical, checkpoint, manifest, note, tlog_proof, tree, verify
from provenance.errors import NoteError
from provenance.models import LedgerEntry, Opening, SignedCheckpoint
from provenance.note import Verifier
from provenance.types import Json

CONFIDENTIAL = "production"  # for legal alone


@dataclass(frozen=True, kw_only=True)
class Piece:
    """A file for the bundle. `of` says whose it is: everybody's if empty, a "performer:<id>", or the production's.

    One that is no longer there has neither content nor path, and a digest that was known of it.
    """

    name: str
    content: bytes = b""
    path: Path | None = None
    of: str = ""
    gone: str = ""

    @property
    def size(self) -> int:
        return self.path.stat().st_size if self.path else len(self.content)

    @cached_property  # a film takes a while
    def sha256(self) -> str:
        if self.gone:
            return self.gone
        if self.path is None:
            return sha256(self.content).hexdigest()
        with self.path.open("rb") as file:
            return file_digest(file, "sha256").hexdigest()


def pieces(story: Story, head: SignedCheckpoint, *, evidence: Verifier) -> Iterator[Piece]:
    """Everything but what is made of these: the custody document, the instructions and the manifest."""
    yield from _trusted(evidence)
    for consent in story.consents:
        yield from _consent(consent)
    yield from _decision(story)
    yield from _output(story, head)
    yield from _log(story, head)


def _trusted(evidence: Verifier) -> Iterator[Piece]:
    yield Piece(name=EVIDENCE_KEY, content=f"{evidence}\n".encode())
    yield Piece(name=LOG_KEY, content=f"{keys.log_verifier(settings.KEYS)}\n".encode())
    yield Piece(name=GATE_KEY, content=keys.gate_public(settings.KEYS))
    yield Piece(name=ANCHOR, content=keys.anchor(settings.KEYS))
    yield Piece(name=CONSENT_ROOTS, content=keys.consent_roots(settings.KEYS))
    stamp_roots = keys.tsa_roots(settings.KEYS)
    if stamp_roots:
        yield Piece(name=STAMP_ROOTS, content=stamp_roots)
    if (settings.KEYS / "documents-root.pem").exists():
        yield Piece(name=DOCUMENTS_ROOT, content=documents.root(settings.KEYS))
    pins = keys.pins(settings.KEYS)
    for name, content in ((QUALIFIED, pins.qualified), (SEALERS, pins.seals), (WALLETS, pins.wallets)):
        if content:
            yield Piece(name=name, content=content)
    policy_path = keys.witness_policy(settings.KEYS)
    if policy_path.exists():
        yield Piece(name=WITNESSES, content=policy_path.read_bytes())


def _consent(row: ConsentRecord) -> Iterator[Piece]:
    folder, whose = f"{CONSENTS}{row.pk}", f"performer:{row.performer_id}"
    pdf = bytes(row.signed_pdf)
    gone = "" if sha256(pdf).hexdigest() == row.document_sha256 else row.document_sha256
    if gone:  # destroyed at its end, or with its performer; the digests stay
        yield Piece(name=folder + SIGNED_AS[row.document_type], gone=gone)
        yield Piece(name=folder + TERMS, gone=row.terms_sha256)
        return
    yield Piece(name=folder + SIGNED_AS[row.document_type], content=pdf, of=whose)
    if row.completion_pdf:
        yield Piece(name=folder + COMPLETION, content=bytes(row.completion_pdf), of=whose)
    yield Piece(name=folder + OFFERED, content=bytes(row.offered_pdf), of=whose)
    yield Piece(name=folder + VERDICT, content=canonical.dumps(row.verdict), of=whose)
    if row.assertions.exists():
        yield Piece(name=folder + ANSWERS, content=canonical.dumps(_answers(row)), of=whose)
    yield Piece(name=folder + TERMS, content=record.document(record.from_json(row.terms)), of=whose)


def _answers(row: ConsentRecord) -> list[Json]:
    names = ("purpose", "sha256", "evidence", "shown", "summary")
    return [{name: getattr(one, name) for name in names} for one in row.assertions.order_by("pk")]


def _decision(story: Story) -> Iterator[Piece]:
    line = story.decision
    if story.run.sealed_grant:
        yield Piece(name=GRANT, content=story.run.sealed_grant.encode())
    if line is None:
        return
    yield Piece(name=REQUEST, content=canonical.dumps(_asked(story)), of=CONFIDENTIAL)
    for name, text in rulebook.files_of(str(line.body.get("policy_sha256"))).items():
        yield Piece(name=POLICY + name, content=text.encode())


def _asked(story: Story) -> dict[str, Json]:
    """The request as the log holds it; a nonce keeps its digest from being guessed."""
    line, run = story.decision, story.run
    if line is None:
        raise RuntimeError("a run without a decision has no request")
    body: Mapping[str, Any] = line.body
    shown = _shown(body)
    said = {
        "run_id": str(run.pk),
        "production_id": body["production"],
        "kind": body["kind"],
        "participants": [_participant(one, shown) for one in body["participants"]],
        **{name: shown.get(name) for name in particulars.NAMES},
        "screen_seconds": body["screen_seconds"],
        "trains": True,
        "parameters_sha256": body["parameters_sha256"],
        "requested_by": line.actor.removeprefix("person:"),
        "used_before": {},
    }
    asked, _ = request.parse(said)
    whole = request.written(asked, used=used_before(story))
    return {**whole, "parameters": dict(run.parameters), "nonce": secrets.token_hex(16)}


def _shown(body: Mapping[str, Any]) -> dict[str, Any]:
    """What the entry seals, as far as nobody had it erased: the run's own row may have been changed since."""
    rows = Opening.objects.filter(commitment__in=(body.get("sealed") or {}).values())
    return {row.field: json.loads(row.value) for row in rows}


def _participant(one: Mapping[str, Any], shown: Mapping[str, Any]) -> Json:
    sightings = [
        {**face, "performer_id": face["performer"], "score": shown.get(f"score:{one['part']}:{face['track']}")}
        for face in one["faces"]
    ]
    return {**one, "performer_id": one["performer"], "sightings": sightings}


def _output(story: Story, head: SignedCheckpoint) -> Iterator[Piece]:
    if story.output is None:
        return
    path = storage.output(story.output.sha256)
    if not path.exists():
        yield Piece(name=FILM, of=CONFIDENTIAL, gone=story.output.sha256)
        return
    yield Piece(name=FILM, path=path, of=CONFIDENTIAL)
    read = verify.report(path, media_type="video/mp4", anchors=keys.anchor(settings.KEYS)).manifest
    yield Piece(name=MADE_MANIFEST, content=canonical.dumps(dict(read)))
    first = _receipt_size(dict(read))
    if 0 < first <= head.size:
        proof: list[Json] = [base64.b64encode(digest).decode() for digest in tree.of(head.size).consistency(first)]
        yield Piece(name=CONSISTENCY, content=canonical.dumps({"first": first, "proof": proof}))


def _receipt_size(read: dict[str, Json]) -> int:
    raw = str(manifest.assertion(read, manifest.LEDGER).get("checkpoint", ""))
    try:
        return checkpoint.parse(note.parse(raw.encode()).text).size
    except NoteError:
        return 0


def _log(story: Story, head: SignedCheckpoint) -> Iterator[Piece]:
    signed, grown = witnesses.note_of(head), tree.of(head.size)
    yield Piece(name=CHECKPOINT, content=signed.encode())
    for number, stamp in enumerate(timestamps.of(head.size)):
        yield Piece(name=f"{STAMPS}{number}.tsr", content=bytes(stamp.token))
    for row in story.entries:
        proof = tlog_proof.written(row.index, grown.inclusion(row.index), checkpoint=signed)
        yield Piece(name=entry_name(row.index), content=row.canonical.encode())
        yield Piece(name=proof_name(row.index), content=proof.encode())


def openings(entries: Sequence[LedgerEntry], *, of: Sequence[str] = ()) -> Piece:
    """The values that the entries only commit to; `of`, unless empty, limits them to these subjects'."""
    wanted = [str(one) for row in entries for one in (json.loads(row.canonical)["body"].get("sealed") or {}).values()]
    rows = Opening.objects.filter(commitment__in=wanted).order_by("commitment")
    said: list[Json] = [_opening(row) for row in rows if not of or row.of in of]
    return Piece(name=OPENINGS, content=canonical.dumps(said), of=of[0] if of else CONFIDENTIAL)


def _opening(row: Opening) -> Json:
    value, salt = json.loads(row.value), bytes(row.salt).hex()
    return {"commitment": row.commitment, "of": row.of, "field": row.field, "value": value, "salt": salt}
