"""A run's way as a picture: which of the five steps are done, which is going on, where it ended."""

from dataclasses import dataclass

from countersign.runs.models import OPEN_STATES, Run, RunState

_STEPS = (
    ("Granted", "The gate found every consent that is needed."),
    ("Train", "A model learns the likeness from the footage."),
    ("Convert", "Every frame of the shot is made."),
    ("Sign", "Credentials are written and signed."),
    ("Publish", "The file is checked as a stranger would."),
)
_AT = {
    RunState.GRANTED: 1,
    RunState.TRAINING: 1,
    RunState.TRAINED: 2,
    RunState.CONVERTING: 2,
    RunState.CONVERTED: 3,
    RunState.SIGNING: 3,
    RunState.SIGNED: 4,
    RunState.PUBLISHING: 4,
    RunState.PUBLISHED: 5,
}
_BY_STAGE = {"train": 1, "convert": 2, "sign": 3, "publish": 4}


@dataclass(frozen=True, slots=True, kw_only=True)
class StepShown:
    name: str
    meaning: str
    look: str  # "done", "now", "ended" or "ahead"
    said: str


def steps(run: Run) -> list[StepShown]:
    at = _AT.get(RunState(run.state), 0 if run.state == RunState.REFUSED else _BY_STAGE.get(run.stage, 1))
    return [_step(run, number, at) for number in range(len(_STEPS))]


def _step(run: Run, number: int, at: int) -> StepShown:
    name, meaning = _STEPS[number]
    if number < at:
        look, said = "done", "done"
    elif number > at:
        look, said = "ahead", "not yet"
    elif run.state in OPEN_STATES:
        look, said = "now", "going on"
    else:
        look, said = "ended", "ended here"
    return StepShown(name=name, meaning=meaning, look=look, said=said)
