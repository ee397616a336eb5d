"""The one canonical form of a JSON value (RFC 8785), so that equal values have equal bytes and equal digests."""

import hashlib
import json
from typing import cast

import rfc8785

from provenance.errors import CanonicalError
from provenance.types import Json

SAFE_DIGITS = 15  # no integer of so many is beyond 2^53 - 1
LARGEST_INTEGER = 2**53 - 1
SMALLEST, LARGEST = 1e-4, 1e15  # between them Python writes a fraction as ECMAScript does


def dumps(value: Json) -> bytes:
    """`value` as canonical JSON in UTF-8 (RFC 8785): keys sorted, no spaces, numbers as ECMAScript writes them.

    Raises CanonicalError for what JSON cannot carry without loss: NaN and infinities, integers beyond 2^53 - 1, lone
    surrogates, keys that are not text, other types.
    """
    try:
        return rfc8785.dumps(value)
    except (ValueError, RecursionError) as e:  # a lone surrogate in a key escapes as UnicodeEncodeError
        raise CanonicalError(f"This cannot be written as canonical JSON: {e or 'nested too deeply'}") from e


def loads(text: str) -> Json:
    """The value that `text` spells, if `text` is its canonical form. Raises CanonicalError if it is not."""
    try:
        said = _read_plainly(text)
        return said if said is not None and _plain(said) == text else _read_carefully(text)
    except (ValueError, RecursionError) as e:
        raise CanonicalError(f"This is no canonical JSON: {e or 'nested too deeply'}") from e


def sha256(value: Json) -> str:
    """The SHA-256 of the canonical form of `value`, 64 lower-case hexadecimal digits. Raises CanonicalError."""
    return hashlib.sha256(dumps(value)).hexdigest()


class _NotPlainError(Exception):
    """A text in which Python's own JSON and RFC 8785 may differ."""


def _small(digits: str) -> int:
    if len(digits) > SAFE_DIGITS:
        raise _NotPlainError
    return int(digits)


def _fraction(digits: str) -> float:
    value = float(digits)
    if not SMALLEST < abs(value) < LARGEST or value.is_integer():
        raise _NotPlainError
    return value


def _constant(name: str) -> float:
    raise _NotPlainError


# Twice as fast as the careful way, and the same for all but very large and very small numbers, whole numbers that
# are written as fractions, and characters beyond the sixteen-bit ones, which RFC 8785 sorts otherwise than Python.
_PLAIN = json.JSONDecoder(parse_int=_small, parse_float=_fraction, parse_constant=_constant)
_plain = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


def _read_plainly(text: str) -> Json:
    if not text.isascii() and len(text.encode("utf-16-le")) != 2 * len(text):
        return None
    try:
        return cast(Json, _PLAIN.decode(text))
    except _NotPlainError:
        return None


def _read_carefully(text: str) -> Json:
    said = cast(Json, json.loads(text, parse_int=_number))
    if dumps(said) != text.encode():
        raise CanonicalError("This is no canonical JSON: its value is written otherwise.")
    return said


def _number(digits: str) -> int | float:
    """2^53 and above, written as a float, must come out as it went in."""
    value = int(digits)
    return value if abs(value) <= LARGEST_INTEGER and digits != "-0" else float(digits)
