"""What is said to somebody whose passkey, invitation or signature was not taken: a sentence and a way on. Pure."""

from collections.abc import Mapping

from consent.types import Reason, ReasonCode

_AGAIN = "Start again from the page that asked for the passkey."
_SAID: Mapping[ReasonCode, tuple[str, str]] = {
    ReasonCode.PASSKEY_UNKNOWN: (
        "No passkey of this kind is known here.",
        "Use a passkey that was added here and not removed, or sign in with a password and add this one.",
    ),
    ReasonCode.PASSKEY_OF_ANOTHER: (
        "This passkey is another person's.",
        "Use a passkey of your own.",
    ),
    ReasonCode.PASSKEY_KNOWN_ALREADY: (
        "This passkey was added before.",
        "Use another device or security key; one of each is enough.",
    ),
    ReasonCode.PASSKEY_UNREADABLE: (
        "What the passkey answered cannot be read.",
        _AGAIN,
    ),
    ReasonCode.PASSKEY_SIGNATURE_BROKEN: (
        "The passkey's signature does not hold.",
        _AGAIN,
    ),
    ReasonCode.OTHER_SHOWN: (
        "The passkey was asked about something else than this.",
        "Open the page again and read what it shows now; sign only if you still agree.",
    ),
    ReasonCode.CHALLENGE_UNKNOWN: (
        "Nobody asked for this passkey here.",
        _AGAIN,
    ),
    ReasonCode.CHALLENGE_SPENT: (
        "This was asked and answered before; each question counts once.",
        _AGAIN,
    ),
    ReasonCode.CHALLENGE_EXPIRED: (
        "The question to the passkey has expired: it waits five minutes.",
        _AGAIN,
    ),
    ReasonCode.NOT_USER_VERIFIED: (
        "The passkey did not check that it was you: it asked for no fingerprint, face or PIN.",
        "Set up a screen lock, fingerprint or PIN for the passkey, then try again.",
    ),
    ReasonCode.WRONG_ORIGIN: (
        "The passkey was used on another site than this one.",
        "Open this site by its own address, never by a copy, and try again.",
    ),
    ReasonCode.COUNTER_WENT_BACK: (
        "The passkey counts fewer uses than it did before, so there may be a copy of it.",
        "Remove this passkey and add a new one; tell legal if you made no copy.",
    ),
    ReasonCode.LAST_PASSKEY: (
        "This is your only way in, so it cannot be removed.",
        "Add another passkey first.",
    ),
    ReasonCode.SIGN_IN_TOO_OLD: (
        "You signed in a while ago; passkeys are added only shortly after signing in.",
        "Sign in again, then add the passkey.",
    ),
    ReasonCode.INVITATION_SPENT: (
        "This invitation was used already.",
        "If it was you, sign in. If it was not, tell whoever invited you at once.",
    ),
    ReasonCode.INVITATION_EXPIRED: (
        "This invitation has expired.",
        "Ask whoever invited you to send it again.",
    ),
    ReasonCode.INVITATION_REVOKED: (
        "This invitation was taken back.",
        "Ask whoever invited you.",
    ),
    ReasonCode.CREW_IS_NO_PERFORMER: (
        "You work on a production of this house, so this account cannot become one of its performers.",
        "Whoever performs and works here needs an account for each, with an e-mail address of its own.",
    ),
    ReasonCode.PERFORMER_IS_SOMEBODY: (
        "This performer has an account already.",
        "They can sign in and add passkeys there. If the account is not theirs, have legal erase the performer.",
    ),
    ReasonCode.PERSON_IS_PERFORMER: (
        "This account is another performer’s already; nobody is two.",
        "If both are the same person, use the performer that is there, and take this invitation back.",
    ),
    ReasonCode.ADDRESS_IS_KNOWN: (
        "Somebody has an account by this e-mail address.",
        "If it is yours, sign in first and open the invitation again.",
    ),
    ReasonCode.IDENTITY_NOT_CONFIRMED: (
        "Nobody has confirmed yet that this passkey is the performer’s.",
        "Legal of the production, and not whoever invited them, confirms it on the performer’s page.",
    ),
    ReasonCode.DOCUMENT_NOT_OPENED: (
        "The document was not opened yet, and nobody signs what they have not had before their eyes.",
        "Open the document, read it, and come back to sign.",
    ),
    ReasonCode.PASSKEY_NEEDED: (
        "An approval must be signed with your passkey.",
        "Approve on the consent's page, where your passkey is asked; add one first if you have none.",
    ),
    ReasonCode.WRONG_SIGNER: (
        "Only the performer whose face it is about signs this consent.",
        "Have the performer sign in and sign it themselves.",
    ),
    ReasonCode.CONSENT_EXPIRED: (
        "The time of this consent is over, so there is nothing left to sign.",
        "Ask the production for a new one.",
    ),
    ReasonCode.WRONG_STATE: (
        "This consent does not wait for your passkey.",
        "Look at what it waits for; a consent that was withdrawn or signed already is not signed again.",
    ),
}


def no(code: ReasonCode, *, asked: str = "", allowed: str = "") -> Reason:
    """The reason `code`, in words."""
    sentence, remedy = _SAID[code]
    return Reason(code=code, sentence=sentence, asked=asked, allowed=allowed, remedy=remedy)
