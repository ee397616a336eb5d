"""An enrolment on its way through the worker."""

from django.utils import timezone

from countersign.runs import examination
from countersign.runs.models import Enrolment, EnrolmentState
from tests.countersign.conftest import Things


def test_pictures_that_bring_the_worker_down_are_given_up(things: Things) -> None:
    pk = things.enrolment.pk
    for _ in range(examination.MOST_ATTEMPTS):
        assert examination.claim_enrolment(pk) is not None
        Enrolment.objects.filter(pk=pk).update(lease_until=timezone.now())  # the worker was heard of no more
    assert examination.claim_enrolment(pk) is None
    assert Enrolment.objects.get(pk=pk).state == EnrolmentState.REFUSED
