"""Files that a command leaves: never over another one, and told before anything is done when they cannot be."""

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from demeure.cli.errors import EditorFailed, FileExists, FolderUnusable


def place_for(*paths: Path | None) -> None:
    """Before the work: each of ``paths`` (None: not asked for) can be made. Raises FileExists, FolderUnusable."""
    for path in paths:
        if path is None:
            continue
        if os.path.lexists(path):
            raise FileExists(path=str(path))
        folder = path.absolute().parent
        if not (folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)):
            raise FolderUnusable(path=str(folder))


def edited(text: str, extension: str) -> str:
    """``text`` as somebody leaves it in the editor of their terminal (VISUAL, EDITOR); the same when they save
    nothing. Raises EditorFailed."""
    import click

    try:
        left = click.edit(text, extension=extension)
    except click.ClickException as problem:
        raise EditorFailed(editor=os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi") from problem
    return text if left is None else left


def write_new(path: Path, data: bytes) -> None:
    """Write a file that must not exist yet, whole or not at all. Raises FileExists, FolderUnusable."""
    try:
        file = path.open("xb")
    except FileExistsError as problem:
        raise FileExists(path=str(path)) from problem
    except OSError as problem:
        raise FolderUnusable(path=str(path.absolute().parent)) from problem
    try:
        with file:
            file.write(data)
    except BaseException as problem:  # a full disk, an impatient person: what was begun is no evidence
        path.unlink(missing_ok=True)
        if isinstance(problem, OSError):
            raise FolderUnusable(path=str(path.absolute().parent)) from problem
        raise


def write_all(*files: tuple[Path | None, bytes]) -> None:
    """Several new files (None: not asked for), all of them or none. Raises as write_new."""
    made: list[Path] = []
    try:
        for path, data in files:
            if path is not None:
                write_new(path, data)
                made.append(path)
    except BaseException:
        for path in made:
            path.unlink(missing_ok=True)
        raise


def replace(path: Path, data: bytes) -> None:
    """Whole or not at all: what is there may be compared with. Raises FolderUnusable."""
    aside = path.with_name(path.name + ".new")
    try:
        with aside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    except OSError as problem:
        with contextlib.suppress(OSError):
            aside.unlink(missing_ok=True)
        raise FolderUnusable(path=str(path.absolute().parent)) from problem


@contextlib.contextmanager
def folder_aside(target: Path) -> Iterator[Path]:
    """An empty folder beside ``target``, to be renamed to it once it is whole; removed when it was not. What a
    killed command left of the same target goes first; that of one still at work is held, and stays."""
    prefix = f".{target.name}-"
    for left in target.parent.iterdir():
        if left.name.startswith(prefix) and left.name.endswith(_ASIDE):
            _forget(left)
    aside = Path(tempfile.mkdtemp(prefix=prefix, suffix=_ASIDE, dir=target.parent))
    held = os.open(aside, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield aside
    finally:
        shutil.rmtree(aside, ignore_errors=True)  # gone when it took its name
        os.close(held)


_ASIDE = ".unfinished"


def _forget(left: Path) -> None:
    with contextlib.suppress(OSError):  # held, a link, somebody else's
        held = os.open(left, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(left, ignore_errors=True)
        finally:
            os.close(held)
