"""Who had a hand in a consent before it stands: at least two people, besides the performer and whoever signed.

| Who                                         | may then not                               |
|---------------------------------------------|--------------------------------------------|
| drafted it                                  | approve it                                 |
| uploaded it, or signed it                   | approve it                                 |
| bound the certificate or the key that signed| draft or upload it (`arrivals`, `wallets`) |
| alone confirmed the passkey that signed     | have drafted it                            |
| bound, confirmed or reviewed, where nobody  | approve it                                 |
| else but the performer had a hand in it     |                                            |

So a house with one producer and one person of legal can do everything: the one drafts and uploads, the other binds,
confirms, reviews and approves. None of them can do it alone, nor with the performer as their second.
"""

from collections.abc import Iterator
from uuid import UUID

from consent.assertion import Evidence, Purpose
from consent.models import ConsentRecord
from consent.services import capacity, identity
from consent.services.entries import Somebody
from consent.services.steps import same_person, second_person
from consent.types import Reason, Way

_BY_PASSKEY = (Purpose.SIGN.value, Purpose.CONFIRM.value)


def against(held: ConsentRecord, by: Somebody) -> Iterator[Reason]:
    """Why `by` may not approve this consent, for who had a hand in it.

    Raises LedgerError, and ConsentError for evidence that cannot be read any more.
    """
    confirmed = _confirmers(held)
    if by.pk in {held.drafted_by_id, held.uploaded_by_id, *_signers(held)}:
        yield same_person()
    elif not {held.drafted_by_id, held.uploaded_by_id, held.reviewed_by_id, _binder(held), *confirmed} - {
        None,
        by.pk,
        *_signers(held),
    }:
        yield _alone()
    if confirmed == {held.drafted_by_id}:
        yield _confirmed_by_the_drafter(held)


def _signers(held: ConsentRecord) -> set[UUID]:
    signatory = capacity.signatory_of(held)
    return {pk for pk in (held.performer.person_id, signatory.person_id if signatory else None) if pk}


def _binder(held: ConsentRecord) -> UUID | None:
    if held.way == Way.JWS:
        return held.performer.key_bound_by_id
    return capacity.signer_of(held).bound_by if held.way == Way.PADES else None


def _confirmers(held: ConsentRecord) -> set[UUID]:
    """Who confirmed that the passkeys which signed are the performer's."""
    answers = held.assertions.filter(purpose__in=_BY_PASSKEY).values_list("evidence", flat=True)
    used = {Evidence.from_json(evidence).key.sha256 for evidence in answers}
    return identity.confirmers(held.performer, passkeys=used) if used else set()


def _alone() -> Reason:
    return second_person(
        "Nobody but the performer and you had a hand in this consent, so you cannot approve it too.",
        asked="checked and approved by one person",
        allowed="at least two people besides the performer",
        remedy="Have a colleague approve it.",
    )


def _confirmed_by_the_drafter(held: ConsentRecord) -> Reason:
    return second_person(
        f"The passkey that signed was confirmed as {held.performer.name}'s by who drafted this consent.",
        asked="a draft and a confirmation by one person",
        allowed="a passkey that somebody else has checked and confirmed",
        remedy="Have a colleague draft the consent, and the performer sign it again.",
    )
