"""The engine's last place: questions on chosen documents have it one at a time, and a state waits there for them.

While somebody writes a question on documents kept ready, their state is brought into the place: the question then
has nothing left to bring. It waits ``WAIT`` seconds at most, counted anew while they write, and background work
waits with it. Before anybody else is served by the engine, the place is emptied.

llama.cpp empties a place at rest when another begins. A state that has just been brought, or read, is at rest until
its question begins: whoever comes in that instant waits for it to begin, ``HAND_OVER`` seconds at most.
"""

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Any, Protocol

from demeure.engine import EngineSlots
from demeure.errors import DemeureError

WAIT = 45.0  # seconds from a sign of writing to the question
HAND_OVER = 2.0  # seconds that somebody else may wait for a question to begin: 0.1 to 0.3 most often


class Lease(Protocol):
    """Holding it makes background work wait."""

    def interactive(self) -> contextlib.AbstractAsyncContextManager[None]: ...


class Place:
    """``lock``: of whoever is served there or brings something there; ``hold``, ``take``, ``hand_over`` and
    ``begun`` are for them. ``others``: how many were let go first, since it was made."""

    def __init__(self, slots: EngineSlots, lease: Lease) -> None:
        self.lock = asyncio.Lock()
        self._slots, self._lease = slots, lease
        self._held: Mapping[str, Any] | None = None
        self._slot = self._tokens = self.others = 0
        self._begun = asyncio.Event()
        self._begun.set()
        self._waiting: asyncio.Task[None] | None = None

    def hold(self, binding: Mapping[str, Any], slot: int, tokens: int) -> None:
        """The state bound to ``binding``, of ``tokens``, is in ``slot``, after ``take``: it waits for its question,
        from now on."""
        self._held, self._slot, self._tokens = binding, slot, tokens
        self._waiting = asyncio.create_task(self._wait())

    async def take(self, binding: Mapping[str, Any]) -> int:
        """The tokens of what waits there, if it is this one; 0: it is not. It waits no longer; anything else is
        taken out."""
        mine = self._held == binding
        if self._held is not None and not mine:
            await self._empty()
        self._forget()
        return self._tokens if mine else 0

    def hand_over(self) -> None:
        """A state is there for a question that is about to begin, or will be in an instant."""
        self._begun.clear()

    def begun(self) -> None:
        """It has begun, or failed, or is not for this instant: others go on."""
        self._begun.set()

    async def let_go(self) -> None:
        """Nothing waits there from now on; whoever is being served there goes on. Returns once a question that is
        about to begin there has begun."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(HAND_OVER):
                await self._begun.wait()
        self.others += 1
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
