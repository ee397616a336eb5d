"""A site in this process with everybody on it, and a browser in front of it. Rows are made before it starts."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.test.testcases import LiveServerThread
from django.utils import timezone
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from consent.types import ConsentState
from countersign import keys
from countersign.accounts.models import Person
from countersign.desk.models import Message, SavedSearch, Way
from countersign.keeping import holds, retention
from countersign.keeping.models import Hold
from countersign.keeping.schedule import Since, Terms, What
from countersign.runs import answering, keyring, storage
from countersign.runs.models import Footage, FootageState, Output, Run, RunState
from provenance.models import Contradiction
from provenance.types import EntryKind
from provenance.witness import Why
from tests import people as setup
from tests.countersign import films
from tests.countersign.films import Films
from tests.people import People
from tests.provenance.conftest import own_database

__all__ = ["browser", "made_films", "own_database", "site"]

CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
REFUSED = [
    {
        "code": "scene-not-allowed",
        "sentence": "Idris Vane has not consented to Scene 30.",
        "asked": "Scene 30",
        "allowed": "Scene 12 and Scene 14",
        "remedy": "Offer a consent that names Scene 30, or choose one of the scenes agreed.",
    }
]


@dataclass(slots=True)
class Site:
    """One of everything in every state that has a look of its own."""

    address: str
    people: People
    films: Films
    run: Run
    live: Run
    refused: Run
    output: Output
    plate: Footage
    examining: Footage
    unwatchable: Footage
    waiting: str
    active: str
    older: str
    saved: str
    hold: str
    destroyed: Footage

    def sign_in(self, page: Page, person: Person) -> None:
        page.goto(f"{self.address}/sign-in")
        page.get_by_label("E-mail address").fill(person.email)
        page.get_by_label("Password").fill(setup.PASSWORD)
        page.get_by_role("main").get_by_role("button", name="Sign in", exact=True).click()

    def go(self, page: Page, path: str) -> Page:
        page.goto(self.address + path)
        return page


@pytest.fixture(scope="session")
def made_films(tmp_path_factory: pytest.TempPathFactory, performers: Path) -> Films:
    keys = Path(settings.KEYS)
    folder = tmp_path_factory.mktemp("films")
    return films.make(folder, performers=performers, sign=keys / "sign", anchor=keys / "anchor.pem")


@pytest.fixture
def site(own_database: str, made_films: Films, performers: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # Playwright keeps a loop in this thread; nothing here awaits
    monkeypatch.setattr(keyring, "pause", lambda _: answering.answer_all())  # no keeper runs beside this site
    storage.prepare()
    keys.prepare(Path(settings.KEYS))
    server = LiveServerThread("127.0.0.1", StaticFilesHandler)
    server.daemon = True
    server.start()
    server.is_ready.wait()
    if server.error:
        raise server.error
    try:
        yield _filled(f"http://127.0.0.1:{server.port}", made_films, performers)
    finally:
        server.terminate()


@pytest.fixture
def browser(site: Site) -> Iterator[Browser]:
    if not (os.access(CHROMIUM, os.X_OK) or shutil.which("chromium")):
        pytest.skip("needs Chromium at /usr/bin/chromium")
    with sync_playwright() as playwright:
        chrome = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chrome
        chrome.close()


def opened(browser: Browser, *, width: int = 1280, **how: object) -> tuple[Page, list[str]]:
    """A new page, and what the browser complains of on it: scripts that fail, policies that are broken."""
    page = browser.new_context(viewport={"width": width, "height": 844}, **how).new_page()  # type: ignore[arg-type]
    complaints: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(message.text)

    page.on("console", heard)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return page, complaints


def sideways(page: Page) -> bool:
    """Whether something is cut off, so that the page scrolls sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


def look(page: Page, name: str) -> None:
    """Nothing is cut off; a picture is kept where somebody asks for one."""
    assert not sideways(page), f"{name} scrolls sideways"
    if folder := os.environ.get("COUNTERSIGN_TEST_PICTURES"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


def _filled(address: str, made: Films, performers: Path) -> Site:
    people = setup.make()
    setup.give_password(people.producer, people.legal, people.idris_person)
    active = setup.consent(people, people.idris, consent_id=films.IDRIS_CONSENT)
    setup.consent(people, people.anselm, consent_id=films.ANSELM_CONSENT)
    older = setup.consent(people, people.idris, ConsentState.WITHDRAWN, scenes=("Scene 9",), max_runs=3)
    mara = setup.performer(people.production.organisation, setup.person("Mara Quist"), "mara")
    waiting = setup.consent(people, mara, ConsentState.VERIFIED)
    footage = _stored(setup.clip(people, people.idris, "idris", title="Idris, training reel"), performers)
    plate = _stored(setup.clip(people, people.anselm, "anselm", title="Quay, take 3"), performers)
    run = setup.run(people, footage, plate, state=RunState.PUBLISHED, stage="publish", progress=1.0)
    output = setup.output(run, data=made.intact.read_bytes())
    shutil.copy(made.intact, storage.output(output.sha256))
    setup.entry(EntryKind.OUTPUT_PUBLISHED, f"output:{output.pk}", "worker:publish", sha256=output.sha256)
    setup.entry(EntryKind.RUN_REFUSED, f"run:{run.pk}", f"person:{people.producer.pk}", reasons=["no-consent"])
    going = {"state": RunState.TRAINING, "stage": "train", "progress": 0.4, "note": "Learning the light."}
    no_grant = {"state": RunState.REFUSED, "sealed_grant": "", "reasons": REFUSED}
    for why in Why.FORKED, Why.OLDER, Why.UNPROVEN:
        shown = {"remembered": 70, "shown": 30, "note": f"countersign.example/log\n30\n{'A' * 44}\n"}
        Contradiction.objects.create(witness="insurer.example/witness-of-the-underwriters", why=why.value, **shown)
    return Site(
        address=address,
        people=people,
        films=made,
        run=run,
        live=setup.run(people, footage, plate, title="Quay, take 4", **going),
        refused=setup.run(people, footage, plate, title="Café, take 1", scene="Scene 30", **no_grant),
        output=output,
        plate=plate,
        examining=_unready(people, FootageState.EXAMINING, title="Harbour", progress=0.4),
        unwatchable=_unready(people, FootageState.REFUSED, title="Notes", refusal=REFUSED),
        waiting=str(waiting.pk),
        active=str(active.pk),
        older=str(older.pk),
        saved=str(_saved(people).pk),
        hold=str(_held(people, run).pk),
        destroyed=_unready(people, FootageState.DESTROYED, title="Stairwell", **_GONE),
    )


_GONE = {"destroyed_at": setup.NOW, "destroyed_under": "footage, 30 days after it was uploaded"}


def _held(people: People, run: Run) -> Hold:
    """One hold that stands and one that was lifted; a schedule that requires and one that doesn't."""
    subject = f"performer:{people.anselm.pk}"
    old = holds.place(people.production, subject=subject, reason="Claim 3/2026, since settled.", by=people.legal)
    holds.lift(old, by=people.legal)
    law = "Tax code, section 147, which asks for ten years"
    documents = Terms(what=What.DOCUMENTS, since=Since.CONSENT_ENDED, days=3650, law=law)
    for terms in (documents, Terms(what=What.FOOTAGE, since=Since.LAST_USED, days=30)):
        retention.schedule(people.production, terms, by=people.legal)
    why = "Claim 12/2026: the agent disputes the take, and the insurer asks that everything is kept."
    return holds.place(people.production, subject=f"run:{run.pk}", reason=why, by=people.legal)


def _saved(people: People) -> SavedSearch:
    """A search that tells by webhook, with a message that nobody took."""
    search = SavedSearch.objects.create(
        person=people.legal,
        name="Refused at the quay",
        filters={"outcome": "refused", "title": "quay"},
        webhook="https://hooks.example/countersign",
        webhook_secret="0" * 64,
    )
    due = timezone.now()
    Message.objects.create(search=search, way=Way.WEBHOOK, entries=[0], due_at=due, tries=2, trouble="It answered 500.")
    return search


def _stored(clip: Footage, performers: Path) -> Footage:
    """The clip's row made true: its bytes are those of a film that plays."""
    film = (performers / ("idris_training.mp4" if "Idris" in clip.title else "anselm_plate.mp4")).read_bytes()
    clip.sha256, clip.size = sha256(film).hexdigest(), len(film)
    clip.save()
    setup.bring(clip, film)
    return clip


def _unready(people: People, state: FootageState, **fields: object) -> Footage:
    values = {"sha256": sha256(str(fields).encode()).hexdigest(), "size": 9, "uploaded_by": people.artist, **fields}
    return Footage.objects.create(production=people.production, state=state, **values)
