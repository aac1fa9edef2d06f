"""The asker's side: sends a file to the workshop, takes the answer for hostile, gives parts and a summary.

A job has a stranger's file in its hands and may have been taken over by it: every frame is checked (shape, lengths,
characters, counts, order) before anything is passed on; the first wrong one ends the reading with JobLied.
"""

import asyncio
import contextlib
import socket
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import asdict
from typing import Any, Protocol

from demeure.errors import DemeureError, InputError, known_errors
from demeure.wire.frame import BODY_LIMIT, PREFIX, Frame, FrameInvalid, decode, encode, lengths
from demeure.workshop import company
from demeure.workshop.answers import AnswerInvalid, checked_part, checked_summary, harmless
from demeure.workshop.company import Companion, Reading, checked_reading
from demeure.workshop.errors import DocumentUnreadable, JobDied, JobFailed, JobLied, JobTooLong
from demeure.workshop.parts import Language, Part, ReadLimits, ReadSummary

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

    async def read_together(self, files: Sequence[Companion], *, marked: bool = True) -> list[Reading | None]:
        """Small plain texts of one space, at most company.FILES and company.TOGETHER_BYTES of them, read by one
        job: what each says, in order; None for those to be read alone, whatever the reason. ``marked``: personal
        data are looked for. Raises a JobFailed: nothing is known of any of them then."""
        ...

    def recognise(
        self,
        stream: Bytes,
        *,
        name: str,
        pages: Sequence[int],
        languages: Sequence[Language],
        format: str = "",  # noqa: A002 - the contract's word
        limits: ReadLimits = ...,
    ) -> AsyncIterator[Part | ReadSummary]:
        """One part for each page of ``pages`` taken as a picture, in that order, then a ReadSummary. Its place says
        ``confidence`` (0 to 100) and ``turn`` when the page was lying (degrees clockwise that set it upright; boxes
        and size are those of the upright page); kind ``image``, without text, where nothing was recognised. The job
        stops by itself after a few seconds of work, the pages that it did not reach being left for another call: at
        least one is done. Each part may be kept as it comes. Raises as ``read``, and LanguageDataAltered."""
        ...


class HandedWorkshop:
    """The workshop at the other end of a socket. ``connect`` gives a fresh connected stream socket (one job each);
    what it raises is passed on."""

    def __init__(self, connect: Connect) -> None:
        self._connect = connect

    def read(
        self,
        stream: Bytes,
        *,
        name: str,
        format: str = "",  # noqa: A002 - the contract's word
        limits: ReadLimits = _USUAL,
    ) -> AsyncIterator[Part | ReadSummary]:
        args = {"format": format, "name": harmless(name, 1024), "limits": asdict(limits)}
        return self._called("read", args, stream, limits)

    async def read_together(self, files: Sequence[Companion], *, marked: bool = True) -> list[Reading | None]:
        announced = [[harmless(one.name, 1024), one.format, len(one.data)] for one in files]
        args: dict[str, Any] = {"files": announced, "limits": asdict(company.LIMITS), "marked": marked}
        found: list[Reading | None] = []
        stream = whole(b"".join(one.data for one in files))
        frames = calling(await self._connect(), "company", args, stream, company.LIMITS.seconds, 0)
        async with contextlib.aclosing(frames):
            async for frame in frames:
                try:
                    if frame.kind == "item" and len(found) < len(files):
                        found.append(checked_reading(frame.fields.get("data"), len(found), company.LIMITS))
                        continue
                except AnswerInvalid as problem:
                    raise JobLied(detail=str(problem)) from problem
                if frame.kind == "end" and len(found) == len(files):
                    return found
                raise JobLied(detail=frame.kind)
        raise JobLied(detail="end")

    async def recognise(
        self,
        stream: Bytes,
        *,
        name: str,
        pages: Sequence[int],
        languages: Sequence[Language],
        format: str = "",  # noqa: A002 - the contract's word
        limits: ReadLimits = _USUAL,
    ) -> AsyncIterator[Part | ReadSummary]:
        args: dict[str, Any] = {"format": format, "name": harmless(name, 1024), "limits": asdict(limits)}
        args |= {"pages": list(pages), "languages": [[known.code, known.sha256] for known in languages]}
        left = list(pages)
        async with contextlib.aclosing(self._called("ocr", args, stream, limits)) as answers:
            async for answer in answers:
                if isinstance(answer, Part) and (not left or answer.place.get("page") != left.pop(0)):
                    raise JobLied(detail="page")
                yield answer

    async def _called(
        self, op: str, args: dict[str, Any], stream: Bytes, limits: ReadLimits
    ) -> AsyncGenerator[Part | ReadSummary]:
        sock = await self._connect()
        with sock:
            sock.setblocking(False)
            sender = asyncio.create_task(send_call(sock, op, args, stream))
            try:
                async for answer in _answers(sock, sender, limits):
                    yield answer
            finally:
                sender.cancel()
                with contextlib.suppress(asyncio.CancelledError, Exception):
                    await sender


class _Broken(Exception):
    """The job stopped listening; its answer, already received, says why."""


async def whole(data: bytes) -> Bytes:
    """What is already here, as a stream; ``send_call`` cuts it."""
    yield data


async def send_call(sock: socket.socket, op: str, args: dict[str, Any], stream: Bytes) -> None:
    """The call and the file. Plain sockets and not asyncio's streams, which throw away an answer already received
    when a write fails: a job may refuse before the file has been sent."""
    await _put(sock, Frame(_CALL, "call", {"op": op, "args": args, "more": True}))
    async for piece in stream:
        for start in range(0, len(piece), BODY_LIMIT):
            await _put(sock, Frame(_CALL, "part", {"more": True}, piece[start : start + BODY_LIMIT]))
    await _put(sock, Frame(_CALL, "part", {"more": False}))


async def _put(sock: socket.socket, frame: Frame) -> None:
    try:
        await asyncio.get_running_loop().sock_sendall(sock, encode(frame))
    except OSError as problem:
        raise _Broken from problem


async def _answers(
    sock: socket.socket, sender: asyncio.Task[None], limits: ReadLimits
) -> AsyncIterator[Part | ReadSummary]:
    characters = items = 0
    while True:
        frame = await next_frame(sock, sender, limits.seconds)
        if frame.kind == "error":
            raise problem_of(frame)
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
                summary = checked_summary(data, limits, characters, items)
                yield summary
                return
        except AnswerInvalid as problem:
            raise JobLied(detail=str(problem)) from problem
        raise JobLied(detail=frame.kind)


async def next_frame(sock: socket.socket, sender: asyncio.Task[None], seconds: float, *, body: int = 0) -> Frame:
    """The next frame of the answer, its body of at most ``body`` bytes. The clock only runs once the file is sent.
    Raises a JobFailed, or what the caller's own stream raised."""
    receiving = asyncio.ensure_future(_receive(sock, body))
    try:
        await asyncio.wait({receiving, sender}, return_when=asyncio.FIRST_COMPLETED)
        _raise_stream_problem(sender)
        frame = await _named(receiving, seconds)
    finally:
        receiving.cancel()
        await asyncio.wait({receiving})  # the loop must forget the socket before it is closed
    if frame.id != _CALL:
        raise JobLied(detail="frame")
    return frame


async def _named(receiving: asyncio.Future[Frame], seconds: float) -> Frame:
    """The frame, or the named error of a job that hangs, dies or talks nonsense."""
    try:
        async with asyncio.timeout(seconds + _GRACE):
            return await receiving
    except TimeoutError as problem:
        raise JobTooLong(seconds=round(seconds)) from problem
    except (EOFError, ConnectionError) as problem:
        raise JobDied(detail="connexion") from problem
    except FrameInvalid as problem:
        raise JobLied(detail="frame") from problem


async def _receive(sock: socket.socket, most: int) -> Frame:
    header, body = lengths(await _exactly(sock, PREFIX.size))
    if body > most:
        raise FrameInvalid(detail="body")
    return decode(await _exactly(sock, header), await _exactly(sock, body))


async def _exactly(sock: socket.socket, count: int) -> bytes:
    loop = asyncio.get_running_loop()
    data = bytearray()
    while len(data) < count:
        piece = await loop.sock_recv(sock, min(count - len(data), _PIECE))
        if not piece:
            raise EOFError
        data += piece
    return bytes(data)


def _raise_stream_problem(sender: asyncio.Task[None]) -> None:
    """What the caller's own stream raised is the caller's."""
    problem = sender.exception() if sender.done() and not sender.cancelled() else None
    if problem is not None and not isinstance(problem, _Broken):
        raise problem


def problem_of(frame: Frame) -> DemeureError:
    """The named error of the job: only the workshop's own, its parameters made harmless."""
    code, params = frame.fields.get("code"), frame.fields.get("params")
    cls = known_errors().get(code) if isinstance(code, str) else None
    if cls is None or not issubclass(cls, DocumentUnreadable | JobFailed | InputError):
        return JobLied(detail="error")
    safe: dict[str, object] = {}
    for key, value in list(params.items())[:8] if isinstance(params, dict) else ():
        if (
            key.isidentifier()
            and key != "self"
            and isinstance(value, str | int | float)
            and not isinstance(value, bool)
        ):
            safe[key[:32]] = harmless(value, 200) if isinstance(value, str) else value
    return cls(**safe)


async def calling(
    sock: socket.socket, op: str, args: dict[str, Any], stream: Bytes, seconds: float, most: int
) -> AsyncGenerator[Frame]:
    """The frames of an answer as they come, unchecked but for their bodies' size (``most`` bytes), the end
    included. Closes ``sock``. Raises what the job failed with."""
    with sock:
        sock.setblocking(False)
        sender = asyncio.create_task(send_call(sock, op, args, stream))
        try:
            for _ in range(_ITEMS):
                frame = await next_frame(sock, sender, seconds, body=most)
                if frame.kind == "error":
                    raise problem_of(frame)
                yield frame
                if frame.kind == "end":
                    return
            raise JobLied(detail="items")
        finally:
            sender.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await sender


async def made_of(
    sock: socket.socket, op: str, args: dict[str, Any], stream: Bytes, *, seconds: float, most: int
) -> tuple[bytes, Any]:
    """The one file that a job answers, and what it says of it at its end; neither was checked but for their size.
    Closes ``sock``. Raises what the job failed with, and JobLied."""
    with sock:
        sock.setblocking(False)
        sender = asyncio.create_task(send_call(sock, op, args, stream))
        try:
            made = bytearray()
            while True:
                frame = await next_frame(sock, sender, seconds, body=BODY_LIMIT)
                if frame.kind == "error":
                    raise problem_of(frame)
                made += frame.body
                if frame.kind not in ("item", "end") or len(made) > most:
                    raise JobLied(detail=frame.kind)
                if frame.kind == "end":
                    return bytes(made), frame.fields.get("data")
                if not frame.body:
                    raise JobLied(detail="body")
        finally:
            sender.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await sender
