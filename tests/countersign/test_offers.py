"""The form of an offer says what the law asks for before anything is sent, and explains each field that lacks it."""

import re
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.timezone import now

from consent import law
from consent.models import ConsentRecord
from consent.types import Matter
from countersign.pages import offering
from countersign.pages.offers import NewConsent
from tests.consent.test_law import CASES, EVERY, RELEASES
from tests.countersign.test_pages import as_, text
from tests.people import People

TODAY = now().date()


def filled(people: People, **changes: Any) -> dict[str, Any]:
    """The form as somebody sends it who filled in the least, with `changes`."""
    page = as_(people.producer).get(f"/productions/{people.production.pk}/consents/new")
    form = page.context["form"]
    proposed = {name: form[name].value() for name in form.fields}
    said = {
        **{name: value for name, value in proposed.items() if value is not None and value is not False},
        "performer": str(people.idris.pk),
        "parts": ["likeness"],
        "description": "My face is shown on the stunt double in the quay scene, where I speak no words.",
        "scenes": "Scene 12",
        "territories": ["GB"],
        **{name: as_typed(name, value) for name, value in changes.items()},
    }
    return {name: value for name, value in said.items() if value is not False}


def as_typed(name: str, value: Any) -> Any:
    match name, value:
        case "languages", tuple():
            return ", ".join(value)
        case _, tuple():
            return list(value)
        case "valid_until", _:
            return (TODAY + timedelta(days=365 * 7)).isoformat()
        case _:
            return value


def sent(people: People, **changes: Any) -> Any:
    return as_(people.producer).post(f"/productions/{people.production.pk}/consents/new", filled(people, **changes))


def test_every_term_that_can_be_offered_stands_in_one_group_of_the_form() -> None:
    grouped = [name for group in offering.GROUPS for row in group.rows for name in row]
    assert len(grouped) == len(set(grouped))
    assert set(grouped) == set(NewConsent.base_fields)


ON_PAGE = [case for case in CASES if case[0] != "us-no-fakes"]


@pytest.mark.parametrize(("pack", "field", "met", "change"), ON_PAGE, ids=[f"{p}:{f}" for p, f, *_ in ON_PAGE])
def test_each_field_that_the_law_demands_is_explained_beside_it(
    people: People, pack: str, field: str, met: dict[str, Any], change: dict[str, Any]
) -> None:
    answer = sent(people, **{**met, **change})
    assert answer.status_code == 200
    demands = next(one for one in EVERY.packs if one.id == pack).demands
    assert field in answer.context["form"].errors, answer.context["form"].errors
    said = " ".join(answer.context["form"].errors[field])
    assert any(one.why in said and one.remedy in said and one.law in said for one in demands if one.field == field)
    assert said.split(" (")[0] in text(answer).replace("&#x27;", "'")
    assert not ConsentRecord.objects.exists()


@pytest.mark.parametrize(("pack", "field", "met", "change"), ON_PAGE, ids=[f"{p}:{f}" for p, f, *_ in ON_PAGE])
def test_what_each_demand_asks_for_is_enough(
    people: People, pack: str, field: str, met: dict[str, Any], change: dict[str, Any]
) -> None:
    answer = sent(people, **met)
    assert answer.status_code == 302, answer.context["form"].errors
    assert ConsentRecord.objects.filter(matter=Matter.REPLICA).count() == 1


def test_optional_law_counts_where_the_house_turned_it_on(people: People, settings: Any) -> None:
    assert sent(people, territories=["US"], valid_until=7).status_code == 302
    settings.LAW_ALSO = frozenset({"us-no-fakes"})
    minor = {"performer_born": "2015-05-01", "signer_capacity": "guardian", "signer_name": "Una Vane"}
    answer = sent(people, territories=["US"], valid_until=7, **minor)
    assert "five years" in text(answer)
    assert "NO FAKES" in " ".join(answer.context["form"].errors["valid_until"])


def test_a_release_that_keeps_measurements_too_long_is_explained_at_the_field(people: People) -> None:
    (_, field, _, change), *_ = RELEASES
    answer = sent(people, territories=["US"], **change)
    assert "three years" in " ".join(answer.context["form"].errors[field])
    assert not ConsentRecord.objects.exists()


def needs(people: People, **changes: Any) -> str:
    """What stands beside the form while it is filled in."""
    path = f"/productions/{people.production.pk}/consents/needs"
    return text(as_(people.producer).post(path, filled(people, **changes)))


def test_what_the_law_asks_for_is_said_before_anything_is_sent(people: People) -> None:
    assert "48 hours" not in needs(people)
    said = needs(people, union="SAG-AFTRA", notice_hours="0", description="")
    assert "at least 48 hours" in said
    assert "Write 48 hours or more." in said
    assert "Agreement : still missing" in said
    assert "Notice, in hours: done" in needs(people, union="SAG-AFTRA", notice_hours="48")
    assert "three years" in needs(people, territories=["worldwide"], retention_days="2000")
    assert not ConsentRecord.objects.exists()


def test_half_filled_forms_are_answered(people: People) -> None:
    path = f"/productions/{people.production.pk}/consents/needs"
    for body in ({}, {"territories": ["Atlantis"]}, {"performer_born": "soon", "valid_from": "2027-01-01"}):
        assert as_(people.producer).post(path, body).status_code == 200


def test_a_script_is_kept_as_its_fingerprint_alone(people: People) -> None:
    script = b"INT. STAIRWELL. She falls."
    answer = sent(people, script=SimpleUploadedFile("script.pdf", script), script_date="2026-11-02")
    assert answer.status_code == 302
    (record,) = ConsentRecord.objects.filter(matter=Matter.REPLICA)
    assert record.terms["script_sha256"] == sha256(script).hexdigest()
    assert record.terms["script_date"] == "2026-11-02"
    assert script not in bytes(record.offered_pdf)


def test_a_folded_group_opens_where_something_in_it_is_wrong(people: People) -> None:
    answer = sent(people, script_sha256="not a fingerprint")
    assert "script_sha256" in answer.context["form"].errors
    folded = {group.legend: group.folded for group in answer.context["form"].groups()}
    assert not folded["Script, reason and languages"]
    assert folded["Advertiser"]
    assert re.search(r"<details", answer.content.decode())


def test_the_form_proposes_what_asks_for_little(people: People) -> None:
    assert sent(people).status_code == 302
    (record,) = ConsentRecord.objects.filter(matter=Matter.REPLICA)
    nothing = {
        name: record.terms[name] for name in ("alterations", "reuse_allowed", "retention_days", "survives_death")
    }
    assert nothing == {"alterations": [], "reuse_allowed": False, "retention_days": 0, "survives_death": False}
    assert record.terms["output_classes"] == ["feature"]
    assert law.load().sha256
