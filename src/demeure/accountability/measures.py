"""Measures as data, and what their checks make of them: effective, not effective, not verified. Pure."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

from demeure.accountability.checking import FAILED, HELD, UNKNOWN, WORST, Result
from demeure.accountability.checks import names
from demeure.accountability.errors import LawUnreadable

STATES = {HELD: "effective", FAILED: "non effective", UNKNOWN: "non vérifiée"}
"""State of a measure → how a document says it."""
_CHECKED = {HELD: "tenu", FAILED: "non tenu", UNKNOWN: "non vérifié"}


@dataclass(frozen=True)
class Measure:
    """``checks``: ids of checks.py, one at least; ``refs``: the texts that ask for it, in short."""

    id: str
    fr: str
    checks: tuple[str, ...]
    refs: tuple[str, ...]

    def state(self, results: Mapping[str, Result]) -> str:
        """The worst of its checks: one that fails, then one that nothing says."""
        found = {results[one].state for one in self.checks}
        return next(state for state in WORST if state in found)


@cache
def _raw() -> dict[str, Any]:
    return tomllib.loads((files("demeure.accountability") / "measures.toml").read_text(encoding="utf-8"))


def named(check: str) -> str:
    """What the documents call a check. Raises KeyError: one that nobody named (a test looks)."""
    return str(_raw()["named"][check])


@cache
def measures() -> dict[str, Measure]:
    """In the order of the file. Raises LawUnreadable: a measure without a check, or with an unknown one."""
    data = _raw()
    found = {
        one["id"]: Measure(one["id"], one["fr"], tuple(one["checks"]), tuple(one["refs"]))
        for one in data["measure"]
    }
    for one in found.values():
        if not one.checks or not set(one.checks) <= names():
            raise LawUnreadable(detail=f"measures.toml: {one.id}: {', '.join(one.checks)}")
    return found


def told(results: Mapping[str, Result], check: str, now: datetime) -> str:
    """« essai des murs encore valable : tenu, il y a 2 jours (essai du 25/11/2026) »."""
    one = results[check]
    days = one.age(now)
    age = "" if days is None else ", aujourd’hui" if days == 0 else f", il y a {days} jour{'s' if days > 1 else ''}"
    more = f" ({one.told})" if one.told else ""
    return f"{named(check)}\u00a0: {_CHECKED[one.state]}{age}{more}"
