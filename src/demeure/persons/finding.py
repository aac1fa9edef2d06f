"""Finding a person: asked with a motive, written before anything is looked at, then everything looked through.

What the journal keeps of a search: who searched, why and whom, sealed; counts in clear.
"""

import asyncio
import json
import threading
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from demeure.clock import Clock
from demeure.errors import DemeureError
from demeure.journal import Draft, EntryPruned, Journal, OpenIntention
from demeure.library import Rooms, Shelf
from demeure.personal.clues import Clue, clues
from demeure.personal.seeking import Seeker, seeker
from demeure.persons.acts import ACTS, SEARCHED
from demeure.persons.errors import MotiveMissing
from demeure.persons.looking import Looking, flat
from demeure.persons.places import Finding, Report, Unsearched
from demeure.policy import Action, Actor, Resource, decide
from demeure.store import KeyDestroyed, KeyMissing

_PAGE = 500
_LEAST_WHY, _LONGEST_WHY = 3, 500


class PersonFinder:
    """Any number of callers. ``seconds``: how long the journal is looked through; the rest is told as not
    searched."""

    def __init__(
        self,
        *,
        rooms: Rooms,
        shelf: Shelf,
        journal: Journal,
        clock: Clock,
        seconds: float = 60.0,
    ) -> None:
        self._rooms, self._shelf, self._journal, self._clock = rooms, shelf, journal, clock
        self._seconds = seconds

    async def find(self, actor: Actor, said: Sequence[str], why: str) -> Report:
        """Where the person appears. Raises ClueUnusable, MotiveMissing, Denied and the journal's errors."""
        wanted, motive = clues(said), motive_of(why)
        payload = {"who": [one.said for one in wanted], "why": motive}
        return await self.written(actor, wanted, uuid4().hex, "", payload)

    async def written(
        self, actor: Actor, wanted: tuple[Clue, ...], chain: str, about: str, payload: Mapping[str, Any]
    ) -> Report:
        """As ``find``, within a piece of work. ``about``: in clear; ``payload``: sealed."""
        decision = decide(actor, Action.PERSON_FIND, Resource("person"))
        name = SEARCHED if decision.allowed else f"{SEARCHED}-refused"
        draft = Draft(
            kind="retrieval" if decision.allowed else "filter",
            name=name,
            chain=chain,
            actor=actor.id,
            object=about,
            decision=decision.rule,
            payload=json.dumps(payload, ensure_ascii=False).encode(),
        )
        if not decision.allowed:
            await self._journal.record(draft)
            decision.require()
        opened = await self._journal.intention(draft)
        return await self._closed(opened, seeker(wanted), about)

    async def _closed(self, opened: OpenIntention, wanted: Seeker, about: str) -> Report:
        outcome, told = "failed", about
        stop = threading.Event()
        try:
            report = await self._everywhere(wanted, stop)
            outcome, told = "done", " ".join(filter(None, (about, f"count={len(report.findings)}")))
        except asyncio.CancelledError:
            outcome = "interrupted"
            raise
        finally:
            stop.set()  # the thread ends at its next object
            closing = asyncio.create_task(self._journal.close(opened, outcome, object=told))
            await asyncio.shield(closing)
        return report

    async def _everywhere(self, wanted: Seeker, stop: threading.Event) -> Report:
        looking = Looking(self._shelf.house, self._rooms, self._shelf, wanted, stop.is_set)
        report = await asyncio.to_thread(looking.everywhere)
        await self._journalled(looking, report)
        return report

    async def _journalled(self, looking: Looking, report: Report) -> None:
        """What the journal sealed, one finding an author. Searches for people are passed over: they name them."""
        until = self._clock.monotonic() + self._seconds
        found: dict[tuple[str, str], Finding] = {}
        erased = 0
        start: int | None = None
        while True:
            page = await self._journal.read(start=start, limit=_PAGE)
            for entry in page.entries:
                name = entry.name.removesuffix("-closed").removesuffix("-refused")
                if not entry.commitment or name in ACTS:
                    continue
                try:
                    clear = await self._journal.payload(entry.index)
                except (KeyDestroyed, KeyMissing, EntryPruned):
                    erased += 1
                    continue
                except DemeureError as problem:
                    report.unsearched.append(Unsearched("journal", str(entry.index), "", problem.code()))
                    continue
                key = (entry.actor, entry.space or "")
                one = found.get(key) or Finding("journal", entry.actor, entry.space or "", entry.actor)
                place = {"kind": "entry", "index": entry.index}
                found[key] = await asyncio.to_thread(looking.look, one, iter([(flat(clear), place)]))
            start = page.next
            if start is None:
                break
            if self._clock.monotonic() > until:
                report.unsearched.append(Unsearched("journal", str(start), "", "late", start + 1))
                break
        for one in found.values():
            report.add(one)
        if erased:
            report.unsearched.append(Unsearched("journal", "", "", "erased", erased))


def motive_of(why: str) -> str:
    """On one line. Raises MotiveMissing."""
    line = " ".join(why.split())
    if len(line) < _LEAST_WHY:
        raise MotiveMissing()
    return line[:_LONGEST_WHY]
