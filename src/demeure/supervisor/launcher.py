"""The only process without walls. It opens what the house needs, forks the supervisor, waits, and parses nothing.

Everything dies with it: each process asks the kernel to be killed when its parent is.
"""

import os
import select
import signal
import socket
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from demeure.confinement import PROFILES, Profile, probe
from demeure.logs import note
from demeure.settings import Settings
from demeure.supervisor import belongings
from demeure.supervisor.errors import HouseFailed
from demeure.supervisor.plan import Plan

STOP_SECONDS = 8.0
_STOPPING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_Handlers = Mapping[signal.Signals, Any]
OnReady = Callable[[tuple[str, int] | None], int | None]


def start(
    instance: Path,
    settings: Settings,
    *,
    public: bool,
    accept_unconfined: bool,
    on_ready: OnReady | None = None,
    profiles: Mapping[str, Profile] = PROFILES,
) -> int:
    """Run the house on ``instance`` until it is told to stop (SIGTERM, SIGINT, SIGHUP); returns the exit code.

    ``public``: serve the pages; otherwise only the control door. ``on_ready`` runs in this process once the front
    role answers, with the pages' address (None when not public); an integer that it returns stops the house and is
    returned. Needs one thread. Raises AlreadyRunning, FolderUnusable, KeyUnusable, AddressUnusable, NotConfined,
    HouseFailed.
    """
    instance = instance.resolve()
    belongings.prepare_folders(instance)
    lock = belongings.take_lock(instance)
    opened: list[int] = []
    try:
        ground = probe()
        belongings.announce(ground, accept_unconfined, settings.language)
        secrets = belongings.read_keys(instance, {name for p in profiles.values() for name in p.secrets})
        opened += secrets.values()
        listeners = {"control": belongings.control_listener(instance)}
        if public:
            listeners["public"] = belongings.public_listener(settings)
        plan = Plan(instance, settings, profiles, ground, accept_unconfined, listeners, secrets, lock)
        return _Life(plan, on_ready).run()
    finally:
        belongings.leave(instance, lock, opened)


class _Life:
    """One life of the house: fork, wait, stop."""

    def __init__(self, plan: Plan, on_ready: OnReady | None) -> None:
        self._plan, self._on_ready = plan, on_ready
        self._ours, self._theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._waking, self._wake = socket.socketpair()
        self._pid, self._code = 0, 0
        self._deadline: float | None = None
        self._problem: BaseException | None = None

    def run(self) -> int:
        """Fork, then wait for the end; whatever happens nothing is left behind."""
        self._waking.setblocking(False)
        self._wake.setblocking(False)
        former = {number: signal.getsignal(number) for number in _STOPPING}
        parent = os.getpid()
        self._pid = os.fork()
        if self._pid == 0:
            from demeure.supervisor.supervisor import serve

            serve(self._plan, self._theirs, parent)
        self._theirs.close()
        try:
            code = self._wait(former)
        finally:
            self._kill()
            self._handle(former)
            for end in (self._ours, self._waking, self._wake):
                end.close()
        if self._problem is not None:
            raise self._problem
        return code

    def _wait(self, former: _Handlers) -> int:
        self._handle(None)
        waiting = [self._waking, self._ours]
        while True:
            left = None if self._deadline is None else max(0.0, self._deadline - time.monotonic())
            ready, _, _ = select.select(waiting, [], [], left)
            if self._waking in ready:
                self._waking.recv(64)
                self._stop()
            if self._ours in ready:
                word = self._ours.recv(64)
                if not word:
                    return self._code if self._deadline is not None else self._died()
                if word == b"failed":
                    self._code = HouseFailed.exit_code
                elif self._on_ready is not None:
                    self._greet(former)
            elif not ready and left is not None:
                return self._code  # its time is over: killed by run()

    def _greet(self, former: _Handlers) -> None:
        """Run the caller's part under the caller's own signal handlers."""
        self._handle(former)
        answer: int | None = 1
        try:
            answer = self._on_ready(self._plan.address()) if self._on_ready else None
        except BaseException as problem:  # noqa: BLE001 - raised again once the house is closed in order
            self._problem = problem
        self._handle(None)
        if answer is not None:
            self._code = answer
            self._stop()

    def _handle(self, former: _Handlers | None) -> None:
        """Our handlers (None), or those that were there before."""
        signal.set_wakeup_fd(self._wake.fileno() if former is None else -1)
        for number in _STOPPING:
            signal.signal(number, (lambda *_: None) if former is None else former[number])

    def _stop(self) -> None:
        if self._deadline is None:
            self._deadline = time.monotonic() + STOP_SECONDS
            os.kill(self._pid, signal.SIGTERM)

    def _died(self) -> int:
        """The supervisor ended without being asked: everything ended with it."""
        if self._code:
            return self._code
        note("launcher", "the supervisor died; the house is closed")
        return 1

    def _kill(self) -> None:
        """SIGKILL reaches the whole tree: each role is killed by the kernel when the supervisor is."""
        os.kill(self._pid, signal.SIGKILL)
        os.waitpid(self._pid, 0)
