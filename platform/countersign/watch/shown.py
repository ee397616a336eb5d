"""What the pages say of the watch."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.timezone import now

from countersign.watch.models import Progress
from countersign.watch.watcher import SITE

ASLEEP_AFTER = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """What the site's own watch last found. `asleep` when it has not looked for long; `whole_at` may be None."""

    entries: int
    faults: int
    looked_at: datetime
    whole_at: datetime | None
    asleep: bool

    @property
    def last(self) -> int:
        """The index of the last entry that was verified."""
        return self.entries - 1


def health() -> Health | None:
    """None if nobody has ever watched."""
    row = Progress.objects.filter(observer=SITE).first()
    if not row:
        return None
    asleep = now() - row.looked_at > ASLEEP_AFTER
    return Health(entries=row.entries, faults=row.faults, looked_at=row.looked_at, whole_at=row.whole_at, asleep=asleep)
