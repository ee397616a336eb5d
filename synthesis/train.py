"""Make a likeness: look at both clips, then teach the refine network on the performer's own footage.

A killed training goes on from its last checkpoint and ends with the same network as an unbroken one: every example
follows from the seed and the step, and how many steps there will be, on how many threads, is settled and written down
before the first of them.
"""

import copy
import time
from collections.abc import Generator, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from consent.types import Grant, Part
from synthesis import admission, analysis, checkpoint, cores, losses, store
from synthesis.analysis import Analysis, Subject
from synthesis.batches import tensors
from synthesis.checkpoint import Checkpoint
from synthesis.data import Example, Practice
from synthesis.errors import CheckpointError
from synthesis.learner import Learner
from synthesis.model import RefineConfig, Refiner, blend
from synthesis.settings import TrainSettings
from synthesis.types import Clips, Device, Progress, Vault

__all__ = ["TrainSettings", "fit"]

MODEL = "likeness.model"
UNFINISHED = "likeness.checkpoint"
HELD_OUT = 24
PRACTISED_MOST = 400  # footage frames held for practice: about 0.3 MB each
TRIALS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is settled before the first step and kept through every interruption."""

    steps: int
    threads: int
    spent_s: float = 0.0


def fit(
    grant: Grant, clips: Clips, *, folder: Path, settings: TrainSettings, device: Device, vault: Vault
) -> Iterator[Progress]:
    """Train the likeness of a grant; the sealed network lies at `folder / "likeness.model"` afterwards.

    Say `next` and it goes on, drop it and it stops; called again it resumes. A finished one is not trained again.
    Raises GrantDoesNotCoverError, InputsChangedError, UnreadableClipError, NoFaceError, CheckpointError.
    """
    yield from admission.recheck(grant, clips, training=True)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if (folder / MODEL).is_file():
        load(folder, grant=grant, vault=vault)
        yield Progress(stage="train", fraction=1.0, note="The likeness was trained before.")
        return
    footage = yield from analysis.of(footage_subject(grant, clips, settings), folder=folder, vault=vault)
    yield from analysis.of(plate_subject(grant, clips, settings), folder=folder, vault=vault)
    practice = yield from _practice(clips, footage, settings)
    yield from _Training(grant, folder, settings, device, vault).run(practice)


def load(folder: Path, *, grant: Grant, vault: Vault) -> tuple[Refiner, TrainSettings, dict[str, float]]:
    """The finished network, the settings it was made with, and its held-out figures. Raises CheckpointError."""
    network = Refiner(RefineConfig())
    shapes = {n: tuple(t.shape) for n, t in network.state_dict().items()}
    found = checkpoint.read(folder / MODEL, grant=grant, vault=vault, names=shapes)
    network.load_state_dict(found.tensors, strict=True)
    notes: dict[str, Any] = found.notes
    if not isinstance(notes.get("figures"), dict):
        raise CheckpointError(f"{MODEL} does not say how it was made")
    return network.eval(), _settings(notes), dict(notes["figures"])


def _settings(notes: Mapping[str, Any]) -> TrainSettings:
    try:
        return TrainSettings(**notes["settings"])
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(f"the checkpoint does not say how it was made: {error!r}") from error


def footage_subject(grant: Grant, clips: Clips, settings: TrainSettings) -> Subject:
    """What to look at in the footage."""
    digest = grant.footage_sha256(Part.LIKENESS)
    return Subject(
        path=clips.footage, sha256=digest, track=settings.footage_track, name="footage", most=analysis.FOOTAGE_MOST
    )


def plate_subject(grant: Grant, clips: Clips, settings: TrainSettings) -> Subject:
    """What to look at in the plate: one of the faces that the grant lets be altered, and those that it leaves alone.

    Raises GrantDoesNotCoverError.
    """
    admission.faces(grant, track=settings.track, exclude=settings.exclude)
    digest = grant.footage_sha256(Part.PLATE)
    return Subject(
        path=clips.plate,
        sha256=digest,
        track=settings.track,
        name="plate",
        most=analysis.PLATE_MOST,
        among=grant.tracks,
        exclude=settings.exclude,
    )


def _practice(clips: Clips, footage: Analysis, settings: TrainSettings) -> Generator[Progress, None, Practice]:
    step = -(-len(footage.numbers) // PRACTISED_MOST)
    indices = range(0, len(footage.numbers), step)
    windows = yield from store.load(clips.footage, footage, indices=indices, side=2 * settings.size)
    yield Progress(stage="practice", fraction=0.0, note="Measuring light and skin in the footage.")
    practice = Practice(footage, windows, size=settings.size, seed=settings.seed)
    yield Progress(stage="practice", fraction=1.0, note="Ready to practise.")
    return practice


class _Training:
    """One training from its first or its last checkpoint to its end."""

    def __init__(self, grant: Grant, folder: Path, settings: TrainSettings, device: Device, vault: Vault) -> None:
        self._grant, self._folder, self._vault = grant, folder, vault
        self._settings, self._device = settings, device
        self._learner = Learner(settings, device)

    def run(self, practice: Practice) -> Iterator[Progress]:
        plan, start = self._resumed() or ((yield from self._planned(practice)), 0)
        torch.set_num_threads(plan.threads)
        if start == 0:
            self._keep(plan, 0)
        step, kept, begun = start, time.monotonic(), time.monotonic()
        while step < plan.steps:
            loss = self._learner.learn(practice.batch(step, self._settings.batch), step=step, steps=plan.steps)
            step += 1
            if (passed := time.monotonic() - kept) > self._settings.checkpoint_seconds:
                plan = self._replanned(plan, step, (time.monotonic() - begun) / (step - start), passed)
                self._keep(plan, step)
                kept = time.monotonic()
            yield _progress(step, plan.steps, loss, (step - start) / (time.monotonic() - begun))
        yield from self._finish(practice)

    def _planned(self, practice: Practice) -> Generator[Progress, None, Plan]:
        """As many steps as fit into the time, measured on a copy that is thrown away."""
        threads = self._device.threads or cores.free()
        if self._settings.max_steps is not None and self._settings.seconds == 0:
            return Plan(steps=self._settings.max_steps, threads=threads)
        torch.set_num_threads(threads)
        trial, pace = copy.deepcopy(self._learner), 0.0
        for step in range(TRIALS):
            begun = time.monotonic()
            trial.learn(practice.batch(step, self._settings.batch), step=step, steps=TRIALS)
            pace = time.monotonic() - begun
            yield Progress(stage="plan", fraction=(step + 1) / TRIALS, note="Measuring how fast this machine learns.")
        steps = max(1, int(self._settings.seconds / max(pace, 1e-3)))
        return Plan(steps=min(steps, self._settings.max_steps or steps), threads=threads)

    def _replanned(self, plan: Plan, step: int, pace: float, passed: float) -> Plan:
        """The plan, shortened when the machine has become so busy that it would take much longer than asked for.

        The shorter plan is written down with this checkpoint, so that a resumed training follows it, too.
        """
        plan = replace(plan, spent_s=plan.spent_s + passed)
        left = max(1, int((1.1 * self._settings.seconds - plan.spent_s) / pace))
        late = plan.spent_s + (plan.steps - step) * pace > 1.25 * self._settings.seconds
        bounded = self._settings.seconds > 0
        return replace(plan, steps=min(plan.steps, step + left)) if bounded and late else plan

    def _resumed(self) -> tuple[Plan, int] | None:
        path = self._folder / UNFINISHED
        if not path.is_file():
            return None
        found = checkpoint.read(path, grant=self._grant, vault=self._vault, names=self._learner.shapes())
        if _settings(found.notes) != self._settings:
            raise CheckpointError(f"{UNFINISHED} was begun with other settings")
        self._learner.restore(found.tensors)
        plan = Plan(**found.notes["plan"])
        return plan, int(str(found.notes["step"]))

    def _keep(self, plan: Plan, step: int) -> None:
        notes: dict[str, Any] = {"settings": asdict(self._settings), "plan": asdict(plan), "step": step}
        kept = Checkpoint(self._learner.state(), notes)
        checkpoint.write(self._folder / UNFINISHED, kept, grant=self._grant, vault=self._vault)

    def _finish(self, practice: Practice) -> Iterator[Progress]:
        network = self._learner.averaged()
        yield Progress(stage="check", fraction=0.0, note="Comparing with warping alone, on frames never asked for.")
        figures = _held_out(network, practice.held_out(HELD_OUT))
        notes: dict[str, Any] = {"settings": asdict(self._settings), "figures": figures}
        checkpoint.write(
            self._folder / MODEL, Checkpoint(network.state_dict(), notes), grant=self._grant, vault=self._vault
        )
        (self._folder / UNFINISHED).unlink(missing_ok=True)
        note = "The likeness is trained." if figures["refine"] else "Warping alone is better here; no refinement."
        yield Progress(stage="train", fraction=1.0, note=note, figures=figures)


@torch.inference_mode()
def _held_out(network: Refiner, examples: list[Example]) -> dict[str, float]:
    """Errors on frames never asked for, by warping alone and refined; `refine` is 1 if refining is worth it."""
    plain, refined = [], []
    for example in examples:
        x, lit, alpha, below, wanted = tensors([example], "cpu")
        weight = (alpha > 0).float()
        said = network(x)
        made = blend(said.face(lit), below, alpha=alpha, change=said.alpha)
        plain.append(losses.error(lit * alpha + below * (1 - alpha), wanted, weight=weight))
        refined.append(losses.error(made, wanted, weight=weight))
    before, after = float(np.mean(plain)), float(np.mean(refined))
    return {"held_out_plain": before, "held_out_refined": after, "refine": float(after < before)}


def _progress(step: int, steps: int, loss: float, pace: float) -> Progress:
    note = f"Step {step} of {steps}."
    return Progress(
        stage="train", fraction=step / steps, note=note, figures={"loss": loss, "steps_per_s": pace, "step": step}
    )
