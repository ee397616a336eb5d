"""Two versions of a consent beside each other."""

from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from consent.models import ConsentRecord
from countersign.accounts import access
from countersign.accounts.models import Person
from countersign.desk import difference
from countersign.pages.doors import signed_in


@require_safe
@signed_in
def compare(request: HttpRequest, person: Person, pk: UUID, other: UUID) -> HttpResponseBase:
    """Raises NotYoursError for consents of different performers or productions: they are no versions of each other."""
    first, second = (access.fetch(person, ConsentRecord, one) for one in (pk, other))
    if (first.performer_id, first.production_id) != (second.performer_id, second.production_id):
        raise access.NotYoursError("These two are not versions of one consent: the performer or production differs.")
    terms = difference.between(first.terms, second.terms)
    context = {
        "first": first,
        "second": second,
        "changed": [term for term in terms if term.differs],
        "same": [term for term in terms if not term.differs],
        "production": first.production,
        "role": access.role_in(person, first.production),
    }
    return render(request, "desk/compare.html", context)
