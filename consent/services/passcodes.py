"""The passcode of the day: it binds an enrolment to the performer's own session and to the day it was made.

The rules this module keeps:
1. Only the performer gets one, in their own session; it is told once and kept hashed.
2. It is good for one upload, on that day (UTC), and for a few tries.
3. It says who uploaded and when, never that a living person was filmed: nobody listens to what is spoken in a clip.
"""

import secrets
from datetime import datetime
from uuid import UUID

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.db.models import F

from consent.enrolment import Passcode
from consent.models import Performer
from consent.services.entries import Somebody, note
from consent.types import Reason, ReasonCode
from provenance.types import EntryKind

DIGITS = 6
MOST_TRIES = 5


@transaction.atomic
def make_passcode(performer: Performer, *, by: Somebody, now: datetime) -> str:
    """The performer's passcode of the day, as "482 913"; one that was made before is void from now on.

    Raises RuntimeError for anybody but the performer: whoever calls this has looked at that.
    """
    if performer.person_id != by.pk:
        raise RuntimeError("a passcode is told to the performer alone")
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    kept = {"day": now.date(), "hashed": make_password(_bound(code, performer.pk)), "tries": 0, "used_at": None}
    Passcode.objects.update_or_create(performer=performer, defaults=kept)
    note(EntryKind.PERFORMER_PASSCODE_MADE, subject=f"performer:{performer.pk}", by=by, body={})
    return f"{code[:3]} {code[3:]}"


def spend_passcode(performer: Performer, code: str, *, now: datetime) -> Reason | None:
    """Use the passcode up; why it is none, if so. In the caller's transaction, which must be committed either way: a
    wrong one counts as a try."""
    row = Passcode.objects.select_for_update().filter(performer=performer, used_at=None, day=now.date()).first()
    if row is None or row.tries >= MOST_TRIES:
        return _stale()
    if not check_password(_bound("".join(code.split()), performer.pk), row.hashed):
        Passcode.objects.filter(pk=row.pk).update(tries=F("tries") + 1)
        return _wrong(MOST_TRIES - row.tries - 1)
    Passcode.objects.filter(pk=row.pk).update(used_at=now)
    return None


def _bound(code: str, performer_id: UUID) -> str:
    return f"{performer_id}:{code}"


def _stale() -> Reason:
    return Reason(
        code=ReasonCode.PASSCODE_STALE,
        sentence="There is no passcode of today that may still be used.",
        asked="to send pictures from your own session",
        allowed="one upload with each passcode, on the day it was made, and five tries",
        remedy="Ask for today's passcode on this page, then type it when you send the pictures.",
    )


def _wrong(left: int) -> Reason:
    return Reason(
        code=ReasonCode.PASSCODE_WRONG,
        sentence="This is not today's passcode.",
        asked="to send pictures with another passcode",
        allowed=f"the passcode as this page showed it; {left} more tries",
        remedy="Type the six digits again, or ask for a new passcode.",
    )
