"""What a page says beside a reason."""

from django import template

from consent.policy.packs import Pack
from consent.types import Reason
from countersign.pages import advice
from countersign.runs.models import Run

register = template.Library()


@register.filter
def stands_on(reason: dict[str, str] | Reason) -> Pack | None:
    return advice.pack(_code(reason))


@register.simple_tag(takes_context=True)
def helped_by(context: template.Context, reason: dict[str, str]) -> advice.Helper | None:
    """Whom to ask, on a page about a run."""
    run = context.get("run")
    return advice.helper(_code(reason), run) if isinstance(run, Run) else None


@register.simple_tag(takes_context=True)
def offer_for(context: template.Context, reason: dict[str, str]) -> str:
    """What an offer begins with, on a page about a run."""
    run = context.get("run")
    return advice.offer(reason, run) if isinstance(run, Run) else ""


def _code(reason: dict[str, str] | Reason) -> str:
    """A reason is a value where it was just given, and plain JSON where a row kept it."""
    return reason.code.value if isinstance(reason, Reason) else reason.get("code", "")
