"""What a message about new entries says: what happened and when, with a link, and no names. For more, one signs in."""

import json
from collections.abc import Sequence
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse

from countersign.desk.models import Message
from countersign.logbook import Line
from countersign.pages import words


def subject(message: Message, lines: Sequence[Line]) -> str:
    """One line, whatever the search is called."""
    many = f"{len(lines)}{'+' if message.more else ''} new entr{'y' if len(lines) == 1 and not message.more else 'ies'}"
    return f"Countersign: {many} for “{' '.join(message.search.name.split())}”"


def text(message: Message, lines: Sequence[Line]) -> str:
    told = [
        f"{line.recorded_at:%-d %B %Y, %H:%M} UTC: {words.said('entry', line.kind)} (no. {line.index})"
        for line in lines
    ]
    more = ["There are more."] if message.more else []
    return "\n".join([*told, *more, "", f"Look at them: {address(message)}", "", _REASON])


def body(message: Message, lines: Sequence[Line]) -> bytes:
    """The same for a program, as JSON."""
    entries = [
        {"index": line.index, "kind": line.kind, "subject": line.subject, "recorded_at": line.recorded_at.isoformat()}
        for line in lines
    ]
    said = {"search": str(message.search_id), "entries": entries, "more": message.more, "address": address(message)}
    return json.dumps(said, sort_keys=True).encode()


def address(message: Message) -> str:
    return f"{settings.SITE_URL}{reverse('ledger')}?{urlencode(message.search.filters)}"


_REASON = (
    "You asked to be told of what this search finds. You can end that under “Saved searches” on the ledger’s page."
)
