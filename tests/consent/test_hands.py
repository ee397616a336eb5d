"""Two people besides the performer, whatever the way of signing: every pair that may not, and every one that may."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from consent import services
from consent.models import ConsentRecord, Performer
from consent.services import seals, signing
from consent.types import ConsentState, ReasonCode, Refusal
from countersign.accounts.models import Person
from tests import passkeys
from tests.consent.house import House
from tests.consent.test_documents import codes
from tests.consent.test_signing import SEALING
from tests.people import still


@dataclass(frozen=True)
class Cast:
    """Who drafts, uploads, checks the signer (binds or confirms) and approves: p produces, l is legal, i performs."""

    drafts: str
    uploads: str
    checks: str
    approves: str


def who(house: House, one: str) -> Person:
    performer = house.idris.person
    assert isinstance(performer, Person)
    return {"p": house.petra, "l": house.lena, "i": performer}[one]


def unbound(house: House, checks: Person) -> None:
    """Idris's certificate, bound by somebody else than the house has it."""
    Performer.objects.filter(pk=house.idris.pk).update(certificate_sha256="", certificate_bound_by=None)
    services.bind_certificate(house.idris, certificate_pem=house.registry.idris.certificate, by=checks)


def drafted(house: House, cast: Cast) -> ConsentRecord:
    return replace(house, petra=who(house, cast.drafts)).drafted(house.idris)


def by_certificate(house: House, cast: Cast) -> ConsentRecord | Refusal:
    unbound(house, who(house, cast.checks))
    return replace(house, petra=who(house, cast.uploads)).upload(drafted(house, cast))


def by_passkey(house: House, cast: Cast) -> ConsentRecord | Refusal:
    performer = who(house, "i")
    phone = passkeys.given(performer)
    passkeys.confirmed(house.idris, by=who(house, cast.checks))
    row = drafted(house, cast)
    answer = signing.sign([row], proof=passkeys.proof([row], phone), by=performer)
    assert not isinstance(answer, Refusal), answer
    assert seals.seal(row.pk, by=SEALING)
    return row


def by_scan(house: House, cast: Cast) -> ConsentRecord | Refusal:
    """Whoever checks reviews the picture; the performer's passkey was confirmed by them too."""
    performer, checks = who(house, "i"), who(house, cast.checks)
    phone = passkeys.given(performer)
    passkeys.confirmed(house.idris, by=checks)
    row = services.register_scan(drafted(house, cast), scan=still("idris", 1), by=who(house, cast.uploads))
    assert isinstance(row, ConsentRecord), row
    row = services.review(row, fits=True, by=checks)
    if isinstance(row, Refusal):
        return row
    answer = signing.confirm([row], proof=passkeys.proof([row], phone, purpose=signing.Purpose.CONFIRM), by=performer)
    assert not isinstance(answer, Refusal), answer
    row.refresh_from_db()
    return row


Way = Callable[[House, Cast], ConsentRecord | Refusal]
ALLOWED = {
    by_certificate: {"ppll", "llpp", "iilp"},
    by_passkey: {"pill", "lipp", "iilp"},
    by_scan: {"ppll", "llpp"},
}
REFUSED = {
    by_certificate: {
        "pplp", "llpl", "plll", "plpl", "lppl", "lplp", "pppl", "pppp", "llll", "iill", "pili",
    },
    by_passkey: {"pilp", "pipl", "pipp", "lipl", "lilp", "lill", "iill"},
    by_scan: {"pplp", "plpl", "plll", "pppl", "pppp", "llll"},
}  # fmt: skip


def outcome(house: House, way: Way, letters: str) -> ConsentRecord | Refusal:
    cast = Cast(*letters)
    row = way(house, cast)
    return row if isinstance(row, Refusal) else services.approve(row, by=who(house, cast.approves))


def cases(table: dict[Way, set[str]]) -> list[tuple[Way, str]]:
    return [(way, letters) for way, casts in table.items() for letters in sorted(casts)]


@pytest.mark.parametrize(("way", "letters"), cases(ALLOWED))
def test_two_people_besides_the_performer_let_it_stand(house: House, way: Way, letters: str) -> None:
    answer = outcome(house, way, letters)
    assert isinstance(answer, ConsentRecord), answer
    assert answer.state == ConsentState.ACTIVE


@pytest.mark.parametrize(("way", "letters"), cases(REFUSED))
def test_one_person_in_two_parts_is_refused(house: House, way: Way, letters: str) -> None:
    assert set(codes(outcome(house, way, letters))) == {ReasonCode.SAME_PERSON}
