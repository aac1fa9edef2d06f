"""What libraries tried in a box and were refused, written in the journal: once a day for each process, library and
kind of attempt, so that a noisy one is seen and floods nothing.

What was wanted the first time (an address, a name) is sealed with the entry: it may have been made from contents.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from demeure.clock import Clock
from demeure.errors import DemeureError
from demeure.journal import Draft, Journal

NAME = "attempt-refused"
LOOK_SECONDS = 10.0
MOST_A_DAY = 200
"""Entries: names of libraries come from the boxes, which may invent them."""
_PAGES, _LINES = 20, 200


@dataclass(frozen=True)
class Attempt:
    """One row of status. ``role``: whose box."""

    role: str
    kind: str
    library: str
    first: str
    count: int

    @property
    def about(self) -> str:
        """What makes two rows the same, as the entry says it."""
        return f"role={self.role} library={self.library.replace(' ', '_') or '?'} what={self.kind}"


def attempts(status: dict[str, Any] | None) -> list[Attempt]:
    """Every row of every process, the most repeated first."""
    processes: Iterable[dict[str, Any]] = (status or {}).get("processes", [])
    rows = [Attempt(str(p["role"]), **row) for p in processes for row in p.get("refused") or ()]
    return sorted(rows, key=lambda row: -row.count)


class BoxRefusals:
    """One per life of the gateway."""

    def __init__(
        self, journal: Journal, clock: Clock, status: Callable[[], Awaitable[dict[str, Any] | None]]
    ) -> None:
        self._journal, self._clock, self._status = journal, clock, status
        self._day, self._written = "", set[str]()

    async def keep(self) -> None:
        """Look and write until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> None:
        """Write what is new today. What the journal cannot take is tried at the next look."""
        status = await self._status()
        rows = attempts(status)
        if not rows:
            return
        try:
            await self._today()
            for row in rows:
                if row.about not in self._written and len(self._written) < MOST_A_DAY:
                    await self._write(row, stopped=(status or {}).get("ladder") != "D")
                    self._written.add(row.about)
        except DemeureError:
            return

    async def _today(self) -> None:
        """A day begins: what an earlier life of this process wrote of it is read back."""
        day = f"{self._clock.now():%Y-%m-%d}"
        if day == self._day:
            return
        written, start = set[str](), None
        for _ in range(_PAGES):
            page = await self._journal.read(start=start, limit=_LINES, name=NAME, since=day)
            written |= {entry.object.rpartition(" ")[0] for entry in page.entries}
            start = page.next
            if start is None or not page.entries:
                break
        self._day, self._written = day, written

    async def _write(self, row: Attempt, *, stopped: bool) -> None:
        await self._journal.record(
            Draft(
                kind="filter",
                name=NAME,
                chain=uuid4().hex,
                actor="house",
                object=f"{row.about} count={row.count}",
                decision="refused by the box" if stopped else "seen, and not refused: no walls",
                payload=json.dumps({"first": row.first}).encode(),
            )
        )
