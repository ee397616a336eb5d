"""Two performers, what they consented to, and a request that it covers; each test changes one thing of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from consent import record
from consent.types import (
    Assurance,
    Band,
    Capacity,
    ConsentState,
    KindOfUse,
    Matter,
    OutputClass,
    Part,
    Participant,
    Release,
    ReplicaType,
    Representation,
    Request,
    Sighting,
    Standing,
    Terms,
)

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PRODUCTION, OTHER_PRODUCTION = UUID(int=1), UUID(int=2)
IDRIS, ANSELM, MARA = UUID(int=11), UUID(int=12), UUID(int=13)
NAMES = {IDRIS: "Idris Vane", ANSELM: "Anselm Orr", MARA: "Mara Lund"}

# What turns the terms of a replica into those of a biometric release: nothing may be made.
RELEASE: dict[str, Any] = {
    **dict.fromkeys(("kinds_of_use", "parts", "scenes", "media", "output_classes"), ()),
    "matter": Matter.BIOMETRIC_RELEASE,
    "max_runs": 0,
    "max_screen_seconds": 0,
    "training_allowed": False,
    "credit": "",
}


def terms(who: UUID = IDRIS, **changes: Any) -> Terms:
    values: dict[str, Any] = {
        "consent_id": UUID(int=who.int + 100),
        "nonce": "0123456789abcdef" * 2,
        "production_id": PRODUCTION,
        "production_title": "The Long Harbour",
        "performer_id": who,
        "performer_name": NAMES[who],
        "signer_capacity": Capacity.SELF,
        "kinds_of_use": (KindOfUse.SWAP,),
        "parts": (Part.LIKENESS, Part.PLATE),
        "description": "My face takes the place of the stunt performer's in the stairwell fall.",
        "scenes": ("12A", "12B"),
        "territories": ("GB", "IE"),
        "media": ("cinema", "streaming"),
        "valid_from": NOW - timedelta(days=10),
        "valid_until": NOW + timedelta(days=300),
        "max_runs": 3,
        "max_screen_seconds": 60,
        "training_allowed": True,
        "matter": Matter.REPLICA,
        "amends": "",
        "controller": "Northlight Pictures",
        "performer_born": "",
        "performer_deceased": False,
        "survives_death": False,
        "signer_name": NAMES[who],
        "representation": Representation.COUNSEL,
        "union": "",
        "agreement": "",
        "replica_type": ReplicaType.EMPLOYMENT_BASED,
        "replaces_in_person_work": False,
        "business_reason": "The fall cannot be performed safely.",
        "script_sha256": "",
        "script_date": "",
        "output_classes": (OutputClass.FEATURE,),
        "languages": ("en",),
        "alterations": (),
        "prohibited_contexts": (),
        "advertiser": "",
        "product_line": "",
        "notice_at": NOW - timedelta(days=20),
        "notice_hours": 48,
        "retention_days": 0,
        "reuse_allowed": False,
        "approval_per_shot": False,
        "disclosure": "A line in the credits says that a replica was used.",
        "compensation_reference": "",
        "after_withdrawal": "flag",
        "credit": NAMES[who],
    }
    return Terms(**{**values, **changes})


def standing(who: UUID = IDRIS, **changes: Any) -> Standing:
    """An active consent; `changes` may be of the terms or of the standing itself."""
    own = {name: changes.pop(name) for name in list(changes) if name in Standing.__slots__}
    agreed = terms(who, **changes)
    made = Standing(
        terms=agreed,
        state=ConsentState.ACTIVE,
        document_sha256=f"{who.int:064x}",
        terms_sha256=record.digest(agreed),
        attested=True,
        level=Assurance.PERSONAL,
        release=Release(
            consent_id=UUID(int=who.int + 200), document_sha256=f"{who.int + 200:064x}", terms_sha256="d" * 64
        ),
    )
    return replace(made, **own)


def release(who: UUID = IDRIS, **changes: Any) -> Terms:
    """The terms of a biometric release."""
    return terms(who, **{"consent_id": UUID(int=who.int + 200), **RELEASE, **changes})


def sighting(who: UUID | None = IDRIS, **changes: Any) -> Sighting:
    made = Sighting(track=1, performer_id=who, score=0.71, threshold=0.45, recogniser="sface/0ba9fbfa", band=Band.MATCH)
    return replace(made, **changes)


def participant(part: Part, who: UUID, *sightings: Sighting) -> Participant:
    return Participant(
        part=part,
        performer_id=who,
        performer_name=NAMES[who],
        footage_title=f"{part.value} clip",
        footage_sha256={Part.LIKENESS: "a", Part.PLATE: "b"}[part] * 64,
        sightings=sightings or (sighting(who),),
    )


LIKENESS = participant(Part.LIKENESS, IDRIS)
PLATE = participant(Part.PLATE, ANSELM)


def request(**changes: Any) -> Request:
    values: dict[str, Any] = {
        "run_id": UUID(int=500),
        "production_id": PRODUCTION,
        "kind": KindOfUse.SWAP,
        "participants": (LIKENESS, PLATE),
        "scene": "12A",
        "territories": ("GB",),
        "medium": "cinema",
        "output_class": OutputClass.FEATURE,
        "languages": ("en",),
        "screen_seconds": 5.0,
        "trains": True,
        "parameters_sha256": "c" * 64,
        "requested_by": UUID(int=900),
    }
    return Request(**{**values, **changes})
