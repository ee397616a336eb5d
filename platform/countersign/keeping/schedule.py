"""What a production may schedule for destruction, and from which event the days are counted. No database in here.

A schedule says: this kind of thing is destroyed so many days after that event. `Since` names the events, `EVENTS` says
which of them make sense for which kind of thing; the database holds the same rule.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import TextChoices

MOST_DAYS = 36_500


class What(TextChoices):
    FOOTAGE = "footage", "Footage"
    REFUSED = "refused-uploads", "Refused uploads"
    OUTPUTS = "outputs", "Outputs that were taken down"
    DOCUMENTS = "consent-documents", "Consent documents"
    STILLS = "stills", "Pictures sent for an enrolment"


class Since(TextChoices):
    ADDED = "added", "it was uploaded"
    LAST_USED = "last-used", "its last run ended (or it was uploaded, if no run used it)"
    CONSENTS_ENDED = (
        "consents-ended",
        "the last consent of those seen in it ended (or it was uploaded, if nobody consented)",
    )
    TAKEN_DOWN = "taken-down", "it was taken down"
    CONSENT_ENDED = "consent-ended", "the consent ended or was withdrawn"


EVENTS: dict[What, tuple[Since, ...]] = {
    What.FOOTAGE: (Since.LAST_USED, Since.CONSENTS_ENDED, Since.ADDED),
    What.REFUSED: (Since.ADDED,),
    What.OUTPUTS: (Since.TAKEN_DOWN,),
    What.DOCUMENTS: (Since.CONSENT_ENDED,),
    What.STILLS: (Since.ADDED,),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """One schedule: `days` after `since`. `law` names what requires keeping until then, if anything does."""

    what: What
    since: Since
    days: int
    law: str = ""

    def due(self, happened: datetime | None) -> datetime | None:
        """When a thing is to be destroyed whose event happened then; None while it has not happened."""
        return happened + timedelta(days=self.days) if happened else None

    def in_words(self) -> str:
        days = "day" if self.days == 1 else "days"
        return f"{self.what.label.lower()}, {self.days} {days} after {self.since.label}"


def problem(terms: Terms) -> str:
    """Why these terms make no schedule, in words; empty if they do."""
    if terms.since not in EVENTS[terms.what]:
        wanted = " or ".join(f"“{event.value}”" for event in EVENTS[terms.what])
        return f"For {terms.what.label.lower()} the days are counted from {wanted}, not from “{terms.since.value}”."
    if not 0 <= terms.days <= MOST_DAYS:
        return f"Expected 0 to {MOST_DAYS} days, got {terms.days}."
    return ""
