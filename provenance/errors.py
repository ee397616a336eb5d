"""What the provenance room raises."""


class ProvenanceError(Exception):
    """Base of everything the provenance room raises."""


class LedgerError(ProvenanceError):
    """The ledger could not be written or read; nothing may proceed."""


class SigningError(ProvenanceError):
    """A manifest could not be signed, or did not read back as what was signed."""


class UnreadableFileError(ProvenanceError):
    """A file could not be read within the limits set for untrusted files."""


class CanonicalError(ProvenanceError):
    """A value has no canonical JSON form (RFC 8785)."""


class AnchorError(ProvenanceError):
    """The trust anchors are not PEM certificates of authorities; nothing could be trusted, or too much."""


class NoteError(ProvenanceError):
    """A signed note, checkpoint or verifier key is malformed, or not signed by the key that had to sign it."""


class PolicyError(ProvenanceError):
    """The witness policy cannot be read; nothing is published until it is put right."""


class TimeStampError(ProvenanceError):
    """A time-stamp is malformed, refused, over other bytes, or not of an authority that is trusted here."""


class ReceiptError(ProvenanceError):
    """A receipt of the ledger is malformed, or what it says is not in the log it names."""
