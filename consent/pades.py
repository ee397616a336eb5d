"""A signed consent document: is it whole, who signed it, and what? The only module that speaks to pyHanko.

The rules this module keeps:
1. Trust comes from the roots and revocation lists handed in, and from nothing in the document; nothing is fetched.
2. Every certificate below a root must be shown not to be revoked ("require": in the softer modes a certificate without
   pointers to a list is not looked up in the lists supplied).
3. One signature, over the entire file: bytes after it, or a revision after it, and the document is refused, although
   the signature itself would still hold.
4. The terms are read from the revision that was signed. Where the document offered is known, all that lies between it
   and the signature must be the signature: the pages signed are the pages offered.
5. Times come from the caller; the time a signature claims is passed on as claimed and decides nothing.
"""

import io
import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, cast

from asn1crypto import pem
from asn1crypto.crl import CertificateList
from asn1crypto.x509 import Certificate
from pyhanko.keys import load_certs_from_pemder_data, load_private_key_from_pemder_data
from pyhanko.pdf_utils.generic import NumberObject
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers
from pyhanko.sign.ades.report import AdESIndeterminate
from pyhanko.sign.diff_analysis import DEFAULT_DIFF_POLICY, DiffResult, ModificationLevel
from pyhanko.sign.general import SigningError
from pyhanko.sign.validation import EmbeddedPdfSignature, validate_pdf_signature
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.status import PdfSignatureStatus, SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from consent import intake
from consent.errors import ConsentError
from consent.intake import TERMS_FILE
from consent.types import Reason, ReasonCode, Refusal
from provenance.types import Json

# It logs every certificate it cannot trust with a traceback; the refusal says it in a sentence.
logging.getLogger("pyhanko.sign.validation").setLevel(logging.CRITICAL)

LARGEST_TERMS = 64 * 1024
FIELD = "Performer"
_DEEPEST = 20  # levels of a PDF name tree
# What a damaged or hostile file makes the parser raise, besides its own errors.
_UNREADABLE = (PdfError, SignatureValidationError, ValueError, TypeError, KeyError, IndexError, AttributeError,
               AssertionError, OverflowError, NotImplementedError, RecursionError)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """What a document says, and who signed it. `claimed_at` is the signer's own word for the time."""

    terms: Mapping[str, Json]
    document_sha256: str
    signer: str
    certificate_sha256: str
    claimed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Whom to believe: root certificates, and the revocation lists that speak for them."""

    roots: tuple[Certificate, ...]
    lists: tuple[CertificateList, ...]

    @classmethod
    def from_pem(cls, text: bytes) -> "Trust":
        """Every CERTIFICATE and X509 CRL block of a PEM file. Raises ConsentError if one cannot be read."""
        if not text.strip():
            return cls(roots=(), lists=())
        try:
            blocks = [(kind, der) for kind, _, der in pem.unarmor(text, multiple=True)]
            return cls(
                roots=tuple(Certificate.load(der, strict=True) for kind, der in blocks if kind == "CERTIFICATE"),
                lists=tuple(CertificateList.load(der, strict=True) for kind, der in blocks if kind == "X509 CRL"),
            )
        except ValueError as e:
            raise ConsentError("The trusted roots are no PEM file of certificates and revocation lists.") from e


def verify(pdf: bytes, *, roots: bytes, now: datetime, offered: bytes | None = None) -> Signed | Refusal:
    """What `pdf` says and who signed it, or a refusal that says what is wrong with it.

    `roots` is a PEM file of the trusted root certificates and their revocation lists. `offered` is the document as it
    was offered for signature. Raises ConsentError if `roots` cannot be read; nothing that `pdf` could bring about.

    (0) It is a file, of a size that a document has.
    (1) It is a PDF.
    (2) It is signed, once.
    (3) The signature holds over the bytes it covers.
    (4) It covers the entire file, and nothing came after it; what it was added to is the document offered.
    (5) The signer's certificate chains to a root, is within its time and not revoked.
    (6) The signed revision carries the terms.
    """
    trust = Trust.from_pem(roots)
    found = intake.no_file(pdf) or _one_signature(pdf)  # (0) (1) (2)
    if isinstance(found, Reason):
        return Refusal(reasons=(found,), decided_at=now)
    try:
        reasons = tuple(_faults(found, trust=trust, now=now, offered=offered))  # (3) (4) (5)
        if reasons:
            return Refusal(reasons=reasons, decided_at=now)
        terms = _terms(found)  # (6)
        if isinstance(terms, Reason):
            return Refusal(reasons=(terms,), decided_at=now)
        return _signed(pdf, found, terms)
    except _UNREADABLE as e:
        return Refusal(reasons=(intake.broken(f"it cannot be read: {e}"),), decided_at=now)


def prepare(pdf: bytes) -> bytes:
    """`pdf` with an empty signature field for the performer, as it is offered. Signing then only fills in a form, which
    can be told from any other change."""
    out = io.BytesIO()
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    fields.append_signature_field(writer, fields.SigFieldSpec(FIELD))
    form = writer.root["/AcroForm"]
    # SignaturesExist and AppendOnly (ISO 32000-1, table 219): whoever signs must save incrementally.
    form["/SigFlags"] = NumberObject(3)  # type: ignore[no-untyped-call]
    writer.update_container(form)
    writer.write(out)  # type: ignore[no-untyped-call]
    return out.getvalue()


def sign(pdf: bytes, *, key: bytes, certificate: bytes, chain: bytes) -> bytes:
    """`pdf` with a PAdES signature added (PEM key and certificates), as a performer's own software does; here for the
    demo and the tests. Raises ConsentError."""
    try:
        store = SimpleCertificateStore()  # type: ignore[no-untyped-call]
        store.register_multiple(load_certs_from_pemder_data(chain))
        signer = signers.SimpleSigner(
            signing_cert=next(load_certs_from_pemder_data(certificate)),
            signing_key=load_private_key_from_pemder_data(key, passphrase=None),
            cert_registry=store,
        )
        meta = signers.PdfSignatureMetadata(
            field_name=FIELD, md_algorithm="sha256", subfilter=fields.SigSeedSubFilter.PADES
        )
        out = io.BytesIO()
        signers.PdfSigner(meta, signer).sign_pdf(IncrementalPdfFileWriter(io.BytesIO(pdf)), output=out)
        return out.getvalue()
    except (PdfError, SigningError, ValueError, StopIteration) as e:
        raise ConsentError(f"The document could not be signed: {e}") from e


def attached(pdf: bytes, name: str) -> bytes | None:
    """The one file of that name inside a document, as its last revision has it; None without one, or in what is no
    document that can be read."""
    try:
        found = [content for each, content in _attachments(PdfFileReader(io.BytesIO(pdf)).root) if each == name]
    except _UNREADABLE:
        return None
    return found[0] if len(found) == 1 else None


def _one_signature(pdf: bytes) -> EmbeddedPdfSignature | Reason:
    try:
        reader = PdfFileReader(io.BytesIO(pdf))
        found = list(reader.embedded_signatures)
    except _UNREADABLE as e:
        return intake.not_a_pdf(pdf, e)
    if not found:
        return intake.not_signed()
    if len(found) > 1:
        return intake.changed(f"{len(found)} signatures", "exactly one, the performer's")
    return cast(EmbeddedPdfSignature, found[0])


def _faults(signature: EmbeddedPdfSignature, *, trust: Trust, now: datetime, offered: bytes | None) -> Iterator[Reason]:
    status = _status(signature, trust=trust, now=now)
    if not (status.intact and status.valid):  # (3)
        yield intake.broken("what was signed is not what stands in the file")
        return  # who signed means nothing when what was signed is not this
    reasons = list(_changes(signature, status, offered))  # (4)
    if _is_root(signature, trust) or not (trust.roots and status.trusted):  # (5)
        reasons.append(_distrusted(signature, status=status, trust=trust, now=now))
    if not (reasons or status.bottom_line):
        reasons.append(intake.broken("it does not keep to what its own form demands"))
    yield from reasons


def _status(
    signature: EmbeddedPdfSignature, *, trust: Trust, now: datetime, revocation: str = "require"
) -> PdfSignatureStatus:
    context = ValidationContext(
        trust_roots=list(trust.roots),  # an empty list is nobody; None would be the machine's own roots
        crls=list(trust.lists),
        moment=now,
        allow_fetching=False,
        revocation_mode=revocation,
    )
    return validate_pdf_signature(signature, signer_validation_context=context)


def _changes(signature: EmbeddedPdfSignature, status: PdfSignatureStatus, offered: bytes | None) -> Iterator[Reason]:
    if status.coverage is not SignatureCoverageLevel.ENTIRE_FILE or not status.docmdp_ok:
        yield intake.changed("something was added after the signature", "the file as it was when it was signed")
    elif status.modification_level is not ModificationLevel.NONE:
        yield intake.changed("the document was changed after the signature", "the file as it was when it was signed")
    elif offered is not None and not _adds_only_a_signature(signature, offered):
        yield intake.changed(
            "another document than the one that was offered", "the document offered, signed and not edited"
        )


def _adds_only_a_signature(signature: EmbeddedPdfSignature, offered: bytes) -> bool:
    """Whether the signed file is the offered one with nothing but form and signature objects added."""
    reader = signature.reader
    reader.stream.seek(0)
    if reader.stream.read(len(offered)) != offered:
        return False
    base = PdfFileReader(io.BytesIO(offered)).xrefs.total_revisions - 1
    difference = DEFAULT_DIFF_POLICY.review_file(reader, base)
    return isinstance(difference, DiffResult) and difference.modification_level <= ModificationLevel.FORM_FILLING


def _distrusted(signature: EmbeddedPdfSignature, *, status: PdfSignatureStatus, trust: Trust, now: datetime) -> Reason:
    certificate = signature.signer_cert
    why = _why(signature, status=status, trust=trust, now=now)
    return intake.distrusted(
        why,
        signer=f"{_name(certificate.subject)}, certificate issued by {_name(certificate.issuer)}",
        trusted="; ".join(_name(root.subject) for root in trust.roots),
    )


def _why(signature: EmbeddedPdfSignature, *, status: PdfSignatureStatus, trust: Trust, now: datetime) -> ReasonCode:
    certificate = signature.signer_cert
    if not trust.roots or _is_root(signature, trust):
        return ReasonCode.SIGNER_NOT_TRUSTED
    if status.trust_problem_indic in (AdESIndeterminate.REVOKED_NO_POE, AdESIndeterminate.REVOKED_CA_NO_POE):
        return ReasonCode.SIGNER_REVOKED
    if not certificate.not_valid_before <= now <= certificate.not_valid_after:
        return ReasonCode.SIGNER_EXPIRED
    # The chain is sound once nobody asks about revocation: then it was only that which could not be told.
    unasked = _status(signature, trust=Trust(roots=trust.roots, lists=()), now=now, revocation="soft-fail")
    return ReasonCode.REVOCATION_UNKNOWN if unasked.trusted else ReasonCode.SIGNER_NOT_TRUSTED


def _is_root(signature: EmbeddedPdfSignature, trust: Trust) -> bool:
    """A root vouches for others; whoever it says it is, nobody vouched for that (and pyHanko asks no more of it)."""
    return any(root.dump() == signature.signer_cert.dump() for root in trust.roots)


def _name(name: Any) -> str:
    return str(name.native.get("common_name") or name.human_friendly)


def _terms(signature: EmbeddedPdfSignature) -> dict[str, Json] | Reason:
    """The embedded terms as they stood when the signature was made."""
    revision = signature.reader.get_historical_resolver(signature.signed_revision)
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


def _signed(pdf: bytes, signature: EmbeddedPdfSignature, terms: Mapping[str, Json]) -> Signed:
    certificate = signature.signer_cert
    return Signed(
        terms=terms,
        document_sha256=sha256(pdf).hexdigest(),
        signer=_name(certificate.subject),
        certificate_sha256=sha256(certificate.dump()).hexdigest(),
        claimed_at=signature.self_reported_timestamp,
    )
