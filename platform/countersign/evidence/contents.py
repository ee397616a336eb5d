"""What a bundle holds: its `manifest.json`, and the note that vouches for it. Pure."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from countersign.evidence.archive import MOST_MEMBERS, NAME
from countersign.evidence.errors import BundleError
from provenance import canonical, note
from provenance.errors import CanonicalError
from provenance.types import Json

FORMAT = "countersign-evidence/1"
MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A file in the bundle."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Withheld:
    """A file that is not in the bundle, though its digest is. `why` is a sentence's end."""

    name: str
    size: int
    sha256: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What the bundle is about: ids. `output` and `performer` are empty where there is none.

    `performer` is whose own papers are in a bundle that withholds everybody else's.
    """

    production: str
    run: str
    output: str
    performer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """The manifest. `checkpoint` is the size of the tree that every entry is proven in."""

    made_at: str
    about: About
    redacted: bool
    checkpoint: int
    members: tuple[Member, ...]
    withheld: tuple[Withheld, ...]


def written(contents: Contents) -> bytes:
    """`manifest.json`: canonical JSON (RFC 8785)."""
    said: dict[str, Json] = {"format": FORMAT, **asdict(contents)}
    said["members"] = [asdict(member) for member in contents.members]
    said["withheld"] = [asdict(one) for one in contents.withheld]
    return canonical.dumps(said)


def sign(manifest: bytes, *, name: str, key: Ed25519PrivateKey) -> str:
    """`manifest.sig`: a signed note over the digest of `manifest.json`."""
    return note.sign(_stated(manifest), name=name, key=key)


def vouched(manifest: bytes, signature: bytes, *, by: note.Verifier) -> bool:
    """Whether `by` signed this manifest. Raises NoteError for a note that `by` did not sign, or that is none."""
    read = note.parse(signature)
    note.vouched(read, by=(by,))
    return read.text == _stated(manifest)


def _stated(manifest: bytes) -> str:
    return f"{FORMAT}\n{sha256(manifest).hexdigest()}\n"


def parse(manifest: bytes) -> Contents:
    """What `manifest.json` says. Raises BundleError for what is no manifest of this format."""
    try:
        said = json.loads(manifest)
        if said.pop("format", None) != FORMAT or canonical.dumps({"format": FORMAT, **said}) != manifest:
            raise ValueError(f"it is not written as {FORMAT}")
        return _contents(said)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, CanonicalError) as e:
        raise BundleError(f"{MANIFEST} cannot be understood: {e}") from e


def _contents(said: dict[str, Any]) -> Contents:
    found = Contents(
        made_at=_text(said.pop("made_at")),
        about=About(**{name: _text(value) for name, value in said.pop("about").items()}),
        redacted=said.pop("redacted") is True,
        checkpoint=int(said.pop("checkpoint")),
        members=tuple(Member(**_sized(one)) for one in said.pop("members")),
        withheld=tuple(Withheld(**_sized(one)) for one in said.pop("withheld")),
    )
    names = [one.name for one in found.members] + [one.name for one in found.withheld]
    if said or len(set(names)) != len(names) or len(names) > MOST_MEMBERS:
        raise ValueError("it names something twice, too much, or what this format does not know")
    return found


def _sized(one: Mapping[str, Any]) -> dict[str, Any]:
    sized = {name: value if name == "size" else _text(value) for name, value in one.items()}
    if type(sized["size"]) is not int or not NAME.fullmatch(sized["name"]):
        raise ValueError(f"a member is described wrongly: {str(one)[:200]}")
    return sized


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"expected text, got {type(value).__name__}")
    return value
