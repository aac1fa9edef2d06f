"""HTTP over sockets someone else opened: an httpcore backend that asks for a connected socket and never dials."""

import asyncio
import contextlib
import select
import socket
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import httpcore

from demeure.errors import DemeureError
from demeure.supervisor import RoleFailed, RoleStarting
from demeure.wire import ChannelClosed

Connect = Callable[[str], Awaitable[socket.socket]]
"""peer name → a connected stream socket, now ours. Raises OSError or a DemeureError (503: not there now)."""

UNAVAILABLE = 503


class HandedStream(httpcore.AsyncNetworkStream):
    """One handed socket on the running loop."""

    def __init__(self, sock: socket.socket, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._sock, self._reader, self._writer = sock, reader, writer

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 - httpcore's
        try:
            async with asyncio.timeout(timeout):
                return await self._reader.read(max_bytes)
        except TimeoutError as problem:
            raise httpcore.ReadTimeout from problem
        except (OSError, RuntimeError) as problem:
            raise httpcore.ReadError(str(problem)) from problem

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109 - httpcore's
        try:
            async with asyncio.timeout(timeout):
                self._writer.write(buffer)
                await self._writer.drain()
        except TimeoutError as problem:
            raise httpcore.WriteTimeout from problem
        except (OSError, RuntimeError) as problem:
            raise httpcore.WriteError(str(problem)) from problem

    async def aclose(self) -> None:
        # abort, not close: what is still unsent must not hold the slot of someone who left
        self._writer.transport.abort()
        with contextlib.suppress(OSError, RuntimeError):
            await self._writer.wait_closed()

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":  # httpcore asks it of an idle connection: readable means the peer closed it
            if self._sock.fileno() < 0:
                return True
            poll = select.poll()
            poll.register(self._sock, select.POLLIN)
            return bool(poll.poll(0)) or self._reader.at_eof()
        return self._sock if info == "socket" else None


class HandedBackend(httpcore.AsyncNetworkBackend):
    """Every connection to ``host`` is a socket obtained from ``connect(host)``."""

    def __init__(self, connect: Connect) -> None:
        self._connect = connect

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        del port, local_address, socket_options
        try:
            async with asyncio.timeout(timeout):
                sock = await self._connect(host)
                sock.setblocking(False)
                reader, writer = await asyncio.open_connection(sock=sock)
        except TimeoutError as problem:
            raise httpcore.ConnectTimeout(host) from problem
        except (OSError, ChannelClosed) as problem:
            raise httpcore.ConnectError(host) from problem
        except (RoleFailed, RoleStarting):
            raise  # the reason is for the reader
        except DemeureError as problem:
            if problem.http_status == UNAVAILABLE:
                raise httpcore.ConnectError(host) from problem
            raise
        return HandedStream(sock, reader, writer)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
