"""The role's side of its channel to the supervisor: ask for a connection, receive those of others, say “ready”."""

import asyncio
import json
import os
import socket
from collections.abc import Awaitable, Callable
from typing import Any

from demeure.supervisor.birth import Birth
from demeure.supervisor.errors import DoorForbidden, RoleDown, RoleFailed, RoleStarting

_MESSAGE = 1 << 20
OnPeer = Callable[[str, socket.socket], Awaitable[None] | None]


class Doors:
    """For asyncio roles. One task may ask while others wait; answers are matched by number."""

    def __init__(self, birth: Birth) -> None:
        self._channel = socket.socket(fileno=birth.channel)
        self._channel.setblocking(False)
        self._next = 1
        self._waiting: dict[int, asyncio.Future[tuple[dict[str, Any], socket.socket | None]]] = {}
        self._early: list[tuple[str, socket.socket]] = []
        self._on_peer: OnPeer | None = None
        self._tasks: set[asyncio.Future[None]] = set()
        self.closed = asyncio.Event()

    async def start(self) -> "Doors":
        """Listen on the running loop. Returns self."""
        asyncio.get_running_loop().add_reader(self._channel, self._readable)
        return self

    async def close(self) -> None:
        """Stop listening; whoever waits gets RoleDown."""
        self._over()

    def on_peer(self, callback: OnPeer) -> None:
        """``callback(from_role, connected socket)`` for every connection made to this role, early ones included. It
        may be a coroutine function. The socket is the callback's to close."""
        self._on_peer = callback
        early, self._early = self._early, []
        for who, connection in early:
            self._welcome(who, connection)

    async def open_folder(self, folder: str) -> socket.socket:
        """A connection to a job of its own that reads the watched folder of this id, if the owner granted it.
        Raises as ``open``."""
        return await self.open("reader", folder=folder)

    async def open(self, peer: str, **more: str) -> socket.socket:
        """A new connection to ``peer``: a stream socket, blocking mode, the caller's to close. Raises RoleDown (its
        RoleFailed when the reason is known, RoleStarting for an engine on its way), DoorForbidden."""
        answer, connection = await self._ask(peer, {"ask": "peer", "name": peer, **more})
        if connection is not None:
            return connection
        if answer.get("error") == "forbidden":
            raise DoorForbidden(role=peer)
        if failure := answer.get("failure"):
            raise RoleFailed(role=peer, detail=failure["fr"], detail_en=failure["en"])
        if answer.get("error") == "starting":
            raise RoleStarting(role=peer)
        raise RoleDown(role=peer)

    async def status(self) -> dict[str, Any]:
        """The JSON of ``demeure status``. Raises DoorForbidden for a role that does not administer, RoleDown."""
        answer, _ = await self._ask("supervisor", {"ask": "status"})
        return dict(answer["status"])

    async def reload_engines(self) -> None:
        """Have models/active.json read again and the engines that changed restarted. Raises as ``status``."""
        await self._ask("supervisor", {"ask": "engines"})

    async def prove(self) -> None:
        """Have the launcher start a proof of the walls; it goes on by itself. Raises as ``status``."""
        await self._ask("supervisor", {"ask": "prove"})

    async def run_errand(self, errand: str) -> None:
        """As ``prove``, for another of the launcher's ERRANDS: « backup », « rehearse », « verify »."""
        await self._ask("supervisor", {"ask": errand})

    def ready(self) -> None:
        """This role serves now."""
        self._channel.send(b'{"ready": true}')

    def kept(self) -> None:
        """The certificate that was offered is in use: the next life of this role begins with it."""
        self._channel.send(b'{"kept": "tls"}')

    async def _ask(self, peer: str, question: dict[str, Any]) -> tuple[dict[str, Any], socket.socket | None]:
        if self.closed.is_set():
            raise RoleDown(role=peer)
        loop = asyncio.get_running_loop()
        number, self._next = self._next, self._next + 1
        answer = self._waiting[number] = loop.create_future()
        try:
            await loop.sock_sendall(self._channel, json.dumps({"id": number, **question}).encode())
            message, connection = await answer
        except OSError as problem:
            raise RoleDown(role=peer) from problem
        finally:
            self._waiting.pop(number, None)
        if peer == "supervisor" and "error" in message:
            raise DoorForbidden(role=peer)
        return message, connection

    def _readable(self) -> None:
        while True:
            try:
                received = _receive(self._channel)
            except BlockingIOError:
                return
            if received is None:
                self._over()
                return
            self._accept(*received)

    def _accept(self, message: dict[str, Any], connection: socket.socket | None) -> None:
        if message.get("event") == "peer" and connection is not None:
            self._welcome(str(message["from"]), connection)
            return
        waiting = self._waiting.get(message.get("id", 0))
        if waiting is not None and not waiting.done():
            waiting.set_result((message, connection))
        elif connection is not None:
            connection.close()  # the asker left meanwhile

    def _welcome(self, who: str, connection: socket.socket) -> None:
        if self._on_peer is None:
            self._early.append((who, connection))
            return
        result = self._on_peer(who, connection)
        if result is not None:
            task = asyncio.ensure_future(result)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _over(self) -> None:
        if self.closed.is_set():
            return
        self.closed.set()
        asyncio.get_running_loop().remove_reader(self._channel)
        self._channel.close()
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(OSError("the supervisor is gone"))


class BlockingDoors:
    """For roles without a loop (the workshop's zygote, the engines). ``fileno()`` lets it be waited on with
    others."""

    def __init__(self, birth: Birth) -> None:
        self._channel = socket.socket(fileno=birth.channel)

    def fileno(self) -> int:
        """The channel's descriptor: readable when ``receive`` will not wait."""
        return self._channel.fileno()

    def ready(self) -> None:
        """This role serves now."""
        self._channel.send(b'{"ready": true}')

    def receive(self) -> tuple[str, socket.socket] | None:
        """The next connection made to this role: (from_role, connected socket). None: the house is closing."""
        while True:
            received = _receive(self._channel)
            if received is None:
                return None
            message, connection = received
            if connection is not None:
                return str(message.get("from", "?")), connection

    def close(self) -> None:
        """Close our end (a forked job does so first)."""
        self._channel.close()


def _receive(channel: socket.socket) -> tuple[dict[str, Any], socket.socket | None] | None:
    """One packet and the socket that came with it; None at the end."""
    try:
        data, descriptors, _, _ = socket.recv_fds(channel, _MESSAGE, 1, socket.MSG_CMSG_CLOEXEC)
    except BlockingIOError:
        raise
    except OSError:
        return None
    if not data:
        for descriptor in descriptors:
            os.close(descriptor)
        return None
    return json.loads(data), socket.socket(fileno=descriptors[0]) if descriptors else None
