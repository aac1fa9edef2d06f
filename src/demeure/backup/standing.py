"""How backups stand, from what the house kept of them: the last at each place, the last drill, what is late.

Read from signed pages and reports; the places themselves are not asked: a page answers while a disk sleeps.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from demeure.backup.pages_kept import PAPER, REHEARSAL, good, newest
from demeure.backup.plan import FOLDER, Plan, read_plan

_MOST, _POINTS = 60, 30
"""Reports looked at: the newest, and the last good ones before them; backups that are listed."""
PAPER_DAYS = 365
"""Days after which a drill with a sheet is to be made again, whatever the house rehearses by itself."""
AHEAD = timedelta(hours=1)
"""A date that is later than now by more than that was told by a clock that was ahead."""
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
    """One place, with the last backup made there; ``days`` after which it is late. Where none was made yet: a disk
    waits for its turn from ``since``, when it was declared; a place that stays is late, as is what is not dated."""

    name: str
    path: str
    removable: bool
    last: Last | None
    days: int = 0
    since: str = ""

    def late(self, now: datetime) -> bool:
        """At ``now``, where backups are planned."""
        begun = self.last.at if self.last else _moment(self.since) if self.removable else None
        return begun is None or _late(begun, now, timedelta(days=self.days))


@dataclass(frozen=True)
class Drill:
    """One report. ``seconds``: from the first byte read to the house that answers. ``failed``: names of checks,
    ``why``: their sentences, French and English. ``paper``: with a recovery sheet; otherwise the house rehearsed
    with a key of its own."""

    number: int
    backup: int
    at: datetime
    ok: bool
    seconds: float
    failed: tuple[str, ...] = ()
    paper: bool = True
    why: tuple[tuple[str, str], ...] = ()

    def reasons(self, language: str) -> str:
        """Why it failed, in a line; empty when it did not."""
        told = [en if language == "en" else fr for fr, en in self.why] or list(self.failed)
        return ("; " if language == "en" else "\u202f; ").join(one.strip().rstrip(".") for one in told)


@dataclass(frozen=True)
class Made:
    """A backup that the house keeps the signed page of. ``place``: which of the declared ones, from 1; 0: one that
    is declared no more."""

    number: int
    at: datetime
    weight: int
    files: int
    place: int


@dataclass(frozen=True)
class Standing:
    """``backup``, ``drill``: UNDECLARED (no key or no place), NEVER, LATE, GOOD. ``drills``: newest first.
    ``late``: names of the places without a backup for longer than their days; ``late_disks``: of the disks that are
    plugged in turn.
    ``made``: the last backups, newest first. ``began``: the first backup, as far as known. ``drill_early``: none
    was made, and none is late yet."""

    plan: Plan
    backup: str
    drill: str
    places: tuple[PlaceStanding, ...]
    drills: tuple[Drill, ...]
    late: tuple[str, ...] = ()
    late_disks: tuple[str, ...] = ()
    made: tuple[Made, ...] = ()
    began: datetime | None = None
    drill_early: bool = False

    @property
    def last(self) -> Last | None:
        """The newest backup of all places."""
        found = [place.last for place in self.places if place.last]
        return max(found, key=lambda one: one.number) if found else None

    def paper_late(self, now: datetime) -> bool:
        """Has no sheet opened a backup for a year, where there are backups? Counted from the first of them."""
        last = self.sheet_at or self.began
        return self.backup != UNDECLARED and last is not None and now - last > timedelta(days=PAPER_DAYS)

    def paper_never(self, now: datetime) -> bool:
        """Has no sheet opened a backup yet, and is it not late?"""
        return self.backup != UNDECLARED and self.sheet_at is None and not self.paper_late(now)

    @property
    def sheet_at(self) -> datetime | None:
        """When a recovery sheet last opened a backup, as far as known."""
        return max((one.at for one in self.drills if one.ok and one.paper), default=None)

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
            "late_places": list(self.late),
            "late_disks": list(self.late_disks),
        }


def stand(instance: Path, now: datetime, backup_days: int, drill_days: int) -> Standing:
    """What may be said at this moment. A page or report that cannot be read is passed over."""
    plan = read_plan(instance)
    by_place = _lasts(instance / FOLDER / "made", {place.name for place in plan.places})
    drills = tuple(_drills(instance / FOLDER / "drills"))
    places = tuple(
        PlaceStanding(p.name, p.path, p.removable, by_place.get(p.name), p.bound(backup_days), p.since)
        for p in plan.places
    )
    declared = bool(plan.holders and plan.places)
    lasts = [place.last.at for place in places if place.last]
    succeeded = [drill.at for drill in drills if drill.ok]
    drill = _word(declared, succeeded[:1] if drills and drills[0].ok else _failed(drills), now, drill_days)
    began = _began(instance / FOLDER / "made", plan)
    made = tuple(_made(instance / FOLDER / "made", [place.name for place in plan.places]))
    known = lasts if declared else lasts or [one.at for one in made]
    late = [place for place in places if declared and place.late(now)]
    return Standing(
        plan,
        _word(declared, known, now, backup_days),
        drill,
        places,
        drills,
        tuple(p.name for p in late if not p.removable),
        tuple(p.name for p in late if p.removable),
        made,
        began,
        drill == NEVER and (began is None or not _late(began, now, timedelta(days=drill_days))),
    )


def last_at(instance: Path, place: str) -> int:
    """Number of the last backup that the house made at ``place``; 0: none."""
    found = _lasts(instance / FOLDER / "made", {place}).get(place)
    return found.number if found else 0


def _lasts(folder: Path, names: set[str]) -> dict[str, Last]:
    """The last page of each of these places, however long ago."""
    found: dict[str, Last] = {}
    for told in newest(folder) if names else ():
        place = told.get("place")
        if place in names and place not in found:
            try:
                at = datetime.fromisoformat(told["at"])
                found[place] = Last(int(told["number"]), at, told["files"], told["weight"], told["added"])
            except (KeyError, TypeError, ValueError):
                continue
            if len(found) == len(names):
                break
    return found


def _began(folder: Path, plan: Plan) -> datetime | None:
    """The first backup; where its page was taken away since, the first key of which nothing older is known."""
    first: dict[str, Any] = {}
    for told in newest(folder):
        first = told
    moments = [str(first["at"])] if first else []
    moments += [one.since for one in plan.holders] if first.get("number", 1) != 1 else []
    found = [moment for one in moments if (moment := _moment(one))]
    return min(found, default=None)


def _moment(told: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(told)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _made(folder: Path, names: list[str]) -> Iterator[Made]:
    """The newest, whatever their place; rehearsals, which leave nothing, are none."""
    for told in islice((one for one in newest(folder) if one.get("place") != REHEARSAL), _POINTS):
        place = names.index(told["place"]) + 1 if told.get("place") in names else 0
        try:
            at = datetime.fromisoformat(told["at"])
            yield Made(int(told["number"]), at, int(told["weight"]), int(told["files"]), place)
        except (KeyError, TypeError, ValueError):
            continue


def _drills(folder: Path) -> Iterator[Drill]:
    """The newest; and the last good one, the last good one with a sheet, when they are older than those."""
    seen: set[str] = set()
    for count, told in enumerate(newest(folder)):
        if count >= _MOST and seen >= {"good", PAPER}:
            return
        try:
            kinds = {"good", str(told.get("key", PAPER))} if good(told) else set()
            if count < _MOST or not kinds <= seen:
                yield _drill(told)
        except (KeyError, TypeError, ValueError):
            continue
        seen |= kinds


def _failed(drills: tuple[Drill, ...]) -> list[datetime]:
    """A drill that failed is worth none: late from its first second."""
    return [datetime.fromisoformat("1970-01-01T00:00:00+00:00")] if drills else []


def _late(moment: datetime, now: datetime, bound: timedelta) -> bool:
    return now - moment > bound or ahead(moment, now)


def _word(declared: bool, moments: list[datetime], now: datetime, days: int) -> str:
    if not declared:  # one that was made, and no key or place any more: nothing is made now
        return LATE if moments else UNDECLARED
    if not moments:
        return NEVER
    return LATE if all(_late(one, now, timedelta(days=days)) for one in moments) else GOOD


def ahead(moment: datetime, now: datetime) -> bool:
    """Was it dated by a clock that was ahead?"""
    return moment - now > AHEAD


def _drill(told: dict[str, Any]) -> Drill:
    failed = tuple(str(one["name"]) for one in told["checks"] if not one["ok"])
    why = tuple(
        (str(one["fr"] or one["name"]), str(one["en"] or one["name"])) for one in told["checks"] if not one["ok"]
    )
    at = datetime.fromisoformat(told["at"])
    paper = told.get("key", PAPER) == PAPER
    return Drill(told["drill"], told["backup"], at, not failed, float(told["seconds"]["total"]), failed, paper, why)


def nothing_declared() -> Standing:
    """Of a house that has neither key nor place for backups."""
    return Standing(Plan(), UNDECLARED, UNDECLARED, (), ())
