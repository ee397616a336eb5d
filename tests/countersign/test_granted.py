"""A run is signed and published as it was granted: a row changed afterwards, by whoever reaches the database, stops."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.utils import timezone

from consent import seal
from consent.types import Grant, GrantedConsent, Part, Participant, ReasonCode
from countersign import keys
from countersign.runs import publication, requests, signing
from countersign.runs.errors import ConsentGoneError
from countersign.runs.models import Run
from tests import people as setup
from tests.countersign.conftest import Things
from tests.people import People


def _grant(run: Run) -> Grant:
    asked = requests.of_run(run)
    return Grant(
        nonce="0" * 64,
        run_id=run.pk,
        production_id=asked.production_id,
        kind=asked.kind,
        consents=tuple(map(_granted, asked.participants)),
        releases=(),
        parameters_sha256=asked.parameters_sha256,
        screen_seconds=asked.screen_seconds,
        trains=True,
        policy_sha256="0" * 64,
        issued_at=timezone.now(),
        expires_at=timezone.now() + timedelta(hours=1),
    )


def _granted(participant: Participant) -> GrantedConsent:
    return GrantedConsent(
        consent_id=uuid4(),
        performer_id=participant.performer_id,
        part=participant.part,
        document_sha256="0" * 64,
        terms_sha256="0" * 64,
        footage_sha256=participant.footage_sha256,
    )


def _another_plate(people: People, run: Run) -> dict[str, Any]:
    return {"plate": setup.clip(people, people.anselm, "anselm", title="Another take")}


def _another_performer(people: People, run: Run) -> dict[str, Any]:
    return {"plate_performer": people.idris}


def _another_setting(people: People, run: Run) -> dict[str, Any]:
    return {"parameters": {"seconds": 3600, "size": 512, "seed": 1}}


CHANGES = (_another_plate, _another_performer, _another_setting)


def test_run_as_it_was_granted_goes_on(things: Things) -> None:
    assert requests.granted_otherwise(things.run, _grant(things.run)) is None


def test_grant_of_another_run_is_not_this_ones(things: Things) -> None:
    reason = requests.granted_otherwise(things.run, replace(_grant(things.run), run_id=uuid4()))
    assert reason is not None
    assert reason.code is ReasonCode.GRANT_OTHER_RUN


def test_bystander_in_the_plate_stands_in_the_grant_too(things: Things) -> None:
    grant = _grant(things.run)
    bystander = replace(grant.consents[1], performer_id=uuid4(), part=Part.PLATE)
    assert requests.granted_otherwise(things.run, replace(grant, consents=(*grant.consents, bystander))) is None


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("step", [signing.sign, publication.publish])
def test_changed_run_is_neither_signed_nor_published(
    things: Things, people: People, keys_folder: Path, change: Callable[..., Any], step: Callable[[Run], None]
) -> None:
    keys.prepare(keys_folder)
    sealed = seal.seal(_grant(things.run), keys.gate_private(settings.KEYS))
    Run.objects.filter(pk=things.run.pk).update(sealed_grant=sealed, **change(people, things.run))
    with pytest.raises(ConsentGoneError) as stopped:
        step(Run.objects.get(pk=things.run.pk))
    assert [reason.code for reason in stopped.value.reasons] == [ReasonCode.GRANT_OTHER_RUN]
