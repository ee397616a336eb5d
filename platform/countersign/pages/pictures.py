"""Small pictures kept in rows: posters, portraits, faces."""

import hashlib

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified


def picture(request: HttpRequest, jpeg: bytes) -> HttpResponse:
    """A JPEG for those who may see its row; Http404 where there is none yet."""
    if not jpeg:
        raise Http404("There is no picture yet.")
    etag = f'"{hashlib.sha256(jpeg).hexdigest()[:32]}"'
    headers = {"ETag": etag, "X-Content-Type-Options": "nosniff", "Content-Disposition": "inline"}
    if request.headers.get("If-None-Match") == etag:
        return HttpResponseNotModified(headers=headers)
    return HttpResponse(jpeg, content_type="image/jpeg", headers=headers)
