"""Dates and thresholds of law: one data file, each with its source and the day somebody read it. Pure."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from demeure.accountability.errors import LawUnreadable


@dataclass(frozen=True)
class Law:
    """``verified``: the day its text was read (YYYY-MM-DD), empty: « à vérifier ». ``hours``, ``months``, ``days``:
    the time that it gives, 0 for none."""

    id: str
    fr: str
    source: str
    verified: str = ""
    note: str = ""
    hours: int = 0
    months: int = 0
    days: int = 0

    @property
    def told(self) -> str:
        """« … (RGPD, article 30 ; vérifié le 27/11/2026). »"""
        when = "à vérifier"
        if self.verified:
            year, month, day = self.verified.split("-")
            when = f"vérifié le {day}/{month}/{year}"
        note = f"\u00a0; {self.note}" if self.note else ""
        return f"{self.fr} ({self.source}\u00a0; {when}{note})."


@cache
def laws() -> dict[str, Law]:
    """Id → what it says. Raises LawUnreadable."""
    data = tomllib.loads((files("demeure.accountability") / "law.toml").read_text(encoding="utf-8"))
    try:
        return {one["id"]: Law(**one) for one in data["law"]}
    except (KeyError, TypeError) as problem:
        raise LawUnreadable(detail=f"law.toml: {problem}") from problem


def law(name: str) -> Law:
    """Raises LawUnreadable: a document cites what is not in the file."""
    try:
        return laws()[name]
    except KeyError as problem:
        raise LawUnreadable(detail=name) from problem
