"""Whom the operator trusts for what comes from outside, as the bytes of the files that say so. Pure.

Each is a file of its own, so that who may seal is never mistaken for who may sign. An empty one trusts nobody.
"""

from dataclasses import asdict, dataclass
from typing import Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Pins:
    """`roots`: PEM of authorities of performers' certificates, and their revocation lists. `stampers`: PEM of roots of
    time-stamp authorities. `qualified`: PEM of the issuers that a trust list (ETSI TS 119 612) names as qualified;
    the root above one that does not vouch for itself stands among the `roots`.
    `seals`: JSON of platforms that seal. `wallets`: JSON of issuers of credentials."""

    roots: bytes = b""
    stampers: bytes = b""
    qualified: bytes = b""
    seals: bytes = b""
    wallets: bytes = b""

    def to_json(self) -> dict[str, str]:
        """As text, for another process. Raises UnicodeDecodeError for what is no text."""
        return {name: value.decode() for name, value in asdict(self).items()}

    @classmethod
    def from_json(cls, said: dict[str, str]) -> Self:
        """What `to_json` wrote."""
        return cls(**{name: value.encode() for name, value in said.items()})
