import json

import pytest
from hypothesis import example, given, settings, strategies as st

from provenance import canonical
from provenance.errors import CanonicalError
from provenance.types import EntryKind, Json


def test_example_of_rfc_8785() -> None:
    """The sample of section 3.2.2, with the digits and the order of keys the standard prints."""
    value = json.loads(
        r"""{"numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/", "literals": [null, true, false]}"""
    )
    assert canonical.dumps(value).decode() == (
        '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    )


def test_order_of_keys_and_kind_of_text_do_not_change_the_digest() -> None:
    assert canonical.sha256({"a": 1, "b": EntryKind.RUN_GRANTED}) == canonical.sha256({"b": "run:granted", "a": 1.0})


@pytest.mark.parametrize("value", [float("nan"), float("-inf"), 2**53, "\ud800", {"\ud800": 1}, {1: 1}, b"", {1, 2}])
def test_what_json_cannot_carry_is_refused(value: object) -> None:
    with pytest.raises(CanonicalError):
        canonical.dumps(value)  # type: ignore[arg-type]


def test_endless_nesting_is_refused() -> None:
    value: list[object] = []
    value.append(value)
    with pytest.raises(CanonicalError):
        canonical.dumps(value)  # type: ignore[arg-type]


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    # characters around those by which two orders of keys differ, and those that are escaped
    | st.text('a"\\\n\x1f\x7fé\u2028\ue000\uffff\U0001f600'),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("aé\ue000\U0001f600"), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=400, deadline=None)
@given(VALUES)
@example([1e15, 1e16, 1e21, 1e-4, 1e-5, 0.1, 123456789012345.6, 5e-324, 2**53 - 1, -(10**15)])
def test_what_was_written_canonically_is_read_as_it_was(value: Json) -> None:
    text = canonical.dumps(value).decode()
    assert canonical.dumps(canonical.loads(text)).decode() == text


@pytest.mark.parametrize(
    "text",
    [
        '{"b":1,"a":2}',
        '{"a":1,"a":1}',
        '{"a": 1}',
        '{"a":1} ',
        '{"a":1.0}',
        '{"a":1.50}',
        '{"a":-0}',
        '{"a":01}',
        '{"a":1e3}',
        '{"a":1e-5}',
        '{"a":1152921504606846976}',
        '{"a":NaN}',
        '{"a":"\\u0041"}',
        '{"a":"\\/"}',
        '{"a":"\\u001F"}',
        '{"a":"\\ud800"}',
        '{"\ue000":1,"\U0001f600":2}',
        "",
        "[",
        "[" * 100_000,
    ],
)
def test_what_is_written_in_another_way_is_not_canonical(text: str) -> None:
    with pytest.raises(CanonicalError):
        canonical.loads(text)


def test_large_numbers_are_read_in_their_canonical_form() -> None:
    assert canonical.loads('{"a":1152921504606847000}') == {"a": 2.0**60}
