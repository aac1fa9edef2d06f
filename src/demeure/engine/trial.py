"""An engine run apart from the house, unboxed, in a child process: for measures, for tests, for ``engine build``.

It is the engine role itself, given a birth of our making; it ends when we close its channel, or die.
"""

import contextlib
import json
import os
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from demeure.engine.errors import EngineLoadFailed

START_SECONDS = 120.0
_CHILD = """
import json, sys
from pathlib import Path
from demeure.engine.service import main
from demeure.errors import DemeureError
from demeure.settings import Settings
from demeure.supervisor.birth import Birth
given = json.loads(sys.argv[1])
birth = Birth("engine-" + given["spec"]["kind"], Path(given["instance"]), Settings(**given["settings"]),
              given["channel"], spec=given["spec"], trays=given["trays"])
try:
    sys.exit(main(birth))
except DemeureError as problem:
    sys.exit(f"{problem.code()}: {problem.sentence('en')}")
"""


@dataclass(frozen=True)
class Trial:
    """A running engine: its process, its socket, and the tray that it shares with us (engine/tray.py)."""

    pid: int
    path: str
    tray: int = -1

    async def connect(self, peer: str) -> socket.socket:
        """For ``ChatClient(trial.connect)``."""
        del peer
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.connect(self.path)
        except OSError:
            connection.close()
            raise
        return connection

    def resident(self) -> int:
        """Bytes of memory now."""
        pages = int(Path(f"/proc/{self.pid}/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")


@contextlib.contextmanager
def trial(
    spec: Mapping[str, Any], *, instance: Path | None = None, settings: Mapping[str, Any] | None = None
) -> Iterator[Trial]:
    """Run an engine from ``spec`` (as Birth.spec, no ``socket``). ``instance``: where to look for a native build.

    Raises EngineLoadFailed, with what the engine said, when it does not get ready.
    """
    with tempfile.TemporaryDirectory(prefix="demeure-engine-") as folder:
        place, log = f"{folder}/e.sock", Path(folder) / "log"
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        tray = os.memfd_create("demeure-tray-trial", 0)
        given = {
            "trays": {"trial": tray},
            "instance": str(instance or folder),
            "channel": theirs.fileno(),
            "settings": dict(settings or {}),
            "spec": {**spec, "socket": place},
        }
        pid = _spawn(given, theirs, log)
        theirs.close()
        try:
            _wait_ready(ours, str(spec.get("id", "?")), log)
            yield Trial(pid, place, tray)
        finally:
            os.close(tray)
            ours.close()
            _end(pid)


def _spawn(given: Mapping[str, Any], channel: socket.socket, log: Path) -> int:
    channel.set_inheritable(True)
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        return os.posix_spawn(
            sys.executable,
            [sys.executable, "-c", _CHILD, json.dumps(given)],
            {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDWR, 0),
                (os.POSIX_SPAWN_DUP2, out, 1),
                (os.POSIX_SPAWN_DUP2, out, 2),
            ],
        )
    finally:
        os.close(out)


def _wait_ready(channel: socket.socket, model_id: str, log: Path) -> None:
    channel.settimeout(START_SECONDS)
    try:
        said = json.loads(channel.recv(4096) or b"{}")
    except (TimeoutError, ValueError, OSError):
        said = {}
    if not said.get("ready"):
        detail = log.read_text(encoding="utf-8", errors="replace").strip()[-600:]
        raise EngineLoadFailed(id=model_id, detail=detail or "?")


def _end(pid: int) -> None:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        if os.waitpid(pid, os.WNOHANG)[0]:
            return
        time.sleep(0.01)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
