"""One person's works as a list: the latest, those under way, those that hold some words; and what was shared.

What came from a space that one may no longer read is named by its task alone, and its words are not looked into.
"""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from demeure.assistant.recall import excerpt, match, terms
from demeure.assistant.tasks.rows import OPEN, Listed
from demeure.assistant.withdrawn import Spaces, readable
from demeure.policy import Action, Actor, Resource, decide
from demeure.store import Database
from demeure.store.tables import people
from demeure.store.work_tables import draft_parts, drafts, works


class Listing:
    """Any number of callers."""

    def __init__(self, house: Database, rights: Spaces) -> None:
        self._house, self._rights = house, rights

    async def mine(
        self, actor: Actor, said: str = "", *, state: str = "", limit: int = 50, skip: int = 0
    ) -> list[Listed]:
        """Latest first. ``said``: words that one of its drafts or its name hold; ``state``: open (under way),
        done."""
        return await asyncio.to_thread(self._mine, actor, said, state, limit, skip)

    def _mine(self, actor: Actor, said: str, state: str, limit: int, skip: int) -> list[Listed]:
        wanted = terms(said)
        if said.strip() and not wanted:
            return []
        spaces = readable(self._rights, actor)
        query = _query().where(works.c.person == actor.id)
        if state:
            query = query.where(_last.c.state.in_(OPEN) if state == "open" else _last.c.state == state)
        with self._house.read() as db:
            for term in wanted:
                found = sa.text("SELECT rowid FROM work_recall WHERE work_recall MATCH :match")
                ids = json.dumps(sorted(db.scalars(found, {"match": match(actor.id, term)})))
                listed = sa.func.json_each(ids).table_valued("value")
                query = query.where(
                    works.c.id.in_(sa.select(drafts.c.work).where(drafts.c.id.in_(sa.select(listed.c.value))))
                )
            rows = db.execute(query.order_by(works.c.updated_at.desc(), works.c.id).limit(limit).offset(skip)).all()
        shown = [_listed(row, spaces) for row in rows]
        if not wanted:
            return shown
        texts = {row.id: f"{row.title}\n{row.text}" for row in rows}
        return [replace(one, excerpt=excerpt(texts[one.id], wanted)) for one in shown if not one.withdrawn]

    async def shared(self, actor: Actor, limit: int = 50) -> list[Listed]:
        """Others' works that one may read, latest first."""
        return await asyncio.to_thread(self._shared, actor, limit)

    def _shared(self, actor: Actor, limit: int) -> list[Listed]:
        places = self._rights.spaces(actor)
        open_to = {
            place.id
            for place in places
            if decide(
                actor, Action.WORK_OPEN, Resource("work", name=place.name, space=place.id, right=place.right)
            ).allowed
        }
        spaces = readable(self._rights, actor)
        name = sa.select(people.c.name).where(people.c.id == works.c.person).correlate(works).scalar_subquery()
        query = _query().add_columns(name.label("author"))
        query = query.where(works.c.shared.in_(sorted(open_to)), works.c.person != actor.id)
        with self._house.read() as db:
            rows = db.execute(query.order_by(works.c.updated_at.desc(), works.c.id)).all()
        shown = (replace(_listed(row, spaces), mine=False, author=row.author or "") for row in rows)
        return [one for one in shown if not one.withdrawn][:limit]


_last = drafts.alias("last")
_own_parts = draft_parts.c.draft == _last.c.id
_finished = sa.select(sa.func.count(draft_parts.c.text)).where(_own_parts).correlate(_last).scalar_subquery()
_all_parts = sa.select(sa.func.count(draft_parts.c.ordinal)).where(_own_parts).correlate(_last).scalar_subquery()


def _query() -> sa.Select[Any]:
    """A work with its last draft."""
    newest = (
        sa.select(sa.func.max(drafts.c.id)).where(drafts.c.work == works.c.id).correlate(works).scalar_subquery()
    )
    columns = (works.c.id, works.c.task, works.c.title, works.c.updated_at, works.c.shared, works.c.spaces)
    last = (_last.c.state, _last.c.text, _last.c.number, _finished.label("done"), _all_parts.label("parts"))
    return sa.select(*columns, *last).select_from(works.join(_last, _last.c.id == newest))


def _listed(row: Any, spaces: frozenset[str]) -> Listed:
    away = not set(row.spaces) <= spaces
    return Listed(
        id=row.id,
        task=row.task,
        title="" if away else row.title,
        state=row.state,
        done=row.done,
        parts=row.parts,
        updated_at=row.updated_at,
        shared=row.shared,
        withdrawn=away,
        drafts=row.number,
    )


def sequence(found: Sequence[Listed]) -> list[Listed]:
    """What is under way first, then as listed."""
    return sorted(found, key=lambda one: one.state not in OPEN)
