"""Which folders may be watched: one file each in ``sources/``, that commands of the house's owner write and no role
may: a page, or a gateway taken over, cannot widen what the house reads.

The file's name is the folder's id, its content the absolute path, as bytes. Nothing is parsed.
"""

import os
import re
from pathlib import Path

from demeure.errors import system_words
from demeure.supervisor.errors import FolderRefused

PLACE = "sources"
_ID = re.compile(r"[0-9a-f]{32}")
_LONGEST = 4096
_SYSTEM = ("/proc", "/sys", "/dev", "/run/credentials", "/etc", "/boot")


def grant(instance: Path, folder: str, place: Path) -> Path:
    """Let the house read ``place`` as the folder ``folder``; its real path, links followed once. Durable on return.
    Raises FolderRefused."""
    found = real(instance, place)
    path = _file(instance, folder)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor
        file.write(os.fsencode(found))
        file.flush()
        os.fsync(file.fileno())
    fresh.rename(path)
    return found


def withdraw(instance: Path, folder: str) -> None:
    """The house may not read it any more."""
    _file(instance, folder).unlink(missing_ok=True)


def granted(instance: Path, folder: str) -> Path:
    """The path of a folder that was granted. Raises FolderRefused: it was not, or its place has become another."""
    try:
        with _file(instance, folder).open("rb") as file:
            told = Path(os.fsdecode(file.read(_LONGEST + 1)))
    except OSError as problem:
        raise FolderRefused(path=folder, why="absent", why_en="not declared") from problem
    if not told.is_absolute() or real(instance, told, must_exist=False) != told:
        raise FolderRefused(path=str(told), why="devenu un lien", why_en="has become a link")
    return told


def real(instance: Path, place: Path, *, must_exist: bool = True) -> Path:
    """``place`` without links, when the house may watch it. Raises FolderRefused."""
    try:
        found = place.resolve(strict=must_exist)
    except (OSError, RuntimeError) as problem:
        why, why_en = system_words(problem) if isinstance(problem, OSError) else (str(problem), str(problem))
        raise FolderRefused(path=str(place), why=why, why_en=why_en) from problem
    if must_exist and not found.is_dir():
        raise FolderRefused(path=str(place), why="ce n’est pas un dossier", why_en="not a folder")
    house = instance.resolve()
    if found == house or found in house.parents or house in found.parents:
        raise FolderRefused(path=str(place), why="la maison s’y trouve", why_en="the house is in it")
    if (
        any(found == Path(one) or Path(one) in found.parents for one in _SYSTEM)
        or len(os.fsencode(found)) > _LONGEST
    ):
        raise FolderRefused(path=str(place), why="c’est un dossier du système", why_en="it belongs to the system")
    return found


def _file(instance: Path, folder: str) -> Path:
    if not _ID.fullmatch(folder):
        raise FolderRefused(path=folder[:40], why="identifiant", why_en="identifier")
    return instance / PLACE / folder
