"""What the keeping of things raises, besides what access and the ledger raise."""


class KeepingError(Exception):
    """Base of what goes wrong about holds, schedules and erasures."""


class DestroyedError(KeepingError):
    """The clip was destroyed; the message says when and under which schedule."""


class PlanChangedError(KeepingError):
    """What would be erased is no longer what was shown and confirmed."""


class ScheduleError(KeepingError):
    """These terms make no schedule; the message says what was expected."""


class HoldError(KeepingError):
    """There is nothing to hold by this name, or no reason was given; the message says which."""
