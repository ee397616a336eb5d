"""Time-stamps that were kept, on a real PostgreSQL: what they prove of the entries, and whom they betray."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from countersign.tsa import reply
from countersign.tsa.authority import Authority
from provenance import notary, stamped, timestamp
from provenance.models import SignedCheckpoint, TimeStamp
from provenance.notary import Notary
from provenance.timestamp import Stamped
from tests.provenance.test_ledger import forge, write
from tests.provenance.test_notary import CHECKPOINTS, ENTRIES, NODES, ORIGIN, REWRITE

pytestmark = pytest.mark.django_db
STAMPS = "provenance_timestamp"

Stamp = Callable[[], SignedCheckpoint]


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority.make(now=datetime.now(UTC))


@pytest.fixture
def by(tmp_path: Path) -> Notary:
    return Notary(origin=ORIGIN, key=Ed25519PrivateKey.generate(), memory=tmp_path / "last-signed")


@pytest.fixture
def stamp(by: Notary, authority: Authority) -> Stamp:
    def signed() -> SignedCheckpoint:
        notary.sign(by)
        row = notary.latest()
        assert row
        keep(row, authority, now=datetime.now(UTC))
        return row

    return signed


def keep(row: SignedCheckpoint, authority: Authority, *, now: datetime) -> None:
    answered = reply.answer(timestamp.request(row.note.encode()).der, by=authority, now=now)
    notary.keep_time_stamp(row.size, authority="the authority", token=answered)


def sentences(roots: bytes) -> list[str]:
    return [fault.sentence for fault in stamped.faults(roots)]


def outside(row: SignedCheckpoint, by: Notary, authority: Authority) -> Stamped:
    """What somebody else keeps of `row`, as files."""
    note, token = row.note.encode(), bytes(stamped.of(row.size, authority.root_pem)[0].token)
    return timestamp.opened(note, token, log=by.verifier, roots=authority.root_pem)


def test_kept_time_stamps_hold_and_say_since_when(stamp: Stamp, authority: Authority) -> None:
    assert stamped.first(authority.root_pem) is stamped.newest(authority.root_pem) is None
    for _ in range(2):
        write(3)
        stamp()
    assert sentences(authority.root_pem) == []
    first, newest = stamped.first(authority.root_pem), stamped.newest(authority.root_pem)
    assert first
    assert newest
    assert (first.size, newest.size) == (3, 6)
    assert datetime.now(UTC) - newest.stamp.at < timedelta(seconds=10)


@pytest.mark.parametrize("pinned", [False, True], ids=["none", "another's"])
def test_roots_that_are_not_the_authoritys_never_mean_yes(stamp: Stamp, pinned: bool) -> None:
    write(3)
    stamp()
    roots = Authority.make(now=datetime.now(UTC)).root_pem if pinned else b""
    assert len(sentences(roots)) == 1
    assert stamped.newest(roots) is None


def test_false_time_stamps_in_the_authoritys_name_shut_out_no_true_one(by: Notary, authority: Authority) -> None:
    """Every process of the application can put one there: before the first, before each, and after the last."""
    for _ in range(3):
        write(3)
        notary.sign(by)
        row = notary.latest()
        assert row
        notary.keep_time_stamp(row.size, authority="the authority", token=b"none")
        if row.size == 6:
            keep(row, authority, now=datetime.now(UTC))
    first, newest = stamped.first(authority.root_pem), stamped.newest(authority.root_pem)
    assert first
    assert first == newest
    assert first.size == 6
    assert len(stamped.of(6, authority.root_pem)) == 1
    assert len(sentences(authority.root_pem)) == 3, "each false one is told"


def test_changed_token_is_named(stamp: Stamp, authority: Authority) -> None:
    write(3)
    stamp()
    forge(f"UPDATE {STAMPS} SET token = set_byte(token, length(token) - 1, get_byte(token, length(token) - 1) # 1)")
    assert len(sentences(authority.root_pem)) == 1
    assert stamped.newest(authority.root_pem) is None


def test_entries_that_say_they_came_after_their_time_stamp_are_named(by: Notary, authority: Authority) -> None:
    write(3)
    notary.sign(by)
    row = notary.latest()
    assert row
    keep(row, authority, now=datetime.now(UTC) - stamped.TOLERANCE / 2)
    assert sentences(authority.root_pem) == []
    forge(f"DELETE FROM {STAMPS}")
    keep(row, authority, now=datetime.now(UTC) - stamped.TOLERANCE * 1.5)
    assert "and the last of them says" in sentences(authority.root_pem)[0]


def test_history_rewritten_and_signed_anew_is_betrayed_by_the_time_stamp_in_the_table(
    by: Notary, stamp: Stamp, authority: Authority
) -> None:
    write(6)
    stamp()
    _rewrite_and_sign_anew(by)
    assert list(notary.faults(by.verifier)) == [], "the key signed it: chain, tree and checkpoints are sound"
    assert "The time-stamp is over other bytes." in sentences(authority.root_pem)[0]


def test_history_rewritten_and_signed_anew_is_betrayed_by_a_time_stamp_kept_outside(
    by: Notary, stamp: Stamp, authority: Authority
) -> None:
    write(6)
    kept = outside(stamp(), by, authority)
    assert list(stamped.betrayals(kept)) == []
    forge(f"DELETE FROM {STAMPS}")
    _rewrite_and_sign_anew(by)
    assert sentences(authority.root_pem) == [], "what was stamped is gone from the table"
    (fault,) = stamped.betrayals(kept)
    assert fault.sentence.startswith("time-stamp: on ")
    assert "saw another root of the first 6 entries" in fault.sentence


def test_end_cut_off_is_betrayed_by_a_time_stamp_kept_outside(by: Notary, stamp: Stamp, authority: Authority) -> None:
    write(6)
    kept = outside(stamp(), by, authority)
    forge(f"DELETE FROM {ENTRIES} WHERE index > 3; DELETE FROM {STAMPS}; DELETE FROM {CHECKPOINTS}")
    assert [fault.index for fault in stamped.betrayals(kept)] == [5]


def test_time_stamp_of_a_checkpoint_that_is_gone_is_named(stamp: Stamp, authority: Authority) -> None:
    write(3)
    stamp()
    forge(f"DELETE FROM {CHECKPOINTS}")
    assert "there is no such checkpoint" in sentences(authority.root_pem)[0]


def _rewrite_and_sign_anew(by: Notary) -> None:
    """Whoever owns the database and the log's key: every hash is computed anew, and the memory forgets."""
    forge(f"{REWRITE}; DELETE FROM {CHECKPOINTS}; DELETE FROM {NODES}")
    by.memory.unlink()
    notary.sign(by)
    assert TimeStamp.objects.count() <= SignedCheckpoint.objects.count() == 1
