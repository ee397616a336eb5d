"""What the synthesis room raises."""


class SynthesisError(Exception):
    """Base of everything the synthesis room raises."""


class UnreadableClipError(SynthesisError):
    """A clip cannot be decoded; `code` is a `consent.types.ReasonCode` value (not-a-video, file-truncated, ...)."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class NoFaceError(SynthesisError):
    """No usable face where one is needed."""


class EnrolmentError(SynthesisError):
    """Stills or a clip do not make a template; `code` is a `consent.types.ReasonCode` value (stills-too-few,
    stills-disagree, several-faces, clip-stands-still, poses-missing)."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class LeftAloneError(SynthesisError):
    """The face to be made would reach into one that is to be left alone."""


class InputsChangedError(SynthesisError):
    """A file is not the one the grant names, or a setting."""


class GrantDoesNotCoverError(SynthesisError):
    """The grant does not allow this kind of work, or has expired."""


class WeightsError(SynthesisError):
    """A model file is missing, or is not the one pinned by its SHA-256."""


class CheckpointError(SynthesisError):
    """A checkpoint has missing or unexpected keys, or belongs to another grant."""
