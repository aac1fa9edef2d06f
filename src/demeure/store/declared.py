"""What the house's owner declared: one file NAME.toml each in a folder of the instance, whole or absent."""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from demeure.store.durable import sync_folder

T = TypeVar("T")
E = TypeVar("E", bound=Exception)

NAMED = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
"""Names: 40 lower-case letters, figures and hyphens at most."""


@dataclass(frozen=True)
class Declared:
    """``folder``: where they lie. ``largest``: bytes of one."""

    folder: Path
    largest: int = 1 << 18

    def names(self) -> list[str]:
        """In order."""
        return [path.stem for path in sorted(self.folder.glob("*.toml"))]

    def text(self, name: str) -> str | None:
        """None: there is no such file. Raises ValueError when it is too long, OSError when it cannot be read."""
        if not NAMED.fullmatch(name):
            return None
        try:
            with (self.folder / f"{name}.toml").open("rb") as file:
                data = file.read(self.largest + 1)
        except FileNotFoundError:
            return None
        if len(data) > self.largest:
            raise ValueError(name)
        return data.decode("utf-8", "replace")

    def told(self, name: str, wrong: Callable[[str, str, str], Exception]) -> str | None:
        """As ``text``; raises what ``wrong`` makes of the name and of why it cannot be read, French and English."""
        try:
            return self.text(name)
        except ValueError as problem:
            raise wrong(name, "son fichier est trop long", "its file is too long") from problem
        except OSError as problem:
            raise wrong(name, f"{name}.toml", f"{name}.toml") from problem

    def every(self, found: Callable[[str], T], faulty: type[E], gone: type[Exception]) -> tuple[list[T], list[E]]:
        """What ``found`` gives of each name, in order, and what it raises as ``faulty``: a file that does not serve
        hides no other. ``gone``: raised of one taken away meanwhile."""
        fine, wrong = list[T](), list[E]()
        for name in self.names():
            try:
                fine.append(found(name))
            except faulty as problem:
                wrong.append(problem)
            except gone:
                continue
        return fine, wrong

    def at(self, name: str) -> float:
        """When its file was written (POSIX seconds); 0: there is none."""
        try:
            return (self.folder / f"{name}.toml").stat().st_mtime if NAMED.fullmatch(name) else 0.0
        except OSError:
            return 0.0

    def keep(self, name: str, text: str) -> None:
        """Durable on return."""
        write_file(self.folder / f"{name}.toml", text.encode())

    def put_back(self, name: str, text: str | None) -> None:
        """The file of before, as ``text`` gave it; None: there was none."""
        if text is None:
            self.remove(name)
        else:
            self.keep(name, text)

    def remove(self, name: str) -> bool:
        """False: there was none. One that somebody named as no command would can be removed too."""
        if name not in self.names():
            return False
        (self.folder / f"{name}.toml").unlink()
        return True


def write_file(path: Path, content: bytes) -> None:
    """Whole or not at all, durable on return, for its owner alone."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with open(descriptor, "wb") as file:  # noqa: PTH123 - a descriptor
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.rename(path)
    sync_folder(path.parent)
