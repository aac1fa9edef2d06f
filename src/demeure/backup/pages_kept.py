"""The house's own copies of signed pages and reports of drills: read from the newest, and bounded.

``backups/made`` and ``backups/drills`` hold numbered files that never change once written.
"""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from demeure.backup.manifest import name_of, numbers

REHEARSAL = "rehearsal"
"""What a rehearsal calls its place, which is gone when it ends."""
PAPER, OWN = "paper", "own"
"""Whose key a drill used: somebody's sheet; one that the house made for the exercise."""
MOST_PAGES, MOST_REHEARSALS, MOST_DRILLS = 400, 12, 400
"""Pages kept of each place (more than a year of nights, and what is put back when a page is damaged there is among
them); pages of rehearsals; reports."""


def newest(folder: Path) -> Iterator[dict[str, Any]]:
    """Each page or report, the newest first, without its list of packs. One that cannot be read is passed over."""
    for number in reversed(numbers(folder)):
        path = folder / name_of(number)
        with suppress(OSError):
            facts = path.stat()
            told = _read(str(path), facts.st_ino, facts.st_size, facts.st_mtime_ns)
            if told is not None:
                yield told


@lru_cache(maxsize=4096)
def _read(path: str, _inode: int, _size: int, _modified: int) -> dict[str, Any] | None:
    try:
        told = json.loads(Path(path).read_bytes())
        datetime.fromisoformat(told["at"])
        told.pop("packs", None)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return dict(told)


def good(told: dict[str, Any]) -> bool:
    """Did this drill succeed?"""
    return all(one["ok"] for one in told["checks"])


def bound_made(folder: Path) -> None:
    """Take away the oldest copies of each place. Best effort: what stays goes the next time."""
    count: Counter[str] = Counter()
    for told in list(newest(folder)):
        place = str(told.get("place"))
        count[place] += 1
        if count[place] > (MOST_REHEARSALS if place == REHEARSAL else MOST_PAGES):
            _remove(folder, told.get("number"))


def bound_drills(folder: Path) -> None:
    """Take away the oldest reports; the last good one, and the last good one with a sheet, stay."""
    seen: set[str] = set()
    for count, told in enumerate(list(newest(folder)), 1):
        try:
            kinds = {"good", str(told.get("key", PAPER))} if good(told) else set()
        except (KeyError, TypeError):
            kinds = set()
        if count > MOST_DRILLS and kinds <= seen:
            _remove(folder, told.get("drill"))
        seen |= kinds


def _remove(folder: Path, number: Any) -> None:
    if isinstance(number, int):
        with suppress(OSError):
            (folder / f"{name_of(number)}.sig").unlink(missing_ok=True)
            (folder / name_of(number)).unlink(missing_ok=True)
