"""A ledger as large houses would have it: a million entries over two years, most of them of one production.

The rows are copied in as the tables' owner. Their hashes are not those of a chain: what is measured here reads entries
and never verifies them.
"""

import json
import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

ENTRIES, RUNS, PEOPLE, PRODUCTIONS = 1_000_000, 2_000, 300, 40
BIGGEST = 0.6  # of everything belongs to the first production
BEGAN = datetime(2024, 11, 24, tzinfo=UTC)
SPACING = timedelta(days=730) / ENTRIES
COPY = "COPY provenance_ledgerentry (index, kind, subject, actor, recorded_at, canonical, leaf, chain) FROM STDIN"
CODES = (
    "consent-withdrawn", "no-consent", "scene-not-allowed", "runs-spent", "screen-time-spent", "territory-not-allowed",
    "face-without-consent", "face-needs-review", "consent-expired", "medium-not-allowed",
)  # fmt: skip
# How often each kind comes, as on a site where people mostly look at things.
KINDS = {
    "footage:viewed": 24, "output:viewed": 16, "run:advanced": 14, "person:signed-in": 9, "grant:redeemed": 7,
    "run:refused": 6, "output:downloaded": 6, "run:granted": 4, "consent:document-read": 4, "footage:examined": 3,
    "model:trained": 2, "output:signed": 2, "output:published": 2, "footage:refused": 0.4, "consent:drafted": 0.2,
    "consent:approved": 0.2, "performer:enrolled": 0.1, "consent:withdrawn": 0.1,
}  # fmt: skip


@dataclass(slots=True)
class World:
    """The rows that entries are about."""

    productions: list[Any]
    crews: list[list[Any]]
    performers: list[Any]
    runs: list[Any]
    consents: list[Any]
    legal: Any


def make(dice: random.Random) -> World:
    """People, productions, clips, consents, runs; one person is legal on the biggest production and on three more."""
    from consent.models import Performer
    from countersign.accounts.models import Membership, Organisation, Person, Production

    house = Organisation.objects.create(name="Northlight Pictures")
    productions = Production.objects.bulk_create(
        Production(organisation=house, title=f"Production {n}") for n in range(PRODUCTIONS)
    )
    people = Person.objects.bulk_create(
        Person(email=f"p{n}@example.org", name=f"Person {n}", password="!") for n in range(PEOPLE)
    )
    crews = [dice.sample(people[1:], 12 if n else 60) for n in range(PRODUCTIONS)]
    roles = ("producer", "artist", "legal")
    Membership.objects.bulk_create(
        Membership(person=person, production=production, role=roles[at % 3])
        for production, crew in zip(productions, crews, strict=True)
        for at, person in enumerate(crew)
    )
    Membership.objects.bulk_create(
        Membership(person=people[0], production=one, role="legal") for one in productions[:4]
    )
    performers = Performer.objects.bulk_create(
        Performer(organisation=house, name=f"Performer {n}") for n in range(PEOPLE)
    )
    world = World(productions, crews, performers, [], [], people[0])
    _make_runs(world, dice)
    return world


def _make_runs(world: World, dice: random.Random) -> None:
    from countersign.runs.models import Footage, LikenessModel, Output, Run

    where = [0 if dice.random() < BIGGEST else dice.randrange(1, PRODUCTIONS) for _ in range(RUNS)]
    clips = Footage.objects.bulk_create(
        Footage(
            production=world.productions[at], title=f"Reel {n}", sha256=sha256(str(n).encode()).hexdigest(), size=9,
            state="ready", poster=b"\xff\xd8" * 4000, uploaded_by=dice.choice(world.crews[at]),
        )
        for n, at in enumerate(where * 2)
    )  # fmt: skip
    world.runs = Run.objects.bulk_create(
        Run(
            production=world.productions[at], title=f"Scene {n % 90}, take {n}", likeness=dice.choice(world.performers),
            plate_performer=dice.choice(world.performers), footage=clips[n], plate=clips[n + RUNS], scene="Scene 1",
            medium="cinema", state="published", sealed_grant="sealed", requested_by=dice.choice(world.crews[at]),
        )
        for n, at in enumerate(where)
    )  # fmt: skip
    world.consents = _make_consents(world)
    now = BEGAN + timedelta(days=730)
    Output.objects.bulk_create(
        Output(
            run=run,
            state="published",
            sha256=run.pk.hex * 2,
            size=9,
            signed_at=now,
            published_at=now,
            poster=b"\xff" * 9000,
        )
        for run in world.runs
    )
    LikenessModel.objects.bulk_create(
        LikenessModel(run=run, performer=run.likeness, consent=consent, sha256=run.pk.hex * 2, trained_at=now)
        for run, consent in zip(world.runs, world.consents, strict=True)
    )


def _make_consents(world: World) -> list[Any]:
    from consent.models import ConsentRecord, ConsentUse

    now = BEGAN
    made = ConsentRecord.objects.bulk_create(
        ConsentRecord(
            production=run.production, performer=run.likeness, state="active", terms={},
            terms_sha256="0" * 64,
            offered_pdf=b"%PDF" * 5000, signed_pdf=b"%PDF" * 5000, document_sha256="0" * 64,
            drafted_by=run.requested_by, uploaded_by=run.requested_by, approved_by=world.legal,
            approved_at=now, valid_from=now,
            valid_until=now + timedelta(days=900),
        )
        for run in world.runs
    )  # fmt: skip
    ConsentUse.objects.bulk_create(
        ConsentUse(consent=consent, run_id=run.pk, part="likeness", screen_seconds=5.0, at=now)
        for run, consent in zip(world.runs, made, strict=True)
    )
    return list(made)


Made = tuple[dict[uuid.UUID, Any], dict[uuid.UUID, Any]]  # outputs and models of runs


def write(world: World, dice: random.Random, *, entries: int = ENTRIES) -> None:
    """Copy that many entries into the ledger, as its owner."""
    from django.db import connection

    made = _made()  # before: nothing else can be asked of a connection that copies
    with connection.cursor() as cursor, cursor.copy(COPY) as copy:
        for row in _rows(world, dice, entries, made):
            copy.write_row(row)


def _rows(world: World, dice: random.Random, entries: int, made: Made) -> Iterator[tuple[Any, ...]]:
    outputs, models = made
    kinds = dice.choices(list(KINDS), list(KINDS.values()), k=entries)
    for index, kind in enumerate(kinds):
        at = dice.randrange(RUNS)
        run = world.runs[at]
        subject = _subject(kind, run, (outputs[run.pk], models[run.pk], world.consents[at].pk), dice)
        actor, body = _said(kind, run, world, dice)
        if kind == "person:signed-in":
            subject = actor
        moment = BEGAN + SPACING * index + timedelta(seconds=dice.random())
        text = _canonical((actor, body, index, kind, moment, subject))
        leaf = sha256(b"\0" + text.encode()).digest()
        yield index, kind, subject, actor, moment, text, leaf, leaf


def _made() -> Made:
    from countersign.runs.models import LikenessModel, Output

    outputs = dict(Output.objects.values_list("run_id", "pk"))
    return outputs, dict(LikenessModel.objects.values_list("run_id", "pk"))


def _subject(kind: str, run: Any, made: tuple[Any, Any, Any], dice: random.Random) -> str:
    output, model, consent = made
    about = kind.partition(":")[0]
    numbers = {
        "run": run.pk, "grant": run.pk, "output": output, "model": model, "consent": consent,
        "performer": run.likeness_id, "footage": dice.choice((run.footage_id, run.plate_id)), "person": "",
    }  # fmt: skip
    return f"{'run' if about == 'grant' else about}:{numbers[about]}"


def _said(kind: str, run: Any, world: World, dice: random.Random) -> tuple[str, dict[str, Any]]:
    by = run.requested_by_id if kind == "run:refused" else dice.choice(world.crews[0]).pk
    worker = {
        "run:advanced",
        "grant:redeemed",
        "footage:examined",
        "model:trained",
        "output:signed",
        "output:published",
    }
    actor = f"worker:{kind.partition(':')[0]}" if kind in worker else f"person:{by}"
    body: dict[str, Any] = {"sha256": run.pk.hex * 2}
    if kind in ("run:granted", "run:refused"):
        performers = [
            {"part": p, "performer": str(who)}
            for p, who in (("likeness", run.likeness_id), ("plate", run.plate_performer_id))
        ]
        body |= {"production": str(run.production_id), "participants": performers, "screen_seconds": 5.0}
    if kind.endswith("refused"):
        body["reasons"] = dice.sample(CODES, dice.choice((1, 1, 1, 2)))
    return actor, body


def _canonical(said: tuple[str, dict[str, Any], int, str, datetime, str]) -> str:
    names = ("actor", "body", "index", "kind", "recorded_at", "subject")
    values = [*said[:4], f"{said[4]:%Y-%m-%dT%H:%M:%S.%f}Z", said[5]]
    return json.dumps(dict(zip(names, values, strict=True)), sort_keys=True, separators=(",", ":"))
