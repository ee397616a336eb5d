"""What goes wrong about evidence."""


class EvidenceError(Exception):
    """Base of what goes wrong about evidence."""


class BundleError(EvidenceError):
    """The file is no bundle that could be looked into: no ZIP, made to do harm, or without a readable manifest."""


class AbsentError(EvidenceError):
    """A member is not at hand: withheld, left out, lost or changed. The message says which, as a sentence."""


class UnfitError(EvidenceError):
    """A member says something that could not be understood."""


class NotCoveredError(EvidenceError):
    """No checkpoint of the log covers the entries yet; a moment later one will."""
