"""The time of a declared clock (NTP, RFC 5905), asked through the process that holds its socket. What leaves is 48
bytes: a version, a mode and a random number in place of our own time, which is nobody's business.

Nothing authenticates an answer but that number: who is on the way can give another time. It is told, and nothing is
set by it.
"""

import asyncio
import errno
import os
import socket
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from demeure.airlock.asking import Questions
from demeure.airlock.clock import ASKED, PATIENCE, TOLD
from demeure.airlock.connecting import unreachable
from demeure.airlock.errors import RouteFailed
from demeure.airlock.opening import Place, clocks_of
from demeure.airlock.route import Route

_FIRST = 0x23
"""Leap 0, version 4, mode 3 (client)."""
_SERVER, _BROADCAST = 4, 5
_UNSYNCHRONISED = 3
_FURTHEST = 15
_BEFORE_1970 = 2_208_988_800
_ERA = 1 << 32
_SHORT = struct.Struct("!BBbb11I")
_SILENCE = 2 * PATIENCE + 3.0
"""Who asked before may have left: their answer comes first."""
_STUCK = frozenset({errno.ENETUNREACH, errno.EINVAL, errno.EPIPE})
"""There was no network when the socket was connected, or its own address is no longer this machine's, or the clock
is gone: this socket will never answer."""


@dataclass(frozen=True)
class Moment:
    """``offset``: seconds that the clock is ahead of ours, right to within ``delay`` / 2; ``delay``: of the way
    there and back; ``stratum``: how far from a reference it stands (1: it has one); ``address``: which one
    answered."""

    offset: float
    delay: float
    stratum: int
    address: str

    def as_json(self) -> dict[str, Any]:
        """Plain data."""
        return dict(vars(self))


def query() -> bytes:
    """48 bytes that tell nothing."""
    return bytes([_FIRST]) + bytes(39) + os.urandom(8)


def read(route: Route, address: str, left: float, came: float, answer: bytes) -> Moment:
    """``left``, ``came``: by our clock. Raises RouteFailed: it is no answer of a clock that knows the time."""
    first, stratum, *_, received, received_part, sent, sent_part = _SHORT.unpack(answer)
    if first & 7 not in (_SERVER, _BROADCAST) or (first >> 3) & 7 not in (3, 4):
        raise _wrong(route, "ce n’est pas une réponse NTP", "not an NTP answer")
    if stratum == 0:
        told = answer[12:16].decode("ascii", "replace")
        told = "".join(one for one in told if one.isalnum())
        raise _wrong(route, f"elle refuse de répondre ({told})", f"it declines to answer ({told})")
    if first >> 6 == _UNSYNCHRONISED or stratum > _FURTHEST or not received or not sent:
        raise _wrong(route, "cette horloge n’est pas à l’heure", "that clock does not know the time")
    there, back = _seconds(received, received_part, left), _seconds(sent, sent_part, left)
    delay = (came - left) - (back - there)
    if back < there or delay < -0.001 or came < left:
        raise _wrong(route, "ses heures se contredisent", "its times contradict each other")
    return Moment(((there - left) + (back - came)) / 2, max(delay, 0.0), stratum, address)


def _seconds(whole: int, part: int, near: float) -> float:
    """Since 1970, in the era of 136 years nearest to ``near``."""
    found = whole - _BEFORE_1970 + part / _ERA
    return found + _ERA * round((near - found) / _ERA)


class Clocks:
    """The airlock's side. ``channel``: to the process that holds the sockets, None when no clock is declared.
    ``stuck``: called when none of a clock's sockets can answer any more: others have to be connected."""

    def __init__(
        self, channel: socket.socket | None, places: Sequence[Place], stuck: Callable[[], None] = lambda: None
    ) -> None:
        self._asking = None if channel is None else Questions(channel)
        self._numbers, self._stuck = {place: number for number, place in enumerate(places)}, stuck

    async def ask(self, route: Route, asking: bytes, counted: list[int]) -> Moment:
        """Of the first of its addresses that answers. Raises RouteUnreachable, RouteFailed."""
        problem, told = errno.ENETUNREACH, set[int]()
        for place in clocks_of(route):
            if self._asking is None or place not in self._numbers:
                continue  # declared after this process was born: another one has it
            code, left, came, answer = await _asked(self._asking, self._numbers[place], asking)
            if not code:
                counted.append(len(answer))
                return read(route, place[1], left, came, answer)
            problem = code
            told.add(code)
        if told and told <= _STUCK:
            self._stuck()
        if told - _STUCK:  # what was asked may have left: a datagram knows no connection
            named = errno.errorcode.get(problem, str(problem))
            raise _wrong(route, f"l’horloge ne répond pas ({named})", f"the clock does not answer ({named})")
        raise unreachable(route, OSError(problem, ""))


async def _asked(clock: Questions, number: int, asking: bytes) -> tuple[int, float, float, bytes]:
    """(errno or 0, when it left, when it came, the answer)."""
    try:
        async with asyncio.timeout(_SILENCE):
            told, _ = await clock.ask(ASKED.pack(number, asking), TOLD.size + 1)
    except TimeoutError:
        return errno.ETIMEDOUT, 0.0, 0.0, b""
    except OSError:
        told = b""
    if len(told) != TOLD.size:
        return errno.EPIPE, 0.0, 0.0, b""
    code, left, came, answer = TOLD.unpack(told)
    return code, left, came, answer


def _wrong(route: Route, fr: str, en: str) -> RouteFailed:
    return RouteFailed(route=route.id, detail=fr, detail_en=en)
