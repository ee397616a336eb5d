"""What the runs room raises."""

from consent.types import Reason


class RunsError(Exception):
    """Base of everything the runs room raises."""


class OrderError(RunsError):
    """An order that makes no sense, such as one clip as both footage and plate; `field` says where."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class NotPublishedError(RunsError):
    """The output is not, or no longer, to be downloaded."""


class KeysLateError(RunsError):
    """The keys of a step did not come, and nobody said no: the step is to be tried again."""


class ConsentGoneError(RunsError):
    """What a step stands on no longer holds; `reasons` say what."""

    def __init__(self, reasons: tuple[Reason, ...]) -> None:
        super().__init__(reasons[0].sentence)
        self.reasons = reasons


class AppealError(RunsError):
    """An appeal, or its answer, that makes no sense."""
