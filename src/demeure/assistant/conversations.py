"""Conversations at rest: one row per question and per answer; an answer's row holds what its reader has seen."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from demeure.assistant.errors import ConversationUnknown
from demeure.clock import Clock, iso
from demeure.store import Database
from demeure.store.tables import conversations, messages

TITLE_LENGTH = 80


@dataclass(frozen=True)
class KeptAnswer:
    """An answer's row: its journal chain, its actor, what the reader had. ``state``: open (being written,
    or left so by a crash), closed, interrupted."""

    message: str
    conversation: str
    chain: str
    actor: str
    text: str
    state: str


class Conversations:
    """Rows of ``house.db``. Methods block in a thread and return when the rows survive kill -9."""

    def __init__(self, house: Database, clock: Clock) -> None:
        self._house, self._clock = house, clock

    async def begin(
        self, actor: str, conversation: str | None, chain: str, question: str, spaces: Sequence[str]
    ) -> tuple[str, str]:
        """Write the question and open its answer. Returns (conversation id, answer id).

        Raises ConversationUnknown when ``conversation`` is not one of the actor's.
        """
        return await asyncio.to_thread(self._begin, actor, conversation, chain, question, list(spaces))

    def _begin(
        self, actor: str, conversation: str | None, chain: str, question: str, spaces: list[str]
    ) -> tuple[str, str]:
        now = iso(self._clock.now())
        with self._house.relaxed() as db:
            if conversation is None:
                conversation = uuid4().hex
                db.execute(
                    conversations.insert().values(
                        id=conversation,
                        person=actor,
                        spaces=spaces,
                        title=question[:TITLE_LENGTH],
                        created_at=now,
                        updated_at=now,
                    )
                )
            else:
                mine = sa.update(conversations).where(conversations.c.id == conversation)
                done = db.execute(mine.where(conversations.c.person == actor).values(updated_at=now))
                if done.rowcount != 1:
                    raise ConversationUnknown()
            row = {"conversation": conversation, "chain": chain, "created_at": now, "updated_at": now}
            db.execute(messages.insert().values(row | {"role": "user", "text": question, "state": "closed"}))
            opened = db.execute(messages.insert().values(row | {"role": "assistant", "text": "", "state": "open"}))
            return conversation, str((opened.inserted_primary_key or (0,))[0])

    async def keep(self, message: str, text: str) -> None:
        """What the reader is about to have seen."""
        await asyncio.to_thread(self._update, message, {"text": text})

    async def end(self, message: str, text: str, outcome: str, sources: Sequence[Mapping[str, Any]]) -> None:
        """The answer is over: ``done`` closes it, anything else marks it interrupted."""
        state = "closed" if outcome == "done" else "interrupted"
        plain = json.loads(json.dumps(list(sources), default=str))
        await asyncio.to_thread(self._update, message, {"text": text, "state": state, "sources": plain})

    def _update(self, message: str, values: dict[str, Any]) -> None:
        values["updated_at"] = iso(self._clock.now())
        with self._house.relaxed() as db:
            db.execute(messages.update().where(messages.c.id == int(message)).values(values))

    async def left_open(self) -> list[KeptAnswer]:
        """Answers that a crash left open, oldest first."""
        return await asyncio.to_thread(self._answers, messages.c.state == "open")

    async def answer(self, chain: str) -> KeptAnswer | None:
        """The answer of that journal chain, whatever its state."""
        of_chain = sa.and_(messages.c.chain == chain, messages.c.role == "assistant")
        return next(iter(await asyncio.to_thread(self._answers, of_chain)), None)

    def _answers(self, wanted: sa.ColumnElement[bool]) -> list[KeptAnswer]:
        m = messages.c
        query = (
            sa.select(m.id, m.conversation, m.chain, conversations.c.person, m.text, m.state)
            .join(conversations, conversations.c.id == m.conversation)
            .where(wanted)
            .order_by(m.id)
        )
        with self._house.read() as db:
            return [KeptAnswer(str(r[0]), *r[1:]) for r in db.execute(query)]

    async def recent(self, actor: str, limit: int = 20) -> list[dict[str, Any]]:
        """The actor's latest conversations: id, title, updated_at."""
        c = conversations.c
        query = sa.select(c.id, c.title, c.updated_at).where(c.person == actor).order_by(c.updated_at.desc())
        return await asyncio.to_thread(self._rows, query.limit(limit))

    async def messages(self, actor: str, conversation: str) -> list[dict[str, Any]]:
        """All messages of one of the actor's conversations, in order. Raises ConversationUnknown."""
        owned = sa.select(conversations.c.id).where(
            conversations.c.id == conversation, conversations.c.person == actor
        )
        if not await asyncio.to_thread(self._rows, owned):
            raise ConversationUnknown()
        c = messages.c
        query = sa.select(c.id, c.chain, c.role, c.text, c.state, c.sources, c.created_at)
        return await asyncio.to_thread(self._rows, query.where(c.conversation == conversation).order_by(c.id))

    def _rows(self, query: sa.Select[Any]) -> list[dict[str, Any]]:
        with self._house.read() as db:
            return [dict(row._mapping) for row in db.execute(query)]
