"""Connections to one engine, kept between requests: the last used first; so many at once, then in order of coming.

Not httpcore's own pool, whose bookkeeping at each request grows as the square of the connections and of those who
wait: 3 ms of processor a question with a hundred people.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import httpcore

from demeure.engine.handed import HandedBackend

KEPT = 60.0  # seconds an idle connection is kept


class Connections:
    """``most``: at once; ``wait``: seconds to have one of them, or to obtain a new one."""

    def __init__(self, peer: str, backend: HandedBackend, *, most: int, wait: float) -> None:
        self._peer, self._backend, self._wait = peer, backend, wait
        self._origin = httpcore.Origin(b"http", peer.encode(), 80)
        self._places = asyncio.Semaphore(most)
        self._idle: list[httpcore.AsyncHTTP11Connection] = []
        self._busy: set[httpcore.AsyncHTTP11Connection] = set()

    @contextlib.asynccontextmanager
    async def send(self, request: httpcore.Request) -> AsyncIterator[httpcore.Response]:
        """The answer, its body still to be read. Raises httpcore's errors (PoolTimeout: no connection was free in
        time), and those of ``Connect``."""
        try:
            async with asyncio.timeout(self._wait):
                await self._places.acquire()
        except TimeoutError as problem:
            raise httpcore.PoolTimeout from problem
        try:
            async with self._connection() as connection:
                answer = await connection.handle_async_request(request)
                try:
                    yield answer
                finally:
                    await answer.aclose()
        finally:
            self._places.release()

    @contextlib.asynccontextmanager
    async def _connection(self) -> AsyncIterator[httpcore.AsyncHTTP11Connection]:
        connection = await self._ready()
        self._busy.add(connection)
        try:
            yield connection
        finally:
            self._busy.discard(connection)
            if connection.is_idle():
                self._idle.append(connection)
            elif not connection.is_closed():
                await connection.aclose()

    async def aclose(self) -> None:
        """Close every connection; answers being read fail."""
        for connection in [*self._idle, *self._busy]:
            await connection.aclose()
        self._idle.clear()

    async def _ready(self) -> httpcore.AsyncHTTP11Connection:
        """The idle one that was used last, else a new one."""
        while self._idle and self._idle[0].has_expired():
            await self._idle.pop(0).aclose()
        while self._idle:
            connection = self._idle.pop()
            if not connection.has_expired():
                return connection
            await connection.aclose()
        stream = await self._backend.connect_tcp(self._peer, 80, timeout=self._wait)
        return httpcore.AsyncHTTP11Connection(self._origin, stream, keepalive_expiry=KEPT)
