"""An asynchronous stream for a thread that writes: it takes each piece from the loop where the stream lives."""

import asyncio
import concurrent.futures
from collections.abc import AsyncIterator, Iterator


class Pieces:
    """An asynchronous stream as an iterable for a thread, cut off at ``limit`` bytes by raising ``too_large``."""

    def __init__(
        self, stream: AsyncIterator[bytes], loop: asyncio.AbstractEventLoop, limit: int, too_large: Exception
    ) -> None:
        self._stream, self._loop, self._limit, self._too_large = stream, loop, limit, too_large
        self._asked: concurrent.futures.Future[bytes | None] | None = None
        self._stopped = False

    def __iter__(self) -> Iterator[bytes]:
        size = 0
        while not self._stopped:
            self._asked = asyncio.run_coroutine_threadsafe(self._next(), self._loop)
            piece = self._asked.result()
            if piece is None:
                return
            size += len(piece)
            if size > self._limit:
                raise self._too_large
            yield piece
        raise concurrent.futures.CancelledError

    async def _next(self) -> bytes | None:
        async for piece in self._stream:
            return piece
        return None

    def stop(self) -> None:
        """The asker left: the thread stops at its next piece."""
        self._stopped = True
        if self._asked is not None:
            self._asked.cancel()
