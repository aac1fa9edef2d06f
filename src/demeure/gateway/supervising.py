"""Every minute: what the house measures of itself is read and kept, alarms are judged, and told where they must
be: the pages, the file drop, and by mail only when a route and a mailbox were declared."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from demeure.backup import LATE, NEVER, Standing
from demeure.engine import FairQueue
from demeure.errors import DemeureError
from demeure.gateway.box_refusals import attempts
from demeure.gateway.proofs import LOOSE, RED, Proofs
from demeure.gateway.pulse import Pulse
from demeure.gateway.threshold import Threshold
from demeure.logs import event, note
from demeure.supervision import MEASURES, MONTH, Alarm, Change, Kept, Rule, Supervision, days_until_full

SAMPLE_SECONDS, KEEP_EVERY = 60.0, 5
"""Kept on the disk every five samples: a kill loses five minutes of plots."""
SENSORS = ("devices/virtual/thermal/thermal_zone*/temp", "devices/**/hwmon*/temp*_input")
_SENSIBLE = (5.0, 130.0)
Send = Callable[[str, str], Awaitable[None]]


@dataclass(frozen=True)
class Sources:
    """What is looked at. ``documents``: state → how many (blocking); ``backups``: blocking; ``meminfo``,
    ``sys``: where the kernel tells memory and temperatures."""

    folder: Path
    pulse: Pulse
    queue: FairQueue
    proofs: Proofs
    backups: Callable[[], Standing]
    documents: Callable[[], Mapping[str, int]]
    threshold: Threshold | None = None
    meminfo: Path = Path("/proc/meminfo")
    sys: Path = Path("/sys")


class Supervising:
    """``kept``: None keeps nothing. ``send``: a subject and a text, by the declared route; None: nothing leaves."""

    def __init__(self, seen: Supervision, sources: Sources, kept: Kept | None, send: Send | None = None) -> None:
        self.seen, self._sources, self._kept, self._send = seen, sources, kept, send
        self._refused, self._restarts, self._ready = _Rising(), _Rising(), _Rising()

    async def keep(self, pause: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        """Until cancelled; what was kept is taken up first."""
        if self._kept is not None:
            self.seen.restore(await asyncio.to_thread(self._kept.load))
        number = 0
        while True:
            try:
                changes = await self.sample()
                if changes or number == 0:
                    await self._tell(changes)
                if number % KEEP_EVERY == 0:
                    await self._save()
            except (DemeureError, OSError) as problem:
                note("gateway", f"supervision: {_code(problem)}")
            number += 1
            await pause(SAMPLE_SECONDS)

    async def sample(self) -> list[Change]:
        """Read everything once. What cannot be read is unknown, and stops nothing else."""
        status = await self._sources.pulse.status()
        levels: dict[str, float | None] = {**await self._journal(), **self._processes(status), **self._queue()}
        for read in (self._disk, self._memory, self._warmth, self._documents, self._backups):
            levels |= await asyncio.to_thread(_tried, read)
        levels |= self._walls()
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
        self.seen.count("refused", self._refused.by(sum(one.count for one in attempts(dict(status)))))
        self.seen.count("restarts", self._restarts.by(sum(max(0, int(row.get("restarts") or 0)) for row in rows)))
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
        rows = dict(
            line.split(":", 1) for line in self._sources.meminfo.read_text("ascii").splitlines() if ":" in line
        )
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
        self.seen.count("documents_read", self._ready.by(ready))
        return {
            "documents_waiting": float(sum(states.values()) - ready - failed),
            "documents_failed": float(failed),
        }

    def _backups(self) -> dict[str, float | None]:
        found = self._sources.backups()
        age = (self.seen.now - found.last.at).total_seconds() if found.last else None
        late = (float(word in (LATE, NEVER)) for word in (found.backup, found.drill))
        return {"backup_age": age, "backup_late": next(late), "drill_late": next(late)}

    def _walls(self) -> dict[str, float | None]:
        now, proofs, held = self.seen.now, self._sources.proofs, self._sources.threshold
        age = (now - proofs.last.time).total_seconds() if proofs.last else None
        days = float(held.facts.days_left(now)) if held else None
        return {
            "proof_red": float(proofs.standing(now) in (RED, LOOSE)),
            "proof_age": age,
            "certificate_days": days,
        }

    async def _save(self) -> None:
        if self._kept is not None:
            await asyncio.to_thread(self._kept.save, self.seen.as_json())

    async def _tell(self, changes: list[Change]) -> None:
        """The file first, then the mail: a route that does not answer holds nothing else back."""
        rules = self.seen.alarms.rules
        for one in changes:
            event("gateway", "alarm", rule=one.alarm.rule, raised=one.raised, value=round(one.alarm.value, 3))
        if self._kept is not None:
            raised = [told(rules[one.rule], one) for one in self.seen.alarms.open()]
            lines = [
                {"at": c.at.isoformat(), "raised": c.raised, **told(rules[c.alarm.rule], c.alarm)} for c in changes
            ]
            await asyncio.to_thread(self._kept.drop, raised, lines)
            await self._save()
        if self._send is not None and changes:
            try:
                await self._send(*letter(changes, rules))
            except DemeureError as problem:
                note("gateway", f"alerts: the mail did not leave: {problem.code()}")


class _Rising:
    """A number that only rises while its source lives: what it rose by. The first look counts for nothing."""

    def __init__(self) -> None:
        self._known: float | None = None

    def by(self, value: float) -> float:
        known, self._known = self._known, value
        return max(0.0, value - known) if known is not None else 0.0


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
    subject = f"Demeure : {raised} alerte(s), {len(changes) - raised} levée(s)"
    lines = []
    for one in changes:
        rule, value = rules[one.alarm.rule], one.alarm.value
        begins = ("Alerte", "Alert") if one.raised else ("Fin", "Over")
        for language, begin in zip(("fr", "en"), begins, strict=True):
            do = (rule.do_fr if language == "fr" else rule.do_en) if one.raised else ""
            lines.append(f"{begin} ({one.at:%Y-%m-%d %H:%M} UTC). {said(rule, value, language)} {do}".rstrip())
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
