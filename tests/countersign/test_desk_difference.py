"""Two versions of a consent: what was removed, added, changed; and who may lay them beside each other."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from consent import record
from consent.types import Alteration, Capacity, Context, KindOfUse, OutputClass, Part, ReplicaType, Representation
from countersign.desk.difference import Mark, Term, between
from tests import people as setup
from tests.countersign.conftest import Things
from tests.countersign.test_pages import as_, text
from tests.people import People


def terms(people: People, **changes: Any) -> dict[str, Any]:
    return record.to_json(setup.terms(people.production, people.idris, **changes))


def pieces(found: list[Term], name: str) -> list[tuple[str, str]]:
    (term,) = (term for term in found if term.name == name)
    return [(piece.mark.value, piece.text) for piece in term.pieces]


def test_list_tells_item_by_item_what_came_and_went(people: People) -> None:
    found = between(terms(people), terms(people, scenes=("Scene 14", "Scene 30"), territories=("worldwide",)))
    assert pieces(found, "In which scenes") == [("removed", "Scene 12"), ("kept", "Scene 14"), ("added", "Scene 30")]
    assert pieces(found, "In which countries")[-1] == ("added", "Worldwide")
    assert {term.name for term in found if term.differs} == {"In which scenes", "In which countries"}


def test_text_tells_word_by_word(people: People) -> None:
    before = "My face is shown on the stunt performer in the quay scene, where I speak no words."
    found = between(terms(people, description=before), terms(people, description=before.replace("quay", "café")))
    assert [piece for piece in pieces(found, "What exactly") if piece[0] != "kept"] == [
        ("removed", "quay"),
        ("added", "café"),
    ]


def test_text_that_is_another_is_told_as_a_whole(people: People) -> None:
    found = between(terms(people, credit="Idris Vane"), terms(people, credit="No name at all, please"))
    assert pieces(found, "Credit") == [("removed", "Idris Vane"), ("added", "No name at all, please")]


def test_yes_and_no_and_numbers_are_told_in_words(people: People) -> None:
    found = between(terms(people), terms(people, training_allowed=False, max_runs=3, after_withdrawal="take-down"))
    assert pieces(found, "Training a model") == [("removed", "Allowed"), ("added", "Not allowed")]
    assert ("removed", "10") in pieces(found, "Runs")
    assert ("added", "3") in pieces(found, "Runs")
    assert any(mark == "added" and "down" in said for mark, said in pieces(found, "If they withdraw"))


def test_every_term_that_a_performer_signs_is_compared(people: People) -> None:
    """Each field of the terms, changed alone, shows."""
    changed: dict[str, Any] = {
        "kinds_of_use": (KindOfUse.LIVE,), "parts": (Part.PLATE,), "description": "Something else entirely.",
        "scenes": ("*",), "territories": ("FR",), "media": ("television",), "max_runs": 1,
        "max_screen_seconds": 1,
        "valid_from": setup.NOW, "valid_until": setup.NOW + timedelta(days=2), "training_allowed": False,
        "after_withdrawal": "take-down", "credit": "",
        "signer_capacity": Capacity.ESTATE, "controller": "Another House", "signer_name": "Vera Vane",
        "amends": str(UUID(int=7)), "performer_born": "2015-02-01", "performer_deceased": True, "survives_death": True,
        "representation": Representation.NONE, "union": "SAG-AFTRA", "agreement": "TV/Theatrical 2023",
        "replica_type": ReplicaType.BACKGROUND, "replaces_in_person_work": True, "business_reason": "Rain.",
        "script_sha256": "1" * 64, "script_date": "2026-11-02", "output_classes": (OutputClass.GAME,),
        "languages": ("fr",), "alterations": (Alteration.AGE,), "prohibited_contexts": (Context.TOBACCO,),
        "advertiser": "A Brewery", "product_line": "Ale", "notice_at": setup.NOW, "notice_hours": 1,
        "retention_days": 30, "reuse_allowed": True, "approval_per_shot": True, "disclosure": "A card.",
        "compensation_reference": "PO 17",
    }  # fmt: skip
    signed = set(record.to_json(setup.terms(people.production, people.idris)))
    bookkeeping = {
        "format",
        "consent_id",
        "nonce",
        "production_id",
        "production_title",
        "performer_id",
        "performer_name",
        "matter",
    }
    assert set(changed) == signed - bookkeeping
    for name, value in changed.items():
        assert [t.name for t in between(terms(people), terms(people, **{name: value})) if t.differs], name


def test_same_version_differs_in_nothing(people: People) -> None:
    assert not any(term.differs for term in between(terms(people), terms(people)))
    assert {p.mark for term in between(terms(people), terms(people)) for p in term.pieces} == {Mark.KEPT}


def test_page_marks_changes_by_text_not_by_colour_alone(people: People, things: Things) -> None:
    other = setup.consent(people, people.idris, scenes=("Scene 30",))
    page = text(as_(people.legal).get(f"/consents/{things.consent.pk}/compare/{other.pk}"))
    assert "Removed: Scene 12" in page
    assert "Added: Scene 30" in page
    assert "1 term differs" in page


def test_consent_offers_its_other_versions_only(people: People, things: Things) -> None:
    legal = as_(people.legal)
    assert "Compare with another version" not in text(legal.get(f"/consents/{things.consent.pk}"))
    other = setup.consent(people, people.idris, scenes=("Scene 30",))
    page = legal.get(f"/consents/{things.consent.pk}").content.decode()
    assert f"/consents/{things.consent.pk}/compare/{other.pk}" in page
    assert page.count("/compare/") == 1


def test_consents_of_two_performers_are_no_versions_of_each_other(people: People, things: Things) -> None:
    others = setup.consent(people, people.anselm)
    assert as_(people.legal).get(f"/consents/{things.consent.pk}/compare/{others.pk}").status_code == 404
    assert as_(people.idris_person).get(f"/consents/{things.consent.pk}/compare/{others.pk}").status_code == 404
    assert as_(people.stranger).get(f"/consents/{others.pk}/compare/{others.pk}").status_code == 404
