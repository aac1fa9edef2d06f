"""A real server on loopback over fakes, in its own thread."""

import asyncio
import functools
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import httpx
import pytest
import uvicorn.server

from demeure.gateway.app import make_app
from demeure.gateway.house import House
from demeure.gateway.locale import Sentences
from demeure.gateway.rendering import Rendering
from demeure.gateway.serving import make_server
from demeure.gateway.visit import form_token
from demeure.testing.gateway import FakeRooms, make_house


@functools.cache
def _rendering() -> Rendering:
    """Compiling the templates takes 0.2 s: once is enough."""
    return Rendering(Sentences.load())


TOKEN = form_token("claire")


@functools.cache
def _authorities() -> ssl.SSLContext:
    """Reading them takes 10 ms: once is enough."""
    return ssl.create_default_context()


class _Brisk(ModuleType):
    """asyncio as uvicorn’s server sees it here: it looks ten times a second whether it is to stop, and waits as
    long once it is, which thousands of tests would wait for."""

    def __getattr__(self, name: str) -> Any:
        return getattr(asyncio, name)

    @staticmethod
    async def sleep(seconds: float) -> None:
        await asyncio.sleep(min(seconds, 0.005))


setattr(uvicorn.server, "asyncio", _Brisk("asyncio"))  # noqa: B010 - a module's own name


class Live:
    """A served house. ``rooms``: the fakes behind it."""

    def __init__(self, rooms: FakeRooms, **options: Any) -> None:
        self.rooms = rooms
        self._listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen()
        self.port = int(self._listener.getsockname()[1])
        self.house: House = make_house(rooms, port=self.port, rendering=_rendering(), **options)
        held = self.house.threshold
        self.url = f"http{'s' if held else ''}://127.0.0.1:{self.port}"
        self.cookie = "__Host-demeure" if held else f"demeure-session-{self.port}"
        self.verify: ssl.SSLContext | bool = (
            ssl.create_default_context(cadata=held.root.decode() or None) if held else _authorities()
        )
        self._server = make_server(make_app(self.house), stop_seconds=1, context=held.context if held else None)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        asyncio.run(self._server.serve(sockets=[self._listener]))

    def client(self, session: str | None = "claire", **headers: str) -> httpx.Client:
        """A client signed in as ``session``."""
        cookies = {self.cookie: session} if session else None
        options = {"trust_env": False, "timeout": 10, "verify": self.verify}
        return httpx.Client(base_url=self.url, cookies=cookies, headers=headers, **options)  # type: ignore[arg-type]

    def connect(self) -> socket.socket:
        """A raw connection."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(10)
        self._listener.close()
        self.rooms.tasks.close()
        assert not self._thread.is_alive()


@pytest.fixture
def serve() -> Iterator[Callable[..., Live]]:
    """``serve(rooms, **make_house options)``: stopped at the end."""
    lives: list[Live] = []

    def start(rooms: FakeRooms | None = None, **options: Any) -> Live:
        lives.append(Live(rooms or FakeRooms(), **options))
        return lives[-1]

    yield start
    for life in lives:
        life.stop()


@pytest.fixture
def live(serve: Callable[..., Live]) -> Live:
    """A served house with default fakes."""
    return serve()
