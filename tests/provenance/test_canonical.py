import json

import pytest

from provenance import canonical
from provenance.errors import CanonicalError
from provenance.types import EntryKind


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
