"""What the house may tell whoever helps from afar: numbers, states, versions and codes, each taken by name.

No sentence, no path, no name of a person, a space, a document, a place or a host: a text that was not foreseen is
left out, not cleaned. ``demeure doctor --bundle`` and the contractors' console both tell this and nothing else.
"""

import os
import platform
import re
from collections import Counter, deque
from collections.abc import Collection, Iterable, Mapping
from dataclasses import fields
from typing import Any

from demeure.backup import Standing
from demeure.settings import Settings
from demeure.store import Database
from demeure.supervision import DAY, Supervision

WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_ROLES = re.compile(r"[a-z][a-z-]{0,31}")
_PROCESS = ("state", "restarts", "resident_kb", "uptime_s")
MOST_LINES = 2000
_WORDS = frozenset(("role", "level", "event", "id", "rule", "code"))
"""Of a line of the logs: those whose value is a word of the program, whoever wrote it."""
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)")
_PLACE = r"[A-Za-z_<][\w<>]{0,60}:\d{1,6}"
_SAID = (
    re.compile(rf"[A-Z]\w{{0,60}} at (?:{_PLACE}(?: < {_PLACE}){{0,3}})?"),
    re.compile(r"[a-z-]{1,32} ended, (?:signal|code) \d{1,3}; [a-z ]{1,40}"),
)
_COUNTS = {
    "documents_by_state": "SELECT state, count(*) FROM documents GROUP BY 1",
    "documents_by_format": "SELECT format, count(*) FROM documents GROUP BY 1",
    "documents_by_failure": (
        "SELECT json_extract(reason, '$.code'), count(*) FROM documents WHERE reason NOT NULL GROUP BY 1"
    ),
    "people_by_role": "SELECT role, count(*) FROM people GROUP BY 1",
    "tables": "SELECT 'spaces', count(*) FROM spaces UNION ALL SELECT 'conversations', count(*) FROM conversations",
}


def machine(ladder: str) -> dict[str, Any]:
    """Versions of the product, of Python, of the kernel; cores and memory."""
    from demeure import __version__
    from demeure.delivery import delivered

    found = delivered(compiled=False)
    return {
        "demeure": __version__,
        "files_as_delivered": None if found is None else found.same,
        "python": platform.python_version(),
        "kernel": plain(platform.release()),
        "processor": plain(platform.machine()),
        "cores": len(os.sched_getaffinity(0)),
        "memory_mib": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20,
        "ladder": ladder,
    }


def packages() -> dict[str, str]:
    """Those that Demeure declares, with their versions."""
    from importlib.metadata import PackageNotFoundError, requires, version

    found = {}
    for line in requires("demeure") or ():
        name = re.split(r"[^A-Za-z0-9_.-]", line)[0]
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "absent"
    return found


def processes(rows: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Of the supervisor's status."""
    return {
        role: {name: row.get(name) for name in _PROCESS}
        | {
            "failure": plain((row.get("failure") or {}).get("code")),
            "differences": [plain(one.get("code")) for one in row.get("differences") or ()],
            "refused": [
                [plain(one.get("library")), plain(one.get("kind")), one["count"]]
                for one in row.get("refused") or ()
            ],
        }
        for row in rows
        if _ROLES.fullmatch(role := str(row["role"]))
    }


def settings(found: Settings) -> dict[str, Any]:
    """Numbers and switches; those that are texts by whether they are the default: their words stay here."""
    told: dict[str, Any] = {}
    for one in fields(found):
        value = getattr(found, one.name)
        told[one.name] = value if isinstance(value, bool | int | float) else {"default": value == one.default}
    return told


def counts(house: Database) -> dict[str, Any]:
    """How many rows of each kind (blocking)."""
    with house.read() as db:
        told: dict[str, Any] = {
            name: {plain(word) or "-": count for word, count in db.exec_driver_sql(question)}
            for name, question in _COUNTS.items()
        }
        return told | {"schema": db.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()}


def backups(found: Standing) -> dict[str, Any]:
    """How they stand; no name of a place."""
    told = {"backup": found.backup, "drill": found.drill, "holders": len(found.plan.holders)}
    last = found.last
    return told | {"places": len(found.places), "last_bytes": last.weight if last else None}


def metrics(seen: Supervision) -> dict[str, Any]:
    """Of each measure, the last day: how many values, their sum, the lowest, the highest, the last; which alarms
    are raised."""
    told: dict[str, Any] = {}
    for name, series in seen.series.items():
        day = [one for one in series.buckets(DAY, seen.now) if one is not None]
        if day:
            told[name] = {
                "count": sum(one.count for one in day),
                "sum": sum(one.total for one in day),
                "low": min(one.low for one in day),
                "high": max(one.high for one in day),
                "last": day[-1].last,
            }
    return {"day": told, "alarms": sorted(one.rule for one in seen.alarms.open())}


def logs(rows: Iterable[Mapping[str, Any]], ways: Collection[str]) -> dict[str, Any]:
    """Technical logs, read to their end: how many lines of each kind, and the last MOST_LINES, each with its
    moment, role, level, event, numbers, and those of its texts that are ours: one word, an address of ``ways`` as
    it is declared. A sentence is kept in the two forms that hold no more: an exception with its places, a process
    that ended."""
    counted: Counter[str] = Counter()
    last: deque[dict[str, Any]] = deque(maxlen=MOST_LINES)
    for row in rows:
        kept = {name: one for name, one in row.items() if name != "said" and _ours(name, one, ways)}
        if isinstance(said := row.get("said"), str):
            kept["said"] = said if any(form.fullmatch(said) for form in _SAID) else ""
        counted[" ".join(str(kept.get(name) or "-") for name in ("role", "level", "event"))] += 1
        last.append(kept)
    return {"lines": dict(counted), "last": list(last)}


def _ours(name: str, value: Any, ways: Collection[str]) -> bool:
    if name == "at":
        return isinstance(value, str) and bool(_MOMENT.fullmatch(value))
    if name == "way":
        return value in ways
    known = value is None or isinstance(value, bool | int | float) or (name in _WORDS and plain(value) is not None)
    return plain(name) is not None and known


def plain(word: Any) -> str | None:
    """One word of a program; anything else is left out."""
    return word if isinstance(word, str) and WORD.fullmatch(word) else None
