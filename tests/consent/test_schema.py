"""The published schema and the reader of consents: what the one takes, the other takes."""

import json
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st
from jsonschema import Draft202012Validator

from consent import glossary, law, record, schema
from consent.errors import TermsError
from tests.consent.test_record import WRONG
from tests.consent.values import release, terms

RULES = law.load(frozenset({"us-no-fakes"}))
AT = "https://countersign.example/consents/schema.json"
PLAIN, PUBLISHED = Draft202012Validator(schema.plain()), Draft202012Validator(schema.published(RULES, at=AT))
FULL = {
    "scenes": ("*",), "languages": ("en", "pt-BR"), "territories": ("worldwide",), "performer_born": "2000-02-29",
    "amends": "00000000-0000-0000-0000-000000000001", "script_sha256": "a" * 64, "script_date": "2026-01-31",
    "description": "My face in scene 12.\nI say the words of the script there.",
}  # fmt: skip
MATTERS = {"replica": terms(), "full": terms(**FULL), "release": release()}


def read(said: Any) -> bool:
    """Whether the reader takes it; that the end comes after the beginning no schema can say."""
    try:
        record.from_json(said)
    except TermsError as error:
        return error.field == "valid_until" and "end before it begins" in str(error)
    return True


def test_it_is_a_schema_and_every_term_is_explained() -> None:
    Draft202012Validator.check_schema(schema.published(RULES, at=AT))
    assert set(glossary.entries()) == {"format", *record.READERS}
    for said in schema.plain()["properties"].values():  # type: ignore[union-attr]
        assert said["title"]  # type: ignore[index,call-overload]
        assert str(said["description"]).endswith(".")  # type: ignore[index,call-overload]


@pytest.mark.parametrize("matter", MATTERS)
def test_what_the_reader_takes_the_schema_takes(matter: str) -> None:
    PLAIN.validate(record.to_json(MATTERS[matter]))


@pytest.mark.parametrize(("field", "value"), WRONG, ids=lambda v: str(v)[:20].encode("ascii", "replace").decode())
def test_what_the_reader_refuses_the_schema_refuses(field: str, value: Any) -> None:
    if isinstance(value, float) or (field, value) == ("valid_until", "2020-01-01T00:00:00Z"):
        pytest.skip("no schema can say it")
    assert not PLAIN.is_valid({**record.to_json(terms()), field: value})


def near(name: str) -> st.SearchStrategy[Any]:
    """Values that nearly are what a field takes: what stands in some terms, cut, doubled, or with something odd."""
    known = [record.to_json(made)[name] for made in MATTERS.values()]
    texts = [one for one in known if isinstance(one, str)]
    odd = st.sampled_from(["\n", " ", "\u202e", "\u200c", "٣", "0", "Z", "\U0001f600", "\u00a0", "ſ", ".5", ".000000"])
    mixed = st.builds(
        lambda text, at, one: text[:at] + one + text[at:], st.sampled_from(texts or [""]), st.integers(0, 30), odd
    )
    whole = st.sampled_from(known)
    items = [item for one in known if isinstance(one, list) for item in one]
    lists = st.lists(st.sampled_from([*items, "*", "worldwide", "GB", "", "swap", "en", 1, None]), max_size=3)
    return st.one_of(whole, mixed, lists, values)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    lambda kids: st.lists(kids, max_size=3),
    max_leaves=4,
)


@settings(max_examples=400, deadline=None)
@given(matter=st.sampled_from(sorted(MATTERS)), data=st.data())
def test_reader_and_schema_say_the_same(matter: str, data: st.DataObject) -> None:
    said = record.to_json(MATTERS[matter])
    for name in data.draw(st.lists(st.sampled_from([*record.READERS]), min_size=1, max_size=3)):
        said[name] = data.draw(near(name))
    assert PLAIN.is_valid(said) == read(said), said


@settings(max_examples=300, deadline=None)
@given(
    territory=st.sampled_from(["GB", "US", "FR", "IN", "CN", "worldwide", "JP"]),
    data=st.data(),
    matter=st.sampled_from(["replica", "release"]),
)
def test_schema_and_law_demand_the_same(territory: str, data: st.DataObject, matter: str) -> None:
    choices: dict[str, list[Any]] = {
        "union": ["", "SAG-AFTRA", "sag aftra", "Equity"],
        "disclosure": ["", "One line.", "A line in the credits says so."],
        "notice_hours": [0, 47, 48],
        "description": ["", "For any purpose.", "My face in scene 12, where I say the line of the script."],
        "representation": ["none", "union"],
        "replaces_in_person_work": [True, False],
        "performer_deceased": [True, False],
        "signer_capacity": ["self", "guardian", "estate", "union"],
        "agreement": ["", "TV/Theatrical 2023"],
        "script_sha256": ["", "a" * 64],
        "retention_days": [0, 1095, 1096],
    }
    said = {**record.to_json(MATTERS[matter]), "territories": [territory]}
    if matter == "replica":
        choices["output_classes"] = [["feature"], ["advertisement"], ["game", "trailer"]]
        choices["kinds_of_use"] = [["swap"], ["live"], ["dialogue-replacement"]]
    said |= {name: data.draw(st.sampled_from(values), label=name) for name, values in choices.items()}
    lacking = [one for one in RULES.unmet(law.derived(said)) if schema.expressible(one)]
    assert PUBLISHED.is_valid(said) == (read(said) and not lacking), lacking


def test_it_is_json_that_strangers_can_read() -> None:
    text = json.dumps(schema.published(RULES, at=AT), ensure_ascii=False)
    assert json.loads(text.encode().decode()) == schema.published(RULES, at=AT)
    assert len(text) < 100_000
