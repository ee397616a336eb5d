"""The last look before anybody may see an output: the gate again, and the file read as a stranger would read it."""

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from consent import seal, services as consents
from consent.types import Grant, Reason, ReasonCode
from countersign import keys, witnesses
from countersign.runs import approvals, outbox, pipeline, receipts, requests, seen, storage
from countersign.runs.errors import ConsentGoneError
from countersign.runs.models import Output, OutputState, Run
from countersign.runs.pipeline import PUBLISH
from provenance import ledger, verify
from provenance.types import EntryKind, Integrity, Verdict


def publish(run: Run) -> None:
    """Raises ConsentGoneError when the gate now says no, or file and receipt do not say what they should.

    Without enough witnesses that the log's entry of this output stands, or without the word of a performer whose
    consent asks for it, the run waits and nothing is lost.
    """
    output = run.output
    waiting = witnesses.awaited(f"output:{output.pk}", kind=EntryKind.OUTPUT_SIGNED)
    if waiting:
        pipeline.postpone(run, PUBLISH, note=waiting)
        return
    grant = seal.open(run.sealed_grant, keys.gate_public(settings.KEYS), timezone.now())
    said = approvals.look(output, grant)
    if said.declined:
        raise ConsentGoneError((approvals.declined(said.declined),))
    if said.waiting:
        pipeline.postpone(run, PUBLISH, note=f"Waiting for {' and '.join(said.waiting)} to look at the shot")
        return
    _judge(run, output, grant)
    with transaction.atomic():
        _ask_again(run, grant)
        pipeline.lock(run)
        published = Output.objects.filter(pk=output.pk, state=OutputState.SIGNED).update(
            state=OutputState.PUBLISHED, published_at=timezone.now()
        )
        if not published:
            raise pipeline.LeaseLostError(f"output {output.pk} is no longer waiting to be published")
        body = {"sha256": output.sha256, "run": str(run.pk)}
        ledger.append(
            EntryKind.OUTPUT_PUBLISHED, subject=f"output:{output.pk}", actor="worker:publish", body=dict(body)
        )
        pipeline.advance(run, PUBLISH, body={"output_sha256": output.sha256})
        outbox.put("appraise", output.pk)
        transaction.on_commit(lambda: storage.clear(run.pk))


def _ask_again(run: Run, grant: Grant) -> None:
    """The gate once more, on clips whose faces are still those that were found. The consents stay locked."""
    now = timezone.now()
    refusal = consents.reconsider(requests.of_run(run), now=now)
    refusal = refusal or consents.standing(grant, now=now)  # another consent may do, but the manifest names these
    if refusal is not None:
        raise ConsentGoneError(refusal.reasons)
    altered = [reason for clip in (run.footage, run.plate) if (reason := seen.otherwise(clip))]
    if altered:
        raise ConsentGoneError(tuple(altered))


def _judge(run: Run, output: Output, grant: Grant) -> None:
    changed = requests.granted_otherwise(run, grant)
    if changed is not None:
        raise ConsentGoneError((changed,))
    path = storage.output(output.sha256)
    if not path.exists() or storage.digest(path) != output.sha256:
        raise ConsentGoneError((_does_not_hold("the signed file is missing or is not the one that was signed"),))
    verdict = verify.verdict(path, media_type="video/mp4", anchors=keys.anchor(settings.KEYS))
    problem = _problem(run, grant, verdict)
    if problem:
        raise ConsentGoneError((_does_not_hold(problem),))


def _problem(run: Run, grant: Grant, verdict: Verdict) -> str:
    if verdict.integrity is not Integrity.INTACT or verdict.problems:
        return "; ".join(verdict.problems) or verdict.sentence
    if verdict.consent_assertion.get("grant_sha256") != seal.digest(grant):
        return "the manifest names another grant"
    return receipts.problem(run, verdict.receipt)


def _does_not_hold(came: str) -> Reason:
    return Reason(
        code=ReasonCode.CREDENTIALS_DO_NOT_HOLD,
        sentence="The signed file did not read back as it should.",
        asked=came,
        allowed="credentials that hold, read by a separate process",
        remedy="Nothing was published. Ask the operator to look at the signer; then start a new run.",
    )
