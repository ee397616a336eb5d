"""Documents made ready to be signed, and signed: the one as the site does, the other as performers' software does."""

import io

from pyhanko.keys import load_certs_from_pemder_data, load_private_key_from_pemder_data
from pyhanko.pdf_utils.generic import NumberObject
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign import fields, signers
from pyhanko.sign.general import SigningError
from pyhanko_certvalidator.registry import SimpleCertificateStore

from consent.errors import ConsentError

FIELD = "Performer"


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


def sign(pdf: bytes, *, key: bytes, certificate: bytes, chain: bytes, field: str = FIELD) -> bytes:
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
            field_name=field, md_algorithm="sha256", subfilter=fields.SigSeedSubFilter.PADES
        )
        out = io.BytesIO()
        signers.PdfSigner(meta, signer).sign_pdf(IncrementalPdfFileWriter(io.BytesIO(pdf)), output=out)
        return out.getvalue()
    except (PdfError, SigningError, ValueError, StopIteration) as e:
        raise ConsentError(f"The document could not be signed: {e}") from e
