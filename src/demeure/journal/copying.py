"""A copy of the journal's folder while the scribe writes: the state of one instant, as a crash would leave it.

Everything but ``staging`` is replaced by rename and never written in place: a link keeps it. The copy begins with
the checkpoint and ends with ``staging``: what the tree covers is always in it.
"""

import json
import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from demeure.journal.checkpoint import parse
from demeure.journal.errors import JournalMoving
from demeure.journal.staging import Scan, scan

_HEADS = ("checkpoint", "signed", "retention.txt")
_LEFT = {"staging", "reserve", *_HEADS}
_TRIES, _PAUSE = 100, 0.03


@dataclass(frozen=True)
class Copied:
    """``size``: entries of the copy. ``note``: its checkpoint, empty before the first. ``read``: the files of the
    copy that are written in place, so that no link keeps them: their bytes, at most one segment, by name."""

    size: int
    note: str
    read: dict[str, bytes]


def copy_while_written(folder: Path, into: Path) -> Copied:
    """Links (or copies, on another disk) of the journal ``folder`` in the new folder ``into``, but for what was
    read. Raises JournalMoving: no instant was found when it held still."""
    for _ in range(_TRIES):
        found = _attempt(folder, into)
        if found is not None:
            return found
        shutil.rmtree(into, ignore_errors=True)
        time.sleep(_PAUSE)
    raise JournalMoving


def _attempt(folder: Path, into: Path) -> Copied | None:
    into.mkdir(mode=0o700)
    heads = _heads(folder)
    try:
        for path in sorted(folder.rglob("*")):
            place = path.relative_to(folder)
            if place.parts[0] not in _LEFT and place.parts[0] != "payloads" and path.suffix != ".new":
                _take(path, into / place)
        staging = _staging(folder / "staging")
        for path in sorted((folder / "payloads").glob("*")):
            if path.name.isdecimal():
                if staging and int(path.name) >= staging[0].first:
                    return None  # it was retired meanwhile
                _take(path, into / "payloads" / path.name)
    except (FileNotFoundError, _Moved):
        return None
    if _heads(folder) != heads:
        return None
    return _copied(heads, staging)


def _copied(heads: dict[str, bytes], staging: tuple[Scan, bytes] | None) -> Copied | None:
    note = heads.get("checkpoint", b"").decode()
    published = parse(note)[0].size if note else 0
    signed = int(json.loads(heads["signed"])["size"]) if "signed" in heads else 0
    size = staging[0].next if staging else published
    read = heads | ({"staging": staging[1]} if staging else {})
    return Copied(size, note, read) if size >= max(published, signed) else None


def _heads(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in _HEADS if (folder / name).exists()}


class _Moved(Exception):
    """It moved while it was read."""


def _staging(path: Path) -> tuple[Scan, bytes] | None:
    """What is sound in it, cut after its last whole frame; None: there is none. Raises _Moved."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    found = scan(data)
    if found is None or found.damaged is not None:
        raise _Moved
    return found, data[: found.end]


def _take(path: Path, copy: Path) -> None:
    if path.is_dir():
        copy.mkdir(mode=0o700, exist_ok=True)
        return
    if path.is_symlink() or not path.is_file():
        return
    copy.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        os.link(path, copy)
    except FileNotFoundError:
        raise
    except OSError:  # another disk, or a file system without links
        shutil.copyfile(path, copy)
