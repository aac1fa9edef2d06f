"""A new folder: made aside, under a name that says that nothing is there yet, renamed once all of it holds."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from demeure.backup.errors import InsideTheHouse, RestoreOnMount, RestoreOver, RestoreRunning, RestoreStopped
from demeure.backup.plan import FOLDER
from demeure.errors import system_words
from demeure.store.durable import FULL_DISK, alone, overwrite_and_remove

DRILLS = f"{FOLDER}/drills"
"""Reports of drills; one drill at a time holds this folder."""
REHEARSAL = f"{FOLDER}/rehearsal"
"""Where a rehearsal works, under the lock of that folder; what it makes is in ``now``."""


def rehearsal_left(instance: Path, *, sweep: bool = False) -> Path | None:
    """What a killed rehearsal left: a whole house, keys in clear. None: nothing, or one that goes on. ``sweep``: it
    is destroyed."""
    place = instance / REHEARSAL
    if not (place / "now").exists():
        return None
    with alone(place, 0.0) as held:
        if held and sweep:
            destroyed(place / "now")
        return place / "now" if held else None


def drill_folder(instance: Path) -> Path:
    """Where a drill restores, unless it is told another folder: beside the house, not beside a link to it."""
    house = instance.resolve()
    return house.with_name(f".{house.name}.exercice")


def killed_swept(instance: Path) -> None:
    """Destroy what a killed rehearsal or drill left, and what a killed backup linked: what is erased from the house
    would still be read there. What goes on is left alone. Nothing is raised."""
    with suppress(OSError):
        rehearsal_left(instance, sweep=True)
    with suppress(OSError):
        _drill_swept(instance)
    with suppress(OSError):
        works_swept(instance / FOLDER)


def _drill_swept(instance: Path) -> None:
    folder = drill_folder(instance)
    left = [one for one in (folder, being_made(folder)) if one.is_dir() and not one.is_symlink()]
    if left:
        with alone(instance / DRILLS, 0.0) as held:
            for one in left if held else ():
                destroyed(one)


def works_swept(folder: Path) -> None:
    """The folders of work of backups whose process is dead, in ``folder``."""
    for left in folder.glob("work-*"):
        if not Path(f"/proc/{left.name.removeprefix('work-')}").exists():
            shutil.rmtree(left, ignore_errors=True)


def empty_or_absent(folder: Path) -> None:
    """Raises RestoreOver."""
    if (
        folder.is_symlink()
        or (folder.exists() and not folder.is_dir())
        or (folder.is_dir() and any(folder.iterdir()))
    ):
        raise RestoreOver(place=str(folder))


def outside(instance: Path, folder: Path) -> None:
    """Raises InsideTheHouse: what is in the instance goes into its backups, or goes with it."""
    if instance.resolve() in (folder.resolve(), *folder.resolve().parents):
        raise InsideTheHouse(place=str(folder))


def to_be_named(folder: Path) -> None:
    """The same, before ``aside``: no rename replaces the root of a disk. Raises RestoreOver, RestoreOnMount."""
    empty_or_absent(folder)
    if os.path.ismount(folder):
        raise RestoreOnMount(place=str(folder), inside=str(folder / "demeure"))


def being_made(folder: Path) -> Path:
    """The name that ``folder`` has while it is restored."""
    return folder.with_name(f".{folder.name}.restoring")


@contextmanager
def aside(folder: Path) -> Iterator[Path]:
    """A folder beside ``folder``, whose name says that nothing is restored yet; gone at the end, its keys first,
    unless it was renamed. One that a kill left is replaced. Raises RestoreStopped where the disk refuses,
    RestoreRunning: somebody else is at work there."""
    made = being_made(folder)
    lock = -1
    try:
        lock = _held(made)
        yield made
    except OSError as problem:
        fr, en = ("disque plein", "disk full") if problem.errno in FULL_DISK else system_words(problem)
        raise RestoreStopped(detail=fr, detail_en=en) from problem
    finally:
        if lock >= 0:
            with suppress(OSError):
                if os.path.samestat(os.fstat(lock), made.stat()):
                    destroyed(made)
            os.close(lock)


def _held(made: Path) -> int:
    """``made``, new, ours until the descriptor is closed. Raises RestoreRunning, OSError."""
    with suppress(FileNotFoundError):
        left = _locked(made)
        destroyed(made)
        os.close(left)
    made.mkdir(mode=0o700)
    return _locked(made)


def _locked(made: Path) -> int:
    lock = os.open(made, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as problem:
        os.close(lock)
        raise RestoreRunning(place=str(made)) from problem
    return lock


def destroyed(folder: Path) -> None:
    """A restored house, or a part of one: its keys are overwritten, then everything is removed."""
    for path in [*folder.rglob("keys/**/*.key")]:
        with suppress(OSError):
            path.chmod(0o600)
            overwrite_and_remove(path)
    shutil.rmtree(folder, ignore_errors=True)
