"""Keeps the logs: one boxed process at the end of everybody's standard error, forked before anything else is
born.

Each line that is a JSON object of ``logs`` goes to ``logs/demeure.jsonl``, and is told on the former standard
error when it is a warning or worse; any other line goes there as it is, and into no file. Files are turned over
by size, so that together they stay under the setting. It ends when nobody is left to speak; slow or dead, it
stops nobody.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from demeure.confinement import LOG_KEEPER, box
from demeure.confinement.paths import role_lists
from demeure.logs import INFO, LEVELS, structure, surprise

FOLDER, NAME = "logs", "demeure.jsonl"
FILES = 10
_LONGEST = 1 << 16


def listen(instance: Path, megabytes: int) -> None:
    """From now on what this process and its children say on standard error is kept. Call with one thread."""
    try:
        (instance / FOLDER).mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        return  # the launcher says what is wrong with this folder
    ends, theirs = os.pipe()
    sys.stderr.flush()
    if os.fork() == 0:
        _keep(ends, theirs, instance, megabytes)
    os.close(ends)
    os.set_blocking(theirs, False)  # a keeper that is behind loses lines, and holds nobody back
    os.dup2(theirs, 2)
    os.close(theirs)
    structure()


def _keep(source: int, other: int, instance: Path, megabytes: int) -> NoReturn:
    code = 70
    try:
        os.close(other)
        os.setsid()
        os.umask(0o077)
        for asked in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(asked, signal.SIG_IGN)  # the last words of the house are worth keeping
        null = os.open("/dev/null", os.O_RDWR)
        for number in (0, 1):
            os.dup2(null, number)
        box(LOG_KEEPER, role_lists(LOG_KEEPER, instance.resolve(), {}), {source})
        file = Turned(instance.resolve() / FOLDER, (megabytes << 20) // FILES)
        keep(source, file.add, _told)
        code = 0
    except BaseException as problem:  # noqa: BLE001 - the last frame of a process
        surprise("logs", problem)
    finally:
        os._exit(code)


def keep(source: int, add: Callable[[bytes], None], tell: Callable[[bytes], None]) -> None:
    """Until the end of ``source``. ``add``: a line to keep; ``tell``: what is said to a person."""
    rest = b""
    while piece := os.read(source, _LONGEST):
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            _sorted(line, add, tell)
        if len(rest) > _LONGEST:
            tell(rest)
            rest = b""
    if rest:
        _sorted(rest, add, tell)


def _sorted(line: bytes, add: Callable[[bytes], None], tell: Callable[[bytes], None]) -> None:
    told = read_line(line)
    if told is None:
        tell(line + b"\n")
        return
    add(line + b"\n")
    if told["level"] != INFO and "said" in told:
        tell(f"[{told['role']}] {told['said']}\n".encode("utf-8", "replace"))


def read_line(line: bytes) -> dict[str, object] | None:
    """A line of ``logs``; None when it is not one."""
    if not line.startswith(b'{"at":"'):
        return None
    try:
        told = json.loads(line)
    except (ValueError, RecursionError):
        return None
    whole = isinstance(told, dict) and told.get("level") in LEVELS and isinstance(told.get("role"), str)
    return told if whole else None


def _told(line: bytes) -> None:
    with suppress(OSError):
        os.write(2, line)


class Turned:
    """``demeure.jsonl``, then ``.1`` … ``.9``, ``most`` bytes each. A disk that is full loses lines."""

    def __init__(self, folder: Path, most: int) -> None:
        self._path, self._most = folder / NAME, max(most, 1 << 16)
        self._descriptor, self._size = -1, 0

    def add(self, line: bytes) -> None:
        """One line more."""
        with suppress(OSError):
            if self._descriptor < 0:
                self._open()
            elif self._size + len(line) > self._most:
                self._turn()
            os.write(self._descriptor, line)
            self._size += len(line)

    def _open(self) -> None:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        self._descriptor = os.open(self._path, flags, 0o600)
        self._size = os.fstat(self._descriptor).st_size

    def _turn(self) -> None:
        os.close(self._descriptor)
        self._descriptor = -1
        for number in range(FILES - 1, 0, -1):
            former = self._path if number == 1 else self._path.with_suffix(f".jsonl.{number - 1}")
            with suppress(FileNotFoundError):
                former.replace(self._path.with_suffix(f".jsonl.{number}"))
        self._open()


def kept(instance: Path) -> list[Path]:
    """The files that exist, oldest first."""
    folder = instance / FOLDER
    names = [folder / f"{NAME}.{number}" for number in range(FILES - 1, 0, -1)] + [folder / NAME]
    return [path for path in names if path.is_file()]
