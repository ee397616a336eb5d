"""The log's public face (c2sp.org/tlog-tiles): checkpoint, hash tiles, key; and time-stamps (RFC 3161).

No bundles: entries are for members.
"""

import json

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from countersign import keys, log, timestamps, witnesses
from provenance import schema as entries, tiles, tree
from provenance.models import SignedCheckpoint

FOR_EVER = "public, max-age=31536000, immutable"
A_MOMENT = "public, max-age=1"
A_DAY = "public, max-age=86400"


@require_safe
def checkpoint(request: HttpRequest) -> HttpResponse:
    row = log.newest()
    if not row:
        raise Http404("Nothing is signed yet.")
    return _text(witnesses.note_of(row), cached=A_MOMENT)


@require_safe
def time_stamped(request: HttpRequest) -> HttpResponse:
    """The latest checkpoint with a time-stamp, byte for byte as it was stamped: without cosignatures."""
    found = timestamps.newest()
    row = SignedCheckpoint.objects.filter(size=found.size).first() if found else None
    if not row:
        raise Http404("Nothing is time-stamped yet.")
    return _text(row.note, cached=A_MOMENT)


@require_safe
def time_stamp(request: HttpRequest, size: int) -> HttpResponse:
    """The authority's reply over the checkpoint of `size` entries, as it came (RFC 3161, 3.4)."""
    kept = timestamps.of(size)
    if not kept:
        raise Http404("That checkpoint has no time-stamp.")
    headers = {"Cache-Control": FOR_EVER}
    return HttpResponse(bytes(kept[0].token), content_type="application/timestamp-reply", headers=headers)


@require_safe
def key(request: HttpRequest) -> HttpResponse:
    verifier = keys.log_verifier(settings.KEYS)
    if not verifier:
        raise Http404("The log has no key yet.")
    return _text(f"{verifier}\n", cached=A_DAY)


@require_safe
def tile(request: HttpRequest, path: str) -> HttpResponse:
    """A tile, whole or partial, as far as the latest checkpoint vouches for it; its content never changes."""
    asked, row = tiles.parse(path), log.newest()
    if not asked or not row or not asked.within(row.size):
        raise Http404("There is no such tile.")
    content = b"".join(tree.read(asked))
    return HttpResponse(content, content_type="application/octet-stream", headers={"Cache-Control": FOR_EVER})


@require_safe
def schema(request: HttpRequest) -> HttpResponse:
    """What entries say, by kind (JSON Schema): for whoever is shown some and wants to read them with a program."""
    content = json.dumps(entries.published(), indent=1, ensure_ascii=False)
    return HttpResponse(content, content_type="application/schema+json", headers={"Cache-Control": A_DAY})


def _text(content: str, *, cached: str) -> HttpResponse:
    return HttpResponse(content, content_type="text/plain; charset=utf-8", headers={"Cache-Control": cached})
