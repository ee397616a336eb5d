"""Fragments that a page asks for again while something moves, and reloads itself after when it has come to rest."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def fragment(request: HttpRequest, template: str, context: dict[str, Any], *, moving: bool) -> HttpResponse:
    response = render(request, template, context)
    if not moving:
        response["HX-Refresh"] = "true"
    return response
