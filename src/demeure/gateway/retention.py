"""What its class keeps no longer is erased, by the house itself: documents from their arrival, conversations and
works from their last word. Each erasure is decided and journalled like one that somebody asks for; what a legal
hold keeps, and in public archives what has no visa, stays.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import islice
from typing import Protocol

import sqlalchemy as sa

from demeure.assistant import History
from demeure.assistant.tasks import Expiring
from demeure.clock import Clock, iso
from demeure.errors import DemeureError
from demeure.journal import JournalUnavailable
from demeure.library import Library, document_of, past_keeping
from demeure.logs import note
from demeure.policy import THE_HOUSE, Action, Denied, Force, in_force, judged
from demeure.store import Database
from demeure.store.tables import conversations, documents, messages
from demeure.store.work_tables import drafts, works

HOUR = 3600.0
AT_ONCE = 500
"""Erasures of one pass: the others wait for the next one."""


class Pass(Protocol):
    """What the house does of its own accord, by the policy in force."""

    async def keep(self) -> None:
        """For ever."""
        ...


class Finishing(Pass, Protocol):
    async def recover(self) -> int:
        """What a crash left open of it; the number of closings."""
        ...


class Keeping:
    """All of them."""

    def __init__(self, retention: Pass, *finishing: Finishing) -> None:
        self._retention, self._finishing = retention, finishing

    async def keep(self) -> None:
        """Side by side, for ever."""
        await asyncio.gather(self._retention.keep(), *(one.keep() for one in self._finishing))

    async def recover(self) -> int:
        """Before anything new begins."""
        return sum([await one.recover() for one in self._finishing])


class PastKeeping:
    """Rows that are past their keeping under a policy, in force or to come. Everything blocks."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    def counts(self, force: Force) -> tuple[int, int, int]:
        """How many documents, conversations and works the house would erase under ``force``: what is held, or has
        no visa in public archives, is not among them."""
        action = Action.DOCUMENT_DELETE
        past = (force.bound(action, past_keeping(document_of(row))) for row in self.documents(force))
        gone = sum(judged(THE_HOUSE, action, one).allowed for one in past)
        return gone, sum(1 for _ in self.conversations(force)), sum(1 for _ in self.works(force))

    def documents(self, force: Force) -> list[sa.Row[tuple[object, ...]]]:
        """What is held among them is refused one by one, and keeps no other waiting."""
        if (oldest := self._since([one.keep.documents for one in force.policy.classes])) is None:
            return []
        query = sa.select(documents).where(documents.c.deleting.is_(False), documents.c.added_at < oldest)
        with self._database.read() as db:
            rows = db.execute(query.order_by(documents.c.added_at)).all()
        return [row for row in rows if self._past_document(force, row)]

    def _past_document(self, force: Force, row: sa.Row[tuple[object, ...]]) -> bool:
        """A day on its own card that has not come keeps it, whatever its class says."""
        told = row._mapping
        if (told["keep_until"] or "") >= iso(self._clock.now())[:10]:
            return False
        kept = force.policy.sensitivity(force.class_of(told["space"], told["sensitivity"] or ""))
        return self._past(told["added_at"], kept.keep.documents)

    def conversations(self, force: Force) -> Iterator[sa.Row[tuple[object, ...]]]:
        """Oldest first, none that a hold keeps."""
        past = (row for row in self._old(force, conversations) if self._past_word(force, row, row.spaces))
        return (row for row in past if not self._held(force, row.id))

    def works(self, force: Force) -> Iterator[sa.Row[tuple[object, ...]]]:
        """As conversations; none that is being written."""
        busy = sa.select(drafts.c.work).where(drafts.c.state.in_(("asked", "drafting")))
        for row in self._old(force, works, works.c.id.not_in(busy)):
            if self._past_word(force, row, [*row.spaces, *filter(None, [row.shared])]):
                yield row

    def _old(
        self, force: Force, table: sa.Table, *those: sa.ColumnElement[bool]
    ) -> Sequence[sa.Row[tuple[object, ...]]]:
        """Rows whose last word is past the shortest keeping, oldest first."""
        if (oldest := self._since([one.keep.conversations for one in force.policy.classes])) is None:
            return ()
        query = sa.select(table).where(table.c.updated_at < oldest, *those)
        with self._database.read() as db:
            return db.execute(query.order_by(table.c.updated_at)).all()

    def _held(self, force: Force, conversation: str) -> bool:
        """Was a space that is held ever asked in it, whatever it chose since?"""
        if not force.held:
            return False
        query = sa.select(messages.c.details).where(messages.c.conversation == conversation)
        with self._database.read() as db:
            return any(force.held & set((told or {}).get("spaces", ())) for told in db.scalars(query))

    def _past_word(self, force: Force, row: sa.Row[tuple[object, ...]], spaces: Iterable[str]) -> bool:
        """What was asked of every space one reads may come from a space that is held: it stays too."""
        told, chosen = row._mapping, set(spaces)
        if force.held & chosen or (force.held and not chosen):
            return False
        touched = [told["sensitivity"] or "", *(force.class_of(space) for space in chosen)]
        return self._past(told["updated_at"], force.policy.highest(*touched).keep.conversations)

    def _since(self, days: list[int | None]) -> str | None:
        """Nothing younger than this moment is past any class; None when no class has a limit."""
        limits = [one for one in days if one is not None]
        return iso(self._clock.now() - timedelta(days=min(limits))) if limits else None

    def _past(self, moment: str, days: int | None) -> bool:
        return days is not None and moment < iso(self._clock.now() - timedelta(days=days))


class Retention:
    """Composed by the gateway. ``rests``: seconds for which nothing is destroyed yet, blocking; ``sleep``: between
    two passes."""

    def __init__(
        self,
        database: Database,
        library: Library,
        history: History,
        works: Expiring,
        clock: Clock,
        rests: Callable[[], float] = lambda: 0.0,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._rests = rests
        self._past, self._library, self._history = PastKeeping(database, clock), library, history
        self._works, self._sleep = works, sleep

    async def keep(self) -> None:
        """A pass an hour, for ever."""
        while True:
            try:
                if not await asyncio.to_thread(self._rests):
                    await self.once()
            except DemeureError as problem:  # the journal or a database does not answer: the next pass tries again
                note("gateway", f"retention waits: {problem.code()}")
            await self._sleep(HOUR)

    async def once(self) -> int:
        """Erase what is past its keeping; how many. A space that cannot be written waits, others do not. Raises the
        journal's errors, and those of the house's own database."""
        gone, damaged = 0, set[str]()
        for row in await asyncio.to_thread(lambda: self._past.documents(in_force())):
            if gone >= AT_ONCE:
                break
            if row.space in damaged:
                continue
            try:
                await self._library.expire(document_of(row))
                gone += 1
            except Denied:
                continue
            except JournalUnavailable:
                raise
            except DemeureError as problem:
                damaged.add(row.space)
                note("gateway", f"retention waits in the space {row.space}: {problem.code()}")
        for row in await asyncio.to_thread(lambda: list(islice(self._past.conversations(in_force()), AT_ONCE))):
            await self._history.expire(row.person, row.id)
            gone += 1
        for row in await asyncio.to_thread(lambda: list(islice(self._past.works(in_force()), AT_ONCE))):
            await self._works.expire(row.id)
            gone += 1
        return gone
