"""The clock of the airlock: one UDP socket for each address of a declared clock, connected before the box was
closed. It may read and write them and nothing else: no call by which a datagram could name another place is left to
it, so that the kernel holds it to the declared addresses and ports. It looks at nothing that passes."""

import contextlib
import errno
import os
import select
import socket
import struct
from collections.abc import Sequence

from demeure.clock import SystemClock
from demeure.supervisor.birth import Birth

QUERY = 48
ASKED = struct.Struct(f"!I{QUERY}s")
"""Number of the place, query."""
TOLD = struct.Struct(f"!idd{QUERY}s")
"""Errno or 0, our clock when it left and when the answer came (seconds since 1970), the answer."""
PATIENCE = 2.0
"""Seconds for an answer: beyond, its distance tells nothing of the time."""
OURS = SystemClock()
_MIRROR, _NONCE = slice(24, 32), slice(40, 48)
_LARGEST = 512


def opened(places: Sequence[tuple[int, str, int]]) -> list[int]:
    """A descriptor for each place, connected; -1 where this machine has no way to it."""
    found = []
    for family, address, port in places:
        made = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK, socket.IPPROTO_UDP)
        try:
            made.connect((address, port))
        except OSError:
            made.close()
            found.append(-1)
        else:
            found.append(made.detach())
    return found


def main(birth: Birth) -> None:
    """Until the airlock leaves. ``spec["sockets"]``: of ``opened``."""
    sockets: list[int] = birth.spec["sockets"]
    with contextlib.suppress(OSError):
        while asked := os.read(birth.channel, ASKED.size + 1):
            number, query = ASKED.unpack(asked) if len(asked) == ASKED.size else (len(sockets), b"")
            if number >= len(sockets):
                os.write(birth.channel, TOLD.pack(errno.EACCES, 0.0, 0.0, b""))
            elif sockets[number] < 0:
                os.write(birth.channel, TOLD.pack(errno.ENETUNREACH, 0.0, 0.0, b""))
            else:
                os.write(birth.channel, _exchanged(sockets[number], query))


def _exchanged(descriptor: int, query: bytes) -> bytes:
    """One query, and the answer that mirrors it. write(2): a connected socket sends to its peer alone."""
    try:
        _forget(descriptor)
        left = OURS.now().timestamp()
        os.write(descriptor, query)
        deadline = OURS.monotonic() + PATIENCE
        waiting = select.poll()
        waiting.register(descriptor, select.POLLIN)
        while (patience := deadline - OURS.monotonic()) > 0:
            if not waiting.poll(patience * 1000):
                break
            answer, came = os.read(descriptor, _LARGEST), OURS.now().timestamp()
            if len(answer) >= QUERY and answer[_MIRROR] == query[_NONCE]:
                return TOLD.pack(0, left, came, answer[:QUERY])
        return TOLD.pack(errno.ETIMEDOUT, 0.0, 0.0, b"")
    except OSError as problem:
        return TOLD.pack(problem.errno or errno.EIO, 0.0, 0.0, b"")


def _forget(descriptor: int) -> None:
    """What came late for former queries, an error of the network included."""
    while True:
        try:
            os.read(descriptor, _LARGEST)
        except BlockingIOError:
            return
        except ConnectionError:
            continue
