"""Answers a time-stamp request with a token, or with why there is none (RFC 3161, RFC 5816). It keeps these rules:

1. What is not a well-formed request of version 1 over SHA-256, SHA-384 or SHA-512 gets a rejection, never a token.
2. A token says only: these bytes existed at this time. Nothing of the request but imprint and nonce goes into it.

Pure, save that serial numbers are drawn by chance (159 bits, hence never twice).
"""

import hashlib
from datetime import UTC, datetime

from asn1crypto import algos, cms, core, tsp, x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from countersign.tsa.authority import Authority

# Of the arc that anybody may use (X.667), a UUID drawn for it: nothing is promised but that the clock was read.
POLICY = "2.25.199853241372460120743018283407251398877"
DIGEST_BYTES = {"sha256": 32, "sha384": 48, "sha512": 64}


class _Rejection(core.Sequence):  # type: ignore[misc]  # the library is untyped
    """A TimeStampResp without a token: the library's own class insists on one."""

    _fields = [("status", tsp.PKIStatusInfo)]  # noqa: RUF012  # the library writes into it


class _RejectedError(Exception):
    """No token for this request. `failure` is a name of RFC 3161's PKIFailureInfo."""

    def __init__(self, failure: str, sentence: str) -> None:
        super().__init__(sentence)
        self.failure = failure


def answer(raw: bytes, *, by: Authority, now: datetime) -> bytes:
    """The reply (TimeStampResp, DER) to the request `raw`."""
    try:
        request = _read(raw)
        _require_ours(request)
    except _RejectedError as e:
        return _rejection(e.failure, str(e))
    token = _token(_info(request, by, now), by, certificates=request["cert_req"].native)
    return _dumped(tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": token}))


def rejection(sentence: str) -> bytes:
    """The reply to what is no request at all."""
    return _rejection("bad_data_format", sentence)


def _rejection(failure: str, sentence: str) -> bytes:
    return _dumped(_Rejection({"status": {"status": "rejection", "status_string": [sentence], "fail_info": {failure}}}))


def _read(raw: bytes) -> tsp.TimeStampReq:
    try:
        request = tsp.TimeStampReq.load(raw, strict=True)
        said = request.native  # the library parses when asked: ask for everything here
    except (ValueError, TypeError, KeyError, RecursionError) as e:
        raise _RejectedError("bad_data_format", "Expected a TimeStampReq in DER.") from e
    if said["version"] != "v1":
        raise _RejectedError("bad_request", "Expected a request of version 1.")
    return request


def _require_ours(request: tsp.TimeStampReq) -> None:
    imprint = request["message_imprint"]
    algorithm, digest = imprint["hash_algorithm"]["algorithm"].native, imprint["hashed_message"].native
    if algorithm not in DIGEST_BYTES:
        raise _RejectedError("bad_alg", "Expected a message imprint by SHA-256, SHA-384 or SHA-512.")
    if len(digest) != DIGEST_BYTES[algorithm]:
        raise _RejectedError("bad_data_format", f"Expected {DIGEST_BYTES[algorithm]} bytes, got {len(digest)}.")
    if request["req_policy"].native not in (None, POLICY):
        raise _RejectedError("unaccepted_policy", f"The one policy here is {POLICY}.")
    if request["extensions"].native:
        raise _RejectedError("unaccepted_extensions", "No extension is known here.")


def _info(request: tsp.TimeStampReq, by: Authority, now: datetime) -> bytes:
    said = {
        "version": "v1",
        "policy": POLICY,
        "message_imprint": request["message_imprint"],
        "serial_number": x509.random_serial_number(),
        "gen_time": now.astimezone(UTC).replace(microsecond=0),
        "accuracy": {"seconds": 1},
        "tsa": asn1_x509.GeneralName(name="directory_name", value=_asn1(by.certificate).subject),
    }
    if request["nonce"].native is not None:
        said["nonce"] = request["nonce"]
    return _dumped(tsp.TSTInfo(said))


def _token(info: bytes, by: Authority, *, certificates: bool) -> cms.ContentInfo:
    """RFC 5652, 5: the signed content, and who signed it."""
    content = {"content_type": "tst_info", "content": core.ParsableOctetString(info)}
    signed = {
        "version": "v3",
        "digest_algorithms": [{"algorithm": "sha256"}],
        "encap_content_info": content,
        "signer_infos": [_signer(info, by)],
    }
    if certificates:
        signed["certificates"] = [_asn1(by.certificate)]
    return cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(signed)})


def _signer(info: bytes, by: Authority) -> cms.SignerInfo:
    certificate = _asn1(by.certificate)
    named = {"issuer": certificate.issuer, "serial_number": certificate.serial_number}
    attributes = _attributes(info, certificate)
    return cms.SignerInfo(
        {
            "version": "v1",
            "sid": cms.SignerIdentifier("issuer_and_serial_number", named),
            "digest_algorithm": algos.DigestAlgorithm({"algorithm": "sha256"}),
            "signed_attrs": attributes,
            "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"}),
            "signature": by.key.sign(_dumped(attributes), ec.ECDSA(hashes.SHA256())),
        }
    )


def _attributes(info: bytes, certificate: asn1_x509.Certificate) -> cms.CMSAttributes:
    """What is signed. The certificate is among it, so that no other can be put in its place (RFC 5816)."""
    signing = tsp.SigningCertificateV2({"certs": [{"cert_hash": hashlib.sha256(certificate.dump()).digest()}]})
    values = {
        "content_type": "tst_info",
        "message_digest": hashlib.sha256(info).digest(),
        "signing_certificate_v2": signing,
    }
    return cms.CMSAttributes([{"type": name, "values": [value]} for name, value in values.items()])


def _asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))


def _dumped(value: core.Asn1Value) -> bytes:
    der: bytes = value.dump()
    return der
