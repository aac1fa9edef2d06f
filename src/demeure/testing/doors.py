"""Doors without a supervisor: a test says who may be reached, and plays the peers that connect."""

import asyncio
import inspect
import socket
from collections.abc import Callable, Mapping
from typing import Any

from demeure.supervisor.doors import OnPeer
from demeure.supervisor.errors import DoorForbidden, RoleDown

Peer = Callable[[socket.socket], None]


class FakeDoors:
    """Same law as ``supervisor.Doors``. ``peers``: role → what receives the other end of each connection to it;
    None: down. A role not named is forbidden. ``status``: what ``status()`` answers; ``state`` may be replaced."""

    def __init__(
        self, peers: Mapping[str, Peer | None] | None = None, status: Mapping[str, Any] | None = None
    ) -> None:
        self.peers = dict(peers or {})
        self.is_ready = self.is_kept = False
        self.reloads = self.proofs = 0
        self.closed = asyncio.Event()
        self.state = dict(status or {"processes": [], "ladder": "A", "accepted_unconfined": False})
        self._on_peer: OnPeer | None = None
        self._early: list[tuple[str, socket.socket]] = []
        self._tasks: set[asyncio.Future[None]] = set()

    async def start(self) -> "FakeDoors":
        """Nothing to start. Returns self."""
        return self

    async def close(self) -> None:
        """As when the supervisor is gone."""
        self.closed.set()

    async def prove(self) -> None:
        """Counted in ``proofs``."""
        self.proofs += 1

    def ready(self) -> None:
        """Noted in ``is_ready``."""
        self.is_ready = True

    def kept(self) -> None:
        """As the real one: noted in ``is_kept``."""
        self.is_kept = True

    async def open(self, peer: str) -> socket.socket:
        """One end of a socketpair; the other goes to the peer. Raises DoorForbidden, RoleDown."""
        if self.closed.is_set():
            raise RoleDown(role=peer)
        if peer not in self.peers:
            raise DoorForbidden(role=peer)
        receive = self.peers[peer]
        if receive is None:
            raise RoleDown(role=peer)
        ours, theirs = socket.socketpair()
        receive(theirs)
        return ours

    async def status(self) -> dict[str, Any]:
        """What the test gave."""
        return dict(self.state)

    async def reload_engines(self) -> None:
        """Counted in ``reloads``."""
        self.reloads += 1

    def on_peer(self, callback: OnPeer) -> None:
        """As the real one: connections that came before are kept."""
        self._on_peer = callback
        early, self._early = self._early, []
        for who, connection in early:
            self._welcome(who, connection)

    def connect(self, who: str) -> socket.socket:
        """Play ``who`` connecting to this role; returns its end."""
        ours, theirs = socket.socketpair()
        self._welcome(who, theirs)
        return ours

    def _welcome(self, who: str, connection: socket.socket) -> None:
        if self._on_peer is None:
            self._early.append((who, connection))
            return
        result = self._on_peer(who, connection)
        if inspect.isawaitable(result):
            task = asyncio.ensure_future(result)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
