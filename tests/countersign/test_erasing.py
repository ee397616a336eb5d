"""A performer who asks to be forgotten is: nowhere in the database, and the log verifies as before."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from knox.models import AuthToken

from consent import services as consents
from consent.errors import ConsentError
from consent.models import ConsentRecord, Performer, VaultKey
from consent.types import ConsentState, Part, ReasonCode, Refusal
from countersign import keys, log
from countersign.accounts import services as accounts
from countersign.accounts.models import Membership, Person, Role
from countersign.desk.models import SavedSearch
from countersign.keeping import erasing, holds, plans, retention, sweep
from countersign.keeping.errors import PlanChangedError
from countersign.keeping.schedule import Since, Terms, What
from countersign.runs import enrolling, storage
from countersign.runs.enrolling import Pictures
from countersign.runs.models import Enrolment, FaceTrack, Footage, LikenessModel, Output, Run, RunState, Still
from provenance import ledger, notary
from provenance.models import Opening
from provenance.types import EntryKind
from tests import people as setup
from tests.countersign.conftest import Things, keep
from tests.people import People
from tests.refused import codes

KEK_CONTEXT = b"run 1"


def erase(performer: Performer, by: Person) -> plans.Plan | Refusal:
    return erasing.erase(performer, by=by, confirmed=plans.plan(performer).digest)


def said(kind: EntryKind, performer: Performer) -> list[Any]:
    return ledger.about((f"performer:{performer.pk}",), kinds=(kind,))


@pytest.fixture
def full(people: People, things: Things, settings: Any) -> Things:
    """Idris left traces everywhere: a key and a model, a waiting picture, a token, their name in titles and reasons."""
    encrypt, _ = consents.sealer(
        things.consent.pk, keyring=consents.StoreKeyring(keys.store(settings.KEYS, name="file")), context=KEK_CONTEXT
    )
    key = VaultKey.objects.get(consent=things.consent)
    Performer.objects.filter(pk=people.idris.pk).update(template=encrypt(b"face"), template_key=key)
    keep(storage.model("cd" * 32), b"weights")
    LikenessModel.objects.create(
        run=things.run, performer=people.idris, consent=things.consent, sha256="cd" * 32, trained_at=setup.NOW
    )
    Still.objects.create(enrolment=things.enrolment, picture=setup.still("idris", 1))
    AuthToken.objects.create(user=people.idris_person)
    Run.objects.filter(pk=things.run.pk).update(
        title="Quay with IDRIS VANE", reasons=[{"code": "x", "sentence": "Idris Vane’s consent ended."}]
    )
    Footage.objects.filter(pk=things.footage.pk).update(title="Idris Vane, training reel")

    accounts.introduce(people.idris_person, people.idris)
    hold = holds.place(
        people.production, subject=f"footage:{things.plate.pk}", reason="Idris Vane says no.", by=people.legal
    )
    holds.lift(hold, by=people.legal)
    SavedSearch.objects.create(person=people.legal, name="About Idris Vane", filters={"text": "Idris Vane"})
    return things


def texts() -> Iterator[tuple[str, str, str]]:
    """Every text, JSON and binary column of every table, as text."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'public'"
        )
        for table, column, kind in cursor.fetchall():
            shown = f"encode(\"{column}\", 'escape')" if kind == "bytea" else f'"{column}"::text'
            cursor.execute(f'SELECT {shown} FROM "{table}" WHERE "{column}" IS NOT NULL')
            yield from ((table, column, text) for (text,) in cursor.fetchall())


def test_name_and_address_are_nowhere_and_the_log_verifies(people: People, full: Things, keys_folder: Path) -> None:
    keys.make_log_key(keys_folder, log.origin())
    holder = log.holder()
    assert holder is not None
    notary.sign(holder)
    before = ledger.verify()
    words = ("idris vane", people.idris_person.email.lower())
    found = {(table, column) for table, column, text in texts() if any(word in text.lower() for word in words)}
    assert found >= {("consent_performer", "name"), ("accounts_person", "email"), ("runs_run", "reasons")}

    assert isinstance(erase(people.idris, people.idris_person), plans.Plan)
    left = [(t, c, text[:80]) for t, c, text in texts() if any(word in text.lower() for word in words)]
    assert left == []

    notary.sign(holder)
    audit = log.audit()
    assert audit.faults == ()
    assert audit.entries > before.entries
    assert ledger.verify(noted=ledger.Noted(entries=before.entries, head=before.head)).faults == ()


def test_everything_that_was_theirs_is_gone(people: People, full: Things) -> None:
    answer = erase(people.idris, people.idris_person)
    assert isinstance(answer, plans.Plan)
    gone = {kind: count for kind, count in answer.goes.items() if count}
    assert gone == {
        "consents": 1, "documents": 1, "face": 1, "models": 1, "thumbnails": 1, "pictures": 1, "certificate": 1,
        "account": 1, "values": 2, "clips-ended": 1,
    }  # fmt: skip
    row, account = Performer.objects.get(pk=people.idris.pk), Person.objects.get(pk=people.idris_person.pk)
    assert (row.name, row.person, row.certificate_sha256, bytes(row.portrait)) == ("Erased performer", None, "", b"")
    assert (account.name, account.is_active, account.has_usable_password()) == ("Erased person", False, False)
    assert not AuthToken.objects.filter(user=account).exists()
    assert not Opening.objects.filter(of__in=(f"performer:{row.pk}", f"person:{account.pk}")).exists()
    assert not Enrolment.objects.filter(performer=row).exists()
    assert not FaceTrack.objects.filter(performer=row).exclude(thumbnail=b"", score=0).exists()
    record = ConsentRecord.objects.get(pk=full.consent.pk)
    assert (record.state, bytes(record.signed_pdf), record.signer) == (ConsentState.WITHDRAWN, b"", "")
    assert record.document_sha256 == full.consent.document_sha256
    key = VaultKey.objects.get(consent=record)
    assert (bytes(key.wrapped), key.destroyed_at is not None) == (b"", True)
    assert LikenessModel.objects.get(run=full.run).destroyed_at is not None


def test_the_entry_says_what_kinds_went_and_nothing_of_whom(people: People, full: Things) -> None:
    erase(people.idris, people.legal)
    (entry,) = said(EntryKind.PERFORMER_ERASED, people.idris)
    assert entry.actor == f"person:{people.legal.pk}"
    assert entry.body["erased"]["documents"] == 1
    assert entry.body["kept"] == {"outputs": 1}


def test_what_others_left_of_theirs_stays(people: People, full: Things) -> None:
    erase(people.idris, people.idris_person)
    anselm = Performer.objects.get(pk=people.anselm.pk)
    assert (anselm.name, anselm.person) == ("Anselm Orr", people.anselm_person)
    assert ConsentRecord.objects.get(performer=anselm).state == ConsentState.ACTIVE
    assert Output.objects.get(pk=full.output.pk).state == "flagged"
    assert storage.footage(full.footage.pk).exists()


def test_refused_while_a_run_is_open(people: People, full: Things) -> None:
    setup.run(people, full.footage, full.plate, state=RunState.TRAINING)
    assert codes(erase(people.idris, people.idris_person)) == [ReasonCode.RUN_IS_OPEN]
    (entry,) = said(EntryKind.PERFORMER_ERASURE_REFUSED, people.idris)
    assert entry.body == {"reasons": ["run-is-open"]}
    assert Performer.objects.get(pk=people.idris.pk).name == "Idris Vane"
    assert ConsentRecord.objects.get(pk=full.consent.pk).state == ConsentState.ACTIVE


@pytest.mark.parametrize("level", ["performer", "production"])
def test_a_hold_on_them_or_their_production_beats_the_erasure(people: People, full: Things, level: str) -> None:
    held = people.idris if level == "performer" else people.production
    hold = holds.place(people.production, subject=f"{level}:{held.pk}", reason="A claim.", by=people.legal)
    assert codes(erase(people.idris, people.idris_person)) == [ReasonCode.HOLD_STANDS]
    holds.lift(hold, by=people.legal)
    assert isinstance(erase(people.idris, people.idris_person), plans.Plan)


def test_a_hold_on_a_run_keeps_its_documents_until_it_is_lifted(people: People, full: Things) -> None:
    hold = holds.place(people.production, subject=f"run:{full.run.pk}", reason="A claim.", by=people.legal)
    answer = erase(people.idris, people.idris_person)
    assert isinstance(answer, plans.Plan)
    assert (answer.goes["documents"], answer.stays["documents-held"], answer.stays["thumbnails-held"]) == (0, 1, 1)
    row = ConsentRecord.objects.get(pk=full.consent.pk)
    assert bytes(row.signed_pdf)
    assert row.state == ConsentState.WITHDRAWN  # a hold never keeps a likeness usable
    assert not bytes(VaultKey.objects.get(consent=row).wrapped)
    sweep.sweep()
    assert bytes(ConsentRecord.objects.get(pk=row.pk).signed_pdf)
    holds.lift(hold, by=people.legal)
    assert [sweep.sweep(), sweep.sweep()] == [2, 0]
    assert not bytes(ConsentRecord.objects.get(pk=row.pk).signed_pdf)
    assert not FaceTrack.objects.filter(performer=people.idris).exclude(thumbnail=b"").exists()
    assert len(said(EntryKind.PERFORMER_ERASED, people.idris)) == 2


def test_a_law_that_a_schedule_names_keeps_documents_until_its_end(people: People, full: Things) -> None:
    terms = Terms(what=What.DOCUMENTS, since=Since.CONSENT_ENDED, days=365, law="Tax code, section 147")
    retention.schedule(people.production, terms, by=people.legal)
    answer = erase(people.idris, people.idris_person)
    assert isinstance(answer, plans.Plan)
    assert answer.stays["documents-by-law"] == 1
    ConsentRecord.objects.filter(pk=full.consent.pk).update(withdrawn_at=timezone.now() - timedelta(days=366))
    sweep.sweep()
    assert not bytes(ConsentRecord.objects.get(pk=full.consent.pk).signed_pdf)


def test_a_schedule_without_a_law_keeps_nothing_from_its_owner(people: People, full: Things) -> None:
    terms = Terms(what=What.DOCUMENTS, since=Since.CONSENT_ENDED, days=365)
    retention.schedule(people.production, terms, by=people.legal)
    erase(people.idris, people.idris_person)
    assert not bytes(ConsentRecord.objects.get(pk=full.consent.pk).signed_pdf)


def test_only_what_was_shown_is_erased(people: People, full: Things) -> None:
    shown = plans.plan(people.idris)
    Still.objects.create(enrolment=full.enrolment, picture=setup.still("idris", 2))
    with pytest.raises(PlanChangedError):
        erasing.erase(people.idris, by=people.idris_person, confirmed=shown.digest)
    assert Performer.objects.get(pk=people.idris.pk).name == "Idris Vane"


def test_nobody_is_erased_twice(people: People, full: Things) -> None:
    erase(people.idris, people.legal)
    again = Performer.objects.get(pk=people.idris.pk)
    assert codes(erase(again, people.legal)) == [ReasonCode.ERASED_ALREADY]


def test_nothing_more_is_written_of_somebody_who_was_erased(people: People, full: Things) -> None:
    stale = Performer.objects.get(pk=people.idris.pk)  # as a page had it before
    erase(people.idris, people.legal)
    with pytest.raises(ConsentError, match="was erased on"):
        enrolling.enrol(stale, Pictures(stills=[b"jpeg"] * 5), by=people.producer)
    with pytest.raises(ConsentError, match="was erased on"):
        accounts.introduce(people.anselm_person, stale)
    assert consents.add_performer(people.production.organisation, name="Idris Vane", by=people.producer).pk != stale.pk


def test_somebody_of_the_crew_keeps_their_account(people: People, full: Things) -> None:
    Membership.objects.create(person=people.idris_person, production=people.production, role=Role.ARTIST)
    answer = erase(people.idris, people.legal)
    assert isinstance(answer, plans.Plan)
    assert (answer.goes["account"], answer.stays["account-of-crew"]) == (0, 1)
    account = Person.objects.get(pk=people.idris_person.pk)
    assert (account.name, account.is_active) == ("Idris Vane", True)


def test_who_erased_performers_can_be_two_in_a_house(people: People, full: Things) -> None:
    erase(people.idris, people.legal)
    assert isinstance(erase(people.anselm, people.legal), plans.Plan)
    assert Performer.objects.filter(name="Erased performer").count() == 2


def test_a_namesake_elsewhere_is_left_alone(people: People, full: Things) -> None:
    house = type(people.production.organisation).objects.create(name="A third house")
    namesake = consents.add_performer(house, name="Idris Vane", by=people.stranger)
    erase(people.idris, people.legal)
    assert Performer.objects.get(pk=namesake.pk).name == "Idris Vane"
    assert Opening.objects.filter(of=f"performer:{namesake.pk}", value='"Idris Vane"').exists()


def test_public_status_of_the_output_still_answers(people: People, full: Things, client: Any) -> None:
    erase(people.idris, people.legal)
    answer = client.get(f"/outputs/{full.output.pk}/status").json()
    assert answer["stands"] is False
    assert {c["part"] for c in answer["consents"]} == {Part.LIKENESS.value, Part.PLATE.value}
