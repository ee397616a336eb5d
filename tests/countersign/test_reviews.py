"""A face that the recogniser is not sure of: two people compare it, and what they say is all that counts."""

from hashlib import sha256
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from knox.models import AuthToken

from consent.errors import KeyDestroyedError
from consent.models import ClipKey, ClipShare, ConsentRecord, Performer
from consent.types import Band, Matter, Part, Refusal, Sighting
from countersign.accounts.models import Person, Role
from countersign.keeping import erasing, plans
from countersign.runs import deposits, examination, requests, reviews, seen, services, sharing
from countersign.runs.face_models import FaceMoment, FaceReview, FaceVerdict
from countersign.runs.models import FaceTrack, Footage, RunState
from countersign.runs.requests import DEFAULT_PARAMETERS, Order
from provenance import ledger
from provenance.types import EntryKind
from synthesis.types import FaceTrack as Found, Moment
from tests import people as setup
from tests.countersign import keyrings
from tests.countersign.test_pages import as_
from tests.countersign.test_sealed import NOTHING, PROBE
from tests.people import People

WHY = "The same ear lobes, and the scar over the left brow."
SAME, OTHER, CANNOT = FaceVerdict.SAME, FaceVerdict.OTHER, FaceVerdict.CANNOT


@pytest.fixture
def plate(people: People) -> Footage:
    """A clip the producer uploaded, in which the recogniser takes a face for Anselm's, not surely."""
    clip = setup.clip(people, None, "anselm", title="Quay, take 3")
    unsure = {"band": Band.REVIEW.value, "score": 0.41, "review": 0.35, "best": people.anselm, "recogniser": "sface@1"}
    FaceTrack.objects.filter(footage=clip).update(**unsure)
    FaceMoment.objects.create(track=FaceTrack.objects.get(footage=clip), frame=12, picture=setup.still("anselm", 4))
    setup.examined(clip)
    return clip


def face(clip: Footage) -> FaceTrack:
    return FaceTrack.objects.get(footage=clip)


def say(clip: Footage, by: Person, verdict: FaceVerdict = SAME) -> FaceReview | Refusal:
    return reviews.review(face(clip), verdict=verdict, reason=WHY, by=by)


def code(answer: FaceReview | Refusal) -> str:
    assert isinstance(answer, Refusal), answer
    return answer.reasons[0].code.value


def said_of(clip: Footage, kind: EntryKind) -> list[Any]:
    return [entry.body for entry in ledger.about((f"footage:{clip.pk}",), kinds=(kind,))]


def second_artist(people: People) -> Person:
    return setup.member("Ada Artist", people.production, Role.ARTIST)


def test_two_people_who_say_the_same_are_needed(people: People, plate: Footage) -> None:
    assert isinstance(say(plate, people.legal), FaceReview)
    assert reviews.counted(plate) == {}
    assert isinstance(say(plate, people.artist), FaceReview)
    assert set(reviews.counted(plate)[1]) == {people.legal.pk, people.artist.pk}
    assert reviews.settled(face(plate)) == SAME
    assert [body["verdict"] for body in said_of(plate, EntryKind.FACE_REVIEWED)] == [SAME, SAME]


def test_one_who_says_it_is_somebody_else_ends_it(people: People, plate: Footage) -> None:
    for by, verdict in ((people.legal, SAME), (people.artist, SAME), (second_artist(people), OTHER)):
        say(plate, by, verdict)
    assert reviews.counted(plate) == {}
    assert reviews.settled(face(plate)) == OTHER


def test_who_cannot_tell_counts_for_nothing(people: People, plate: Footage) -> None:
    say(plate, people.legal)
    say(plate, people.artist, CANNOT)
    assert (reviews.counted(plate), reviews.settled(face(plate))) == ({}, "")


def test_nobody_reviews_twice_nor_what_they_uploaded_nor_themselves(people: People, plate: Footage) -> None:
    say(plate, people.legal)
    assert code(say(plate, people.legal)) == "same-person"
    assert code(say(plate, people.producer)) == "same-person"
    assert code(say(plate, people.anselm_person)) == "same-person"
    refused = said_of(plate, EntryKind.FACE_REVIEW_REFUSED)
    assert refused == [{"track": 1, "reasons": ["same-person"]}] * 3


@pytest.mark.parametrize("band", [Band.REFUSE, Band.TOO_SMALL, Band.MATCH])
def test_what_the_recogniser_is_sure_of_is_not_for_people(people: People, plate: Footage, band: Band) -> None:
    FaceTrack.objects.filter(footage=plate).update(band=band.value)
    assert code(say(plate, people.legal)) == "review-not-open"


def test_a_review_is_void_once_anything_else_is_compared(people: People, plate: Footage) -> None:
    say(plate, people.legal)
    say(plate, people.artist)
    assert reviews.counted(plate)
    FaceTrack.objects.filter(footage=plate).update(best=people.idris)
    assert reviews.counted(plate) == {}
    FaceTrack.objects.filter(footage=plate).update(best=people.anselm, last_frame=99)
    assert reviews.counted(plate) == {}
    FaceTrack.objects.filter(footage=plate).update(last_frame=124)
    type(people.anselm).objects.filter(pk=people.anselm.pk).update(template=b"enrolled anew")
    assert reviews.counted(plate) == {}


def test_a_row_that_the_ledger_does_not_know_counts_for_nothing(people: People, plate: Footage) -> None:
    for by in (people.legal, people.artist):
        FaceReview.objects.create(
            footage=plate, track=1, performer=people.anselm, sight=reviews.sight(face(plate)), verdict=SAME, reason=WHY,
            by=by,
        )  # fmt: skip
    assert reviews.counted(plate) == {}
    with pytest.raises(IntegrityError), transaction.atomic():
        FaceReview.objects.create(
            footage=plate, track=1, performer=people.anselm, sight=reviews.sight(face(plate)), verdict=SAME, reason=WHY,
            by=people.legal,
        )  # fmt: skip


def test_the_reason_is_sealed_and_goes_with_the_performer(people: People, plate: Footage) -> None:
    say(plate, people.legal)
    ledger.sequence()
    assert not [entry for entry in ledger.entries() if "ear lobes" in entry.canonical]
    planned = plans.plan(people.anselm)
    erasing.erase(people.anselm, by=people.legal, confirmed=planned.digest)
    assert not FaceReview.objects.exists()
    assert not FaceMoment.objects.exists()
    assert (face(plate).best, face(plate).score) == (None, 0.0)


def order(people: People, plate: Footage, **changes: Any) -> Order:
    for performer in (people.idris, people.anselm):
        setup.consent(people, performer, released=True)
    footage = setup.clip(people, people.idris, "idris", title="Idris, training reel")
    return Order(
        title="Quay", likeness=people.idris, plate_performer=people.anselm, footage=footage, plate=plate,
        scene="Scene 12", medium="cinema", territories=("GB",), **changes,
    )  # fmt: skip


def refused(people: People, asked: Order) -> set[str]:
    run = services.start(asked, by=people.producer)
    assert run.state == RunState.REFUSED
    return {reason["code"] for reason in run.reasons}


def test_a_run_on_a_reviewed_face_is_granted_and_the_decision_names_who_looked(people: People, plate: Footage) -> None:
    asked = order(people, plate)
    assert refused(people, asked) == {"face-needs-review", "performer-not-in-footage"}
    say(plate, people.legal)
    assert refused(people, asked) == {"face-needs-review", "performer-not-in-footage"}
    say(plate, people.artist)
    run = services.start(asked, by=people.producer)
    assert run.state == RunState.GRANTED, run.reasons
    (granted,) = ledger.about((f"run:{run.pk}",), kinds=(EntryKind.RUN_GRANTED,))
    (shown,) = [one["faces"][0] for one in granted.body["participants"] if one["part"] == Part.PLATE]  # type: ignore[union-attr,index,call-overload]
    assert set(shown["reviewed_by"]) == {str(people.legal.pk), str(people.artist.pk)}
    assert (shown["band"], shown["review"]) == ("review", 0.35)


def test_whom_a_face_resembles_is_what_the_examination_said(people: People, plate: Footage) -> None:
    """Whoever writes rows names somebody who has consented: nobody is asked about that."""
    FaceTrack.objects.filter(footage=plate).update(best=people.idris)
    assert seen.otherwise(plate)
    assert code(say(plate, people.legal)) == "ledger-disagrees"
    assert said_of(plate, EntryKind.FACE_REVIEW_REFUSED) == [{"track": 1, "reasons": ["ledger-disagrees"]}]


def test_what_a_worker_finds_to_be_judged_is_written_down_with_its_pictures(people: People, plate: Footage) -> None:
    moments = (Moment(frame=3, picture=b"three"), Moment(frame=9, picture=b"nine"))
    found = Found(
        number=1, first_frame=0, last_frame=9, frames_seen=10, median_face_px=90.0, embeddings=NOTHING,
        thumbnail=b"jpeg", moments=moments,
    )  # fmt: skip
    sighting = Sighting(
        track=1, performer_id=None, score=0.41, threshold=0.45, recogniser="sface@1", band=Band.REVIEW, review=0.35
    )
    sighted = [(found, examination.Seen(sighting=sighting, best=people.anselm.pk))]
    examination.store(plate, probe=PROBE, sighted=sighted, poster=b"")
    (shown,) = said_of(plate, EntryKind.FOOTAGE_EXAMINED)[-1]["faces"]
    assert shown["best"] == str(people.anselm.pk)
    assert shown["thumbnail_sha256"] == sha256(b"jpeg").hexdigest()
    assert shown["moments_sha256"] == [sha256(one.picture).hexdigest() for one in moments]
    assert seen.otherwise(plate) is None
    for by in (people.legal, people.artist):
        say(plate, by)
    assert reviews.counted(plate)


def put(clip: Footage, picture: bytes) -> None:
    FaceMoment.objects.filter(track__footage=clip).update(picture=picture)


def test_other_pictures_than_were_found_are_not_judged(
    people: People, plate: Footage, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = bytes(FaceMoment.objects.get().picture)
    put(plate, setup.still("idris", 1))
    assert code(say(plate, people.legal)) == "ledger-disagrees"
    monkeypatch.setattr(reviews, "_shown_otherwise", lambda _: None, raising=False)  # as if swapped in between
    say(plate, people.legal)
    say(plate, people.artist)
    assert reviews.counted(plate) == {}
    put(plate, found)
    assert reviews.counted(plate) == {}


def test_a_face_examined_before_its_pictures_were_written_down_is_not_for_people(
    people: People, plate: Footage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(setup, "compared", lambda _: {}, raising=False)
    setup.examined(plate)
    assert seen.otherwise(plate) is None
    assert code(say(plate, people.legal)) == "review-not-open"


def test_pictures_that_went_later_void_no_review_and_are_no_lie(people: People, plate: Footage) -> None:
    say(plate, people.legal)
    say(plate, people.artist)
    sharing.forget_pictures(plate)
    assert seen.otherwise(plate) is None
    assert reviews.counted(plate)
    erasing.erase(people.anselm, by=people.legal, confirmed=plans.plan(people.anselm).digest)
    assert seen.otherwise(plate) is None
    assert reviews.counted(plate) == {}


def test_who_brought_a_clip_does_not_count_whatever_its_row_says(people: People, plate: Footage) -> None:
    setup.entry(EntryKind.FOOTAGE_ADDED, f"footage:{plate.pk}", f"person:{people.producer.pk}")
    Footage.objects.filter(pk=plate.pk).update(uploaded_by=people.stranger)
    assert isinstance(say(plate, people.producer), FaceReview)
    assert isinstance(say(plate, people.legal), FaceReview)
    assert reviews.counted(Footage.objects.get(pk=plate.pk)) == {}
    say(plate, people.artist)
    assert set(reviews.counted(plate)[1]) == {people.legal.pk, people.artist.pk}


def test_the_performer_does_not_count_though_their_account_was_unlinked_meanwhile(
    people: People, plate: Footage
) -> None:
    Performer.objects.filter(pk=people.anselm.pk).update(person=None)
    assert isinstance(say(plate, people.anselm_person), FaceReview)
    Performer.objects.filter(pk=people.anselm.pk).update(person=people.anselm_person)
    say(plate, people.legal)
    assert reviews.counted(plate) == {}


def opens(clip: Footage) -> bool:
    try:
        deposits.opened(clip, ring=keyrings.everything()).close()
    except KeyDestroyedError:
        return False
    return True


def anselm_withdraws(people: People) -> None:
    consent = ConsentRecord.objects.get(performer=people.anselm, matter=Matter.REPLICA)
    services.withdraw(consent, by=people.anselm_person, reason="")


def test_a_clip_goes_with_the_last_consent_of_whom_people_recognised(people: People, plate: Footage) -> None:
    setup.bring(plate, b"film")
    asked = order(people, plate)
    say(plate, people.legal)
    sharing.keep_up()
    assert not ClipShare.objects.filter(key__clip=plate.pk, performer=people.anselm).exists()
    say(plate, people.artist)
    assert plate in sharing.unshared()
    sharing.keep_up()
    assert services.start(asked, by=people.producer).state == RunState.GRANTED
    assert (opens(plate), list(sharing.unshared())) == (True, [])
    anselm_withdraws(people)
    assert not ClipKey.objects.filter(clip=plate.pk, destroyed_at=None).exists()
    assert not opens(plate)


def test_a_clip_reviewed_before_it_was_shared_out_goes_all_the_same(people: People, plate: Footage) -> None:
    setup.bring(plate, b"film")
    order(people, plate)
    say(plate, people.legal)
    say(plate, people.artist)
    anselm_withdraws(people)
    sharing.keep_up()
    assert not opens(plate)


def stranger(plate: Footage) -> FaceTrack:
    return FaceTrack.objects.create(
        footage=plate, number=2, first_frame=0, last_frame=124, frames_seen=125, median_face_px=90.0,
        thumbnail=setup.still("mara", 1), score=0.2, threshold=0.45, band=Band.REFUSE.value,
    )  # fmt: skip


@pytest.fixture
def shared(people: People) -> Footage:
    """Anselm, surely, with a stranger beside him."""
    clip = setup.clip(people, people.anselm, "anselm", title="Quay, take 4")
    stranger(clip)
    setup.examined(clip)
    return clip


def without(*numbers: int) -> dict[str, Any]:
    return {**DEFAULT_PARAMETERS, "exclude": list(numbers)}


def test_a_stranger_left_alone_stops_no_run_and_stands_in_parameters_and_decision(
    people: People, shared: Footage
) -> None:
    asked = order(people, shared)
    assert refused(people, asked) == {"face-not-recognised"}
    alone = Order(**{**{n: getattr(asked, n) for n in Order.__slots__}, "parameters": without(2)})
    run = services.start(alone, by=people.producer)
    assert run.state == RunState.GRANTED, run.reasons
    given = requests.of_run(run)
    assert given.parameters_sha256 != requests.of_order(asked, run_id=run.pk, by=people.producer).parameters_sha256
    assert [s.left_alone for s in given.participants[1].sightings] == [False, True]


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [((7,), {"track-unknown", "face-not-recognised"}), ((1, 2), {"target-left-alone", "performer-not-in-footage"})],
)
def test_what_cannot_be_left_alone_is_refused(
    people: People, shared: Footage, numbers: tuple[int, ...], expected: set[str]
) -> None:
    assert refused(people, order(people, shared, parameters=without(*numbers))) == expected


def test_pages_show_both_faces_and_take_a_reasoned_answer(people: People, plate: Footage) -> None:
    legal, address = as_(people.legal), f"/faces/{face(plate).pk}/review"
    assert address in legal.get("/faces").content.decode()
    page = legal.get(address).content.decode()
    assert f"/faces/{face(plate).pk}/moments/1.jpg" in page
    assert f"/performers/{people.anselm.pk}/portrait.jpg" in page
    assert legal.post(address, {"verdict": "same-person", "reason": "yes"}).status_code == 200  # too short
    assert legal.post(address, {"verdict": "same-person", "reason": WHY}).status_code == 302
    assert WHY in legal.get(address).content.decode()
    assert address not in legal.get("/faces").content.decode()
    assert address in as_(people.artist).get("/faces").content.decode()
    assert as_(people.producer).get(address).status_code == 403
    assert legal.get(f"/faces/{face(plate).pk}/moments/1.jpg")["Content-Type"] == "image/jpeg"


def test_api_lists_and_takes_reviews(people: People, plate: Footage) -> None:
    headers = {"Authorization": f"Token {AuthToken.objects.create(user=people.artist)[1]}"}
    listed = Client().get("/api/faces/reviews", headers=headers).json()
    assert [one["best"]["name"] for one in listed] == ["Anselm Orr"]
    path, said = f"/api/faces/{listed[0]['id']}/reviews", {"verdict": "same-person", "reason": WHY}
    assert Client().post(path, said, headers=headers).status_code == 201
    again = Client().post(path, said, headers=headers)
    assert (again.status_code, again.json()["reasons"][0]["code"]) == (409, "same-person")
    assert Client().get("/api/faces/reviews", headers=headers).json() == []
