"""Administration, backups: where they are, how old, who can read them, the restore drills, what is late."""

import asyncio
from datetime import datetime
from typing import Any

from starlette.responses import Response

from demeure.backup import GOOD, LATE, NEVER, UNDECLARED, Drill, PlaceStanding, Standing
from demeure.gateway.locale import clock_time
from demeure.gateway.pages.administration import tabs
from demeure.gateway.visit import Visit
from demeure.gateway.way import Way
from demeure.policy import Action

BACKUP_WORDS = {
    UNDECLARED: ("warn", "backups.undeclared"),
    NEVER: ("stop", "backups.never"),
    LATE: ("stop", "backups.late"),
    GOOD: ("ok", "backups.good"),
}
DRILL_WORDS = {
    UNDECLARED: ("warn", "backups.drill_undeclared"),
    NEVER: ("stop", "backups.drill_never"),
    LATE: ("stop", "backups.drill_late"),
    GOOD: ("ok", "backups.drill_good"),
}
_EARLY, _REHEARSED = ("warn", "backups.drill_early"), ("ok", "backups.drill_rehearsed")
_RESULTS = {
    (True, True): ("ok", "backups.drill_ok"),
    (True, False): ("stop", "backups.drill_failed"),
    (False, True): ("ok", "backups.rehearsal_ok"),
    (False, False): ("stop", "backups.rehearsal_failed"),
}
"""By whether a sheet opened it, and whether it succeeded."""
_SHOWN = 12
COMMANDS = {
    "key": "demeure backup key create",
    "place": "demeure backup place add",
    "create": "demeure backup create",
    "drill": "demeure backup drill",
}


async def backups(came: Visit) -> Response:
    """GET /administration/sauvegardes."""
    found = await asyncio.to_thread(came.house.backups)
    now = came.house.clock.now()
    return came.page(
        "backups.html",
        tabs=tabs(came),
        backup=_told(came, BACKUP_WORDS[found.backup], came.house.settings.backup_late_days),
        drill=_told(came, drill_words(found), came.house.settings.drill_late_days),
        last=found.last,
        age=(now - found.last.at).total_seconds() if found.last else 0,
        places=[
            _place(came, place) | {"late": place.name in (*found.late, *found.late_disks)} for place in found.places
        ],
        holders=found.plan.holders,
        drills=[_drill(came, one) for one in found.drills[:_SHOWN]],
        commands=COMMANDS,
        paper=_paper(found, now),
        at=clock_time(came.language, came.house.settings.backup_at),
        rehearse_days=came.house.settings.rehearse_days,
        bring=_next_disk(found),
        declared=found.backup != UNDECLARED,
    )


def drill_words(found: Standing) -> tuple[str, str]:
    """Signal and sentence of the last drill, or of the last rehearsal, which no sheet opened."""
    if found.drill == GOOD and found.drills and not found.drills[0].paper:
        return _REHEARSED
    return _EARLY if found.drill_early else DRILL_WORDS[found.drill]


def _paper(found: Standing, now: datetime) -> str:
    """What is to be said of sheets; "": nothing."""
    return (
        "backups.paper_late" if found.paper_late(now) else "backups.paper_never" if found.paper_never(now) else ""
    )


def _next_disk(found: Standing) -> PlaceStanding | None:
    """Of the disks that are plugged in turn, the one whose last backup is the oldest."""
    turning = [place for place in found.places if place.removable]
    return min(turning, key=lambda one: one.last.number if one.last else 0, default=None)


def _told(came: Visit, words: tuple[str, str], days: int) -> tuple[str, str]:
    return words[0], came.t(words[1], days=days)


def _place(came: Visit, place: PlaceStanding) -> dict[str, Any]:
    now = came.house.clock.now()
    age = (now - place.last.at).total_seconds() if place.last else None
    return {
        "name": place.name,
        "path": place.path,
        "removable": place.removable,
        "last": place.last,
        "age": age,
    } | {"days": place.days}


def _drill(came: Visit, one: Drill) -> dict[str, Any]:
    signal, word = _RESULTS[one.paper, one.ok]
    key = came.t("backups.key_paper" if one.paper else "backups.key_own")
    told = {"seconds": max(one.seconds, 1) if one.ok else None, "failed": one.reasons(came.language), "key": key}
    return {**vars(one), **told, "signal": signal, "word": came.t(word)}


WAYS = (Way("GET", "/administration/sauvegardes", backups, Action.HOUSE_ADMINISTER, "refusal"),)
