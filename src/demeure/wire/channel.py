"""Request, stream and cancel over one connected stream socket (asyncio). Both ends may ask.

A Channel owns its socket and one reading task. Handlers run as tasks; cancelling a stream at the asker cancels the
handler at the other end. When the peer goes away every waiting exchange fails with ChannelClosed.
"""

import asyncio
import contextlib
import socket
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from demeure.errors import DemeureError, from_wire
from demeure.wire.frame import BODY_LIMIT, PREFIX, Frame, decode, encode, lengths


class ChannelClosed(DemeureError):
    """The other part of the house stopped answering ({peer}). Nothing was lost; try again in a moment."""

    fr = "L’autre partie de la maison ne répond plus ({peer}). Rien n’est perdu ; réessayez dans un instant."
    http_status = 503


class OperationUnknown(DemeureError):
    """The operation “{op}” does not exist here."""

    fr = "L’opération « {op} » n’existe pas ici."
    exit_code = 2
    http_status = 404


@dataclass(frozen=True)
class Reply:
    """One answer, or one item of a streamed answer: JSON-able data and raw bytes."""

    data: dict[str, Any] = field(default_factory=dict)
    body: bytes = b""


class Request:
    """What a handler receives. ``body()`` yields the body's parts as they come."""

    def __init__(self, op: str, args: dict[str, Any], peer: str) -> None:
        self.op, self.args, self.peer = op, args, peer
        self._parts: asyncio.Queue[bytes | None] = asyncio.Queue(maxsize=4)
        self._abandoned = False

    async def body(self) -> AsyncIterator[bytes]:
        while (part := await self._parts.get()) is not None:
            yield part

    async def feed(self, part: bytes | None) -> None:
        """Called by the Channel: hand one part over (None: the last). Waits while the handler is slow, which holds
        the whole connection back: that is the flow control. Parts nobody will read are dropped."""
        if not self._abandoned:
            await self._parts.put(part)

    def abandon(self) -> None:
        """The handler is over: whatever still comes is dropped."""
        self._abandoned = True
        while not self._parts.empty():
            self._parts.get_nowait()

    async def whole_body(self) -> bytes:
        """The body in one piece (memory: its whole size)."""
        return b"".join([part async for part in self.body()])


Handler = Callable[[Request], Awaitable[Reply] | AsyncIterator[Reply]]
Body = bytes | AsyncIterator[bytes]


class Channel:
    """``handlers``: op → coroutine function returning a Reply, or async generator of Reply items."""

    def __init__(
        self, sock: socket.socket, handlers: Mapping[str, Handler] | None = None, *, peer: str = "?"
    ) -> None:
        self.peer = peer
        self._sock = sock
        self._handlers = dict(handlers or {})
        self._next = 1
        self._waiting: dict[int, asyncio.Queue[Frame | Exception | None]] = {}
        self._serving: dict[int, tuple[asyncio.Task[None], Request]] = {}
        self._writer: asyncio.StreamWriter | None = None
        self._task: asyncio.Task[None] | None = None
        self._write_lock = asyncio.Lock()
        self.closed = asyncio.Event()

    async def start(self) -> "Channel":
        """Attach to the running loop and begin reading. Returns self."""
        self._sock.setblocking(False)
        reader, self._writer = await asyncio.open_connection(sock=self._sock)
        self._task = asyncio.create_task(self._read(reader))
        return self

    async def close(self) -> None:
        """Close the socket; whatever is waiting fails with ChannelClosed."""
        if self._task:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def call(self, op: str, args: dict[str, Any] | None = None, body: Body = b"") -> Reply:
        """One question, one answer. Raises the handler's DemeureError, what ``body`` raised, or ChannelClosed."""
        answer = Reply()
        async with contextlib.aclosing(self._exchange(op, args or {}, body)) as exchange:
            async for reply, _ in exchange:
                answer = reply
        return answer

    async def stream(self, op: str, args: dict[str, Any] | None = None, body: Body = b"") -> AsyncGenerator[Reply]:
        """Items as they come; the final answer is not an item. Closing the generator cancels the handler."""
        async with contextlib.aclosing(self._exchange(op, args or {}, body)) as exchange:
            async for reply, last in exchange:
                if not last:
                    yield reply

    async def _exchange(self, op: str, args: dict[str, Any], body: Body) -> AsyncGenerator[tuple[Reply, bool]]:
        if self.closed.is_set():
            raise ChannelClosed(peer=self.peer)
        number, self._next = self._next, self._next + 1
        answers = self._waiting[number] = asyncio.Queue()
        sender = asyncio.create_task(self._send_call(number, op, args, body, answers))
        finished = False
        try:
            while True:
                frame = await answers.get()
                if frame is None:
                    finished = True
                    raise ChannelClosed(peer=self.peer)
                if isinstance(frame, Exception):
                    raise frame
                finished = frame.kind in ("end", "error")
                if frame.kind == "error":
                    raise from_wire(str(frame.fields.get("code")), dict(frame.fields.get("params") or {}))
                yield Reply(dict(frame.fields.get("data") or {}), frame.body), finished
                if finished:
                    return
        finally:
            sender.cancel()
            self._waiting.pop(number, None)
            if not finished and not self.closed.is_set():
                with contextlib.suppress(ChannelClosed):
                    await asyncio.shield(asyncio.create_task(self._send(Frame(number, "cancel"))))

    async def _send_call(
        self,
        number: int,
        op: str,
        args: dict[str, Any],
        body: Body,
        answers: "asyncio.Queue[Frame | Exception | None]",
    ) -> None:
        """A body that cannot be read to its end is told to ``answers``: nobody else would end the exchange."""
        try:
            if isinstance(body, bytes) and len(body) <= BODY_LIMIT:
                await self._send(Frame(number, "call", {"op": op, "args": args, "more": False}, body))
                return
            await self._send(Frame(number, "call", {"op": op, "args": args, "more": True}))
            async for part in _parts(body):
                await self._send(Frame(number, "part", {"more": True}, part))
            await self._send(Frame(number, "part", {"more": False}))
        except ChannelClosed:
            return  # the reading side says it
        except Exception as problem:  # noqa: BLE001 - whatever the body raised is raised again by the call
            answers.put_nowait(problem)

    async def _send(self, frame: Frame) -> None:
        async with self._write_lock:
            if self._writer is None or self.closed.is_set():
                raise ChannelClosed(peer=self.peer)
            try:
                self._writer.write(encode(frame))
                await self._writer.drain()
            except (OSError, RuntimeError) as problem:
                raise ChannelClosed(peer=self.peer) from problem

    async def _read(self, reader: asyncio.StreamReader) -> None:
        try:
            while True:
                header, body = lengths(await reader.readexactly(PREFIX.size))
                await self._accept(decode(await reader.readexactly(header), await reader.readexactly(body)))
        except (asyncio.IncompleteReadError, OSError, DemeureError):
            pass  # the peer left, or speaks garbage: either way this connection is over
        finally:
            self._over()

    def _over(self) -> None:
        self.closed.set()
        for answers in self._waiting.values():
            answers.put_nowait(None)
        for task, _ in self._serving.values():
            task.cancel()
        if self._writer:
            self._writer.close()

    async def _accept(self, frame: Frame) -> None:
        if frame.kind == "call":
            request = Request(str(frame.fields["op"]), dict(frame.fields.get("args") or {}), self.peer)
            task = asyncio.create_task(self._serve(frame.id, request))
            self._serving[frame.id] = (task, request)
            if frame.body or not frame.fields.get("more"):
                await self._feed(request, frame)
        elif frame.kind in ("part", "cancel"):
            task_request = self._serving.get(frame.id)
            if task_request and frame.kind == "cancel":
                task_request[0].cancel()
            elif task_request:
                await self._feed(task_request[1], frame)
        elif answers := self._waiting.get(frame.id):
            answers.put_nowait(frame)

    async def _feed(self, request: Request, frame: Frame) -> None:
        if frame.body:
            await request.feed(frame.body)
        if not frame.fields.get("more"):
            await request.feed(None)

    async def _serve(self, number: int, request: Request) -> None:
        try:
            reply = await self._run(number, request)
            await self._send(Frame(number, "end", {"data": reply.data}, reply.body))
        except ChannelClosed:
            pass
        except DemeureError as problem:
            await self._send_error(number, problem.code(), _jsonable(problem.params))
        except Exception as problem:  # noqa: BLE001 - a handler's surprise must reach the asker, not kill the channel
            from demeure.logs import surprise

            surprise(f"wire {self.peer} {request.op}", problem)
            await self._send_error(number, "Surprise", {"detail": type(problem).__name__})
        finally:
            self._serving.pop(number, None)
            request.abandon()

    async def _run(self, number: int, request: Request) -> Reply:
        handler = self._handlers.get(request.op)
        if handler is None:
            raise OperationUnknown(op=request.op)
        result = handler(request)
        if isinstance(result, AsyncIterator):
            async for item in result:
                await self._send(Frame(number, "item", {"data": item.data}, item.body))
            return Reply()
        return await result

    async def _send_error(self, number: int, code: str, params: dict[str, Any]) -> None:
        with contextlib.suppress(ChannelClosed):
            await self._send(Frame(number, "error", {"code": code, "params": params}))


async def _parts(body: Body) -> AsyncIterator[bytes]:
    if isinstance(body, bytes):
        for start in range(0, len(body), BODY_LIMIT):
            yield body[start : start + BODY_LIMIT]
        return
    async for part in body:
        for start in range(0, len(part), BODY_LIMIT):
            yield part[start : start + BODY_LIMIT]


def _jsonable(params: dict[str, object]) -> dict[str, Any]:
    return {k: v if isinstance(v, str | int | float | bool | None) else str(v) for k, v in params.items()}
