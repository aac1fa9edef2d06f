"""A socket that nobody declared is written in the journal within half a minute, and again once it is gone.

What passes between two looks (an airlock that ends with its last route, a socket that lives a few seconds) is not
written: two looks in a row must see it, or no longer see it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from uuid import uuid4

from demeure.errors import DemeureError
from demeure.gateway.flows import Flow
from demeure.journal import Draft, Journal
from demeure.logs import note

UNDECLARED, GONE = "flow-undeclared", "flow-gone"
LOOK_SECONDS = 10.0
MOST = 50
"""Sockets that are written at each look: the alarm of the supervision counts all of them."""
Look = Callable[[], Awaitable[list[Flow] | None]]


class FlowWatch:
    """``look``: the flows that are alarms; None when nobody knows."""

    def __init__(self, journal: Journal, look: Look) -> None:
        self._journal, self._look = journal, look
        self._written, self._before = set[str](), set[str]()

    async def keep(self, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        """For ever."""
        while True:
            try:
                await self.once()
            except DemeureError as problem:  # the journal does not answer: the next look writes it
                note("gateway", f"undeclared sockets: {problem.code()}")
            except OSError as problem:  # the folder of routes does not, at this moment
                note("gateway", f"undeclared sockets: {problem.strerror}")
            await sleep(LOOK_SECONDS)

    async def once(self) -> None:
        """One look. Raises the journal's errors: what it did not take is written by the next one."""
        seen = await self._look()
        if seen is None:
            return
        now, before = {_told(flow) for flow in seen}, self._before
        self._before = now
        for one in _first((now & before) - self._written):
            await self._write(UNDECLARED, one)
            self._written.add(one)
        for one in _first(self._written - now - before):
            await self._write(GONE, one)
            self._written.discard(one)

    async def _write(self, name: str, about: str) -> None:
        draft = Draft("administration", name, phase="fact", chain=uuid4().hex, actor="house", object=about)
        await self._journal.record(draft)


def _first(found: Iterable[str]) -> list[str]:
    return sorted(found)[:MOST]


def _told(flow: Flow) -> str:
    """Which process holds what, and who is at the other end."""
    return f"role={flow.source} socket={flow.detail or flow.target}"[:300]
