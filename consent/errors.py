"""What the consent room raises. A refusal is not among them: it is returned (`consent.types.Refusal`)."""

from collections.abc import Mapping, Sequence

from consent.types import Reason


class ConsentError(Exception):
    """Base of everything the consent room raises."""


class TermsError(ConsentError):
    """Terms that nobody could sign: `field` names what is wrong with them."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field


class LawError(ConsentError):
    """The packs of law and agreements cannot be read; nothing may be offered."""


class UnlawfulError(TermsError):
    """Terms that lack what the law of their territories or the agreement of their union demands.

    `fields` holds, by field, each sentence that says why and what to write; `missing` the same as reasons, as they are
    written to JSON.
    """

    def __init__(self, fields: Mapping[str, Sequence[str]], missing: Sequence[Reason]) -> None:
        sentences = " ".join(sentence for said in fields.values() for sentence in said)
        super().__init__(next(iter(fields)), sentences)
        self.fields = fields
        self.missing = missing


class SealError(ConsentError):
    """A sealed grant is forged, expired or unreadable; `code` is a `ReasonCode` value."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class ReleaseError(ConsentError):
    """A key that was asked for does not come: `code`, a `ReasonCode` value, says why not."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class PolicyError(ConsentError):
    """The policies do not load or do not match their schema; nothing may be decided."""


class TypesetError(ConsentError):
    """A consent document could not be typeset, for instance for want of a letter in the fonts."""


class VaultError(ConsentError):
    """A key or what it encrypted is not what it was, or was made for something else."""


class CertificateError(ConsentError):
    """A certificate of destruction is forged, changed or unreadable; the message says so in words."""


class DocumentDestroyedError(ConsentError):
    """The documents of this consent were destroyed; the message says when. Their digests stay."""


class KeyDestroyedError(VaultError):
    """The key that would open this was destroyed on withdrawal or expiry."""


class KeyWithheldError(VaultError):
    """The key that would open this is kept, and not given out while its consent is suspended."""


class KeyStoreError(VaultError):
    """The store of key-encryption keys does not answer, or is not set up as it must be: nothing can be opened."""


class SealingError(ConsentError):
    """A document could not be sealed by the platform, or its seal does not hold."""
