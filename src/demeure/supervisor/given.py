"""A certificate given by the organisation: two files outside the instance, read as bytes by the launcher alone.

Nothing is parsed here. What was read travels by descriptor; when the files change, they are read and handed again.
"""

import ipaddress
import os
import socket
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from demeure.errors import DemeureError
from demeure.logs import note
from demeure.settings import Settings
from demeure.supervisor.errors import GivenExposed, GivenHalf, GivenUnreadable, PlainRefused

GIVEN, OWN, PLAIN = "given", "house", ""
OWN_FILE = "keys/tls/served/server.sealed"
"""There when the house has an authority of its own and a certificate from it (demeure.tls)."""
LOOK_SECONDS = 30.0
LARGEST = 1 << 16


def way_in(instance: Path, settings: Settings) -> str:
    """How pages are served: GIVEN, OWN or PLAIN. Raises GivenHalf, PlainRefused (others would read in clear)."""
    paths = {"tls_certificate": settings.tls_certificate, "tls_key": settings.tls_key}
    given = [name for name, path in paths.items() if path]
    if len(given) == 1:
        (missing,) = paths.keys() - given
        raise GivenHalf(given=given[0], missing=missing)
    if given:
        return GIVEN
    if (instance / OWN_FILE).exists():
        return OWN
    if not loopback(settings.host):
        raise PlainRefused(host=settings.host)
    return PLAIN


def loopback(host: str) -> bool:
    """Can only this machine reach ``host``?"""
    if host == "localhost":
        return True
    with suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return False


class Given:
    """The two files, as they were when last read. ``seal``: bytes → descriptor of a sealed memory file."""

    def __init__(self, instance: Path, settings: Settings, seal: Callable[[bytes], int]) -> None:
        self._instance, self._settings, self._seal = instance, settings, seal
        self._seen = self._facts()

    def read(self) -> int:
        """Certificate, chain and key, one after the other, in one sealed memory file. Raises GivenUnreadable,
        GivenExposed."""
        self._seen = self._facts()
        return self._seal(pem(self._instance, self._settings))

    def hand_if_changed(self, supervisor: socket.socket) -> None:
        """Read again and hand to the supervisor what changed on disk; what cannot be read is noted, once."""
        if self._facts() == self._seen:
            return
        try:
            descriptor = self.read()
        except DemeureError as problem:
            note("launcher", problem.sentence(self._settings.language))
            return
        try:
            socket.send_fds(supervisor, [b"tls"], [descriptor])
        finally:
            os.close(descriptor)

    def _facts(self) -> list[tuple[int, int, int]]:
        found = []
        for _, path in _paths(self._instance, self._settings):
            try:
                facts = path.stat()
                found.append((facts.st_ino, facts.st_mtime_ns, facts.st_size))
            except OSError:
                found.append((0, 0, 0))
        return found


def _paths(instance: Path, settings: Settings) -> tuple[tuple[str, Path], ...]:
    """An absolute path stays what it is; another is looked for in the instance."""
    return ("tls_certificate", instance / settings.tls_certificate), ("tls_key", instance / settings.tls_key)


def pem(instance: Path, settings: Settings) -> bytes:
    """Certificate, chain and key, one after the other. Raises GivenUnreadable, GivenExposed."""
    return b"\n".join(_read(name, path) for name, path in _paths(instance, settings))


def _read(name: str, path: Path) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)  # a FIFO must not block the start
    except OSError as problem:
        raise GivenUnreadable(name=name, path=str(path), detail=problem.strerror) from problem
    try:
        facts = os.fstat(descriptor)
        if not stat.S_ISREG(facts.st_mode) or not 0 < facts.st_size <= LARGEST:
            raise GivenUnreadable(name=name, path=str(path), detail=f"{facts.st_size} octets")
        if name == "tls_key" and facts.st_mode & 0o007:
            raise GivenExposed(path=str(path), mode=f"{stat.S_IMODE(facts.st_mode):04o}")
        return os.read(descriptor, LARGEST)
    finally:
        os.close(descriptor)
