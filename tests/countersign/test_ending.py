"""A consent ends by withdrawal, by the clock or by an erasure: work stops, keys go, and a certificate says so."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from consent import destruction, services as consents
from consent.credentials import jose
from consent.destruction import Certificate, Why
from consent.errors import KeyDestroyedError
from consent.models import ConsentRecord, Destruction, VaultKey
from consent.types import ConsentState, ReasonCode
from countersign import keys
from countersign.keeping import erasing, plans
from countersign.runs import answering, deposits, ending, keyring, services, sharing, status, storage
from countersign.runs.face_models import FaceMoment
from countersign.runs.models import FaceTrack, Footage, FootageState, Output, OutputState, Run, RunState
from provenance import ledger
from provenance.types import EntryKind
from tests.countersign.conftest import WEIGHTS, Things
from tests.people import People

pytestmark = pytest.mark.django_db


def over(consent: ConsentRecord, *, retention_days: int = 0) -> None:
    """Its last moment has come. The clock is not waited for."""
    terms = {**consent.terms, "retention_days": retention_days}
    ConsentRecord.objects.filter(pk=consent.pk).update(valid_until=timezone.now(), terms=terms)


def settle() -> None:
    """What the supervisor does again and again."""
    ending.expire_due()
    sharing.keep_up()
    answering.shred_owed()
    deposits.unlink_destroyed()
    ending.certify_due()


def certificate_of(subject: str) -> Certificate:
    row = Destruction.objects.get(subject=subject)
    return destruction.read(row.certificate, keys.certificate_public(Path(settings.KEYS)))


def kinds(subject: str) -> list[str]:
    return [entry.kind.value for entry in ledger.about((subject,), kinds=tuple(EntryKind))]


def test_withdrawal_is_certified_once_everything_is_gone(people: People, at_work: Things) -> None:
    services.withdraw(at_work.consent, by=people.idris_person, reason="")
    assert consents.certifiable() == [], "a key is still in the store"
    settle()
    found = certificate_of(f"consent:{at_work.consent.pk}")
    assert found.why is Why.WITHDRAWAL
    assert found.destroyed.models == (WEIGHTS,)
    assert found.destroyed.clips == (at_work.footage.sha256,)
    assert str(VaultKey.objects.get(consent=at_work.consent).pk) in found.destroyed.keys
    told = {entry.kind for entry in found.entries}
    expected = {"consent:withdrawn", "key:destroyed", "key:shredded", "model:destroyed", "footage:destroyed"}
    assert expected | {"output:flagged"} <= told


def test_ledger_knows_the_certificate_by_its_digest(people: People, at_work: Things) -> None:
    services.withdraw(at_work.consent, by=people.idris_person, reason="")
    settle()
    row = Destruction.objects.get(consent=at_work.consent)
    subject = f"consent:{at_work.consent.pk}"
    *_, entry = ledger.about((subject,), kinds=(EntryKind.CERTIFICATE_ISSUED,))
    digest = destruction.digest(row.certificate)
    assert entry.body == {"certificate": str(row.pk), "sha256": digest, "why": "withdrawal"}
    settle()
    services.withdraw(at_work.consent, by=people.idris_person, reason="")
    assert kinds(subject).count("certificate:issued") == 1 + 1, "one of the fixture's, one of this withdrawal"


def test_clip_of_somebody_who_withdrew_is_destroyed(people: People, at_work: Things) -> None:
    services.withdraw(at_work.consent, by=people.idris_person, reason="")
    settle()
    clip = Footage.objects.get(pk=at_work.footage.pk)
    assert (clip.state, bytes(clip.poster)) == (FootageState.DESTROYED, b"")
    assert not storage.footage(clip.pk).exists()
    with pytest.raises(KeyDestroyedError):
        deposits.opened(clip, ring=keyring.watching(clip.pk))
    client = Client()
    client.force_login(people.producer)
    assert client.get(f"/footage/{clip.pk}/video").status_code == 410
    with deposits.opened(Footage.objects.get(pk=at_work.plate.pk), ring=keyring.watching(at_work.plate.pk)) as other:
        assert other.read(4)


def test_the_faces_cut_out_of_a_clip_go_with_it(people: People, at_work: Things) -> None:
    track = FaceTrack.objects.get(footage=at_work.footage)
    FaceTrack.objects.filter(pk=track.pk).update(best=people.anselm, thumbnail=b"jpeg")
    FaceMoment.objects.create(track=track, frame=1, picture=b"jpeg")
    client = Client()
    client.force_login(people.legal)
    address = reverse("face-moment", args=(track.pk, 1))
    assert client.get(address).content == b"jpeg"
    services.withdraw(at_work.consent, by=people.idris_person, reason="")
    assert client.get(address).status_code == 404
    assert not FaceMoment.objects.filter(track=track).exists()
    assert bytes(FaceTrack.objects.get(pk=track.pk).thumbnail) == b""


def test_window_that_is_over_ends_the_consent_and_the_work(people: People, at_work: Things) -> None:
    Run.objects.filter(pk=at_work.run.pk).update(state=RunState.TRAINING, finished_at=None)
    over(at_work.consent)
    settle()
    consent, run = ConsentRecord.objects.get(pk=at_work.consent.pk), Run.objects.get(pk=at_work.run.pk)
    assert consent.state == ConsentState.EXPIRED
    assert run.state == RunState.STOPPED
    assert [reason["code"] for reason in run.reasons] == [ReasonCode.CONSENT_EXPIRED]
    assert {"consent:expired", "key:destroyed", "key:shredded"} <= set(kinds(f"consent:{consent.pk}"))
    assert certificate_of(f"consent:{consent.pk}").why is Why.EXPIRY


def test_output_made_in_time_stays_and_says_that_the_consent_has_ended(people: People, at_work: Things) -> None:
    over(at_work.consent)
    settle()
    output = Output.objects.get(pk=at_work.output.pk)
    assert output.state == OutputState.ENDED
    client = Client()
    said = client.get(f"/outputs/{output.pk}/status").json()
    assert (said["state"], said["stands"]) == ("ended", False)
    assert any("this was made before" in one["sentence"] for one in said["consents"])
    assert any("certified as destroyed" in one["sentence"] for one in said["consents"])
    client.force_login(people.producer)
    assert client.get(f"/outputs/{output.pk}").status_code == 200


def test_signed_output_that_nobody_published_never_comes_out_after_the_end(people: People, at_work: Things) -> None:
    Output.objects.filter(pk=at_work.output.pk).update(state=OutputState.SIGNED, published_at=None)
    over(at_work.consent)
    settle()
    assert Output.objects.get(pk=at_work.output.pk).state == OutputState.TAKEN_DOWN


def test_what_was_learnt_is_kept_as_long_as_the_terms_say_and_opens_nothing(people: People, at_work: Things) -> None:
    over(at_work.consent, retention_days=30)
    settle()
    assert ConsentRecord.objects.get(pk=at_work.consent.pk).state == ConsentState.EXPIRED
    assert VaultKey.objects.get(consent=at_work.consent).destroyed_at is None
    with pytest.raises(KeyDestroyedError):
        deposits.opened(at_work.footage, ring=keyring.watching(at_work.footage.pk))
    assert not Destruction.objects.exists()
    ending.expire_due(timezone.now() + timedelta(days=31))
    settle()
    assert VaultKey.objects.get(consent=at_work.consent).shredded_at is not None
    assert certificate_of(f"consent:{at_work.consent.pk}").why is Why.EXPIRY


def test_expiry_happens_once(at_work: Things) -> None:
    over(at_work.consent)
    assert [ending.expire_due() for _ in range(3)] == [2, 0, 0]
    assert kinds(f"consent:{at_work.consent.pk}").count("consent:expired") == 1


def test_withdrawn_while_it_is_kept_goes_at_once(people: People, at_work: Things) -> None:
    over(at_work.consent, retention_days=30)
    settle()
    services.withdraw(at_work.consent, by=people.idris_person, reason="")
    settle()
    assert certificate_of(f"consent:{at_work.consent.pk}").why is Why.WITHDRAWAL


def test_consent_that_goes_on_is_left_alone(at_work: Things) -> None:
    settle()
    assert ConsentRecord.objects.get(pk=at_work.consent.pk).state == ConsentState.ACTIVE
    assert not Destruction.objects.exists()


def test_erasure_is_certified_for_each_consent_and_for_the_performer(people: People, at_work: Things) -> None:
    erasing.erase(people.idris, by=people.legal, confirmed=plans.plan(people.idris).digest)
    settle()
    whole = certificate_of(f"performer:{people.idris.pk}")
    assert whole.why is Why.ERASURE
    assert WEIGHTS in whole.destroyed.models
    assert "performer:erased" in {entry.kind for entry in whole.entries}
    assert certificate_of(f"consent:{at_work.consent.pk}").why is Why.ERASURE
    assert "Idris" not in str(whole)


def test_certificate_is_shown_downloaded_and_checked(people: People, at_work: Things) -> None:
    services.withdraw(at_work.consent, by=people.idris_person, reason="")
    settle()
    row = Destruction.objects.get(consent=at_work.consent)
    client = Client()
    for who in (people.idris_person, people.legal):
        client.force_login(who)
        assert row.sha256 in client.get(f"/certificates/{row.pk}").content.decode()
    paper = client.get(f"/certificates/{row.pk}.pdf").content
    client.logout()
    assert checked(client, paper) == (True, True, "")
    assert checked(client, row.certificate.encode(), sha256=row.sha256)[0]
    holds, _, problem = checked(client, paper, sha256="00" * 32)
    assert (holds, "another certificate" in problem) == (False, True)
    assert not checked(client, b"%PDF-1.7 nothing")[0]
    assert "It holds." in page(client, paper)
    assert "It does not hold." in page(client, row.certificate[:-9].encode())


def test_key_of_certificates_is_published(client: Client, at_work: Things) -> None:
    published = client.get("/certificates/key").json()
    assert jose.from_jwk(published) == keys.certificate_public(Path(settings.KEYS))


def test_status_says_what_happened_to_a_withdrawn_consent(people: People, at_work: Things) -> None:
    services.withdraw(at_work.consent, by=people.idris_person, reason="")
    settle()
    said = status.of_consent(at_work.consent.pk).sentence
    assert "withdrew their consent" in said
    assert "certified as destroyed" in said


def checked(client: Client, content: bytes, *, sha256: str = "") -> tuple[bool, bool, str]:
    answer: Any = client.post("/api/certificates/check", {"file": upload(content), "sha256": sha256}).json()
    return answer["holds"], answer["known"], answer["problem"]


def page(client: Client, content: bytes) -> str:
    return client.post("/certificates/check", {"file": upload(content), "sha256": ""}).content.decode()


def upload(content: bytes) -> Any:
    from django.core.files.uploadedfile import SimpleUploadedFile

    return SimpleUploadedFile("certificate", content)
