"""An update, or a return, that was cut: who asked is gone, the house may be closed. A page of the program's folder,
written before the house is closed, says what was under way; ``demeure update --resume`` settles it.

The next boot, or a timer, calls it: the house opens on the version before or on the new one, and what was only
begun is taken away.
"""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from demeure.errors import DemeureError
from demeure.install.errors import AnotherAtWork
from demeure.install.layout import COMING, PROGRAM, RESUMING, Layout
from demeure.install.locking import only_one
from demeure.install.points import Point, Points, write_json
from demeure.release import placing
from demeure.release.copying import coming
from demeure.release.errors import ResumeFailed
from demeure.release.owner import Failed, Owner, as_owner
from demeure.release.service import ProgramFailed, Service

FORMER, COMING_STAYS, NEITHER = "former", "new", "none"
"""What ``resume`` settled on: the version before, the new one; nothing had been cut."""


def begun(layout: Layout, number: int, data: Path, now: Point) -> None:
    """Point ``number`` is on its way, on ``data``; ``now`` is in force. The program of ``now`` will resume: it is
    known to work. Durable on return. Raises OSError."""
    folder = layout.at(PROGRAM)
    link = folder / RESUMING
    fresh = link.with_name(f".{RESUMING}.new")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(now.program)
    fresh.replace(link)
    write_json(folder / COMING, {"number": number, "data": str(data), "former": now.number})
    Service(layout).watch(on=True)


def ended(layout: Layout) -> None:
    """The house answers; or nothing is left of what was on its way."""
    for name in (COMING, RESUMING):
        (layout.at(PROGRAM) / name).unlink(missing_ok=True)
    Service(layout).watch(on=False)


def resume(layout: Layout) -> str:
    """Settle what was cut. → FORMER, COMING_STAYS, NEITHER (somebody is at work, too). Without systemd nothing is
    opened: who opens the house finds it ready. Raises RootWanted, ResumeFailed: it is to be tried again."""
    try:
        with only_one(layout):
            return _resumed(layout)
    except AnotherAtWork:
        return NEITHER
    except ResumeFailed:
        Service(layout).watch(on=True)
        raise


def _resumed(layout: Layout) -> str:
    told, points, service = _told(layout), Points(layout), Service(layout)
    now = points.current()
    if told is None or now is None:
        return NEITHER
    if now.number != told["number"]:
        _settled([service.start, lambda: sweep(layout)])
        return FORMER
    data, worse = Path(now.data), tried([service.start])
    if not worse and service.answers(data):
        ended(layout)
        return COMING_STAYS
    former = points.all().get(told.get("former", now.former))
    if former is None:
        raise ResumeFailed(detail=" ; ".join(worse) or "demeure.service")
    _settled([lambda: service.closed(data), lambda: returned(layout, former), service.start])
    return FORMER


def _settled(steps: list[Callable[[], None]]) -> None:
    worse = tried(steps)
    if worse:
        raise ResumeFailed(detail=" ; ".join(worse))


def tried(steps: list[Callable[[], None]]) -> list[str]:
    """Each of ``steps``, whatever the one before did. → what failed, each French and English."""
    worse: list[str] = []
    for step in steps:
        try:
            step()
        except (ProgramFailed, DemeureError, Failed, OSError) as problem:
            worse.append(" / ".join(dict.fromkeys(words_of(problem))))
    return worse


def words_of(problem: BaseException) -> tuple[str, str]:
    """French, English."""
    if isinstance(problem, Failed):
        return problem.fr, problem.en
    if isinstance(problem, DemeureError):
        return problem.sentence("fr"), problem.sentence("en")
    return str(problem) or repr(problem), str(problem) or repr(problem)


def returned(layout: Layout, former: Point) -> None:
    """``former`` is in force again, and nothing is left of what was on its way. Raises HouseOpen."""
    points = Points(layout)
    if points.current() != former:
        points.switch(former.number)
    sweep(layout)


def sweep(layout: Layout) -> None:
    """Take away what did not reach its end; the point in force is never touched. Raises HouseOpen: a house still
    serves what would go."""
    told, points = _told(layout), Points(layout)
    if told is None:
        return
    now = points.current()
    if now is None or now.number != told["number"]:
        data = Path(told["data"])
        own = data == layout.data / str(told["number"])
        if own:
            with Service(layout).held(data):
                pass
        points.drop(told["number"])
        if own and all(point.data != told["data"] for point in points.all().values()):
            removed(layout, data)
        if now is not None and not own:
            _as_it_was(layout, now)
    ended(layout)


def _as_it_was(layout: Layout, now: Point) -> None:
    """A return that was cut had set aside the data in force, or said in them that another version runs."""
    if now.kept:
        Points(layout).rewrite(replace(now, kept=False))
    placing.standing(layout)


def removed(layout: Layout, data: Path) -> None:
    """Keys are linked with those of the data in force: unlinked here, never written over."""

    def gone() -> None:
        for path in (data, coming(data)):
            shutil.rmtree(path, ignore_errors=True)

    if layout.data.is_dir():
        as_owner(Owner.of(layout.data), gone)


def _told(layout: Layout) -> dict[str, Any] | None:
    try:
        told = json.loads((layout.at(PROGRAM) / COMING).read_bytes())
    except (OSError, ValueError):
        return None
    return told if isinstance(told, dict) and {"number", "data"} <= set(told) else None
