"""A small NTP server on this machine's loopback, that answers what a test wants."""

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

BEFORE_1970 = 2_208_988_800
Answer = Callable[[bytes], list[bytes]]
"""A query → the datagrams that come back."""


def moment(seconds: float) -> bytes:
    """A timestamp of NTP."""
    return struct.pack("!II", (int(seconds) + BEFORE_1970) % (1 << 32), int(seconds % 1 * (1 << 32)))


def told(asking: bytes, ahead: float = 0.0, *, first: int = 0x24, stratum: int = 2, mirror: bytes = b"") -> bytes:
    now = time.time() + ahead
    head = struct.pack("!BBbbII4s", first, stratum, 6, -20, 0, 0, b"TEST")
    return head + moment(now) + (mirror or asking[40:48]) + moment(now) + moment(now)


@dataclass
class Clock:
    """``heard``: every datagram that came."""

    port: int
    heard: list[bytes] = field(default_factory=list)


@contextmanager
def clock(answer: Answer) -> Iterator[Clock]:
    """A clock in a thread."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.bind(("127.0.0.1", 0))
        found = Clock(made.getsockname()[1])

        def serve() -> None:
            while True:
                data, who = made.recvfrom(512)
                if data == b"end":
                    return
                found.heard.append(data)
                for piece in answer(data):
                    made.sendto(piece, who)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield found
        finally:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
                other.sendto(b"end", ("127.0.0.1", found.port))
            thread.join(5)
