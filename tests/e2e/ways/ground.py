"""Where a dishonest producer tries their tricks: a whole site with real workers, and what every trick needs of it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from consent import pki
from countersign.demo import story
from countersign.demo.cast import Clip
from countersign.demo.client import Answer
from countersign.demo.story import Face
from tests.e2e.conftest import Cast, stills
from tests.e2e.stage import Stage, until

Codes = set[str]
_STARS: dict[str, Face] = {}


@dataclass(frozen=True)
class Trick:
    """One way round the gate: what is tried, with what code it must be refused, and the entry that keeps it.

    `entry` is empty where no decision is asked for: a door that is not this person's.
    """

    name: str
    attempt: "Callable[[Ground], Codes]"
    refused_with: str
    entry: str = "run:refused"


@dataclass(slots=True)
class Ground:
    """`tmp` is the trick's own folder. Idris's likeness and Anselm's plate are good: consented, enrolled, examined."""

    stage: Stage
    cast: Cast
    short: dict[str, Path]
    tmp: Path
    honest: set[Path] = field(default_factory=set)  # made by an honest run that a trick started from

    @property
    def base(self) -> str:
        return f"/api/productions/{self.stage.crew.production}"

    def offered(self, face: Face, part: str = "likeness", **changed: Any) -> str:
        """A consent offered to this performer, alone: its id."""
        answer = self.stage.crew.producer.post(f"{self.base}/consents", {**self.terms(face, part), **changed})
        assert answer.status == 201, answer.body
        return str(answer.body["id"])

    def terms(self, face: Face, part: str = "likeness") -> dict[str, Any]:
        """Those of the demo, of a consent alone."""
        return {**story.terms(face, part), "biometric_release": False}

    def document(self, consent: str) -> bytes:
        return self.stage.crew.producer.fetch(f"/api/consents/{consent}/document?version=offered")

    def sign(self, consent: str, face: Face | None = None) -> bytes:
        return self.stage.desk.sign((face or self.cast.idris).clip.name, self.document(consent))

    def hand_in(self, consent: str, pdf: bytes) -> Codes:
        """The codes with which a document is refused; it must be."""
        answer = self.stage.crew.producer.put(f"/api/consents/{consent}/document", "document", ("consent.pdf", pdf))
        return codes(answer)

    def ask(self, likeness: Face | None = None, plate: Face | None = None, **changed: Any) -> Codes:
        """The codes with which a run is refused; it must be."""
        return codes(self.stage.ask(likeness or self.cast.idris, plate or self.cast.anselm, **changed))

    def newcomer(self, name: str, pictures: str = "mara", **terms: Any) -> Face:
        """A performer more, in the plate, with a clip of their own: signed and approved like any, but never enrolled,
        since one face cannot be two performers'."""
        face = self.stage.bring_in(Clip(name, self.clip(pictures, name), stills(pictures)))
        story.consent(self.stage.crew, face, self.stage.desk, part="plate", **terms)
        story.examined(self.stage.crew, face)
        return face

    def star(self, **terms: Any) -> Face:
        """Mara, known to everybody here, with one consent more that is like the others' but for these terms.

        The newest of her consents ends last, so that of several that do not cover a run it is the one spoken of.
        """
        known = _STARS.get(self.stage.address)
        if known is None:
            known = _STARS[self.stage.address] = self.newcomer("Mara Lund", scenes=["Scene 7"])
            story.enrol(self.stage.crew, known)
            self.recognised(known)
            for one in (self.cast.idris, self.cast.anselm):  # she is looked for in their clips, too
                self.recognised(one)
                story.examined(self.stage.crew, one)
        ends = datetime.now(UTC) + timedelta(days=400)
        agreed = {"biometric_release": False, "valid_until": ends.isoformat(), **terms}
        story.consent(self.stage.crew, known, self.stage.desk, part="plate", **agreed)
        return known

    def recognised(self, face: Face) -> None:
        """Wait until the clip was looked at again, with the face that is known now."""

        def seen() -> bool:
            faces = self.stage.crew.producer.get(f"/api/footage/{face.footage_id}")["faces"]
            return any(one["performer"] == face.performer_id for one in faces)

        until(seen, most_s=90)

    def clip(self, pictures: str, name: str) -> Path:
        """The same pictures in a file of other bytes: a free box at the end, which every player passes over."""
        source = self.short[{"mara": "mara_plate", "anselm": "anselm_plate", "idris": "idris_training"}[pictures]]
        free = name.encode()[:40]
        target = self.tmp / f"{pictures}.mp4"
        target.write_bytes(source.read_bytes() + (8 + len(free)).to_bytes(4, "big") + b"free" + free)
        return target

    def upload(self, path: Path, title: str) -> dict[str, Any]:
        """A clip that was examined, whatever came of it."""
        answer = self.stage.crew.producer.upload(f"{self.base}/footage", [("file", path)], title=title)
        found = answer.body["footage"] if answer.refused else answer.body

        def settled() -> Any:
            seen = self.stage.crew.producer.get(f"/api/footage/{found['id']}")
            return seen if seen["state"] in ("ready", "refused") else None

        seen: dict[str, Any] = until(settled, most_s=90)
        return seen

    def said_to_be(self, face: Face, footage_id: str) -> Face:
        """The producer says that this clip shows this performer."""
        return Face(face.clip, face.performer_id, footage_id, face.login, face.consent_id)

    @contextmanager
    def administrator(self) -> Iterator["psycopg.Connection[Any]"]:
        """Whoever owns the database, with every trigger off."""
        with self.stage.database() as database:
            database.execute("SET session_replication_role = replica")
            yield database

    @contextmanager
    def row_changed(self, table: str, pk: str, **columns: Any) -> Iterator[None]:
        """A row as the administrator wants it, and as it was again afterwards."""
        names = list(columns)
        sets = ", ".join(f"{name} = %s" for name in names)
        with self.administrator() as database:
            was = database.execute(f"SELECT {', '.join(names)} FROM {table} WHERE id = %s", [pk]).fetchone()
            assert was is not None
            database.execute(f"UPDATE {table} SET {sets} WHERE id = %s", [*columns.values(), pk])
            try:
                yield
            finally:
                database.execute(f"UPDATE {table} SET {sets} WHERE id = %s", [*map(_adapted, was), pk])

    def impostor(self, name: str) -> pki.Identity:
        """A certificate in anybody's name, by an authority that calls itself as the trusted one does."""
        now = datetime.now(UTC)
        authority = pki.Authority.make("Performers' signing authority (demo)", now=now)
        return authority.issue(name, now=now)


def in_days(days: int) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).isoformat()


def codes(answer: Answer) -> Codes:
    assert answer.refused, f"not refused: {answer.status} {answer.body}"
    return {reason["code"] for reason in answer.body["reasons"]}


def _adapted(value: Any) -> Any:
    return psycopg.types.json.Jsonb(value) if isinstance(value, dict | list) else value
