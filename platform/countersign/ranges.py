"""One file, whole or in part (RFC 9110, section 14): what a video player needs to seek, and Django lacks.

One range is answered with 206; several, or a malformed header, with the whole file, as the RFC allows.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import SEEK_END
from typing import BinaryIO

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.http import content_disposition_header

CHUNK = 256 * 1024
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")  # longer numbers are no place in any file


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A file as it goes out. `opens` gives it to be read and sought in; it is closed when the answer is through. `etag`
    is the digest of its bytes; `download` saves instead of playing."""

    opens: Callable[[], BinaryIO]
    media_type: str
    filename: str
    etag: str
    download: bool = False


def serve(request: HttpRequest, file: Served) -> HttpResponseBase:
    content = file.opens()
    size = content.seek(0, SEEK_END)
    wanted = _wanted(request, size, etag=f'"{file.etag}"')
    if wanted is None:
        content.close()
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    start, stop = wanted
    response = StreamingHttpResponse(
        _Body(content, start, start if request.method == "HEAD" else stop), content_type=file.media_type
    )
    if stop - start != size:
        response.status_code = 206
        response["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
    for name, value in _headers(file, stop - start).items():
        response[name] = value
    return response


def _headers(file: Served, length: int) -> dict[str, str]:
    return {
        "Accept-Ranges": "bytes",
        "Content-Length": str(length),
        "ETag": f'"{file.etag}"',
        "Content-Disposition": content_disposition_header(file.download, _on_one_line(file.filename)) or "inline",
        "Cache-Control": "private, no-cache",  # asked for again each time: a withdrawal must be felt at once
        "X-Content-Type-Options": "nosniff",
    }


def _on_one_line(name: str) -> str:
    return "".join(c if c.isprintable() else " " for c in name)


def _wanted(request: HttpRequest, size: int, *, etag: str) -> tuple[int, int] | None:
    """First byte and one past the last; None when no byte of the range exists."""
    header = request.headers.get("Range", "")
    found = _RANGE.fullmatch(header.strip())
    stale = request.headers.get("If-Range", etag) != etag
    if found is None or found.groups() == ("", "") or stale or request.method not in ("GET", "HEAD"):
        return 0, size
    first, last = found.groups()
    if not first:  # the last n bytes
        return (max(0, size - int(last)), size) if int(last) and size else None
    start, stop = int(first), min(int(last) + 1 if last else size, size)
    if last and int(last) < int(first):
        return 0, size
    return (start, stop) if start < size else None


class _Body:
    """The bytes from `start` to `stop`. Closing it closes the file, whether or not anybody read."""

    def __init__(self, content: BinaryIO, start: int, stop: int) -> None:
        self._content, self._start, self._left = content, start, stop - start

    def __iter__(self) -> Iterator[bytes]:
        with self._content as content:
            content.seek(self._start)
            while self._left > 0 and (chunk := content.read(min(CHUNK, self._left))):
                self._left -= len(chunk)
                yield chunk

    def close(self) -> None:
        self._content.close()
