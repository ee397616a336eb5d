"""The people of a production, and a little site around them: what they see is what the tests look at."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from consent import services as consents
from consent.models import ConsentRecord, Destruction
from consent.types import Part
from countersign import keys
from countersign.accounts.models import Invitation, Passkey
from countersign.desk.models import SavedSearch
from countersign.runs import answering, keyring, sharing, storage
from countersign.runs.models import Enrolment, Footage, LikenessModel, Output, OutputState, Run, RunState
from countersign.watch.models import Alarm
from tests import people as setup
from tests.people import People

WEIGHTS = "c1" * 32


@pytest.fixture(autouse=True, scope="session")
def _folders() -> None:
    storage.prepare()
    keys.prepare(Path(settings.KEYS))


@pytest.fixture
def people(db: None) -> People:
    return setup.make()


@dataclass(frozen=True, slots=True, kw_only=True)
class Things:
    """One of everything on the production, finished: consents, clips, a published run."""

    consent: ConsentRecord
    footage: Footage
    plate: Footage
    run: Run
    output: Output
    enrolment: Enrolment
    search: SavedSearch
    alarm: Alarm
    destruction: Destruction
    passkey: Passkey
    invitation: Invitation


def keep(path: Path, data: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.write_bytes(data)


@pytest.fixture
def things(people: People, performers: Path) -> Things:
    consent, other = (setup.consent(people, who) for who in (people.idris, people.anselm))
    film = (performers / "anselm_plate.mp4").read_bytes()
    footage = setup.clip(people, people.idris, "idris", title="Idris, training reel")
    plate = setup.clip(people, people.anselm, "anselm", title="Quay, take 3")
    for clip in (footage, plate):
        setup.bring(clip, film)
    run = setup.run(people, footage, plate, state=RunState.PUBLISHED, stage="publish", progress=1.0)
    output = setup.output(run, (consent, Part.LIKENESS), (other, Part.PLATE), data=film, state=OutputState.PUBLISHED)
    keep(storage.output(output.sha256), film)
    enrolment = Enrolment.objects.create(performer=people.idris, asked_by=people.producer)
    search = SavedSearch.objects.create(person=people.legal, name="Refused runs", filters={"kind": "run:refused"})
    alarm = Alarm.objects.create(
        kind="checkpoint-late", observer="site", sentence="It is late.", first_seen=setup.NOW, last_seen=setup.NOW
    )
    gone = setup.destruction(consent)
    return Things(
        consent=consent,
        footage=footage,
        plate=plate,
        run=run,
        output=output,
        enrolment=enrolment,
        search=search,
        alarm=alarm,
        destruction=gone,
        passkey=setup.passkey(people.legal),
        invitation=setup.invitation(people),
    )


@pytest.fixture
def at_work(people: People, things: Things) -> Things:
    """The consent has a key, the run has a model and is being made into another, and both clips are shared out."""
    Destruction.objects.all().delete()
    seal, _ = consents.sealer(things.consent.pk, keyring=consents.StoreKeyring(sharing.store()), context=b"run")
    keep(storage.model(WEIGHTS), seal(b"weights"))
    LikenessModel.objects.create(
        run=things.run, performer=people.idris, consent=things.consent, sha256=WEIGHTS, trained_at=timezone.now()
    )
    sharing.keep_up()
    return things


@pytest.fixture
def keys_folder() -> Path:
    folder = Path(settings.KEYS)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


@pytest.fixture(autouse=True)
def keeper(monkeypatch: pytest.MonkeyPatch) -> None:
    """The keeper of the keys looks whenever somebody waits for it."""
    monkeypatch.setattr(keyring, "pause", lambda _: answering.answer_all())
