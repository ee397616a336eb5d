"""What a page says beside a reason."""

from typing import Any

from django import template

from consent.policy.packs import Pack
from countersign.pages import advice
from countersign.runs.models import Run

register = template.Library()


@register.filter
def stands_on(reason: dict[str, str]) -> Pack | None:
    return advice.pack(reason.get("code", ""))


@register.filter
def helped_by(reason: dict[str, str], run: Any) -> advice.Helper | None:
    return advice.helper(reason.get("code", ""), run) if isinstance(run, Run) else None


@register.filter
def offer_for(reason: dict[str, str], run: Any) -> str:
    return advice.offer(reason, run) if isinstance(run, Run) else ""
