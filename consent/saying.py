"""How times, levels and lists are written in the sentences of refusals. Pure."""

from collections.abc import Iterable
from datetime import datetime
from typing import TypeAlias

from consent.types import Assurance

Words: TypeAlias = tuple[str, str, str, str]  # the sentence, what was asked, what is allowed, what to do
LEVELS = {
    Assurance.UNSIGNED: "no signature",
    Assurance.SCAN: "a scan of ink on paper",
    Assurance.SEALED_BY_PLATFORM: "a signing platform’s seal, confirmed by the performer",
    Assurance.PERSONAL: "the performer’s own certificate or passkey",
    Assurance.QUALIFIED: "a qualified signature",
}


def day(moment: datetime) -> str:
    return f"{moment.day} {moment:%B %Y, %H:%M} UTC"


def listed(items: Iterable[str], *, none: str = "none") -> str:
    return ", ".join(items) or none


def level(assurance: Assurance) -> str:
    return f"level {assurance.value}: {LEVELS[assurance]}"
