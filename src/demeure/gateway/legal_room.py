"""Readings on a legal ground: decided, written, done, in that order. Two persons, a motive, a scope, a time; what
was opened is in the journal, and whoever it was about sees it on their account once it is over."""

import asyncio
from collections.abc import Callable
from typing import TypeVar
from uuid import uuid4

from demeure.identity import LegalReadings, Membership, People, Person, Reading
from demeure.journal import Draft, Journal
from demeure.library import written
from demeure.policy import READING_OPEN, Action, Actor, Decision, Resource, Right, decide

T = TypeVar("T")

LEGAL_ACTS = ("legal-asked", "legal-granted", "legal-refused", "legal-ended", "legal-opened")
"""Intentions of this file: what a crash leaves open is closed as interrupted."""


class LegalRoom:
    """What pages and commands call; any task."""

    def __init__(self, readings: LegalReadings, people: People, membership: Membership, journal: Journal) -> None:
        self._readings, self._people = readings, people
        self._membership, self._journal = membership, journal

    async def readings(self, actor: Actor) -> list[Reading]:
        """Newest first."""
        _may(actor, Action.LEGAL_SEE).require()
        return await asyncio.to_thread(self._readings.all)

    async def scopes(self, actor: Actor) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
        """(id, name) of the persons, of the spaces, that a reading may be about; empty to who cannot ask."""
        if not _may(actor, Action.LEGAL_ASK).allowed:
            return [], []

        def read() -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
            known = (one for one in self._people.everyone() if one.id != actor.id)
            others = [(one.id, f"{one.name} ({one.login})") for one in known]
            return others, self._membership.all_spaces()

        return await asyncio.to_thread(read)

    async def ask(self, actor: Actor, kind: str, object_: str, ground: str, motive: str, hours: int) -> int:
        """Its number. Raises ReadingInvalid, Denied."""

        def work() -> int:
            return self._readings.ask(kind, object_, ground, motive, hours, actor.id)

        told = f"{kind[:8]} {object_[:64]} {hours} h"
        secret = f"{ground}\n{motive}".encode("utf-8", "replace")[:1000]
        return await self._act(actor, "legal-asked", _may(actor, Action.LEGAL_ASK), told, work, secret)

    async def decide(self, actor: Actor, number: int, *, grant: bool, why: str = "") -> None:
        """Raises ReadingUnknown, ReadingOwnWord, ReadingMoved, Denied."""
        name = "legal-granted" if grant else "legal-refused"

        def work() -> None:
            self._readings.decide(number, actor.id, grant=grant, why=why)

        await self._act(actor, name, _may(actor, Action.LEGAL_GRANT), str(number), work)

    async def end(self, actor: Actor, number: int) -> None:
        """Before its time, by anyone who sees it. Raises ReadingMoved, Denied."""
        await self._act(
            actor, "legal-ended", _may(actor, Action.LEGAL_SEE), str(number), lambda: self._readings.end(number)
        )

    async def reader(self, actor: Actor, number: int, what: str = "") -> tuple[Reading, Person]:
        """The reading and the person whose conversations it opens, once this look (at conversation ``what``, or at
        their list) is written. Raises ReadingUnknown, Denied."""
        found = await asyncio.to_thread(self._readings.one, number)
        marks = frozenset({READING_OPEN} if found.open and found.kind == "person" else ())
        asked = Resource("reading", str(number), owner=found.asked_by, marks=marks)
        decision = decide(actor, Action.LEGAL_READ, asked)

        def work() -> Person:
            if what:
                self._readings.count_one(number)
            return self._people.person(found.object)

        person = await self._act(actor, "legal-opened", decision, f"{number} {what[:64]}".strip(), work)
        return found, person

    async def about(self, actor: Actor) -> list[Reading]:
        """What was read of the actor's, or of a space they manage, and is over."""
        if actor.kind != "person":
            return []

        def read() -> list[Reading]:
            mine = frozenset(p.id for p in self._membership.spaces(actor) if p.right is Right.MANAGE)
            return self._readings.about(actor.id, mine)

        return await asyncio.to_thread(read)

    async def _act(
        self, actor: Actor, name: str, decision: Decision, told: str, work: Callable[[], T], payload: bytes = b""
    ) -> T:
        draft = Draft(
            kind="retrieval" if name == "legal-opened" else "administration",
            name=name,
            chain=uuid4().hex,
            actor=actor.id,
            object=told,
            decision=decision.rule,
            payload=payload,
        )
        async with written(self._journal, draft, decision):
            return await asyncio.to_thread(work)


def _may(actor: Actor, action: Action) -> Decision:
    return decide(actor, action, Resource("house"))
