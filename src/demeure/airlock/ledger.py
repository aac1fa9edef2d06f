"""What went through, counted: quotas survive a restart and a kill, and status needs no process to tell it.

One file a day in ``airlock/``, one line a request: written, before anything leaves, with what leaves; one more if
it did not, and one when the answer is whole. Several airlocks may write at once (one ends while the next begins): a
lock orders them.
"""

import fcntl
import json
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from demeure.airlock.route import Route

PLACE = "airlock"
KEPT_DAYS = 400


@dataclass
class Tally:
    """Of one route. ``out``: bytes of bodies given to who was declared, TLS agreed upon;
    ``back``: of answers. ``last``: ISO time of the last request."""

    requests: int = 0
    out: int = 0
    back: int = 0
    refused: int = 0
    last: str = ""

    def as_json(self) -> dict[str, Any]:
        return dict(vars(self))


@dataclass(frozen=True)
class Over:
    """Which quota would be passed: ``rule``, its limit, French and English words for it."""

    rule: str
    limit: int
    fr: str
    en: str


@dataclass
class _Day:
    requests: Counter[tuple[str, str]] = field(default_factory=Counter)
    sizes: Counter[tuple[str, str]] = field(default_factory=Counter)


class Ledger:
    """``folder``: ``airlock/`` of the instance. Blocking, quick; one thread at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._day: date | None = None
        self._at = 0
        self._counted = _Day()

    def book(self, route: Route, person: str, groups: Sequence[str], size: int, now: datetime) -> Over | None:
        """Count a request of ``size`` bytes before it leaves; or say which quota keeps it from leaving (it is then
        counted as refused)."""
        with self._locked(now.date()) as file:
            over = self._over(route, person, groups, size)
            line: dict[str, Any] = {"route": route.id, "at": now.isoformat(timespec="seconds")}
            line |= {"refused": over.rule} if over else {"person": person, "groups": list(groups), "out": size}
            _append(file, line)
        return over

    def tried(self, route: Route, size: int, now: datetime) -> None:
        """Count a bind, which is in no quota."""
        with self._locked(now.date()) as file:
            _append(file, {"route": route.id, "at": now.isoformat(timespec="seconds"), "bind": size})

    def passed(self, route: Route, person: str, groups: Sequence[str], size: int, now: datetime) -> Over | None:
        """Count ``size`` bytes of a stream before they leave; or say which quota keeps them from leaving."""
        with self._locked(now.date()) as file:
            rules = ("quota-bytes", "quota-person-bytes")
            over = self._over(route, person, (), size, rules)
            line: dict[str, Any] = {"route": route.id, "at": now.isoformat(timespec="seconds")}
            line |= {"refused": over.rule} if over else {"person": person, "groups": list(groups), "passed": size}
            _append(file, line)
        return over

    def refused(self, route: str, rule: str, now: datetime) -> None:
        """Count what the policy kept inside."""
        with self._locked(now.date()) as file:
            _append(file, {"route": route, "at": now.isoformat(timespec="seconds"), "refused": rule})

    def stayed(self, route: str, person: str, groups: Sequence[str], size: int, now: datetime) -> None:
        """Of what was counted before it left, ``size`` bytes did not: nobody was there to take them, or not who was
        declared. Quotas have them back; the request stays counted. ``person`` empty: they were in no quota."""
        line: dict[str, Any] = {"route": route, "at": now.isoformat(timespec="seconds"), "stayed": size}
        line |= {"person": person, "groups": list(groups)} if person else {}
        with self._locked(now.date()) as file:
            _append(file, line)

    def answered(self, route: str, size: int, now: datetime) -> None:
        """Count what came back."""
        with self._locked(now.date()) as file:
            _append(file, {"route": route, "back": size})

    def _over(
        self, route: Route, person: str, groups: Sequence[str], size: int, among: Sequence[str] = ()
    ) -> Over | None:
        quotas, seen, sizes = route.terms.quotas, self._counted.requests, self._counted.sizes
        every, mine = (route.id, ""), (route.id, f"person {person}")
        rows: list[tuple[str, int | None, int, str, str]] = [
            ("quota-route", quotas.route, seen[every] + 1, "demandes par jour", "requests a day"),
            (
                "quota-person",
                quotas.person,
                seen[mine] + 1,
                "demandes par jour et par personne",
                "requests a day and a person",
            ),
            ("quota-bytes", quotas.bytes, sizes[every] + size, "octets par jour", "bytes a day"),
            (
                "quota-person-bytes",
                route.person_bytes,
                sizes[mine] + size,
                "octets par jour et par personne",
                "bytes",
            ),
        ]
        for group in groups:
            limit = route.groups.get(group, quotas.group)
            many = seen[(route.id, f"group {group}")] + 1
            rows.append(
                (
                    "quota-group",
                    limit,
                    many,
                    f"demandes par jour du groupe {group}",
                    f"requests a day of the group {group}",
                )
            )
        for rule, limit, found, fr, en in rows:
            if limit is not None and found > limit and (not among or rule in among):
                return Over(rule, limit, fr, en)
        return None

    @contextmanager
    def _locked(self, day: date) -> Iterator[int]:
        """The day's file, alone, everything in it counted."""
        path = _file(self._folder, day)
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            if day != self._day:
                self._day, self._at, self._counted = day, 0, _Day()
                _forget(self._folder, day)
            self._catch_up(file)
            yield file
            self._catch_up(file)
        finally:
            os.close(file)

    def _catch_up(self, file: int) -> None:
        new = os.pread(file, 1 << 26, self._at)
        whole = new[: new.rfind(b"\n") + 1]
        self._at += len(whole)
        for line in _lines(whole):
            if not {"out", "passed"} & line.keys() and not ("stayed" in line and "person" in line):
                continue
            keys = ["", f"person {line.get('person')}", *(f"group {one}" for one in line.get("groups", ()))]
            for key in keys:
                self._counted.requests[(line["route"], key)] += "out" in line
                self._counted.sizes[(line["route"], key)] += _left(line)


def tallies(folder: Path, day: date | None = None) -> dict[str, Tally]:
    """What went through each route, by day or (None) since counts are kept."""
    found: dict[str, Tally] = {}
    for path in [_file(folder, day)] if day else sorted(folder.glob("*.jsonl")):
        try:
            text = path.read_bytes()
        except OSError:
            continue
        for line in _lines(text):
            _count(found.setdefault(str(line.get("route")), Tally()), line)
    return found


def _count(tally: Tally, line: dict[str, Any]) -> None:
    if "refused" in line:
        tally.refused += 1
    elif "out" in line:
        tally.requests, tally.out, tally.last = tally.requests + 1, tally.out + int(line["out"]), str(line["at"])
    if "bind" in line:
        tally.requests, tally.last = tally.requests + 1, str(line["at"])
    tally.out += int(line.get("passed", 0)) + int(line.get("bind", 0)) - int(line.get("stayed", 0))
    tally.back += int(line.get("back", 0))


def _left(line: dict[str, Any]) -> int:
    """Bytes, for quotas."""
    return int(line.get("out", 0)) + int(line.get("passed", 0)) - int(line.get("stayed", 0))


def _lines(text: bytes) -> Iterator[dict[str, Any]]:
    """A line that a crash cut is passed over: what it counted may be counted one less, never lost from the
    journal."""
    for line in text.splitlines():
        try:
            told = json.loads(line)
        except ValueError:
            continue
        if isinstance(told, dict):
            yield told


def _append(file: int, line: dict[str, Any]) -> None:
    size = os.fstat(file).st_size
    cut = b"\n" if size and os.pread(file, 1, size - 1) != b"\n" else b""
    # not synced: a kill loses none of it, a power cut the last moments of a count; the journal, which is, tells all
    os.write(file, cut + json.dumps(line, ensure_ascii=False).encode() + b"\n")


def _file(folder: Path, day: date) -> Path:
    return folder / f"{day.isoformat()}.jsonl"


def _forget(folder: Path, day: date) -> None:
    for path in folder.glob("*.jsonl"):
        try:
            old = (day - date.fromisoformat(path.stem)).days > KEPT_DAYS
        except ValueError:
            continue
        if old:
            path.unlink(missing_ok=True)
