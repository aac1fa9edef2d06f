"""An antivirus that recognises one sequence of bytes, and clamd's side of the wire around it."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path

from demeure.antivirus import AntivirusAbsent, Seen

EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
"""The text that every antivirus agrees to recognise; harmless."""
NAME = "Eicar-Test-Signature"


class FakeAntivirus:
    """``up``: it answers. ``seen``: sizes of what it was shown."""

    def __init__(self) -> None:
        self.up, self.seen = True, list[int]()

    async def look(self, stream: AsyncIterator[bytes]) -> Seen:
        if not self.up:
            raise AntivirusAbsent(detail="test")
        data = b"".join([piece async for piece in stream])
        self.seen.append(len(data))
        return Seen(NAME if EICAR in data else "", "Fake 1/2")

    async def answers(self) -> bool:
        return self.up


class FakeClamd:
    """Speaks clamd's protocol on a Unix socket. ``most``: bytes of its StreamMaxLength."""

    def __init__(self, most: int = 1 << 20) -> None:
        self.most, self.asked = most, list[bytes]()

    @contextlib.asynccontextmanager
    async def listening(self, path: Path) -> AsyncGenerator[None]:
        """At ``path`` for as long as the block lasts."""
        server = await asyncio.start_unix_server(self._serve, path)
        try:
            yield
        finally:
            await over(server)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            command = (await reader.readuntil(b"\0"))[:-1]
            self.asked.append(command)
            writer.write(await self._answer(command, reader))
            await writer.drain()
        writer.close()

    async def _answer(self, command: bytes, reader: asyncio.StreamReader) -> bytes:
        if command == b"zVERSION":
            return b"ClamAV 1.4.3/27800/Thu Nov 26 08:00:00 2026\0"
        data = bytearray()
        while size := struct.unpack("!I", await reader.readexactly(4))[0]:
            if len(data) + size > self.most:
                return b"INSTREAM size limit exceeded. ERROR\0"
            data += await reader.readexactly(size)
        return f"stream: {NAME} FOUND\0".encode() if EICAR in data else b"stream: OK\0"


async def over(server: asyncio.Server) -> None:
    """Closed, those who were being served gone too."""
    server.close()
    for _ in range(50):
        if len(asyncio.all_tasks()) == 1:
            return
        await asyncio.sleep(0.01)


def knocking(path: Path) -> socket.socket:
    """A fresh connection to the socket at ``path``. OSError."""
    door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        door.connect(str(path))
    except OSError:
        door.close()
        raise
    return door
