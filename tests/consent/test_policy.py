"""The policies as files: what doesn't hold together does not load, and an unclear answer is a no."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from consent import policy
from consent.errors import PolicyError
from consent.types import ReasonCode
from consent.wording import _WORDS

CONTEXT: dict[str, Any] = {
    "now": 10,
    "consent": {
        "state": "active",
        "production": "p",
        "kinds_of_use": ["swap"],
        "parts": ["plate"],
        "scenes": ["*"],
        "territories": ["worldwide"],
        "media": ["cinema"],
        "valid_from": 0,
        "valid_until": 20,
        "max_runs": 1,
        "runs_used": 0,
        "max_screen_ms": 1000,
        "screen_ms_used": 0,
        "training_allowed": True,
        "released": True,
    },
    "request": {
        "production": "p",
        "kind": "swap",
        "part": "plate",
        "scene": "1",
        "territories": ["GB"],
        "medium": "cinema",
        "screen_ms": 1000,
        "trains": True,
    },
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for path in policy.FOLDER.glob("*.cedar*"):
        shutil.copy(path, tmp_path)
    return tmp_path


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_the_policies_load_and_permit_what_they_should() -> None:
    assert policy.load().failing(CONTEXT, run="r", consent="c") == ()


def test_every_term_has_words() -> None:
    assert set(_WORDS) >= policy.TERMS


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("2_scope.cedar", "context.request.medium", "context.request.medum"),
        ("4_budget.cedar", "context.consent.max_runs", '"3"'),
        ("2_scope.cedar", '@id("scene-not-allowed")', '@id("scene-not-alowed")'),
        ("2_scope.cedar", '@id("scene-not-allowed")', '@id("medium-not-allowed")'),
        ("2_scope.cedar", "unless", "unles"),
        ("0_permit.cedar", "resource is Consent);", "resource is Consent);\npermit (principal, action, resource);"),
        ("3_person.cedar", "forbid", "permit"),
        ("schema.cedarschema", "trains: Bool", "trains: Boolean"),
    ],
    ids=[
        "misspelt attribute",
        "text for a number",
        "misspelt name",
        "name twice",
        "no grammar",
        "second permit",
        "turned round",
        "schema",
    ],
)
def test_policies_that_do_not_hold_together_do_not_load(folder: Path, file: str, old: str, new: str) -> None:
    change(folder / file, old, new)
    with pytest.raises(PolicyError):
        policy.load(folder)


@pytest.mark.parametrize("file", sorted(p.name for p in policy.FOLDER.glob("*.cedar")))
def test_a_file_left_out_does_not_load(folder: Path, file: str) -> None:
    (folder / file).unlink()
    with pytest.raises(PolicyError):
        policy.load(folder)


def test_the_digest_changes_with_every_file(folder: Path) -> None:
    assert policy.load(folder).sha256 == policy.load().sha256
    change(folder / "4_budget.cedar", "<=", "<")
    policy.load.cache_clear()
    assert policy.load(folder).sha256 != policy.load().sha256


def without(path: str) -> dict[str, Any]:
    where, name = path.split(".")
    return {**CONTEXT, where: {k: v for k, v in CONTEXT[where].items() if k != name}}


@pytest.mark.parametrize(
    "context",
    [
        {},
        without("consent.state"),
        without("request.trains"),
        {**CONTEXT, "now": "10"},
        {**CONTEXT, "now": 2**63},
        {**CONTEXT, "more": 1},
        {**CONTEXT, "consent": {**CONTEXT["consent"], "max_runs": 1.5}},
    ],
    ids=["nothing", "no state", "no trains", "text for time", "too large", "unknown", "fraction"],
)
def test_what_cannot_be_decided_is_refused(context: dict[str, Any]) -> None:
    assert ReasonCode.POLICY_UNDECIDED in policy.load().failing(context, run="r", consent="c")


def test_an_error_on_the_way_is_never_a_yes() -> None:
    """Cedar leaves out a prohibition that fails: here the sum of two numbers is too large to be one."""
    consent = {**CONTEXT["consent"], "screen_ms_used": 2**63 - 1, "max_screen_ms": 2**63 - 1}
    found = policy.load().failing({**CONTEXT, "consent": consent}, run="r", consent="c")
    assert found == (ReasonCode.POLICY_UNDECIDED,)


def test_hostile_text_stays_text() -> None:
    request = {**CONTEXT["request"], "scene": '"; permit(principal, action, resource); //', "medium": "cinema\n"}
    assert policy.load().failing({**CONTEXT, "request": request}, run='r"', consent="c\\") == (
        ReasonCode.MEDIUM_NOT_ALLOWED,
    )
