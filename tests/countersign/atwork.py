"""A run whose training was taken up by a worker, who asks the keeper for keys."""

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from consent import release, seal, services as consents
from consent.models import ConsentRecord, Performer
from consent.release import Ask, Ephemeral
from consent.services import releases
from consent.types import Grant, GrantedConsent, KindOfUse, Part, Release
from countersign import keys
from countersign.runs import answering, pipeline, sharing
from countersign.runs.models import Footage, Run, RunState
from countersign.runs.pipeline import TRAIN, Step
from provenance import ledger
from provenance.types import EntryKind
from tests import people as setup
from tests.people import People


@dataclass(frozen=True)
class Work:
    """A run whose training was taken up by a worker, under a grant that stands."""

    people: People
    run: Run
    grant: Grant
    consents: tuple[ConsentRecord, ConsentRecord]

    def ask(self, own: Ephemeral, **changes: Any) -> Ask:
        said: dict[str, Any] = {
            "id": uuid.uuid4(),
            "queue": "gpu",
            "subject": f"run:{self.run.pk}",
            "step": "train",
            "attempt": self.run.attempt,
            "grant_sha256": seal.digest(self.grant),
            "public_key": own.public,
            "asked_at": timezone.now(),
        }
        return Ask(**{**said, **changes})

    def answer(self, own: Ephemeral, identity: str = "gpu", **changes: Any) -> object:
        """What the keeper says to a request, as the worker that asked reads it."""
        asked = self.ask(own, **changes)
        token = releases.put(asked, identity_pem=keys.worker_identity(settings.KEYS, identity))
        answering.answer_all()
        return read(asked, token, own)


def read(asked: Ask, token: str, own: Ephemeral) -> object:
    public = keys.keeper_public(settings.KEYS)
    answer, now = releases.answered(asked), timezone.now()
    return release.open(answer, token=token, asked=asked, own=own, keeper_public_pem=public, now=now)


def _granted(part: Part, row: ConsentRecord, clip: Footage) -> GrantedConsent:
    return GrantedConsent(
        consent_id=row.pk,
        performer_id=row.performer_id,
        part=part,
        document_sha256=row.document_sha256,
        terms_sha256=row.terms_sha256,
        footage_sha256=clip.sha256,
    )


def _release(people: People, who: Performer) -> Release:
    row = setup.release(people, who)
    return Release(consent_id=row.pk, document_sha256=row.document_sha256, terms_sha256=row.terms_sha256)


def keyed(clip: Footage) -> bytes:
    return consents.keep_clip(clip.pk, production_id=clip.production_id, sha256=clip.sha256, store=sharing.store())


def _run(people: People, rows: tuple[ConsentRecord, ConsentRecord]) -> tuple[Run, Grant]:
    footage = setup.clip(people, people.idris, "idris", title="Idris, training reel")
    plate = setup.clip(people, people.anselm, "anselm", title="Quay, take 3")
    for clip in (footage, plate):
        keyed(clip)
    run = setup.run(people, footage, plate, state=RunState.GRANTED)
    grant = Grant(
        nonce=uuid.uuid4().hex,
        run_id=run.pk,
        production_id=people.production.pk,
        kind=KindOfUse.SWAP,
        consents=(_granted(Part.LIKENESS, rows[0], footage), _granted(Part.PLATE, rows[1], plate)),
        releases=tuple(_release(people, row.performer) for row in rows),
        parameters_sha256="0" * 64,
        screen_seconds=5.0,
        trains=True,
        policy_sha256="0" * 64,
        issued_at=timezone.now(),
        expires_at=timezone.now() + timedelta(hours=1),
    )
    Run.objects.filter(pk=run.pk).update(sealed_grant=seal.seal(grant, keys.gate_private(settings.KEYS)))
    return run, grant


def take_up(run: Run, step: Step) -> Run:
    claimed = pipeline.claim(run.pk, step)
    assert claimed is not None
    public = keys.gate_public(settings.KEYS)
    answer = consents.redeem(claimed.sealed_grant, public_pem=public, run_id=run.pk, step=step.task, now=timezone.now())
    assert isinstance(answer, Grant), answer
    return claimed


@pytest.fixture
def work(people: People) -> Work:
    rows = (setup.consent(people, people.idris), setup.consent(people, people.anselm))
    run, grant = _run(people, rows)
    return Work(people, take_up(run, TRAIN), grant, rows)


def said(kind: EntryKind, subject: str) -> list[Any]:
    return ledger.about([subject], kinds=(kind,))


def refused(work: Work) -> list[str]:
    return [
        code for entry in said(EntryKind.KEY_RELEASE_REFUSED, f"run:{work.run.pk}") for code in entry.body["reasons"]
    ]


def of_requests() -> list[Any]:
    ledger.sequence()
    return [entry for entry in ledger.entries() if entry.subject.startswith("key-request:")]
