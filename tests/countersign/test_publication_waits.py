"""Nothing is published before enough witnesses vouch, and waiting for them is no failure."""

from pathlib import Path

import pytest
from django.utils import timezone

from consent.errors import ConsentError
from countersign import cosigning, keys, log, witnesses
from countersign.runs import outbox, pipeline, publication
from countersign.runs.errors import ConsentGoneError
from countersign.runs.models import Dispatch, Output, OutputState, Run, RunState
from countersign.runs.pipeline import PUBLISH
from provenance import ledger
from provenance.types import EntryKind
from tests import people as setup
from tests.countersign.conftest import Things
from tests.countersign.guilds import Guild
from tests.countersign.test_pages import as_, text
from tests.countersign.test_witnesses import ask, both, folder, of_keys, sign
from tests.people import People
from tests.provenance.test_notary import fill

__all__ = ["both", "folder"]


@pytest.fixture
def publishing(things: Things) -> Run:
    """A run before the last step: signed, its output not yet seen by anybody."""
    output = things.output
    Output.objects.filter(pk=output.pk).update(state=OutputState.SIGNED, published_at=None)
    Run.objects.filter(pk=things.run.pk).update(state=RunState.SIGNED, progress=0.0)
    setup.entry(EntryKind.OUTPUT_SIGNED, f"output:{output.pk}", "worker:sign", sha256=output.sha256)
    outbox.put(PUBLISH.task, things.run.pk)
    return things.run


def claimed(run: Run) -> Run:
    found = pipeline.claim(run.pk, PUBLISH)
    assert found
    return found


@pytest.mark.django_db
def test_publication_waits_visibly_for_the_quorum_and_goes_on_by_itself(
    both: tuple[Guild, Guild], publishing: Run, people: People
) -> None:
    """Waiting takes no attempt, however long; the gate is asked only when enough vouch."""
    for _ in range(2 * pipeline.MOST_ATTEMPTS):
        publication.publish(claimed(publishing))
    publishing.refresh_from_db()
    assert (publishing.state, publishing.attempt) == (RunState.SIGNED, 0)
    assert publishing.note == "Waiting for witnesses: 0 of 2"
    assert "Waiting for witnesses: 0 of 2" in text(as_(people.producer).get(f"/runs/{publishing.pk}"))
    waits = Dispatch.objects.get(task="publish", subject=publishing.pk, done_at=None)
    assert timezone.now() < waits.due_at <= timezone.now() + pipeline.AGAIN
    ledger.sequence()
    row = sign()
    policy = witnesses.policy(of_keys())
    cosigning.ask(row, policy.witnesses[0])
    publication.publish(claimed(publishing))
    publishing.refresh_from_db()
    assert publishing.note == "Waiting for witnesses: 1 of 2"
    cosigning.ask(row, policy.witnesses[1])
    with pytest.raises((ConsentError, ConsentGoneError)):  # the grant of this row is none: now the gate is asked
        publication.publish(claimed(publishing))


@pytest.mark.django_db
def test_cosignatures_on_what_came_before_the_output_do_not_count(both: tuple[Guild, Guild], things: Things) -> None:
    fill(1)
    assert ask(sign()) == ["", ""]
    subject = f"output:{things.output.pk}"
    setup.entry(EntryKind.OUTPUT_SIGNED, subject, "worker:sign")
    assert witnesses.awaited(subject, kind=EntryKind.OUTPUT_SIGNED) == "Waiting for witnesses: 0 of 2"
    ledger.sequence()
    sign()
    assert witnesses.awaited(subject, kind=EntryKind.OUTPUT_SIGNED) == "Waiting for witnesses: 0 of 2"


@pytest.mark.django_db
def test_who_was_fenced_off_meanwhile_postpones_nothing(publishing: Run) -> None:
    slow = claimed(publishing)
    Run.objects.filter(pk=slow.pk).update(lease_until=timezone.now())
    claimed(publishing)
    with pytest.raises(pipeline.LeaseLostError):
        pipeline.postpone(slow, PUBLISH, note="Waiting")


@pytest.mark.django_db
def test_where_the_policy_is_not_to_be_seen_nothing_is_published(folder: Path, publishing: Run) -> None:
    """A worker that lacks the folder must not take it that nobody has to vouch."""
    keys.witness_policy(folder).unlink()
    publication.publish(claimed(publishing))
    publishing.refresh_from_db()
    assert (publishing.state, publishing.attempt) == (RunState.SIGNED, 0)
    assert publishing.note.startswith("Waiting until the witness policy can be read")
    keys.prepare(folder)
    assert witnesses.awaited(f"output:{publishing.output.pk}", kind=EntryKind.OUTPUT_SIGNED) == ""


@pytest.mark.django_db
def test_by_a_policy_of_nobody_nobody_is_waited_for_and_by_one_nobody_can_read_everybody_is(
    folder: Path, publishing: Run, people: People
) -> None:
    subject = f"output:{publishing.output.pk}"
    assert witnesses.awaited(subject, kind=EntryKind.OUTPUT_SIGNED) == ""
    keys.witness_policy(folder).write_text("witness somebody\n")
    assert "can be read" in witnesses.awaited(subject, kind=EntryKind.OUTPUT_SIGNED)
    publication.publish(claimed(publishing))
    publishing.refresh_from_db()
    assert publishing.note.startswith("Waiting until the witness policy can be read")
    assert "Nobody outside can be asked" in text(as_(people.legal).get("/ledger"))
    assert "No cosignature could be checked" in log.audit().faults[-1].sentence
