"""The engine's last place: questions on chosen documents have it one at a time, and a state waits there for them.

While somebody writes a question on documents kept ready, their state is brought into the place: the question then
has nothing left to bring. It waits ``WAIT`` seconds at most, counted anew while they write, and background work
waits with it. Before anybody else is served by the engine, the place is emptied.
"""

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Any, Protocol

from demeure.engine import EngineSlots
from demeure.errors import DemeureError

WAIT = 45.0  # seconds from a sign of writing to the question


class Lease(Protocol):
    """Holding it makes background work wait."""

    def interactive(self) -> contextlib.AbstractAsyncContextManager[None]: ...


class Place:
    """``lock``: of whoever is served there or brings something there; ``hold`` and ``take`` are for them."""

    def __init__(self, slots: EngineSlots, lease: Lease) -> None:
        self.lock = asyncio.Lock()
        self._slots, self._lease = slots, lease
        self._held: Mapping[str, Any] | None = None
        self._slot = 0
        self._waiting: asyncio.Task[None] | None = None

    def hold(self, binding: Mapping[str, Any], slot: int) -> None:
        """The state bound to ``binding`` is in ``slot``, after ``take``: it waits for its question, from now on."""
        self._held, self._slot = binding, slot
        self._waiting = asyncio.create_task(self._wait())

    async def take(self, binding: Mapping[str, Any]) -> bool:
        """Is what waits there this one? It waits no longer; anything else is taken out."""
        mine = self._held == binding
        if self._held is not None and not mine:
            await self._empty()
        self._forget()
        return mine

    async def let_go(self) -> None:
        """Nothing waits there from now on; whoever is being served there goes on."""
        if self._held is None or self.lock.locked():
            return
        async with self.lock:
            await self._empty()
            self._forget()

    async def empty(self, slot: int) -> None:
        """Nothing of what ``slot`` read stays there."""
        with contextlib.suppress(DemeureError):  # an engine that is gone keeps nothing
            await self._slots.erase(slot)

    async def _empty(self) -> None:
        if self._held is not None:
            self._held = None
            await self.empty(self._slot)

    def _forget(self) -> None:
        self._held = None
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    async def _wait(self) -> None:
        async with self._lease.interactive():
            await asyncio.sleep(WAIT)
        async with self.lock:
            await self._empty()
            self._waiting = None
