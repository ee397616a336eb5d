"""Time-stamps: what is believed of a reply, and every reply that is not."""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache

import pytest
from asn1crypto import cms, tsp
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding

from countersign.tsa import reply
from countersign.tsa.authority import NAME, Authority
from provenance import checkpoint, note, timestamp
from provenance.checkpoint import Checkpoint
from provenance.errors import AnchorError, NoteError, TimeStampError
from provenance.timestamp import Request, Stamp
from tests.provenance.stampers import EMAIL, NOW, STAMPING, asked, stamped, stamper
from tests.provenance.test_checkpoint import KEY, LOG, OURS, WITNESS, cosigned

NOTE = checkpoint.sign(OURS, key=KEY)
OVER = NOTE.encode()


@cache
def authority() -> Authority:
    return Authority.make(now=NOW)


@cache
def request() -> Request:
    return timestamp.request(OVER)


@cache
def kept() -> bytes:
    return stamped(request(), authority())


def verified(raw: bytes, *, by: Authority | None = None) -> Stamp:
    return timestamp.granted(raw, to=request(), roots=(by or authority()).root_pem)


def test_granted_time_stamp_says_when_by_whom_and_its_number() -> None:
    stamp = verified(kept())
    assert (stamp.at, stamp.by) == (NOW, NAME)
    assert stamp.serial > 0
    assert timestamp.verify(kept(), over=OVER, roots=authority().root_pem) == stamp


def test_requests_differ_so_that_no_old_reply_serves_twice() -> None:
    again = timestamp.request(OVER)
    assert again.nonce != request().nonce
    with pytest.raises(TimeStampError, match="Nonce"):
        timestamp.granted(kept(), to=again, roots=authority().root_pem)


def test_time_stamp_holds_for_ever_once_it_was_made_in_time() -> None:
    then = datetime.fromisoformat("2012-02-03T04:05:06Z")
    old = Authority.make(now=then, life=timedelta(days=365))
    assert verified(stamped(request(), old, now=then + timedelta(days=364)), by=old).at.year == 2013
    with pytest.raises(TimeStampError, match="certificate has expired, at the time it states"):
        verified(stamped(request(), old, now=then + timedelta(days=366)), by=old)
    with pytest.raises(TimeStampError, match="not yet valid"):
        verified(stamped(request(), old, now=then - timedelta(days=1)), by=old)


def test_authority_that_is_not_pinned_is_not_believed() -> None:
    twin = Authority.make(now=NOW)
    with pytest.raises(TimeStampError, match="unable to get local issuer"):
        verified(kept(), by=twin)


@pytest.mark.parametrize("roots", [b"", b"\n", b"not a certificate"])
def test_no_roots_never_mean_yes(roots: bytes) -> None:
    with pytest.raises(AnchorError):
        timestamp.verify(kept(), over=OVER, roots=roots)


def test_roots_that_are_not_text_are_refused_in_words() -> None:
    with pytest.raises(AnchorError, match="not PEM certificates"):
        timestamp.verify(kept(), over=OVER, roots=b"\xff\n" + authority().root_pem)


def test_stamping_certificate_is_no_root_of_its_own() -> None:
    leaf = authority().certificate.public_bytes(Encoding.PEM)
    with pytest.raises(AnchorError, match="no certificate of an authority"):
        timestamp.verify(kept(), over=OVER, roots=leaf)


@pytest.mark.parametrize("over", [OVER[:-1], OVER + b"\n", b"\x00"])
def test_time_stamp_over_other_bytes_is_refused(over: bytes) -> None:
    with pytest.raises(TimeStampError, match="over other bytes"):
        timestamp.verify(kept(), over=over, roots=authority().root_pem)


@pytest.mark.parametrize(
    "by",
    [
        lambda: stamper(purposes=()),
        lambda: stamper(critical=False),
        lambda: stamper(purposes=(EMAIL,)),
        lambda: stamper(purposes=(STAMPING, EMAIL)),
    ],
    ids=["no purpose", "not critical", "another purpose", "two purposes"],
)
def test_certificate_that_is_not_for_stamping_alone_is_refused(by: Callable[[], Authority]) -> None:
    made = by()
    with pytest.raises(TimeStampError, match="unsuitable certificate purpose"):
        verified(stamped(request(), made), by=made)


def test_certificate_made_like_ours_but_rightly_is_accepted() -> None:
    made = stamper()
    assert verified(stamped(request(), made), by=made).by == "stamper"


def _by_sha512() -> bytes:
    imprint = {"hash_algorithm": {"algorithm": "sha512"}, "hashed_message": hashlib.sha512(OVER).digest()}
    return reply.answer(asked(request(), message_imprint=imprint), by=authority(), now=NOW)


def _by_sha1() -> bytes:
    read = tsp.TimeStampResp.load(kept())
    read["time_stamp_token"]["content"]["digest_algorithms"] = [{"algorithm": "sha256"}, {"algorithm": "sha1"}]
    raw: bytes = read.dump()
    return raw


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (lambda: b"", "strict DER"),
        (lambda: b"<html>503</html>", "strict DER"),
        (lambda: kept()[:-1], "strict DER"),
        (lambda: kept() + b"\x00", "strict DER"),
        (lambda: b"0" * (timestamp.MAX_BYTES + 1), "at most 65536 bytes"),
        (lambda: reply.rejection("Come back on Monday."), "refused, status 2: Come back on Monday."),
        (lambda: reply.answer(asked(request(), cert_req=False), by=authority(), now=NOW), "does not hold"),
        (_by_sha1, r"signed with SHA-256, .*, got 1\.3\.14\.3\.2\.26"),
        (lambda: kept()[:-1] + bytes([kept()[-1] ^ 1]), r"hold: [a-z ]+$"),
        (_by_sha512, r"by SHA-256, got one by 2\.16\.840"),
    ],
    ids=[
        "empty",
        "garbage",
        "cut",
        "longer",
        "huge",
        "rejected",
        "without certificate",
        "SHA-1",
        "signature",
        "SHA-512",
    ],
)
def test_reply_that_is_no_time_stamp_of_ours_is_refused(raw: Callable[[], bytes], why: str) -> None:
    with pytest.raises(TimeStampError, match=why):
        verified(raw())


def test_no_changed_byte_changes_what_the_time_stamp_says() -> None:
    honest, held = verified(kept()), []
    for place in range(len(kept())):
        changed = bytearray(kept())
        changed[place] ^= 0x41
        try:
            assert verified(bytes(changed)) == honest
            held.append(place)
        except TimeStampError:
            continue
    assert len(held) < 12, "no signature covers the signer's version and the algorithm's name; all else is covered"


def test_chain_in_any_order_is_read_as_openssl_writes_it() -> None:
    read = tsp.TimeStampResp.load(kept())
    chain = [
        cms.Certificate.load(one.public_bytes(Encoding.DER)) for one in (authority().certificate, authority().root)
    ]
    read["time_stamp_token"]["content"]["certificates"] = cms.CertificateSet(chain)
    ordered = read.dump()
    first, second = sorted(one.dump() for one in chain)
    unordered = ordered.replace(first + second, second + first)
    assert ordered != unordered
    assert verified(ordered) == verified(unordered) == verified(kept())


def test_cosignatures_that_come_later_leave_the_time_stamp_as_it_is() -> None:
    later = cosigned(NOTE, at=1_800_000_000).encode()
    assert checkpoint.as_signed(later, log=LOG) == OVER
    found = timestamp.opened(later, kept(), log=LOG, roots=authority().root_pem)
    assert (found.checkpoint, found.stamp) == (OURS, verified(kept()))


def test_note_without_the_logs_signature_has_nothing_to_stamp() -> None:
    other = note.verifier_of(Ed25519PrivateKey.generate(), name=LOG.name)
    for log in (other, WITNESS):
        with pytest.raises(NoteError, match="did not sign"):
            checkpoint.as_signed(OVER, log=log)


def test_rewritten_history_contradicts_what_was_stamped_before() -> None:
    found = timestamp.opened(OVER, kept(), log=LOG, roots=authority().root_pem)
    rewritten = Checkpoint(origin=OURS.origin, size=OURS.size, root=bytes(32))
    assert timestamp.contradicts(found, root=rewritten.root)
    assert not timestamp.contradicts(found, root=OURS.root)
    with pytest.raises(TimeStampError, match="over other bytes"):
        timestamp.opened(checkpoint.sign(rewritten, key=KEY).encode(), kept(), log=LOG, roots=authority().root_pem)
