"""Points of return: each names one program and its data; one link says which is in force.

``points/N/`` holds ``program`` and ``data`` (links) and ``point.json``. A point is made aside and renamed, the link
``current`` replaced by a rename: whatever is killed in between, a machine runs the former point or the next one.
"""

import json
import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from demeure.install.layout import HIGHEST, Layout


@dataclass(frozen=True)
class Point:
    """``version``, ``sequence``, ``created``: of the bundle (sequence 0: no bundle); ``made``: UTC ISO 8601;
    ``former``: the point before (0: none). ``data_copied``: its data are a copy made for it. ``kept``: the data of
    a point that somebody went back from, never removed by itself."""

    number: int
    program: str
    data: str
    version: str = ""
    sequence: int = 0
    created: str = ""
    made: str = ""
    former: int = 0
    schemas: str = ""
    data_copied: bool = False
    kept: bool = False


class Points:
    """Of one machine."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    def current(self) -> Point | None:
        """The point in force."""
        try:
            number = int(self._layout.current.readlink().name)
        except (OSError, ValueError):
            return None
        return self.all().get(number)

    def all(self) -> dict[int, Point]:
        """By number; a folder that is not one is passed over."""
        found = {}
        for path in self._layout.points.glob("[0-9]*/point.json"):
            try:
                point = Point(**json.loads(path.read_bytes()))
            except (OSError, ValueError, TypeError):
                continue
            if path.parent.name == str(point.number):
                found[point.number] = point
        return dict(sorted(found.items()))

    def aside(self, now: Point) -> tuple[str, ...]:
        """Folders of data that were gone back from, and that nobody has removed. ``now``: the point in force, or
        about to be: its data live, and those of the point that it can return to."""
        points = self.all()
        former = points.get(now.former)
        living = {now.data, former.data if former else ""}
        found = [point.data for point in points.values() if point.kept and point.data not in living]
        return tuple(path for path in dict.fromkeys(found) if Path(path).is_dir())

    def first(self, program: Path, data: Path) -> Point:
        """Point 1, in force: what ``demeure install`` found."""
        from demeure import __version__
        from demeure.clock import SystemClock, iso

        point = Point(1, str(program), str(data), version=__version__, made=iso(SystemClock().now()))
        self.add(point)
        self.switch(1)
        return point

    def add(self, point: Point) -> None:
        """Durable, whole or absent; not in force yet."""
        folder = self._layout.points
        folder.mkdir(parents=True, exist_ok=True)
        fresh = folder / f".{point.number}.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o755)
        fresh.joinpath("program").symlink_to(point.program)
        fresh.joinpath("data").symlink_to(point.data)
        write_json(fresh / "point.json", asdict(point))
        _synced(fresh)
        fresh.rename(folder / str(point.number))
        _synced(folder)

    def rewrite(self, point: Point) -> None:
        """Its page again (``kept``)."""
        write_json(self._layout.points / str(point.number) / "point.json", asdict(point))

    def switch(self, number: int) -> None:
        """Put in force, in one rename: program and data together."""
        link = self._layout.current
        fresh = link.with_name(".current.new")
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(f"points/{number}")
        fresh.replace(link)
        _synced(link.parent)

    def drop(self, number: int) -> None:
        """Forget a point that is not in force; its data and its program are the caller's."""
        folder = self._layout.points / str(number)
        gone = folder.with_name(f".{number}.gone")
        shutil.rmtree(gone, ignore_errors=True)
        if folder.exists():
            folder.rename(gone)
            shutil.rmtree(gone, ignore_errors=True)
            _synced(self._layout.points)


def highest(layout: Layout) -> int:
    """Sequence of the newest bundle that an installation before this one had; 0: none is known."""
    try:
        return int(json.loads(layout.at(HIGHEST).read_bytes())["sequence"])
    except (OSError, ValueError, TypeError, KeyError):
        return 0


def write_json(path: Path, told: dict[str, Any], mode: int = 0o644) -> None:
    """Aside, fsync, rename, fsync."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(told, file, ensure_ascii=False, indent=1)
        file.flush()
        os.fsync(descriptor)
        os.fchmod(descriptor, mode)
    fresh.replace(path)
    _synced(path.parent)


def _synced(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
