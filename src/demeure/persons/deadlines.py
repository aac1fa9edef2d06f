"""The time to answer (RGPD 12.3): one month from the day the request came, two more once, with a reason (pure; the
months are those of accountability/law.toml)."""

from calendar import monthrange
from datetime import date, datetime

from demeure.accountability import law
from demeure.persons.errors import DayInvalid

ANSWER = "gdpr-12-3"


def after(day: date, months: int) -> date:
    """The same day so many months later; the last of the month when it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def received(said: str, today: date) -> date:
    """The day it came; today when nothing is said. Raises DayInvalid."""
    if not said:
        return today
    try:
        day = date.fromisoformat(said)
    except ValueError as problem:
        raise DayInvalid(day=said[:40]) from problem
    if day > today or day.year < today.year - 10:
        raise DayInvalid(day=said[:40])
    return day


def due(day: date, *, extended: bool = False) -> date:
    """The last day to answer."""
    given = law(ANSWER)
    return after(day, given.months + given.more if extended else given.months)


def left(due_on: str, today: date) -> int:
    """Days left; negative once it is over."""
    return (date.fromisoformat(due_on) - today).days


def days_late(due_on: str, at: str) -> int:
    """By how many days of the house an answer given ``at`` (ISO) came after the last day to give it; 0: in time."""
    return max(0, -left(due_on, datetime.fromisoformat(at).astimezone().date()))
