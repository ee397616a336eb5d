"""How sure it is that the performer agreed: from the way in which a consent was signed, and what was done about it, to
a level. Pure; of the levels only QUALIFIED is a law's own word (Regulation (EU) 910/2014, Art. 3(12)).

What each kind of use demands is policy and not written here; that nothing at all may be made before the level is
reached is the state SIGNED (`waits_for`).
"""

from collections.abc import Mapping
from dataclasses import dataclass

from consent.vocabulary import Assurance, Way


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """What is known. `qualified`: by a qualified certificate. `confirmed`: the performer said with their passkey that
    it is theirs. `reviewed`: a second person held it against what was offered."""

    way: Way
    qualified: bool = False
    confirmed: bool = False
    reviewed: bool = False


_PERSONAL = frozenset({Way.PADES, Way.PASSKEY, Way.JWS, Way.SD_JWT})

PERMITS: Mapping[Assurance, str] = {
    Assurance.UNSIGNED: "Nothing. Nobody has signed.",
    Assurance.SCAN: "Nothing yet. A picture of a signature proves little, until a second person has compared it and "
    "the performer has confirmed it with their passkey.",
    Assurance.SEALED_BY_PLATFORM: "What the policy allows on the word of a signing platform, or on a scan, together "
    "with the performer's own passkey.",
    Assurance.PERSONAL: "What the policy allows on the performer's own signature.",
    Assurance.QUALIFIED: "Whatever the terms allow: it has the legal effect of a handwritten signature in the European "
    "Union.",
}
SAID: Mapping[Way, str] = {
    Way.PADES: "with the performer's own certificate, in the document",
    Way.PLATFORM_SEAL: "on a signing platform, which sealed the document: the seal proves the platform, not the person",
    Way.PASSKEY: "on this site, with the performer's passkey",
    Way.JWS: "with a key of the performer's own, beside the document",
    Way.SD_JWT: "from a wallet, with a credential of the performer's",
    Way.SCAN: "on paper; this is a picture of it",
}


def level(grounds: Grounds) -> Assurance:
    """The level that is reached, or that will be once nothing is waited for any more."""
    if grounds.way in _PERSONAL:
        return Assurance.QUALIFIED if grounds.qualified and grounds.way is Way.PADES else Assurance.PERSONAL
    if grounds.way is Way.PLATFORM_SEAL or (grounds.confirmed and grounds.reviewed):
        return Assurance.SEALED_BY_PLATFORM
    return Assurance.SCAN


def waits_for(grounds: Grounds) -> tuple[str, ...]:
    """What is missing before it may be approved: "review", "confirmation", or nothing."""
    if grounds.way in _PERSONAL:
        return ()
    missing = ["review"] if grounds.way is Way.SCAN and not grounds.reviewed else []
    return (*missing, *(() if grounds.confirmed else ("confirmation",)))
