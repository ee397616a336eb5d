"""Saved searches: kept under a name, told of by e-mail or webhook, removed. Alerts come and go in the ledger."""

import secrets
from collections.abc import Mapping
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction

from countersign import log
from countersign.accounts.access import NotYoursError
from countersign.accounts.models import Person
from countersign.desk import hooks, projector
from countersign.desk.models import SavedSearch
from provenance import ledger
from provenance.types import EntryKind, Json


def fetch(person: Person, pk: UUID) -> SavedSearch:
    """A search is its owner's alone. Raises NotYoursError."""
    try:
        return SavedSearch.objects.get(pk=pk, person=person)
    except (SavedSearch.DoesNotExist, ValidationError) as error:
        raise NotYoursError("There is no saved search at this address for you.") from error


def save(person: Person, *, name: str, filters: Mapping[str, str]) -> SavedSearch:
    """Keep a search under a name; under a name that is taken, the new one replaces the old and its alerts stay."""
    saved, _ = SavedSearch.objects.update_or_create(person=person, name=name, defaults={"filters": dict(filters)})
    return saved


def tell(search: SavedSearch, *, by_email: bool, webhook: str) -> str:
    """Tell the owner of new entries from now on, by these ways; the webhook's secret, if it is a new one.

    The secret is answered this once. Raises HookError for an address that may not be posted to.
    """
    if webhook:
        hooks.look_at(webhook, allowed=settings.WEBHOOK_HOSTS)
    secret = secrets.token_hex(32) if webhook and webhook != search.webhook else ""
    log.settle()
    with transaction.atomic():
        changes = {"by_email": by_email, "webhook": webhook, "next": projector.standing().entries}
        changes |= {"webhook_secret": secret or (search.webhook_secret if webhook else "")}
        SavedSearch.objects.filter(pk=search.pk).update(**changes)
        ways: list[Json] = [way for way, on in (("email", by_email), ("webhook", bool(webhook))) if on]
        _note(EntryKind.ALERT_SET if ways else EntryKind.ALERT_REMOVED, search, ways)
    return secret


def remove(search: SavedSearch) -> None:
    with transaction.atomic():
        if search.by_email or search.webhook:
            _note(EntryKind.ALERT_REMOVED, search, [])
        search.delete()


def _note(kind: EntryKind, search: SavedSearch, ways: list[Json]) -> None:
    """The search's name and the address stay outside the log: people's own words."""
    who = f"person:{search.person_id}"
    ledger.append(kind, subject=who, actor=who, body={"search": str(search.pk), "ways": ways})
