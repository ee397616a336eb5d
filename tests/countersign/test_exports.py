"""The performer and legal take a consent to other systems, and the ledger knows."""

import pytest

from consent.types import ConsentState
from provenance import ledger
from provenance.models import LedgerEntry
from provenance.types import EntryKind
from tests import people as setup
from tests.consent.test_export import terms_of
from tests.countersign.test_api import Program
from tests.countersign.test_pages import as_
from tests.people import People


@pytest.mark.parametrize("form", ["record", "receipt"])
def test_performer_and_legal_take_it_and_each_look_is_written_down(people: People, form: str) -> None:
    row = setup.consent(people, people.idris, ConsentState.ACTIVE)
    for person in (people.legal, people.idris_person):
        page = as_(person).get(f"/consents/{row.pk}/export/{form}")
        assert (page.status_code, page["Content-Type"]) == (200, "application/ld+json")
        api = Program(person).get(f"consents/{row.pk}/export?form={form}")
        assert api.json() == page.json()
        assert str(terms_of(page.json()).consent_id) == str(row.pk)
    ledger.sequence()
    assert LedgerEntry.objects.filter(kind=EntryKind.CONSENT_READ, subject=f"consent:{row.pk}").count() == 2


def test_there_is_no_other_form(people: People) -> None:
    row = setup.consent(people, people.idris, ConsentState.ACTIVE)
    assert as_(people.legal).get(f"/consents/{row.pk}/export/odrl").status_code == 404
    assert Program(people.legal).get(f"consents/{row.pk}/export?form=odrl").status_code == 400


def test_a_destroyed_consent_is_handed_to_nobody(people: People) -> None:
    row = setup.consent(people, people.idris, ConsentState.WITHDRAWN)
    type(row).objects.filter(pk=row.pk).update(destroyed_at=setup.NOW, offered_pdf=b"", signed_pdf=b"", signer="")
    assert as_(people.legal).get(f"/consents/{row.pk}/export/record").status_code == 410
