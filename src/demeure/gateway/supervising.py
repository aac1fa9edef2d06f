"""Every minute: what the house measures of itself is read and kept, alarms are judged, and told where they must
be: the pages, the file drop, and by mail only when a route and a mailbox were declared."""

import asyncio
import os
import shutil
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from demeure.backup import LATE, NEVER, Standing
from demeure.engine import FairQueue
from demeure.errors import DemeureError, counted
from demeure.gateway.box_refusals import attempts
from demeure.gateway.proofs import LOOSE, RED, Proofs
from demeure.gateway.pulse import Pulse
from demeure.gateway.threshold import Threshold
from demeure.logs import event, note
from demeure.supervision import MEASURES, MONTH, Alarm, Change, Kept, Rule, Supervision, days_until_full

SAMPLE_SECONDS, KEEP_EVERY = 60.0, 5
"""Kept on the disk every five samples: a kill loses five minutes of plots."""
MOST_UNTOLD, MOST_WAIT = 200, 60
"""Changes that wait for the disk or the mail, the newest; samples between two tries of a mail, at most."""
SENSORS = ("devices/virtual/thermal/thermal_zone*/temp", "devices/**/hwmon*/temp*_input")
_SENSIBLE = (5.0, 130.0)
_LONGEST = 1 << 16
Send = Callable[[str, str], Awaitable[None]]


async def _nobody_knows() -> None:
    return None


@dataclass(frozen=True)
class Sources:
    """What is looked at. ``documents``: state → how many; ``backups``; ``directories``: those that were not read
    for too long, or whose file does not serve; ``reports``: of contractors, that wait (these four block).
    ``undeclared``: sockets that nobody declared, None when nobody knows.
    ``meminfo``, ``sys``: where the kernel tells memory and temperatures."""

    folder: Path
    pulse: Pulse
    queue: FairQueue
    proofs: Proofs
    backups: Callable[[], Standing]
    documents: Callable[[], Mapping[str, int]]
    threshold: Threshold | None = None
    directories: Callable[[], Collection[str]] = tuple
    reports: Callable[[], int] = int
    undeclared: Callable[[], Awaitable[Collection[Any] | None]] = _nobody_knows
    meminfo: Path = Path("/proc/meminfo")
    sys: Path = Path("/sys")


class HeldOpen:
    """A file of the kernel's that is opened once. A wall of Landlock lets a role open the very inode that it was
    shown, and procfs makes another one of the same name when memory is short: what is opened anew is refused for
    ever."""

    def __init__(self, path: Path) -> None:
        self._path, self._file = path, -1

    def text(self) -> str:
        """As it is now. Raises OSError."""
        if self._file < 0:
            self._file = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        return os.pread(self._file, _LONGEST, 0).decode("ascii")


class Supervising:
    """``kept``: None keeps nothing. ``send``: a subject and a text, by the declared route; None: nothing leaves."""

    def __init__(self, seen: Supervision, sources: Sources, kept: Kept | None, send: Send | None = None) -> None:
        self.seen, self._sources, self._kept, self._send = seen, sources, kept, send
        self._meminfo = HeldOpen(sources.meminfo)
        self._rising = {name: _Rising() for name in ("refused", "restarts", "documents_read")}
        self._unwritten: list[Change] = []
        self._unmailed: list[Change] = []
        self._unsaved = self._stale = True
        self._failures = self._wait = 0

    async def keep(self, pause: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        """Until cancelled; what was kept is taken up first."""
        if self._kept is not None:
            self._restore(await asyncio.to_thread(self._kept.load))
        number = 0
        while True:
            try:
                self._take_up(await self.sample())
            except (DemeureError, OSError) as problem:
                note("gateway", f"supervision: {_code(problem)}")
            self._unsaved |= number % KEEP_EVERY == 0
            for step in (self._drop, self._save, self._mail):
                try:
                    await step()
                except (DemeureError, OSError) as problem:
                    note("gateway", f"alerts: {step.__name__.strip('_')}: {_code(problem)}")
            number += 1
            await pause(SAMPLE_SECONDS)

    async def sample(self) -> list[Change]:
        """Read everything once. What cannot be read is unknown, and stops nothing else."""
        status = await self._sources.pulse.status()
        levels: dict[str, float | None] = {**await self._journal(), **self._processes(status), **self._queue()}
        for read in (self._disk, self._memory, self._warmth, self._documents, self._backups, self._people):
            levels |= await asyncio.to_thread(_tried, read)
        levels |= self._walls() | await self._flows()
        return self.seen.take(levels)

    async def _journal(self) -> dict[str, float | None]:
        try:
            await self._sources.pulse.journal()
        except DemeureError:
            return {"journal_silent": 1.0}
        return {"journal_silent": 0.0}

    def _processes(self, status: Mapping[str, Any] | None) -> dict[str, float | None]:
        if status is None:
            return {}
        rows = status.get("processes", [])
        facts = next((row.get("facts") or {} for row in rows if row.get("role") == "launcher"), {})
        life = f"{facts['pid']} {facts['started']}" if "started" in facts else ""
        self._rose("refused", sum(one.count for one in attempts(dict(status))), life)
        self._rose("restarts", sum(max(0, int(row.get("restarts") or 0)) for row in rows), life)
        down = sum(row.get("state") not in ("running", "ready", "starting") for row in rows)
        return {"roles_down": float(down), "memory": 1024.0 * sum(int(row.get("resident_kb") or 0) for row in rows)}

    def _queue(self) -> dict[str, float | None]:
        state = self._sources.queue.state()
        return {"waiting": float(sum(state["waiting"].values())), "running": float(sum(state["running"].values()))}

    def _disk(self) -> dict[str, float | None]:
        found = shutil.disk_usage(self._sources.folder)
        used = float(found.total - found.free)
        days = days_until_full(self.seen.series["disk_used"].points(MONTH), found.total)
        return {
            "disk_used": used,
            "disk_size": float(found.total),
            "disk_left": found.free / found.total if found.total else None,
            "disk_days": days,
        }

    def _memory(self) -> dict[str, float | None]:
        rows = dict(line.split(":", 1) for line in self._meminfo.text().splitlines() if ":" in line)
        total, left = (float(rows[name].split()[0]) for name in ("MemTotal", "MemAvailable"))
        return {"memory_left": left / total}

    def _warmth(self) -> dict[str, float | None]:
        found = [
            value for pattern in SENSORS for path in self._sources.sys.glob(pattern) if (value := _celsius(path))
        ]
        return {"temperature": max(found, default=None)}

    def _documents(self) -> dict[str, float | None]:
        states = self._sources.documents()
        ready, failed = states.get("ready", 0), states.get("failed", 0)
        self._rose("documents_read", ready)
        return {
            "documents_waiting": float(sum(states.values()) - ready - failed),
            "documents_failed": float(failed),
        }

    def _backups(self) -> dict[str, float | None]:
        found = self._sources.backups()
        age = (self.seen.now - found.last.at).total_seconds() if found.last else None
        drill = found.drill in (LATE, NEVER) and not found.drill_early
        told = {"backup_age": age, "backup_late": float(found.backup in (LATE, NEVER)), "drill_late": float(drill)}
        return told | {"places_late": float(len(found.late)), "disks_late": float(len(found.late_disks))}

    def _people(self) -> dict[str, float | None]:
        late, waiting = len(self._sources.directories()), self._sources.reports()
        return {"directories_late": float(late), "reports_waiting": float(waiting)}

    def _walls(self) -> dict[str, float | None]:
        now, proofs, held = self.seen.now, self._sources.proofs, self._sources.threshold
        age = (now - proofs.last.time).total_seconds() if proofs.last else None
        days = float(held.facts.days_left(now)) if held else None
        return {
            "proof_red": float(proofs.standing(now) in (RED, LOOSE)),
            "proof_age": age,
            "certificate_days": days,
        }

    async def _flows(self) -> dict[str, float | None]:
        try:
            found = await self._sources.undeclared()
        except (DemeureError, OSError):
            return {}
        return {} if found is None else {"undeclared": float(len(found))}

    def _rose(self, name: str, value: float, life: str = "") -> None:
        self.seen.count(name, self._rising[name].by(value, life))

    def _take_up(self, changes: list[Change]) -> None:
        """Each change is to be written and mailed once: what fails is tried again at a next sample."""
        for one in changes:
            event("gateway", "alarm", rule=one.alarm.rule, raised=one.raised, value=round(one.alarm.value, 3))
        if not changes:
            return
        self._unwritten = [*self._unwritten, *changes][-MOST_UNTOLD:]
        if self._send is not None:
            self._unmailed = [*self._unmailed, *changes][-MOST_UNTOLD:]
        self._unsaved = self._stale = True

    async def _drop(self) -> None:
        if self._kept is None or not self._stale:
            return
        rules, changes = self.seen.alarms.rules, list(self._unwritten)
        raised = [told(rules[one.rule], one) for one in self.seen.alarms.open()]
        lines = [
            {"at": c.at.isoformat(), "raised": c.raised, **told(rules[c.alarm.rule], c.alarm)} for c in changes
        ]
        await asyncio.to_thread(self._kept.drop, self.seen.now.isoformat(), raised, lines)
        self._unwritten, self._stale = [], False

    async def _save(self) -> None:
        if self._kept is None or not self._unsaved:
            return
        sums = {name: one.as_json() for name, one in self._rising.items()}
        more = {"sums": sums, "untold": [_written(one) for one in self._unmailed]}
        await asyncio.to_thread(self._kept.save, self.seen.as_json() | more)
        self._unsaved = False

    async def _mail(self) -> None:
        """Last: a route that does not answer holds nothing else back. Tried again after 1, 2, 4… samples."""
        self._wait = max(0, self._wait - 1)
        if self._send is None or not self._unmailed or self._wait:
            return
        try:
            await self._send(*letter(self._unmailed, self.seen.alarms.rules))
        except (DemeureError, OSError):
            self._wait, self._failures = min(2**self._failures, MOST_WAIT), min(self._failures + 1, 10)
            raise
        self._unmailed, self._failures, self._unsaved = [], 0, True

    def _restore(self, kept: Mapping[str, Any]) -> None:
        """What was kept: plots, alarms, sums, and changes that no mail has told."""
        self.seen.restore(kept)
        sums, untold = kept.get("sums"), kept.get("untold")
        for name, one in self._rising.items():
            one.restore(sums.get(name) if isinstance(sums, dict) else None)
        if self._send is not None and isinstance(untold, list):
            read = (_read(row) for row in untold[-MOST_UNTOLD:])
            self._unmailed = [one for one in read if one and one.alarm.rule in self.seen.alarms.rules]


class _Rising:
    """A number that only rises while its source lives: what it rose by since the last look, even of an earlier
    gateway. The first look of all counts for nothing; in a new life of the source all that it tells is new. An
    empty life: the same as before."""

    def __init__(self) -> None:
        self._known: float | None = None
        self._life = ""

    def by(self, value: float, life: str) -> float:
        known = self._known if self._known is None or life in ("", self._life) else 0.0
        self._known, self._life = value, life or self._life
        return max(0.0, value - known) if known is not None else 0.0

    def as_json(self) -> list[Any]:
        return [self._known, self._life]

    def restore(self, told: Any) -> None:
        """What ``as_json`` gave; anything else is no knowledge."""
        if isinstance(told, list) and len(told) == 2 and isinstance(told[0], int | float):
            self._known, self._life = float(told[0]), str(told[1])


def _written(one: Change) -> dict[str, Any]:
    alarm = one.alarm
    facts = {"rule": alarm.rule, "since": alarm.since.isoformat(), "value": alarm.value}
    return {**facts, "raised": one.raised, "at": one.at.isoformat()}


def _read(row: Any) -> Change | None:
    try:
        since, at = (datetime.fromisoformat(row[name]) for name in ("since", "at"))
        return Change(Alarm(str(row["rule"]), since, float(row["value"])), bool(row["raised"]), at)
    except (KeyError, TypeError, ValueError):
        return None


def told(rule: Rule, alarm: Alarm) -> dict[str, Any]:
    """One alarm, JSON-able: its rule, its tone, since when, its value, its sentences."""
    fr, en = (said(rule, alarm.value, language) for language in ("fr", "en"))
    since = alarm.since.isoformat()
    about = {"rule": rule.id, "tone": rule.tone, "since": since, "value": alarm.value}
    return {**about, "fr": fr, "en": en, "do_fr": rule.do_fr, "do_en": rule.do_en}


def said(rule: Rule, value: float, language: str) -> str:
    """What is wrong, with the value as people read it."""
    sentence = rule.fr if language == "fr" else rule.en
    return sentence.format(value=value_said(rule.measure, value, language))


def value_said(name: str, value: float, language: str) -> str:
    """A value of the measure ``name`` in its unit: « 1,9 Go », « 12 % », « 53 °C »."""
    from demeure.gateway.locale import decimal, duration, seconds, size, whole

    match MEASURES[name].unit:
        case "bytes":
            return size(language, int(value))
        case "ratio":
            return f"{whole(language, round(value * 100))}\u00a0%" if language == "fr" else f"{round(value * 100)}%"
        case "celsius":
            return f"{whole(language, round(value))}\u00a0°C"
        case "days":
            return duration(language, max(value, 0.0) * 86400)
        case "seconds" if value < 600:
            return seconds(language, value)
        case "seconds":
            return duration(language, value)
        case "tokens_per_second":
            return decimal(language, value, 1)
    return whole(language, int(value)) if value == int(value) else decimal(language, value, 1)


def letter(changes: list[Change], rules: Mapping[str, Rule]) -> tuple[str, str]:
    """Subject and text of a mail, in both languages: rules and numbers, nothing else."""
    raised = sum(one.raised for one in changes)
    subject = (
        f"Demeure : {counted(raised, 'alerte', 'alertes')}, {counted(len(changes) - raised, 'levée', 'levées')}"
    )
    lines = []
    for one in changes:
        rule, value = rules[one.alarm.rule], one.alarm.value
        begins = ("Alerte", "Alert") if one.raised else ("Fin", "Over")
        for language, begin in zip(("fr", "en"), begins, strict=True):
            do = (rule.do_fr if language == "fr" else rule.do_en) if one.raised else ""
            when = f"{one.at:%d/%m/%Y %H:%M}" if language == "fr" else f"{one.at:%Y-%m-%d %H:%M}"
            lines.append(f"{begin} ({when} UTC). {said(rule, value, language)} {do}".rstrip())
        lines.append("")
    return subject, "\n".join(lines)


def _tried(read: Callable[[], dict[str, float | None]]) -> dict[str, float | None]:
    try:
        return read()
    except (OSError, ValueError, KeyError, DemeureError):
        return {}


def _celsius(path: Path) -> float | None:
    try:
        value = int(path.read_text("ascii")) / 1000
    except (OSError, ValueError):
        return None
    return value if _SENSIBLE[0] < value < _SENSIBLE[1] else None


def _code(problem: Exception) -> str:
    return problem.code() if isinstance(problem, DemeureError) else str(getattr(problem, "strerror", ""))
