"""Frames over one transport: cut out of the bytes as they come, sent together when several are ready at once.

A busy channel (fifty writers of the journal) then costs one system call a turn of the loop instead of one a frame.
"""

import asyncio
from collections.abc import Callable

from demeure.errors import DemeureError
from demeure.wire.frame import PREFIX, Frame, decode, encode, lengths

_TOGETHER = 64 << 10
"""Bytes that may wait for the end of this turn of the loop."""


class Line(asyncio.Protocol):
    """``heard``: called with each frame, in order; an exception of it that a frame can cause ends the line.
    ``over``: called once, when the line is."""

    def __init__(self, heard: Callable[[Frame], None], over: Callable[[], None]) -> None:
        self._heard, self._over = heard, over
        self._transport: asyncio.Transport | None = None
        self._received = bytearray()
        self._waiting: list[bytes] = []
        self._size = 0
        self._turn = False
        self._room: asyncio.Future[None] | None = None
        self.held = False
        """Is reading stopped?"""

    # --- asyncio's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        try:
            self._cut()
        except (DemeureError, LookupError, TypeError, ValueError):  # the peer speaks garbage
            self.close()

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._transport = None
        self.resume_writing()
        self._over()

    def pause_writing(self) -> None:
        if self._room is None:
            self._room = asyncio.get_running_loop().create_future()

    def resume_writing(self) -> None:
        room, self._room = self._room, None
        if room is not None and not room.done():
            room.set_result(None)

    # --- the channel's side

    @property
    def open(self) -> bool:
        """May something still be sent?"""
        return self._transport is not None and not self._transport.is_closing()

    async def ready(self) -> None:
        """Wait while the peer does not take what was sent."""
        while self._room is not None:
            await asyncio.shield(self._room)

    def send(self, frame: Frame) -> None:
        """At once when it is the first of this turn of the loop; those that follow leave together at its end.
        Raises FrameInvalid, and OSError when the line is over."""
        data = encode(frame)
        if self._transport is None or self._transport.is_closing():
            raise BrokenPipeError
        if not self._turn:
            self._turn = True
            asyncio.get_running_loop().call_soon(self._end_turn)
            self._transport.write(data)
            return
        self._waiting.append(data)
        self._size += len(data)
        if self._size > _TOGETHER:
            self._flush()

    def hold(self, *, back: bool) -> None:
        """Stop reading, or go on."""
        if back == self.held or not self.open:
            return
        self.held = back
        assert self._transport is not None
        if back:
            self._transport.pause_reading()
        else:
            self._transport.resume_reading()

    def close(self) -> None:
        """What was sent still leaves."""
        if self._transport is not None:
            self._flush()
            self._transport.close()

    def _end_turn(self) -> None:
        self._turn = False
        self._flush()

    def _flush(self) -> None:
        waiting, self._waiting, self._size = self._waiting, [], 0
        if waiting and self.open:
            assert self._transport is not None
            self._transport.write(waiting[0] if len(waiting) == 1 else b"".join(waiting))

    def _cut(self) -> None:
        at = 0
        with memoryview(self._received) as received:
            while len(received) - at >= PREFIX.size:
                header, body = lengths(received[at : at + PREFIX.size])
                start = at + PREFIX.size
                end = start + header + body
                if end > len(received):
                    break
                frame = decode(bytes(received[start : start + header]), bytes(received[start + header : end]))
                self._heard(frame)
                at = end
        if at:
            del self._received[:at]
