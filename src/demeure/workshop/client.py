"""The asker's side: sends a file to the workshop, takes the answer for hostile, gives parts and a summary.

A job has a stranger's file in its hands and may have been taken over by it: every frame is checked (shape, lengths,
characters, counts, order) before anything is passed on; the first wrong one ends the reading with JobLied.
"""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import asdict
from typing import Any, Protocol

from demeure.errors import DemeureError, InputError, known_errors
from demeure.wire.frame import BODY_LIMIT, PREFIX, Frame, FrameInvalid, decode, encode, lengths
from demeure.workshop.answers import AnswerInvalid, checked_part, checked_summary, harmless
from demeure.workshop.errors import DocumentUnreadable, JobDied, JobFailed, JobLied, JobTooLong
from demeure.workshop.parts import Part, ReadLimits, ReadSummary

Connect = Callable[[], Awaitable[socket.socket]]
Bytes = AsyncIterator[bytes]

_CALL = 1
_USUAL = ReadLimits()
_GRACE = 10.0
"""Seconds after the job's own deadline: the zygote kills it and says why; this side waits no longer than that."""

_PIECE = 1 << 20
_ITEMS = 400_000


class Workshop(Protocol):
    """Reads files. One call is one job in its own process; calls are independent and may be concurrent."""

    def read(
        self,
        stream: Bytes,
        *,
        name: str,
        format: str = "",  # noqa: A002 - the contract's word
        limits: ReadLimits = ...,
    ) -> AsyncIterator[Part | ReadSummary]:
        """Parts in reading order, then exactly one ReadSummary, always last. Raises a DocumentUnreadable (a fact
        about the file) or a JobFailed (this attempt only); parts already given are then to be thrown away. Closing
        the iterator early ends the job. The consumer's own slowness counts in ``limits.seconds``."""
        ...


class HandedWorkshop:
    """The workshop at the other end of a socket. ``connect`` gives a fresh connected stream socket (one job each);
    what it raises is passed on."""

    def __init__(self, connect: Connect) -> None:
        self._connect = connect

    async def read(
        self,
        stream: Bytes,
        *,
        name: str,
        format: str = "",  # noqa: A002 - the contract's word
        limits: ReadLimits = _USUAL,
    ) -> AsyncIterator[Part | ReadSummary]:
        sock = await self._connect()
        sock.setblocking(False)
        reader, writer = await asyncio.open_connection(sock=sock, limit=_PIECE)
        args = {"format": format, "name": harmless(name, 1024), "limits": asdict(limits)}
        sender = asyncio.create_task(_send(writer, args, stream))
        try:
            async for answer in _answers(reader, sender, limits):
                yield answer
        finally:
            sender.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await sender
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


async def _send(writer: asyncio.StreamWriter, args: dict[str, Any], stream: Bytes) -> None:
    writer.write(encode(Frame(_CALL, "call", {"op": "read", "args": args, "more": True})))
    async for piece in stream:
        for start in range(0, len(piece), BODY_LIMIT):
            writer.write(encode(Frame(_CALL, "part", {"more": True}, piece[start : start + BODY_LIMIT])))
            await writer.drain()
    writer.write(encode(Frame(_CALL, "part", {"more": False})))
    await writer.drain()


async def _answers(
    reader: asyncio.StreamReader, sender: asyncio.Task[None], limits: ReadLimits
) -> AsyncIterator[Part | ReadSummary]:
    characters = items = 0
    while True:
        frame = await _frame(reader, sender, limits)
        if frame.kind == "error":
            raise _problem(frame)
        try:
            data = frame.fields.get("data")
            if frame.kind == "item" and items < _ITEMS:
                part = checked_part(data, limits)
                items += 1
                characters += len(part.text)
                if characters > limits.characters + len(part.text):
                    raise AnswerInvalid("characters")
                yield part
                continue
            if frame.kind == "end":
                summary = checked_summary(data, limits, characters)
                yield summary
                return
        except AnswerInvalid as problem:
            raise JobLied(detail=str(problem)) from problem
        raise JobLied(detail=frame.kind)


async def _frame(reader: asyncio.StreamReader, sender: asyncio.Task[None], limits: ReadLimits) -> Frame:
    """The next frame of the answer. The clock only runs once the file is sent."""
    receiving = asyncio.ensure_future(_receive(reader))
    try:
        await asyncio.wait({receiving, sender}, return_when=asyncio.FIRST_COMPLETED)
        if sender.done() and not sender.cancelled() and not receiving.done():
            _raise_stream_problem(sender)
        async with asyncio.timeout(limits.seconds + _GRACE):
            frame = await receiving
    except TimeoutError as problem:
        raise JobTooLong(seconds=round(limits.seconds)) from problem
    except (asyncio.IncompleteReadError, OSError) as problem:
        if sender.done():
            _raise_stream_problem(sender)
        raise JobDied(detail="connexion") from problem
    except FrameInvalid as problem:
        raise JobLied(detail="frame") from problem
    finally:
        receiving.cancel()
    if frame.id != _CALL or frame.body:
        raise JobLied(detail="frame")
    return frame


async def _receive(reader: asyncio.StreamReader) -> Frame:
    header, body = lengths(await reader.readexactly(PREFIX.size))
    if body:
        raise FrameInvalid(detail="body")
    return decode(await reader.readexactly(header), b"")


def _raise_stream_problem(sender: asyncio.Task[None]) -> None:
    """What the caller's own stream raised is the caller's; a broken connection is read on the other side."""
    problem = None if sender.cancelled() else sender.exception()
    if problem is not None and not isinstance(problem, OSError):
        raise problem


def _problem(frame: Frame) -> DemeureError:
    """The named error of the job: only the workshop's own, its parameters made harmless."""
    code, params = frame.fields.get("code"), frame.fields.get("params")
    cls = known_errors().get(code) if isinstance(code, str) else None
    if cls is None or not issubclass(cls, DocumentUnreadable | JobFailed | InputError):
        return JobLied(detail="error")
    safe: dict[str, object] = {}
    for key, value in list(params.items())[:8] if isinstance(params, dict) else ():
        if key.isidentifier() and isinstance(value, str | int | float) and not isinstance(value, bool):
            safe[key[:32]] = harmless(value, 200) if isinstance(value, str) else value
    return cls(**safe)
