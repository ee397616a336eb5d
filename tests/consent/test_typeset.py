"""The document: what people wrote is shown as they wrote it, and the same terms always make the same bytes."""

import io
import json
from typing import Any

import pytest
from pyhanko.pdf_utils.reader import PdfFileReader

from consent import record, typeset
from consent.errors import TermsError, TypesetError
from consent.pades import paper
from consent.types import Capacity, KindOfUse, Part
from tests.consent.values import release, terms

HOSTILE = [
    '#panic("gone")',
    '#import "/etc/passwd": *',
    '#read("/etc/passwd")',
    "$ x^2 $ *bold* _slanted_ `raw` @reference <label>",
    "= Not a heading",
    "// not a comment /* nor this */",
    "]]}}}) #(((",
    '"; drop table consents; --',
    "\\u{41} \\ \\#",
    '{"performer": "somebody else"}',
    '#pdf.attach("terms.json", bytes("{}"))',
    "https://example.org/#x",
]


def attachments(pdf: bytes) -> list[tuple[str, bytes]]:
    return list(paper._attachments(PdfFileReader(io.BytesIO(pdf)).root))


def test_the_same_terms_make_the_same_bytes() -> None:
    assert typeset.document(terms()) == typeset.document(terms())


def test_the_terms_are_embedded_in_their_canonical_form() -> None:
    (found,) = attachments(typeset.document(terms()))
    assert found == ("terms.json", record.document(terms()))


def test_it_says_that_it_is_pdf_a_3b() -> None:
    root = PdfFileReader(io.BytesIO(typeset.document(terms()))).root
    said = root["/Metadata"].data.decode()
    assert "<pdfaid:part>3</pdfaid:part>" in said
    assert "<pdfaid:conformance>B</pdfaid:conformance>" in said


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("field", ["performer_name", "production_title", "description", "credit", "scenes"])
def test_what_people_wrote_is_never_markup(field: str, text: str) -> None:
    value: Any = (text,) if field == "scenes" else text
    agreed = terms(**{field: value})
    (found,) = attachments(typeset.document(agreed))
    assert record.from_json(json.loads(found[1])) == agreed


@pytest.mark.parametrize("name", ["Ελένη Παπά", "Наталья Лунд", "Zoë Łuczak-O’Brien", "שרה כהן"])
def test_letters_of_many_scripts_can_be_set(name: str) -> None:
    assert typeset.document(terms(performer_name=name)).startswith(b"%PDF")


@pytest.mark.parametrize("name", ["李小龙", "Idris 😀"])
def test_letters_that_the_fonts_lack_are_a_clear_error(name: str) -> None:
    with pytest.raises(TypesetError, match="fonts have no letters for"):
        typeset.document(terms(performer_name=name))


def test_terms_nobody_could_sign_are_not_set() -> None:
    with pytest.raises(TermsError):
        typeset.document(terms(performer_name="Idris\u202eenaV"))


def test_a_biometric_release_is_a_document_of_its_own() -> None:
    said = json.dumps(typeset._view(release()), ensure_ascii=False)
    assert "Release of my biometric features" in said
    assert "Nothing may be made with my face under this release" in said
    assert len(attachments(typeset.document(release()))) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"kinds_of_use": tuple(KindOfUse), "parts": tuple(Part), "scenes": ("*",), "territories": ("worldwide",)},
        {"training_allowed": False, "after_withdrawal": "take-down", "credit": ""},
        {"max_runs": 1, "max_screen_seconds": 59, "signer_capacity": Capacity.ESTATE},
        {"description": "A long sentence about what is done. " * 100, "scenes": tuple(f"Scene {n}" for n in range(90))},
    ],
)
def test_every_shape_of_terms_can_be_set(changes: dict[str, Any]) -> None:
    assert len(attachments(typeset.document(terms(**changes)))) == 1


def test_the_page_says_what_the_terms_say() -> None:
    said = json.dumps(typeset._view(terms(training_allowed=False)), ensure_ascii=False)
    for words in (
        "Idris Vane",
        "The Long Harbour",
        "At most 3 runs",
        "1 min",
        "GB, IE",
        "12A, 12B",
        "cinema, streaming",
    ):
        assert words in said
    assert "No computer model may be trained" in said
    assert "23 November 2026" not in said  # a date that is in no term
