"""The keeper of the keys and whoever works outside runs: enrolment, examination, the pages that show a clip."""

import uuid

import pytest

from consent import services as consents
from consent.enrolment import ProposedFace
from consent.errors import KeyDestroyedError, VaultError
from consent.models import Performer
from countersign.runs import examination, keyring, sharing
from countersign.runs.errors import KeysLateError
from countersign.runs.models import Enrolment, EnrolmentState, Footage, FootageState
from provenance.types import EntryKind
from tests import people as setup
from tests.countersign.atwork import keyed, of_requests, said
from tests.people import People


def _enrolled(people: People, who: Performer) -> Performer:
    """By way of the worker's own task, save the measuring; and confirmed."""
    claimed = examination.claim_enrolment(Enrolment.objects.create(performer=who, asked_by=people.producer).pk)
    assert claimed is not None
    measured = consents.Measured(template=b"a face", recogniser="sface", stills=5, portrait=b"")
    with keyring.reading(f"enrolment:{claimed.pk}", task="enrol", attempt=claimed.attempt):
        assert examination.faces_known(claimed)[0] is None
        proposed = consents.propose_face(
            who, measured, enrolment=claimed.pk, by=people.producer, keyring=keyring.at_hand()
        )
    assert isinstance(proposed, ProposedFace), proposed
    answer = consents.confirm_face(proposed, by=people.legal)
    assert isinstance(answer, Performer), answer
    return answer


def _new_clip(people: People) -> Footage:
    clip = setup.clip(people, None, "idris", title="New", state=FootageState.RECEIVED)
    keyed(clip)
    claimed = examination.claim(clip.pk)
    assert claimed is not None
    return claimed


def _fresh(performer: Performer) -> None:
    """Without the template that is none."""
    Performer.objects.filter(pk=performer.pk).update(template=b"", template_key=None, enrolled_at=None)


def test_templates_are_made_and_read_outside_runs_by_the_same_way(people: People, keeper: None) -> None:
    row = setup.release(people, people.idris)
    _fresh(people.idris)
    _enrolled(people, people.idris)
    clip = _new_clip(people)
    with keyring.reading(f"footage:{clip.pk}", task="examine", attempt=clip.attempt):
        assert examination.templates(clip, task="examine") == {str(people.idris.pk): b"a face"}
        assert keyring.at_hand().clip(clip.pk)
    (made,) = said(EntryKind.KEY_RELEASED, f"performer:{people.idris.pk}")
    (read,) = said(EntryKind.KEY_RELEASED, f"footage:{clip.pk}")
    assert made.body["of"].startswith("enrolment:")
    assert (read.body["step"], read.body["of"]) == ("examine", f"footage:{clip.pk}")
    assert read.body["consents"] == [{"consent": str(row.pk)}]
    assert read.body["clips"] == [{"footage": str(clip.pk)}]


def test_no_key_is_released_for_a_face_without_a_release(people: People, keeper: None) -> None:
    claimed = examination.claim_enrolment(Enrolment.objects.create(performer=people.idris, asked_by=people.producer).pk)
    assert claimed is not None
    with (
        keyring.reading(f"enrolment:{claimed.pk}", task="enrol", attempt=claimed.attempt),
        pytest.raises(VaultError),
    ):
        keyring.at_hand().key(uuid.uuid4())
    (entry,) = [entry for entry in of_requests() if "no-biometric-release" in entry.body["reasons"]]
    assert entry.kind is EntryKind.KEY_RELEASE_REFUSED


@pytest.mark.parametrize("task", ["examine", "appraise"])
def test_a_clip_that_nobody_works_on_is_not_opened(people: People, keeper: None, task: str) -> None:
    clip = setup.clip(people, None, "idris", title="Examined long ago")
    keyed(clip)
    with pytest.raises(KeysLateError), keyring.reading(f"footage:{clip.pk}", task=task, attempt=1):
        pass
    assert not said(EntryKind.KEY_RELEASED, f"footage:{clip.pk}")


def test_the_web_process_gets_the_key_of_a_clip_that_is_watched_and_no_others(people: People, keeper: None) -> None:
    clip, other = setup.clip(people, None, "idris", title="One"), setup.clip(people, None, "idris", title="Other")
    key = keyed(clip)
    keyed(other)
    ring = keyring.watching(clip.pk)
    assert ring.clip(clip.pk) == key
    with pytest.raises(VaultError):
        ring.clip(other.pk)
    keyring.watching(other.pk)
    assert keyring.watching(clip.pk) is ring, "for a minute, whoever watches something else"
    consents.close_clip(clip.pk)
    with pytest.raises(KeyDestroyedError):
        keyring.watching(clip.pk).clip(clip.pk)


def test_a_refusal_to_open_a_watched_clip_is_not_kept(people: People, keeper: None) -> None:
    clip = setup.clip(people, None, "idris", title="One")
    with pytest.raises(VaultError):
        keyring.watching(clip.pk).clip(clip.pk)
    key = keyed(clip)
    assert keyring.watching(clip.pk).clip(clip.pk) == key


def test_the_key_of_a_new_clip_is_made_by_the_keeper_once(people: People, keeper: None) -> None:
    pk, about = uuid.uuid4(), {"production_id": people.production.pk, "sha256": "ab" * 32}
    key = keyring.of_new_clip(pk, **about).clip(pk)
    assert consents.open_clip(pk, store=sharing.store()) == key
    with pytest.raises(KeysLateError):
        keyring.of_new_clip(pk, **about)
    with pytest.raises(KeysLateError):
        keyring.of_new_clip(uuid.uuid4(), production_id=uuid.uuid4(), sha256="ab" * 32)


def test_reading_and_enrolling_are_put_off_without_a_keeper(people: People) -> None:
    clip = setup.clip(people, None, "idris", title="New", state=FootageState.RECEIVED)
    footage = examination.claim(clip.pk)
    enrolment = examination.claim_enrolment(
        Enrolment.objects.create(performer=people.idris, asked_by=people.producer).pk
    )
    assert footage is not None
    assert enrolment is not None
    examination.put_off(footage)
    examination.put_off_enrolment(enrolment)
    for row, state in ((footage, FootageState.RECEIVED), (enrolment, EnrolmentState.WAITING)):
        row.refresh_from_db()
        assert (row.state, row.attempt) == (state, 0)
