"""What a manifest says, compared with what it was to say. The manifest is a real one, read back from a signed film."""

import json
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from provenance import manifest, verify
from provenance.types import Claim
from tests.provenance import receipts
from tests.provenance.conftest import Authority


@pytest.fixture(scope="module")
def read(published: Path, studio: Authority) -> Mapping[str, Any]:
    return verify.report(published, media_type="video/mp4", anchors=studio.anchors).manifest


def test_manifest_read_back_says_what_the_claim_said(claim: Claim, read: Mapping[str, Any]) -> None:
    assert manifest.check(claim, read) == ()
    assert manifest.problems(read) == ()


CHANGES: dict[str, object] = {
    "run_id": "another",
    "title": "another",
    "kind_of_use": "restoration",
    "software_agent": "another",
    "software_version": "9.9",
    "model_sha256": "0" * 64,
    "parameters_sha256": "0" * 64,
    "grant_sha256": "0" * 64,
    "policy_sha256": "0" * 64,
    "lineage_sha256": "0" * 64,
    "essence_sha256": "0" * 64,
    "receipt": receipts.issued(run_id="1", grant_sha256="0" * 64, essence_sha256="0" * 64),
    "consents": (),
    "synthetic_from_s": 1.0,
    "synthetic_to_s": 2.0,
}


@pytest.mark.parametrize("name", CHANGES)
def test_every_difference_from_the_claim_is_found(claim: Claim, read: Mapping[str, Any], name: str) -> None:
    assert manifest.check(replace(claim, **{name: CHANGES[name]}), read) != ()  # type: ignore[arg-type]


@pytest.mark.parametrize("part", ["plate", "likeness"])
@pytest.mark.parametrize("change", [{"title": "another"}, {"sha256": "0" * 64}, {"relationship": "inputTo"}])
def test_every_difference_of_a_clip_is_found(
    claim: Claim, read: Mapping[str, Any], part: str, change: dict[str, str]
) -> None:
    other = replace(getattr(claim, part), **change)
    assert manifest.check(replace(claim, **{part: other}), read) != ()  # type: ignore[arg-type]


def test_no_field_of_the_claim_goes_unchecked() -> None:
    assert {field.name for field in fields(Claim)} == {*CHANGES, "plate", "likeness", "media_type"}


def test_definition_holds_no_path(claim: Claim) -> None:
    assert str(claim.plate.path.parent) not in json.dumps(manifest.definition(claim))


def _actions(read: Any) -> Any:
    return next(item for item in read["assertions"] if item["label"] == "c2pa.actions.v2")["data"]["actions"]


def _consent(read: Any) -> Any:
    return next(item for item in read["assertions"] if item["label"] == "org.countersign.consent")["data"]


def _ledger(read: Any) -> Any:
    return next(item for item in read["assertions"] if item["label"] == "org.countersign.ledger")["data"]


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda read: _consent(read).pop("consents"), "consents"),
        (lambda read: _consent(read).update(grant_sha256="short"), "consents"),
        (lambda read: _consent(read)["footage"][0].update(sha256=5), "consents"),
        (lambda read: read["assertions"].append({"label": "org.countersign.consent", "data": {}}), "consents"),
        (lambda read: read["assertions"].append({"label": "org.countersign.ledger", "data": {}}), "receipt"),
        (lambda read: _ledger(read)["entries"].pop(), "recorded"),
        (lambda read: _ledger(read)["entries"][0].update(index=0), "run:granted"),
        (lambda read: _actions(read).reverse(), "steps"),
        (lambda read: _actions(read).clear(), "steps"),
        (lambda read: _actions(read)[2].update(digitalSourceType="digitalCapture"), "trained model"),
        (lambda read: read["ingredients"].pop(), "one plate"),
        (lambda read: read["ingredients"][1].update(relationship="componentOf"), "one plate"),
        (lambda read: _actions(read)[0].update(parameters=_actions(read)[1]["parameters"]), "do not belong"),
        (lambda read: _actions(read)[0].pop("parameters"), "do not belong"),
    ],
)
def test_manifest_that_does_not_hold_together_is_told(
    read: Mapping[str, Any], spoil: Callable[[Any], None], words: str
) -> None:
    spoiled = deepcopy(dict(read))
    spoil(spoiled)
    assert words in " ".join(manifest.problems(spoiled))


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
        ["assertions", "label", "data", "actions", "action", "parameters", "ingredients", "url", "consents", "footage",
         "org.countersign.consent", "c2pa.actions.v2"]
    ), inner, max_size=4),
)  # fmt: skip


@settings(database=None, deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(["assertions", "ingredients", "claim_generator_info", "title"]), values))
def test_manifest_of_any_shape_has_problems_and_breaks_nothing(read: dict[str, Any]) -> None:
    assert manifest.problems(read) != ()
    assert isinstance(manifest.actions(read), tuple)
