"""Terms as the JSON that stands in a consent document, and back.

The rules this module keeps:
1. Reading is strict: a field too many, too few or of another type is refused by name; nothing is guessed.
2. Terms that nobody could keep or read (an empty list, a window that runs backwards, text that hides or turns itself
   round on the page) are refused here, before anybody is asked to sign them.
3. The digest is that of the canonical JSON (RFC 8785), which is also the file embedded in the document.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar, cast
from uuid import UUID

from consent.errors import TermsError
from consent.types import Capacity, KindOfUse, Part, Reason, ReasonCode, Terms
from provenance import canonical
from provenance.types import Json

FORMAT = "countersign-consent/1"
WORLDWIDE = "worldwide"
EVERY_SCENE = "*"
ERASED = "Erased performer"  # what somebody is called who asked to be forgotten
LONGEST = {"description": 4000}  # characters; other text 200
MOST_ITEMS = 100
LARGEST_NUMBER = 10**9

# What changes a page without being seen: controls, bidirectional overrides, private and unassigned characters. The
# joiners U+200C and U+200D stay, since Persian and Indic names are spelt with them.
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_JOINERS = {"\u200c", "\u200d"}

E = TypeVar("E", bound=StrEnum)
T = TypeVar("T")


def to_json(terms: Terms) -> dict[str, Json]:
    """`terms` as plain JSON, with the name of the format."""
    return {
        "format": FORMAT,
        "consent_id": str(terms.consent_id),
        "nonce": terms.nonce,
        "production_id": str(terms.production_id),
        "production_title": terms.production_title,
        "performer_id": str(terms.performer_id),
        "performer_name": terms.performer_name,
        "signer_capacity": terms.signer_capacity.value,
        "kinds_of_use": [kind.value for kind in terms.kinds_of_use],
        "parts": [part.value for part in terms.parts],
        "description": terms.description,
        "scenes": list(terms.scenes),
        "territories": list(terms.territories),
        "media": list(terms.media),
        "valid_from": _written(terms.valid_from),
        "valid_until": _written(terms.valid_until),
        "max_runs": terms.max_runs,
        "max_screen_seconds": terms.max_screen_seconds,
        "training_allowed": terms.training_allowed,
        "biometric_release": terms.biometric_release,
        "after_withdrawal": terms.after_withdrawal,
        "credit": terms.credit,
    }


def from_json(value: Mapping[str, Json]) -> Terms:
    """The terms that `value` states. Raises TermsError naming the first field that is missing, unknown or wrong."""
    if not isinstance(value, Mapping):
        raise TermsError("terms", f"expected an object, got {type(value).__name__}")
    _check_names(value)
    terms = Terms(**{name: read(name, value[name]) for name, read in _READERS.items()})
    _check_sense(terms)
    return terms


def without_person(value: Mapping[str, Json]) -> dict[str, Json]:
    """Terms as they are kept once their documents are destroyed: scopes and dates stay; names, free text and nonce go.

    Without the nonce nobody can find out by trying which name the terms' digest was made of.
    """
    return {**value, "performer_name": ERASED, "description": "Destroyed.", "credit": "", "nonce": "0" * 32}


def checked(terms: Terms) -> Terms:
    """`terms` themselves, if they could be signed. Raises TermsError."""
    return from_json(to_json(terms))


def digest(terms: Terms) -> str:
    """The SHA-256 of the canonical JSON of `terms`, in hexadecimal."""
    return canonical.sha256(to_json(terms))


def document(terms: Terms) -> bytes:
    """The canonical JSON of `terms`: the file embedded in a consent document."""
    return canonical.dumps(to_json(terms))


def reasons_to_json(reasons: Sequence[Reason]) -> list[dict[str, str]]:
    """Reasons as plain JSON, for a row or an answer. They hold names: never for the ledger."""
    return [
        {
            "code": reason.code.value,
            "sentence": reason.sentence,
            "asked": reason.asked,
            "allowed": reason.allowed,
            "remedy": reason.remedy,
        }
        for reason in reasons
    ]


def reasons_from_json(value: Iterable[Mapping[str, str]]) -> tuple[Reason, ...]:
    """What `reasons_to_json` wrote."""
    return tuple(Reason(**{**item, "code": ReasonCode(item["code"])}) for item in cast(Iterable[dict[str, Any]], value))


def _written(moment: datetime) -> str:
    if moment.tzinfo is None:
        raise TermsError("valid_from/valid_until", f"expected a time with its zone, got {moment.isoformat()}")
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _check_names(value: Mapping[str, Json]) -> None:
    expected = {"format", *_READERS}
    for name in sorted(expected - set(value)):
        raise TermsError(name, "is missing")
    for name in sorted(set(value) - expected):
        raise TermsError(name, "is not a term this format knows")
    if value["format"] != FORMAT:
        raise TermsError("format", f"expected {FORMAT}, got {value['format']!r}")


def _text(name: str, value: Json) -> str:
    if not isinstance(value, str):
        raise TermsError(name, f"expected text, got {type(value).__name__}")
    longest = LONGEST.get(name, 200)
    if len(value) > longest:
        raise TermsError(name, f"expected at most {longest} characters, got {len(value)}")
    for character in value:
        if unicodedata.category(character) in _HIDDEN and character not in _JOINERS and not _is_break(name, character):
            raise TermsError(name, f"holds U+{ord(character):04X}, which cannot be seen on paper")
    return value


def _is_break(name: str, character: str) -> bool:
    return character == "\n" and name == "description"


def _words(name: str, value: Json) -> str:
    if not _text(name, value).strip():
        raise TermsError(name, "is empty")
    return cast(str, value)


def _uuid(name: str, value: Json) -> UUID:
    try:
        found = UUID(_text(name, value))
    except ValueError as e:
        raise TermsError(name, f"expected a UUID, got {value!r}") from e
    if str(found) != value:
        raise TermsError(name, f"expected {found}, got {value!r}")
    return found


def _nonce(name: str, value: Json) -> str:
    if not re.fullmatch(r"[0-9a-f]{32}", _text(name, value)):
        raise TermsError(name, "expected 32 lower-case hexadecimal digits")
    return cast(str, value)


def _moment(name: str, value: Json) -> datetime:
    try:
        moment = datetime.fromisoformat(_text(name, value))
        same = moment.tzinfo is not None and _written(moment) == value
    except (ValueError, OverflowError) as e:
        raise TermsError(name, f"expected a time such as 2026-11-23T09:00:00Z, got {value!r}") from e
    if not same:
        raise TermsError(name, f"expected a time in UTC such as 2026-11-23T09:00:00Z, got {value!r}")
    return moment.astimezone(UTC)


def _count(name: str, value: Json) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise TermsError(name, f"expected a whole number, got {value!r}")
    if not 1 <= value <= LARGEST_NUMBER:
        raise TermsError(name, f"expected 1 to {LARGEST_NUMBER}, got {value}")
    return value


def _flag(name: str, value: Json) -> bool:
    if not isinstance(value, bool):
        raise TermsError(name, f"expected true or false, got {value!r}")
    return value


def _member(kind: type[E]) -> Callable[[str, Json], E]:
    def read(name: str, value: Json) -> E:
        try:
            return kind(_text(name, value))
        except ValueError as e:
            raise TermsError(name, f"expected one of {', '.join(kind)}; got {value!r}") from e

    return read


def _several(read: Callable[[str, Json], T]) -> Callable[[str, Json], tuple[T, ...]]:
    def read_all(name: str, value: Json) -> tuple[T, ...]:
        if not isinstance(value, list) or not value:
            raise TermsError(name, "names nothing: an empty list never means yes")
        if len(value) > MOST_ITEMS:
            raise TermsError(name, f"expected at most {MOST_ITEMS}, got {len(value)}")
        found = tuple(read(name, item) for item in value)
        if len(set(found)) != len(found):
            raise TermsError(name, "names the same thing twice")
        return found

    return read_all


def _after_withdrawal(name: str, value: Json) -> str:
    if value not in ("flag", "take-down"):
        raise TermsError(name, f"expected flag or take-down, got {value!r}")
    return value


def _check_sense(terms: Terms) -> None:
    if terms.valid_until <= terms.valid_from:
        raise TermsError("valid_until", "the consent would end before it begins")
    if terms.territories != (WORLDWIDE,):
        for code in terms.territories:
            if not re.fullmatch(r"[A-Z]{2}", code):
                raise TermsError("territories", f"expected two-letter country codes or only {WORLDWIDE}, got {code!r}")
    if EVERY_SCENE in terms.scenes and len(terms.scenes) > 1:
        raise TermsError("scenes", f"{EVERY_SCENE} means every scene and stands alone")


_READERS: dict[str, Callable[[str, Json], Any]] = {
    "consent_id": _uuid,
    "nonce": _nonce,
    "production_id": _uuid,
    "production_title": _words,
    "performer_id": _uuid,
    "performer_name": _words,
    "signer_capacity": _member(Capacity),
    "kinds_of_use": _several(_member(KindOfUse)),
    "parts": _several(_member(Part)),
    "description": _words,
    "scenes": _several(_words),
    "territories": _several(_words),
    "media": _several(_words),
    "valid_from": _moment,
    "valid_until": _moment,
    "max_runs": _count,
    "max_screen_seconds": _count,
    "training_allowed": _flag,
    "biometric_release": _flag,
    "after_withdrawal": _after_withdrawal,
    "credit": _text,
}
