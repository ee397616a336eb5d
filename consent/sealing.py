"""The platform's own seal on a consent that was signed with a passkey: PAdES, with a time-stamp where there is one.

The rules this module keeps:
1. What was offered stays byte for byte as the beginning of the file; what the performer's passkey said is attached.
2. One signature over all of it, by the platform's certificate: it proves that the platform sealed it, and when. The
   passkey's evidence alone proves that the performer agreed.
3. A time-stamp of a configured authority must be there and hold under the roots pinned for it, or there is no seal.
"""

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from asn1crypto import tsp
from pyhanko.keys import load_certs_from_pemder_data, load_private_key_from_pemder_data
from pyhanko.pdf_utils import embed
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers
from pyhanko.sign.general import SigningError
from pyhanko.sign.timestamps import TimeStamper, TimestampRequestError
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.status import PdfSignatureStatus, SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from consent.errors import SealingError

FIELD = "Countersign"
Ask = Callable[[bytes], bytes]  # a TimeStampReq for a TimeStampResp (RFC 3161), both DER
_UNREADABLE = (PdfError, SignatureValidationError, ValueError, TypeError, KeyError, IndexError, AttributeError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealer:
    """With what the platform seals: key, certificate and what is above it, PEM each."""

    key: bytes
    certificate: bytes
    chain: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamper:
    """Who time-stamps: how it is asked, and the roots (PEM) that its certificate must lead to."""

    ask: Ask
    roots: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """Who sealed a document, and when an authority saw that; None where none was asked."""

    by: str
    stamped_at: datetime | None


def seal(
    pdf: bytes, *, attached: Mapping[str, bytes], sealer: Sealer, stamper: Stamper | None, root: bytes, now: datetime
) -> bytes:
    """`pdf` with the files `attached`, sealed, and read again as others will. `root` (PEM) is the platform's own.

    Raises SealingError if it cannot be sealed now, above all while the time-stamp authority is away.
    """
    try:
        writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
        for name, content in attached.items():
            _attach(writer, name, content)
        meta = signers.PdfSignatureMetadata(
            field_name=FIELD, md_algorithm="sha256", subfilter=fields.SigSeedSubFilter.PADES
        )
        asked = _Asked(stamper.ask) if stamper else None
        out = io.BytesIO()
        signers.PdfSigner(meta, _signer(sealer), timestamper=asked).sign_pdf(writer, output=out)
        sealed = out.getvalue()
    except (PdfError, SigningError, TimestampRequestError, OSError, *_UNREADABLE) as e:
        raise SealingError(f"The document could not be sealed: {e}") from e
    found = read(sealed, root=root, stamp_roots=stamper.roots if stamper else b"", now=now)
    if stamper and not found.stamped_at:
        raise SealingError("The document could not be sealed: its time-stamp does not hold under the pinned roots.")
    return sealed


def read(pdf: bytes, *, root: bytes, stamp_roots: bytes, now: datetime) -> Seal:
    """The seal on `pdf`, which must be the one signature in it and hold over the entire file, under `root`.

    Raises SealingError where it does not.
    """
    try:
        (signature,) = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
        stamps = _context(stamp_roots, now) if stamp_roots.strip() else None
        status = validate_pdf_signature(signature, _context(root, now), ts_validation_context=stamps)
    except _UNREADABLE as e:
        raise SealingError(f"The document has no seal that can be read: {e}") from e
    if not (status.intact and status.valid and status.trusted):
        raise SealingError("The seal does not hold.")
    if status.coverage is not SignatureCoverageLevel.ENTIRE_FILE:
        raise SealingError("Something was added to the document after it was sealed.")
    name = signature.signer_cert.subject.native.get("common_name")
    return Seal(by=str(name), stamped_at=_stamped(status) if stamps else None)


def _stamped(status: PdfSignatureStatus) -> datetime | None:
    stamp = status.timestamp_validity
    return stamp.timestamp if stamp and stamp.intact and stamp.valid and stamp.trusted else None


def _context(roots: bytes, now: datetime) -> ValidationContext:
    """Only under these roots; neither of the two authorities publishes a revocation list."""
    trusted = list(load_certs_from_pemder_data(roots))
    return ValidationContext(trust_roots=trusted, allow_fetching=False, revocation_mode="soft-fail", moment=now)


def _attach(writer: IncrementalPdfFileWriter, name: str, content: bytes) -> None:
    data = embed.EmbeddedFileObject.from_file_data(writer, data=content, mime_type="application/json")
    spec = embed.FileSpec(
        file_spec_string=name, file_name=name, embedded_data=data, af_relationship=pdf_name("/Supplement")
    )
    embed.embed_file(writer, spec)


def _signer(sealer: Sealer) -> signers.SimpleSigner:
    store = SimpleCertificateStore()  # type: ignore[no-untyped-call]
    store.register_multiple(load_certs_from_pemder_data(sealer.chain))
    return signers.SimpleSigner(
        signing_cert=next(load_certs_from_pemder_data(sealer.certificate)),
        signing_key=load_private_key_from_pemder_data(sealer.key, passphrase=None),
        cert_registry=store,
    )


class _Asked(TimeStamper):
    """pyHanko asks by way of the caller's own client."""

    def __init__(self, ask: Ask) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._ask = ask

    async def async_request_tsa_response(self, req: Any) -> Any:
        return tsp.TimeStampResp.load(self._ask(req.dump()), strict=True)
