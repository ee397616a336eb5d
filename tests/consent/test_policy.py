"""The policies as files: what doesn't hold together does not load, and an unclear answer is a no."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from consent import policy
from consent.errors import PolicyError
from consent.policy import packs
from consent.types import ReasonCode
from consent.wording import _WORDS
from consent.wording_of_law import PROHIBITED

CONTEXT: dict[str, Any] = {
    "now": 10,
    "consent": {
        "state": "active",
        "level": 3,
        "production": "p",
        "kinds_of_use": ["swap"],
        "parts": ["plate"],
        "scenes": ["*"],
        "territories": ["worldwide"],
        "media": ["cinema"],
        "output_classes": ["feature"],
        "languages": ["en"],
        "alterations": [],
        "prohibited_contexts": ["alcohol"],
        "advertiser": "",
        "product_line": "",
        "script_sha256": "",
        "valid_from": 0,
        "valid_until": 20,
        "window": 20,
        "notice_ends": 5,
        "max_runs": 1,
        "runs_used": 0,
        "max_screen_ms": 1000,
        "screen_ms_used": 0,
        "training_allowed": True,
        "reuse_allowed": False,
        "released": True,
        "signer_capacity": "self",
        "representation": "none",
        "replaces_in_person_work": False,
        "description_words": 12,
        "minor": False,
        "deceased": False,
        "died_since": False,
        "survives_death": False,
        "struck": False,
    },
    "request": {
        "production": "p",
        "kind": "swap",
        "part": "plate",
        "scene": "1",
        "territories": ["GB"],
        "medium": "cinema",
        "output_class": "feature",
        "languages": ["en"],
        "alterations": [],
        "contexts": ["violence"],
        "advertiser": "",
        "product_line": "",
        "script_sha256": "",
        "reuses_model": False,
        "screen_ms": 1000,
        "trains": True,
    },
    "limits": {"level": 2, "level_for_training": 3, "description_words": 12, "longest": 100},
}
FILES = sorted(policy.files())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in FILES:
        shutil.copy(policy.FOLDER / name, tmp_path)
    return tmp_path


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_the_policies_load_and_permit_what_they_should() -> None:
    assert policy.load().failing(CONTEXT, run="r", consent="c") == ()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("unless { context.consent.runs_used", 'unless { resource == Consent::"c" || context.consent.runs_used'),
        ("unless { context.consent.runs_used", 'unless { principal == Run::"r" || context.consent.runs_used'),
        (", resource)\nunless { context.consent.runs", ', resource == Consent::"c")\nunless { context.consent.runs'),
    ],
)
def test_a_policy_that_looks_at_who_asks_or_at_which_consent_does_not_load(folder: Path, old: str, new: str) -> None:
    change(folder / "4_budget.cedar", old, new)
    with pytest.raises(PolicyError, match="only the context counts"):
        policy.load(folder)


def test_every_term_has_words() -> None:
    assert set(_WORDS) >= policy.TERMS
    assert set(PROHIBITED) >= policy.PROHIBITED


def test_every_prohibition_says_which_pack_version_and_source_it_stands_on() -> None:
    stands_on = policy.load().stands_on
    assert set(stands_on) == policy.TERMS | policy.PROHIBITED
    assert all(pack.title and pack.version and pack.source and pack.made_on for pack in stands_on.values())


def test_no_consent_is_asked_about_what_none_can_permit() -> None:
    asked = CONTEXT["request"]
    rules = policy.load()
    assert rules.prohibited(asked, run="r", production="p") == ()
    for context, code in (
        ("sexual", ReasonCode.SEXUAL_CONTENT),
        ("political-deception", ReasonCode.POLITICAL_DECEPTION),
        ("fraud", ReasonCode.FRAUD),
    ):
        shown = {**asked, "contexts": ["weapons", context]}
        assert rules.prohibited(shown, run="r", production="p") == (code,)
    assert rules.prohibited({}, run="r", production="p") == (ReasonCode.POLICY_UNDECIDED,)


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("2_scope.cedar", "context.request.medium", "context.request.medum"),
        ("4_budget.cedar", "context.consent.max_runs", '"3"'),
        ("2_scope.cedar", '@id("scene-not-allowed")', '@id("scene-not-alowed")'),
        ("2_scope.cedar", '@id("scene-not-allowed")', '@id("medium-not-allowed")'),
        ("2_scope.cedar", "unless", "unles"),
        ("0_permit.cedar", "resource);", "resource);\npermit (principal, action, resource);"),
        ("3_person.cedar", "forbid", "permit"),
        ("schema.cedarschema", "trains: Bool", "trains: Boolean"),
        ("2_scope.toml", 'version = "2"', "version = 2"),
        ("2_scope.toml", "title", "titel"),
        ("2_scope.toml", "date = 2026-11-24", 'date = "lately"'),
        ("1_standing.toml", "optional = false", "optional = true"),
        ("choices.json", '"off": ["7_licence_caps"]', '"off": ["7_licence_caps", "prohibited"]'),
        ("choices.json", '"off": ["7_licence_caps"]', '"off": ["nothing"]'),
        ("choices.json", '"swap": 2', '"swap": 1'),
        ("choices.json", '"swap": 2,', ""),
        ("choices.json", '"description_words": 12', '"description_words": true'),
        ("choices.json", '"description_words": 12', '"words": 12'),
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
        "version is no text",
        "unknown field of a header",
        "no date",
        "a pack of terms made optional",
        "a pack of terms switched off",
        "a pack that is not there",
        "a level that proves nothing",
        "a kind of use without a level",
        "no number",
        "another choice",
    ],
)
def test_policies_that_do_not_hold_together_do_not_load(folder: Path, file: str, old: str, new: str) -> None:
    change(folder / file, old, new)
    with pytest.raises(PolicyError):
        policy.load(folder)


@pytest.mark.parametrize("file", FILES)
def test_a_file_left_out_does_not_load(folder: Path, file: str) -> None:
    (folder / file).unlink()
    with pytest.raises(PolicyError):
        policy.load(folder)


def test_the_digest_changes_with_every_file(folder: Path) -> None:
    assert policy.load(folder).sha256 == policy.load().sha256
    change(folder / "4_budget.cedar", "<=", "<")
    policy.load.cache_clear()
    assert policy.load(folder).sha256 != policy.load().sha256


def test_an_optional_pack_counts_once_it_is_switched_on(folder: Path) -> None:
    long = {**CONTEXT, "consent": {**CONTEXT["consent"], "window": 101}}
    assert policy.load().failing(long, run="r", consent="c") == ()
    change(folder / "choices.json", '["7_licence_caps"]', "[]")
    assert policy.load(folder).failing(long, run="r", consent="c") == (ReasonCode.LICENCE_TOO_LONG,)


def test_choices_are_written_as_they_are_read() -> None:
    choices = policy.load().choices
    assert packs.chosen(packs.written(choices)) == choices


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
