"""Time-stamps of outside authorities on checkpoints (RFC 3161). It keeps these rules:

1. A reply is believed only under roots that the caller names, at the time that it states, over the bytes asked about.
2. The bytes are the note as the log signed it: cosignatures come and go below it, and change nothing.
3. Whatever the reply is, the answer is a `Stamp` or a TimeStampError: nothing of it is shown before all of it holds.

Pure: bytes in, value out; a kept reply is verified offline and for ever, also when its certificates expired since.

The library wants strict DER (X.690, 11.6), and OpenSSL, hence many an authority, writes chains of certificates in the
order it was given them. No signature covers that order, so they are put in order here. Nor does one cover the signer's
version and the name of the algorithm beside the signature: change those, and the time-stamp still holds.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime

import rfc3161_client
from asn1crypto import cms, tsp
from cryptography import x509
from cryptography.x509.oid import NameOID

from provenance import anchor, checkpoint
from provenance.checkpoint import Checkpoint
from provenance.errors import TimeStampError
from provenance.note import Verifier

MAX_BYTES = 1 << 16  # of a reply: some hold chains of four certificates, 8 KiB
SHA256 = x509.ObjectIdentifier("2.16.840.1.101.3.4.2.1")
STRONG = {SHA256, *map(x509.ObjectIdentifier, ("2.16.840.1.101.3.4.2.2", "2.16.840.1.101.3.4.2.3"))}
OPENSSL_SAYS = re.compile(r'"Verify error: ?([^"]+)"|reason: "(?!certificate verify error)([^"]+)"')
GRANTED = rfc3161_client.PKIStatus.GRANTED


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A time-stamp request (TimeStampReq, DER) and what of it must come back."""

    over: bytes
    nonce: int
    der: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """The authority `by` says that it saw the bytes at `at`, in its token number `serial`."""

    at: datetime
    by: str
    serial: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamped:
    """A checkpoint that its log signed, and the time-stamp over it."""

    checkpoint: Checkpoint
    stamp: Stamp


def request(over: bytes) -> Request:
    """Ask for a time-stamp over `over`, with a nonce, and with the certificate (RFC 3161, 2.4.1)."""
    builder = rfc3161_client.TimestampRequestBuilder().data(over)
    made = builder.hash_algorithm(rfc3161_client.HashAlgorithm.SHA256).build()
    if made.nonce is None:
        raise RuntimeError("The request was built without a nonce.")
    return Request(over=over, nonce=made.nonce, der=made.as_bytes())


def granted(reply: bytes, *, to: Request, roots: bytes) -> Stamp:
    """The time-stamp in the `reply` (TimeStampResp) to what was just asked. Raises as `verify` does."""
    return _verified(reply, over=to.over, roots=roots, nonce=to.nonce)


def verify(reply: bytes, *, over: bytes, roots: bytes) -> Stamp:
    """The time-stamp in a `reply` that was kept, over the bytes `over`, by an authority below `roots` (PEM).

    RFC 3161, 2.4.2. Raises TimeStampError if anything about it does not hold, AnchorError if the roots cannot be read
    or there are none.
    """
    return _verified(reply, over=over, roots=roots, nonce=None)


def opened(note: bytes, reply: bytes, *, log: Verifier, roots: bytes) -> Stamped:
    """A checkpoint that was kept somewhere, once `log` is seen to have signed it, and the time-stamp over it.

    Raises NoteError for the note, and as `verify` does for the reply.
    """
    found = checkpoint.opened(note, log=log).checkpoint
    stamp = verify(reply, over=checkpoint.as_signed(note, log=log), roots=roots)
    return Stamped(checkpoint=found, stamp=stamp)


def contradicts(kept: Stamped, *, root: bytes) -> bool:
    """Whether `root`, which the log shows for the same size now, is not the one that was time-stamped."""
    return kept.checkpoint.root != root


def _verified(reply: bytes, *, over: bytes, roots: bytes, nonce: int | None) -> Stamp:
    """(1) Read, (2) granted, (3) over these bytes, (4) signed then, under these roots, by a key for nothing else."""
    trusted = x509.load_pem_x509_certificates(anchor.checked(roots).encode())
    try:
        read = _read(reply)  # (1), (2)
        info = read.tst_info
        _require_over(info.message_imprint, over)  # (3)
        _require_strong(read.signed_data)
        verifier = rfc3161_client.VerifierBuilder(roots=trusted, nonce=nonce).build()
        verifier.verify(read, hashlib.sha256(over).digest())  # (4)
        return Stamp(at=info.gen_time, by=_stamper(read), serial=info.serial_number)
    except (ValueError, TypeError, rfc3161_client.VerificationError) as e:
        raise TimeStampError(f"The time-stamp does not hold: {_in_words(e)}") from e


def _read(reply: bytes) -> rfc3161_client.TimeStampResponse:
    if len(reply) > MAX_BYTES:
        raise TimeStampError(f"Expected a time-stamp reply of at most {MAX_BYTES} bytes, got {len(reply)}.")
    try:
        read = _decoded(reply)
    except (ValueError, TypeError, KeyError, RecursionError) as e:
        raise TimeStampError(f"Expected a time-stamp reply in strict DER: {e}") from e
    if read.status != GRANTED:
        said = " ".join(map(str, read.status_string)) or "without a word"
        raise TimeStampError(f"The time-stamp authority refused, status {read.status}: {said}")
    return read


def _decoded(reply: bytes) -> rfc3161_client.TimeStampResponse:
    try:
        return rfc3161_client.decode_timestamp_response(reply)
    except ValueError:
        return rfc3161_client.decode_timestamp_response(_in_order(reply))


def _in_order(reply: bytes) -> bytes:
    """The reply with what stands around the signed part in DER, certificates in order."""
    read = tsp.TimeStampResp.load(reply, strict=True)
    signed = read["time_stamp_token"]["content"]
    signed["certificates"] = cms.CertificateSet(list(signed["certificates"]))  # sorts when it is written
    ordered: bytes = read.dump()
    return ordered


def _require_over(imprint: rfc3161_client.MessageImprint, over: bytes) -> None:
    if imprint.hash_algorithm != SHA256:
        raise TimeStampError(f"Expected a time-stamp by SHA-256, got one by {imprint.hash_algorithm.dotted_string}.")
    if imprint.message != hashlib.sha256(over).digest():
        raise TimeStampError("The time-stamp is over other bytes.")


def _require_strong(signed: rfc3161_client.SignedData) -> None:
    # The list itself is not signed, but OpenSSL takes no digest for the signature that is not on it.
    weak = {found.dotted_string for found in signed.digest_algorithms - STRONG}
    if weak:
        raise TimeStampError(f"Expected a time-stamp signed with SHA-256, SHA-384 or SHA-512, got {' '.join(weak)}.")


def _stamper(read: rfc3161_client.TimeStampResponse) -> str:
    """The name of who signed."""
    signed = read.signed_data
    (signer,) = signed.signer_infos
    for certificate in map(x509.load_der_x509_certificate, signed.certificates):
        if (certificate.issuer, certificate.serial_number) == (signer.issuer, signer.serial_number):
            return _named(certificate)
    raise TimeStampError("The time-stamp does not hold the certificate of who signed it.")


def _in_words(error: Exception) -> str:
    """What OpenSSL found, out of the stack that it comes in."""
    found = OPENSSL_SAYS.search(str(error))
    if not found:
        return str(error)
    return f"{found[1]}, at the time it states" if found[1] else found[2]


def _named(certificate: x509.Certificate) -> str:
    for kind in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME):
        found = certificate.subject.get_attributes_for_oid(kind)
        if found:
            return str(found[0].value)
    return certificate.subject.rfc4514_string()
