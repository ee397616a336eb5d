"""A credential from a wallet (SD-JWT VC, draft-ietf-oauth-sd-jwt-vc), presented by its holder for exactly this consent.

The rules this module keeps:
1. The issuer, their keys and the type of credential are pinned by the operator; nothing is fetched.
2. The holder's key, which the issuer put into the credential, signed the presentation: for this site, over all that is
   presented, and under a nonce that is the digest of this consent (RFC 9901, 4.3).
3. Disclosures are those of plain claims: base64url and SHA-256, each named by the issuer once (RFC 9901, 7.1). What is
   nested, what nobody named and what is named twice is refused. The reference library takes disclosures that nobody
   named, so these few lines are ours; its own issuer and holder make the test's credentials.
4. A credential without an end, or whose standing only its issuer could tell, is refused.
5. It must name the performer, and where it discloses a birth date, theirs.
"""

import base64
import hashlib
import json
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from consent.credentials import jose
from consent.credentials.agreement import Agreement
from consent.credentials.jose import ForgedError, UnreadableError
from consent.credentials.refusals import no
from consent.credentials.signed import SLACK, moment
from consent.errors import ConsentError
from consent.types import Reason, ReasonCode

TYPES = ("dc+sd-jwt", "vc+sd-jwt")
FRESH = timedelta(days=31)
MOST = 64  # disclosures
_OURS = frozenset({"_sd", "_sd_alg", "...", "iss", "exp", "nbf", "iat", "cnf", "vct", "status"})  # never disclosed


@dataclass(frozen=True, slots=True, kw_only=True)
class Presented:
    """Who presented, by what their credential says of them. `thumbprint` is that of the key in their wallet."""

    name: str
    born: str
    issuer: str
    kind: str
    thumbprint: str
    claimed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Whose credential it must be. `born` is an ISO date, empty where none is known."""

    name: str
    born: str


class _RefusedError(Exception):
    def __init__(self, code: ReasonCode, came: str, expected: str) -> None:
        super().__init__(came)
        self.reason = no(code, came=came, expected=expected)


def read(text: str, *, agreement: Agreement, holder: Holder, issuers: bytes, now: datetime) -> Presented | Reason:
    """Who presented, if it is `holder`; else why not.

    Raises ConsentError if `issuers`, the operator's file, cannot be read.
    """
    pinned = _pinned(issuers)
    try:
        token, *disclosures, presentation = text.split("~")
        said, kind = _issued(token, pinned)
        claims = {**said, **_disclosed(said, disclosures)}
        _current(claims, now=now)
        key = jose.key((said.get("cnf") or {}).get("jwk"))
        at = _presented(presentation, key, over=text[: len(text) - len(presentation)], agreement=agreement, now=now)
        return Presented(
            name=_named(claims, holder.name),
            born=_born(claims, holder.born),
            issuer=str(said["iss"]),
            kind=kind,
            thumbprint=str(key.thumbprint()),
            claimed_at=at,
        )
    except _RefusedError as e:
        return e.reason
    except (UnreadableError, ValueError, TypeError, AttributeError, RecursionError) as e:
        return no(ReasonCode.NOT_A_CREDENTIAL, came=str(e), expected="a credential presented by its holder (SD-JWT+KB)")
    except ForgedError as e:
        return no(ReasonCode.SIGNATURE_BROKEN, came=str(e), expected="what issuer and holder signed")


def _pinned(text: bytes) -> Mapping[str, Any]:
    """The operator's file: {"issuers": {"https://…": {"vct": "…", "keys": [JWK, …]}}}."""
    if not text.strip():
        return {}
    try:
        found: Mapping[str, Any] = json.loads(text)["issuers"]
        for issuer, one in found.items():
            if set(one) != {"vct", "keys"} or not one["vct"] or not [jose.key(key) for key in one["keys"]]:
                raise ValueError(f"{issuer} names no type or no keys")
    except (ValueError, KeyError, TypeError, AttributeError, UnreadableError) as e:
        raise ConsentError(f"The file of issuers of credentials cannot be read: {e}") from e
    return found


def _issued(token: str, pinned: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
    """What the issuer says, by one of their pinned keys."""
    kind = jose.headers(token).get("typ")
    if kind not in TYPES:
        raise UnreadableError(f"a token of type {kind!r}")
    for issuer, one in pinned.items():
        for key in map(jose.key, one["keys"]):
            try:
                said = jose.opened(token, key, kind=kind)
            except ForgedError:
                continue
            if (said.get("iss"), said.get("vct")) == (issuer, one["vct"]):
                return said, str(one["vct"])
    raise _RefusedError(
        ReasonCode.SIGNER_NOT_TRUSTED, "another issuer or type", ", ".join(pinned) or "no issuer is trusted yet"
    )


def _disclosed(said: Mapping[str, Any], disclosures: Sequence[str]) -> dict[str, Any]:
    """The claims disclosed, each as the issuer named it by its digest."""
    named = said.get("_sd", [])
    if said.get("_sd_alg", "sha-256") != "sha-256" or len(set(named)) != len(named) or len(disclosures) > MOST:
        raise UnreadableError("disclosures by another digest, named twice, or too many")
    found: dict[str, Any] = {}
    for disclosure in disclosures:
        _, name, value = json.loads(_bytes(disclosure))
        if _digest(disclosure) not in named or name in found or name in said or name in _OURS or _nests(value):
            raise UnreadableError(f"a disclosure that the issuer did not make: {name!r}")
        found[name] = value
    return found


def _nests(value: Any) -> bool:
    return isinstance(value, dict | list) and any(f'"{word}"' in json.dumps(value) for word in ("_sd", "..."))


def _current(claims: Mapping[str, Any], *, now: datetime) -> None:
    if "status" in claims:
        raise _RefusedError(ReasonCode.CREDENTIAL_STATUS_UNKNOWN, "a status list", "a credential that needs none")
    ends, begins = moment(claims.get("exp")), claims.get("nbf", claims.get("iat", 0))
    starts = moment(begins)
    if not ends or not starts or not starts - SLACK <= now < ends:
        raise _RefusedError(ReasonCode.CREDENTIAL_EXPIRED, f"valid from {starts} to {ends}", "a credential in its time")


def _presented(text: str, holder: jose.Key, *, over: str, agreement: Agreement, now: datetime) -> datetime:
    """When the holder presented it, for this consent (RFC 9901, 4.3 and 7.3)."""
    said = jose.opened(text, holder, kind="kb+jwt")
    expected = {"aud": agreement.audience, "nonce": agreement.digest, "sd_hash": _digest(over)}
    came = {name: said.get(name) for name in expected}
    if came != expected:
        names = ", ".join(name for name in expected if came[name] != expected[name])
        raise _RefusedError(ReasonCode.CREDENTIAL_ELSEWHERE, f"other {names}", "this consent, on this site")
    at = moment(said.get("iat"))
    if not at or not now - FRESH <= at <= now + SLACK:
        raise _RefusedError(ReasonCode.CREDENTIAL_EXPIRED, f"presented at {at}", f"in the last {FRESH.days} days")
    return at


def _named(claims: Mapping[str, Any], name: str) -> str:
    whole = claims.get("name") or f"{claims.get('given_name') or ''} {claims.get('family_name') or ''}"
    if not isinstance(whole, str) or _alike(whole) != _alike(name):
        raise _RefusedError(ReasonCode.WRONG_SIGNER, f"a credential of {str(whole).strip() or 'nobody by name'}", name)
    return whole.strip()


def _born(claims: Mapping[str, Any], born: str) -> str:
    said = str(claims.get("birthdate", ""))
    if said and born and said != born:
        raise _RefusedError(ReasonCode.WRONG_SIGNER, f"somebody born on {said}", f"born on {born}")
    return said


def _alike(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode("ascii")).digest()).rstrip(b"=").decode()
