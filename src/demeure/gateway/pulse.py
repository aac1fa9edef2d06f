"""Does the journal write, is there room, what does the supervisor see? Asked at most once per ``fresh`` seconds."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Generic, TypeVar

from demeure.clock import Clock
from demeure.errors import DemeureError
from demeure.gateway.errors import JournalSilent
from demeure.journal import Head, JournalFull

T = TypeVar("T")
LEAST = 8 << 20
"""Bytes below which a disk is called full: a document may still fit, what is made from it may not."""


class Pulse:
    """``head``: the journal's head; ``status``: the supervisor's. Concurrent callers share one question.

    An answer counts for ``fresh`` seconds: a journal that dies is noticed by pages within that time, and at once by
    anything that writes (its own entry fails)."""

    def __init__(
        self,
        clock: Clock,
        head: Callable[[], Awaitable[Head]],
        status: Callable[[], Awaitable[dict[str, Any]]],
        *,
        room: Callable[[], int] = lambda: LEAST,
        fresh: float = 0.5,
        seconds: float = 2.0,
    ) -> None:
        self._room = room
        self._head = _Kept(clock, head, fresh, seconds)
        self._status = _Kept(clock, status, fresh * 4, seconds)

    async def journal(self) -> str:
        """``ok`` or ``reserve``. Raises JournalSilent, JournalFull: nothing may be served."""
        try:
            state = (await self._head.get()).state
        except (DemeureError, TimeoutError, OSError) as problem:
            raise JournalSilent() from problem
        if state == "full":
            raise JournalFull()
        return state

    def disk(self) -> dict[str, Any]:
        """``free``: bytes left for documents and conversations; ``full``: too few to add anything."""
        try:
            free = self._room()
        except OSError:
            free = 0
        return {"free": free, "full": free < LEAST}

    async def status(self) -> dict[str, Any] | None:
        """The JSON of ``demeure status``, or None when the supervisor does not answer."""
        try:
            return await self._status.get()
        except (DemeureError, TimeoutError, OSError):
            return None


class _Kept(Generic[T]):
    def __init__(self, clock: Clock, ask: Callable[[], Awaitable[T]], fresh: float, seconds: float) -> None:
        self._clock, self._ask, self._fresh, self._seconds = clock, ask, fresh, seconds
        self._value: T | None = None
        self._until = float("-inf")
        self._asking = asyncio.Lock()

    async def get(self) -> T:
        async with self._asking:
            if self._value is None or self._clock.monotonic() >= self._until:
                self._value = None
                async with asyncio.timeout(self._seconds):
                    self._value = await self._ask()
                self._until = self._clock.monotonic() + self._fresh
            return self._value
