"""How one field of a consent's terms is read from JSON: strictly, by name, guessing nothing. Pure.

Each reader takes the field's name and its JSON value and returns what it means; each raises TermsError naming it.
"""

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import TypeVar, cast
from uuid import UUID

from consent.errors import TermsError
from provenance.types import Json

LONGEST = {"description": 4000, "business_reason": 1000, "disclosure": 500}  # characters; other text 200
MOST_ITEMS = 100
LARGEST_NUMBER = 10**9
DIGEST = "^[0-9a-f]{64}$"  # SHA-256
MAYBE_DIGEST = "^([0-9a-f]{64})?$"
LANGUAGE = "^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$"  # BCP 47, as far as it is looked at
COUNTRY = "^[A-Z]{2}$"
TERRITORY = "^([A-Z]{2}|worldwide)$"

# What changes a page without being seen: controls, bidirectional overrides, private and unassigned characters. The
# joiners U+200C and U+200D stay, since Persian and Indic names are spelt with them.
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_JOINERS = {"\u200c", "\u200d"}

E = TypeVar("E", bound=StrEnum)
T = TypeVar("T")


def written(moment: datetime) -> str:
    """The moment as terms write it: UTC, with a Z. Raises TermsError for one without its zone."""
    if moment.tzinfo is None:
        raise TermsError("valid_from/valid_until", f"expected a time with its zone, got {moment.isoformat()}")
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def isoformat(moment: datetime | None) -> str | None:
    """The moment as results keep it, or nothing."""
    return moment.isoformat() if moment else None


def text(name: str, value: Json) -> str:
    if not isinstance(value, str):
        raise TermsError(name, f"expected text, got {type(value).__name__}")
    longest = LONGEST.get(name, 200)
    if len(value) > longest:
        raise TermsError(name, f"expected at most {longest} characters, got {len(value)}")
    for character in value:
        if not is_seen(character) and not _is_break(name, character):
            raise TermsError(name, f"holds U+{ord(character):04X}, which cannot be seen on paper")
    return value


def is_seen(character: str) -> bool:
    """Whether a character can be seen on paper, or joins two that can (Unicode as Python has it)."""
    return unicodedata.category(character) not in _HIDDEN or character in _JOINERS


def _is_break(name: str, character: str) -> bool:
    return character == "\n" and name == "description"


def words(name: str, value: Json) -> str:
    if not text(name, value).strip():
        raise TermsError(name, "is empty")
    return cast(str, value)


def uuid(name: str, value: Json) -> UUID:
    try:
        found = UUID(text(name, value))
    except ValueError as e:
        raise TermsError(name, f"expected a UUID, got {value!r}") from e
    if str(found) != value:
        raise TermsError(name, f"expected {found}, got {value!r}")
    return found


def nonce(name: str, value: Json) -> str:
    if not re.fullmatch(r"[0-9a-f]{32}", text(name, value)):
        raise TermsError(name, "expected 32 lower-case hexadecimal digits")
    return cast(str, value)


def moment(name: str, value: Json) -> datetime:
    try:
        moment = datetime.fromisoformat(text(name, value))
        same = moment.tzinfo is not None and written(moment) == value
    except (ValueError, OverflowError) as e:
        raise TermsError(name, f"expected a time such as 2026-11-23T09:00:00Z, got {value!r}") from e
    if not same:
        raise TermsError(name, f"expected a time in UTC such as 2026-11-23T09:00:00Z, got {value!r}")
    return moment.astimezone(UTC)


def count(name: str, value: Json) -> int:
    """A whole number from nothing upwards."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TermsError(name, f"expected a whole number, got {value!r}")
    if not 0 <= value <= LARGEST_NUMBER:
        raise TermsError(name, f"expected 0 to {LARGEST_NUMBER}, got {value}")
    return value


def day(name: str, value: Json) -> str:
    """An ISO 8601 date, or nothing."""
    said = text(name, value)
    try:
        same = not said or date.fromisoformat(said).isoformat() == said
    except ValueError as e:
        raise TermsError(name, f"expected a date such as 2026-11-23, got {value!r}") from e
    if not same:
        raise TermsError(name, f"expected a date such as 2026-11-23, got {value!r}")
    return said


def digest(name: str, value: Json) -> str:
    """A SHA-256 in lower-case hexadecimal, or nothing."""
    if not re.fullmatch(MAYBE_DIGEST, text(name, value)):
        raise TermsError(name, "expected 64 lower-case hexadecimal digits, or nothing")
    return cast(str, value)


def reference(name: str, value: Json) -> str:
    """The UUID of another consent, or nothing."""
    return str(uuid(name, value)) if value != "" else ""


def language(name: str, value: Json) -> str:
    """A language tag (BCP 47) such as en or pt-BR."""
    if not re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", text(name, value)):
        raise TermsError(name, f"expected a language such as en or pt-BR, got {value!r}")
    return cast(str, value)


def flag(name: str, value: Json) -> bool:
    if not isinstance(value, bool):
        raise TermsError(name, f"expected true or false, got {value!r}")
    return value


def member(kind: type[E]) -> Callable[[str, Json], E]:
    def read(name: str, value: Json) -> E:
        try:
            return kind(text(name, value))
        except ValueError as e:
            raise TermsError(name, f"expected one of {', '.join(kind)}; got {value!r}") from e

    return read


def several(read: Callable[[str, Json], T]) -> Callable[[str, Json], tuple[T, ...]]:
    """A list of different things, each read by `read`; it may be empty, which means none of them."""

    def read_all(name: str, value: Json) -> tuple[T, ...]:
        if not isinstance(value, list):
            raise TermsError(name, f"expected a list, got {type(value).__name__}")
        if len(value) > MOST_ITEMS:
            raise TermsError(name, f"expected at most {MOST_ITEMS}, got {len(value)}")
        found = tuple(read(name, item) for item in value)
        if len(set(found)) != len(found):
            raise TermsError(name, "names the same thing twice")
        return found

    return read_all


def after_withdrawal(name: str, value: Json) -> str:
    if value not in ("flag", "take-down"):
        raise TermsError(name, f"expected flag or take-down, got {value!r}")
    return value
