"""The key of a clip follows who is seen in it: with intake, then in shares, gone with the last consent of one."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import transaction

from consent import services
from consent.errors import KeyDestroyedError, VaultError
from consent.models import ClipEnvelope, ClipKey, ClipShare, ConsentRecord
from consent.services import clips
from provenance.types import EntryKind
from tests.consent.house import House, entries_of
from tests.consent.stores import CURRENT

Rows = dict[str, list[dict[str, Any]]]
TABLES = (ClipKey, ClipShare, ClipEnvelope)


def kept(house: House) -> tuple[UUID, bytes]:
    clip = uuid4()
    with transaction.atomic():
        return clip, services.keep_clip(clip, production_id=house.production.pk, sha256="ab" * 32, store=CURRENT)


def seen(clip: UUID, *performers: Any, strangers: bool = False) -> services.Seen:
    return services.Seen(clip=clip, performers=frozenset(one.pk for one in performers), strangers=strangers)


def share(clip: UUID, *performers: Any, strangers: bool = False) -> bool:
    return services.share_out(seen(clip, *performers, strangers=strangers), store=CURRENT)


def opened(clip: UUID) -> bytes:
    return services.open_clip(clip, store=CURRENT)


@transaction.atomic
def end(house: House, row: ConsentRecord) -> list[UUID]:
    services.withdraw(row, by=house.lena, reason="")
    return services.close_clips(row)


def shred() -> None:
    for consent_id in services.owed():
        services.shred(consent_id, store=CURRENT)
    for key_id in services.clips_owed():
        services.shred_clip(key_id, store=CURRENT)


def copied() -> list[Any]:
    """What somebody has who copied the tables."""
    return [row for table in TABLES for row in table.objects.all()]


def opens_from(copy: list[Any], clip: UUID) -> bool:
    """Whether the copied rows, put back among the tables of today, open the clip with today's store."""
    with transaction.atomic():
        ClipKey.objects.filter(clip=clip).delete()
        for row in copy:
            type(row).objects.bulk_create([row])
        try:
            for key in ClipKey.objects.filter(clip=clip, destroyed_at=None):
                clips._joined(key, store=CURRENT, by=clips.Q())
                return True
        except VaultError:
            return False
        finally:
            transaction.set_rollback(True)
    return False


def test_new_clip_is_opened_by_intake(house: House) -> None:
    clip, key = kept(house)
    assert opened(clip) == key


def test_clip_of_one_performer_opens_by_any_of_their_consents(house: House) -> None:
    first, second = house.active(house.idris), house.active(house.idris)
    clip, key = kept(house)
    assert share(clip, house.idris)
    assert opened(clip) == key
    assert end(house, first) == []
    assert opened(clip) == key
    assert end(house, second) == [clip]
    with pytest.raises(KeyDestroyedError):
        opened(clip)


def test_every_performers_share_is_needed(house: House) -> None:
    house.active(house.idris)
    last = house.active(house.anselm)
    clip, key = kept(house)
    share(clip, house.idris, house.anselm)
    assert opened(clip) == key
    assert end(house, last) == [clip]
    with pytest.raises(KeyDestroyedError):
        opened(clip)


def test_sharing_twice_changes_nothing(house: House) -> None:
    house.active(house.idris)
    clip, _ = kept(house)
    assert share(clip, house.idris)
    assert not share(clip, house.idris)


def test_new_consent_adds_an_envelope_and_the_sharing_stays(house: House) -> None:
    first = house.active(house.idris)
    clip, key = kept(house)
    share(clip, house.idris)
    sharing = ClipKey.objects.get(clip=clip, destroyed_at=None).pk
    house.active(house.idris)
    assert services.clips_behind() == [clip]
    assert share(clip, house.idris)
    assert services.clips_behind() == []
    assert ClipKey.objects.get(clip=clip, destroyed_at=None).pk == sharing
    assert end(house, first) == []
    assert opened(clip) == key


@pytest.mark.parametrize("strangers", [True, False])
def test_share_of_whoever_has_not_consented_stays_with_intake(house: House, strangers: bool) -> None:
    clip, key = kept(house)
    share(clip, house.idris, strangers=strangers)
    assert opened(clip) == key
    consent = house.active(house.idris)
    assert services.clips_behind() == [clip]
    assert share(clip, house.idris, strangers=strangers)
    assert opened(clip) == key
    assert end(house, consent) == [clip]


def test_last_consent_ends_a_clip_whose_share_had_not_moved_yet(house: House) -> None:
    clip, _ = kept(house)
    share(clip, house.idris)
    consent = house.active(house.idris)
    assert end(house, consent) == [clip]


def test_clip_seen_only_after_the_consent_had_ended_is_named(house: House) -> None:
    consent = house.active(house.idris)
    clip, _ = kept(house)
    end(house, consent)
    found = services.ended_before(seen(clip, house.idris))
    assert found is not None
    assert found.pk == consent.pk


def test_clip_that_came_after_a_consent_had_ended_is_kept(house: House) -> None:
    end(house, house.active(house.idris))
    clip, key = kept(house)
    assert services.ended_before(seen(clip, house.idris)) is None
    share(clip, house.idris)
    assert opened(clip) == key


def test_who_was_recognised_once_keeps_their_share(house: House) -> None:
    consent = house.active(house.idris)
    clip, _ = kept(house)
    share(clip, house.idris)
    share(clip, strangers=True)
    assert end(house, consent) == [clip]


def test_consent_of_another_production_opens_nothing(house: House) -> None:
    other = House.make()
    clip, _ = kept(house)
    house.active(house.idris)
    share(clip, house.idris)
    assert end(other, other.active(other.idris)) == []
    assert opened(clip)


def test_copy_from_before_the_withdrawal_opens_before_and_not_after(house: House) -> None:
    consent = house.active(house.idris)
    clip, _ = kept(house)
    early = copied()
    share(clip, house.idris)
    late = copied()
    assert opens_from(late, clip)
    end(house, consent)
    shred()
    assert not opens_from(early, clip)
    assert not opens_from(late, clip)


def test_copy_from_before_a_narrower_sharing_does_not_open_after(house: House) -> None:
    """While Idris alone was known, his consent was enough; now Anselm's is needed too."""
    house.active(house.idris)
    clip, _ = kept(house)
    share(clip, house.idris)
    copy = copied()
    assert opens_from(copy, clip)
    house.active(house.anselm)
    share(clip, house.idris, house.anselm)
    shred()
    assert not opens_from(copy, clip)
    assert opened(clip)


def test_sharing_stands_in_the_ledger(house: House) -> None:
    consent = house.active(house.idris)
    clip, _ = kept(house)
    share(clip, house.idris)
    (entry,) = [one for one in entries_of(clip) if one.kind is EntryKind.FOOTAGE_KEYED]
    assert entry.body == {"sha256": "ab" * 32, "shares": 1, "consents": [str(consent.pk)]}


def test_share_moved_to_another_clip_does_not_open(house: House) -> None:
    house.active(house.idris)
    (one, _), (other, _) = kept(house), kept(house)
    share(one, house.idris)
    share(other, house.idris)
    taken = ClipEnvelope.objects.get(share__key__clip=other)
    ClipEnvelope.objects.filter(share__key__clip=one).update(sealed=bytes(taken.sealed))
    with pytest.raises(VaultError):
        opened(one)
