"""A folder walked through its descriptors: no path is ever followed twice, no link is followed at all.

Names are Python's (bytes that are not UTF-8 stay as surrogates). One descriptor and one open listing a level:
memory does not grow with what a folder holds.
"""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from demeure.reader.ignoring import Ignoring
from demeure.reader.mail import BOXES

DEEPEST = 100
LONGEST = 16_384
"""Levels, and characters of a path from the root: beyond them an entry is passed over, and said."""

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY

Row = tuple[Any, ...]
"""("f", path, size, mtime), ("i", path, why), ("u", path, errno, is a folder)."""


@dataclass
class _Level:
    descriptor: int
    prefix: str
    identity: tuple[int, int]
    listing: Any
    mail: bool = False


def walk(root: int, ignoring: Ignoring) -> Iterator[Row]:
    """Everything below ``root`` (a descriptor, left open). OSError: the root itself cannot be listed."""
    facts = os.fstat(root)
    levels = [_Level(os.dup(root), "", (facts.st_dev, facts.st_ino), os.scandir(root), _mail_folder(root))]
    try:
        while levels:
            level = levels[-1]
            try:
                entry = next(level.listing, None)
            except OSError as problem:
                if len(levels) == 1:
                    raise
                yield "u", level.prefix.rstrip("/"), _name(problem), True
                entry = None
            if entry is None:
                _close(levels.pop())
                continue
            yield from _entry(levels, entry, ignoring)
    finally:
        for level in levels:
            _close(level)


def _entry(levels: list[_Level], entry: Any, ignoring: Ignoring) -> Iterator[Row]:
    path = levels[-1].prefix + entry.name
    try:
        facts = entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return  # gone between its name and its facts
    except OSError as problem:
        yield "u", path, _name(problem), entry.is_dir(follow_symlinks=False)
        return
    folder = stat.S_ISDIR(facts.st_mode)
    why = _kind(facts.st_mode) or _left_by_mail(levels[-1], entry.name, folder=folder)
    if why is None:
        why = ignoring.why(path, entry.name, folder=folder)
    if not why and len(path) > LONGEST:
        why = "path-too-long"
    if why:
        yield "i", path if len(path) <= LONGEST else f"{path[:200]}…", why
    elif folder:
        yield from _descend(levels, path, entry.name, (facts.st_dev, facts.st_ino))
    else:
        yield "f", path, facts.st_size, facts.st_mtime_ns


def _left_by_mail(level: _Level, name: str, *, folder: bool) -> str | None:
    """Inside a mail folder: why an entry is passed over, nothing when it is followed, None when the usual names
    decide. Its own files are beside its messages; its folders have names that begin with a dot."""
    if not level.mail:
        return None
    if not folder or name == "tmp":  # being delivered: whole once it is in « new »
        return "mail-own"
    return "" if name.startswith(".") and _mail_folder(level.descriptor, name) else None


def _mail_folder(folder: int, name: str = "") -> bool:
    """Does this folder (or ``name`` in it) hold the boxes of a mail folder?"""
    try:
        for box in BOXES:
            found = os.stat(f"{name}/{box}" if name else box, dir_fd=folder, follow_symlinks=False)
            if not stat.S_ISDIR(found.st_mode):
                return False
    except OSError:
        return False
    return True


def _kind(mode: int) -> str:
    if stat.S_ISLNK(mode):
        return "link"
    return "" if stat.S_ISREG(mode) or stat.S_ISDIR(mode) else "special"


def _descend(levels: list[_Level], path: str, name: str, identity: tuple[int, int]) -> Iterator[Row]:
    if any(level.identity == identity for level in levels):
        yield "i", path, "loop"
        return
    if len(levels) > DEEPEST:
        yield "i", path, "too-deep"
        return
    try:
        descriptor = os.open(name, FOLDER, dir_fd=levels[-1].descriptor)
    except FileNotFoundError:
        return
    except OSError as problem:
        yield "u", path, _name(problem), True
        return
    try:
        listing = os.scandir(descriptor)
    except OSError as problem:
        os.close(descriptor)
        yield "u", path, _name(problem), True
        return
    levels.append(_Level(descriptor, f"{path}/", identity, listing, _mail_folder(descriptor)))


def _close(level: _Level) -> None:
    with suppress(OSError):
        level.listing.close()
    os.close(level.descriptor)


def open_file(root: int, path: str) -> int:
    """A descriptor of a regular file below ``root``, no link followed on the way. OSError otherwise."""
    *folders, name = path.split("/")
    if not name or any(step in ("", ".", "..") for step in (*folders, name)):
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
    held = os.dup(root)
    try:
        for step in folders:
            deeper = os.open(step, FOLDER, dir_fd=held)
            os.close(held)
            held = deeper
        found = os.open(name, FILE, dir_fd=held)
    finally:
        os.close(held)
    if not stat.S_ISREG(os.fstat(found).st_mode):
        os.close(found)
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
    return found


def facts_of(root: int, path: str) -> tuple[int, int] | None:
    """(size, mtime) of a regular file below ``root``; None when it is not there. OSError: it cannot be told."""
    try:
        descriptor = open_file(root, path)
    except OSError as problem:
        if problem.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.EINVAL):
            return None
        raise
    try:
        facts = os.fstat(descriptor)
        return facts.st_size, facts.st_mtime_ns
    finally:
        os.close(descriptor)


def _name(problem: OSError) -> str:
    return errno.errorcode.get(problem.errno or 0, "EIO")
