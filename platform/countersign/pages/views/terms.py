"""What a consent is and what the law demands of one, for strangers and their programs."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from countersign import lawbook

AN_HOUR = {"Cache-Control": "public, max-age=3600"}


@require_safe
def schema(request: HttpRequest) -> HttpResponse:
    """The JSON Schema of a consent, with what each law and agreement demands."""
    return HttpResponse(lawbook.published(), content_type="application/schema+json", headers=AN_HOUR)
