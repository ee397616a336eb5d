"""The chain of custody of a run as a document for people: who did what, when, in order, and how the log proves it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from importlib.resources import files

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from consent import typeset
from countersign import timestamps, witnesses
from countersign.accounts import access
from countersign.accounts.models import Person
from countersign.evidence.bundle import ANCHOR, ENTRIES, PROOFS
from countersign.evidence.gather import Piece
from countersign.evidence.story import Story
from countersign.pages import words
from countersign.pages.retelling import Told, retell
from provenance import note
from provenance.models import SignedCheckpoint
from provenance.types import EntryKind, Json

LOOKS = frozenset(
    {
        EntryKind.FOOTAGE_VIEWED,
        EntryKind.OUTPUT_VIEWED,
        EntryKind.OUTPUT_DOWNLOADED,
        EntryKind.CONSENT_READ,
        EntryKind.TEMPLATE_READ,
        EntryKind.LEDGER_EXPORTED,
        EntryKind.EVIDENCE_EXPORTED,
    }
)
COMMAND = "countersign verify-evidence BUNDLE.zip --log-key VKEY --witness VKEY --consent-roots PEM --anchor PEM"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What the document is made of. `named` says whether people and titles may stand in it by name."""

    story: Story
    head: SignedCheckpoint
    kept: Sequence[Piece]
    withheld: Sequence[tuple[Piece, str]]
    made_at: datetime
    named: bool


def document(sheet: Sheet) -> bytes:
    """A PDF/A that prints on A4. The same sheet gives the same bytes."""
    view = _view(sheet)
    source = files(__package__).joinpath("custody.typ").read_bytes()
    return typeset.in_any_letters(source, view=view, at=sheet.made_at)


def _view(sheet: Sheet) -> dict[str, Json]:
    run, told = sheet.story.run, retell(sheet.story.lines)
    return {
        "kind": "Chain of custody" + ("" if sheet.named else ", redacted"),
        "heading": run.title if sheet.named else f"Run {run.pk.hex[:8]}",
        "subtitle": f"{run.production.title}, run {run.pk}" if sheet.named else f"Run {run.pk}",
        "footer": f"Run {run.pk} · made {_when(sheet.made_at)} UTC",
        "summary": list(_summary(sheet)),
        "about": list(_about(sheet)),
        "people": list(_people(told, sheet)) if sheet.named else [],
        "signatures": list(_signatures(sheet)),
        "events": [_event(one, sheet) for one in told if one.line.kind not in LOOKS] + list(_looks(told)),
        "proof": _proof(sheet),
        "files": list(_files(sheet)),
        "check": [
            "With Countersign’s base package, on a computer that has neither its database nor a network. The keys come "
            "from the parties themselves, by a way you trust; README.txt in the bundle says how to ask."
        ],
        "command": COMMAND,
    }


def _when(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%d %b %Y, %H:%M:%S}"


def _summary(sheet: Sheet) -> Iterator[str]:
    story, withdrawn = sheet.story, [line for line in sheet.story.lines if line.kind == EntryKind.CONSENT_WITHDRAWN]
    if story.decision is None or story.decision.kind == EntryKind.RUN_REFUSED:
        yield "The gate refused this run. Nothing was made."
    elif story.output is None:
        yield f"The gate granted this run under {len(story.consents)} consents. No output of it was published."
    else:
        yield (
            f"The gate granted this run under {len(story.consents)} consents, each signed by its performer and "
            "approved by a second person. Its output was signed, read back as a stranger would, and published."
        )
    for line in withdrawn:
        yield f"A consent was withdrawn on {_when(line.recorded_at)} UTC (entry {line.index})."
    if not sheet.named:
        yield "Names, consent papers, the request and the film are withheld. Every entry, proof and digest is here."


def _about(sheet: Sheet) -> Iterator[Json]:
    run, output = sheet.story.run, sheet.story.output
    yield ["Run", str(run.pk)]
    if sheet.named:
        yield ["Asked for", f"{words.said('kind', run.kind)}; {run.scene}; {words.said('medium', run.medium)}"]
        yield ["Face shown", f"{run.likeness.name}, from “{run.footage.title}”"]
        yield ["Filmed", f"{run.plate_performer.name}, in “{run.plate.title}”"]
    yield ["Asked on", f"{_when(run.requested_at)} UTC"]
    if output:
        published = f"{_when(output.published_at)} UTC" if output.published_at else "not published"
        yield ["Output", f"{output.pk}, published {published}"]
        yield ["State today", str(output.get_state_display())]


def _people(told: Iterable[Told], sheet: Sheet) -> Iterator[Json]:
    done: dict[str, list[str]] = {}
    for one in told:
        if one.line.actor.startswith("person:") and one.line.kind not in LOOKS:
            done.setdefault(one.line.actor, []).append(one.what.lower())
    known = {
        f"person:{row.pk}": row for row in Person.objects.filter(pk__in=[a.partition(":")[2] for a in done if _uuid(a)])
    }
    for actor, whats in done.items():
        person = known.get(actor)
        role = access.role_in(person, sheet.story.run.production) if person else None
        name = person.name if person else _pseudonym(actor)
        yield [f"{name}{f', {role.label.lower()}' if role else ''}", ", ".join(dict.fromkeys(whats))]


def _uuid(actor: str) -> bool:
    return len(actor.partition(":")[2]) == 36


def _signatures(sheet: Sheet) -> Iterator[Json]:
    for row in sheet.story.consents:
        whose = f"Consent of {row.performer.name}" if sheet.named else f"Consent {row.pk}"
        details: list[Json] = [["PDF", row.document_sha256], ["Terms", row.terms_sha256]]
        if sheet.named and row.performer.certificate_sha256:
            details.append(["Certificate", row.performer.certificate_sha256])
        yield {"what": whose, "by": f"signed by {row.signer}" if sheet.named else "signed (PAdES)", "details": details}
    line = sheet.story.decision
    if line and "grant_sha256" in line.body:
        details = [["Grant", str(line.body["grant_sha256"])], ["Policy", str(line.body["policy_sha256"])]]
        yield {"what": "Grant of the gate", "by": "sealed by the gate (Ed25519)", "details": details}
    if sheet.story.output:
        details = [["Film", sheet.story.output.sha256]]
        details += [["Authority", digest] for digest in _anchors(sheet.kept)]
        yield {"what": "Output", "by": "Content Credentials (C2PA)", "details": details}


def _anchors(pieces: Iterable[Piece]) -> list[str]:
    found = [piece.content for piece in pieces if piece.name == ANCHOR]
    return [one.fingerprint(hashes.SHA256()).hex() for pem in found for one in x509.load_pem_x509_certificates(pem)]


def _event(one: Told, sheet: Sheet) -> Json:
    digests: list[Json] = [
        [name.removesuffix("_sha256").replace("_", " ").replace("sha256", "SHA-256"), value]
        for name, value in one.line.body.items()
        if isinstance(value, str) and len(value) == 64 and name.endswith("sha256")
    ]
    return {
        "no": one.line.index,
        "when": _when(one.line.recorded_at),
        "what": one.what,
        "who": one.who if sheet.named else _pseudonym(one.line.actor),
        "about": one.about if sheet.named and one.about else _pseudonym(one.line.subject),
        "reasons": list(one.reasons),
        "digests": digests,
    }


def _looks(told: Iterable[Told]) -> Iterator[Json]:
    """Looking at things is told by how often; each look is an entry in the bundle."""
    for kind in sorted(LOOKS):
        found = [one.line for one in told if one.line.kind == kind]
        if found:
            yield {
                "no": found[0].index,
                "when": f"{_when(found[0].recorded_at)}" + (" and later" if len(found) > 1 else ""),
                "what": f"{words.said('entry', kind)}, {len(found)} ×",
                "who": f"{len({line.actor for line in found})} in all",
                "about": "",
                "reasons": [],
                "digests": [],
            }


def _pseudonym(text: str) -> str:
    kind, _, rest = text.partition(":")
    return f"{kind.capitalize()} {rest[:8]}".strip()


def _proof(sheet: Sheet) -> Json:
    head = sheet.head
    signers = [line.name for line in note.parse(witnesses.note_of(head).encode()).signatures]
    stamps = [f"{stamp.authority}, kept {_when(stamp.made_at)} UTC" for stamp in timestamps.of(head.size)]
    sentences: list[Json] = [
        f"Each entry above is proven to be in the log’s tree of {head.size} entries, whose root the log signed on "
        f"{_when(head.made_at)} UTC.",
        "Signatures under that checkpoint: " + ", ".join(signers) + ".",
        "Time-stamps on it (RFC 3161): " + ("; ".join(stamps) or "none") + ".",
    ]
    return {"sentences": sentences, "facts": [["Root", bytes(head.root).hex()]]}


def _files(sheet: Sheet) -> Iterator[Json]:
    proofs = [piece for piece in sheet.kept if piece.name.startswith((ENTRIES, PROOFS))]
    for piece in sheet.kept:
        if piece not in proofs:
            yield {"name": piece.name, "sha256": piece.sha256, "size": _size(piece.size), "note": ""}
    for piece, why in sheet.withheld:
        yield {"name": piece.name, "sha256": piece.sha256, "size": "", "note": f"withheld: {why}"}
    listed = "".join(f"{piece.sha256}  {piece.name}\n" for piece in proofs).encode()
    said = f"the digest of a list of the {len(proofs)} files there, as sha256sum prints it"
    yield {"name": f"{ENTRIES} and {PROOFS}", "sha256": sha256(listed).hexdigest(), "size": "", "note": said}


def _size(size: int) -> str:
    return f"{size} B" if size < 10_000 else f"{size / 1000:.0f} kB" if size < 10_000_000 else f"{size / 1e6:.0f} MB"
