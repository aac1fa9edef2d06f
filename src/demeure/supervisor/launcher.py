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

from demeure.confinement import PROFILES, Profile
from demeure.logs import note
from demeure.settings import Settings
from demeure.supervisor import belongings
from demeure.supervisor.errors import HouseFailed
from demeure.supervisor.given import LOOK_SECONDS
from demeure.supervisor.plan import ERRANDS, Plan
from demeure.supervisor.readers import Readers
from demeure.supervisor.supervisor import serve
from demeure.supervisor.turns import TURN_SECONDS, Look, Turns

STOP_SECONDS = 8.0
_STOPPING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
OnReady = Callable[[tuple[str, int] | None], int | None]
OnAsked = Callable[[str], None]


def start(
    instance: Path,
    settings: Settings,
    *,
    public: bool,
    accept_unconfined: bool,
    on_ready: OnReady | None = None,
    on_asked: OnAsked = lambda _: None,
    on_turn: Look | None = None,
    profiles: Mapping[str, Profile] = PROFILES,
) -> int:
    """Run the house on ``instance`` until it is told to stop (SIGTERM, SIGINT, SIGHUP); returns the exit code.

    ``public``: serve the pages, not the control door alone. ``on_ready`` runs in this process once the front role
    answers, with the pages' address (None when not public); an integer that it returns stops the house and is
    returned. ``on_asked`` must not wait. ``on_turn``: each second. One thread. Raises as ``taken``; HouseFailed.
    """
    with belongings.taken(instance.resolve(), settings, profiles, public, accept_unconfined) as plan:
        return _Life(plan, on_ready, on_asked, on_turn).run()


class _EndAsked(BaseException):
    """A signal came while the caller's part was running."""


class _Life:
    """One life of the house: fork, wait, stop."""

    def __init__(self, plan: Plan, on_ready: OnReady | None, on_asked: OnAsked, on_turn: Look | None) -> None:
        self._plan, self._on_ready, self._on_asked = plan, on_ready, on_asked
        self._turns = Turns((TURN_SECONDS, on_turn), (LOOK_SECONDS, self._given_again if plan.given else None))
        self._ours, self._theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._readers, (self._waking, self._wake) = Readers(plan, self._ours), socket.socketpair()
        self._wake.setblocking(False)
        self._pid, self._code, self._greeting = 0, 0, False
        self._deadline: float | None = None
        self._problem: BaseException | None = None
        asks = [(number, signal.getsignal(number)) for number in _STOPPING]
        self._former = dict(pair for pair in asks if pair != (signal.SIGHUP, signal.SIG_IGN))  # nohup is obeyed

    def run(self) -> int:
        """Fork, then wait for the end; whatever happens nothing is left behind."""
        parent = os.getpid()
        self._pid = os.fork()
        if self._pid == 0:
            serve(self._plan, self._theirs, parent)
        self._theirs.close()
        try:
            self._wait()
        finally:
            os.kill(self._pid, signal.SIGKILL)  # the whole tree: the kernel kills each role with the supervisor
            os.waitpid(self._pid, 0)
            signal.set_wakeup_fd(-1)
            for number, handler in self._former.items():
                signal.signal(number, handler)
            for end in (self._readers, self._ours, self._waking, self._wake):
                end.close()
        if self._problem is not None:
            raise self._problem
        return self._code

    def _wait(self) -> None:
        signal.set_wakeup_fd(self._wake.fileno())
        for number in self._former:
            signal.signal(number, self._signalled)
        while True:
            waiting = [self._waking, self._ours, *self._readers.living()]
            ready, _, _ = select.select(waiting, [], [], self._turns.take(self._deadline))
            if self._waking in ready:
                self._waking.recv(64)
                self._stop()
            if self._ours in ready:
                word, handed, _, _ = socket.recv_fds(self._ours, 64, 2, socket.MSG_CMSG_CLOEXEC)
                if not word:
                    return self._died()
                self._heard(word, handed)
            elif self._deadline is not None and time.monotonic() >= self._deadline:
                return None  # its time is over: killed by run()

    def _heard(self, word: bytes, handed: list[int]) -> None:
        if word == b"failed":
            self._problem = HouseFailed()
        elif (errand := word.decode("ascii", "replace")) in ERRANDS:
            self._on_asked(errand)
        elif not self._readers.heard(word, handed) and self._on_ready is not None:
            self._greet()

    def _given_again(self) -> None:
        if self._plan.given and self._deadline is None:
            self._plan.given.hand_if_changed(self._ours)

    def _greet(self) -> None:
        """The caller's part; a signal that asks for the end interrupts it."""
        try:
            self._greeting = True
            answer = self._on_ready(self._plan.address()) if self._on_ready else None
            self._greeting = False
        except _EndAsked:
            answer = 0
        except BaseException as problem:  # noqa: BLE001 - raised again once the house is closed in order
            self._greeting, self._problem, answer = False, problem, 1
        if answer is not None:
            self._code = answer
            self._stop()

    def _signalled(self, *_: object) -> None:
        """The wake-up descriptor says it; the caller's part, if it runs, is interrupted, once."""
        interrupts, self._greeting = self._greeting, False
        if interrupts:
            raise _EndAsked

    def _stop(self) -> None:
        if self._deadline is None:
            self._deadline = time.monotonic() + STOP_SECONDS
            os.kill(self._pid, signal.SIGTERM)

    def _died(self) -> None:
        if self._deadline is None and self._problem is None:
            note("launcher", "the supervisor died; the house is closed")
            self._code = 1
