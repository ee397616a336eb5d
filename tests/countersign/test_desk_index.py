"""The desk's index beside the ledger itself: it finds what access lets through, no more and no less."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from consent.models import Performer
from countersign import logbook
from countersign.accounts import access
from countersign.accounts.models import Membership, Person, Production, Role
from countersign.desk import index, projector
from countersign.desk.index import Question, Sight
from countersign.desk.models import Mention, Pattern, Progress, Thing
from countersign.desk.reading import Kin, Said, read
from countersign.logbook import Search
from countersign.runs.models import Output, Run
from provenance import ledger
from provenance.models import LedgerEntry
from provenance.types import EntryKind, Json
from tests import honest, people as setup
from tests.countersign.conftest import Things
from tests.people import People


def note(kind: EntryKind, subject: str, actor: str, **body: Json) -> None:
    with transaction.atomic():
        honest.append(kind, subject=subject, actor=actor, **body)


def everybody(people: People) -> Iterator[Person]:
    yield from (people.producer, people.artist, people.legal, people.idris_person, people.anselm_person)
    yield people.stranger


@pytest.fixture
def busy(people: People, things: Things) -> None:
    """An entry about everything there is, on this production and on the stranger's."""
    by = f"person:{people.producer.pk}"
    elsewhere = Production.objects.get(title="Another Film")
    theirs = Performer.objects.create(organisation=elsewhere.organisation, name="Somebody Else")
    for kind, subject in (
        (EntryKind.PRODUCTION_OPENED, f"production:{people.production.pk}"),
        (EntryKind.PRODUCTION_OPENED, f"production:{elsewhere.pk}"),
        (EntryKind.PERFORMER_ADDED, f"performer:{people.idris.pk}"),
        (EntryKind.PERFORMER_ADDED, f"performer:{theirs.pk}"),
        (EntryKind.FOOTAGE_ADDED, f"footage:{things.plate.pk}"),
        (EntryKind.RUN_REFUSED, f"run:{things.run.pk}"),
        (EntryKind.OUTPUT_PUBLISHED, f"output:{things.output.pk}"),
        (EntryKind.PERSON_SIGNED_IN, f"person:{people.legal.pk}"),
        (EntryKind.PERSON_SIGNED_IN, f"person:{people.stranger.pk}"),
        (EntryKind.RUN_GRANTED, f"run:{uuid.uuid4()}"),
        (EntryKind.ALARM_RAISED, "log"),
    ):
        note(kind, subject, by, **({"reasons": ["no-consent"]} if kind is EntryKind.RUN_REFUSED else {}))
    asked: list[Json] = [honest.participant(str(theirs.pk))]
    note(EntryKind.RUN_REFUSED, f"run:{things.run.pk}", "worker:train", participants=asked)


def found(person: Person, search: Search | None = None) -> list[int]:
    return [line.index for line in logbook.page(person, search or Search()).entries]


def entries_for(person: Person) -> list[LedgerEntry]:
    """Row by row, with no index and no keys: the entries about what the person may see, and about the person."""
    crewed = Production.objects.filter(memberships__person=person)
    mine = {f"person:{person.pk}", *(f"production:{row.pk}" for row in crewed)}
    mine |= {f"{name}:{row.pk}" for name, kind in access.SUBJECTS.items() for row in access.visible(person, kind)}
    common = access.COMMON if crewed else ()
    return [
        row for row in LedgerEntry.objects.order_by("-index") if row.subject in mine or row.subject.startswith(common)
    ]


def allowed(person: Person) -> list[int]:
    return [row.index for row in entries_for(person)]


def test_index_finds_exactly_what_access_lets_through(people: People, busy: None) -> None:
    for person in everybody(people):
        assert found(person) == allowed(person), person
    assert len(found(people.legal)) > 8
    assert len(found(people.stranger)) == 3


def test_seen_says_of_a_subject_what_stands_in_its_entries(people: People, busy: None) -> None:
    ledger.sequence()
    subjects = set(LedgerEntry.objects.values_list("subject", flat=True))
    for person in everybody(people):
        assert access.seen(person, subjects) == {row.subject for row in entries_for(person)}
        assert access.seen(person, ["run:1", "nothing", ""]) == set()


def test_output_that_is_not_out_is_not_found_although_the_index_knows_it(people: People, things: Things) -> None:
    note(EntryKind.OUTPUT_SIGNED, f"output:{things.output.pk}", "worker:sign")
    signed = Search(kind=EntryKind.OUTPUT_SIGNED.value)
    assert len(found(people.legal, signed)) == 1
    Output.objects.filter(pk=things.output.pk).update(state="signed", published_at=None)
    assert found(people.legal, signed) == []
    assert Mention.objects.filter(kind=EntryKind.OUTPUT_SIGNED.value).exists()


def test_index_that_lies_reveals_nothing(people: People, busy: None) -> None:
    """Who could write into the index could hide entries from a search, and show none that access does not."""
    found(people.stranger)
    room = Thing.objects.get(name=f"production:{Production.objects.get(title='Another Film').pk}")
    Mention.objects.exclude(thing=room.pk).filter(own=True).update(room=room.pk)
    Mention.objects.filter(thing=room.pk).delete()
    subjects = Mention.objects.values_list("entry", "subject", "kind", "recorded_at").distinct("entry")
    Mention.objects.bulk_create(
        Mention(thing=room.pk, entry=entry, kind=kind, room=room.pk, subject=subject, recorded_at=at, own=True)
        for entry, subject, kind, at in subjects
    )
    proposed = index.newest(Question(), Sight(rooms=(room.name,)), limit=100)
    assert len(proposed) > 8, "the forged index proposes everything"
    assert set(found(people.stranger)) <= set(allowed(people.stranger))


def test_rebuilt_index_is_the_same(people: People, busy: None) -> None:
    def content() -> list[object]:
        names = dict(Thing.objects.values_list("pk", "name"))
        rows = Mention.objects.values_list("thing", "entry", "kind", "room", "subject", "recorded_at", "own")
        mentions = sorted((names[t], e, k, names.get(r, ""), names[s], at, own) for t, e, k, r, s, at, own in rows)
        counts = sorted(Thing.objects.values_list("name", "mentions"))
        patterns = sorted(
            Pattern.objects.values_list("room", "performer", "asker", "reason", "day", "count", "first_at")
        )
        return [mentions, counts, patterns]

    found(people.legal)
    before = content()
    call_command("desk", "rebuild")
    assert content() == before
    assert len(before[0]) > 30  # type: ignore[arg-type]


def test_command_says_how_far_the_index_is(people: People, busy: None, capsys: pytest.CaptureFixture[str]) -> None:
    found(people.legal)
    entries = LedgerEntry.objects.count()
    call_command("desk", "status")
    assert capsys.readouterr().out == f"index: {entries} of {entries} entries read\n"


def test_each_entry_is_read_once_however_often_it_is_asked(people: People, busy: None) -> None:
    ledger.sequence()
    first = projector.catch_up()
    mentions = Mention.objects.count()
    assert projector.catch_up() == first
    assert first.behind == 0
    assert Mention.objects.count() == mentions


def test_entries_that_were_not_read_yet_are_told_as_such(
    people: People, busy: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.sequence()
    monkeypatch.setattr(projector, "BATCH", 5)
    standing = projector.catch_up(most=5)
    assert standing.read == 5
    assert standing.behind == standing.entries - 5
    assert projector.catch_up(most=None).behind == 0


def test_a_batch_and_its_mark_stand_or_fall_together(
    people: People, busy: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.sequence()

    def broken(entries: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(projector, "_add_patterns", broken)
    with pytest.raises(ZeroDivisionError):
        projector.catch_up()
    assert not Mention.objects.exists()
    assert not Progress.objects.filter(next__gt=0).exists()
    monkeypatch.undo()
    assert found(people.legal) == allowed(people.legal)


def test_body_is_searched_for_ids_however_deep_and_digests_are_none() -> None:
    one, other = str(uuid.uuid4()), str(uuid.uuid4())
    body: Json = {
        "production": one,
        "participants": [{"performer": other, "faces": [{"performer": None}, {"performer": one}]}],
        "consents": [{"consent": one, "document_sha256": "0" * 64}],
        "run": "not an id",
        "plate": other,
        "reasons": ["no-consent", {"code": "no-face", "sentence": "There is no face."}, 5],
    }
    said = Said(
        index=1, kind="run:refused", subject="run:x", actor="worker:train", recorded_at=datetime.now(UTC), body=body
    )
    mentions = read(said, Kin(room="production:p", owners=("performer:a",), near=("footage:f",), asker="person:q"))
    assert mentions.own == ("run:x", "production:p", "performer:a")
    assert set(mentions.other) == {
        f"production:{one}", f"performer:{other}", f"performer:{one}", f"consent:{one}", f"footage:{other}",
        "footage:f", "person:q", "reason:no-consent", "reason:no-face",
    }  # fmt: skip
    assert mentions.asker == "person:q"
    assert mentions.reasons == ("no-consent", "no-face")


def test_pages_join_without_a_gap_or_a_repetition_while_entries_arrive(people: People, things: Things) -> None:
    run = f"run:{things.run.pk}"
    for _ in range(25):
        note(EntryKind.RUN_ADVANCED, run, "worker:train")
    expected = allowed_now(people.legal)
    leafed: list[int] = []
    before: int | None = None
    while True:
        page = logbook.page(people.legal, Search(before=before), size=7)
        leafed += [line.index for line in page.entries]
        note(EntryKind.RUN_ADVANCED, run, "worker:train")  # newer than any page that is still to come
        if page.next is None:
            break
        before = page.next
    assert leafed == expected


def allowed_now(person: Person) -> list[int]:
    ledger.sequence()
    return allowed(person)


def test_time_bounds_hold_for_entries_whose_index_came_late(people: People, things: Things) -> None:
    """The time is that of the writing; a transaction that lasted gets its index after later ones."""
    run = f"run:{things.run.pk}"
    for _ in range(3):
        note(EntryKind.RUN_ADVANCED, run, "worker:train")
    found(people.legal)
    rows = list(LedgerEntry.objects.filter(kind=EntryKind.RUN_ADVANCED.value).order_by("index"))
    late = rows[0].recorded_at - timedelta(minutes=20)
    Mention.objects.filter(entry=rows[2].index).update(recorded_at=late)
    moved = Search(kind=EntryKind.RUN_ADVANCED.value, until=late + timedelta(seconds=1))
    assert found(people.legal, moved) == [rows[2].index]
    since = Search(kind=EntryKind.RUN_ADVANCED.value, since=rows[0].recorded_at)
    assert found(people.legal, since) == [rows[1].index, rows[0].index]


def test_crew_of_one_production_finds_nothing_of_another_of_the_same_house(people: People, things: Things) -> None:
    other = Production.objects.create(organisation=people.production.organisation, title="The Short Harbour")
    lara = setup.member("Lara Legal", other, Role.LEGAL)
    note(EntryKind.RUN_GRANTED, f"run:{things.run.pk}", f"person:{people.producer.pk}")
    note(EntryKind.PERFORMER_ADDED, f"performer:{people.idris.pk}", f"person:{people.producer.pk}")
    kinds = {line.kind for line in logbook.page(lara, Search()).entries}
    assert kinds == {"performer:added"}, "performers are known to the whole house, their runs are not"
    assert found(lara) == allowed(lara)


def test_somebody_in_the_crew_who_also_performs_finds_both(people: People, things: Things, busy: None) -> None:
    elsewhere = Production.objects.get(title="Another Film")
    Membership.objects.create(person=people.idris_person, production=elsewhere, role=Role.LEGAL)
    assert found(people.idris_person) == allowed(people.idris_person)
    assert len(found(people.idris_person)) > len(found(people.stranger))
    only = Search(production=str(elsewhere.pk))
    assert set(found(people.idris_person, only)) < set(found(people.idris_person))


def test_newest_entries_come_from_an_index_scan(people: People, busy: None) -> None:
    """The shape of the plan, whatever the planner thinks of a small table: lists walked from their end."""
    found(people.legal)
    room = Thing.objects.get(name=f"production:{people.production.pk}").pk
    sql = index.WALK.format(lists=index.FROM_ROOMS, conditions=index.IN_ROOM)
    values = {"things": [room], "rooms": [room], "low": 0, "high": index.ANY, "limit": 40}
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off; SET LOCAL enable_sort = off")
        cursor.execute(f"EXPLAIN {sql}", values)
        plan = "\n".join(row for (row,) in cursor.fetchall())
    assert "Index Scan Backward using mentions_of_thing" in plan, plan


def test_performer_of_a_run_finds_it_and_not_its_clips(people: People, things: Things) -> None:
    note(
        EntryKind.FOOTAGE_EXAMINED,
        f"footage:{things.footage.pk}",
        "worker:examine",
        faces=[honest.face(str(people.idris.pk))],
    )
    note(EntryKind.RUN_GRANTED, f"run:{things.run.pk}", f"person:{people.producer.pk}")
    kinds = [line.kind for line in logbook.page(people.idris_person, Search()).entries]
    assert "run:granted" in kinds
    assert "footage:examined" not in kinds
    assert Run.objects.filter(likeness=people.idris).exists()
