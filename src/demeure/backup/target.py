"""The port by which backups are kept somewhere, and its adapter for a folder: a share, a disk, a removable disk.

A server reached by SFTP or an S3-compatible store is one more adapter, at the end of a declared route: it is
written beside the airlock, with these five methods and nothing else (docs/backup.md).
"""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

from demeure.backup.errors import TargetAbsent, TargetFull, TargetRefuses
from demeure.errors import system_words
from demeure.store.durable import FULL_DISK, write_all

FOLDERS = ("manifests", "packs")


class Target(Protocol):
    """Files by name (``packs/…``, ``manifests/…``, ``house``), never changed once written. Blocking; one writer.

    ``write`` is whole or not at all, durable on return, and replaces nothing: the same name is given the same
    bytes. Raises TargetAbsent, TargetRefuses, TargetFull (nothing was written)."""

    name: str

    def names(self, folder: str) -> list[str]:
        """Names of the whole files in ``manifests`` or ``packs``, sorted; half-written ones are not listed."""
        ...

    def read(self, name: str) -> bytes | None:
        """The bytes of one file; None when absent."""
        ...

    def size(self, name: str) -> int | None:
        """Bytes of one file; None when absent."""
        ...

    def write(self, name: str, data: bytes) -> None:
        """See above."""
        ...

    def remove(self, name: str) -> None:
        """Nothing when absent; durable on return."""
        ...


def is_there(folder: Path, *, mounted: bool) -> bool:
    """``mounted``: something must be mounted on it."""
    return folder.is_dir() and (not mounted or os.path.ismount(folder))


class NotAFile(OSError):
    """A pipe, a folder, a socket, a device."""


def read_file(path: Path) -> bytes:
    """Of a file that is one: a pipe there would be waited for without an end. Raises NotAFile, OSError."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise NotAFile(errno.EINVAL, os.strerror(errno.EINVAL), str(path))
    with open(path, "rb", opener=_at_once) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):  # put there meanwhile
            raise NotAFile(errno.EINVAL, os.strerror(errno.EINVAL), str(path))
        return bytes(file.read())


def _at_once(name: str, flags: int) -> int:
    return os.open(name, flags | os.O_NONBLOCK)


def whole_file(target: Target, name: str) -> bytes | None:
    """As ``target.read``, of what may be damaged: None too when what bears that name is no file."""
    try:
        return target.read(name)
    except TargetRefuses as problem:
        if isinstance(problem.__cause__, NotAFile):
            return None
        raise


class FolderTarget:
    """A folder. It is never made here, and where something was ``mounted`` on it that is no longer there it is
    absent: a share that is not mounted must not become a folder of the local disk."""

    def __init__(self, folder: Path, name: str = "", *, mounted: bool = False) -> None:
        self._folder, self.name, self._mounted = folder, name or folder.name, mounted

    def prepare(self) -> None:
        """Make what it lacks inside, remove what killed writers left. Raises TargetAbsent, TargetRefuses,
        TargetFull."""
        with self._naming():
            if not is_there(self._folder, mounted=self._mounted):
                raise TargetAbsent(name=self.name, place=str(self._folder))
            for inside in FOLDERS:
                (self._folder / inside).mkdir(mode=0o700, exist_ok=True)
                for left in (self._folder / inside).glob(".*.new"):
                    left.unlink()

    def names(self, folder: str) -> list[str]:
        with self._naming():
            if not is_there(self._folder, mounted=self._mounted):
                raise TargetAbsent(name=self.name, place=str(self._folder))
            if not (self._folder / folder).is_dir():
                return []
            return sorted(path.name for path in (self._folder / folder).iterdir() if not path.name.startswith("."))

    def read(self, name: str) -> bytes | None:
        with self._naming():
            try:
                return read_file(self._folder / name)
            except FileNotFoundError:
                return None

    def size(self, name: str) -> int | None:
        with self._naming():
            try:
                return (self._folder / name).stat().st_size
            except FileNotFoundError:
                return None

    def write(self, name: str, data: bytes) -> None:
        path = self._folder / name
        aside = path.with_name(f".{path.name}.new")
        with self._naming():
            try:
                aside.unlink(missing_ok=True)
                descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
                try:
                    write_all(descriptor, data)
                    os.fsync(descriptor)
                finally:
                    os.close(descriptor)
                aside.rename(path)
                self._sync(path.parent)
            except OSError:
                with suppress(OSError):
                    aside.unlink(missing_ok=True)
                raise

    def remove(self, name: str) -> None:
        with self._naming():
            (self._folder / name).unlink(missing_ok=True)
            self._sync((self._folder / name).parent)

    def free(self) -> int:
        """Bytes that can still be written there."""
        with self._naming():
            facts = os.statvfs(self._folder)
            return facts.f_bavail * facts.f_frsize

    @staticmethod
    def _sync(folder: Path) -> None:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        except OSError as problem:
            if problem.errno not in (errno.EINVAL, errno.ENOTSUP):  # some shares know no sync of a folder
                raise
        finally:
            os.close(descriptor)

    @contextmanager
    def _naming(self) -> Iterator[None]:
        try:
            yield
        except OSError as problem:
            if problem.errno in FULL_DISK:
                raise TargetFull(name=self.name) from problem
            if not is_there(self._folder, mounted=self._mounted):
                raise TargetAbsent(name=self.name, place=str(self._folder)) from problem
            french, english = _words(problem)
            raise TargetRefuses(name=self.name, detail=french, detail_en=english) from problem


def _words(problem: OSError) -> tuple[str, str]:
    if isinstance(problem, NotAFile):
        return f"{problem.filename} n’est pas un fichier", f"{problem.filename} is not a file"
    return system_words(problem)
