"""A llama-server of a few lines on socketpairs: says exactly the bytes a test wants, and can die anywhere."""

import asyncio
import json
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

Answer = Callable[["Exchange"], Awaitable[None]]


@dataclass
class Exchange:
    """One request: its line, its body, and the connection to answer on."""

    target: str
    body: Any
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self, body: Any, status: int = 200) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
        await self.send(head.encode() + data)

    async def stream(self, *pieces: bytes, end: bool = True) -> None:
        await self.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        for piece in pieces:
            await self.send(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
            await asyncio.sleep(0)
        if end:
            await self.send(b"0\r\n\r\n")


@dataclass
class Llama:
    """``answer`` is called for each request; ``connections``: how many; ``left`` is set when a client goes."""

    answer: Answer
    down: Exception | None = None
    connections: int = 0
    requests: list[Any] = field(default_factory=list)
    left: asyncio.Event = field(default_factory=asyncio.Event)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    writers: list[asyncio.StreamWriter] = field(default_factory=list)

    async def connect(self, peer: str) -> socket.socket:
        assert peer.startswith("engine-")
        if self.down:
            raise self.down
        self.connections += 1
        ours, theirs = socket.socketpair()
        task = asyncio.create_task(self._serve(theirs))
        self.tasks.add(task)
        return ours

    def kill(self) -> None:
        """Every connection breaks at once."""
        for writer in self.writers:
            writer.transport.abort()

    async def close(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        self.kill()

    async def _serve(self, sock: socket.socket) -> None:
        reader, writer = await asyncio.open_connection(sock=sock)
        self.writers.append(writer)
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
                body = await reader.readexactly(length)
                self.requests.append(json.loads(body or b"null"))
                await self.answer(Exchange(head.split()[1].decode(), self.requests[-1], reader, writer))
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            self.left.set()
            writer.close()


def event(text: str = "", finish: str | None = None) -> bytes:
    """One server-sent event as llama-server writes it."""
    choice = {"index": 0, "delta": {"content": text} if text else {}, "finish_reason": finish}
    return b"data: " + json.dumps({"choices": [choice]}, ensure_ascii=False).encode() + b"\n\n"
