"""Dates and thresholds of law: one data file, each with its exact reference and the day somebody read it. Pure."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from demeure.accountability.errors import LawUnreadable


@dataclass(frozen=True)
class LawText:
    """An act, a code, a guide. ``since``: the day from which it applies (YYYY-MM-DD), empty: article by article."""

    id: str
    fr: str
    since: str = ""


@dataclass(frozen=True)
class Law:
    """``text``: id of the act; ``article``: of it; ``since``: the day from which this wording applies (YYYY-MM-DD),
    empty: not found. ``verified``: the day its wording was read, empty: it was not; ``how``: in what copy.
    ``hours``, ``months``, ``days``: the time that it gives, 0 for none; ``more``: months that may be added once."""

    id: str
    fr: str
    text: str
    article: str
    since: str = ""
    verified: str = ""
    how: str = ""
    note: str = ""
    hours: int = 0
    months: int = 0
    days: int = 0
    more: int = 0

    @property
    def source(self) -> str:
        """« RGPD, règlement (UE) 2016/679 du 27 avril 2016, article 30, paragraphe 1 »."""
        return f"{texts()[self.text].fr}, {self.article}"

    @property
    def applies(self) -> str:
        """« depuis le 25/05/2018 », « à partir du 02/12/2027 » seen from the last day on which one was read."""
        since = self.since or texts()[self.text].since
        if not since:
            return "date d’application non relevée"
        last = max(one.verified for one in laws().values())
        return f"{'depuis le' if since <= last else 'à partir du'} {day_of(since)}"

    @property
    def read(self) -> str:
        """« vérifié le 27/11/2026, copie en français », or that nobody did."""
        return f"vérifié le {day_of(self.verified)}, {self.how}" if self.verified else "à vérifier, texte non lu"

    @property
    def told(self) -> str:
        """« … (RGPD…, article 30 ; depuis le 25/05/2018 ; vérifié le 27/11/2026, copie en français). »"""
        parts = [self.source, self.applies, self.read, *([self.note] if self.note else [])]
        return self.fr + " (" + "\u00a0; ".join(parts) + ")."


def day_of(iso: str) -> str:
    """« 25/05/2018 »."""
    year, month, day = iso.split("-")
    return f"{day}/{month}/{year}"


@cache
def _file() -> tuple[dict[str, LawText], dict[str, Law]]:
    data = tomllib.loads((files("demeure.accountability") / "law.toml").read_text(encoding="utf-8"))
    try:
        acts = {one["id"]: LawText(**one) for one in data["text"]}
        found = {one["id"]: Law(**one) for one in data["law"]}
    except (KeyError, TypeError) as problem:
        raise LawUnreadable(detail=f"law.toml: {problem}") from problem
    for one in found.values():
        if one.text not in acts or bool(one.verified) != bool(one.how):
            raise LawUnreadable(detail=f"law.toml: {one.id}")
    return acts, found


def texts() -> dict[str, LawText]:
    """Id → an act, a code, a guide. Raises LawUnreadable."""
    return _file()[0]


def laws() -> dict[str, Law]:
    """Id → what it says. Raises LawUnreadable."""
    return _file()[1]


def law(name: str) -> Law:
    """Raises LawUnreadable: a document cites what is not in the file."""
    try:
        return laws()[name]
    except KeyError as problem:
        raise LawUnreadable(detail=name) from problem
