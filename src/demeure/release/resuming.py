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

Words = tuple[str, str]
"""What failed: French, English."""

FORMER, COMING_STAYS, ASIDE, NEITHER, AT_WORK = "former", "new", "aside", "none", "running"
"""What ``resume`` settled on: the version before; the new one; the version before again, what was written in the
new one kept aside; nothing had been cut; somebody is changing the version, or installing, at this moment."""


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
    """Settle what was cut. → FORMER, COMING_STAYS, ASIDE, NEITHER, AT_WORK. Without systemd nothing is opened: who
    opens the house finds it ready. Raises RootWanted, ResumeFailed: it is to be tried again.
    """
    try:
        with only_one(layout):
            shutil.rmtree(layout.at(PROGRAM) / placing.MINE, ignore_errors=True)  # nobody reads it now
            return _resumed(layout)
    except AnotherAtWork:
        return AT_WORK
    except ResumeFailed:
        Service(layout).watch(on=True)
        raise


def _resumed(layout: Layout) -> str:
    """The page that says what was cut goes last, once a house answers."""
    told, points, service = _told(layout), Points(layout), Service(layout)
    now = points.current()
    if told is None or now is None:
        return NEITHER
    if now.number != told["number"]:
        _settled(tried([lambda: service.apart(Path(told["data"]), Path(now.data))]))
        _opened(layout, now, tried([lambda: sweep(layout), service.start]))
        return ASIDE if _kept(points, told) else FORMER
    worse = tried([service.start])
    if not worse and service.answers(Path(now.data)):
        if now.kept:  # a former try was about to go back from it
            _settled(tried([lambda: points.rewrite(replace(now, kept=False))]))
        if told["data"] == str(layout.data / str(told["number"])):  # an update, not a return
            _settled(tried([lambda: pruned(layout, now)]))
        ended(layout)
        return COMING_STAYS
    former = points.all().get(told.get("former", now.former))
    if former is None:
        _settled(worse or [words_of(service.silent(Path(now.data)))])
        return NEITHER
    _settled(tried([lambda: service.closed(Path(now.data))]))
    if now.data != former.data:  # people may have written there since it was put in force
        _settled(tried([lambda: points.rewrite(replace(now, kept=True))]))
    _opened(layout, former, tried([lambda: returned(layout, former), service.start]))
    return ASIDE if now.data != former.data else FORMER


def _opened(layout: Layout, point: Point, worse: list[Words]) -> None:
    """``worse``: what failed on the way to the house that opens on ``point``. Raises ResumeFailed."""
    _settled(worse or _unanswered(layout, point))
    tried([lambda: placing.standing(layout)])  # data lie aside: the page Version says where
    ended(layout)


def _unanswered(layout: Layout, point: Point) -> list[Words]:
    service, data = Service(layout), Path(point.data)
    return [] if service.answers(data) else [words_of(service.silent(data))]


def _settled(worse: list[Words]) -> None:
    if worse:
        fr, en = joined(worse)
        raise ResumeFailed(detail=fr, detail_en=en)


def joined(worse: list[Words]) -> Words:
    """For the middle of a sentence."""
    fr, en = ([words.rstrip(".") for words in told] for told in zip(*worse, strict=True))
    return "\u202f; ".join(dict.fromkeys(fr)), "; ".join(dict.fromkeys(en))


def undone(layout: Layout, data: Path, former: Point) -> list[Words]:
    """A change that failed: the new house, on ``data``, is closed, then ``former`` is put in force and opened. One
    that does not close stays in force, with what people write in it: ``resume`` is to settle it, as any house that
    does not answer. → what failed on the way."""
    service, now = Service(layout), Points(layout).current()
    worse = tried([lambda: service.closed(data)])
    if worse and (now is None or now.number != former.number):
        return worse
    worse += tried([lambda: returned(layout, former), service.start])
    worse = worse or _unanswered(layout, former)
    if not worse:
        ended(layout)
    return worse


def tried(steps: list[Callable[[], None]]) -> list[Words]:
    """Each of ``steps``, whatever the one before did. → what failed."""
    worse: list[Words] = []
    for step in steps:
        try:
            step()
        except (ProgramFailed, DemeureError, Failed, OSError) as problem:
            worse.append(words_of(problem))
    return worse


def words_of(problem: BaseException) -> Words:
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


def swept(layout: Layout) -> None:
    """``sweep``, before another change of version. Raises HouseOpen, ResumeFailed."""
    try:
        sweep(layout)
    except Failed as problem:
        _settled([words_of(problem)])


def sweep(layout: Layout) -> None:
    """Take away what did not reach its end; the point in force is never touched, nor one that is kept. The page
    that says what was cut stays until a house answers (``ended``), or another change begins. Raises HouseOpen: a
    house still serves what would go; Failed."""
    told, points = _told(layout), Points(layout)
    now = points.current()
    if told is None or (now is not None and now.number == told["number"]):
        return
    data = Path(told["data"])
    own = data == layout.data / str(told["number"])
    if not _kept(points, told):
        if own:
            with Service(layout).held(data):
                pass
        points.drop(told["number"])
        if own and all(point.data != told["data"] for point in points.all().values()):
            removed(layout, data)
    if now is not None and not own:
        _as_it_was(layout, now)


def _kept(points: Points, told: dict[str, Any]) -> bool:
    """Was what had been put in force set aside, by whoever resumed?"""
    point = points.all().get(told["number"])
    return point is not None and point.kept


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


def pruned(layout: Layout, now: Point) -> None:
    """After an update: the version in force and the one before stay; older ones go, but for data that somebody went
    back from. Data go before the point that names them, or a kill in between would leave them to nobody."""
    points = Points(layout)
    found = points.all()
    stay = {now.number, now.former}
    kept = [point for point in found.values() if point.number in stay or point.kept]
    for point in found.values():
        if point in kept:
            continue
        if Path(point.data).parent == layout.data and all(point.data != one.data for one in kept):
            removed(layout, Path(point.data))
        points.drop(point.number)
    programs = {Path(point.program) for point in kept}
    for path in layout.versions.iterdir():
        if path not in programs:
            shutil.rmtree(path, ignore_errors=True)


def _told(layout: Layout) -> dict[str, Any] | None:
    try:
        told = json.loads((layout.at(PROGRAM) / COMING).read_bytes())
    except (OSError, ValueError):
        return None
    return told if isinstance(told, dict) and {"number", "data"} <= set(told) else None
