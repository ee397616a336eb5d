"""What a page says beside a reason."""

from django import template

from consent.policy.packs import Pack
from countersign.pages import advice
from countersign.runs.models import Run

register = template.Library()


@register.filter
def stands_on(reason: dict[str, str]) -> Pack | None:
    return advice.pack(reason.get("code", ""))


@register.simple_tag(takes_context=True)
def helped_by(context: template.Context, reason: dict[str, str]) -> advice.Helper | None:
    """Whom to ask, on a page about a run."""
    run = context.get("run")
    return advice.helper(reason.get("code", ""), run) if isinstance(run, Run) else None


@register.simple_tag(takes_context=True)
def offer_for(context: template.Context, reason: dict[str, str]) -> str:
    """What an offer begins with, on a page about a run."""
    run = context.get("run")
    return advice.offer(reason, run) if isinstance(run, Run) else ""
