"""Evidence after the rules changed: each decision is made again by the rules that it was made by."""

from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from consent import policy
from consent.models import PolicyVersion
from consent.policy import packs
from consent.services import rulebook
from consent.types import Assurance, KindOfUse
from countersign.evidence import verify
from countersign.evidence.bundle import POLICY
from countersign.evidence.case import Pins
from countersign.evidence.findings import Mark
from countersign.runs.models import Run, RunState
from tests import people as setup
from tests.consent.house import House, person
from tests.countersign import dossier
from tests.countersign.dossier import Dossier

pytestmark = pytest.mark.django_db


@pytest.fixture
def made(db: None, performers: Path) -> Dossier:
    return dossier.made(performers)


def change(house: House, level: Assurance) -> None:
    """From now on a swap needs this level."""
    choices = policy.load().choices
    chosen = packs.written(replace(choices, levels={**choices.levels, KindOfUse.SWAP: level}))
    files = {**policy.files(), packs.CHOICES: chosen}
    version = rulebook.propose(house.production.organisation_id, files=files, words="", by=house.lena)
    assert isinstance(rulebook.approve(version, by=person("Lutz")), PolicyVersion)


def choices_in(path: Path) -> str:
    return sha256(dossier.members(path)[f"{POLICY}{packs.CHOICES}"]).hexdigest()


def test_each_run_holds_by_the_rules_it_was_decided_by(made: Dossier, performers: Path, tmp_path: Path) -> None:
    change(made.house, Assurance.QUALIFIED)
    refused = dossier.ask(made.house, performers, title="Stairwell, take 4")
    change(made.house, Assurance.SEALED_BY_PLATFORM)
    granted = dossier.ask(made.house, performers, title="Stairwell, take 5")
    assert (refused.state, granted.state) == (RunState.REFUSED, RunState.GRANTED)
    bundles = [bundled(made, run, tmp_path) for run in (made.run, refused, granted)]
    for path, again in zip(bundles, (True, False, True), strict=True):
        report = verify.examine(path, pins=Pins(), now=setup.NOW)
        said = "\n".join(f"{found.mark}: {found.sentence}" for found in report.findings)
        assert report.sound, said
        assert ("Decided again by the same policy" in said) is again, said
    assert len({choices_in(path) for path in bundles}) == 3


def bundled(made: Dossier, run: Run, folder: Path) -> Path:
    folder = folder / str(run.pk)
    folder.mkdir()
    return replace(made, run=run).bundle(folder)


def test_rules_of_another_day_in_the_bundle_are_named(made: Dossier, performers: Path, tmp_path: Path) -> None:
    """Somebody put the rules in force today beside a decision of yesterday."""
    change(made.house, Assurance.QUALIFIED)
    later = bundled(made, dossier.ask(made.house, performers, title="Stairwell, take 4"), tmp_path)
    found = dossier.members(bundled(made, made.run, tmp_path))
    name = f"{POLICY}{packs.CHOICES}"
    swapped = dossier.resigned({**found, name: dossier.members(later)[name]})
    report = verify.examine(dossier.packed(tmp_path / "swapped.zip", swapped), pins=Pins(), now=setup.NOW)
    failing = [finding.sentence for finding in report.failures]
    assert any("the policy in the bundle has the digest" in sentence for sentence in failing), failing
    assert {finding.mark for finding in report.failures} == {Mark.FAILS}
