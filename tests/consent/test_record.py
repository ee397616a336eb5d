"""Terms as JSON: nothing is lost on the way, and nothing odd gets in."""

import json
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given, strategies as st

from consent import record
from consent.errors import TermsError
from consent.types import Reason, ReasonCode
from tests.consent.values import terms


def test_terms_come_back_as_they_went() -> None:
    agreed = terms(valid_from=datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC))
    assert record.from_json(json.loads(json.dumps(record.to_json(agreed)))) == agreed


def test_the_digest_is_that_of_the_embedded_file_whatever_the_order_of_fields() -> None:
    said = record.to_json(terms())
    turned = dict(reversed(said.items()))
    assert record.digest(record.from_json(turned)) == record.digest(terms())
    assert record.digest(terms()) == sha256(record.document(terms())).hexdigest()


def test_times_of_other_zones_have_one_digest() -> None:
    at = datetime(2026, 5, 1, 12, tzinfo=UTC)
    there = at.astimezone(timezone(timedelta(hours=9)))
    assert record.digest(terms(valid_from=at)) == record.digest(terms(valid_from=there))


@pytest.mark.parametrize("field", sorted(record.to_json(terms())))
def test_a_missing_field_is_named(field: str) -> None:
    said = record.to_json(terms())
    del said[field]
    with pytest.raises(TermsError, match=f"^{field}: is missing"):
        record.from_json(said)


def test_an_unknown_field_is_named() -> None:
    with pytest.raises(TermsError, match=r"^max_rums: "):
        record.from_json({**record.to_json(terms()), "max_rums": 999})


WRONG: list[tuple[str, Any]] = [
    ("format", "countersign-consent/3"),
    ("consent_id", "not a uuid"),
    ("consent_id", "{00000000-0000-0000-0000-00000000006f}"),
    ("nonce", "0123"),
    ("nonce", "0123456789ABCDEF" * 2),
    ("performer_name", ""),
    ("performer_name", "   "),
    ("performer_name", 7),
    ("performer_name", "x" * 201),
    ("performer_name", "Idris\u202eenaV"),
    ("performer_name", "Idris\nVane"),
    ("performer_name", "Idris\u200bVane"),
    ("performer_name", "Idris\x00"),
    ("performer_name", "\ud800"),
    ("description", "x" * 4001),
    ("signer_capacity", "agent"),
    ("kinds_of_use", []),
    ("kinds_of_use", ["swap", "swap"]),
    ("kinds_of_use", ["everything"]),
    ("kinds_of_use", "swap"),
    ("parts", []),
    ("scenes", []),
    ("scenes", ["*", "12A"]),
    ("scenes", [""]),
    ("territories", ["gb"]),
    ("territories", ["worldwide", "GB"]),
    ("territories", ["England"]),
    ("media", []),
    ("media", ["m"] * 101),
    ("valid_from", "2026-11-23"),
    ("valid_from", "2026-11-23T09:00:00"),
    ("valid_from", "2026-11-23T09:00:00+00:00"),
    ("valid_from", "yesterday"),
    ("valid_from", 17),
    ("valid_until", "2020-01-01T00:00:00Z"),
    ("max_runs", 0),
    ("max_runs", True),
    ("max_runs", 3.0),
    ("max_runs", "3"),
    ("max_runs", 10**10),
    ("max_screen_seconds", -1),
    ("training_allowed", 1),
    ("training_allowed", "false"),
    ("matter", None),
    ("matter", "everything"),
    ("amends", "the old one"),
    ("performer_born", "1.2.1990"),
    ("script_sha256", "abc"),
    ("languages", ["English"]),
    ("notice_hours", -1),
    ("output_classes", []),
    ("alterations", ["everything"]),
    ("prohibited_contexts", ["fun"]),
    ("representation", "friend"),
    ("after_withdrawal", "keep"),
    ("credit", None),
]


@pytest.mark.parametrize(("field", "value"), WRONG, ids=lambda v: str(v)[:20].encode("ascii", "replace").decode())
def test_an_impossible_value_is_named(field: str, value: Any) -> None:
    with pytest.raises(TermsError) as raised:
        record.from_json({**record.to_json(terms()), field: value})
    assert raised.value.field == field


@pytest.mark.parametrize("value", [None, [], "terms", 3])
def test_what_is_no_object_is_no_terms(value: Any) -> None:
    with pytest.raises(TermsError):
        record.from_json(value)


@pytest.mark.parametrize("name", ["نرگس\u200cخانم", "Ελένη Παπά", "Zoë Łuczak-O’Brien", "李小龙"])
def test_names_of_the_world_are_names(name: str) -> None:
    assert record.checked(terms(performer_name=name)).performer_name == name


def test_a_time_without_its_zone_is_refused() -> None:
    with pytest.raises(TermsError):
        record.to_json(terms(valid_from=datetime(2026, 1, 1)))  # noqa: DTZ001 - the point of the test


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda kids: st.lists(kids, max_size=3)
)


@given(field=st.sampled_from(sorted(record.to_json(terms()))), value=json_values)
def test_nothing_but_a_terms_error_comes_of_bad_json(field: str, value: Any) -> None:
    try:
        found = record.from_json({**record.to_json(terms()), field: value})
    except TermsError:
        return
    assert record.to_json(found)[field] == value


def test_reasons_come_back_as_they_went() -> None:
    reasons = (
        Reason(code=ReasonCode.RUNS_SPENT, sentence="s", asked="a", allowed="b", remedy="c"),
        Reason(code=ReasonCode.NO_FACE, sentence="t"),
    )
    assert record.reasons_from_json(json.loads(json.dumps(record.reasons_to_json(reasons)))) == reasons
