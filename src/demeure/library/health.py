"""Health of a space: what is unreadable, outdated, never cited or said twice, and what people asked in vain.

Who manages the space sees names; who administers the house sees how many, and nothing of what they are. Questions
without an answer are gathered only in spaces that chose it, from then on, and never with a name (docs/adr, health).
"""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from demeure.clock import Clock, iso
from demeure.identity import Membership, SpaceUnknown
from demeure.journal import Draft, Journal
from demeure.library.document import Document, document_of
from demeure.library.rooms import Rooms
from demeure.library.shelf import Shelf
from demeure.library.standing import EXPIRED, REVIEW, SUPERSEDED
from demeure.library.superseding import SEARCHABLE, newer, superseded
from demeure.library.unanswered import Gap, gaps
from demeure.library.versions.kinship import STANDING
from demeure.library.versions.links import Link, Links
from demeure.library.versions.outline import every_twin
from demeure.library.wanted import stands
from demeure.library.written import written
from demeure.policy import Action, Actor, Decision, Resource, Right, decide
from demeure.store.tables import documents, spaces

UNREADABLE, PARTLY, OVER, NEVER_CITED = "unreadable", "partly", "over", "never_cited"
PROPOSED, TWINS, GAPS = "proposed", "twins", "gaps"
KINDS = (UNREADABLE, PARTLY, PROPOSED, EXPIRED, REVIEW, OVER, SUPERSEDED, TWINS, NEVER_CITED, GAPS)
"""What is looked at, in the order of what is to be done first."""

ROWS = 50
_AT_ONCE = 5_000  # ids in one statement: SQLite takes 32,766 variables
SEEN, GATHERED = "space-health-seen", "space-gaps"
_PARTLY = ("pages-without-language-data", "pages-poorly-recognised", "pages-without-text")


@dataclass(frozen=True)
class Row:
    """A document of a section. ``newer``: of a superseded one."""

    document: Document
    newer: str = ""
    newer_name: str = ""


@dataclass(frozen=True)
class Asked:
    """Two documents that a person may say are versions of one."""

    link: Link
    document: Document
    former: Document


@dataclass(frozen=True)
class Alike:
    """Documents that say nearly the same, two or more; ``share``: of the nearest two."""

    documents: tuple[Document, ...]
    share: float


@dataclass(frozen=True)
class Report:
    """``counts``: how many of each kind, of ``documents`` in all. ``rows``: the first of each, by kind; empty for
    who may not see names. ``gathers``: since when questions without an answer are gathered, empty when they are
    not."""

    space: str
    name: str
    documents: int
    counts: Mapping[str, int]
    rows: Mapping[str, tuple[Row, ...]]
    proposed: tuple[Asked, ...] = ()
    twins: tuple[Alike, ...] = ()
    gaps: tuple[Gap, ...] = ()
    gathers: str = ""
    whole: bool = True


class Health:
    """Composed by the gateway."""

    def __init__(
        self,
        *,
        shelf: Shelf,
        rooms: Rooms,
        links: Links,
        membership: Membership,
        journal: Journal,
        clock: Clock,
    ) -> None:
        self._shelf, self._house, self._rooms, self._links = shelf, shelf.house, rooms, links
        self._membership, self._journal, self._clock = membership, journal, clock

    async def report(self, actor: Actor, space: str, limit: int = ROWS) -> Report:
        """Written before anything is given. Raises SpaceUnknown, Denied: whoever only reads there learns
        nothing."""
        name, right, decision = await self._decided(actor, space)
        numbers_only = not decision.allowed and decide(actor, Action.SPACE_LIST, Resource("house")).allowed
        if right is Right.NONE and not numbers_only:
            raise SpaceUnknown(space=space)
        if not numbers_only:
            decision.require()
        rule = "administrator" if numbers_only else decision.rule
        draft = Draft(
            kind="retrieval",
            name=SEEN,
            chain=uuid4().hex,
            actor=actor.id,
            space=space,
            object=space,
            decision=rule,
            payload=b"numbers" if numbers_only else b"names",
        )
        await self._journal.record(draft)
        managed = {p.id for p in await asyncio.to_thread(self._membership.spaces, actor) if p.right >= Right.MANAGE}
        return await asyncio.to_thread(self._report, space, name, 0 if numbers_only else limit, managed)

    async def gather(self, actor: Actor, space: str, wanted: bool) -> None:
        """Gather questions without an answer from now on, or no more. Raises SpaceUnknown, Denied."""
        _, right, decision = await self._decided(actor, space)
        if right is Right.NONE:
            raise SpaceUnknown(space=space)
        draft = Draft(
            kind="administration",
            name=GATHERED,
            phase="intention",
            chain=uuid4().hex,
            actor=actor.id,
            space=space,
            object=f"{space} {'on' if wanted else 'off'}",
            decision=decision.rule,
        )
        async with written(self._journal, draft, decision):
            await asyncio.to_thread(self._gather, space, wanted)

    # -- what is counted ------------------------------------------------------------------------------------------

    def _report(self, space: str, name: str, limit: int, managed: set[str]) -> Report:
        today = iso(self._clock.now())[:10]
        counts: dict[str, int] = {}
        rows: dict[str, tuple[Row, ...]] = {}
        for kind, where, order in _sections(today):
            counts[kind], rows[kind] = self._section(space, where, order, limit)
        counts[OVER], rows[OVER] = self._over(space, today, limit)
        asked, counts[PROPOSED] = self._links.proposed(space, max(limit, 1))
        twins, counts[TWINS] = self._twins(space, limit)
        gathering = self._shelf.gathering()
        missed = gaps(self._house, space, set(gathering) & managed, gathering) if limit else ()
        counts[GAPS] = len(missed)
        with self._house.read() as db:
            here = sa.select(sa.func.count()).where(documents.c.space == space, documents.c.deleting.is_(False))
            total = int(db.execute(here).scalar_one())
        return Report(
            space=space,
            name=name,
            documents=total,
            counts=counts,
            rows=rows,
            proposed=self._asked(asked) if limit else (),
            twins=twins,
            gaps=tuple(missed[:limit]),
            gathers=gathering.get(space, ""),
            whole=bool(limit),
        )

    def _section(
        self, space: str, where: sa.ColumnElement[bool], order: Sequence[Any], limit: int
    ) -> tuple[int, tuple[Row, ...]]:
        c = documents.c
        here = sa.and_(c.space == space, c.deleting.is_(False), where)
        with self._house.read() as db:
            total = int(db.execute(sa.select(sa.func.count()).select_from(documents).where(here)).scalar_one())
            if not limit or not total:
                return total, ()
            ids = db.execute(sa.select(c.id).where(here).order_by(*order, c.id).limit(limit)).scalars().all()
            return total, _rows(db, ids)

    def _over(self, space: str, today: str, limit: int) -> tuple[int, tuple[Row, ...]]:
        """Documents in force (a price list, rules…) whose title names a period that is over, without a newer
        one."""
        c = documents.c
        where = sa.and_(c.space == space, c.deleting.is_(False), c.state.in_(SEARCHABLE), ~superseded())
        period = sa.and_(c.ends < today, c.begins < c.ends)
        query = sa.select(c.id, c.title_key).where(where, period).order_by(c.ends, c.id)
        with self._house.read() as db:
            kept = [row.id for row in db.execute(query) if STANDING & set((row.title_key or "").split())]
            return len(kept), _rows(db, kept[:limit])

    def _twins(self, space: str, limit: int) -> tuple[tuple[Alike, ...], int]:
        """Groups, nearest first, and how many; two versions of one document are no surprise and no group."""
        pairs = every_twin(self._rooms.database(space))
        if not pairs:
            return (), 0
        ids = list({one for pair in pairs for one in pair[:2]})
        known: dict[str, Document] = {}
        with self._house.read() as db:
            for first in range(0, len(ids), _AT_ONCE):
                c, some = documents.c, ids[first : first + _AT_ONCE]
                query = sa.select(documents).where(c.id.in_(some), c.deleting.is_(False), ~superseded())
                known |= {row.id: document_of(row) for row in db.execute(query)}
        group_of: dict[str, set[str]] = {}
        best: dict[str, float] = defaultdict(float)
        for one, other, share in pairs:
            if one in known and other in known:
                group = group_of.get(one, {one}) | group_of.get(other, {other})
                for member in group:
                    group_of[member] = group
                    best[member] = max(best[member], share)
        groups = list({id(group): group for group in group_of.values()}.values())
        groups.sort(key=lambda group: (-max(best[one] for one in group), min(group)))
        shown = tuple(
            Alike(tuple(known[one] for one in sorted(g)[:10]), max(best[one] for one in g)) for g in groups[:limit]
        )
        return shown, len(groups)

    def _asked(self, links: Sequence[Link]) -> tuple[Asked, ...]:
        ids = {one for link in links for one in (link.document, link.former)}
        with self._house.read() as db:
            rows = db.execute(sa.select(documents).where(documents.c.id.in_(ids))).all() if ids else []
        known = {row.id: document_of(row) for row in rows}
        return tuple(Asked(link, known[link.document], known[link.former]) for link in links)

    # -- rows -----------------------------------------------------------------------------------------------------

    def _gather(self, space: str, wanted: bool) -> None:
        s = spaces.c
        with self._house.write() as db:
            mine = spaces.update().where(s.id == space)
            if wanted:
                db.execute(mine.where(s.gaps_since.is_(None)).values(gaps_since=iso(self._clock.now())))
            else:
                db.execute(mine.values(gaps_since=None))

    async def _decided(self, actor: Actor, space: str) -> tuple[str, Right, Decision]:
        def look() -> tuple[str, Right]:
            with self._house.read() as db:
                query = sa.select(spaces.c.name).where(spaces.c.id == space, spaces.c.deleting.is_(False))
                name = db.execute(query).scalar()
            if name is None:
                raise SpaceUnknown(space=space)
            return str(name), self._membership.right(actor, space)

        name, right = await asyncio.to_thread(look)
        resource = Resource("space", id=space, name=name, space=space, right=right)
        return name, right, decide(actor, Action.SPACE_TEND, resource)


def _rows(db: sa.Connection, ids: Sequence[str]) -> tuple[Row, ...]:
    """Documents in that order, with what has taken the place of each."""
    c = documents.c
    found = {row.id: row for row in db.execute(sa.select(documents, newer().label("newer")).where(c.id.in_(ids)))}
    later = [row.newer for row in found.values() if row.newer]
    named = db.execute(sa.select(c.id, c.name).where(c.id.in_(later)))
    names = {row.id: row.name for row in named}
    rows = [found[one] for one in ids if one in found]
    return tuple(Row(document_of(row), row.newer or "", names.get(row.newer, "")) for row in rows)


def _sections(today: str) -> tuple[tuple[str, sa.ColumnElement[bool], Sequence[Any]], ...]:
    """Kind, which documents, in which order."""
    c = documents.c
    flags = [sa.func.json_extract(c.flags, f'$."{name}"') > 0 for name in _PARTLY]
    alive = c.state.in_(SEARCHABLE)
    return (
        (UNREADABLE, c.state == "failed", (c.added_at.desc(),)),
        (PARTLY, sa.and_(alive, sa.or_(*flags)), (c.added_at.desc(),)),
        (EXPIRED, stands(EXPIRED, today), (c.keep_until,)),
        (REVIEW, stands(REVIEW, today), (c.review_on,)),
        (SUPERSEDED, superseded(), (c.added_at,)),
        (NEVER_CITED, sa.and_(alive, c.cited_on.is_(None), ~superseded()), (c.added_at,)),
    )
