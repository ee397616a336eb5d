"""What waits for legal about faces: pictures to confirm, and performers who must be enrolled again."""

from typing import Any

from consent.models import Performer
from countersign.accounts import access
from countersign.accounts.models import Person
from countersign.runs.models import Enrolment, EnrolmentState
from synthesis import recognisers


def waiting(person: Person) -> dict[str, Any]:
    houses = access.legal_of(person).values("organisation")
    measured = Enrolment.objects.filter(state=EnrolmentState.MEASURED, performer__organisation__in=houses)
    enrolled = Performer.objects.filter(organisation__in=houses, enrolled_at__isnull=False, erased_at=None)
    outdated = enrolled.exclude(template_recogniser=recognisers.configured().label).order_by("name")
    return {"faces": measured.select_related("performer", "asked_by"), "outdated": outdated}
