"""The laws and agreements that count in this house, and what they ask of terms that are being filled in."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings

from consent import glossary, law, schema
from consent.fields import written
from consent.record import READERS
from consent.types import Matter


@dataclass(frozen=True, slots=True)
class Need:
    """A field that a law or an agreement asks for, as far as the terms are filled in."""

    field: str
    title: str
    why: str
    remedy: str
    law: str
    met: bool


def rules() -> law.Law:
    """The packs that count here."""
    return law.load(settings.LAW_ALSO)


def published() -> str:
    """The JSON Schema of a consent with what each of them demands."""
    said = schema.published(rules(), at=f"{settings.SITE_URL.rstrip('/')}/consents/schema.json")
    return json.dumps(said, ensure_ascii=False)


def needs(replica: Mapping[str, Any], *, release: Mapping[str, Any] | None = None) -> list[Need]:
    """What is asked of the terms of a replica, and of the biometric release beside it; what is lacking comes first."""
    found = _needs({**replica, "matter": Matter.REPLICA})
    if release is not None:
        found += _needs({**release, "matter": Matter.BIOMETRIC_RELEASE})
    return sorted(dict.fromkeys(found), key=lambda need: need.met)


def _needs(said: Mapping[str, Any]) -> list[Need]:
    known = law.derived({name: _plain(value) for name, value in said.items() if name in READERS})
    unmet = rules().unmet(known)
    return [
        Need(one.field, _title(one.field), one.why, one.remedy, one.law, one not in unmet)
        for one in rules().asked(known)
    ]


def _title(field: str) -> str:
    return "Until" if field == "days" else glossary.title(field)


def _plain(value: Any) -> Any:
    """As terms write it in JSON."""
    match value:
        case datetime():
            return written(value)
        case list() | tuple():
            return [str(one) for one in value]
        case _:
            return value
