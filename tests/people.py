"""Setup makes people, not mocks: a production with its crew and two performers, and a stranger who must see nothing.

Rows are made directly here, in states that services reach only with workers; what services do is tested with them.
"""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from consent import life, record, services as consents
from consent.destruction import Why
from consent.models import ConsentRecord, ConsentUse, Destruction, Performer
from consent.types import (
    Assurance,
    Band,
    ConsentState,
    Matter,
    Part,
    Suspension,
    Terms,
    Way,
)
from countersign import keys
from countersign.accounts.models import Invitation, Membership, Organisation, Passkey, Person, Production, Role
from countersign.runs import sharing, storage
from countersign.runs.models import FaceTrack, Footage, FootageState, Output, OutputState, Run, RunState
from provenance import ledger
from provenance.types import EntryKind
from tests import honest
from tests.consent import values

PICTURES = Path(__file__).resolve().parents[1] / "demo" / "performers"
PASSWORD = "a long password for tests"
NOW = datetime.now(UTC).replace(microsecond=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Everybody on "The Long Harbour", and sven, who is on another production of another house."""

    production: Production
    producer: Person
    artist: Person
    legal: Person
    idris_person: Person
    anselm_person: Person
    stranger: Person
    idris: Performer
    anselm: Performer


def make() -> People:
    house = Organisation.objects.create(name="Northlight Pictures")
    production = Production.objects.create(organisation=house, title="The Long Harbour")
    elsewhere = Production.objects.create(
        organisation=Organisation.objects.create(name="Another House"), title="Another Film"
    )
    stranger = member("Sven Stranger", elsewhere, Role.PRODUCER)
    idris_person, anselm_person = person("Idris Vane"), person("Anselm Orr")
    return People(
        production=production,
        producer=member("Petra Producer", production, Role.PRODUCER),
        artist=member("Arno Artist", production, Role.ARTIST),
        legal=member("Lena Legal", production, Role.LEGAL),
        idris_person=idris_person,
        anselm_person=anselm_person,
        stranger=stranger,
        idris=performer(house, idris_person, "idris"),
        anselm=performer(house, anselm_person, "anselm"),
    )


def person(name: str) -> Person:
    """Somebody without a password yet: hashing one takes a third of a second, on purpose."""
    return Person.objects.create_user(f"{name.split(maxsplit=1)[0].lower()}@example.org", name)


def give_password(*somebody: Person) -> None:
    for one in somebody:
        one.set_password(PASSWORD)
        one.save()


def passkey(somebody: Person, label: str = "A phone") -> Passkey:
    """A row that nothing answers for; `tests/passkeys.py` has devices that do."""
    known = sha256(f"{somebody.pk} {label}".encode())
    return Passkey.objects.create(
        person=somebody,
        credential_id=known.digest(),
        public_key=b"none",
        sha256=known.hexdigest(),
        aaguid=str(uuid.UUID(int=0)),
        label=label,
    )


def invitation(people: People) -> Invitation:
    """Of somebody new. What opens it is in no link."""
    who = Performer.objects.create(organisation=people.production.organisation, name="Somebody New")
    return Invitation.objects.create(
        performer=who,
        production=people.production,
        invited_by=people.producer,
        token_sha256=sha256(b"a link").hexdigest(),
        expires_at=NOW + timedelta(days=14),
    )


def member(name: str, production: Production, role: Role) -> Person:
    somebody = person(name)
    Membership.objects.create(person=somebody, production=production, role=role)
    return somebody


def performer(house: Organisation, somebody: Person, pictures: str) -> Performer:
    """Enrolled, as far as the row goes; the template is not a real one."""
    return Performer.objects.create(
        organisation=house,
        person=somebody,
        name=somebody.name,
        certificate_sha256=sha256(somebody.name.encode()).hexdigest(),
        portrait=still(pictures, 1),
        template=b"encrypted",
        template_recogniser="sface",
        template_stills=5,
        enrolled_at=NOW,
    )


def still(pictures: str, number: int) -> bytes:
    return (PICTURES / f"{pictures}_enrol_{number}.jpg").read_bytes()


def terms(production: Production, who: Performer, **changes: Any) -> Terms:
    """What this performer agrees to, unless a test says otherwise."""
    own: dict[str, Any] = {
        "consent_id": uuid.uuid4(),
        "nonce": uuid.uuid4().hex,
        "production_id": production.pk,
        "production_title": production.title,
        "performer_id": who.pk,
        "performer_name": who.name,
        "signer_name": who.name,
        "description": "My face is shown on the stunt performer in the quay scene, where I speak no words.",
        "scenes": ("Scene 12", "Scene 14"),
        "valid_from": NOW - timedelta(days=10),
        "valid_until": NOW + timedelta(days=355),
        "notice_at": NOW - timedelta(days=20),
        "max_runs": 10,
        "max_screen_seconds": 120,
        "disclosure": "",
        "credit": who.name,
    }
    return values.terms(**{**own, **changes})


PDF = b"%PDF-1.7\n% stands for a document\n"


def consent(people: People, who: Performer, state: ConsentState = ConsentState.ACTIVE, **changes: Any) -> ConsentRecord:
    """A consent in `state`, with the people and times that state needs. The documents are not real ones."""
    pdf, released = changes.pop("pdf", PDF), changes.pop("released", False)
    agreed = terms(people.production, who, **changes)
    approved = state not in life.NEVER_STOOD
    signed = state not in (ConsentState.DRAFT, ConsentState.OFFERED, ConsentState.DECLINED, ConsentState.TAKEN_BACK)
    if state is ConsentState.DRAFT:
        pdf = b""
    paused = {"suspended_by": people.legal, "suspended_at": NOW, "suspended_for": Suspension.DISPUTE}
    row = ConsentRecord.objects.create(
        pk=agreed.consent_id,
        production=people.production,
        performer=who,
        matter=agreed.matter,
        state=state.value,
        way=Way.PADES if signed else "",
        level=Assurance.PERSONAL if signed else Assurance.UNSIGNED,
        terms=record.to_json(agreed),
        terms_sha256=record.digest(agreed),
        offered_pdf=pdf,
        signed_pdf=pdf if signed else b"",
        document_sha256=sha256(pdf).hexdigest() if signed else "",
        signer=who.name if signed else "",
        signed_at=NOW - timedelta(days=9) if signed else None,
        drafted_by=people.producer,
        uploaded_by=people.producer if signed else None,
        approved_by=people.legal if approved else None,
        approved_at=NOW - timedelta(days=8) if approved else None,
        withdrawn_at=NOW if state is ConsentState.WITHDRAWN else None,
        ended_at=NOW if state in life.ENDED - {ConsentState.WITHDRAWN} else None,
        **(paused if state is ConsentState.SUSPENDED else {}),
        valid_from=agreed.valid_from,
        valid_until=agreed.valid_until,
    )
    if approved:
        _attest(row)
    if released and not ConsentRecord.objects.filter(performer=who, matter=Matter.BIOMETRIC_RELEASE).exists():
        release(people, who)
    return row


def release(people: People, who: Performer, **changes: Any) -> ConsentRecord:
    """The biometric release of this performer, which a replica's consent is nothing without."""
    return consent(people, who, **{**values.RELEASE, **changes})


def _attest(row: ConsentRecord) -> None:
    """What the ledger would hold: the gate believes no row that the ledger does not know."""
    said = {"document_sha256": row.document_sha256, "terms_sha256": row.terms_sha256, "way": "pades", "level": 3}
    with transaction.atomic():
        ledger.append(EntryKind.CONSENT_APPROVED, subject=f"consent:{row.pk}", actor="person:legal", body={**said})
        if row.state == ConsentState.WITHDRAWN:
            honest.append(EntryKind.CONSENT_WITHDRAWN, subject=f"consent:{row.pk}", actor="person:performer")


def clip(people: People, who: Performer | None, pictures: str, *, title: str, **changes: Any) -> Footage:
    """An examined clip with one face; `who` is None for somebody unknown."""
    data = (PICTURES / f"{pictures}_{'training' if pictures == 'idris' else 'plate'}.mp4").read_bytes() + title.encode()
    values: dict[str, Any] = {
        "production": people.production,
        "title": title,
        "sha256": sha256(data).hexdigest(),
        "size": len(data),
        "state": FootageState.READY,
        "width": 640,
        "height": 640,
        "frames": 125,
        "rate": "25/1",
        "duration_s": 5.0,
        "audio_streams": 1,
        "poster": still(pictures, 2),
        "uploaded_by": people.producer,
    }
    footage = Footage.objects.create(**{**values, **changes})
    FaceTrack.objects.create(
        footage=footage,
        number=1,
        first_frame=0,
        last_frame=124,
        frames_seen=125,
        median_face_px=212.0,
        thumbnail=still(pictures, 3),
        performer=who,
        score=0.82 if who else 0.21,
        threshold=0.45,
        band=(Band.MATCH if who else Band.REFUSE).value,
    )
    if footage.state == FootageState.READY:
        examined(footage)
    return footage


@transaction.atomic
def examined(footage: Footage) -> None:
    """What the ledger would hold of the faces that are on record now."""
    names = ("band", "threshold", "recogniser")
    faces = [
        {"track": row.number, "performer": str(row.performer_id) if row.performer_id else None}
        | {name: getattr(row, name) for name in names}
        for row in FaceTrack.objects.filter(footage=footage)
    ]
    said = {"sha256": footage.sha256, "faces": faces}
    honest.append(EntryKind.FOOTAGE_EXAMINED, subject=f"footage:{footage.pk}", actor="worker:examine", **said)


def bring(footage: Footage, film: bytes) -> Path:
    """Seal `film` as the bytes of a clip whose row is there; where they lie."""
    with transaction.atomic():
        consents.close_clip(footage.pk)
        key = consents.keep_clip(
            footage.pk, production_id=footage.production_id, sha256=footage.sha256, store=sharing.store()
        )
    return storage.keep_footage(footage.pk, [film], came=storage.Came(footage.sha256, len(film)), key=key)


def destruction(of: ConsentRecord) -> Destruction:
    """A certificate of an earlier version of the consent, as the site issues them."""
    row = Destruction.objects.create(
        subject=f"consent:{of.pk}",
        why=Why.EXPIRY,
        performer=of.performer,
        consent=of,
        destroyed={"keys": [str(uuid.uuid4())], "templates": [], "models": [], "clips": ["ab" * 32]},
        subjects=[f"consent:{of.pk}"],
        ended_at=NOW,
    )
    by = consents.Issuer(
        name="http://testserver", private_pem=keys.certificate_private(Path(settings.KEYS)), store="file"
    )
    issued = consents.issue(row.pk, by=by)
    assert issued
    return issued


def run(people: People, footage: Footage, plate: Footage, **changes: Any) -> Run:
    values: dict[str, Any] = {
        "production": people.production,
        "title": "Quay, take 3",
        "likeness": people.idris,
        "plate_performer": people.anselm,
        "footage": footage,
        "plate": plate,
        "scene": "Scene 12",
        "medium": "cinema",
        "territories": ["GB"],
        "state": RunState.GRANTED,
        "sealed_grant": "sealed",
        "requested_by": people.producer,
    }
    return Run.objects.create(**{**values, **changes})


def output(made_in: Run, *consents: tuple[ConsentRecord, Part], data: bytes = b"\0" * 3000, **changes: Any) -> Output:
    """A published output and the uses of the consents it stands on. Its file is the caller's to write."""
    for used, part in consents:
        ConsentUse.objects.create(consent=used, run_id=made_in.pk, part=part.value, screen_seconds=5.0, at=NOW)
    values: dict[str, Any] = {
        "run": made_in,
        "state": OutputState.PUBLISHED,
        "sha256": sha256(data).hexdigest(),
        "size": len(data),
        "quality": {"to_likeness": 0.71, "to_plate": 0.32, "identity_margin": 0.39},
        "signed_at": NOW,
        "published_at": NOW,
        "poster": still("idris", 4),
    }
    return Output.objects.create(**{**values, **changes})


def entry(kind: EntryKind, subject: str, actor: str, **body: Any) -> int:
    """An entry that has its place; its index."""
    with transaction.atomic():
        honest.append(kind, subject=subject, actor=actor, **body)
        return ledger.sequence() - 1
