"""What the document says, in the performer's own voice: the page that `typeset` sets. Pure."""

from collections.abc import Iterator

from consent import clauses
from consent.saying import day
from consent.types import Capacity, Matter, Terms
from consent.voice import I

_CAPACITIES = {
    Capacity.SELF: "Signing for themselves.",
    Capacity.GUARDIAN: "Signed by the guardian.",
    Capacity.ESTATE: "Signed by the estate.",
    Capacity.UNION: "Signed by the union.",
}
_NEVER = (
    "Nothing sexual, nothing that harms or shames me, no political message and no fraud may be made with my face, "
    "whatever this document or any other says."
)
_SIGNING = (
    "I have read this document. I agree to what it says, of my own free will, and to nothing beyond it. It takes "
    "effect when a second person at the production has checked it."
)


def view(terms: Terms) -> dict[str, object]:
    """What the page says, in words."""
    release = terms.matter is Matter.BIOMETRIC_RELEASE
    return {
        "heading": "Release of my biometric features" if release else "Consent to use my face",
        "subtitle": f"{terms.performer_name} to the production of “{terms.production_title}”",
        "consent_id": str(terms.consent_id),
        "nonce": terms.nonce,
        "performer": terms.performer_name,
        "signer": terms.signer_name,
        "capacity": _CAPACITIES[terms.signer_capacity],
        "description": terms.description.split("\n"),
        "plain": [*_amends(terms), *(_plain_release(terms) if release else _plain(terms))],
        "groups": [
            {"title": group.title, "rows": [[clause.title, clause.text] for clause in group.clauses]}
            for group in clauses.groups(terms, voice=I)
        ],
        "never": [_NEVER],
        "withdraw": list(_withdraw_release() if release else _withdraw(terms)),
        "signing": _SIGNING,
    }


def _plain(terms: Terms) -> Iterator[str]:
    yield (
        f"The production of “{terms.production_title}” may use the face of {terms.performer_name} for what is "
        "described below, and for nothing else."
    )
    yield f"It may do so from {day(terms.valid_from)} until {day(terms.valid_until)}."
    most = f"{clauses.runs(terms)}, with {clauses.time(terms.max_screen_seconds)} of finished picture in all"
    yield f"At most {most}{clauses.counting(terms)}."
    if terms.training_allowed:
        yield "A computer model of my face may be trained. It is kept locked and is destroyed when I withdraw."
    else:
        yield "No computer model may be trained on my face."
    if terms.approval_per_shot:
        yield "I see each finished shot first, and approve or decline it."
    yield "To recognise me in clips my face must be measured; that needs a release of its own, which this is not."
    yield "I can withdraw at any time, without giving a reason."


def _plain_release(terms: Terms) -> Iterator[str]:
    yield (
        f"The production of “{terms.production_title}” may measure the face of {terms.performer_name} to recognise it "
        "in clips, and for nothing else."
    )
    yield f"It may do so from {day(terms.valid_from)} until {day(terms.valid_until)}."
    yield "The measurements are kept locked. They are destroyed when this release ends or is withdrawn."
    yield "Nothing may be made with my face under this release; that needs a consent of its own."
    yield "I can withdraw at any time, without giving a reason."


def _amends(terms: Terms) -> Iterator[str]:
    if terms.amends:
        yield (
            f"This takes the place of the one I gave before, number {terms.amends}, once it takes effect. Work that is "
            "under way under the one before stops and has to be asked for again."
        )


def _withdraw_release() -> Iterator[str]:
    yield (
        "I sign in, open “My face”, and press “Withdraw” beside this release; or I tell the production in any way I "
        "like. It counts from that moment."
    )
    yield "The key to the measurements of my face is destroyed, and with it the measurements. Work in progress stops."


def _withdraw(terms: Terms) -> Iterator[str]:
    yield (
        "I sign in, open “My face”, and press “Withdraw” beside this consent; or I tell the production in any way I "
        "like. It counts from that moment."
    )
    yield "Work in progress stops. The key to my face data and to any model of me is destroyed, and with it the data."
    if terms.after_withdrawal == "take-down":
        yield "Finished pictures made under this consent are taken down from the platform."
    else:
        yield "Finished pictures made under this consent stay, and are marked: consent since withdrawn."
