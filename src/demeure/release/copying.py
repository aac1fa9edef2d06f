"""A copy of a closed instance, beside it: what changes is copied, what never does under one name is linked.

Keys are linked too: a key is destroyed by writing over its bytes, and destroying a space's key must erase the space
in the copy as well. Whatever replaces a file takes its name by a rename, and leaves the other's alone.
"""

import os
import shutil
from pathlib import Path

from demeure.store.durable import sync_folder

_LEFT_OUT = ("run", "engine")
"""Only a running house has them."""
_LASTING = ("models", "keys")
_HOUSE, _SEALS = "house", ".window-*"


def copied(source: Path, target: Path) -> int:
    """``target`` is made whole (a name beside first, then a rename). → bytes that were really written. Raises
    OSError; what a kill leaves has the name beside."""
    fresh = coming(target)
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700, parents=True)
    written = 0
    for folder, names, files in os.walk(source):
        inside = Path(folder).relative_to(source)
        if inside == Path():
            names[:] = [name for name in names if name not in _LEFT_OUT]
        for name in sorted(names):
            place = Path(folder, name)
            if place.is_symlink():
                (fresh / inside / name).symlink_to(place.readlink())
            else:
                made = fresh / inside / name
                made.mkdir(mode=0o700)
                made.chmod(place.stat().st_mode & 0o777)
        for name in sorted(files):
            written += _one(Path(folder, name), fresh / inside / name, lasting=_lasts(inside, name))
    for folder, _, _ in os.walk(fresh, topdown=False):
        sync_folder(Path(folder))
    fresh.rename(target)
    sync_folder(target.parent)
    return written


def unsealed(data: Path, now: Path) -> None:
    """``data`` come back in force after ``now``: a contractor's window that closed in between is open in their
    database still; its seal is broken here too, and the house closes it at its first look."""
    kept = {path.name for path in (now / _HOUSE).glob(_SEALS)}
    for path in (data / _HOUSE).glob(_SEALS):
        if path.name not in kept:
            path.unlink()
    sync_folder(data / _HOUSE)


def coming(target: Path) -> Path:
    """The name that a copy has until it is whole."""
    return target.with_name(f".{target.name}.coming")


def _lasts(inside: Path, name: str) -> bool:
    parts = inside.parts
    if parts[:2] == ("models", "chosen") or name.endswith(".json"):
        return False
    return bool(parts) and (parts[0] in _LASTING or (parts[0] == "spaces" and "blobs" in parts))


def _one(source: Path, target: Path, *, lasting: bool) -> int:
    facts = source.lstat()
    if source.is_symlink():
        target.symlink_to(source.readlink())
        return 0
    if not source.is_file():
        return 0  # a socket or a pipe: only a running house has one
    if lasting:
        try:
            os.link(source, target)
        except OSError:
            pass  # another disk: a copy then
        else:
            return 0
    shutil.copy2(source, target)
    with target.open("rb") as file:
        os.fsync(file.fileno())
    return facts.st_size
