"""A search as a file to keep."""

from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET

from countersign.accounts.models import Person
from countersign.desk import export
from countersign.desk.export import Export
from countersign.desk.forms import LedgerSearch
from countersign.pages.doors import signed_in


@require_GET
@signed_in
def as_csv(request: HttpRequest, person: Person) -> HttpResponseBase:
    return _file(request, person, form="csv")


@require_GET
@signed_in
def as_json(request: HttpRequest, person: Person) -> HttpResponseBase:
    return _file(request, person, form="json")


def _file(request: HttpRequest, person: Person, *, form: str) -> HttpResponseBase:
    asked = LedgerSearch(request.GET, person=person)
    if not asked.is_valid():
        sentence = "One of the fields of this search does not make sense, so nothing was exported."
        return render(request, "error.html", {"title": "This is no search", "sentence": sentence}, status=400)
    return sent(export.make(person, asked.filters(), search=asked.search(), form=form))


def sent(made: Export) -> FileResponse:
    headers = {"Content-SHA256": made.sha256, "Countersign-Entries": str(made.count)}
    headers |= {"Countersign-Cut": "true"} if made.cut else {}
    file: Any = made.file
    return FileResponse(file, as_attachment=True, filename=made.name, content_type=made.media_type, headers={**headers})
