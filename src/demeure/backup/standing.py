"""How backups stand, from what the house kept of them: the last at each place, the last drill, what is late.

Read from signed pages and reports; the places themselves are not asked: a page answers while a disk sleeps.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from demeure.backup.manifest import name_of, numbers
from demeure.backup.plan import FOLDER, Plan, read_plan

_MOST = 60
"""Pages and reports looked at: the newest."""
PAPER, OWN = "paper", "own"
"""Whose key a drill used: somebody's sheet; one that the house made for the exercise."""
PAPER_DAYS = 365
"""Days after which a drill with a sheet is to be made again, whatever the house rehearses by itself."""
UNDECLARED, NEVER, LATE, GOOD = "undeclared", "never", "late", "good"


@dataclass(frozen=True)
class Last:
    """The last backup at a place."""

    number: int
    at: datetime
    files: int
    weight: int
    added: int


@dataclass(frozen=True)
class PlaceStanding:
    """One place, with the last backup made there."""

    name: str
    path: str
    removable: bool
    last: Last | None


@dataclass(frozen=True)
class Drill:
    """One report. ``seconds``: from the first byte read to the house that answers. ``paper``: with a recovery
    sheet."""

    number: int
    backup: int
    at: datetime
    ok: bool
    seconds: float
    failed: tuple[str, ...] = ()
    paper: bool = True


@dataclass(frozen=True)
class Standing:
    """``backup``, ``drill``: UNDECLARED (no key or no place), NEVER, LATE, GOOD. ``drills``: newest first."""

    plan: Plan
    backup: str
    drill: str
    places: tuple[PlaceStanding, ...]
    drills: tuple[Drill, ...]

    @property
    def last(self) -> Last | None:
        """The newest backup of all places."""
        found = [place.last for place in self.places if place.last]
        return max(found, key=lambda one: one.number) if found else None

    def paper_late(self, now: datetime) -> bool:
        """Has no sheet opened a backup for a year, where there are backups?"""
        last = max((one.at for one in self.drills if one.ok and one.paper), default=None)
        return self.backup != UNDECLARED and (last is None or now - last > timedelta(days=PAPER_DAYS))

    def as_json(self) -> dict[str, Any]:
        """For ``demeure status --json`` and the API."""
        last, drill = self.last, self.drills[0] if self.drills else None
        return {
            "backup": self.backup,
            "drill": self.drill,
            "last": last and {"number": last.number, "at": last.at.isoformat(), "bytes": last.weight},
            "last_drill": drill and {"at": drill.at.isoformat(), "ok": drill.ok, "seconds": drill.seconds},
            "holders": len(self.plan.holders),
            "places": [place.name for place in self.places],
        }


def stand(instance: Path, now: datetime, backup_days: int, drill_days: int) -> Standing:
    """What may be said at this moment. A page or report that cannot be read is passed over."""
    plan = read_plan(instance)
    by_place: dict[str, Last] = {}
    for told in _told(instance / FOLDER / "made"):
        at = datetime.fromisoformat(told["at"])
        by_place[told["place"]] = Last(told["number"], at, told["files"], told["weight"], told["added"])
    drills = tuple(_drill(told) for told in reversed(_told(instance / FOLDER / "drills")))
    places = tuple(PlaceStanding(p.name, p.path, p.removable, by_place.get(p.name)) for p in plan.places)
    declared = bool(plan.holders and plan.places)
    lasts = [place.last.at for place in places if place.last]
    good = [drill.at for drill in drills if drill.ok]
    return Standing(
        plan,
        _word(declared, lasts, now, backup_days),
        _word(declared, good[:1] if drills and drills[0].ok else _failed(drills), now, drill_days),
        places,
        drills,
    )


def made_at(instance: Path, place: str) -> list[int]:
    """Numbers of the backups that the house made at ``place``."""
    return [int(told["number"]) for told in _told(instance / FOLDER / "made") if told.get("place") == place]


def _failed(drills: tuple[Drill, ...]) -> list[datetime]:
    """A drill that failed is worth none: late from its first second."""
    return [datetime.fromisoformat("1970-01-01T00:00:00+00:00")] if drills else []


def _word(declared: bool, moments: list[datetime], now: datetime, days: int) -> str:
    if not declared:
        return UNDECLARED
    if not moments:
        return NEVER
    return GOOD if now - max(moments) <= timedelta(days=days) else LATE


def _drill(told: dict[str, Any]) -> Drill:
    failed = tuple(str(one["name"]) for one in told["checks"] if not one["ok"])
    at = datetime.fromisoformat(told["at"])
    paper = told.get("key", PAPER) == PAPER
    return Drill(told["drill"], told["backup"], at, not failed, float(told["seconds"]["total"]), failed, paper)


def _told(folder: Path) -> list[dict[str, Any]]:
    found = []
    for number in numbers(folder)[-_MOST:]:
        try:
            told = json.loads((folder / name_of(number)).read_bytes())
            datetime.fromisoformat(told["at"])
        except (OSError, ValueError, KeyError, TypeError):
            continue
        found.append(told)
    return found


def nothing_declared() -> Standing:
    """Of a house that has neither key nor place for backups."""
    return Standing(Plan(), UNDECLARED, UNDECLARED, (), ())
