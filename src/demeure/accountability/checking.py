"""What a check gives, and the ways in which it is decided. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from demeure.accountability.facts import Facts

HELD, FAILED, UNKNOWN = "held", "failed", "unknown"
"""UNKNOWN: nothing here says it; a measure that rests on it is never told effective."""
MONTH_DAYS, YEAR_DAYS = 31, 366
WORST = (FAILED, UNKNOWN, HELD)


@dataclass(frozen=True)
class Result:
    """``at``: when what it says was last established; None with UNKNOWN. ``told``: figures and dates, in French."""

    check: str
    state: str
    at: datetime | None = None
    told: str = ""

    def age(self, now: datetime) -> int | None:
        """Whole days since it was established; None when it never was."""
        return None if self.at is None else max(0, (now - self.at).days)


Seen = tuple[str, datetime | None, str]
Look = Callable[[Facts], Seen]
ALL: dict[str, Look] = {}
"""Id → check, as ``proves`` registers them."""


def proves(name: str) -> Callable[[Look], Look]:
    """Register a check under its id."""

    def kept(look: Look) -> Look:
        assert name not in ALL, name
        ALL[name] = look
        return look

    return kept


def settled(known: bool | None, facts: Facts, told: str = "", at: datetime | None = None) -> Seen:
    """Held when true, failed when false, unknown when None; established now unless said otherwise."""
    if known is None:
        return UNKNOWN, None, ""
    return (HELD if known else FAILED), at or facts.now, told


def none_of(count: int | None, facts: Facts, what: str) -> Seen:
    """Held when there are none."""
    return settled(None if count is None else count == 0, facts, "" if not count else f"{what}\u00a0: {count}")


def recent(at: datetime | None, facts: Facts) -> Seen:
    """Held when it is younger than a month. Never done: failed."""
    if at is None:
        return FAILED, facts.now, "jamais fait"
    return settled((facts.now - at).days <= MONTH_DAYS, facts, f"le {at:%d/%m/%Y}", at)


def past(day: str, facts: Facts) -> bool:
    """Is that day (ISO; empty: no term) over? One that cannot be read is no term that holds."""
    if not day:
        return False
    try:
        return date.fromisoformat(day[:10]) < facts.now.astimezone().date()
    except ValueError:
        return True
