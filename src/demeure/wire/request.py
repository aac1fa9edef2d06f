"""What a handler receives: an operation, its arguments, and a body that comes in parts."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Any

HELD = 4
"""Parts that may wait for a slow handler before the connection is held back."""


class Request:
    """``body()`` yields the body's parts as they come. ``eased``: called when a handler that was behind caught
    up."""

    def __init__(self, op: str, args: dict[str, Any], peer: str, eased: Callable[[], None] = lambda: None) -> None:
        self.op, self.args, self.peer = op, args, peer
        self._eased = eased
        self._parts: deque[bytes] = deque()
        self._whole = self._abandoned = False
        self._coming: asyncio.Future[None] | None = None

    async def body(self) -> AsyncIterator[bytes]:
        while True:
            while self._parts:
                part = self._parts.popleft()
                if len(self._parts) == HELD - 1:
                    self._eased()
                yield part
            if self._whole:
                return
            self._coming = asyncio.get_running_loop().create_future()
            await self._coming

    def feed(self, part: bytes, *, last: bool) -> None:
        """Called by the Channel: hand one part over. Parts nobody will read are dropped."""
        self._whole = self._whole or last
        if part and not self._abandoned:
            self._parts.append(part)
        if self._coming is not None and not self._coming.done():
            self._coming.set_result(None)

    @property
    def behind(self) -> bool:
        """As many parts wait as may: the connection has to be held back."""
        return len(self._parts) >= HELD

    def abandon(self) -> None:
        """The handler is over: whatever still comes is dropped."""
        self._abandoned = True
        self._parts.clear()
        self._eased()

    async def whole_body(self) -> bytes:
        """The body in one piece (memory: its whole size)."""
        if self._whole and len(self._parts) <= 1:
            return self._parts.popleft() if self._parts else b""
        return b"".join([part async for part in self.body()])
