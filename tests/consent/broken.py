"""Signed documents that are not what they should be, each made from a good one."""

import io
from collections.abc import Callable

from pyhanko.pdf_utils import embed, generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from consent import pades, pki


def updated(pdf: bytes, change: Callable[[IncrementalPdfFileWriter], None]) -> bytes:
    """`pdf` with an incremental update that makes `change`."""
    out = io.BytesIO()
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf), strict=False)
    change(writer)
    writer.write(out)
    return out.getvalue()


def swap_page(writer: IncrementalPdfFileWriter) -> None:
    """Other words on the first page."""
    page = writer.root["/Pages"]["/Kids"][0]
    page["/Contents"] = writer.add_object(generic.StreamObject(stream_data=b"BT ET"))
    writer.update_container(page)


def add_note(writer: IncrementalPdfFileWriter) -> None:
    """A box drawn over the first page."""
    page = writer.root["/Pages"]["/Kids"][0]
    box = generic.DictionaryObject(
        {
            generic.pdf_name("/Type"): generic.pdf_name("/Annot"),
            generic.pdf_name("/Subtype"): generic.pdf_name("/Square"),
            generic.pdf_name("/Rect"): generic.ArrayObject(map(generic.NumberObject, (0, 0, 500, 800))),
        }
    )
    notes = list(page.get("/Annots", ()))
    page["/Annots"] = generic.ArrayObject(
        [*(page["/Annots"].raw_get(i) for i in range(len(notes))), writer.add_object(box)]
    )
    writer.update_container(page)


def swap_terms(content: bytes) -> Callable[[IncrementalPdfFileWriter], None]:
    """Another terms.json in place of the embedded one."""

    def change(writer: IncrementalPdfFileWriter) -> None:
        spec = writer.root["/Names"]["/EmbeddedFiles"]["/Names"][1]
        spec["/EF"]["/F"] = writer.add_object(generic.StreamObject(stream_data=content))
        writer.update_container(spec)

    return change


def second_terms(content: bytes) -> Callable[[IncrementalPdfFileWriter], None]:
    """A second file of the same name."""

    def change(writer: IncrementalPdfFileWriter) -> None:
        file = embed.EmbeddedFileObject.from_file_data(writer, content, mime_type="application/json")
        spec = embed.FileSpec("terms.json", embedded_data=file)
        names = writer.root["/Names"]["/EmbeddedFiles"]["/Names"]
        names.append(generic.pdf_string("terms.json"))
        names.append(writer.add_object(spec.as_pdf_object()))
        writer.update_container(names)

    return change


def no_terms(writer: IncrementalPdfFileWriter) -> None:
    del writer.root["/Names"]
    writer.update_root()


def retitle(writer: IncrementalPdfFileWriter) -> None:
    """Another title, which is nothing that is signed about."""
    title = generic.DictionaryObject({generic.pdf_name("/Title"): generic.pdf_string("Another title")})
    writer.set_info(writer.add_object(title))


def drop_evidence(writer: IncrementalPdfFileWriter) -> None:
    """Take the store of evidence away."""
    del writer.root["/DSS"]
    writer.update_root()


def signed(pdf: bytes, who: pki.Identity, *, field: str = pades.FIELD) -> bytes:
    return pades.sign(pdf, key=who.key, certificate=who.certificate, chain=who.chain, field=field)


def signed_twice(pdf: bytes, one: pki.Identity, other: pki.Identity) -> bytes:
    """A second signature, in a field of its own."""
    return signed(signed(pdf, one), other, field="Another")


def signed_as(field: str, pdf: bytes, who: pki.Identity) -> bytes:
    return signed(pdf, who, field=field)
