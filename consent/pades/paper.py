"""A signed PDF taken apart: who signed it, what stamped it since, what each revision holds, and the terms in it."""

import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from asn1crypto.crl import CertificateList
from asn1crypto.ocsp import OCSPResponse
from asn1crypto.x509 import Certificate
from pyhanko.pdf_utils.generic import IndirectObject
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.general import MultivaluedAttributeError, NonexistentAttributeError, find_unique_cms_attribute
from pyhanko.sign.validation import DocumentSecurityStore, EmbeddedPdfSignature
from pyhanko.sign.validation.errors import NoDSSFoundError, SignatureValidationError

from consent import intake
from consent.intake import TERMS_FILE
from consent.types import Reason
from provenance.types import Json

LARGEST_TERMS = 64 * 1024
MOST_SIGNATURES = 20
_DEEPEST = 20  # levels of a PDF name tree
# What a damaged or hostile file makes the parser raise, besides its own errors.
UNREADABLE = (PdfError, SignatureValidationError, ValueError, TypeError, KeyError, IndexError, AttributeError,
              AssertionError, OverflowError, NotImplementedError, RecursionError)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Certificates, revocation lists and answers about single certificates that a document brings along. Each is signed
    by an authority; that it is here proves nothing by itself."""

    certificates: tuple[Certificate, ...] = ()
    lists: tuple[CertificateList, ...] = ()
    answers: tuple[OCSPResponse, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.lists or self.answers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """`signature` is the first: it is about the terms. `seals` are signatures after it, `stamps` time-stamps over the
    document; both in the order of their revisions."""

    reader: PdfFileReader
    signature: EmbeddedPdfSignature
    seals: tuple[EmbeddedPdfSignature, ...]
    stamps: tuple[EmbeddedPdfSignature, ...]

    @property
    def last(self) -> EmbeddedPdfSignature:
        return max((self.signature, *self.seals, *self.stamps), key=lambda one: int(one.signed_revision))

    @property
    def last_revision(self) -> int:
        return int(self.reader.xrefs.total_revisions) - 1


def opened(pdf: bytes) -> Paper | Reason:
    """The parts of a signed document, or why there are none."""
    try:
        reader = PdfFileReader(io.BytesIO(pdf))
        found: Sequence[EmbeddedPdfSignature] = list(reader.embedded_signatures)
    except UNREADABLE:
        return intake.not_a_pdf(pdf)
    signed = [one for one in found if one.sig_object_type == "/Sig"]
    stamps = [one for one in found if one.sig_object_type == "/DocTimeStamp"]
    if not signed:
        return intake.not_signed()
    if len(signed) + len(stamps) < len(found) or len(found) > MOST_SIGNATURES:
        return intake.changed(f"{len(found)} signatures, some of no known kind", "the performer's, and time-stamps")
    if any(stamp.signed_revision <= signed[0].signed_revision for stamp in stamps):
        return intake.changed("a time-stamp before the signature", "the document offered, signed and not edited")
    return Paper(reader=reader, signature=signed[0], seals=tuple(signed[1:]), stamps=tuple(stamps))


def evidence(paper: Paper, *, revision: int | None = None) -> Evidence:
    """What the document's store of evidence (DSS, ISO 32000-2, 12.8.4.3) holds in a revision; by default the last."""
    at = paper.reader if revision is None else paper.reader.get_historical_resolver(revision)
    try:
        store = DocumentSecurityStore.read_dss(at)
    except NoDSSFoundError:
        return Evidence()
    return Evidence(
        certificates=tuple(store.load_certs()),
        lists=tuple(CertificateList.load(one.get_object().data) for one in store.crls),
        answers=tuple(OCSPResponse.load(one.get_object().data) for one in store.ocsps),
    )


def carried(signature: EmbeddedPdfSignature) -> Evidence:
    """Evidence inside the signature itself, as Adobe's software puts it there (ISO 32000-1, 12.8.3.3.2)."""
    try:
        found = find_unique_cms_attribute(signature.signer_info["signed_attrs"], "adobe_revocation_info_archival")
    except (NonexistentAttributeError, MultivaluedAttributeError):
        return Evidence()
    return Evidence(lists=tuple(found["crl"] or ()), answers=tuple(found["ocsp"] or ()))


def keeps_evidence(paper: Paper, revision: int) -> bool:
    """Whether a revision wrote to the store of evidence."""
    root = paper.reader.get_historical_resolver(revision).root
    touched = paper.reader.xrefs.explicit_refs_in_revision(revision)
    try:
        store = root.raw_get("/DSS")
    except KeyError:
        return False
    return (store.reference if isinstance(store, IndirectObject) else root.container_ref) in touched


def terms(paper: Paper) -> dict[str, Json] | Reason:
    """The embedded terms as they stood when the signature was made."""
    revision = paper.reader.get_historical_resolver(paper.signature.signed_revision)
    found = [content for name, content in _attachments(revision.root) if name == TERMS_FILE]
    if len(found) != 1 or len(found[0]) > LARGEST_TERMS:
        return intake.no_terms(
            f"{len(found)} files named {TERMS_FILE}" if len(found) != 1 else f"{len(found[0])} bytes"
        )
    try:
        said = json.loads(found[0])
    except ValueError as e:
        return intake.no_terms(f"a {TERMS_FILE} that is no JSON: {e}")
    return said if isinstance(said, dict) else intake.no_terms(f"a {TERMS_FILE} that is no object")


def attached(pdf: bytes, name: str) -> bytes | None:
    """The one file of that name inside a document, as its last revision has it; None without one, or in what is no
    document that can be read."""
    try:
        found = [content for each, content in _attachments(PdfFileReader(io.BytesIO(pdf)).root) if each == name]
    except UNREADABLE:
        return None
    return found[0] if len(found) == 1 else None


def _attachments(root: Any) -> Iterator[tuple[str, bytes]]:
    tree = root.get("/Names", {}).get("/EmbeddedFiles")
    yield from _leaves(tree, depth=0) if tree is not None else ()


def _leaves(node: Any, *, depth: int) -> Iterator[tuple[str, bytes]]:
    """The files of a name tree (ISO 32000-1, 7.9.6 and 7.11.4)."""
    if depth > _DEEPEST:
        raise ValueError("a name tree deeper than any document needs")
    names = node.get("/Names", ())
    for i in range(0, len(names) - 1, 2):  # by index, which follows references
        yield str(names[i]), bytes(names[i + 1]["/EF"]["/F"].data)
    kids = node.get("/Kids", ())
    for i in range(len(kids)):
        yield from _leaves(kids[i], depth=depth + 1)
