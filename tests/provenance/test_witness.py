"""What a witness cosigns and what it refuses, what the one who asked makes of the answer, and who is asked at all."""

import base64
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, strategies as st
from sigstore._internal.rekor.checkpoint import SignedCheckpoint

from provenance import checkpoint, cosignature, merkle, note, witness, witness_policy
from provenance.checkpoint import Checkpoint
from provenance.errors import NoteError, PolicyError
from provenance.note import Verifier
from provenance.witness import Contradicted, Cosigned, Refused, Remembers, Signed, Submission, Unanswered, Why

LOG_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
LOG = note.verifier_of(LOG_KEY, name="countersign.example/log")
GUILD_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
GUILD = cosignature.verifier_of(GUILD_KEY, name="guild.example/w")
LEAVES = [merkle.leaf_hash(str(number).encode()) for number in range(40)]
OTHERS = [*LEAVES[:5], merkle.leaf_hash(b"rewritten"), *LEAVES[6:]]


def head(size: int, leaves: list[bytes] = LEAVES, origin: str = LOG.name) -> Checkpoint:
    return Checkpoint(origin=origin, size=size, root=merkle.root(leaves[:size]))


def asked(old: int, size: int, leaves: list[bytes] = LEAVES) -> Submission:
    proof = merkle.consistency_proof(leaves[:size], old) if 0 < old <= size else []
    signed = checkpoint.sign(head(size, leaves), key=LOG_KEY)
    return Submission(old=old, proof=tuple(proof), note=signed.encode())


def look(submission: Submission, remembered: Checkpoint) -> Checkpoint | Refused:
    """What a witness does with a request, from its bytes on."""
    found = witness.received(bytes(submission), logs=[LOG])
    return witness.judged(found, remembered=remembered) if isinstance(found, Signed) else found


@pytest.mark.parametrize(("old", "size"), [(0, 1), (0, 40), (1, 1), (1, 2), (7, 7), (8, 9), (13, 40), (32, 40)])
def test_a_log_that_only_grew_is_cosigned(old: int, size: int) -> None:
    remembered = head(old) if old else witness.nothing(LOG.name)
    assert look(asked(old, size), remembered) == head(size)


def test_the_empty_tree_is_cosigned_and_nothing_has_to_be_proven_of_it() -> None:
    nothing = witness.nothing(LOG.name)
    assert look(asked(0, 0), nothing) == nothing
    assert look(replace(asked(0, 9), proof=(bytes(32),)), nothing).why is Why.UNPROVEN  # type: ignore[union-attr]


def _signed_by_nobody(size: int) -> bytes:
    key = Ed25519PrivateKey.from_private_bytes(bytes(32))
    return note.sign(str(head(size)), name=LOG.name, key=key).encode()


REFUSALS: dict[str, tuple[Submission, Why, int, int | None]] = {
    "another log": (
        Submission(old=0, proof=(), note=checkpoint.sign(head(3, origin="else.example"), key=LOG_KEY).encode()),
        Why.UNKNOWN_LOG,
        404,
        None,
    ),
    "not signed by the log": (Submission(old=9, proof=(), note=_signed_by_nobody(9)), Why.NOT_SIGNED, 403, None),
    "signature broken": (
        replace(asked(9, 20), note=asked(9, 20).note.replace(b"\n20\n", b"\n21\n")),
        Why.NOT_SIGNED,
        403,
        None,
    ),
    "old larger than new": (asked(20, 9), Why.MALFORMED, 400, None),
    "no note": (Submission(old=0, proof=(), note=b""), Why.MALFORMED, 400, None),
    "a note that is no checkpoint": (
        Submission(old=0, proof=(), note=note.sign("hello\n", name=LOG.name, key=LOG_KEY).encode()),
        Why.MALFORMED,
        400,
        None,
    ),
    "old is not what is remembered": (asked(0, 20), Why.OLDER, 409, 9),
    "a shrunk log": (asked(5, 5), Why.OLDER, 409, 9),
    "a fork of the same size": (asked(9, 9, OTHERS), Why.FORKED, 409, 9),
    "a rewritten log that grew": (asked(9, 20, OTHERS), Why.UNPROVEN, 422, None),
    "a proof of something else": (replace(asked(9, 20), proof=asked(8, 20).proof), Why.UNPROVEN, 422, None),
    "no proof": (replace(asked(9, 20), proof=()), Why.UNPROVEN, 422, None),
    "a proof where none is needed": (replace(asked(9, 9), proof=(bytes(32),)), Why.UNPROVEN, 422, None),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_refusal_says_why_and_what_is_remembered(case: str) -> None:
    submission, why, status, size = REFUSALS[case]
    found = look(submission, head(9))
    assert isinstance(found, Refused)
    assert (found.why, witness.STATUS[found.why], found.size) == (why, status, size)
    assert found.sentence


def test_other_signatures_are_passed_over_and_a_second_key_of_the_log_may_sign() -> None:
    text = str(head(3))
    new = Ed25519PrivateKey.from_private_bytes(bytes(range(2, 34)))
    lines = cosignature.sign(text, name=GUILD.name, key=GUILD_KEY, at=1)
    raw = f"{note.sign(text, name=LOG.name, key=new)}{lines}\n".encode()
    body = bytes(Submission(old=0, proof=(), note=raw))
    assert isinstance(witness.received(body, logs=[LOG, note.verifier_of(new, name=LOG.name)]), Signed)
    assert witness.received(body, logs=[LOG]).why is Why.NOT_SIGNED  # type: ignore[union-attr]


@given(st.integers(0, 1 << 62), st.lists(st.binary(min_size=32, max_size=32), max_size=63), st.binary(min_size=1))
def test_a_request_reads_back_as_it_was_written(old: int, proof: list[bytes], signed: bytes) -> None:
    made = Submission(old=old, proof=tuple(proof), note=signed)
    assert witness.parse(bytes(made)) == made


@given(st.binary(max_size=300))
def test_arbitrary_bytes_are_refused_in_our_own_words(body: bytes) -> None:
    found = witness.received(body, logs=[LOG])
    assert isinstance(found, Refused)
    assert found.why is Why.MALFORMED


@given(st.data())
def test_a_request_changed_anywhere_is_never_cosigned_as_another_tree(data: st.DataObject) -> None:
    body = bytearray(bytes(asked(9, 20)))
    place = data.draw(st.integers(0, len(body) - 1))
    body[place] = data.draw(st.integers(0, 255))
    found = witness.received(bytes(body), logs=[LOG])
    if isinstance(found, Signed):
        assert found.checkpoint == head(20)


GOOD = bytes(asked(9, 20))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\n\n",
        GOOD.replace(b"old 9", b"old 09"),
        GOOD.replace(b"old 9", b"old -9"),
        GOOD.replace(b"old 9", b"old  9"),
        GOOD.replace(b"old 9", "old ٩".encode()),
        GOOD.replace(b"old 9", b"size 9"),
        GOOD.replace(b"old 9\n", b"old 9\r\n"),
        GOOD.replace(b"old 9\n", b"old 9\n\n"),
        GOOD.replace(b"old 9\n", b"old 9\nAAAA\n"),
        GOOD.replace(b"old 9\n", b"old 9\n not base64\n"),
        GOOD.replace(b"old 9\n", b"old 9\n" + (base64.b64encode(bytes(32)) + b"\n") * 63),
    ],
)
def test_malformed_request_is_refused(body: bytes) -> None:
    assert witness.received(body, logs=[LOG]).why is Why.MALFORMED  # type: ignore[union-attr]


def test_cosignature_is_found_among_others_and_verified() -> None:
    text = str(head(7))
    own = cosignature.sign(text, name=GUILD.name, key=GUILD_KEY, at=1_790_000_000)
    stranger = cosignature.sign(text, name="stranger.example", key=LOG_KEY, at=1)
    lines = f"{stranger}\n{own}\n".encode()
    assert cosignature.among(lines, text=text, of=GUILD) == (own, 1_790_000_000)
    (voucher,) = checkpoint.opened(
        checkpoint.sign(head(7), key=LOG_KEY).encode() + lines, log=LOG, witnesses=[GUILD]
    ).witnesses
    assert (voucher.verifier, voucher.at) == (GUILD, 1_790_000_000)


@pytest.mark.parametrize(
    "lines",
    [
        lambda text: f"{cosignature.sign(str(head(8)), name=GUILD.name, key=GUILD_KEY, at=1)}\n",
        lambda text: f"{cosignature.sign(text, name=GUILD.name, key=LOG_KEY, at=1)}\n",
        lambda text: f"{cosignature.sign(text, name=GUILD.name, key=GUILD_KEY, at=1)}",
        lambda text: note.sign(text, name=GUILD.name, key=GUILD_KEY).partition("\n\n")[2],
        lambda text: "",
        lambda text: f"more\n\n{cosignature.sign(text, name=GUILD.name, key=GUILD_KEY, at=1)}\n",
    ],
    ids=["another tree", "another key", "no end", "a log's kind of signature", "nothing", "another text"],
)
def test_what_is_no_cosignature_of_this_witness_is_not_believed(lines: Callable[[str], str]) -> None:
    text = str(head(7))
    with pytest.raises(NoteError):
        cosignature.among(lines(text).encode(), text=text, of=GUILD)


def test_another_implementation_reads_the_cosigned_note_and_the_key_ids() -> None:
    text = str(head(7))
    line = cosignature.sign(text, name=GUILD.name, key=GUILD_KEY, at=1)
    read = SignedCheckpoint.from_text(f"{checkpoint.sign(head(7), key=LOG_KEY)}{line}\n")
    assert read.checkpoint.log_hash == head(7).root.hex()
    assert [signature.name for signature in read.signed_note.signatures] == [LOG.name, GUILD.name]
    material = b"\x04" + GUILD_KEY.public_key().public_bytes_raw()
    assert read.signed_note.signatures[1].sig_hash == sha256(GUILD.name.encode() + b"\n" + material).digest()[:4]


@pytest.mark.parametrize(
    ("status", "body", "meaning"),
    [
        (200, b"lines\n", Cosigned(lines=b"lines\n")),
        (409, b"12\n", Remembers(size=12)),
        (409, b"0\n", Remembers(size=0)),
        (409, b"21\n", Contradicted(why=Why.OLDER, size=21)),
        (422, b"no\n", Contradicted(why=Why.UNPROVEN, size=9)),
        (409, b"9\n", Unanswered(sentence="it refused 9 entries and says that it remembers 9")),
        (409, b"no size", Unanswered(sentence="it refused 9 entries and says that it remembers 9")),
        (403, b"who?\n", Unanswered(sentence="it answered 403: who?")),
        (500, b"\xff" * 9000, Unanswered(sentence="it answered 500: " + "\ufffd" * 200)),
        (302, b"", Unanswered(sentence="it answered 302")),
    ],
)
def test_what_an_answer_means(status: int, body: bytes, meaning: witness.Answer) -> None:
    assert witness.understood(status, body, asked=asked(9, 20), size=20) == meaning


def test_a_refusal_of_the_size_that_both_know_is_a_fork() -> None:
    for body in (b"9\n", b""):
        found = witness.understood(409, body, asked=asked(9, 9), size=9)
        assert found == Contradicted(why=Why.FORKED, size=9)


INSURER = cosignature.verifier_of(LOG_KEY, name="insurer.example/w")
GUILD_LINE = f"witness {GUILD} https://witness.guild.example/"
INSURER_LINE = f"witness {INSURER} http://127.0.0.1:8801/insurer  # inside the house"


def test_policy_names_witnesses_and_how_many_must_sign() -> None:
    policy = witness_policy.parse(f"# who vouches\n\n{GUILD_LINE}\n{INSURER_LINE}\nquorum 2\n")
    assert policy.quorum == 2
    assert policy.verifiers == (GUILD, INSURER)
    assert [one.url for one in policy.witnesses] == ["https://witness.guild.example", "http://127.0.0.1:8801/insurer"]


@pytest.mark.parametrize("text", ["", "\n", "# nobody yet\n", "quorum 0\n"])
def test_without_witnesses_nobody_has_to_sign(text: str) -> None:
    assert witness_policy.parse(text) == witness_policy.Policy(quorum=0, witnesses=())


def _renamed(verifier: Verifier, name: str) -> Verifier:
    return replace(verifier, name=name)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GUILD_LINE, "one line 'quorum'"),
        (f"{GUILD_LINE}\nquorum 1\nquorum 1", "one line 'quorum'"),
        (f"{GUILD_LINE}\nquorum 2", "at most 1"),
        (f"{GUILD_LINE}\nquorum one", "'quorum' and a number"),
        (f"{GUILD_LINE}\nquorum -1", "'quorum' and a number"),
        (f"{GUILD_LINE}\nquorum ١", "'quorum' and a number"),
        (f"{GUILD_LINE}\nWitness x y\nquorum 1", "begins with 'witness' or 'quorum'"),
        (f"witness {GUILD}\nquorum 1", "an address"),
        (f"witness {GUILD} ftp://guild.example\nquorum 1", "an address"),
        (f"witness {GUILD} https://\nquorum 1", "an address"),
        (f"witness {str(GUILD)[:-4]}AAAA https://guild.example\nquorum 1", "cannot be read"),
        (f"witness {LOG} https://guild.example\nquorum 1", "the key of a witness"),
        (f"{GUILD_LINE}\n{GUILD_LINE}\nquorum 1", "a name of their own"),
        (f"{GUILD_LINE}\nwitness {_renamed(GUILD, 'b.example')} https://b.example\nquorum 2", "a key of their own"),
    ],
)
def test_policy_that_could_be_misunderstood_is_refused(text: str, said: str) -> None:
    with pytest.raises(PolicyError, match=said):
        witness_policy.parse(text)
