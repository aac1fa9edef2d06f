"""One person's conversations as a list: the latest, those that hold some words, renaming, deleting.

Promise: a deleted conversation leaves nothing in the house's database, its words in the search index included; what
the journal sealed stays sealed. Renaming and deleting are written in the journal before they happen.
"""

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from demeure.assistant.conversations import TITLE_LENGTH
from demeure.assistant.errors import ConversationUnknown, TitleEmpty
from demeure.assistant.recall import excerpt, held, index, match, terms
from demeure.assistant.withdrawn import Sight, Spaces, hidden, sight
from demeure.errors import DemeureError
from demeure.journal import Draft, Journal
from demeure.policy import PAST_KEEPING, THE_HOUSE, Action, Actor, Resource, decide
from demeure.store import Database, DatabaseBusy
from demeure.store.tables import conversations, messages

RENAMED, DELETED = "conversation-renamed", "conversation-deleted"
REVIEWED = "answer-reviewed"


@dataclass(frozen=True)
class Found:
    """A conversation of a list. ``excerpt``: (before, word, after) where words were looked for."""

    conversation: str
    title: str
    updated_at: str
    excerpt: tuple[str, str, str] | None = None


class History:
    """Any number of callers; what is not the actor's does not exist."""

    def __init__(self, house: Database, journal: Journal, rights: Spaces) -> None:
        self._house, self._journal, self._rights = house, journal, rights

    async def recent(self, actor: Actor, limit: int = 20, skip: int = 0) -> list[Found]:
        """The actor's conversations, latest first."""
        c = conversations.c
        query = sa.select(c.id, c.title, c.updated_at).where(c.person == actor.id)
        query = query.order_by(c.updated_at.desc(), c.id).limit(limit).offset(skip)
        return [Found(*row) for row in await asyncio.to_thread(self._rows, query)]

    async def search(self, actor: Actor, said: str, limit: int = 50) -> list[Found]:
        """The actor's conversations that hold every word of ``said`` in their title, questions or answers, latest
        first. Accents, case and endings do not count; nothing to look for finds nothing. Answers that came from a
        space they may no longer read are not looked into."""
        wanted = terms(said)
        if not wanted:
            return []
        seen = await asyncio.to_thread(sight, self._house, self._rights, actor)
        return await asyncio.to_thread(self._search, actor.id, wanted, limit, seen)

    def _search(self, owner: str, wanted: list[str], limit: int, seen: Sight) -> list[Found]:
        one = sa.text("SELECT rowid FROM recall WHERE recall MATCH :match")
        m, c = messages.c, conversations.c
        found: list[Found] = []
        with self._house.read() as db:
            holding = [set(db.scalars(one, {"match": match(owner, term)})) for term in wanted]
            query = sa.select(c.id, c.title, c.updated_at).where(c.person == owner)
            for term in holding:
                query = query.where(c.id.in_(sa.select(m.conversation).where(_among(term))))
            listed = db.execute(query.order_by(c.updated_at.desc(), c.id)).all()
            for row in listed:
                texts = _seen(db, row.id, seen)
                if all(term & texts.keys() for term in holding):
                    found.append(Found(row.id, row.title, row.updated_at, _best(list(texts.values()), wanted)))
                if len(found) == limit:
                    break
        return found

    async def rename(self, actor: Actor, conversation: str, title: str) -> None:
        """Raises ConversationUnknown, TitleEmpty, the journal's errors."""
        short = " ".join("".join(c if c.isprintable() else " " for c in title).split())[:TITLE_LENGTH]
        if not short:
            raise TitleEmpty()
        payload = json.dumps({"title": short}, ensure_ascii=False).encode()
        await self._written(
            actor, RENAMED, conversation, lambda: self._rename(actor.id, conversation, short), payload
        )

    def _rename(self, owner: str, conversation: str, title: str) -> None:
        with self._house.write() as db:
            mine = sa.update(conversations).where(conversations.c.id == conversation)
            if not db.execute(mine.where(conversations.c.person == owner).values(title=title)).rowcount:
                raise ConversationUnknown()
            m = messages.c
            first = sa.select(m.id, m.text).where(m.conversation == conversation).order_by(m.id).limit(1)
            if (row := db.execute(first).first()) is not None:  # the title is found with the first question
                index(db, row.id, owner, f"{title}\n{row.text}")

    async def review(self, actor: Actor, conversation: str, message: str, at: str) -> None:
        """The actor has read this answer again. Raises ConversationUnknown, the journal's errors."""
        payload = json.dumps({"message": message, "at": at}).encode()
        told = {"by": actor.name, "at": at}
        await self._written(
            actor, REVIEWED, conversation, lambda: self._review(actor.id, conversation, message, told), payload
        )

    def _review(self, owner: str, conversation: str, message: str, told: dict[str, str]) -> None:
        m, c = messages.c, conversations.c
        query = sa.select(m.id, m.details).join(conversations, c.id == m.conversation)
        number = int(message) if message.isascii() and message.isdigit() and len(message) < 19 else 0
        query = query.where(m.id == number, c.id == conversation, c.person == owner, m.state == "closed")
        with self._house.write() as db:
            row = db.execute(query.where(m.role == "assistant")).first()
            if row is None:
                raise ConversationUnknown()
            details = {**(row.details or {}), "reviewed": told}
            db.execute(messages.update().where(m.id == row.id).values(details=details))

    async def delete(self, actor: Actor, conversation: str) -> None:
        """Raises ConversationUnknown and the journal's errors."""
        await self._written(actor, DELETED, conversation, lambda: self.erase(actor.id, conversation))

    async def expire(self, owner: str, conversation: str) -> None:
        """What its class keeps no longer is erased by the house itself. Raises the journal's errors."""
        past = Resource("conversation", conversation, marks=frozenset({PAST_KEEPING}))
        await self._written(THE_HOUSE, DELETED, conversation, lambda: self.erase(owner, conversation), about=past)

    def erase(self, owner: str | None, conversation: str) -> None:
        """Rows, words of the index, freed pages and the log that held them. ``owner``: None, whoever it is. Raises
        ConversationUnknown; blocks."""
        with self._house.write() as db:
            c = conversations.c
            mine = sa.select(c.id).where(c.id == conversation)
            mine = mine if owner is None else mine.where(c.person == owner)
            if db.execute(mine).first() is None:
                raise ConversationUnknown()
            gone = [{"id": i} for i in db.scalars(sa.select(messages.c.id).where(_of(conversation)))]
            if gone:
                db.execute(sa.text("DELETE FROM recall WHERE rowid = :id"), gone)
            db.execute(messages.delete().where(_of(conversation)))
            db.execute(conversations.delete().where(c.id == conversation))
        try:
            self._house.settle()
        except DatabaseBusy:  # a reader holds the log: the next checkpoint folds it
            return

    async def _written(
        self,
        actor: Actor,
        name: str,
        conversation: str,
        act: Callable[[], None],
        payload: bytes = b"",
        about: Resource | None = None,
    ) -> None:
        """Decide, write the intention, act, close it."""
        about = about or Resource("conversation", conversation, owner=actor.id)
        decision = decide(actor, Action.CONVERSATION_WRITE, about)
        decision.require()
        draft = Draft(
            kind="administration",
            name=name,
            chain=uuid4().hex,
            actor=actor.id,
            object=conversation[:64],
            decision=decision.rule,
            payload=payload,
        )
        written = await self._journal.intention(draft)
        try:
            await asyncio.to_thread(act)
        except DemeureError as problem:
            outcome = "refused" if problem.http_status == 404 else "failed"
            await self._journal.close(written, outcome, decision=problem.code())
            raise
        await self._journal.close(written, "done")

    def _rows(self, query: sa.Select[Any]) -> Sequence[Any]:
        with self._house.read() as db:
            return db.execute(query).all()


def _of(conversation: str) -> sa.ColumnElement[bool]:
    return messages.c.conversation == conversation


def _among(ids: set[int]) -> sa.ColumnElement[bool]:
    """As one value: a person may have more answers than a statement takes variables."""
    listed = sa.func.json_each(json.dumps(sorted(ids))).table_valued("value")
    return messages.c.id.in_(sa.select(listed.c.value))


def _seen(db: sa.Connection, conversation: str, seen: Sight) -> dict[int, str]:
    """What the reader of a conversation sees, by message, in order."""
    m = messages.c
    query = sa.select(m.id, m.text, m.sources, m.details).where(_of(conversation)).order_by(m.id)
    rows = [dict(row._mapping) for row in db.execute(query)]
    away = hidden(rows, seen)
    return {row["id"]: row["text"] for row in rows if row["id"] not in away}


def _best(texts: list[str], wanted: list[str]) -> tuple[str, str, str] | None:
    """Of the message that holds the most of the words, the earliest."""
    best = max(texts, key=lambda text: held(text, wanted), default="")
    return excerpt(best, wanted)
