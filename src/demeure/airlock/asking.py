"""Questions to a process beside the airlock, which answers them one by one, in their order, and numbers none."""

import asyncio
import os
import socket


class Questions:
    """``channel``: SOCK_SEQPACKET, to the door or to the clock. One question at a time. Who asked may leave before
    the answer (cancelled, out of time): it is then waited for and dropped before the next question is put, or that
    one would be given it."""

    def __init__(self, channel: socket.socket) -> None:
        channel.setblocking(False)
        self._channel, self._one, self._owed = channel, asyncio.Lock(), False

    async def ask(self, question: bytes, size: int) -> tuple[bytes, list[int]]:
        """The answer, ``size`` bytes at most, and the descriptors that came with it (one at most), which the caller
        closes. No byte: the process is gone. OSError: so it is."""
        async with self._one:
            if self._owed:
                _, handed = await self._answer(size)
                for descriptor in handed:
                    os.close(descriptor)
            self._channel.send(question)  # there is room: nothing else is under way
            self._owed = True
            return await self._answer(size)

    async def _answer(self, size: int) -> tuple[bytes, list[int]]:
        """No await between the reading and the note that it was read: cancelled before, both are to be done."""
        await _readable(self._channel)
        told, handed, _, _ = socket.recv_fds(self._channel, size, 1, socket.MSG_CMSG_CLOEXEC)
        self._owed = False
        return told, handed


async def _readable(sock: socket.socket) -> None:
    loop, done = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(sock, done.set)
    try:
        await done.wait()
    finally:
        loop.remove_reader(sock)
