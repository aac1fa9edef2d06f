"""What comes back every month and every year, and a calendar of it that any calendar program reads. Pure."""

import tomllib
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any

from demeure.errors import bound

FOLD = 75  # octets of a line (RFC 5545, section 3.1)


@dataclass(frozen=True)
class Duty:
    """``months``: its period; ``how``: a command, or nothing; ``source``: the text that asks for it, or nothing.
    ``page``: where it is done or seen without a command, or nothing."""

    id: str
    months: int
    fr: str
    en: str
    how: str
    why_fr: str
    why_en: str
    source: str
    page: str = ""

    def name(self, language: str) -> str:
        return self.en if language == "en" else self.fr

    def why(self, language: str) -> str:
        return self.why_en if language == "en" else self.why_fr

    def first(self, start: date, rank: int) -> date:
        """Its first day: a working day of the weeks that follow ``start``; duties do not all fall on one."""
        day = start + timedelta(days=1 + 2 * rank)
        while day.weekday() > 4 or day.day > 28:  # a day that every month has
            day += timedelta(days=1)
        return day

    def as_json(self) -> dict[str, Any]:
        return dict(self.__dict__)


@cache
def duties() -> tuple[Duty, ...]:
    """In the order of the file."""
    data = tomllib.loads((files("demeure.advice") / "duties.toml").read_text(encoding="utf-8"))
    return tuple(
        Duty(
            id=one["id"],
            months=one["months"],
            fr=bound(one["name"]["fr"]),
            en=one["name"]["en"],
            how=one["how"],
            why_fr=bound(one["why"]["fr"]),
            why_en=one["why"]["en"],
            source=bound(one["source"]),
            page=one.get("page", ""),
        )
        for one in data["duties"]
    )


def calendar(language: str, start: date, made: datetime) -> str:
    """All duties from ``start`` on, each repeated, with a reminder a day before (iCalendar, RFC 5545)."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Demeure//duties//FR", "CALSCALE:GREGORIAN"]
    brand = "Demeure: " if language == "en" else "Demeure\u00a0: "
    for rank, one in enumerate(duties()):
        day = one.first(start, rank)
        told = "\n".join(part for part in (one.why(language), one.how, one.source) if part)
        lines += [
            "BEGIN:VEVENT",
            f"UID:{one.id}@duties.demeure",
            f"DTSTAMP:{made.astimezone(UTC):%Y%m%dT%H%M%SZ}",
            f"DTSTART;VALUE=DATE:{day:%Y%m%d}",
            f"RRULE:FREQ=MONTHLY;INTERVAL={one.months};BYMONTHDAY={day.day}",
            f"SUMMARY:{_text(brand + one.name(language))}",
            f"DESCRIPTION:{_text(told)}",
            "TRANSP:TRANSPARENT",
            *("BEGIN:VALARM", "ACTION:DISPLAY", f"DESCRIPTION:{_text(one.name(language))}", "TRIGGER:-P1D"),
            *("END:VALARM", "END:VEVENT"),
        ]
    lines.append("END:VCALENDAR")
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _text(value: str) -> str:
    """A text value: what separates is escaped."""
    for sign in ("\\", ";", ","):
        value = value.replace(sign, f"\\{sign}")
    return value.replace("\n", "\\n")


def _folded(line: str) -> str:
    """Lines of at most FOLD octets, cut between characters; those that go on begin with a space."""
    parts, now, size = [], "", 0
    for char in line:
        weight = len(char.encode())
        if size + weight > FOLD - 1:
            parts.append(now)
            now, size = "", 0
        now, size = now + char, size + weight
    return "\r\n ".join([*parts, now])
