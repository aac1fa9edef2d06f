"""Erasing what was decided, one place after the other, each written first. Killed anywhere, what is left says so:
run it again and it goes on.

A document is deleted with the rights of who erases, or its space is told; contents that the journal sealed for the
person's own account go with their key. What others said stays sealed under theirs until the journal is pruned.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import sqlalchemy as sa

from demeure.assistant import History
from demeure.assistant.errors import ConversationUnknown
from demeure.assistant.tasks import Works
from demeure.assistant.tasks.errors import WorkUnknown
from demeure.errors import InputError
from demeure.identity import People
from demeure.journal import Journal
from demeure.library import DocumentUnknown, Library, Shelf
from demeure.personal.clues import clues
from demeure.personal.seeking import LIKELY, seeker
from demeure.persons.acts import ERASURE, STEP
from demeure.persons.errors import (
    ErasureNotAsked,
    KeptWithoutGround,
    NotSearched,
    PracticeErasesNothing,
    RequestOver,
    StillToDecide,
)
from demeure.persons.files import GROUNDS, NOTE, Asked, Files, Found
from demeure.persons.holds import held
from demeure.persons.pseudonymising import Pseudonymising
from demeure.persons.requests import draft_of
from demeure.policy import Action, Actor, Denied, Resource, decide
from demeure.store import DatabaseBusy
from demeure.store.tables import conversations
from demeure.store.work_tables import work_files, works

NOT_YOURS, OTHERS = "not-yours", "others"
"""Why something stays: who erases manages no such space; it is sealed for somebody else."""


class Payloads(Protocol):
    """What the journal sealed for one person (gateway.JournalRoom)."""

    async def erase(self, actor: Actor, person: str) -> dict[str, Any]: ...


class Erasing:
    """Composed by the gateway. ``payloads``: destroys the key of a person, written by itself."""

    def __init__(
        self,
        *,
        files: Files,
        journal: Journal,
        library: Library,
        shelf: Shelf,
        history: History,
        works: Works,
        people: People,
        payloads: Payloads,
        names: Pseudonymising,
    ) -> None:
        self._files, self._journal, self._library, self._shelf = files, journal, library, shelf
        self._history, self._works, self._people, self._payloads = history, works, people, payloads
        self._names = names

    async def erase(self, actor: Actor, number: int, ground: str = "", why: str = "") -> Asked:
        """Carry out what was decided; the request is done when nothing is left of it. ``ground`` (GROUNDS) and
        ``why``: asked for where everything is kept, which ends as a refusal. Raises Denied, RequestOver,
        ErasureNotAsked, PracticeErasesNothing, NotSearched, StillToDecide, KeptWithoutGround, InputError, and what
        stops a step: what is left stays to be done."""
        one, found = await self._decided(number)
        decision = decide(actor, Action.PERSON_ERASE, Resource("person"))
        refusal = _refusal(ground, why) if found and all(step.kept for step in found) else None
        about = f"request={number}" + (f" ground={ground}" if refusal else "")
        payload = {"why": refusal["why"]} if refusal else None
        opened = await self._journal.intention(draft_of(actor, decision, ERASURE, one.chain, about, payload))
        outcome = "failed" if decision.allowed else "refused"
        counts: Counter[str] = Counter()
        try:
            decision.require()
            await asyncio.to_thread(self._files.set, number, state="erasing")
            mine = _own_accounts(found)
            for step in found:
                if step.state in ("found", "held"):
                    await self._step(actor, one, step, mine)
            outcome = "done"
        except asyncio.CancelledError:
            outcome = "interrupted"
            raise
        finally:
            left = await asyncio.to_thread(self._files.findings, number)
            counts.update(step.state for step in left)
            told = " ".join([f"request={number}", *(f"{name}={count}" for name, count in sorted(counts.items()))])
            closed = await asyncio.shield(asyncio.create_task(self._journal.close(opened, outcome, object=told)))
        if refusal:
            ended = {**refusal, "at": self._files.now(), "counts": dict(counts)}
            await asyncio.to_thread(self._files.set, number, state="refused", ended=ended)
            return await asyncio.to_thread(self._files.request, number)
        return await self._ended(number, counts, [opened.index, closed.index])

    async def _decided(self, number: int) -> tuple[Asked, list[Found]]:
        one = await asyncio.to_thread(self._files.request, number)
        if one.over:
            raise RequestOver(number=number)
        if one.kind != "erasure":
            raise ErasureNotAsked()
        if one.practice:
            raise PracticeErasesNothing(number=number)
        if not one.searched_at:
            raise NotSearched()
        found = await asyncio.to_thread(self._files.findings, number)
        if waits := sum(not step.choice for step in found if step.state == "found"):
            raise StillToDecide(count=waits)
        return one, found

    async def _ended(self, number: int, counts: Counter[str], entries: list[int]) -> Asked:
        """Done once nothing waits: who it was about leaves the house. Otherwise open again."""
        if counts["found"] or counts["told"] or counts["held"]:
            await asyncio.to_thread(self._files.set, number, state="open")
        else:
            ended = {"ground": "", "why": "", "at": self._files.now(), "entries": entries, "counts": dict(counts)}
            await asyncio.to_thread(self._files.end, number, ended)
        return await asyncio.to_thread(self._files.request, number)

    # -- one place ------------------------------------------------------------------------------------------------

    async def _step(self, actor: Actor, one: Asked, step: Found, mine: frozenset[str]) -> None:
        if step.choice != "erase":
            await self._done(step, "told" if step.choice == "tell" else "kept")
            return
        kind = step.finding.kind
        if kind == "document":
            await self._document(actor, step)
        elif kind == "glossary":
            await self._done(step, "told")
        elif kind == "journal":
            await self._sealed(actor, step, mine)
        else:
            await self._written(actor, one, step)

    async def _document(self, actor: Actor, step: Found) -> None:
        row = await asyncio.to_thread(self._shelf.document, step.finding.object)
        if row is None:
            await self._done(step, "done")
            return
        if why := held(row, self._files.today()):
            await self._done(step, "held", why)
            return
        try:
            await self._library.delete(actor, row.id)
        except (Denied, DocumentUnknown):
            if await asyncio.to_thread(self._shelf.document, row.id) is not None:
                await self._done(step, "told", NOT_YOURS)
                return
        await self._done(step, "done")

    async def _sealed(self, actor: Actor, step: Found, mine: frozenset[str]) -> None:
        if step.finding.holder not in mine:
            await self._done(step, "kept", OTHERS)
            return
        await self._payloads.erase(actor, step.finding.holder)
        await self._done(step, "done")

    async def _written(self, actor: Actor, one: Asked, step: Found) -> None:
        """What has no journal of its own is written here, then done."""
        kind, which, holder = step.finding.kind, step.finding.object, step.finding.holder
        acts: dict[str, Callable[[], None]] = {
            "conversation": lambda: self._conversation(holder, which),
            "work": lambda: self._work(holder, which),
            "file": lambda: self._file(which),
            "own": lambda: self._all_of(holder),
            "account": lambda: self._people.anonymise(which),
            "pseudonyms": lambda: self._names.forget(step.finding.space, which, wanted(one)),
        }
        decision = decide(actor, Action.PERSON_ERASE, Resource("person"))
        named = kind == "pseudonyms"  # by people: who it is about may be in its name
        about = f"request={one.number} kind={kind}" + ("" if named else f" id={which}")
        draft = draft_of(actor, decision, STEP, one.chain, about, {"id": which} if named else None)
        opened = await self._journal.intention(draft)
        outcome = "failed"
        try:
            await asyncio.to_thread(acts[kind])
            outcome = "done"
        finally:
            await self._closed(self._journal.close(opened, outcome))
        if kind == "account":  # all that the journal sealed for it, whether or not it names them
            await self._payloads.erase(actor, which)
        await self._done(step, "done")

    @staticmethod
    async def _closed(closing: Awaitable[Any]) -> None:
        await asyncio.shield(asyncio.ensure_future(closing))

    async def _done(self, step: Found, state: str, reason: str = "") -> None:
        await asyncio.to_thread(self._files.done, step.id, state, reason)

    # -- rows (blocking) ------------------------------------------------------------------------------------------

    def _conversation(self, holder: str, which: str) -> None:
        try:
            self._history.erase(holder, which)
        except ConversationUnknown:
            return  # gone already

    def _work(self, holder: str, which: str) -> None:
        try:
            self._works.erase(holder, which)
        except WorkUnknown:
            return

    def _file(self, which: str) -> None:
        with self._shelf.house.write() as db:
            db.execute(work_files.delete().where(work_files.c.id == which))
        self._settled()

    def _all_of(self, person: str) -> None:
        """Conversations, works and files that this account wrote or dropped."""
        with self._shelf.house.read() as db:
            said = list(db.execute(sa.select(conversations.c.id).where(conversations.c.person == person)).scalars())
            made = list(db.execute(sa.select(works.c.id).where(works.c.person == person)).scalars())
        for one in said:
            self._conversation(person, one)
        for one in made:
            self._work(person, one)
        with self._shelf.house.write() as db:
            db.execute(work_files.delete().where(work_files.c.person == person))
        self._settled()

    def _settled(self) -> None:
        try:
            self._shelf.house.settle()
        except DatabaseBusy:  # a reader holds the log: the next checkpoint folds it
            return


def wanted(one: Asked) -> Callable[[str], bool]:
    """Does a form speak of whom the request is about, and not only of somebody of that name?"""
    looking = seeker(clues(one.said))
    return lambda form: any(seen.sure >= LIKELY for seen in looking.find(form))


def _refusal(ground: str, why: str) -> dict[str, str]:
    """Nothing of what was asked is erased: article 12.4. Raises KeptWithoutGround, InputError."""
    if not ground or not why.strip():
        raise KeptWithoutGround()
    if ground not in GROUNDS:
        raise InputError(detail="ground")
    return {"ground": ground, "why": why[:NOTE]}


def _own_accounts(found: list[Found]) -> frozenset[str]:
    """The accounts of the person, as it was decided of them: what the journal sealed for these is theirs."""
    kinds = ("account", "own")
    return frozenset(f.finding.holder for f in found if f.finding.kind in kinds and f.choice == "erase")
