"""What each law and agreement demands: every demand is provoked once, and met by what its remedy says."""

from typing import Any

import pytest

from consent import law
from consent.errors import LawError
from consent.law import packs
from consent.types import ReasonCode
from tests.consent.values import NOW, release, terms

EVERY = law.load(frozenset({"us-no-fakes"}))
LONG = "My face takes the place of the stunt performer's in the stairwell fall of scene 12A, and I say no words in it."
LONGER = f"{LONG} It is seen for four seconds."
SAG: dict[str, Any] = {
    "union": "SAG-AFTRA", "agreement": "TV/Theatrical 2023", "description": LONG, "script_sha256": "a" * 64,
    "script_date": "2026-01-31", "notice_hours": 48, "business_reason": "The fall cannot be performed safely.",
}  # fmt: skip
AD = {**SAG, "output_classes": ("advertisement",), "advertiser": "Sunne", "product_line": "Lamps"}
GAME = {**SAG, "output_classes": ("game",), "kinds_of_use": ("live",), "compensation_reference": "Memo 12"}
MINOR = {"performer_born": "2015-05-01", "signer_capacity": "guardian", "signer_name": "Una Vane"}
DEAD = {"performer_deceased": True, "signer_capacity": "estate"}
UNION = {"signer_capacity": "union", "union": "Equity", "agreement": "Films 2024"}
US = {"territories": ("US",)}
ALONE = {**US, "replaces_in_person_work": True, "representation": "none", "description": LONGER}
DUB = {**SAG, "kinds_of_use": ("dialogue-replacement",), "languages": ("de",)}

# pack, field: terms that meet it, and the one change that does not
CASES: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
    ("always", "description", {}, {"description": "My face may be used as needed, for any purpose, in scene 12."}),
    ("always", "signer_capacity", MINOR, {"signer_capacity": "self"}),
    ("always", "performer_born", MINOR, {"performer_born": ""}),
    ("always", "alterations", {**MINOR, "alterations": ("age",)}, {"alterations": ("age", "nudity")}),
    ("always", "signer_capacity", DEAD, {"signer_capacity": "self"}),
    ("always", "performer_deceased", DEAD, {"performer_deceased": False}),
    ("always", "union", {"representation": "union", "union": "Equity"}, {"union": " "}),
    ("always", "union", UNION, {"union": ""}),
    ("always", "agreement", UNION, {"agreement": ""}),
    ("sag-aftra-tv-theatrical-2023", "notice_hours", SAG, {"notice_hours": 47}),
    ("sag-aftra-tv-theatrical-2023", "description", SAG, {"description": "My face is shown in scene 12A for a while."}),
    ("sag-aftra-tv-theatrical-2023", "agreement", SAG, {"agreement": ""}),
    ("sag-aftra-2026-39", "script_sha256", SAG, {"script_sha256": ""}),
    ("sag-aftra-2026-39", "script_date", SAG, {"script_date": ""}),
    ("sag-aftra-2026-39", "business_reason", SAG, {"business_reason": "Cheaper."}),
    ("sag-aftra-2026-39", "languages", DUB, {"languages": ()}),
    ("sag-aftra-interactive-2025", "agreement", GAME, {"agreement": ""}),
    ("sag-aftra-interactive-2025", "compensation_reference", GAME, {"compensation_reference": ""}),
    ("sag-aftra-commercials-2025", "advertiser", AD, {"advertiser": ""}),
    ("sag-aftra-commercials-2025", "product_line", AD, {"product_line": ""}),
    ("sag-aftra-commercials-2025", "agreement", AD, {"agreement": ""}),
    ("us-in-person-work", "description", ALONE, {"description": "My face takes the place of another's in scene 12A."}),
    ("us-deceased", "signer_capacity", {**US, **DEAD}, {"signer_capacity": "union", **UNION}),
    ("us-ny-advertisements", "disclosure", {**US, "output_classes": ("advertisement",)}, {"disclosure": "AI"}),
    ("eu-ai-act", "disclosure", {"territories": ("FR",)}, {"disclosure": ""}),
    ("in-labelling", "disclosure", {"territories": ("IN",)}, {"disclosure": ""}),
    ("cn-labelling", "disclosure", {"territories": ("CN",)}, {"disclosure": ""}),
    ("us-no-fakes", "days", {**US, "description": LONG}, {"valid_until": NOW.replace(year=2040)}),
    ("us-no-fakes", "days", {**US, **MINOR, "description": LONG}, {"valid_until": NOW.replace(year=2033)}),
    ("us-no-fakes", "description", {**US, "description": LONG}, {"description": "My face is shown in scene 12A once."}),
]  # fmt: skip
RELEASES = [
    ("us-biometric", "retention_days", {**US, "retention_days": 1095}, {"retention_days": 1096}),
    ("us-biometric", "description", US, {"description": "To see my face."}),
    ("eu-gdpr", "description", {}, {"description": "To see my face."}),
]
IDS = [f"{pack}:{field}" for pack, field, *_ in CASES]


@pytest.mark.parametrize(("pack", "field", "met", "change"), CASES, ids=IDS)
def test_each_demand_is_met_by_what_it_asks_and_by_nothing_less(
    pack: str, field: str, met: dict[str, Any], change: dict[str, Any]
) -> None:
    assert EVERY.missing(terms(**met)) == ()
    lacking = EVERY.unmet(law.facts(terms(**{**met, **change})))
    assert (pack, field) in {(one.pack, one.field) for one in lacking}


@pytest.mark.parametrize(("pack", "field", "met", "change"), RELEASES)
def test_a_biometric_release_names_its_purpose_and_its_end(
    pack: str, field: str, met: dict[str, Any], change: dict[str, Any]
) -> None:
    assert EVERY.missing(release(**met)) == ()
    lacking = EVERY.unmet(law.facts(release(**{**met, **change})))
    assert (pack, field) in {(one.pack, one.field) for one in lacking}


def test_no_demand_is_without_a_case() -> None:
    provoked = {(pack, field) for pack, field, *_ in [*CASES, *RELEASES]}
    assert {(pack.id, one.field) for pack in EVERY.packs for one in pack.demands} == provoked


def test_worldwide_is_every_territory() -> None:
    somewhere = {code for pack in EVERY.packs for one in pack.demands for code in one.when.get("territories", ())}
    assert len(somewhere) > 30
    assert asked("worldwide") == {one for code in somewhere for one in asked(str(code))}


def asked(territory: str) -> set[tuple[str, str]]:
    return {(one.pack, one.field) for one in EVERY.demands(terms(territories=(territory,)))}


@pytest.mark.parametrize("spelling", ["SAG-AFTRA", "sag-aftra", "SAG AFTRA", "SAGAFTRA", " Sag/Aftra "])
def test_a_union_is_known_however_it_is_spelt(spelling: str) -> None:
    assert {one.field for one in EVERY.unmet(law.facts(terms(union=spelling)))} >= {"script_sha256", "agreement"}


@pytest.mark.parametrize(
    "vague",
    [
        "My face may be used in any scene for any and all purposes, in all media now known or hereafter devised.",
        "Likeness rights as needed, without limitation, throughout the universe, in perpetuity, for scene 12.",
        "The production may do whatever it decides with the material that was given to it.",  # says nothing seen
        "My face, scene 12.",
    ],
)
def test_a_description_that_covers_everything_says_nothing(vague: str) -> None:
    (reason,) = law.missing(terms(description=vague))
    assert reason.code is ReasonCode.LAW_DEMANDS
    assert "vague" in reason.sentence


def test_what_is_missing_comes_with_the_law_why_and_what_to_write() -> None:
    (reason,) = law.missing(terms(territories=("FR",), disclosure=""))
    assert "European Union" in reason.sentence
    assert "EU AI Act Art. 50" in reason.sentence
    assert (reason.asked, reason.allowed) == ("nothing", "3 words or more")
    assert reason.remedy.startswith("Write how they are told")


def test_eighteen_is_reckoned_on_the_day_the_consent_begins() -> None:
    born = f"{NOW.year - 18}-{NOW:%m-%d}"
    assert law.missing(terms(performer_born=born, valid_from=NOW)) == ()
    assert law.missing(terms(performer_born=born, valid_from=NOW.replace(day=NOW.day - 1)))
    assert not law.derived({"performer_born": "soon", "valid_from": None})["minor"]


def test_an_optional_pack_counts_only_where_it_was_turned_on() -> None:
    assert law.load().sha256 != EVERY.sha256
    assert not any(pack.optional for pack in law.load().packs)
    with pytest.raises(LawError, match="us-ab-9999"):
        law.load(frozenset({"us-ab-9999"}))


PACK = """id = "x"\ntitle = "X"\nversion = "1"\ndate = "2026-11-24"\nsource = "X"\n[[demand]]\nfield = "union"
test = "filled"\nwhy = "W."\nremedy = "R."\n"""


def test_a_pack_is_read() -> None:
    (demand,) = packs.read(PACK, name="x.toml").demands
    assert (demand.law, demand.field, demand.when) == ("X", "union", {})


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"union"', '"onion"'),
        ('"filled"', '"full"'),
        ('why = "W."', ""),
        ('remedy = "R."', 'remedy = "R."\nvalue = 1'),
        ('remedy = "R."', 'remedy = "R."\nwhen = { onion = ["x"] }'),
        ('remedy = "R."', 'remedy = "R."\nwhen = { union = [] }'),
        ('"filled"', '"at-least"'),
        ('id = "x"', 'id = "y"'),
        ("id =", "id ="[:1]),
    ],
)
def test_a_pack_with_a_slip_is_an_error_never_a_rule_less(old: str, new: str) -> None:
    with pytest.raises(LawError):
        packs.read(PACK.replace(old, new), name="x.toml")
