"""Signed notes against the example of their inventors, real notes of other logs, another implementation, and malice."""

import base64
from types import SimpleNamespace

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, strategies as st
from sigstore._internal.rekor.checkpoint import SignedNote

from provenance import note
from provenance.errors import NoteError
from provenance.note import Algorithm, Verifier

# The example of golang.org/x/mod/sumdb/note, whose format this is: its secret key is published with it.
SECRET = base64.b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
LINE = "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
NOTE = f"{TEXT}\n{LINE}"

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OURS = note.verifier_of(KEY, name="countersign.example/log")


def opened(raw: str | bytes, *verifiers: Verifier) -> tuple[str | None, ...]:
    parsed = note.parse(raw.encode() if isinstance(raw, str) else raw)
    return tuple(voucher.verifier.name for voucher in note.vouched(parsed, by=verifiers))


def test_known_answer() -> None:
    key = Ed25519PrivateKey.from_private_bytes(SECRET)
    assert str(note.verifier_of(key, name="PeterNeumann")) == VKEY
    assert note.sign(TEXT, name="PeterNeumann", key=key) == NOTE
    assert opened(NOTE, note.verifier(VKEY)) == ("PeterNeumann",)


def test_another_implementation_reads_what_we_sign() -> None:
    text = "countersign.example/log\n7\n" + base64.b64encode(bytes(32)).decode() + "\n"
    read = SignedNote.from_text(note.sign(text, name=OURS.name, key=KEY))
    ring = SimpleNamespace(verify=lambda *, key_id, signature, data: KEY.public_key().verify(signature, data))
    read.verify(ring, OURS.key_id)
    other = Ed25519PrivateKey.generate().public_key()
    ring = SimpleNamespace(verify=lambda *, key_id, signature, data: other.verify(signature, data))
    with pytest.raises(InvalidSignature):
        read.verify(ring, OURS.key_id)


def test_wrong_key_opens_nothing() -> None:
    signed = note.sign(TEXT, name=OURS.name, key=KEY)
    with pytest.raises(NoteError, match="No key"):
        opened(signed, note.verifier_of(Ed25519PrivateKey.generate(), name=OURS.name))
    with pytest.raises(NoteError, match="No key"):
        opened(signed, note.verifier_of(KEY, name="another.example/log"))
    with pytest.raises(NoteError, match="No key"):
        opened(signed)


def test_unknown_lines_are_passed_over_and_a_failing_known_one_is_fatal() -> None:
    signed = note.sign(TEXT, name=OURS.name, key=KEY)
    assert opened(signed + LINE, OURS) == (OURS.name,)
    assert opened(signed + LINE, OURS, note.verifier(VKEY)) == (OURS.name, "PeterNeumann")
    wrong = base64.b64encode(OURS.key_id + bytes(64)).decode()
    for begun in (signed, f"{TEXT}\n"):
        with pytest.raises(NoteError, match="does not match"):
            opened(f"{begun}— {OURS.name} {wrong}\n{LINE}", note.verifier(VKEY), OURS)


def test_a_cosigner_key_verifies_no_plain_signature() -> None:
    cosigner = Verifier(name=OURS.name, algorithm=Algorithm.COSIGNATURE, key=OURS.key)
    assert cosigner.key_id != OURS.key_id
    plain = cosigner.key_id + KEY.sign(TEXT.encode())
    with pytest.raises(NoteError, match="malformed"):
        opened(f"{TEXT}\n— {OURS.name} {base64.b64encode(plain).decode()}\n", cosigner)


def test_sixty_four_signatures_are_read_and_more_are_not() -> None:
    assert opened(f"{TEXT}\n{LINE * 64}", note.verifier(VKEY)) == ("PeterNeumann",)
    with pytest.raises(NoteError, match="at most 64"):
        note.parse(f"{TEXT}\n{LINE * 65}".encode())


def test_last_empty_line_divides_text_from_signatures() -> None:
    signed = note.sign("a\n\nb\n\n", name=OURS.name, key=KEY)
    assert note.parse(signed.encode()).text == "a\n\nb\n\n"
    assert opened(signed, OURS) == (OURS.name,)


@pytest.mark.parametrize(
    "raw",
    [
        "",
        TEXT,
        f"{TEXT}\n",
        f"{TEXT}{LINE}",
        NOTE[:-1],
        f"{NOTE}\n",
        NOTE.replace("\n", "\r\n"),
        f"{TEXT}\t\n{LINE}",
        f"{TEXT}\0\n\n{LINE}",
        NOTE.replace("—", "-"),
        NOTE.replace("— P", "—  P"),
        NOTE.replace("PeterNeumann", "Peter+Neumann"),
        NOTE.replace("PeterNeumann", "Peter Neumann"),
        NOTE.replace("PeterNeumann", "Peter\u2003Neumann"),
        NOTE.replace("PeterNeumann ", ""),
        NOTE.replace("nAM=", "nAM"),
        NOTE.replace("nAM=", "nAN="),  # other bits beyond the last byte
        NOTE.replace("nAM=", "nA-="),
        f"{TEXT}\n— PeterNeumann x08gow==\n",
        NOTE + "trailing",
        b"\xff\xfe" + NOTE.encode(),
        NOTE.encode().replace(b"\xe2\x80\x94", b"\xe2\x80"),
        b"a" * ((1 << 20) + 1),
    ],
)
def test_malformed_note_is_refused(raw: str | bytes) -> None:
    with pytest.raises(NoteError):
        opened(raw, note.verifier(VKEY))


@given(st.binary(max_size=300))
def test_arbitrary_bytes_are_refused_in_our_own_words(raw: bytes) -> None:
    with pytest.raises(NoteError):
        opened(raw, OURS)


@given(st.data())
def test_a_note_with_any_byte_changed_is_not_believed(data: st.DataObject) -> None:
    raw = bytearray(NOTE.encode())
    place = data.draw(st.integers(0, len(raw) - 1))
    raw[place] = data.draw(st.integers(0, 255).filter(lambda byte: byte != raw[place]))
    with pytest.raises(NoteError):
        opened(bytes(raw), note.verifier(VKEY))


printable = st.characters(min_codepoint=32, exclude_categories=["Cs"])


@given(st.text(st.one_of(printable, st.just("\n"))))
def test_whatever_can_be_signed_opens_again(text: str) -> None:
    signed = note.sign(f"{text}\n", name=OURS.name, key=KEY)
    assert note.parse(signed.encode()).text == f"{text}\n"
    assert opened(signed, OURS) == (OURS.name,)


@pytest.mark.parametrize("text", ["", "no end", "tab\t\n", "\x1f\n"])
def test_text_that_no_note_can_carry_is_not_signed(text: str) -> None:
    with pytest.raises(NoteError):
        note.sign(text, name=OURS.name, key=KEY)


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb", "a\u00a0b"])
def test_name_that_no_key_can_have_signs_nothing(name: str) -> None:
    with pytest.raises(NoteError):
        note.sign(TEXT, name=name, key=KEY)


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "PeterNeumann",
        VKEY.replace("c74f20a3", "c74f20a4"),
        VKEY.replace("c74f20a3", "C74F20A3"),
        VKEY.replace("Peter", "Paul"),
        VKEY[:-4],
        VKEY + "AAAA",
        "x+00000000+" + base64.b64encode(b"\x02" + bytes(32)).decode(),
        VKEY + "\n",
    ],
)
def test_malformed_verifier_key_is_refused(vkey: str) -> None:
    with pytest.raises(NoteError):
        note.verifier(vkey)
