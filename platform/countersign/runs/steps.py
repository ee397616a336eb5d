"""What every step of a run has in common: its grant is taken up, its keys are at hand, and faults are written down."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.conf import settings
from django.utils import timezone

from consent import services as consents
from consent.types import Grant, Refusal
from countersign import keys
from countersign.runs import keyring, making, pipeline
from countersign.runs.errors import ConsentGoneError, KeysLateError
from countersign.runs.models import Run, RunState
from countersign.runs.pipeline import LeaseLostError, Step


@contextmanager
def at_work(run: Run, step: Step) -> Iterator[None]:
    """What can go wrong in a step, and where it is written down."""
    actor = f"worker:{step.task}"
    try:
        with keyring.at_work(run, step):
            yield
    except LeaseLostError:
        making.drop_if_over(run)
    except KeysLateError as late:
        with suppress(LeaseLostError):
            pipeline.postpone(run, step, note=str(late))
    except ConsentGoneError as refusal:
        pipeline.halt(run, RunState.REFUSED, reasons=refusal.reasons, actor=actor)
    except making.FORESEEN as error:
        reason = making.in_words(error)
        refused = reason.code in making.REFUSALS
        pipeline.halt(run, RunState.REFUSED if refused else RunState.FAILED, reasons=(reason,), actor=actor)
    except Exception:  # a fault nobody foresaw: tried again, and in the end written down (pipeline.trip)
        pipeline.trip(run, step)


def redeem(run: Run, step: Step) -> Grant:
    """The grant of the run, taken up for this step. Raises ConsentGoneError."""
    answer = consents.redeem(
        run.sealed_grant, public_pem=keys.gate_public(settings.KEYS), run_id=run.pk, step=step.task, now=timezone.now()
    )
    if isinstance(answer, Refusal):
        raise ConsentGoneError(answer.reasons)
    return answer
