"""The gateway's line to the worker: one wire channel, asked for again when it breaks."""

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable
from typing import Any

from demeure.errors import DemeureError
from demeure.wire import Channel


class WorkerLine:
    """``connect``: a fresh connected socket to the worker; may raise DemeureError or OSError."""

    def __init__(self, connect: Callable[[], Awaitable[socket.socket]]) -> None:
        self._connect = connect
        self._opening = asyncio.Lock()
        self._channel: Channel | None = None
        self._nudging: asyncio.Task[None] | None = None

    async def channel(self) -> Channel:
        """The open channel. Raises as ``connect``."""
        async with self._opening:
            if self._channel is None or self._channel.closed.is_set():
                self._channel = await Channel(await self._connect(), peer="worker").start()
            return self._channel

    def nudge(self) -> None:
        """Tell the worker that there is something to do, in the background: it also looks by itself."""
        if self._nudging is None or self._nudging.done():
            self._nudging = asyncio.create_task(self._nudge())

    async def _nudge(self) -> None:
        with contextlib.suppress(DemeureError, OSError):
            await (await self.channel()).call("nudge")

    async def certificate(self, what: str, args: dict[str, Any]) -> dict[str, Any]:
        """Have the house's authority ``begin`` or ``renew``; what its certificate says. Raises tls's errors."""
        return (await (await self.channel()).call(f"tls.{what}", args)).data

    async def aclose(self) -> None:
        """Close the line."""
        if self._nudging is not None:
            self._nudging.cancel()
        if self._channel is not None:
            await self._channel.close()
