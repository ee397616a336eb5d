"""A JWS beside the document, by the key that is bound to the performer: every byte agreed to stands in it by digest."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from consent.credentials import jose
from consent.credentials.agreement import Agreement
from consent.credentials.jose import ForgedError, UnreadableError
from consent.credentials.refusals import no
from consent.types import Reason, ReasonCode

TYPE = "countersign-consent+jws"
LONGEST_LIFE = timedelta(days=31)
SLACK = timedelta(minutes=1)  # clocks differ a little


@dataclass(frozen=True, slots=True, kw_only=True)
class Presenter:
    """Whose key signed, by its thumbprint (RFC 7638), and when by their own clock."""

    thumbprint: str
    claimed_at: datetime


def read(token: str, *, agreement: Agreement, bound: str, now: datetime) -> Presenter | Reason:
    """Who signed `agreement`, if it was the key called `bound`; else why it does not count.

    The key stands in the header (jwk), and counts by its thumbprint alone.
    """
    try:
        key = jose.key(jose.headers(token).get("jwk"))
        if not bound or key.thumbprint() != bound:
            return no(
                ReasonCode.WRONG_SIGNER, came=f"signed with the key {key.thumbprint()}", expected=bound or "no key"
            )
        said = jose.opened(token, key, kind=TYPE)
    except UnreadableError as e:
        return no(ReasonCode.NOT_A_CREDENTIAL, came=str(e), expected=f"a JWS of type {TYPE}")
    except ForgedError as e:
        return no(ReasonCode.SIGNATURE_BROKEN, came=str(e), expected="what the performer's key signed")
    times = {name: said.pop(name, None) for name in ("iat", "exp")}
    if said != agreement.to_json():
        return no(ReasonCode.CREDENTIAL_ELSEWHERE, came=_differing(said, agreement), expected="this consent alone")
    return _timed(times, thumbprint=bound, now=now)


def _timed(times: dict[str, object], *, thumbprint: str, now: datetime) -> Presenter | Reason:
    issued, ends = moment(times["iat"]), moment(times["exp"])
    if issued and ends and issued - SLACK <= now < ends and ends - issued <= LONGEST_LIFE:
        return Presenter(thumbprint=thumbprint, claimed_at=issued)
    return no(
        ReasonCode.CREDENTIAL_EXPIRED, came=f"{issued} to {ends}", expected=f"now, at most {LONGEST_LIFE.days} days"
    )


def moment(said: object) -> datetime | None:
    """A NumericDate (RFC 7519, 2); None for what is none."""
    if isinstance(said, bool) or not isinstance(said, int) or not 0 <= said < 2**33:
        return None
    return datetime.fromtimestamp(said, tz=UTC)


def _differing(said: dict[str, object], agreement: Agreement) -> str:
    expected = agreement.to_json()
    names = sorted(name for name in {*said, *expected} if said.get(name) != expected.get(name))
    return "other " + ", ".join(names)[:150]
