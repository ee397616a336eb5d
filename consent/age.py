"""Being of age: a guardian signs for a minor, and only until the eighteenth birthday. Pure."""

from datetime import UTC, date, datetime, time

OF_AGE = 18


def comes_of_age(born: date) -> datetime:
    """The first moment of the eighteenth birthday, in UTC; that of the first of March for who was born on a 29
    February."""
    try:
        birthday = born.replace(year=born.year + OF_AGE)
    except ValueError:
        birthday = date(born.year + OF_AGE, 3, 1)
    return datetime.combine(birthday, time.min, UTC)


def is_minor(born: date | None, now: datetime) -> bool:
    """Whether somebody born then is a minor now; who states no birth date says that they are of age."""
    return born is not None and now < comes_of_age(born)


def stated(iso: str) -> date | None:
    """The birth date that terms state, if they state one. Raises ValueError for what is no date."""
    return date.fromisoformat(iso) if iso else None
