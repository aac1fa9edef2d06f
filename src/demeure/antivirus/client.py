"""clamd over a handed socket: INSTREAM in, one short line out. The line is a stranger's: checked, cut, harmless.

One connection a question. Nothing is parsed here: the bytes go by as they came.
"""

import asyncio
import contextlib
import re
import socket
import struct
import unicodedata
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from demeure.antivirus.errors import AntivirusAbsent, AntivirusDeclined
from demeure.errors import DemeureError

Connect = Callable[[], Awaitable[socket.socket]]

_PIECE = 1 << 18
_LENGTH = struct.Struct("!I")
_LONGEST = 4096
"""Bytes of an answer."""
SECONDS = 180.0
"""For the antivirus to take a piece, or to answer once it has all of them."""
_VERDICT = re.compile(r"(?:stream|instream\(local\)): (?:(OK)|(.{1,200}) FOUND|(.{0,200}) ERROR)", re.DOTALL)
_REFUSED = re.compile(r"(.{0,200}?)\.? ?ERROR", re.DOTALL)


@dataclass(frozen=True)
class Seen:
    """``name``: what was recognised, empty when nothing was. ``by``: the antivirus and its signatures, in its
    words."""

    name: str = ""
    by: str = ""


class Antivirus(Protocol):
    """Looks at files. Concurrent calls are independent."""

    async def look(self, stream: AsyncIterator[bytes]) -> Seen:
        """Raises AntivirusAbsent (it does not answer: asking again may help), AntivirusDeclined (it answered that
        it would not look: too large, a fault of its own), and what ``stream`` raises."""
        ...

    async def answers(self) -> bool:
        """Does it answer just now?"""
        ...


class Clamd:
    """``connect`` gives a fresh connected stream socket; a DemeureError of its own is an absence."""

    def __init__(self, connect: Connect, seconds: float = SECONDS) -> None:
        self._connect, self._seconds = connect, seconds

    async def look(self, stream: AsyncIterator[bytes]) -> Seen:
        sock = await self._connected()
        with sock:
            with contextlib.suppress(OSError):  # it may have answered already, and closed: its answer says why
                await self._put(sock, b"zINSTREAM\0")
                async for piece in stream:
                    for start in range(0, len(piece), _PIECE):
                        part = piece[start : start + _PIECE]
                        await self._put(sock, _LENGTH.pack(len(part)) + part)
                await self._put(sock, _LENGTH.pack(0))
            said = await self._line(sock)
        name = _verdict(said)
        try:
            return Seen(name, await self._version())
        except AntivirusAbsent:  # gone just after its verdict, which holds
            return Seen(name)

    async def answers(self) -> bool:
        try:
            return bool(await self._version())
        except AntivirusAbsent:
            return False

    async def _version(self) -> str:
        with await self._connected() as sock:
            try:
                await self._put(sock, b"zVERSION\0")
            except OSError as problem:
                raise AntivirusAbsent(detail=problem.strerror or "socket") from problem
            return await self._line(sock)

    async def _connected(self) -> socket.socket:
        try:
            sock = await self._connect()
        except DemeureError as problem:
            raise AntivirusAbsent(detail=problem.code()) from problem
        sock.setblocking(False)
        return sock

    async def _put(self, sock: socket.socket, data: bytes) -> None:
        """Raises OSError when it closed, AntivirusAbsent when it takes nothing."""
        try:
            async with asyncio.timeout(self._seconds):
                await asyncio.get_running_loop().sock_sendall(sock, data)
        except TimeoutError as problem:
            raise AntivirusAbsent(detail=f"{self._seconds:.0f} s") from problem

    async def _line(self, sock: socket.socket) -> str:
        """Up to the first NUL, or the end. Raises AntivirusAbsent on silence."""
        data = bytearray()
        try:
            async with asyncio.timeout(self._seconds):
                while b"\0" not in data and len(data) < _LONGEST:
                    piece = await asyncio.get_running_loop().sock_recv(sock, _LONGEST - len(data))
                    if not piece:
                        break
                    data += piece
        except TimeoutError as problem:
            raise AntivirusAbsent(detail=f"{self._seconds:.0f} s") from problem
        except OSError as problem:
            raise AntivirusAbsent(detail=problem.strerror or "socket") from problem
        line = _harmless(bytes(data).partition(b"\0")[0].decode("utf-8", "replace"))
        if not line:
            raise AntivirusAbsent(detail="EOF")
        return line


def _verdict(line: str) -> str:
    """The name of what was found; empty when nothing was. Raises AntivirusDeclined."""
    found = _VERDICT.fullmatch(line)
    if found is None:
        refused = _REFUSED.fullmatch(line)
        raise AntivirusDeclined(detail=refused[1].strip() if refused else "?")
    if found[3] is not None:
        raise AntivirusDeclined(detail=found[3].strip() or "?")
    return "" if found[1] else str(found[2])


def _harmless(text: str) -> str:
    """One line that shows, of at most 240 characters."""
    shown = "".join(c if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn") else " " for c in text)
    return " ".join(shown.split())[:240]
