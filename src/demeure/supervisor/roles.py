"""One running role as the supervisor sees it: its process, its channel, its deaths."""

import collections
import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from demeure.confinement import Board, Profile, Refused, summed
from demeure.errors import DemeureError
from demeure.supervisor.errors import RoleEnded

STARTING, RUNNING, WAITING, DOWN = "starting", "running", "restarting", "down"

FIRST_DELAY, LONGEST_DELAY = 0.1, 5.0
DEATHS, WITHIN = 5, 60.0
LATER = 60.0
"""Seconds before a role that is down is tried again: what killed it may be over, and nobody need be there. Not an
engine, which reads gigabytes to die: it waits for another model, or for somebody who chooses it again."""
_QUEUE = 512
_LONGEST_REASON = 600


@dataclass
class Role:
    """``started``: clock ticks after boot (facts.start_time). ``due``: when to be born again (monotonic).
    ``failure``: why the last life ended, {code, fr, en}, until the next one serves; ``last_words``: what the
    present one said of its own end; ``final``: and that no other life would do better (the journal's writer only:
    without a journal the house closes). ``chosen``: somebody asked for the next life, which is no restart.
    ``board``: where the present one counts what it was refused; ``former``: what those before it counted."""

    profile: Profile
    spec: Mapping[str, Any]
    state: str = STARTING
    pid: int = 0
    started: int = 0
    restarts: int = -1
    landlock: int = 0
    failure: Mapping[str, str] | None = None
    last_words: Mapping[str, str] | None = None
    final: bool = False
    channel: socket.socket | None = None
    due: float | None = 0.0
    outbox: collections.deque[tuple[bytes, socket.socket | None]] = field(default_factory=collections.deque)
    board: Board | None = None
    chosen: bool = False
    former: list[Refused] = field(default_factory=list)
    _deaths: collections.deque[float] = field(default_factory=collections.deque)

    @property
    def alive(self) -> bool:
        """A process exists."""
        return self.pid != 0

    def row(self) -> dict[str, Any]:
        """It in run/house.json."""
        return {
            "role": self.profile.role,
            "pid": self.pid,
            "started": self.started,
            "state": self.state,
            "restarts": max(self.restarts, 0),
            "landlock": self.landlock,
            "model": self.spec.get("id"),
            "failure": self.failure,
            "refused": [row.as_json() for row in self.refused()],
        }

    def born(self, pid: int, started: int, channel: socket.socket, board: Board) -> None:
        """A new life begins."""
        self.pid, self.started, self.channel, self.board = pid, started, channel, board
        self.state, self.due = STARTING, None
        self.restarts += not (self.chosen and self.restarts >= 0)
        self.chosen = False

    @property
    def reason(self) -> Mapping[str, str] | None:
        """What whoever asks for this role is told. A death without a word is told only once the role is down: until
        then it is a restart."""
        silent = self.failure is not None and self.failure["code"] == RoleEnded.code()
        return None if silent and self.state != DOWN else self.failure

    def refused(self) -> list[Refused]:
        """What its lives tried and were refused, since the house opened."""
        return summed(self.former, self.board.read() if self.board is not None else ())

    def serves(self) -> None:
        """It said that it is ready."""
        self.state, self.failure = RUNNING, None

    def died(self, now: float, how: str = "") -> None:
        """Plan the next birth: 0.1 s, doubling to 5 s; after the fifth death within a minute it is down, until
        ``LATER``. ``how``: the kernel's word, told when the role itself said nothing."""
        self.pid, self.landlock = 0, 0
        self.former = self.refused()
        if self.board is not None:
            self.board.close()
            self.board = None
        self.failure, self.last_words = self.last_words or told(RoleEnded(how=how)), None
        self.drop_channel()
        self._deaths.append(now)
        while self._deaths and self._deaths[0] < now - WITHIN:
            self._deaths.popleft()
        if self.final or len(self._deaths) >= DEATHS:
            self.state, self.due = DOWN, None if self.final or self.profile.engine else now + LATER
            return
        self.state = WAITING
        self.due = now + min(LONGEST_DELAY, FIRST_DELAY * 2 ** (len(self._deaths) - 1))

    def fails(self, told: Any, *, final: bool = False) -> None:
        """Keep the reason a role gives before it ends; it is foreign text: bounded, one line, or not kept."""
        if not isinstance(told, dict) or not all(isinstance(told.get(name), str) for name in ("code", "fr", "en")):
            return
        if told["code"].isidentifier() and len(told["code"]) <= _LONGEST_REASON:
            self.last_words = {name: _line(told[name]) for name in ("code", "fr", "en")}
            self.final = final and "journal" in self.profile.write

    def renew(self, spec: Mapping[str, Any], now: float) -> None:
        """A new spec: past deaths are forgotten."""
        self.spec, self.failure, self.chosen = spec, None, True
        self._deaths.clear()
        if not self.alive:
            self.state, self.due = WAITING, now

    def drop_channel(self) -> None:
        """Forget the channel and whatever waited to be sent."""
        while self.outbox:
            _, handed = self.outbox.popleft()
            if handed is not None:
                handed.close()
        if self.channel is not None:
            self.channel.close()
            self.channel = None

    def send(self, message: Mapping[str, Any], handed: socket.socket | None = None) -> bool:
        """Queue one message and a socket that goes with it (closed here once sent). False: nobody to send to."""
        if self.channel is None or len(self.outbox) >= _QUEUE:
            if handed is not None:
                handed.close()
            return False
        self.outbox.append((json.dumps(message).encode(), handed))
        return self.flush()

    def flush(self) -> bool:
        """Send what the kernel takes now, without waiting. False when the channel is broken."""
        while self.outbox and self.channel is not None:
            data, handed = self.outbox[0]
            try:
                if handed is None:
                    self.channel.send(data)
                else:
                    socket.send_fds(self.channel, [data], [handed.fileno()])
            except BlockingIOError:
                return True
            except OSError:
                return False
            self.outbox.popleft()
            if handed is not None:
                handed.close()
        return self.channel is not None


def told(problem: DemeureError) -> dict[str, str]:
    """A failure as it travels and is shown."""
    return {"code": problem.code(), "fr": problem.sentence("fr"), "en": problem.sentence("en")}


def _line(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text[:_LONGEST_REASON])
