"""Certificates of destruction as people get them: the paper, and the answer to whether one holds."""

from dataclasses import dataclass

from django.conf import settings

from consent import destruction, typeset
from consent.destruction import Certificate
from consent.errors import CertificateError
from consent.models import Destruction
from consent.pades import confined
from countersign import certificates, keys

CERTIFICATE_MAX_BYTES = certificates.LARGEST


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What is to be said of a file. Without a certificate, `problem` says why; `known` where we issued it."""

    certificate: Certificate | None = None
    sha256: str = ""
    known: bool = False
    problem: str = ""

    @property
    def lines(self) -> list[str]:
        return destruction.lines(self.certificate) if self.certificate else []


def paper(row: Destruction) -> bytes:
    """The certificate as a PDF/A-3 that carries its signed form; the same bytes each time. Raises TypesetError."""
    found = destruction.read(row.certificate, keys.certificate_public(settings.KEYS))
    data = {"view": destruction.view(found, row.certificate), "certificate": row.certificate}
    return typeset.page(destruction.page_source(), data=data, at=found.issued_at)


def checked(content: bytes, *, sha256: str = "") -> Checked:
    """Whether a stranger's file is a certificate of this site's that holds. Nothing of it is kept."""
    try:
        token = certificates.signed(content, attached=confined.attached)
        public = keys.certificate_public(settings.KEYS)
        found, came = certificates.check(token.encode(), public_pem=public, sha256=sha256)
    except CertificateError as error:
        return Checked(problem=str(error))
    return Checked(certificate=found, sha256=came, known=Destruction.objects.filter(sha256=came).exists())
