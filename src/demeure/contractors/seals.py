"""What an open window leaves beside the database and no backup holds: an old copy of the database opens nothing."""

import hashlib
import os
import secrets
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from demeure.store.durable import sync_folder

_PREFIX = ".window-"


class Seals:
    """Files of ``folder``, each named by its SHA-256 and removed when its window closes. Blocking."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def new(self) -> str:
        """A seal, on the disk when this returns: its SHA-256 (hexadecimal)."""
        secret = secrets.token_bytes(32)
        name = hashlib.sha256(secret).hexdigest()
        descriptor = os.open(self._path(name), os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            os.write(descriptor, secret)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        sync_folder(self._folder)
        return name

    def holds(self, name: str) -> bool:
        """Is it there, and what it says it is?"""
        try:
            return bool(name) and hashlib.sha256(self._path(name).read_bytes()).hexdigest() == name
        except OSError:
            return False

    def only(self, names: Iterable[str]) -> None:
        """Break every other one; those of windows that closed, or that a crash left without a window."""
        kept = {self._path(name).name for name in names}
        for path in self._folder.glob(f"{_PREFIX}*"):
            if path.name not in kept:
                with suppress(OSError):
                    path.unlink()

    def _path(self, name: str) -> Path:
        return self._folder / f"{_PREFIX}{name[:32]}"
