"""The ledger's page: searched, leafed through, each entry a sentence."""

from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from countersign import log, logbook, timestamps
from countersign.accounts import access
from countersign.accounts.models import Person
from countersign.desk import projector
from countersign.desk.forms import LedgerSearch, NewSavedSearch
from countersign.pages import vouching
from countersign.pages.doors import signed_in
from countersign.pages.retelling import retell

SIZE = 40


@require_safe
@signed_in
def ledger(request: HttpRequest, person: Person) -> HttpResponseBase:
    form = LedgerSearch(request.GET, person=person)
    search, filters = form.search(), form.filters()
    log.settle()
    asked = logbook.prepared(person, search)
    page = logbook.leaf(asked, size=SIZE, counted=search.before is None)
    context = {
        "form": form,
        "lines": retell(page.entries),
        "count": page.count,
        "most": logbook.COUNTED,
        "cut": asked.cut,
        "filters": urlencode(filters),
        "next": page.next and urlencode({**filters, "before": page.next}),
        "deep": search.before is not None,
        "behind": projector.standing().behind,
        "saving": NewSavedSearch(initial={"name": ""}),
        "checkpoint": log.newest(),
        "stamped": timestamps.newest(),
        "stamping": bool(settings.TSA_URL),
        "vouching": vouching.shown(),
        "alarms": vouching.alarms(),
    }
    return render(request, "desk/ledger.html", context)


@require_safe
@signed_in
def proof(request: HttpRequest, person: Person, index: int) -> HttpResponseBase:
    """An entry with the proof that it is in the log (c2sp.org/tlog-proof), for whoever may read the entry."""
    headers = {"Content-Disposition": f'attachment; filename="entry-{index}.tlog-proof"'}
    written = log.proof(access.entry(person, index).index)
    return HttpResponse(written, content_type="text/plain; charset=utf-8", headers=headers)
