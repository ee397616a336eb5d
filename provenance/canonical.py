"""The one canonical form of a JSON value (RFC 8785), so that equal values have equal bytes and equal digests."""

import hashlib

import rfc8785

from provenance.errors import CanonicalError
from provenance.types import Json


def dumps(value: Json) -> bytes:
    """`value` as canonical JSON in UTF-8 (RFC 8785): keys sorted, no spaces, numbers as ECMAScript writes them.

    Raises CanonicalError for what JSON cannot carry without loss: NaN and infinities, integers beyond 2^53 - 1, lone
    surrogates, keys that are not text, other types.
    """
    try:
        return rfc8785.dumps(value)
    except (ValueError, RecursionError) as e:  # a lone surrogate in a key escapes as UnicodeEncodeError
        raise CanonicalError(f"This cannot be written as canonical JSON: {e or 'nested too deeply'}") from e


def sha256(value: Json) -> str:
    """The SHA-256 of the canonical form of `value`, 64 lower-case hexadecimal digits. Raises CanonicalError."""
    return hashlib.sha256(dumps(value)).hexdigest()
