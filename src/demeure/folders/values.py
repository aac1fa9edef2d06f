"""Watched folders as values: what is declared, what one scan found, when the next is due (pure)."""

import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from demeure.clock import iso

NEVER = "9999-12-31T23:59:59.999999Z"
SOON = timedelta(seconds=60)
"""After which a folder with files that wait is looked at again, whatever its schedule."""

KEPT_LINES = 200
"""Of each list of a report: the counts say how many there were."""

ADDED, CHANGED, MOVED, COPIED, DELETED = "added", "changed", "moved", "copied", "deleted"
LEFT = "left"
"""Gone from a folder where things are dropped: what was brought stays."""

UNCHANGED, IGNORED, UNREADABLE, WAITING, REFUSED, HELD = (
    *("unchanged", "ignored", "unreadable", "waiting", "refused"),
    "held",
)
WHAT = (ADDED, CHANGED, MOVED, COPIED, DELETED, LEFT, HELD, WAITING, UNREADABLE, REFUSED, IGNORED, UNCHANGED)
"""In the order in which people read a report."""


@dataclass(frozen=True)
class Folder:
    """``place``: absolute path as the machine's bytes; ``name``: for people. ``every``: minutes, 0 when asked only.
    ``state``: new, ok, scanning, unreachable, held. ``reason``: {fr, en}. ``asked``: scan or verify. ``held``:
    files gone that wait for a word; ``agreed``: how many of them were said to be gone. ``drop``: things are dropped
    there (a scanner): what leaves it stays in the house, what takes a name again is another document."""

    id: str
    space: str
    place: bytes
    name: str
    declared_by: str
    declared_at: str
    every: int
    ignore: tuple[str, ...]
    state: str
    next_at: str
    keep_days: int = 0
    mounted: bool = False
    reason: Mapping[str, str] | None = None
    paused: bool = False
    drop: bool = False
    asked: str = ""
    asked_by: str = ""
    held: int = 0
    agreed: int = 0

    @property
    def actor(self) -> str:
        """As whom its documents are added."""
        return f"folder:{self.id}"


@dataclass(frozen=True)
class File:
    """One file as the house knows it. ``path``: from the root, surrogates for bytes that are not UTF-8."""

    id: int
    path: str
    size: int
    mtime: int
    sha256: str = ""
    document: str = ""
    reason: str = ""


@dataclass(frozen=True)
class ScanRow:
    """One scan. ``outcome``: running, done, held, unreachable, interrupted, refused. ``whole``: every file was read
    again. ``report``: what → its first lines, [path, why]."""

    id: int
    folder: str
    started_at: str
    ended_at: str
    outcome: str
    whole: bool
    counts: Mapping[str, int]
    report: Mapping[str, list[list[str]]]
    chain: str


@dataclass
class Report:
    """What a scan finds, as it finds it: counts, and the first lines of each kind."""

    counts: Counter[str] = field(default_factory=Counter)
    lines: dict[str, list[list[str]]] = field(default_factory=dict)

    def note(self, what: str, path: str, why: str = "") -> None:
        """One more ``what``."""
        self.counts[what] += 1
        lines = self.lines.setdefault(what, [])
        if len(lines) < KEPT_LINES:
            lines.append([readable(path), why])

    def as_json(self) -> dict[str, Any]:
        """Counts and lines."""
        return {"counts": {what: self.counts[what] for what in WHAT}, "lines": self.lines}


def readable(path: str) -> str:
    """A path for people: bytes that are not UTF-8 are read as Windows wrote them."""
    raw = os.fsencode(path)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", "replace")
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)


def next_look(now: datetime, every: int, *, soon: bool) -> str:
    """When a folder is due again. ``soon``: something waits."""
    if not every:
        return iso(now + SOON) if soon else NEVER
    wait = timedelta(minutes=every)
    return iso(now + (min(wait, SOON) if soon else wait))


def too_many(missing: int, known: int) -> bool:
    """Would removing ``missing`` of ``known`` files at once rather be an accident of the share? Then somebody's
    word is waited for: half of them from two on, a fifth of them from five on."""
    return (missing >= 2 and missing * 2 >= known) or (missing >= 5 and missing * 5 > known)
