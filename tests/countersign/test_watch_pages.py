"""What pages say of the watch: alarms to legal, how far the ledger is verified, nothing to strangers."""

from datetime import UTC, datetime

import pytest
from django.test import Client

from countersign.watch import alarms, checking
from countersign.watch.models import Progress
from tests import people as setup
from tests.countersign.test_pages import as_, text
from tests.countersign.watched import FORGERY, HOUR, Look, folder, look, said, sign
from tests.provenance.test_ledger import forge, write
from tests.provenance.test_notary import ENTRIES, fill

__all__ = ["folder", "look", "said"]  # fixtures

pytestmark = pytest.mark.django_db


def test_legal_sees_red_on_three_pages_and_takes_it_on(look: Look) -> None:
    people = setup.make()
    write(6)
    forge(FORGERY)
    look()
    (alarm,) = alarms.open_alarms()
    for path in ("/home", "/legal", "/ledger"):
        page = text(as_(people.legal).get(path))
        assert "1 alarm about the ledger" in page, path
        assert "Stop whoever can write to the database." in page
        assert "Entry 3 was changed" not in text(as_(people.producer).get("/home" if path == "/legal" else path))
    done = as_(people.legal).post(f"/alarms/{alarm.pk}/acknowledge", follow=True)
    assert "Lena Legal has taken it on" in text(done)
    again = as_(people.legal).post(f"/alarms/{alarm.pk}/acknowledge", follow=True)
    assert "acknowledged this alarm already" in text(again)
    assert as_(people.producer).post(f"/alarms/{alarm.pk}/acknowledge").status_code == 404


def test_ledgers_page_says_how_far_it_is_verified(look: Look) -> None:
    people = setup.make()
    client = as_(people.legal)
    assert "has not run" in text(client.get("/ledger"))
    write(6)
    sign()
    look()
    assert "Verified up to entry 5 , just now" in text(client.get("/ledger"))
    assert "Every entry from the first one on was last recomputed just now" in text(client.get("/ledger/health"))
    Progress.objects.update(looked_at=datetime.now(UTC) - HOUR)
    assert "The watch is asleep. It last verified the ledger 1 hour ago" in text(client.get("/ledger/health"))
    forge(FORGERY)
    look()
    assert "The ledger does not hold. 3 faults found" in text(client.get("/ledger/health"))


def test_whole_check_goes_step_by_step_and_says_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "STEP", 100)
    people = setup.make()
    fill(250)
    sign()
    client = as_(people.legal)
    page = client.get("/ledger/verification")
    assert "Recomputed 100 of 250 entries" in text(page)
    first = checking.check()
    second = client.get("/ledger/verification", {"after": first.after}, headers={"HX-Request": "true"})
    assert "Recomputed 200 of 250 entries" in text(second)
    assert "<progress" in second.content.decode()
    last = client.get("/ledger/verification", {"after": checking.check(first.after).after})
    assert "Verified just now. All 250 entries were recomputed" in text(last)
    assert "Recomputed 100 of 250" in text(client.get("/ledger/verification", {"after": "made-up"}))
    forge(f"UPDATE {ENTRIES} SET actor = 'x' WHERE index = 150")
    assert "Entry 150 shows other values" in text(client.get("/ledger/verification", {"after": first.after}))


def test_strangers_are_told_nothing_of_alarms(look: Look) -> None:
    write(6)
    forge(FORGERY)
    look()
    assert Client().get("/ledger/health").status_code == 302
    assert "alarm" not in text(Client().get("/"))
