"""Filters that turn what rows keep into what people read."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import now

from consent import wording
from consent.clauses import Group, groups
from consent.models import ConsentRecord
from consent.record import from_json
from consent.types import ConsentState
from consent.voice import THEY, YOU
from countersign import sureness
from countersign.accounts.models import Person
from countersign.pages import words
from countersign.runs.models import OPEN_STATES, Enrolment, EnrolmentState, Footage, FootageState, Run

register = template.Library()
register.filter("scenes", wording.scenes)


@register.filter
def said(code: str, kind: str) -> str:
    return words.said(kind, str(code))


@register.filter
def moving(row: Run | Footage | Enrolment | None) -> bool:
    """Whether a worker is, or soon will be, at it: such rows are looked at again."""
    match row:
        case Run():
            return row.state in OPEN_STATES
        case Footage():
            return row.state in (FootageState.RECEIVED, FootageState.EXAMINING)
        case Enrolment():
            return row.state in (EnrolmentState.WAITING, EnrolmentState.WORKING)
        case None:
            return False


@register.filter
def all_said(codes: Iterable[str], kind: str) -> str:
    return ", ".join(words.said(kind, code) for code in codes)


@register.filter
def tone(state: str) -> str:
    return words.tone(str(state))


@register.filter
def when(moment: datetime | str | None) -> SafeString | str:
    """A moment as people write it. Times are UTC and say so."""
    if isinstance(moment, str):
        try:
            moment = datetime.fromisoformat(moment)
        except ValueError:
            return str(moment)
    if moment is None:
        return ""
    return format_html('<time datetime="{}">{}</time>', moment.isoformat(), f"{moment:%-d %B %Y, %H:%M} UTC")


@register.filter
def day(moment: date | str | None) -> SafeString | str:
    if not moment:
        return ""
    moment = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    return format_html('<time datetime="{}">{}</time>', f"{moment:%Y-%m-%d}", f"{moment:%-d %B %Y}")


@register.filter
def seconds(value: float) -> str:
    minutes, rest = divmod(float(value or 0), 60)
    return f"{int(minutes)} min {rest:.0f} s" if minutes else f"{rest:.1f} s"


@register.filter
def percent(fraction: float) -> int:
    return round(100 * float(fraction or 0))


@register.filter
def figure(value: Any) -> str:
    """A measurement with as many digits as help."""
    if not isinstance(value, int | float):
        return str(value)
    return f"{value:,.0f}" if float(value).is_integer() or abs(value) >= 100 else f"{value:.2f}"


@register.filter
def rate(value: str) -> str:
    """ "25/1" as "25 frames a second"."""
    top, _, bottom = (value or "0/1").partition("/")
    number = int(top) / int(bottom or 1)
    return f"{number:.3f}".rstrip("0").rstrip(".") + " frames a second"


@register.filter
def standing(record: ConsentRecord) -> str:
    """How a consent stands today, in words."""
    if record.state == ConsentState.ACTIVE and record.valid_until <= now():
        return "Ended"
    if record.state == ConsentState.ACTIVE and record.valid_from > now():
        return "Not yet begun"
    return words.said("consent", record.state)


@register.filter
def standing_tone(record: ConsentRecord) -> str:
    active = record.state == ConsentState.ACTIVE
    return "wait" if active and not record.valid_from <= now() < record.valid_until else words.tone(record.state)


@register.filter
def clauses(row: ConsentRecord, mine: object) -> tuple[Group, ...]:
    """Every term of a consent in words, to the performer themselves or about them."""
    return groups(from_json(row.terms), voice=YOU if mine else THEY)


@register.filter
def sure(record: ConsentRecord) -> sureness.Sureness | None:
    """How sure it is who signed."""
    return sureness.of(record)


@register.simple_tag(takes_context=True)
def roles(context: template.Context) -> set[str]:
    """The parts that whoever looks at the page plays somewhere: which links they need."""
    person = context["request"].user
    if not isinstance(person, Person):
        return set()
    found = set(person.memberships.values_list("role", flat=True))
    return found | ({"performer"} if hasattr(person, "performer") else set())
