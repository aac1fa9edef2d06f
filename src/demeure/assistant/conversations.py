"""Conversations at rest: one row per question and per answer; an answer's row holds what its reader has seen."""

import asyncio
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from demeure.assistant.errors import ConversationMoved, ConversationUnknown
from demeure.assistant.followup import Turn
from demeure.assistant.headline import headline
from demeure.assistant.recall import index
from demeure.assistant.withdrawn import Sight, Spaces, hidden, sight
from demeure.clock import Clock, iso
from demeure.library import cite
from demeure.policy import Actor, in_force
from demeure.store import Database, GroupWriter
from demeure.store.tables import conversations, documents, messages

TITLE_LENGTH = 80

_KEEP = "UPDATE messages SET text = ?, updated_at = ? WHERE id = ?"
"""Eight times a second for each answer being written: the driver's own way costs a third."""


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


@dataclass(frozen=True)
class Opening:
    """A question about to be written. ``spaces``: those chosen (empty: all one may read). ``journal``: index of
    its entry. ``again``: the last answer of the conversation, that this one tries again; ``after``: the last answer
    that its author has seen (None: they do not say). ``classes``: of the spaces that are asked. ``asked``: those,
    kept at once so that an answer that a crash cuts says where it was looked for."""

    chain: str
    question: str
    spaces: Sequence[str] = ()
    journal: int | None = None
    again: str = ""
    after: str | None = None
    classes: Sequence[str] = ()
    asked: Sequence[str] = ()


class Conversations:
    """Rows of ``house.db``. Methods return when the rows survive kill -9; many answers share one transaction."""

    def __init__(self, house: Database, clock: Clock) -> None:
        self._house, self._clock = house, clock
        self._writer = GroupWriter(house)

    async def begin(self, actor: str, conversation: str | None, opening: Opening) -> tuple[str, str]:
        """Write the question and open its answer. Returns (conversation id, answer id).

        Raises ConversationUnknown when ``conversation`` is not one of the actor's, ConversationMoved when its last
        answer is not the one that ``opening`` speaks of; nothing is written then.
        """
        return await self._writer.write(lambda db: self._begin(db, actor, conversation, opening))

    def _begin(self, db: sa.Connection, actor: str, conversation: str | None, opening: Opening) -> tuple[str, str]:
        now = iso(self._clock.now())
        if conversation is None:
            conversation = uuid4().hex
            row = {"id": conversation, "person": actor, "spaces": list(opening.spaces)}
            row["title"] = titled(opening.question)
            db.execute(conversations.insert(), row | {"created_at": now, "updated_at": now})
        else:
            mine = sa.update(conversations).where(conversations.c.id == conversation)
            values = {"updated_at": now, "spaces": list(opening.spaces)}
            if db.execute(mine.where(conversations.c.person == actor).values(values)).rowcount != 1:
                raise ConversationUnknown()
            _check_last(db, conversation, opening)
        touch(db, conversation, opening.classes)
        both = {"conversation": conversation, "chain": opening.chain, "created_at": now, "updated_at": now}
        asked = both | {"role": "user", "text": opening.question, "state": "closed"}
        index(db, _made(db.execute(messages.insert(), asked)), actor, opening.question)
        answer: dict[str, Any] = both | {
            "role": "assistant",
            "text": "",
            "state": "open",
            "journal": opening.journal,
        }
        answer["again"] = int(opening.again) if opening.again else None
        if opening.asked:
            answer["details"] = {"spaces": list(opening.asked)}
        return conversation, str(_made(db.execute(messages.insert(), answer)))

    async def keep(self, message: str, text: str, sources: Sequence[Mapping[str, Any]] = ()) -> None:
        """What the reader is about to have seen. ``sources``: before the first words, so that a crash never leaves
        words without where they came from."""
        now, first = iso(self._clock.now()), _plain(sources) if sources else None
        await self._writer.write(lambda db: self._keep(db, int(message), text, now, first))

    @staticmethod
    def _keep(db: sa.Connection, message: int, text: str, now: str, sources: Any) -> None:
        db.exec_driver_sql(_KEEP, (text, now, message))
        if sources is not None:
            db.execute(messages.update().where(messages.c.id == message).values(sources=sources))
            _touch_documents(db, message, {str(source.get("document_id", "")) for source in sources})

    async def end(
        self,
        message: str,
        text: str,
        outcome: str,
        sources: Sequence[Mapping[str, Any]] | None,
        details: Mapping[str, Any] | None = None,
        cited: Sequence[str] = (),
    ) -> None:
        """The answer is over: ``done`` closes it, anything else marks it interrupted. ``sources``: None leaves
        those already kept. ``details``: JSON-able facts about how it was made. ``cited``: ids of documents, of
        which the day is kept and nothing else. Nothing when its conversation was deleted meanwhile."""
        state = "closed" if outcome == "done" else "interrupted"
        values: dict[str, Any] = {"text": text, "state": state}
        if sources is not None:
            values["sources"] = _plain(sources)
        if details is not None:
            values["details"] = dict(details)
        values["updated_at"] = iso(self._clock.now())
        await self._writer.write(lambda db: self._end(db, int(message), values, cited))

    @staticmethod
    def _end(db: sa.Connection, message: int, values: Mapping[str, Any], cited: Sequence[str]) -> None:
        if cited:
            cite(db, cited, values["updated_at"][:10])
        if db.execute(messages.update().where(messages.c.id == message).values(values)).rowcount:
            owner = sa.select(conversations.c.person).join(messages).where(messages.c.id == message)
            index(db, message, str(db.execute(owner).scalar_one()), str(values["text"]))

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

    async def about(self, actor: str, conversation: str) -> dict[str, Any]:
        """Title, spaces, updated_at and sensitivity (the highest class it touched) of one of the actor's
        conversations. Raises ConversationUnknown."""
        c = conversations.c
        query = sa.select(c.title, c.spaces, c.updated_at, c.sensitivity).where(
            c.id == conversation, c.person == actor
        )
        found = await asyncio.to_thread(self._rows, query)
        if not found:
            raise ConversationUnknown()
        return found[0]

    async def messages(self, actor: str, conversation: str) -> list[dict[str, Any]]:
        """All messages of one of the actor's conversations, in order. Raises ConversationUnknown."""
        await self.about(actor, conversation)
        c = messages.c
        query = sa.select(c.id, c.chain, c.role, c.text, c.state, c.sources, c.created_at, c.updated_at)
        query = query.add_columns(c.journal, c.details, c.again)
        return await asyncio.to_thread(self._rows, query.where(c.conversation == conversation).order_by(c.id))

    async def sight(self, rights: Spaces, actor: Actor) -> Sight:
        """What the actor may read now, of what conversations quote."""
        return await asyncio.to_thread(sight, self._house, rights, actor)

    async def turns(self, actor: str, conversation: str, seen: Sight, limit: int = 3) -> list[Turn]:
        """The last turns of one of the actor's conversations, oldest first; a former try is not one of them. An
        answer that came from what is not ``seen`` is empty. Raises ConversationUnknown."""
        await self.about(actor, conversation)
        c = messages.c
        sources = sa.select(c.id, c.sources, c.details).where(
            c.conversation == conversation, c.sources.is_not(None)
        )
        away = hidden(await asyncio.to_thread(self._rows, sources.order_by(c.id)), seen)
        query = sa.select(c.id, c.role, c.text, c.state, c.again, c.details).where(c.conversation == conversation)
        rows = await asyncio.to_thread(self._rows, query.order_by(c.id.desc()).limit(8 * limit))
        return _turns(rows[::-1], away)[-limit:]

    async def touching(self, conversation: str, spaces: Iterable[str], read: Iterable[str]) -> str:
        """The highest class that the conversation touches, once these documents of these spaces are read for it:
        the one it has, and what its spaces and its documents are now, since any may have risen meanwhile."""
        return await asyncio.to_thread(self._touching, conversation, set(spaces), set(read))

    def _touching(self, conversation: str, spaces: set[str], read: set[str]) -> str:
        of_it = messages.c.conversation == conversation
        for row in self._rows(sa.select(messages.c.sources, messages.c.details).where(of_it)):
            spaces |= set((row["details"] or {}).get("spaces", ()))
            read |= {str(source.get("document_id", "")) for source in row["sources"] or ()}
        kept = sa.select(conversations.c.sensitivity).where(conversations.c.id == conversation)
        own = sa.select(documents.c.sensitivity).where(documents.c.id.in_(sorted(read)))
        found = [row["sensitivity"] or "" for row in (*self._rows(kept), *self._rows(own))]
        force = in_force()
        return force.policy.highest(*found, *(force.class_of(space) for space in spaces)).id

    def _rows(self, query: sa.Select[Any]) -> list[dict[str, Any]]:
        with self._house.read() as db:
            return [dict(row._mapping) for row in db.execute(query)]


def touch(db: sa.Connection, conversation: str, classes: Sequence[str]) -> None:
    """A conversation takes the highest class that it touches, and keeps it."""
    c = conversations.c
    before = db.execute(sa.select(c.sensitivity).where(c.id == conversation)).scalar() or ""
    highest = in_force().policy.highest(before, *classes).id if before or any(classes) else ""
    if highest != before:
        db.execute(conversations.update().where(c.id == conversation).values(sensitivity=highest))


def _touch_documents(db: sa.Connection, message: int, ids: set[str]) -> None:
    c = documents.c
    own = db.scalars(sa.select(c.sensitivity).where(c.id.in_(sorted(ids)), c.sensitivity.is_not(None))).all()
    if own:
        where = sa.select(messages.c.conversation).where(messages.c.id == message)
        touch(db, str(db.execute(where).scalar_one()), [str(one) for one in own])


def titled(question: str) -> str:
    """A conversation's first name: its question, on one line; a long one ends between two words, and keeps what
    makes it a question."""
    line = headline(question) or " ".join(question.split())
    if len(line) <= TITLE_LENGTH:
        return line
    end = "…\u202f?" if line.endswith("?") else "…"
    cut = line[: TITLE_LENGTH - len(end)]
    words = cut.rsplit(" ", 1)[0] if line[len(cut)] != " " else cut
    return (words if 2 * len(words) > len(cut) else cut).rstrip(" ,;:.!?-–—'’") + end


def _plain(sources: Sequence[Mapping[str, Any]]) -> Any:
    return json.loads(json.dumps(list(sources), default=str))


def _made(result: sa.CursorResult[Any]) -> int:
    return int((result.inserted_primary_key or (0,))[0])


def _check_last(db: sa.Connection, conversation: str, opening: Opening) -> None:
    """Two windows may hold a conversation: one that has not seen the last answer does not go on from another."""
    c = messages.c
    query = sa.select(sa.func.max(c.id)).where(c.conversation == conversation, c.role == "assistant")
    last = str(db.execute(query).scalar() or "")
    seen = opening.after if opening.after is not None else last
    if seen != last or (opening.again and opening.again != last):
        raise ConversationMoved()


def _turns(rows: Sequence[Mapping[str, Any]], away: set[int]) -> list[Turn]:
    found: dict[str, Turn] = {}
    question = ""
    for row in rows:
        if row["role"] == "user":
            question = row["text"]
            continue
        former = found.pop(str(row["again"]), None)
        tries = (former.tries if former else 0) + (row["state"] == "closed")
        searched = str((row["details"] or {}).get("searched", ""))
        text = "" if row["id"] in away else row["text"]
        found[str(row["id"])] = Turn(str(row["id"]), question, text, tries, searched)
    return list(found.values())
