"""The command line's side of the control door: connect to a running house, ask, stream, hear its errors."""

import asyncio
import contextlib
import importlib
import os
import socket
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path
from types import TracebackType
from typing import Any

import demeure
from demeure.cli.instance import of_another
from demeure.errors import DemeureError, RemoteError, from_wire, known_errors
from demeure.supervisor import HouseDown, HouseWentAway
from demeure.wire import Channel, ChannelClosed, Reply

__all__ = ["Door", "HouseDown"]

_ROOMS = (
    *("policy", "store", "journal", "identity", "library", "engine", "engine.models", "workshop", "assistant"),
    *("supervisor", "confinement", "gateway", "folders", "reader", "words", "assistant.tasks"),
    *("personal", "persons", "backup", "contractors", "airlock", "accountability"),
    *("directories", "providers", "hooks"),
)


class Door:
    """``async with Door(instance) as door: await door.call("status")``. One connection; many calls at once."""

    def __init__(self, instance: Path, *, seconds: float = 5.0) -> None:
        self._instance, self._seconds = instance, seconds
        self._channel: Channel | None = None

    async def open(self) -> "Door":
        """Raises HouseDown when no house answers, InstanceOfAnother when we may not enter. Returns self."""
        try:
            sock = await self._socket()
        except PermissionError as problem:
            raise of_another(self._instance) from problem
        except (OSError, TimeoutError) as problem:
            raise HouseDown(instance=str(self._instance)) from problem
        self._channel = await Channel(sock, peer="house").start()
        return self

    async def _socket(self) -> socket.socket:
        # a Unix socket's path is limited to 107 bytes; the folder's descriptor makes any instance reachable
        folder = os.open(self._instance / "run", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        try:
            sock.setblocking(False)
            async with asyncio.timeout(self._seconds):
                await asyncio.get_running_loop().sock_connect(sock, f"/proc/self/fd/{folder}/control.sock")
        except BaseException:
            sock.close()
            raise
        finally:
            os.close(folder)
        return sock

    async def close(self) -> None:
        """Leave; what was being done for this door is cancelled."""
        channel, self._channel = self._channel, None
        if channel:
            await channel.close()

    async def __aenter__(self) -> "Door":
        return await self.open()

    async def __aexit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def call(
        self, op: str, args: dict[str, Any] | None = None, body: bytes | AsyncIterator[bytes] = b""
    ) -> Reply:
        """One answer. Raises the house's own error, or HouseWentAway when it goes away meanwhile."""
        channel = self._channel_open()
        try:
            return await channel.call(op, args, body)
        except ChannelClosed as problem:
            if not channel.closed.is_set():  # of another part of the house, which has ended: it says so
                raise
            raise HouseWentAway(instance=str(self._instance)) from problem
        except RemoteError as problem:
            raise _known(problem) from problem

    async def stream(
        self, op: str, args: dict[str, Any] | None = None, body: bytes | AsyncIterator[bytes] = b""
    ) -> AsyncGenerator[Reply]:
        """Items as they come. Closing the generator cancels the work in the house. Raises as ``call``."""
        channel = self._channel_open()
        items = channel.stream(op, args, body)
        try:
            async for item in items:
                yield item
        except ChannelClosed as problem:
            if not channel.closed.is_set():
                raise
            raise HouseWentAway(instance=str(self._instance)) from problem
        except RemoteError as problem:
            raise _known(problem) from problem
        finally:
            await items.aclose()

    def _channel_open(self) -> Channel:
        if self._channel is None:
            raise HouseDown(instance=str(self._instance))
        return self._channel


def _known(problem: RemoteError) -> DemeureError:
    """The error with its own sentence: its class may live in a room this command had not loaded. All of them take
    more than a second: the room whose errors.py defines it is tried first."""
    code = str(problem.params.get("remote_code"))
    for room in sorted(_ROOMS, key=lambda room: not _defines(room, code)):
        if code in known_errors():
            break
        with contextlib.suppress(ImportError):
            importlib.import_module(f"demeure.{room}.errors")
    params = {name: value for name, value in problem.params.items() if name != "remote_code"}
    return from_wire(code, params)


def _defines(room: str, code: str) -> bool:
    source = Path(demeure.__file__).parent.joinpath(*room.split("."), "errors.py")
    with contextlib.suppress(OSError):
        return f"class {code}(" in source.read_text(encoding="utf-8")
    return False
