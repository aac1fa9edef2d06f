"""A stream of bytes to the end of a route (a directory server, a PostgreSQL): TLS begins and ends here, as their
own protocols want it; what passes is counted and its digest written, not examined.
"""

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable

from demeure.airlock.connecting import Dialler, Line, heard
from demeure.airlock.errors import RouteFailed
from demeure.airlock.route import DIRECTORY, POSTGRESQL, Route

PIECE = 64 << 10
LDAPS = 636
LINGER = 5.0
"""Seconds for its last words, once who asked has said everything."""
_SSL_REQUEST = bytes.fromhex("0000000804d2162f")
_START_TLS = bytes.fromhex("301d02010177188016") + b"1.3.6.1.4.1.1466.20037"
Counted = Callable[[int], Awaitable[None]]
"""Bytes that are about to leave; raises when they may not."""


async def opened(dialler: Dialler, route: Route) -> Line:
    """A line on which the protocol's own words may begin, under TLS unless the route says otherwise. Raises
    RouteUnreachable, RouteNotItself, RouteFailed."""
    later = route.tls and (route.kind == POSTGRESQL or (route.kind == DIRECTORY and route.port != LDAPS))
    line = await dialler.open(route, plain=later)
    if not later:
        return line
    try:
        async with asyncio.timeout(route.limits.silence):
            agreed = await (_postgresql(line) if route.kind == POSTGRESQL else _directory(line))
    except (TimeoutError, OSError, EOFError, ValueError) as problem:
        line.close()
        raise _no_tls(route) from problem
    if not agreed or await heard(line):
        line.close()
        raise _no_tls(route)
    await dialler.encrypt(route, line)
    return line


async def _postgresql(line: Line) -> bool:
    line.writer.write(_SSL_REQUEST)
    await line.writer.drain()
    return await line.reader.readexactly(1) == b"S"


async def _directory(line: Line) -> bool:
    """StartTLS (RFC 4511): one short answer, whose result code is 0."""
    line.writer.write(_START_TLS)
    await line.writer.drain()
    tag, length = await line.reader.readexactly(2)
    if tag != 0x30 or length & 0x80:  # a longer answer is no plain success
        return False
    told = await line.reader.readexactly(length)
    result = told.find(b"\x0a\x01")  # resultCode, ENUMERATED of one byte
    return told[:4] == b"\x02\x01\x01\x78" and 0 <= result < len(told) - 2 and told[result + 2] == 0


class Passing:
    """``out``, ``back``: bytes so far; ``digest``: SHA-256 of those that left, hexadecimal."""

    def __init__(self, line: Line, said: AsyncIterator[bytes], counted: Counted) -> None:
        self._line, self._said, self._counted = line, said, counted
        self._hashed, self.out, self.back = hashlib.sha256(), 0, 0

    @property
    def digest(self) -> str:
        return self._hashed.hexdigest()

    async def answers(self) -> AsyncGenerator[bytes]:
        """What comes back, until the other end closes, or LINGER after all was said. Raises what ``counted``
        raises, OSError."""
        saying = asyncio.ensure_future(self._say())
        hearing: asyncio.Future[bytes] | None = None
        try:
            while True:
                hearing = hearing or asyncio.ensure_future(self._line.reader.read(PIECE))
                if saying.done():
                    saying.result()
                    done, _ = await asyncio.wait((hearing,), timeout=LINGER)
                    if not done:
                        return
                else:
                    await asyncio.wait((hearing, saying), return_when=asyncio.FIRST_COMPLETED)
                    if not hearing.done():
                        continue
                piece, hearing = hearing.result(), None
                if not piece:
                    return
                self.back += len(piece)
                yield piece
        finally:
            for one in (saying, hearing):
                if one is not None and not one.done():
                    one.cancel()
                    with contextlib.suppress(asyncio.CancelledError, Exception):
                        await one

    async def _say(self) -> None:
        async for piece in self._said:
            await self._counted(len(piece))
            self._hashed.update(piece)
            self.out += len(piece)
            self._line.writer.write(piece)
            await self._line.writer.drain()


def _no_tls(route: Route) -> RouteFailed:
    fr, en = "il n’accepte pas TLS", "it does not accept TLS"
    return RouteFailed(route=route.id, detail=fr, detail_en=en)
