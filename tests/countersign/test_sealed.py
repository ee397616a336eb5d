"""What the log says of people, it only commits to: a whole production's entries, searched for every name in it."""

import json
from collections.abc import Iterator
from fractions import Fraction
from io import BytesIO

import numpy as np
import pytest
from django.core.files.base import File
from django.test import RequestFactory

from consent import services as consents
from consent.models import Performer
from consent.types import Band, Sighting
from countersign import logbook, openings
from countersign.accounts import services as accounts, signing_in
from countersign.accounts.models import Person, Role
from countersign.keeping import holds, looks, retention
from countersign.keeping.schedule import Since, Terms, What
from countersign.runs import examination, services
from countersign.runs.models import Footage, RunState
from countersign.runs.requests import Order
from provenance import ledger, sealing
from provenance.models import LedgerEntry, Opening
from provenance.types import EntryKind
from synthesis.types import FaceTrack, Probe
from tests import people as setup
from tests.consent.house import House
from tests.countersign.test_pages import as_

PROBE = Probe(width=640, height=640, frames=125, rate=Fraction(25), duration_s=5.0, video_codec="h264", audio_streams=1)
NOTHING = np.zeros((0, 128), np.float32)


@pytest.fixture
def house(db: None) -> House:
    """A production whose every step went through the services that people use."""
    house = House.make()
    everybody(house)
    for performer in (house.idris, house.anselm):
        house.active(performer)
    reel, plate = clip(house, house.idris, "Training reel"), clip(house, house.anselm, "Quay, take 3")
    run = services.start(order(house, reel, plate), by=house.petra)
    assert run.state == RunState.GRANTED, run.reasons
    services.start(order(house, reel, plate, scene="A scene nobody agreed to"), by=house.petra)
    services.stop(run, by=house.petra)
    consents.bind_certificate(house.idris, certificate_pem=house.registry.anselm.certificate, by=house.lena)
    looks.at_footage(plate, by=house.petra)
    holds.place(house.production, subject=f"run:{run.pk}", reason="Petra Producer disputes it.", by=house.lena)
    law = Terms(what=What.FOOTAGE, since=Since.ADDED, days=10, law="As Lena Legal read it in section 39")
    retention.schedule(house.production, law, by=house.lena)
    services.withdraw(house.idris.consents.get(matter="replica"), by=house.lena, reason="Idris Vane rang and said so.")
    ledger.sequence()
    return house


def everybody(house: House) -> None:
    for person, name, role in (
        (house.petra, "Petra Producer", Role.PRODUCER),
        (house.pavel, "Pavel Producer", Role.PRODUCER),
        (house.lena, "Lena Legal", Role.LEGAL),
    ):
        person.name = name
        person.email = f"{name.replace(' ', '.').lower()}@example.org"
        person.save()
        accounts.enlist(person, house.production, role=role)
    for performer in (house.idris, house.anselm):
        person = Person.objects.create_user(f"{performer.name.split()[0].lower()}@agents.example", performer.name)
        accounts.introduce(person, performer)
    setup.give_password(house.lena)
    signing_in.check(RequestFactory().post("/sign-in"), email=house.lena.email, password=setup.PASSWORD)
    signing_in.token(house.lena)


def clip(house: House, who: Performer, title: str) -> Footage:
    film = File(BytesIO(title.encode() * 100), "clip.mp4")
    footage = services.add_footage(house.production, title=title, file=film, by=house.petra)
    examine(footage, who)
    return Footage.objects.get(pk=footage.pk)


def examine(footage: Footage, who: Performer) -> None:
    """What a worker writes down that found one face."""
    found = FaceTrack(
        number=1,
        first_frame=0,
        last_frame=124,
        frames_seen=125,
        median_face_px=200.0,
        embeddings=NOTHING,
        thumbnail=b"jpeg",
    )
    sighting = Sighting(track=1, performer_id=who.pk, score=0.8237, threshold=0.45, recogniser="sface", band=Band.MATCH)
    examination.store(footage, probe=PROBE, sighted=[(found, examination.Seen(sighting=sighting))], poster=b"")


def order(house: House, reel: Footage, plate: Footage, scene: str = "12A") -> Order:
    return Order(
        title="The quay with Idris Vane",
        likeness=house.idris,
        plate_performer=house.anselm,
        footage=reel,
        plate=plate,
        scene=scene,
        medium="cinema",
        territories=("GB",),
    )


def personal(house: House) -> Iterator[str]:
    for person in Person.objects.all():
        yield from (person.name, person.email)
    yield from (house.registry.idris.sha256, house.registry.anselm.sha256)
    yield from ("0.8237", "disputes", "section 39", "rang and said")


def test_no_entry_says_a_name_an_address_a_certificate_a_score_or_somebodys_words(house: House) -> None:
    texts = list(LedgerEntry.objects.values_list("canonical", flat=True))
    kinds = {json.loads(text)["kind"] for text in texts}
    assert kinds >= {
        "performer:bound",
        "consent:verified",
        "run:granted",
        "run:refused",
        "footage:examined",
        "hold:placed",
    }
    for words in personal(house):
        assert [text for text in texts if words in text] == [], words


def test_the_log_can_prove_later_who_a_pseudonym_was(house: House) -> None:
    (added,) = ledger.about((f"performer:{house.idris.pk}",), kinds=(EntryKind.PERFORMER_ADDED,))
    sealed = added.body["sealed"]
    assert isinstance(sealed, dict)
    row = Opening.objects.get(commitment=sealed["name"])
    assert sealing.opens(row.commitment, field="name", value="Idris Vane", salt=bytes(row.salt))
    assert not sealing.opens(row.commitment, field="name", value="Anselm Orr", salt=bytes(row.salt))


def values(person: Person, kind: EntryKind) -> dict[str, openings.Value]:
    lines = logbook.page(person, logbook.Search(kind=kind.value)).entries
    return {one.field: one for line in lines for one in line.opened}


def test_legal_reads_what_is_sealed_and_performers_what_is_theirs(house: House) -> None:
    idris = Performer.objects.get(pk=house.idris.pk).person
    assert idris is not None
    assert values(house.lena, EntryKind.PERFORMER_INTRODUCED)["email"].state is openings.State.OPEN
    assert values(house.petra, EntryKind.PERFORMER_INTRODUCED)["email"].state is openings.State.SEALED
    assert values(idris, EntryKind.PERFORMER_INTRODUCED)["email"].value == "idris@agents.example"
    granted = values(idris, EntryKind.RUN_GRANTED)
    assert (granted["score:likeness:1"].value, granted["score:plate:1"].state) == (0.8237, openings.State.SEALED)


def test_the_ledger_page_opens_for_legal_and_says_what_was_erased(house: House) -> None:
    page = as_(house.lena).get("/ledger?kind=hold:placed").content.decode()
    assert "reason: Petra Producer disputes it." in page
    Opening.objects.filter(field="reason").delete()
    page = as_(house.lena).get("/ledger?kind=hold:placed").content.decode()
    assert "reason: erased" in page
    assert ledger.verify().faults == ()


def test_a_value_that_is_not_what_was_committed_to_is_not_shown(house: House) -> None:
    row = Opening.objects.get(field="reason")
    commitment = row.commitment
    row.delete()
    Opening.objects.create(commitment=commitment, of=row.of, field="reason", value='"A lie"', salt=row.salt)
    page = as_(house.lena).get("/ledger?kind=hold:placed").content.decode()
    assert "A lie" not in page
    assert "not what the entry committed to" in page


def test_the_api_says_of_each_sealed_value_how_it_stands(house: House) -> None:
    from knox.models import AuthToken

    _, token = AuthToken.objects.create(user=house.petra)
    answer = as_(house.petra).get("/api/ledger?kind=hold:placed", headers={"Authorization": f"Token {token}"})
    (entry,) = answer.json()["entries"]
    assert entry["opened"] == [{"field": "reason", "state": "sealed", "value": None}]
