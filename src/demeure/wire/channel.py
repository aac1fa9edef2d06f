"""Request, stream and cancel over one connected stream socket (asyncio). Both ends may ask.

A Channel owns its socket. Handlers run as tasks; cancelling a stream at the asker cancels the
handler at the other end. When the peer goes away every waiting exchange fails with ChannelClosed.
"""

import asyncio
import contextlib
import socket
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from demeure.errors import DemeureError, Surprise, from_wire
from demeure.logs import surprise, trace, tracing, well_formed
from demeure.wire.frame import BODY_LIMIT, Frame
from demeure.wire.line import Line
from demeure.wire.request import Request


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
        self._waiting: dict[int, Callable[[Frame | None], None]] = {}
        self._serving: dict[int, tuple[asyncio.Task[None], Request]] = {}
        self._line = Line(self._accept, self._over)
        self.closed = asyncio.Event()

    async def start(self) -> "Channel":
        """Attach to the running loop and begin reading. Returns self."""
        self._sock.setblocking(False)
        await asyncio.get_running_loop().create_connection(lambda: self._line, sock=self._sock)
        return self

    async def close(self) -> None:
        """Close the socket; whatever is waiting fails with ChannelClosed."""
        self._line.close()
        self._over()
        await asyncio.sleep(0)

    async def call(self, op: str, args: dict[str, Any] | None = None, body: Body = b"") -> Reply:
        """One question, one answer. Raises the handler's DemeureError, what ``body`` raised, or ChannelClosed."""
        if isinstance(body, bytes) and len(body) <= BODY_LIMIT:
            return await self._ask(op, args or {}, body)
        answer = Reply()
        async with contextlib.aclosing(self._exchange(op, args or {}, body)) as exchange:
            async for reply, _ in exchange:
                answer = reply
        return answer

    async def _ask(self, op: str, args: dict[str, Any], body: bytes) -> Reply:
        """``call`` with a body of one frame: no task, no queue."""
        ended: asyncio.Future[Frame | None] = asyncio.get_running_loop().create_future()

        def hear(frame: Frame | None) -> None:
            if (frame is None or frame.kind in ("end", "error")) and not ended.done():
                ended.set_result(frame)

        number = self._number()
        self._waiting[number] = hear
        try:
            await self._send(Frame(number, "call", {**_call(op, args), "more": False}, body))
            return self._reply(await ended)
        finally:
            del self._waiting[number]
            if not ended.done() or ended.cancelled():
                self._cancel(number)

    async def stream(self, op: str, args: dict[str, Any] | None = None, body: Body = b"") -> AsyncGenerator[Reply]:
        """Items as they come; the final answer is not an item. Closing the generator cancels the handler."""
        async with contextlib.aclosing(self._exchange(op, args or {}, body)) as exchange:
            async for reply, last in exchange:
                if not last:
                    yield reply

    async def _exchange(self, op: str, args: dict[str, Any], body: Body) -> AsyncGenerator[tuple[Reply, bool]]:
        number, answers, finished = self._number(), asyncio.Queue[Frame | Exception | None](), False
        self._waiting[number] = answers.put_nowait
        sender = asyncio.create_task(self._send_call(number, op, args, body, answers))
        try:
            while not finished:
                frame = await answers.get()
                if isinstance(frame, Exception):
                    raise frame
                finished = frame is None or frame.kind in ("end", "error")
                yield self._reply(frame), finished
        finally:
            sender.cancel()
            self._waiting.pop(number, None)
            if not finished:
                self._cancel(number)

    def _number(self) -> int:
        if self.closed.is_set():
            raise ChannelClosed(peer=self.peer)
        number, self._next = self._next, self._next + 1
        return number

    def _reply(self, frame: Frame | None) -> Reply:
        """Raises what the frame says."""
        if frame is None:
            raise ChannelClosed(peer=self.peer)
        if frame.kind == "error":
            raise from_wire(str(frame.fields.get("code")), dict(frame.fields.get("params") or {}))
        return Reply(frame.fields.get("data") or {}, frame.body)

    def _cancel(self, number: int) -> None:
        """The asker leaves before the end."""
        with contextlib.suppress(OSError):
            self._line.send(Frame(number, "cancel"))

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
                await self._send(Frame(number, "call", {**_call(op, args), "more": False}, body))
                return
            await self._send(Frame(number, "call", {**_call(op, args), "more": True}))
            async for part in _parts(body):
                await self._send(Frame(number, "part", {"more": True}, part))
            await self._send(Frame(number, "part", {"more": False}))
        except ChannelClosed:
            return  # the reading side says it
        except Exception as problem:  # noqa: BLE001 - whatever the body raised is raised again by the call
            answers.put_nowait(problem)

    async def _send(self, frame: Frame) -> None:
        """Once the peer took most of what was sent before."""
        await self._line.ready()
        if self.closed.is_set():
            raise ChannelClosed(peer=self.peer)
        try:
            self._line.send(frame)
        except OSError as problem:
            raise ChannelClosed(peer=self.peer) from problem

    def _over(self) -> None:
        if self.closed.is_set():
            return
        self.closed.set()
        for hear in list(self._waiting.values()):
            hear(None)
        for task, _ in list(self._serving.values()):
            task.cancel()

    def _accept(self, frame: Frame) -> None:
        if frame.kind == "call":
            args = dict(frame.fields.get("args") or {})
            request = Request(str(frame.fields["op"]), args, self.peer, self._eased)
            task = asyncio.create_task(self._traced(frame.id, request, frame.fields.get("trace")))
            task.add_done_callback(lambda _: self._served(frame.id, request))  # also one cancelled before it began
            self._serving[frame.id] = (task, request)
            if frame.body or not frame.fields.get("more"):
                self._feed(request, frame)
        elif frame.kind in ("part", "cancel"):
            served = self._serving.get(frame.id)
            if served and frame.kind == "cancel":
                asyncio.get_running_loop().call_soon(served[0].cancel)  # after its first step, which may be due
            elif served:
                self._feed(served[1], frame)
        elif hear := self._waiting.get(frame.id):
            hear(frame)

    def _feed(self, request: Request, frame: Frame) -> None:
        """A handler that is behind holds the whole connection back: that is the flow control."""
        request.feed(frame.body, last=not frame.fields.get("more"))
        if request.behind:
            self._line.hold(back=True)

    def _eased(self) -> None:
        if self._line.held and not any(request.behind for _, request in self._serving.values()):
            self._line.hold(back=False)

    async def _traced(self, number: int, request: Request, trace: object) -> None:
        """What the handler logs bears the asker's id."""
        if not (known := well_formed(trace)):
            await self._serve(number, request)
            return
        with tracing(known):
            await self._serve(number, request)

    async def _serve(self, number: int, request: Request) -> None:
        try:
            reply = await self._run(number, request)
            await self._send(Frame(number, "end", {"data": reply.data}, reply.body))
        except DemeureError as problem:  # of another channel too: who asks is told, when this one is still there
            await self._send_error(number, problem.code(), _jsonable(problem.params))
        except Exception as problem:  # noqa: BLE001 - a handler's surprise must reach the asker, not kill the channel
            with tracing(trace()) as reference:
                surprise(f"wire {self.peer} {request.op}", problem)
            told = Surprise(detail=type(problem).__name__, reference=reference)
            await self._send_error(number, told.code(), _jsonable(told.params))

    def _served(self, number: int, request: Request) -> None:
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


def _call(op: str, args: dict[str, Any]) -> dict[str, Any]:
    """The fields of a call; with the id of what is being done here, if any, for the logs of the other end."""
    return {"op": op, "args": args, **({"trace": id_} if (id_ := trace()) else {})}


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
