"""Uploads: refused by their declared size before the body is read, and read whole only when they are small.

A page or an API view says with `takes` how much it takes; whatever says nothing takes no more than a form.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponseBase
from django.template.defaultfilters import filesizeformat
from django.views.decorators.csrf import csrf_exempt, csrf_protect

ENVELOPE = 64 * 1024  # what multipart's boundaries and the form's other fields may add to the file itself
DOCUMENT_MAX_BYTES = 20 * 2**20
STILL_MAX_BYTES = 15 * 2**20
STILLS_MAX = 12
SITTING_MAX_BYTES = 60 * 2**20  # the short clip a performer is known by
ENROLMENT_MAX_BYTES = STILLS_MAX * STILL_MAX_BYTES

View = Callable[..., HttpResponseBase]


class TooLargeError(Exception):
    """The upload is over its limit; the message says what came and what is allowed."""

    def __init__(self, size: int, limit: int) -> None:
        super().__init__(
            f"This upload is {filesizeformat(size)}; the limit here is {filesizeformat(limit)}. Nothing was stored."
        )
        self.size = size
        self.limit = limit


def check(request: HttpRequest, limit: int) -> None:
    """Raises TooLargeError from the Content-Length alone. A body without one is empty to WSGI."""
    declared = str(request.META.get("CONTENT_LENGTH") or "")
    size = int(declared) if declared.isdecimal() else 0  # Django reads nothing either where this is no number
    if size > limit + ENVELOPE:
        raise TooLargeError(size, limit)


def taken_by(view: Any) -> int:
    """How many bytes the page, or the API view behind it, takes."""
    takes = getattr(getattr(view, "cls", view), "takes", None)
    return int(takes()) if takes else int(settings.DATA_UPLOAD_MAX_MEMORY_SIZE)


def limited(limit: Callable[[], int]) -> Callable[[View], View]:
    """A page that takes an upload of at most `limit()` bytes.

    Looking for the CSRF token reads the whole body, so the size is looked at first and the token straight after.
    """

    def decorate(view: View) -> View:
        protected: View = csrf_protect(view)

        @csrf_exempt
        @wraps(view)
        def measured(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            check(request, limit())
            return protected(request, *args, **kwargs)

        measured.takes = limit  # type: ignore[attr-defined]
        return measured

    return decorate


def small(file: "UploadedFile[bytes]", limit: int = DOCUMENT_MAX_BYTES) -> bytes:
    """The bytes of a document or a still. Raises TooLargeError."""
    if (file.size or 0) > limit:
        raise TooLargeError(file.size or 0, limit)
    return bytes(file.read())
