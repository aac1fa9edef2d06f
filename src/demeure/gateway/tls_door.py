"""Connections to a TLS listener: looked at before anything else, so that plain HTTP gets an answer it can read.

The handshake is asyncio's own (sslproto). What is not a handshake is told, in words, to ask for https.
"""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable

from demeure.gateway.guard import HEADERS

HANDSHAKE, WAITING = 0x16, 512
"""First byte of a TLS connection; most connections that have not yet shaken hands."""
HELLO_SECONDS, GOODBYE_SECONDS = 10.0, 1.0
SENTENCES = (
    "Cette page demande https:// au début de son adresse : rien n’est servi en clair ici.\n"
    "This page needs https:// at the start of its address: nothing is served in clear here.\n"
)


class TlsDoor:
    """Stands in for ``asyncio.Server`` before one listening socket."""

    def __init__(
        self, listener: socket.socket, context: ssl.SSLContext, protocol: Callable[[], asyncio.Protocol]
    ) -> None:
        self._listener, self._context, self._protocol = listener, context, protocol
        self._greeting: set[asyncio.Task[None]] = set()
        self._accepting: asyncio.Task[None] | None = None

    def open(self) -> "TlsDoor":
        """Accept on the running loop. Returns self."""
        self._listener.setblocking(False)
        self._accepting = asyncio.get_running_loop().create_task(self._accept())
        return self

    def close(self) -> None:
        """Accept no more; who has not finished their handshake is cut."""
        for task in (self._accepting, *self._greeting):
            if task is not None:
                task.cancel()

    async def wait_closed(self) -> None:
        """Until nothing of this object runs."""
        tasks = [task for task in (self._accepting, *self._greeting) if task is not None]
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                connection, _ = await loop.sock_accept(self._listener)
            except ConnectionError:
                continue
            except OSError:  # no descriptor left: they come back
                await asyncio.sleep(0.2)
                continue
            if len(self._greeting) >= WAITING:
                connection.close()
                continue
            task = loop.create_task(self._greet(connection))
            self._greeting.add(task)
            task.add_done_callback(self._greeting.discard)

    async def _greet(self, connection: socket.socket) -> None:
        try:
            async with asyncio.timeout(HELLO_SECONDS):
                first = await _peek(connection)
            if first and first[0] == HANDSHAKE:
                await self._shake(connection)
            elif first:
                await _tell(connection)
        except (OSError, ssl.SSLError, TimeoutError):
            pass  # who does not shake hands properly gets no more than that
        finally:
            connection.close()  # nothing once its descriptor belongs to a transport

    async def _shake(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # from here on the transport owns the descriptor, also when the handshake fails
        owned = socket.socket(fileno=connection.detach())
        await asyncio.get_running_loop().connect_accepted_socket(
            self._protocol,
            owned,
            ssl=self._context,
            ssl_handshake_timeout=HELLO_SECONDS,
            ssl_shutdown_timeout=GOODBYE_SECONDS,
        )


async def _peek(connection: socket.socket) -> bytes:
    """The first byte, left where it is; empty at the end."""
    loop, ready = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(connection, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(connection)
    return connection.recv(1, socket.MSG_PEEK)


async def _tell(connection: socket.socket) -> None:
    """400, in both languages. What was sent is read first: closing on unread bytes would destroy the answer."""
    loop = asyncio.get_running_loop()
    body = SENTENCES.encode()
    headers = "".join(f"{name}: {value}\r\n" for name, value in HEADERS.items())
    head = (
        f"HTTP/1.1 400 Bad Request\r\n{headers}cache-control: no-store\r\nconnection: close\r\n"
        f"content-type: text/plain; charset=utf-8\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    await loop.sock_recv(connection, 1 << 16)
    async with asyncio.timeout(HELLO_SECONDS):
        await loop.sock_sendall(connection, head.encode("ascii") + body)
    connection.shutdown(socket.SHUT_WR)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(GOODBYE_SECONDS):
            while await loop.sock_recv(connection, 1 << 16):
                pass
