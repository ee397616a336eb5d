"""What can be wrong with a document somebody uploads as a signed consent, in words. Pure."""

from consent.types import Reason, ReasonCode

TERMS_FILE = "terms.json"
LARGEST = 20 * 2**20  # bytes of a document

_STARTS = {b"%PDF-": "application/pdf", b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}

_DISTRUST = {
    ReasonCode.SIGNER_REVOKED: (
        "The signer's certificate was revoked by its issuer.",
        "Ask the performer to get a new certificate and to sign again.",
    ),
    ReasonCode.SIGNER_EXPIRED: (
        "The signer's certificate is outside the time for which it was issued.",
        "Ask the performer to renew their certificate and to sign again.",
    ),
    ReasonCode.REVOCATION_UNKNOWN: (
        "It cannot be told whether the signer's certificate was revoked, so it does not count.",
        "Ask the operator to put the issuer's current revocation list beside its root certificate.",
    ),
    ReasonCode.SIGNER_NOT_TRUSTED: (
        "The signer's certificate was not issued by anybody this site trusts.",
        "Sign with a certificate of a trusted issuer, or ask the operator to add the issuer after checking it.",
    ),
}


def distrusted(code: ReasonCode, *, signer: str, trusted: str) -> Reason:
    """The signer's certificate does not count, for the reason `code`."""
    sentence, remedy = _DISTRUST[code]
    return Reason(
        code=code,
        sentence=sentence,
        asked=f"signed by {signer}",
        allowed=trusted or "no issuer is trusted yet",
        remedy=remedy,
    )


def no_completion(platform: str) -> Reason:
    return Reason(
        code=ReasonCode.COMPLETION_MISSING,
        sentence=f"{platform} seals documents for many people; its certificate of completion says who signed this one.",
        asked="a sealed document alone",
        allowed=f"the sealed document, and the certificate of completion of {platform} (PDF)",
        remedy="Download the certificate of completion from the platform and upload it together with the document.",
    )


def not_a_scan(came: str) -> Reason:
    return Reason(
        code=ReasonCode.NOT_A_SCAN,
        sentence="This is no scan of a document that was signed on paper.",
        asked=came,
        allowed="a PDF, JPEG or PNG in which the signed pages can be seen",
        remedy="Scan or photograph every page, and upload the picture or the PDF.",
    )


def media_type(content: bytes) -> str:
    """What a file is by its first bytes, of what scans are; empty for anything else."""
    return next((kind for start, kind in _STARTS.items() if content.startswith(start)), "")


def stamp_distrusted(trusted: str) -> Reason:
    """A time-stamp in the document does not hold, or nobody vouches for whoever made it."""
    return Reason(
        code=ReasonCode.TIMESTAMP_NOT_TRUSTED,
        sentence="The document carries a time-stamp that does not hold, or whose authority this site does not trust.",
        asked="a time-stamp",
        allowed=trusted or "no time-stamp authority is trusted yet",
        remedy="Ask the operator to pin the time-stamp authority after checking it, or sign without a time-stamp.",
    )


def not_signed() -> Reason:
    return Reason(
        code=ReasonCode.NOT_SIGNED,
        sentence="The document carries no signature.",
        asked="a PDF without a signature",
        allowed="a PDF signed by the performer with their own certificate",
        remedy="Have the performer sign the document electronically; a scan of a written signature is not enough.",
    )


def no_file(pdf: bytes) -> Reason | None:
    if not pdf:
        return Reason(
            code=ReasonCode.FILE_EMPTY,
            sentence="The file is empty.",
            asked="0 bytes",
            allowed="a signed PDF",
            remedy="Save the signed document again and check that it opens before you upload it.",
        )
    if len(pdf) > LARGEST:
        return Reason(
            code=ReasonCode.FILE_TOO_LARGE,
            sentence="The file is larger than any consent document.",
            asked=f"{len(pdf) / 2**20:.0f} MiB",
            allowed=f"at most {LARGEST // 2**20} MiB",
            remedy="Upload the signed document alone, without attachments or scans.",
        )
    return None


def not_a_pdf(pdf: bytes) -> Reason:
    begins = "" if pdf.startswith(b"%PDF-") else " that does not begin as a PDF does"
    return Reason(
        code=ReasonCode.NOT_A_PDF,
        sentence="The file is not a PDF that can be read.",
        asked=f"a file of {len(pdf)} bytes{begins}",
        allowed="the PDF that was offered, signed",
        remedy="Upload the signed PDF itself, not a picture or an export of it.",
    )


def overtaxing() -> Reason:
    return Reason(
        code=ReasonCode.DOCUMENT_OVERTAXING,
        sentence="Reading this file was stopped: it takes more time or memory than any consent document needs.",
        asked="a file that overtaxes its reader, as files made to do harm do",
        allowed="the PDF that was offered, signed",
        remedy="Upload the signed PDF as the performer's software saved it; if it is that, show it to the operator.",
    )


def broken(came: str) -> Reason:
    return Reason(
        code=ReasonCode.SIGNATURE_BROKEN,
        sentence="The signature does not hold.",
        asked=came,
        allowed="a document whose every byte is as it was signed",
        remedy="Ask the performer for the file as their signing software saved it.",
    )


def changed(came: str, expected: str) -> Reason:
    return Reason(
        code=ReasonCode.DOCUMENT_CHANGED,
        sentence="The document is not, byte for byte, what the performer was offered and signed.",
        asked=came,
        allowed=expected,
        remedy="Upload the file exactly as the performer signed it; if it was edited first, have it signed again.",
    )


def no_terms(came: str) -> Reason:
    return Reason(
        code=ReasonCode.TERMS_MISSING,
        sentence="The document does not carry its terms.",
        asked=came,
        allowed=f"one {TERMS_FILE} inside the signed document",
        remedy="Have the performer sign the PDF that this site made, not a print or an export of it.",
    )
