"""The watch on other pages: red for legal when something must not be, and how far the ledger is verified."""

from datetime import datetime

from django import template
from django.utils.timezone import now

from countersign.accounts.models import Role
from countersign.pages.templatetags.words import roles
from countersign.watch.alarms import open_alarms
from countersign.watch.models import Alarm
from countersign.watch.shown import Health, health

register = template.Library()


@register.simple_tag(takes_context=True)
def alarms_for(context: template.Context) -> list[Alarm]:
    """The open alarms, if whoever looks is legal somewhere."""
    return list(open_alarms()) if Role.LEGAL.value in roles(context) else []


@register.filter
def ago(moment: datetime) -> str:
    """How long ago that was, in the largest whole unit."""
    seconds = max(int((now() - moment).total_seconds()), 0)
    units = (("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1))
    name, count = next(((name, seconds // unit) for name, unit in units if seconds >= unit), ("second", 0))
    return f"{count} {name}{'' if count == 1 else 's'} ago" if count else "just now"


@register.simple_tag
def log_health() -> Health | None:
    return health()
