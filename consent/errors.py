"""What the consent room raises. A refusal is not among them: it is returned (`consent.types.Refusal`)."""


class ConsentError(Exception):
    """Base of everything the consent room raises."""


class SealError(ConsentError):
    """A sealed grant is forged, expired or unreadable; `code` is a `ReasonCode` value."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class PolicyError(ConsentError):
    """The policies do not load or do not match their schema; nothing may be decided."""


class KeyDestroyedError(ConsentError):
    """The key that would open this was destroyed on withdrawal or expiry."""
