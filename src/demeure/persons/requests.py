"""Requests of people about their data: opened, extended, refused, searched for, decided, closed. Each step is
written before it is made, under the number of the request; who it is about never stands in clear in the journal.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any
from uuid import uuid4

from demeure.errors import InputError
from demeure.journal import Draft, Journal
from demeure.library.written import Work, written
from demeure.personal.clues import clues
from demeure.persons import deadlines
from demeure.persons.acts import CLOSED, DECIDED, EXTENDED, OPENED, REFUSED
from demeure.persons.errors import (
    ExtensionRefused,
    NotSearched,
    PlacesUnknown,
    ReasonMissing,
    RequestOver,
    StillToDecide,
)
from demeure.persons.files import GROUNDS, NOTE, Asked, Files, Found
from demeure.persons.finding import PersonFinder
from demeure.persons.places import Report
from demeure.policy import Action, Actor, Decision, Resource, decide
from demeure.store.person_tables import REQUEST_KINDS

CHOICES = ("erase", "tell", "keep")


class Requests:
    """Composed by the gateway; any number of callers."""

    def __init__(self, files: Files, finder: PersonFinder, journal: Journal) -> None:
        self.files, self._finder, self._journal = files, finder, journal

    # -- looking --------------------------------------------------------------------------------------------------

    async def requests(self, actor: Actor) -> list[Asked]:
        """Raises Denied."""
        decide(actor, Action.PERSON_ANSWER, Resource("person")).require()
        return await asyncio.to_thread(self.files.requests)

    async def request(self, actor: Actor, number: int) -> tuple[Asked, list[Found]]:
        """Raises Denied, RequestUnknown."""
        decide(actor, Action.PERSON_ANSWER, Resource("person")).require()
        one = await asyncio.to_thread(self.files.request, number)
        return one, await asyncio.to_thread(self.files.findings, number)

    # -- its life -------------------------------------------------------------------------------------------------

    async def open(
        self,
        actor: Actor,
        kind: str,
        said: Sequence[str],
        note: str,
        received_on: str = "",
        *,
        practice: bool = False,
    ) -> Asked:
        """``practice``: an exercise, that erases nothing and counts nowhere. Raises Denied, InputError,
        ClueUnusable, DayInvalid, ReasonMissing (how it came, and how they proved who they are)."""
        if kind not in REQUEST_KINDS:
            raise InputError(detail="kind")
        wanted = clues(said)
        if not note.strip():
            raise ReasonMissing()
        day = deadlines.received(received_on, self.files.today())
        decision = decide(actor, Action.PERSON_ANSWER, Resource("person"))
        payload = {"who": [one.said for one in wanted], "note": note[:NOTE]}
        about, days = f"kind={kind}{' practice' if practice else ''}", (day, deadlines.due(day))
        async with self._step(actor, decision, OPENED, "", about, payload) as work:
            made = await asyncio.to_thread(
                lambda: self.files.open(kind, payload["who"], note[:NOTE], days, actor.id, practice=practice)
            )
            work.object = f"{about} request={made.number}"
        return made

    async def extend(self, actor: Actor, number: int, why: str) -> Asked:
        """Two more months, once, before the first is over. Raises ReasonMissing, ExtensionRefused, RequestOver."""
        one = await self._open(actor, number)
        if not why.strip():
            raise ReasonMissing()
        if one.extended or deadlines.left(one.due_on, self.files.today()) < 0:
            raise ExtensionRefused()
        day = deadlines.received(one.received_on, self.files.today())
        due = deadlines.due(day, extended=True).isoformat()
        told = {"why": why[:NOTE], "on": self.files.today().isoformat()}
        async with self._acting(actor, EXTENDED, one, {"why": why[:NOTE]}):
            await asyncio.to_thread(self.files.set, number, due_on=due, extended=told)
        return await asyncio.to_thread(self.files.request, number)

    async def refuse(self, actor: Actor, number: int, ground: str, why: str) -> Asked:
        """Nothing is given nor erased; the reason is told to the person. Raises ReasonMissing, RequestOver."""
        one = await self._open(actor, number)
        if ground not in GROUNDS:
            raise InputError(detail="ground")
        if not why.strip():
            raise ReasonMissing()
        ended = {"ground": ground, "why": why[:NOTE], "at": self.files.now()}
        async with self._acting(actor, REFUSED, one, {"why": why[:NOTE]}, f" ground={ground}"):
            await asyncio.to_thread(self.files.set, number, state="refused", ended=ended)
        return await asyncio.to_thread(self.files.request, number)

    async def search(self, actor: Actor, number: int) -> Report:
        """Everything looked through; what was decided of what is found again stays. Raises RequestOver."""
        one = await self._open(actor, number)
        about = f"request={number}"
        report = await self._finder.written(actor, clues(one.said), one.chain, about, {"request": number})
        await asyncio.to_thread(self.files.keep, number, report)
        return report

    async def choose(self, actor: Actor, number: int, choices: Mapping[int, str]) -> None:
        """What is to become of findings, by id. Raises RequestOver, InputError; PlacesUnknown: nothing
        is decided."""
        one = await self._open(actor, number)
        if any(choice not in CHOICES for choice in choices.values()):
            raise InputError(detail="choice")
        known = {f.id for f in await asyncio.to_thread(self.files.findings, number)}
        if unknown := sorted(set(choices) - known):
            raise PlacesUnknown(number=number, places=", ".join(map(str, unknown[:20])))
        payload = {"choices": {str(finding): choice for finding, choice in choices.items()}}
        async with self._acting(actor, DECIDED, one, payload):
            await asyncio.to_thread(self.files.choose, number, choices)

    async def close(self, actor: Actor, number: int) -> Asked:
        """An access or a portability was answered, an exercise is over: who it was about leaves the house. Raises
        RequestOver, NotSearched, StillToDecide (an erasure with something left)."""
        one = await self._open(actor, number)
        if not one.searched_at:
            raise NotSearched()
        waits = [f for f in await asyncio.to_thread(self.files.findings, number) if f.state in ("found", "told")]
        if one.kind == "erasure" and waits and not one.practice:
            raise StillToDecide(count=len(waits))
        ended = {"ground": "", "why": "", "at": self.files.now()}
        async with self._acting(actor, CLOSED, one, {}) as work:
            ended["entries"] = [work.intention.index]  # type: ignore[assignment] # JSON
            await asyncio.to_thread(self.files.end, number, ended)
        return await asyncio.to_thread(self.files.request, number)

    # -- parts ----------------------------------------------------------------------------------------------------

    async def _open(self, actor: Actor, number: int) -> Asked:
        one, _ = await self.request(actor, number)
        if one.over:
            raise RequestOver(number=number)
        return one

    def _acting(
        self, actor: Actor, name: str, one: Asked, payload: Mapping[str, Any], more: str = ""
    ) -> AbstractAsyncContextManager[Work]:
        decision = decide(actor, Action.PERSON_ANSWER, Resource("person"))
        return self._step(actor, decision, name, one.chain, f"request={one.number}{more}", payload)

    def _step(
        self, actor: Actor, decision: Decision, name: str, chain: str, about: str, payload: Mapping[str, Any]
    ) -> AbstractAsyncContextManager[Work]:
        draft = draft_of(actor, decision, name, chain, about, payload)
        return written(self._journal, draft, decision)


def draft_of(
    actor: Actor, decision: Decision, name: str, chain: str, about: str, payload: Mapping[str, Any] | None = None
) -> Draft:
    """An entry about a request. ``about``: in clear, without the person."""
    return Draft(
        kind="administration",
        name=name,
        chain=chain or uuid4().hex,
        actor=actor.id,
        object=about,
        decision=decision.rule,
        payload=json.dumps(payload, ensure_ascii=False).encode() if payload else b"",
    )
