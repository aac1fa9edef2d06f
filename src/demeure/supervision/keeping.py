"""What supervision keeps on the disk: one file of numbers, and the file drop that other programs may watch.

``supervision/series.json`` replaced whole; ``supervision/alerts.json``: what is raised now; ``alerts.jsonl``: what
began and ended, one line each, two files of 1 MB at most. No content and no name is ever in them.
"""

import json
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from demeure.store.durable import write_all, write_new
from demeure.store.errors import DiskFull

FOLDER, ALERTS = "supervision", "alerts.json"
SILENT = 900.0
"""Seconds without a word on the disk, which is written every five minutes, after which nobody measures."""
_ROOM = 32 << 10
"""Bytes that what is raised takes at least: every alarm fits."""
_SERIES, _LINES, _MOST = "series.json", "alerts.jsonl", 1 << 20


class Kept:
    """``folder``: exists already. Every method blocks; a full disk raises DiskFull and leaves the former state."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self) -> dict[str, Any]:
        """What was kept last; empty when nothing was, or when it cannot be read."""
        try:
            told = json.loads((self._folder / _SERIES).read_bytes())
        except (OSError, ValueError):
            return {}
        return told if isinstance(told, dict) else {}

    def save(self, told: dict[str, Any]) -> None:
        """Durable on return."""
        write_new(self._folder / _SERIES, json.dumps(told, separators=(",", ":")).encode(), 0o600)

    def drop(self, at: str, raised: Sequence[dict[str, Any]], lines: Sequence[dict[str, Any]]) -> None:
        """``at``: of the look; ``raised``: all that is; ``lines``: what changed. Readable by the house's owner
        alone. When it raises, all is to be given again: no line is left half written. What is raised takes a room
        that it had: a full disk is what it may have to tell."""
        told = {"at": at, "alerts": list(raised)}
        data = json.dumps(told, ensure_ascii=False).encode().ljust(_ROOM)
        try:
            write_new(self._folder / ALERTS, data, 0o600)
        except DiskFull:
            _over(self._folder / ALERTS, data)
        path = self._folder / _LINES
        if path.exists() and path.stat().st_size > _MOST:
            path.replace(path.with_suffix(".jsonl.1"))
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        size = os.fstat(descriptor).st_size
        try:
            write_all(descriptor, "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in lines).encode())
        except BaseException:
            os.ftruncate(descriptor, size)
            raise
        finally:
            os.close(descriptor)


def _over(path: Path, data: bytes) -> None:
    """In place of what was there, which took as much: blanks follow the JSON, no byte is new. Raises DiskFull."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    except OSError as problem:
        raise DiskFull(what=path.name) from problem
    try:
        if os.fstat(descriptor).st_size < len(data):
            raise DiskFull(what=path.name)
        os.pwrite(descriptor, data, 0)
        os.ftruncate(descriptor, len(data))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def silent_since(instance: Path, now: float) -> datetime | None:
    """When the house last kept what it measures, if it should have kept it again since: it is closed, or dead; None
    while it measures, or when it never did. ``now``: seconds since 1970."""
    try:
        kept = (instance / FOLDER / _SERIES).stat().st_mtime
    except OSError:
        return None
    ahead = kept - now > SILENT  # the clock was wrong then: nothing says when it was
    return datetime.fromtimestamp(kept, UTC) if ahead or now - kept > SILENT else None


def open_alarms(instance: Path) -> list[dict[str, Any]] | None:
    """What the file drop of ``instance`` says is raised; None when the house never wrote it."""
    try:
        found = json.loads((instance / FOLDER / ALERTS).read_bytes())["alerts"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return [one for one in found if isinstance(one, dict)]
