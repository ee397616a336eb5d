"""What is said of a credential that was not taken."""

from collections.abc import Mapping

from consent.types import Reason, ReasonCode

_AGAIN = "Open the consent in the wallet again from the page that offers it, and upload what it gives you."
_SAID: Mapping[ReasonCode, tuple[str, str]] = {
    ReasonCode.NOT_A_CREDENTIAL: ("This is nothing that a wallet gives in answer to a consent.", _AGAIN),
    ReasonCode.SIGNATURE_BROKEN: ("The signature does not hold.", _AGAIN),
    ReasonCode.CREDENTIAL_EXPIRED: ("It is outside its time.", _AGAIN),
    ReasonCode.CREDENTIAL_ELSEWHERE: ("It says yes to something else than this consent.", _AGAIN),
    ReasonCode.CREDENTIAL_STATUS_UNKNOWN: (
        "Whether this credential was taken back can only be told by asking its issuer, and nothing is fetched here.",
        "Present a credential without a status list, or sign in another way.",
    ),
    ReasonCode.SIGNER_NOT_TRUSTED: (
        "The credential was not issued by anybody this site trusts.",
        "Present a credential of a trusted issuer, or ask the operator to add the issuer after checking it.",
    ),
    ReasonCode.WRONG_SIGNER: (
        "It is not the performer's.",
        "Only the performer may sign, with their own key or credential. Bind a key to them first.",
    ),
}


def no(code: ReasonCode, *, came: str, expected: str) -> Reason:
    sentence, remedy = _SAID[code]
    return Reason(code=code, sentence=sentence, asked=came[:200], allowed=expected, remedy=remedy)


def none(came: str) -> Reason:
    return no(ReasonCode.NOT_A_CREDENTIAL, came=came, expected="what the performer's wallet gave")
