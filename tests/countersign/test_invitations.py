"""How a performer comes in, and who does not: the link opens once, and opens nothing by itself."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from consent.errors import ConsentError
from consent.models import Performer
from consent.services import identity
from consent.types import ReasonCode, Refusal
from countersign.accounts import invitations, keyring
from countersign.accounts.models import Invitation, Passkey, Person
from countersign.keeping import erasing, plans
from provenance import ledger
from provenance.models import LedgerEntry, Opening
from tests import passkeys, people as setup
from tests.countersign.test_signatures import by
from tests.people import People
from tests.refused import only


@pytest.fixture
def mara(people: People) -> Performer:
    """A performer whom nobody has introduced yet."""
    return Performer.objects.create(organisation=people.production.organisation, name="Mara Quist")


def invitation(people: People, mara: Performer, **how: Any) -> Invitation:
    return passkeys.invited(mara, people.production, **{"by": people.producer, **how})


def kinds(performer: Performer) -> list[str]:
    ledger.sequence()
    return list(
        LedgerEntry.objects.filter(subject=f"performer:{performer.pk}").order_by("index").values_list("kind", flat=True)
    )


def test_invited_person_becomes_the_performer_without_a_password(people: People, mara: Performer) -> None:
    person = passkeys.come_in(invitation(people, mara, email="mara@example.org"), passkeys.device())
    assert isinstance(person, Person)
    assert (person.email, person.name, person.has_usable_password()) == ("mara@example.org", "Mara Quist", False)
    mara.refresh_from_db()
    assert mara.person == person
    assert kinds(mara) == ["performer:invited", "performer:introduced"]
    sealed = Opening.objects.filter(of=f"performer:{mara.pk}").values_list("value", flat=True)
    assert '"192.0.2.7"' in sealed
    assert "192.0.2.7" not in "".join(LedgerEntry.objects.values_list("canonical", flat=True))


def test_link_is_kept_as_a_digest_only(people: People, mara: Performer) -> None:
    row = invitation(people, mara)
    token = passkeys.tokens[row.pk]
    assert token not in str(Invitation.objects.values().get())
    assert invitations.found(token) == row


def test_invitation_opens_once(people: People, mara: Performer) -> None:
    row = invitation(people, mara)
    assert isinstance(passkeys.come_in(row, passkeys.device(), email="mara@example.org"), Person)
    row.refresh_from_db()
    assert only(passkeys.come_in(row, passkeys.device(), email="eve@example.org")) is ReasonCode.INVITATION_SPENT


def test_two_who_open_it_at_once_do_not_both_come_in(people: People, mara: Performer) -> None:
    row, device, other = invitation(people, mara), passkeys.device(), passkeys.device()
    guests = [invitations.Guest(person=None, email=f"{name}@example.org", address="") for name in ("mara", "eve")]
    questions = [invitations.ask(row, guest) for guest in guests]
    found = [
        invitations.accept(row, guest, pk=asked.ceremony, response=one.create(asked.options), label="")
        for guest, asked, one in zip(guests, questions, (device, other), strict=True)
        if not isinstance(asked, Refusal)
    ]
    assert isinstance(found[0], Person)
    assert only(found[1]) is ReasonCode.INVITATION_SPENT
    assert not Person.objects.filter(email="eve@example.org").exists()


def test_invitation_ends(people: People, mara: Performer) -> None:
    row = invitation(people, mara)
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    row.refresh_from_db()
    assert only(passkeys.come_in(row, passkeys.device(), email="mara@example.org")) is ReasonCode.INVITATION_EXPIRED


def test_invitation_is_taken_back(people: People, mara: Performer) -> None:
    row = invitation(people, mara)
    invitations.revoke(row, by=people.producer)
    row.refresh_from_db()
    assert only(passkeys.come_in(row, passkeys.device(), email="mara@example.org")) is ReasonCode.INVITATION_REVOKED
    assert kinds(mara) == ["performer:invited", "performer:invitation-ended", "performer:invitation-refused"]


def test_sending_it_again_makes_the_first_link_useless(people: People, mara: Performer) -> None:
    first = invitation(people, mara, email="mara@example.org")
    second = invitation(people, mara, email="mara@example.org")
    first.refresh_from_db()
    assert first.revoked_at
    assert isinstance(passkeys.come_in(second, passkeys.device()), Person)


def test_crew_of_the_house_does_not_become_its_performer(people: People, mara: Performer) -> None:
    found = passkeys.come_in(invitation(people, mara), passkeys.device(), person=people.producer)
    assert only(found) is ReasonCode.CREW_IS_NO_PERFORMER
    assert only(invitations.invite(mara, people.production, email=people.artist.email, by=people.legal)) is (
        ReasonCode.CREW_IS_NO_PERFORMER
    )


def test_nobody_becomes_two_performers(people: People, mara: Performer) -> None:
    found = passkeys.come_in(invitation(people, mara), passkeys.device(), person=people.idris_person)
    assert only(found) is ReasonCode.PERSON_IS_PERFORMER
    email = people.idris_person.email
    assert only(invitations.invite(mara, people.production, email=email, by=people.legal)) is (
        ReasonCode.PERSON_IS_PERFORMER
    )


def test_one_address_is_not_invited_as_two_performers(people: People, mara: Performer) -> None:
    invitation(people, mara, email="mara@example.org")
    twin = Performer.objects.create(organisation=mara.organisation, name="Mara Quist (stunts)")
    found = invitations.invite(twin, people.production, email="MARA@example.org", by=people.legal)
    assert only(found) is ReasonCode.PERSON_IS_PERFORMER


def test_performer_with_an_account_is_not_invited_again(people: People) -> None:
    found = invitations.invite(people.idris, people.production, email="", by=people.legal)
    assert only(found) is ReasonCode.PERFORMER_IS_SOMEBODY


def test_invitation_takes_nobodys_account_over(people: People, mara: Performer) -> None:
    """Whoever invites knows the link: it must not add a passkey to an account that exists."""
    row = invitation(people, mara, email=people.stranger.email)
    assert only(passkeys.come_in(row, passkeys.device())) is ReasonCode.ADDRESS_IS_KNOWN
    assert not Passkey.objects.exists()


def test_account_that_opens_it_signed_in_is_linked(people: People, mara: Performer) -> None:
    assert passkeys.come_in(invitation(people, mara), passkeys.device(), person=people.stranger) == people.stranger


def test_question_of_another_invitation_is_refused(people: People, mara: Performer) -> None:
    other = Performer.objects.create(organisation=mara.organisation, name="Another")
    row, device = invitation(people, mara), passkeys.device()
    guest = invitations.Guest(person=None, email="mara@example.org", address="")
    asked = invitations.ask(invitation(people, other), guest)
    assert not isinstance(asked, Refusal)
    found = invitations.accept(row, guest, pk=asked.ceremony, response=device.create(asked.options), label="")
    assert only(found) is ReasonCode.OTHER_SHOWN


def test_passkey_counts_once_a_second_person_has_looked(people: People, mara: Performer) -> None:
    person = passkeys.come_in(invitation(people, mara, email="mara@example.org"), passkeys.device())
    assert isinstance(person, Person)
    mara.refresh_from_db()
    mine = identity.passkeys_of(person.pk)
    assert len(mine) == 1
    assert identity.confirmed(mara) == frozenset()
    assert isinstance(identity.confirm(mara, passkeys=mine, by=people.legal), Performer)
    assert identity.confirmed(mara) == mine
    identity.confirm(mara, passkeys=mine, by=people.legal)  # says nothing new
    assert kinds(mara).count("performer:identity-confirmed") == 1


def test_whoever_invited_does_not_confirm(people: People, mara: Performer) -> None:
    person = passkeys.come_in(invitation(people, mara, by=people.legal), passkeys.device(), email="mara@example.org")
    assert isinstance(person, Person)
    mara.refresh_from_db()
    found = identity.confirm(mara, passkeys=identity.passkeys_of(person.pk), by=people.legal)
    assert only(found) is ReasonCode.SAME_PERSON
    assert only(identity.confirm(mara, passkeys=identity.passkeys_of(person.pk), by=person)) is ReasonCode.SAME_PERSON
    assert kinds(mara)[-1] == "performer:identity-confirmation-refused"


def test_passkey_added_later_needs_its_own_look(people: People) -> None:
    passkeys.given(people.idris_person)
    passkeys.confirmed(people.idris, by=people.legal)
    first = identity.confirmed(people.idris)
    passkeys.given(people.idris_person)
    assert identity.confirmed(people.idris) == first


def test_removed_passkey_signs_for_nobody(people: People) -> None:
    for _ in range(2):
        passkeys.given(people.idris_person)
    passkeys.confirmed(people.idris, by=people.legal)
    gone = Passkey.objects.first()
    assert gone
    keyring.remove(gone)
    assert identity.confirmed(people.idris) == {Passkey.objects.get(removed_at=None).sha256}


@pytest.mark.parametrize("claimed", [(), ("0" * 64,)])
def test_passkey_that_the_ledger_does_not_know_is_not_confirmed(people: People, claimed: tuple[str, ...]) -> None:
    """Nor is one that somebody wrote into the rows only."""
    setup.passkey(people.idris_person)
    assert only(identity.confirm(people.idris, passkeys=claimed, by=people.legal)) is ReasonCode.PASSKEY_UNKNOWN
    rows = {row.sha256 for row in Passkey.objects.all()}
    assert only(identity.confirm(people.idris, passkeys=rows, by=people.legal)) is ReasonCode.PASSKEY_UNKNOWN


def test_confirmation_is_of_the_account_they_had_then(people: People) -> None:
    passkeys.given(people.idris_person)
    passkeys.confirmed(people.idris, by=people.legal)
    Performer.objects.filter(pk=people.idris.pk).update(person=people.stranger)
    people.idris.refresh_from_db()
    assert identity.confirmed(people.idris) == frozenset()


def test_link_is_mailed_where_there_is_a_mail_server(people: People, mara: Performer) -> None:
    sent = invitations.invite(mara, people.production, email="mara@example.org", by=people.producer)
    assert isinstance(sent, invitations.Sent)
    assert invitations.mail(sent).mailed
    assert sent.link in mail.outbox[0].body
    assert mail.outbox[0].to == ["mara@example.org"]


def test_link_does_not_lie_in_a_folder_where_there_is_none(people: People, mara: Performer, settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    sent = invitations.invite(mara, people.production, email="mara@example.org", by=people.producer)
    assert isinstance(sent, invitations.Sent)
    assert not invitations.mail(sent).mailed


def test_erased_performer_leaves_no_passkey_and_no_invitation(people: People, mara: Performer) -> None:
    person = passkeys.come_in(invitation(people, mara, email="mara@example.org"), passkeys.device())
    assert isinstance(person, Person)
    mara.refresh_from_db()
    erasing.erase(mara, by=people.legal, confirmed=plans.plan(mara).digest)
    assert not Passkey.objects.exists()
    assert not Invitation.objects.exists()
    assert "mara" not in str(list(Opening.objects.values())).lower()
    mara.refresh_from_db()
    with pytest.raises(ConsentError):
        invitations.invite(mara, people.production, email="", by=people.producer)


def test_pages_of_an_invitation(people: People, mara: Performer, client: Client) -> None:
    client.force_login(people.producer)
    address = f"/productions/{people.production.pk}/performers/{mara.pk}/invitation"
    page = client.post(address, {"email": "mara@example.org"})
    link = page.content.decode().split('value="http')[1].split('"')[0].partition("/invitation/")[2]
    assert link not in client.get(address).content.decode()
    guest, device = Client(), passkeys.device()
    assert "Petra Producer of Northlight Pictures" in guest.get(f"/invitation/{link}").content.decode()
    asked = guest.post(f"/invitation/{link}/options").json()
    answer = {"ceremony": asked["ceremony"], "credential": device.create(asked["options"]), "label": "My phone"}
    assert guest.post(f"/invitation/{link}", answer).headers["Location"] == "/me"
    assert guest.get("/me").status_code == 200
    again = Client().get(f"/invitation/{link}")
    assert again.status_code == 409
    assert "used already" in again.content.decode()
    assert Client().get("/invitation/nothing").status_code == 404
    legal = Client()
    legal.force_login(people.legal)
    page = legal.get(f"/productions/{people.production.pk}/performers/{mara.pk}/identity")
    assert "127.0.0.1" in page.content.decode()
    found = {"passkey": Passkey.objects.get().sha256}
    legal.post(f"/productions/{people.production.pk}/performers/{mara.pk}/identity", found)
    mara.refresh_from_db()
    assert identity.confirmed(mara) == {found["passkey"]}


def test_api_of_an_invitation(people: People, mara: Performer, client: Client) -> None:
    base = f"/api/productions/{people.production.pk}/performers/{mara.pk}"
    sent = client.post(f"{base}/invitations", {}, headers=by(people.producer)).json()
    token = {"token": sent["link"].rsplit("/", 1)[1]}
    assert client.post("/api/invitation/shown", token).json()["production"] == "The Long Harbour"
    assert client.post("/api/invitation/options", token).status_code == 400
    guest, device = {**token, "email": "mara@example.org"}, passkeys.device()
    asked = client.post("/api/invitation/options", guest).json()
    answer = {"ceremony": asked["ceremony"], "credential": device.create(asked["options"]), "label": "My phone"}
    accepted = client.post("/api/invitation", {**guest, **answer})
    assert accepted.status_code == 201
    assert accepted.json()["person"]["email"] == "mara@example.org"
    legal = by(people.legal)
    (waiting,) = client.get(f"{base}/identity", headers=legal).json()["waiting"]
    body = {"passkeys": [waiting["sha256"]]}
    confirmed = client.post(f"{base}/identity", body, content_type="application/json", headers=legal)
    assert [one["id"] for one in confirmed.json()["confirmed"]] == [waiting["id"]]
    other = Performer.objects.create(organisation=mara.organisation, name="Another")
    sent = client.post(f"/api/productions/{people.production.pk}/performers/{other.pk}/invitations", headers=legal)
    assert client.delete(f"/api/invitations/{sent.json()['id']}", headers=legal).status_code == 204
