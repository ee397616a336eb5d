"""A bundle that was opened: its members by name, read as the manifest describes them, the log's entries among them."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

from countersign.evidence.archive import FILM, Archive
from countersign.evidence.contents import MANIFEST, SIGNATURE, Contents, Member, parse
from countersign.evidence.errors import AbsentError, BundleError, UnfitError
from provenance import canonical
from provenance.errors import CanonicalError

LARGEST_JSON = 8 * 2**20
LARGEST_ENTRY, LARGEST_STORY = 2**20, 64 * 2**20
README, CUSTODY = "README.txt", "custody.pdf"
MADE_MANIFEST = "output/manifest.json"
GRANT, REQUEST, POLICY = "decision/grant.jws", "decision/request.json", "decision/policy/"
CONSENTS, SIGNED, OFFERED, TERMS = "consents/", "/signed.pdf", "/offered.pdf", "/terms.json"
ANSWERS = "/passkeys.json"  # by which it was signed and approved
VERDICT, COMPLETION = "/verdict.json", "/certificate-of-completion.pdf"  # of the intake; of a signing platform
SIGNED_AS = {  # what came signed, by its media type
    "application/pdf": SIGNED,
    "application/jwt": "/signed.jwt",
    "image/jpeg": "/signed.jpg",
    "image/png": "/signed.png",
}
CHECKPOINT, CONSISTENCY, OPENINGS = "ledger/checkpoint", "ledger/consistency.json", "ledger/openings.json"
ENTRIES, PROOFS, STAMPS = "ledger/entries/", "ledger/proofs/", "ledger/stamps/"
LOG_KEY, WITNESSES, EVIDENCE_KEY = "trust/log.vkey", "trust/witness-policy", "trust/evidence.vkey"
GATE_KEY, ANCHOR = "trust/gate.pub.pem", "trust/anchor.pem"
CONSENT_ROOTS, STAMP_ROOTS = "trust/consent-roots.pem", "trust/tsa-roots.pem"
DOCUMENTS_ROOT = "trust/documents-root.pem"  # of the platform's own seal
WALLETS = "trust/wallet-issuers.json"
QUALIFIED, SEALERS = "trust/qualified-issuers.pem", "trust/seal-issuers.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An entry of the log as its own text states it; `text` are the bytes that the log hashed."""

    index: int
    kind: str
    subject: str
    actor: str
    recorded_at: datetime
    body: Mapping[str, Any]
    text: bytes
    member: str


class Bundle:
    """Raises BundleError for a file without a manifest that can be read."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        try:
            self.manifest = archive.read(MANIFEST)
        except AbsentError as e:
            raise BundleError(f"This is no evidence bundle: {e}.") from e
        if len(self.manifest) > LARGEST_JSON:
            raise BundleError(f"{MANIFEST} is larger than any bundle's.")
        self.contents: Contents = parse(self.manifest)
        self._members = {member.name: member for member in self.contents.members}
        self._withheld = {one.name: one for one in self.contents.withheld}
        told = [member.size for member in self.contents.members if member.name.startswith(ENTRIES)]
        if sum(told) > LARGEST_STORY or max(told, default=0) > LARGEST_ENTRY:
            raise BundleError("The entries in this bundle are larger than any log's.")

    def names(self, *, under: str = "") -> list[str]:
        """The members the manifest names, whether they are there or not, in order."""
        return sorted(name for name in self._members if name.startswith(under))

    def holds(self, name: str) -> bool:
        return name in self._members

    def withheld(self, name: str) -> str:
        """The digest of a member that was left out on purpose; empty if it was not."""
        return self._withheld[name].sha256 if name in self._withheld else ""

    def read(self, name: str) -> bytes:
        """A member as the manifest describes it. Raises AbsentError if it is withheld, missing, or another."""
        member = self._described(name)
        content = self.archive.read(name)
        if (len(content), sha256(content).hexdigest()) != (member.size, member.sha256):
            raise AbsentError(f"{name} was changed")
        return content

    def json(self, name: str) -> Any:
        """A member that is canonical JSON. Raises AbsentError, UnfitError."""
        content = self.read(name)
        try:
            if len(content) > LARGEST_JSON:
                raise ValueError("it is too large")
            said = json.loads(content)
            if canonical.dumps(said) != content:
                raise ValueError("it is not written in the canonical form")
            return said
        except (ValueError, RecursionError, CanonicalError) as e:
            raise UnfitError(f"{name} cannot be understood: {e}") from e

    def faults(self) -> Iterator[tuple[str, str]]:
        """Every member that is not as the manifest describes it: its name, and what is wrong with it."""
        for name in sorted({*self._members, *self.archive.names} - {MANIFEST, SIGNATURE}):
            fault = self._fault(name)
            if fault:
                yield name, fault

    def lay_out(self, name: str, target: Path) -> None:
        """Write a member to a file of our own. Raises AbsentError."""
        member, digest = self._described(name), sha256()
        with target.open("wb") as file:
            for chunk in self.archive.chunks(name):
                digest.update(chunk)
                file.write(chunk)
        if digest.hexdigest() != member.sha256:
            raise AbsentError(f"{name} was changed")

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """The log's entries that can be read, by index. One that was changed is named by `faults`."""
        return tuple(sorted(self._lines(), key=lambda line: line.index))

    @cached_property
    def openings(self) -> dict[str, Mapping[str, Any]]:
        """The sealed values that are disclosed, by commitment; none where they are withheld. Raises UnfitError."""
        disclosed = [] if self.withheld(OPENINGS) else self.json(OPENINGS)
        return {str(one["commitment"]): one for one in disclosed}

    def _lines(self) -> Iterator[Line]:
        for name in self.names(under=ENTRIES):
            try:
                yield _line(name, self.read(name))
            except (AbsentError, UnfitError):
                continue

    def _described(self, name: str) -> Member:
        if name in self._withheld:
            raise AbsentError(f"{name} is withheld: {self._withheld[name].why}")
        if name not in self._members:
            raise AbsentError(f"the bundle has no {name}")
        return self._members[name]

    def _fault(self, name: str) -> str:
        if name not in self._members:
            return "the manifest does not know it"
        try:
            digest, size = sha256(), 0
            for chunk in self.archive.chunks(name):
                digest.update(chunk)
                size += len(chunk)
        except AbsentError as e:
            return str(e)
        member = self._members[name]
        if (size, digest.hexdigest()) != (member.size, member.sha256):
            return f"it was changed: expected SHA-256 {member.sha256}, got {digest.hexdigest()}"
        return ""


def entry_name(index: int) -> str:
    return f"{ENTRIES}{index:09}.json"


def proof_name(index: int) -> str:
    return f"{PROOFS}{index:09}.tlog-proof"


def _line(name: str, text: bytes) -> Line:
    try:
        said = json.loads(text)
        found = Line(
            index=said["index"],
            kind=said["kind"],
            subject=said["subject"],
            actor=said["actor"],
            recorded_at=datetime.fromisoformat(said["recorded_at"]),
            body=said["body"],
            text=text,
            member=name,
        )
        if name != entry_name(found.index) or not isinstance(found.body, dict) or found.recorded_at.tzinfo is None:
            raise ValueError("it is not the entry its name says")
        return found
    except (ValueError, KeyError, TypeError, RecursionError) as e:
        raise UnfitError(f"{name} cannot be understood: {e}") from e


__all__ = ["FILM", "Bundle", "Line", "entry_name", "proof_name"]
