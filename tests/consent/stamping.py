"""Documents that are signed with all that PAdES allows: time-stamps, evidence, upkeep; and people, years ago."""

import io
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from asn1crypto import crl, ocsp, pem, tsp
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pyhanko.keys import load_certs_from_pemder_data, load_private_key_from_pemder_data
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.validation import DocumentSecurityStore
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from consent import pki
from consent.pins import Pins
from countersign.tsa import reply
from countersign.tsa.authority import Authority as Stamping

STAMPING = pki.Profile(purposes=(pki.TIME_STAMPING,))
PLAIN = pki.Profile()
DAY = timedelta(days=1)


class Stamper(TimeStamper):
    """A time-stamp authority that works at a moment of our choice."""

    def __init__(self, by: Stamping, at: datetime) -> None:
        super().__init__()
        self.by, self.at = by, at

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        return tsp.TimeStampResp.load(reply.answer(req.dump(), by=self.by, now=self.at))


@dataclass
class Scene:
    """Idris got a certificate at `then`, for `lasts`; a time-stamp authority lasts longer. Today is `now`."""

    now: datetime
    then: datetime
    root: pki.Authority
    office: pki.Authority
    idris: pki.Identity
    stampers: pki.Authority
    stamper: pki.Identity
    gone: list[object] = field(default_factory=list)

    @classmethod
    def make(
        cls, *, now: datetime, then: datetime, lasts: timedelta = 300 * DAY, profile: pki.Profile = PLAIN
    ) -> "Scene":
        root = pki.Authority.make("Guild Root", now=then, depth=1)
        office = root.below("Guild Office", now=then)
        stampers = pki.Authority.make("Clock House", now=then)
        return cls(
            now=now,
            then=then,
            root=root,
            office=office,
            idris=office.issue("Idris Vane", now=then, lasts=lasts, profile=profile),
            stampers=stampers,
            stamper=stampers.issue("Clock", now=then, lasts=3000 * DAY, profile=STAMPING),
        )

    @property
    def pins(self) -> Pins:
        """As an operator keeps them today."""
        lists = self.root.crl(now=self.now) + self.office.crl(now=self.now)
        return Pins(roots=self.root.root + lists, stampers=self.stampers.trust(now=self.now))

    def clock(self, at: datetime) -> Stamper:
        return Stamper(stamping(self.stampers, self.stamper), at)

    def context(self, at: datetime) -> ValidationContext:
        """What signing software collects as evidence at `at`."""
        lists = [a.crl(now=at, lasts=30 * DAY) for a in (self.root, self.office, self.stampers)]
        return ValidationContext(
            trust_roots=[*certificates(self.root.root), *certificates(self.stampers.root)],
            crls=[crl.CertificateList.load(pem.unarmor(text)[2]) for text in lists],
            other_certs=certificates(self.idris.chain),
            moment=at,
            revocation_mode="require",
        )

    def signed(self, pdf: bytes, *, level: str, at: datetime | None = None, who: pki.Identity | None = None) -> bytes:
        """`pdf` signed at `at` on a level of PAdES: B-B, B-T, B-LT or B-LTA."""
        moment, who = at or self.then + 10 * DAY, who or self.idris
        info = level in ("B-LT", "B-LTA")
        meta = signers.PdfSignatureMetadata(
            field_name="Performer",
            md_algorithm="sha256",
            subfilter=fields.SigSeedSubFilter.PADES,
            embed_validation_info=info,
            use_pades_lta=level == "B-LTA",
            validation_context=self.context(moment) if info else None,
        )
        clock = None if level == "B-B" else self.clock(moment)
        out = io.BytesIO()
        signers.PdfSigner(meta, signer(who), timestamper=clock).sign_pdf(writer(pdf), output=out)
        return out.getvalue()

    def stamped(self, pdf: bytes, at: datetime) -> bytes:
        """A document time-stamp added at `at`, over everything so far."""
        out = io.BytesIO()
        signers.PdfTimeStamper(self.clock(at)).timestamp_pdf(writer(pdf), "sha256", output=out)
        return out.getvalue()

    def with_evidence(self, pdf: bytes, *, lists: list[bytes] = [], answers: list[bytes] = []) -> bytes:  # noqa: B006
        """Evidence of our choice put into the document's store."""
        out = io.BytesIO(pdf)
        DocumentSecurityStore.add_dss(
            out,
            sig_contents=None,
            certs=certificates(self.idris.certificate + self.idris.chain),
            crls=[crl.CertificateList.load(pem.unarmor(text)[2]) for text in lists],
            ocsps=[ocsp.OCSPResponse.load(der) for der in answers],
        )
        return out.getvalue()


def stamping(authority: pki.Authority, who: pki.Identity) -> Stamping:
    key = load_pem_private_key(who.key, password=None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return Stamping(key=key, certificate=x509.load_pem_x509_certificate(who.certificate), root=authority.certificate)


def signer(who: pki.Identity) -> signers.SimpleSigner:
    store = SimpleCertificateStore()
    store.register_multiple(certificates(who.chain))
    key = load_private_key_from_pemder_data(who.key, passphrase=None)
    return signers.SimpleSigner(signing_cert=certificates(who.certificate)[0], signing_key=key, cert_registry=store)


def certificates(text: bytes) -> list[object]:
    return list(load_certs_from_pemder_data(text))


def writer(pdf: bytes) -> IncrementalPdfFileWriter:
    return IncrementalPdfFileWriter(io.BytesIO(pdf))


def revisions(pdf: bytes) -> int:
    return int(PdfFileReader(io.BytesIO(pdf)).xrefs.total_revisions)
