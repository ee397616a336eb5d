"""Celery's doorway, and the one door to torch: load the row, call the room, store the result. No rules in here.

`synthesis` is imported inside the tasks of the `gpu` queue, so that a web process that loads this module has no torch.
Every task may run twice: its first act is a compare-and-set, and if that takes nothing it returns.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, cast
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from consent import services as consents
from consent.errors import ConsentError, KeyDestroyedError
from consent.types import Grant, ReasonCode
from countersign import inmemory
from countersign.celery import app
from countersign.runs import deposits, examination, keyring, making, outbox, pipeline, steps, storage
from countersign.runs.errors import ConsentGoneError, KeysLateError
from countersign.runs.models import Enrolment, Footage, Run
from countersign.runs.pipeline import CONVERT, PUBLISH, SIGN, TRAIN, Step

if TYPE_CHECKING:
    from synthesis.types import Clips, Device, FaceTrack, Likeness, Precision, Progress, Vault

log = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0  # how often a step looks whether its consents still stand


@app.task(name="countersign.examine")
def examine(footage_id: str) -> None:
    """Which faces are in a clip, and which enrolled performer each one is."""
    from synthesis.errors import SynthesisError, UnreadableClipError

    footage = examination.claim(footage_id)
    if footage is None:
        return
    try:
        with (
            keyring.reading(f"footage:{footage.pk}", task="examine", attempt=footage.attempt),
            deposits.in_memory(footage, name="the clip") as path,
        ):
            _examine(footage, path)
    except KeyDestroyedError as error:  # somebody in it withdrew while it waited
        log.warning("clip %s is not examined: %s", footage.pk, error)
        outbox.drop(footage.pk)
    except UnreadableClipError as error:
        examination.refuse(footage, code=ReasonCode(error.code), came=str(error))
    except SynthesisError as error:
        examination.refuse(footage, code=ReasonCode.WORKER_FAILED, came=str(error))
    except KeysLateError:
        examination.put_off(footage)


def _examine(footage: Footage, path: Path) -> None:
    from synthesis import faces, templates, video
    from synthesis.types import FaceTrack, Progress

    probe, found = video.probe(path), []
    for step in faces.tracks(path):
        match step:
            case FaceTrack():
                found.append(step)
            case Progress():
                examination.beat(footage, progress=step.fraction)
    known = {key: templates.from_bytes(raw) for key, raw in examination.templates(footage, task="examine").items()}
    same = faces.comparable(known)
    sighted = [(track, _seen(track, faces.match(track, same))) for track in found]
    examination.store(footage, probe=probe, sighted=sighted, poster=video.poster(path))


@app.task(name="countersign.enrol")
def enrol(enrolment_id: str) -> None:
    """A face from stills or a clip, under a biometric release, to be confirmed."""
    from synthesis.errors import EnrolmentError, NoFaceError, UnreadableClipError

    enrolment = examination.claim_enrolment(enrolment_id)
    if enrolment is None:
        return
    try:
        pictures = _pictures(enrolment)
        with keyring.reading(f"enrolment:{enrolment.pk}", task="enrol", attempt=enrolment.attempt):
            examination.store_template(enrolment, _measured(enrolment, pictures), pictures=pictures)
    except (EnrolmentError, UnreadableClipError) as error:
        examination.refuse_enrolment(enrolment, came=str(error), code=ReasonCode(error.code))
    except NoFaceError as error:
        examination.refuse_enrolment(enrolment, came=str(error), code=ReasonCode.STILL_UNREADABLE)
    except KeysLateError:
        examination.put_off_enrolment(enrolment)


def _pictures(enrolment: Enrolment) -> list[bytes]:
    """The stills as they came, or the frames taken from the clip, which lies in the clear in memory alone."""
    from synthesis import sitting

    sent = [bytes(still.picture) for still in enrolment.stills.all()]
    if enrolment.way == "stills":
        return sent
    with inmemory.place("the clip") as path:
        path.write_bytes(sent[0])
        return sitting.take(path)


def _measured(enrolment: Enrolment, pictures: list[bytes]) -> consents.Measured:
    """The face in the pictures, held against the performer's own before and against everybody else's."""
    from synthesis import faces, stills, templates

    template = faces.enrol(pictures)
    against = consents.standing_template(enrolment.performer)
    before, others = examination.faces_known(enrolment)
    if before:
        faces.expect_same(template, templates.from_bytes(before))
    near = faces.looks_like(template, {key: templates.from_bytes(raw) for key, raw in others.items()})
    return consents.Measured(
        template=templates.to_bytes(template),
        recogniser=template.recogniser,
        stills=template.stills,
        portrait=stills.portrait(pictures[0]),
        way=enrolment.way,
        own=enrolment.own,
        against=against,
        looks_like={UUID(key): score for key, score in near.items()},
    )


@app.task(name="countersign.train")
def train(run_id: str) -> None:
    """Analyse both clips and train the likeness model, under a redeemed grant."""
    from synthesis import admission, settings as settings_of, train as training

    run = pipeline.claim(run_id, TRAIN)
    if run is None:
        return
    with steps.at_work(run, TRAIN):
        grant = steps.redeem(run, TRAIN)
        folder = storage.work(run.pk)
        admission.covers(grant, now=timezone.now(), training=True)
        with _clips(run) as clips:
            options = settings_of.granted(grant, run.parameters)
            job = training.fit(grant, clips, folder=folder, settings=options, device=_device(), vault=_vault(grant))
            _watch(run, TRAIN, grant=grant, job=job)
        making.store_model(run, grant, folder / "likeness.model")


@app.task(name="countersign.convert")
def convert(run_id: str) -> None:
    """Make every frame of the plate anew with the likeness, unsigned and unserved."""
    from synthesis import admission, convert as conversion

    run = pipeline.claim(run_id, CONVERT)
    if run is None:
        return
    with steps.at_work(run, CONVERT):
        grant = steps.redeem(run, CONVERT)
        folder = storage.work(run.pk)
        admission.covers(grant, now=timezone.now(), training=False)
        making.lay_out_model(run, folder / "likeness.model")
        with _clips(run) as clips, inmemory.place("unsigned.mp4") as made:
            job = conversion.convert(grant, clips, folder=folder, target=made, device=_device(), vault=_vault(grant))
            _watch(run, CONVERT, grant=grant, job=job)
            making.store_frames(run, grant, made)


@app.task(name="countersign.appraise")
def appraise(output_id: str) -> None:
    """How good a published output is, measured on its own frames, and a picture of it for lists."""
    from synthesis import quality, templates, video
    from synthesis.errors import SynthesisError

    output = examination.unappraised(output_id)
    if output is None:
        return
    path, run = storage.output(output.sha256), output.run
    measured: dict[str, float] = {}
    try:
        with keyring.reading(f"footage:{run.plate_id}", task="appraise", attempt=0):
            found = examination.templates(run.plate, task="appraise")
            known = {key: templates.from_bytes(raw) for key, raw in found.items()}
            pair = [known.get(str(performer.pk)) for performer in (run.likeness, run.plate_performer)]
            if pair[0] is not None and pair[1] is not None:
                with deposits.in_memory(run.plate, name="the plate") as plate:
                    measured = asdict(quality.measure(path, plate=plate, likeness=pair[0], performer=pair[1]))
        examination.store_appraisal(output, poster=video.poster(path), quality=measured)
    except (SynthesisError, ConsentError) as error:
        log.warning("output %s could not be appraised: %s", output.pk, error)
        examination.store_appraisal(output, poster=b"", quality={})
    except KeysLateError as late:
        log.info("output %s waits: %s", output.pk, late)  # the outbox asks again


@app.task(name="countersign.sign")
def sign(run_id: str) -> None:
    """Write the credentials and sign; the only task that holds the signer's key."""
    from countersign.runs import signing

    run = pipeline.claim(run_id, SIGN)
    if run is None:
        return
    with steps.at_work(run, SIGN):
        signing.sign(run)


@app.task(name="countersign.seal")
def seal(consent_id: str) -> None:
    """Seal a consent that was signed here; like `sign`, it vouches."""
    from countersign.runs import sealing

    sealing.seal(consent_id)


@app.task(name="countersign.publish")
def publish(run_id: str) -> None:
    """Ask the gate again, read the file as a stranger would, and only then let it be seen."""
    from countersign.runs import publication

    run = pipeline.claim(run_id, PUBLISH)
    if run is None:
        return
    with steps.at_work(run, PUBLISH):
        publication.publish(run)


def _watch(run: Run, step: Step, *, grant: Grant, job: "Iterator[Progress]") -> None:
    """Drive a long job; every second renew the lease and look whether the consents still stand."""
    looked = 0.0
    for progress in job:
        if time.monotonic() - looked < LOOK_EVERY_S:
            continue
        looked = time.monotonic()
        pipeline.beat(run, step, progress=progress.fraction, note=progress.note, figures=progress.figures)
        refusal = consents.standing(grant, now=timezone.now())
        if refusal is not None:
            raise ConsentGoneError(refusal.reasons)


@contextmanager
def _clips(run: Run) -> "Iterator[Clips]":
    """Both clips in memory, where nobody changes them. The room compares them with the grant before anything else."""
    from synthesis.types import Clips

    with (
        deposits.in_memory(run.footage, name="footage.clip") as footage,
        deposits.in_memory(run.plate, name="plate.clip") as plate,
    ):
        yield Clips(footage=footage, plate=plate)


def _vault(grant: Grant) -> "Vault":
    from synthesis.types import Vault

    seal, unseal = making.vault_of(grant)
    return Vault(seal=seal, open=unseal)


def _device() -> "Device":
    from synthesis.types import Device

    return Device(name=settings.DEVICE, precision=cast("Precision", settings.PRECISION))


def _seen(track: "FaceTrack", found: "Likeness") -> examination.Seen:
    from synthesis import faces

    best = UUID(found.name) if found.name else None
    return examination.Seen(sighting=faces.sighting(track, found), best=best, second_score=found.second_score)
