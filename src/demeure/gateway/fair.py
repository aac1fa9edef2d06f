"""Programs and the models' places: each key in its turn, whoever asks the most. One loop, no thread.

A place that frees goes to the key that has been served the least recently, not to the oldest request: a thousand
requests of one program do not stand before the first of another.
"""

import asyncio
import contextlib
from collections import OrderedDict, deque
from collections.abc import AsyncIterator

from demeure.identity import KeyTooFast

WAITING_EACH, WAITING_ALL = 64, 4000
"""Requests of one key, and of all, that may wait; one more is told to come back."""
_LATER = 10


class Fair:
    """``places``: requests served at once."""

    def __init__(self, places: int, *, each: int = WAITING_EACH, most: int = WAITING_ALL) -> None:
        self._free, self._each, self._most = places, each, most
        self._waiting: OrderedDict[str, deque[asyncio.Future[None]]] = OrderedDict()
        self._count = 0

    @contextlib.asynccontextmanager
    async def turn(self, who: str) -> AsyncIterator[None]:
        """Inside: a place. Raises KeyTooFast when too many wait already."""
        await self._enter(who)
        try:
            yield
        finally:
            self._leave()

    async def _enter(self, who: str) -> None:
        if self._free > 0 and not self._count:
            self._free -= 1
            return
        if self._count >= self._most or len(self._waiting.get(who, ())) >= self._each:
            raise KeyTooFast(seconds=_LATER)
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(who, deque()).append(mine)
        self._count += 1
        try:
            await mine
        except asyncio.CancelledError:
            if mine.done() and not mine.cancelled():
                self._leave()  # the place was given as its taker left
            else:
                self._forget(who, mine)
            raise

    def _forget(self, who: str, mine: "asyncio.Future[None]") -> None:
        with contextlib.suppress(KeyError, ValueError):
            self._waiting[who].remove(mine)
            self._count -= 1
            if not self._waiting[who]:
                del self._waiting[who]

    def _leave(self) -> None:
        """The place goes to the first request of the next key; that key then stands last."""
        while self._waiting:
            who, queue = self._waiting.popitem(last=False)
            mine = queue.popleft()
            self._count -= 1
            if queue:
                self._waiting[who] = queue
            if not mine.done():
                mine.set_result(None)
                return
        self._free += 1
