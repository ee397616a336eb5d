"""A production with its people and two performers who sign with real certificates, by way of the services alone."""

from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from consent import pki, policy, services
from consent.enrolment import ProposedFace
from consent.models import ConsentRecord, Performer
from consent.pins import Pins
from consent.policy import packs
from consent.types import Assurance, KindOfUse, Offer, Part, Refusal, Request
from countersign.accounts.models import Organisation, Person, Production
from provenance import ledger
from provenance.types import Entry
from tests.consent import broken, values
from tests.consent.offices import Office, office
from tests.consent.stores import CURRENT
from tests.keypairs import pair

PRIVATE, PUBLIC = pair()
KEYRING = services.StoreKeyring(CURRENT)


def offer(**changes: Any) -> Offer:
    names = [field.name for field in fields(Offer)]
    now = datetime.now(UTC).replace(microsecond=0)
    window = {"valid_from": now - timedelta(days=1), "valid_until": now + timedelta(days=100)}
    agreed = values.terms(**{**window, **changes})
    return replace(Offer(**{name: getattr(agreed, name) for name in names}), signer_name=changes.get("signer_name", ""))


def stricter() -> dict[str, str]:
    """Rules by which a swap needs the performer's own signature, at the highest level there is."""
    choices = policy.load().choices
    levels = {**choices.levels, KindOfUse.SWAP: Assurance.QUALIFIED}
    return {**policy.files(), packs.CHOICES: packs.written(replace(choices, levels=levels))}


def person(name: str) -> Person:
    return Person.objects.create(email=f"{uuid4().hex[:8]}@example.org", name=name)


@dataclass(frozen=True)
class House:
    """Petra produces, Pavel produces too, Lena is legal. Idris and Anselm perform, Sven is nobody's."""

    registry: Office
    production: Production
    petra: Person
    pavel: Person
    lena: Person
    idris: Performer
    anselm: Performer

    @classmethod
    def make(cls) -> "House":
        registry = office(now=datetime.now(UTC))
        organisation = Organisation.objects.create(name=f"Northlight {uuid4().hex[:6]}")
        production = Production.objects.create(organisation=organisation, title="The Long Harbour")
        petra, pavel, lena = person("Petra"), person("Pavel"), person("Lena")
        performers = []
        for who in (registry.idris, registry.anselm):
            performer = services.add_performer(organisation, name=who.name, by=petra)
            Performer.objects.filter(pk=performer.pk).update(person=person(who.name))
            services.bind_certificate(performer, certificate_pem=who.certificate, by=lena)
            performer.refresh_from_db()
            performers.append(performer)
        return cls(registry, production, petra, pavel, lena, *performers)

    def identity(self, performer: Performer) -> pki.Identity:
        return {self.idris.pk: self.registry.idris, self.anselm.pk: self.registry.anselm}[performer.pk]

    def drafted(self, performer: Performer, **changes: Any) -> ConsentRecord:
        return services.draft(self.production, performer=performer, offer=offer(**changes), by=self.petra)

    def signed(self, row: ConsentRecord) -> bytes:
        return broken.signed(bytes(row.offered_pdf), self.identity(row.performer))

    def upload(self, row: ConsentRecord, pdf: bytes | None = None) -> ConsentRecord | Refusal:
        return services.register(
            row, pdf=self.signed(row) if pdf is None else pdf, by=self.petra, pins=Pins(roots=self.registry.trust)
        )

    def verified(self, performer: Performer, **changes: Any) -> ConsentRecord:
        answer = self.upload(self.drafted(performer, **changes))
        assert isinstance(answer, ConsentRecord), answer
        return answer

    def active(self, performer: Performer, *, release: bool = True, **changes: Any) -> ConsentRecord:
        """A consent that stands, and beside it the biometric release, unless the performer gave none."""
        if release and not services.has_biometric_release(performer):
            self.released(performer)
        answer = services.approve(self.verified(performer, **changes), by=self.lena)
        assert isinstance(answer, ConsentRecord), answer
        return answer

    def propose(self, performer: Performer, template: bytes = b"a face", **changes: Any) -> ProposedFace | Refusal:
        """Petra sent pictures of the performer, and a worker measured them."""
        performer.refresh_from_db()
        given: dict[str, Any] = {"template": template, "recogniser": "sface/0ba9", "stills": 5, "portrait": b"jpeg"}
        measured = services.Measured(**{**given, "against": services.standing_template(performer), **changes})
        return services.propose_face(performer, measured, enrolment=uuid4(), by=self.petra, keyring=KEYRING)

    def enrolled(self, performer: Performer, **changes: Any) -> Performer:
        """And Lena confirmed that they show the performer."""
        proposed = self.propose(performer, **changes)
        assert isinstance(proposed, ProposedFace), proposed
        answer = services.confirm_face(proposed, by=self.lena)
        assert isinstance(answer, Performer), answer
        return answer

    def released(self, performer: Performer, **changes: Any) -> ConsentRecord:
        """The performer's biometric release, signed and approved like any consent."""
        return self.active(performer, release=False, **{**values.RELEASE, **changes})

    def request(self, **changes: Any) -> Request:
        likeness = self._participant(Part.LIKENESS, self.idris)
        plate = self._participant(Part.PLATE, self.anselm)
        given: dict[str, Any] = {
            "run_id": uuid4(),
            "production_id": self.production.pk,
            "kind": KindOfUse.SWAP,
            "participants": (likeness, plate),
            "requested_by": self.petra.pk,
        }
        return values.request(**{**given, **changes})

    def _participant(self, part: Part, performer: Performer) -> Any:
        made = values.participant(part, values.IDRIS)
        return replace(
            made,
            performer_id=performer.pk,
            performer_name=performer.name,
            sightings=(values.sighting(performer.pk),),
        )

    def ask(self, request: Request | None = None) -> str | Refusal:
        return services.decide(request or self.request(), by=self.petra, sealing_key=PRIVATE)


def entries_of(subject: UUID) -> list[Entry]:
    """What the ledger says of one consent, performer or run."""
    ledger.sequence()
    return [entry for entry in ledger.entries() if entry.subject.endswith(str(subject))]
