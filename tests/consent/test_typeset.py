"""The document: what people wrote is shown as they wrote it, and the same terms always make the same bytes."""

import io
import json
from typing import Any

import pytest
from pyhanko.pdf_utils.reader import PdfFileReader

from consent import clauses, record, sheet, typeset
from consent.errors import TermsError, TypesetError
from consent.pades import paper
from consent.types import (
    Alteration,
    Capacity,
    Context,
    KindOfUse,
    OutputClass,
    Part,
    ReplicaType,
    Representation,
    Terms,
)
from consent.voice import THEY, YOU, I, Voice
from tests.consent.values import IDRIS, NOW, release, terms

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
    said = json.dumps(sheet.view(release()), ensure_ascii=False)
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
    said = json.dumps(sheet.view(terms(training_allowed=False)), ensure_ascii=False)
    for words in (
        "Idris Vane",
        "The Long Harbour",
        "At most 3 runs",
        "1 min",
        "United Kingdom (GB), Ireland (IE)",
        "12A, 12B",
        "Cinema, streaming",
    ):
        assert words in said
    assert "No computer model may be trained" in said
    assert "23 November 2026" not in said  # a date that is in no term


CHANGED: dict[str, Any] = {
    "amends": "00000000-0000-0000-0000-000000000007",
    "controller": "Southlight",
    "performer_born": "2015-05-01",
    "performer_deceased": True,
    "survives_death": True,
    "signer_capacity": Capacity.UNION,
    "signer_name": "Una Vane",
    "representation": Representation.NONE,
    "union": "Equity",
    "agreement": "Films 2024",
    "replica_type": ReplicaType.BACKGROUND,
    "replaces_in_person_work": True,
    "kinds_of_use": (KindOfUse.LIVE,),
    "parts": (Part.PLATE,),
    "description": "Other.",
    "business_reason": "Weather.",
    "script_sha256": "a" * 64,
    "script_date": "2026-01-31",
    "scenes": ("*",),
    "territories": ("worldwide",),
    "media": ("television",),
    "output_classes": (OutputClass.GAME,),
    "languages": ("de",),
    "alterations": (Alteration.AGE,),
    "prohibited_contexts": (Context.TOBACCO,),
    "advertiser": "Sunne",
    "product_line": "Lamps",
    "valid_from": NOW,
    "valid_until": NOW.replace(year=2031),
    "notice_at": NOW,
    "notice_hours": 0,
    "max_runs": 4,
    "max_screen_seconds": 61,
    "training_allowed": False,
    "retention_days": 30,
    "reuse_allowed": True,
    "approval_per_shot": True,
    "after_withdrawal": "take-down",
    "credit": "",
    "disclosure": "A card.",
    "compensation_reference": "Memo 12",
    "production_title": "The Short Harbour",
    "performer_name": "Idris V.",
    "nonce": "f" * 32,
    "consent_id": IDRIS,
}
NOT_SHOWN = {"production_id", "performer_id", "matter"}  # numbers, and what makes it another document


def test_every_term_has_a_case() -> None:
    assert set(record.READERS) == set(CHANGED) | NOT_SHOWN


@pytest.mark.parametrize("field", CHANGED)
def test_every_term_stands_on_the_page(field: str) -> None:
    plain, changed = terms(), terms(**{field: CHANGED[field]})
    assert sheet.view(plain) != sheet.view(changed)


@pytest.mark.parametrize("voice", [I, YOU, THEY], ids=lambda voice: str(voice.i))
@pytest.mark.parametrize("agreed", [terms(), release(), terms(**CHANGED)], ids=["replica", "release", "changed"])
def test_clauses_are_whole_sentences_in_any_voice(agreed: Terms, voice: Voice) -> None:
    for group in clauses.groups(agreed, voice=voice):
        for one in group.clauses:
            assert one.text
            assert not set("{}") & set(one.title + one.text), one
            assert one.title[0].isupper()
            assert not one.text[0].islower()
