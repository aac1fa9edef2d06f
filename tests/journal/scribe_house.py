"""A scribe for tests: in this process, or in a child that can be killed; its callers connect as a role would."""

import asyncio
import contextlib
import ctypes
import os
import signal
import socket
import sys
import traceback
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from demeure.clock import Clock, SystemClock
from demeure.journal import ScribeJournal
from demeure.journal.checkpoint import Signer
from demeure.journal.disk import Disk
from demeure.journal.duties import Duties
from demeure.journal.log import Log
from demeure.journal.scribe import Scribe
from demeure.journal.service import Service, serve
from demeure.journal.witness import Witness
from demeure.settings import Settings
from demeure.supervisor import Birth

SEED = b"k" * 32
KEY = 0x5A


def masked(space: str | None, actor: str, data: bytes) -> bytes:
    """Stands for sealing: reversible, and different for each space."""
    del actor
    key = sum((space or "").encode()) % 255 ^ KEY
    return bytes(byte ^ key for byte in data)


class FakeDoors:
    """Doors whose peers are made by the test (``connect``)."""

    def __init__(self) -> None:
        self.closed = asyncio.Event()
        self.serving = asyncio.Event()
        self.welcome: Callable[[str, socket.socket], None] | None = None

    async def start(self) -> None:
        return None

    def on_peer(self, callback: Callable[[str, socket.socket], None]) -> None:
        self.welcome = callback

    def ready(self) -> None:
        self.serving.set()

    async def close(self) -> None:
        self.closed.set()

    def connect(self, role: str) -> socket.socket:
        assert self.welcome
        ours, theirs = socket.socketpair()
        self.welcome(role, theirs)
        return ours


def open_log(folder: Path, *, disk: Disk | None = None, reserve: int = 0, segment: int = 8 << 20) -> Log:
    folder.mkdir(exist_ok=True)
    return Log(folder, Signer(SEED), reserve_bytes=reserve, disk=disk, segment=segment)


class House:
    """A running scribe in this process."""

    def __init__(self, log: Log, scribe: Scribe) -> None:
        self.log, self.scribe, self.doors = log, scribe, FakeDoors()
        self._journals: list[ScribeJournal] = []

    def journal(self, role: str = "gateway", seconds: float = 15.0) -> ScribeJournal:
        async def connect() -> socket.socket:
            return self.doors.connect(role)

        journal = ScribeJournal(connect, masked, masked, seconds=seconds)
        self._journals.append(journal)
        return journal

    async def aclose(self) -> None:
        for journal in self._journals:
            await journal.aclose()


@contextlib.asynccontextmanager
async def house(
    folder: Path,
    *,
    disk: Disk | None = None,
    reserve: int = 0,
    segment: int = 8 << 20,
    clock: Clock | None = None,
    publish_after: float = 0.01,
) -> AsyncIterator[House]:
    """Opens, serves, and closes in order."""
    log = open_log(folder, disk=disk, reserve=reserve, segment=segment)
    scribe = Scribe(log, clock or SystemClock(), "boot-1", publish_after=publish_after)
    duties = Duties(log, scribe, Signer(SEED), Witness(folder, SEED, Disk()), clock or SystemClock(), Disk())
    service, it = Service(log, scribe, duties), House(log, scribe)
    running = asyncio.create_task(service.run(it.doors))
    try:
        await it.doors.serving.wait()
        yield it
    finally:
        service.over.set()
        await it.aclose()
        with contextlib.suppress(Exception):
            await running
        log.close()


class Socketed(FakeDoors):
    """Doors of a child: peers connect to a Unix socket and say their role in one line."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._listener = socket.socket(socket.AF_UNIX)
        path.unlink(missing_ok=True)
        self._listener.bind(str(path))
        self._listener.listen(64)
        self._task: asyncio.Task[None] | None = None

    def ready(self) -> None:
        self._task = asyncio.create_task(self._accept())

    async def _accept(self) -> None:
        self._listener.setblocking(False)
        loop = asyncio.get_running_loop()
        while True:
            peer, _ = await loop.sock_accept(self._listener)
            role = (await loop.sock_recv(peer, 16)).decode().strip()
            assert self.welcome
            self.welcome(role, peer)

    async def close(self) -> None:
        if self._task:
            self._task.cancel()


def die_with_parent() -> None:
    """A forked process of a test that fails must not outlive it."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


class Child:
    """A scribe in a forked process, restarted on demand. ``make_disk``: its disk, e.g. one that kills it."""

    def __init__(self, instance: Path, *, reserve: int = 1, segment: int = 40_000) -> None:
        self.instance, self.reserve, self.segment, self.pid = instance, reserve, segment, 0
        self.restarts = 0
        (instance / "journal").mkdir(parents=True, exist_ok=True)

    def start(self, make_disk: Callable[[], Disk] = Disk) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid == 0:
            die_with_parent()
            code = 99
            try:
                code = self._serve(make_disk())
            except BaseException:  # noqa: BLE001 - the parent asserts on the code
                traceback.print_exc()
            finally:
                os._exit(code)
        self.pid = pid

    def _serve(self, disk: Disk) -> int:
        birth = Birth(
            role="scribe",
            instance=self.instance,
            settings=Settings(journal_reserve_megabytes=self.reserve),
            channel=-1,
            spec={"boot": "boot-1", "restarts": self.restarts},
        )

        async def go() -> None:
            await serve(birth, Socketed(self.instance / "door"), SEED, disk=disk, segment=self.segment)

        asyncio.run(go())
        return 0

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    def stop(self) -> int:
        os.kill(self.pid, signal.SIGTERM)
        return self.wait()

    def wait(self) -> int:
        pid, self.pid = self.pid, 0
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

    def dead(self) -> bool:
        """Reaps it when it died."""
        if self.pid and os.waitpid(self.pid, os.WNOHANG)[0]:
            self.pid = 0
        return self.pid == 0

    def journal(self, role: str = "gateway", *, patience: float = 10.0) -> ScribeJournal:
        """Waits ``patience`` seconds for a scribe to be there, as the supervisor restarts one."""

        async def connect() -> socket.socket:
            loop = asyncio.get_running_loop()
            until = loop.time() + patience
            while True:
                sock = socket.socket(socket.AF_UNIX)
                sock.setblocking(False)
                try:
                    await loop.sock_connect(sock, str(self.instance / "door"))
                    await loop.sock_sendall(sock, role.encode().ljust(16))
                    return sock
                except OSError:
                    sock.close()
                    if loop.time() > until:
                        raise
                    await asyncio.sleep(0.01)

        return ScribeJournal(connect, masked, masked, seconds=patience + 5)


def run(work: Any) -> Any:
    """Run one coroutine to its end."""
    return asyncio.run(work)
