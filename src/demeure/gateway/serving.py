"""The web server of the house: uvicorn on sockets that were opened by someone else, and that stops when told.

The caller owns signals. TCP_NODELAY: asyncio sets it only on sockets whose ``proto`` is IPPROTO_TCP; a listener
made without it costs 44 ms a request (measured), hence ``adopt``.
"""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Iterator

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from demeure.gateway.guard import HEADERS
from demeure.gateway.tls_door import TlsDoor

CONNECTIONS = 512
HELLO_SECONDS = 20.0


class PatientProtocol(HttpToolsProtocol):
    """Uvicorn's protocol, which would wait for ever for the end of a request's headers, with a limit on that."""

    _hello: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > CONNECTIONS:
            transport.abort()  # uvicorn's own limit answers without our headers
            return
        self._await_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        self._headers_came()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self._hello is None:
            self._await_headers()

    def on_headers_complete(self) -> None:
        self._headers_came()
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """What is not HTTP never reaches the app; its answer carries the same headers."""
        headers = "".join(f"{name}: {value}\r\n" for name, value in HEADERS.items())
        self.transport.write(
            f"HTTP/1.1 400 Bad Request\r\n{headers}cache-control: no-store\r\nconnection: close\r\n"
            f"content-type: text/plain; charset=utf-8\r\ncontent-length: {len(msg)}\r\n\r\n{msg}".encode("ascii")
        )
        self.transport.close()

    def _await_headers(self) -> None:
        self._hello = self.loop.call_later(HELLO_SECONDS, self._give_up)

    def _headers_came(self) -> None:
        if self._hello is not None:
            self._hello.cancel()
            self._hello = None

    def _give_up(self) -> None:
        self._hello = None
        if self.transport is not None:
            self.transport.abort()


class HouseServer(uvicorn.Server):
    """A server that leaves signals to the role it runs in, and says when it serves."""

    def __init__(self, config: uvicorn.Config, context: ssl.SSLContext | None = None) -> None:
        super().__init__(config)
        self._context = context
        self.serves = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        if self._context is None:
            await super().startup(sockets)
        else:
            await self._behind_tls(sockets or [], self._context)
        self.serves.set()

    async def _behind_tls(self, sockets: list[socket.socket], context: ssl.SSLContext) -> None:
        """Uvicorn's own start, with a door that can talk to plain HTTP before the listener."""
        await super().startup([])

        def protocol() -> asyncio.Protocol:
            return PatientProtocol(self.config, self.server_state, self.lifespan.state)

        self.servers = [TlsDoor(listener, context, protocol).open() for listener in sockets]  # type: ignore[misc]

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Uvicorn's own, then whoever does not answer the end of TLS is left."""
        await super().shutdown(sockets)
        for connection in list(self.server_state.connections):
            if connection.transport is not None:
                connection.transport.abort()
        for server in self.servers:
            await server.wait_closed()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def adopt(descriptor: int) -> socket.socket:
    """The listening socket behind an inherited descriptor, with its true family and protocol."""
    sock = socket.socket(fileno=descriptor)
    sock.setblocking(False)
    return sock


def make_server(app: ASGIApp, *, stop_seconds: int = 3, context: ssl.SSLContext | None = None) -> HouseServer:
    """A server for ``app``: ``await server.serve(sockets=[…])`` runs it, ``server.should_exit = True`` ends it.

    ``context``: serve over TLS. No access log: addresses hold one-time links and names. No server header that tells
    a version."""
    config = uvicorn.Config(
        app,
        http=PatientProtocol,
        ws="none",
        lifespan="off",
        loop="asyncio",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=20,
        timeout_graceful_shutdown=stop_seconds,
        backlog=512,
    )
    return HouseServer(config, context)
