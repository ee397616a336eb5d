"""Checkpoints: those of a public log and its witness, ours read by another implementation, and forgeries."""

import base64
import struct

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, strategies as st
from sigstore._internal.rekor.checkpoint import SignedCheckpoint

from provenance import checkpoint, note
from provenance.checkpoint import Checkpoint
from provenance.errors import NoteError
from provenance.note import Algorithm, Verifier

REKOR = note.verifier("log2025-1.rekor.sigstore.dev+cf119915+AbfK5adZJxsI323FwGD2AJJ9F4i89cfDuLdGJBIYntuO")
MULLVAD = note.verifier("witness.stagemole.eu+67f7aea0+BEqSG3yu9YrmcM3BHvQYTxwFj3uSWakQepafafpUqklv")
REKOR_TEXT = "log2025-1.rekor.sigstore.dev\n139911860\nEliTHtnx44DhEBH+5qIXBtQsSpc54Avam7mIYEvxnTA=\n"
REKOR_NOTE = f"""{REKOR_TEXT}
— log2025-1.rekor.sigstore.dev zxGZFcOra4Y7QpuiQen+CmnUvDZbxSXfBOXJzL+HKIeR9aC58QTfao58ABqkhVyBhQDseS+TZdDNpcnZhoRxkh7IbQ0=
— witness.stagemole.eu Z/euoAAAAABqxF18wrJCADsJ1G5Lc2JaRjZqqBwjpNqH24yQse4iJ4rKS6b5MtvHP+IbKYXwaWuWokdGA+BubLFi+TrwK7xpKr6XBw==
"""  # noqa: E501

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
LOG = note.verifier_of(KEY, name="countersign.example/log")
WITNESS_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
WITNESS = Verifier(
    name="guild.example/w", algorithm=Algorithm.COSIGNATURE, key=WITNESS_KEY.public_key().public_bytes_raw()
)
OURS = Checkpoint(origin=LOG.name, size=7, root=bytes(range(32)))


def cosigned(raw: str, at: int) -> str:
    """As the specification spells it, and not by our own code."""
    text = raw[: raw.rindex("\n\n") + 1]
    signature = WITNESS_KEY.sign(f"cosignature/v1\ntime {at}\n{text}".encode())
    line = base64.b64encode(WITNESS.key_id + struct.pack(">Q", at) + signature).decode()
    return f"{raw}— guild.example/w {line}\n"


def test_real_checkpoint_of_a_public_log_and_its_witness_verify() -> None:
    found = checkpoint.opened(REKOR_NOTE.encode(), log=REKOR, witnesses=[MULLVAD])
    assert found.checkpoint == checkpoint.parse(REKOR_TEXT)
    assert [(voucher.verifier, voucher.at) for voucher in found.witnesses] == [(MULLVAD, 0x6AC45D7C)]


def test_time_of_a_witness_cannot_be_changed() -> None:
    with pytest.raises(NoteError, match="witness"):
        checkpoint.opened(REKOR_NOTE.replace("AABqxF18", "AABqxF19").encode(), log=REKOR, witnesses=[MULLVAD])


def test_another_implementation_reads_ours() -> None:
    read = SignedCheckpoint.from_text(cosigned(checkpoint.sign(OURS, key=KEY), at=1))
    assert (read.checkpoint.origin, read.checkpoint.log_size) == (OURS.origin, 7)
    assert (read.checkpoint.log_hash, read.checkpoint.other_content) == (OURS.root.hex(), [])
    assert [line.sig_hash for line in read.signed_note.signatures] == [LOG.key_id, WITNESS.key_id]


def test_cosignature_needs_its_own_time_its_own_kind_and_the_log_beside_it() -> None:
    signed = checkpoint.sign(OURS, key=KEY)
    raw = cosigned(signed, at=1_790_000_000)
    (voucher,) = checkpoint.opened(raw.encode(), log=LOG, witnesses=[WITNESS]).witnesses
    assert (voucher.verifier, voucher.at) == (WITNESS, 1_790_000_000)
    assert checkpoint.opened(raw.encode(), log=LOG).witnesses == ()
    alone = raw.replace(signed[signed.rindex("—") :], "")
    with pytest.raises(NoteError, match="did not sign"):
        checkpoint.opened(alone.encode(), log=LOG, witnesses=[WITNESS])
    with pytest.raises(NoteError, match="malformed"):
        checkpoint.opened(cosigned(signed, at=1 << 63).encode(), log=LOG, witnesses=[WITNESS])


def test_checkpoint_of_another_log_is_refused_even_with_our_signature() -> None:
    foreign = note.sign(str(Checkpoint(origin="other.example", size=7, root=bytes(32))), name=LOG.name, key=KEY)
    with pytest.raises(NoteError, match=r"got one of other\.example"):
        checkpoint.opened(foreign.encode(), log=LOG)


def test_wrong_key_is_refused() -> None:
    other = note.verifier_of(Ed25519PrivateKey.generate(), name=LOG.name)
    with pytest.raises(NoteError):
        checkpoint.opened(checkpoint.sign(OURS, key=KEY).encode(), log=other)


ROOT = base64.b64encode(bytes(32)).decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "log\n",
        f"log\n1\n{ROOT}",
        f"\n1\n{ROOT}\n",
        f"log\n01\n{ROOT}\n",
        f"log\n-1\n{ROOT}\n",
        f"log\n+1\n{ROOT}\n",
        f"log\n 1\n{ROOT}\n",
        f"log\n١\n{ROOT}\n",
        f"log\n1.0\n{ROOT}\n",
        f"log\n9223372036854775808\n{ROOT}\n",
        f"log\n1\n{ROOT[:-1]}\n",
        f"log\n1\n{ROOT[:-2]}B=\n",
        "log\n1\nAAAA\n",
        f"log\n1\n{ROOT}\n\n",
        f"log\n1\n{ROOT}\nmore\n\n",
        f"log\n1\n\n{ROOT}\n",
    ],
)
def test_malformed_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(NoteError):
        checkpoint.parse(text)


@given(st.text(max_size=200))
def test_arbitrary_text_is_refused_in_our_own_words(text: str) -> None:
    with pytest.raises(NoteError):
        checkpoint.parse(text)


@given(size=st.integers(0, 2**63 - 1), root=st.binary(min_size=32, max_size=32), extensions=st.lists(st.just("x")))
def test_what_is_signed_reads_back(size: int, root: bytes, extensions: list[str]) -> None:
    made = Checkpoint(origin=LOG.name, size=size, root=root, extensions=tuple(extensions))
    assert checkpoint.opened(checkpoint.sign(made, key=KEY).encode(), log=LOG).checkpoint == made


def test_what_cannot_be_read_back_is_not_signed() -> None:
    for made in (
        Checkpoint(origin="a\nb", size=1, root=bytes(32)),
        Checkpoint(origin=LOG.name, size=-1, root=bytes(32)),
        Checkpoint(origin=LOG.name, size=1, root=bytes(31)),
    ):
        with pytest.raises(NoteError):
            checkpoint.sign(made, key=KEY)
