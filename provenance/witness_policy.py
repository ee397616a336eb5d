"""Which witnesses are asked, and how many must vouch: a text that people write and read.

    # a guild and an insurer; both must sign
    witness guild.example/w+1f3c…+BEq… https://witness.guild.example
    witness insurer.example/w+77ab…+BFs… https://insurer.example/witness
    quorum 2

Pure. An empty text means that nobody is asked and nobody has to sign.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from provenance import note
from provenance.errors import NoteError, PolicyError
from provenance.note import Algorithm, Verifier


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """Somebody outside: what its cosignatures are checked by, and where it is asked."""

    verifier: Verifier
    url: str

    @property
    def name(self) -> str:
        return self.verifier.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """`quorum` of these witnesses must vouch for a checkpoint before what it covers goes out."""

    quorum: int
    witnesses: tuple[Witness, ...]

    @property
    def verifiers(self) -> tuple[Verifier, ...]:
        return tuple(witness.verifier for witness in self.witnesses)


def parse(text: str) -> Policy:
    """The policy that `text` spells.

    Raises PolicyError for a line that is neither a witness nor a quorum, for a witness or key that stands there twice,
    and for a quorum that is missing or that so few witnesses can never reach.
    """
    lines = list(_lines(text))
    witnesses = tuple(_witness(line, rest) for line, word, rest in lines if word == "witness")
    quorums = [_number(line, rest) for line, word, rest in lines if word == "quorum"]
    _require_distinct(witnesses)
    if len(quorums) != 1 and (quorums or witnesses):
        raise PolicyError(f"Expected one line 'quorum' and a number beside the witnesses, got {len(quorums)}")
    quorum = quorums[0] if quorums else 0
    if quorum > len(witnesses):
        raise PolicyError(
            f"Expected a quorum of at most {len(witnesses)}, as many as there are witnesses, got {quorum}"
        )
    return Policy(quorum=quorum, witnesses=witnesses)


def _lines(text: str) -> Iterator[tuple[str, str, list[str]]]:
    for line in text.splitlines():
        word, *rest = line.partition("#")[0].split() or [""]
        if word not in ("", "witness", "quorum"):
            raise PolicyError(f"Expected a line that begins with 'witness' or 'quorum', got {line[:120]!r}")
        if word:
            yield line, word, rest


def _witness(line: str, rest: Sequence[str]) -> Witness:
    if len(rest) != 2 or urlsplit(rest[1]).scheme not in ("http", "https") or not urlsplit(rest[1]).hostname:
        raise PolicyError(f"Expected 'witness', a verifier key and an address, got {line[:200]!r}")
    try:
        verifier = note.verifier(rest[0])
    except NoteError as e:
        raise PolicyError(f"The witness in {line[:200]!r} cannot be read: {e}") from e
    if verifier.algorithm is not Algorithm.COSIGNATURE:
        raise PolicyError(f"Expected the key of a witness, which begins with B after the second plus, got {rest[0]!r}")
    return Witness(verifier=verifier, url=rest[1].rstrip("/"))


def _number(line: str, rest: Sequence[str]) -> int:
    if len(rest) != 1 or not (rest[0].isascii() and rest[0].isdigit()):
        raise PolicyError(f"Expected 'quorum' and a number, got {line[:120]!r}")
    return int(rest[0])


def _require_distinct(witnesses: Sequence[Witness]) -> None:
    """One key under two names would count twice: a cosignature does not name who made it."""
    for what in ("name", "key"):
        values = [getattr(witness.verifier, what) for witness in witnesses]
        twice = [witness.name for witness, value in zip(witnesses, values, strict=True) if values.count(value) > 1]
        if twice:
            raise PolicyError(f"Expected witnesses with a {what} of their own, got the same for {' and '.join(twice)}")
