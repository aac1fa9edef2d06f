"""Works at rest: one row a work, one a draft, one a part; what was shown is kept, a finished part is never redone.

Methods return when the rows survive kill -9. Nothing here asks who may: ``desk`` does.
"""

import asyncio
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from demeure.assistant.recall import index
from demeure.assistant.tasks.errors import FileUnknown, WorkBusy, WorksTooMany, WorkUnknown
from demeure.assistant.tasks.rows import OPEN, Again, DraftRow, FileRow, PartRow, WorkRow
from demeure.assistant.tasks.touching import named, rested_on, touch, touched
from demeure.clock import Clock, iso
from demeure.store import Database, DatabaseBusy, GroupWriter
from demeure.store.tables import people
from demeure.store.work_tables import draft_parts, drafts, work_files, works
from demeure.workshop import checked_answering

TITLE_LENGTH = 100
MOST_OPEN = 10
"""Works of one person being written or waiting."""
FILES_WAITING = 20
"""Files that one person dropped and has not used: the oldest go."""


class Works:
    """Rows of ``house.db``; many writers share one transaction."""

    def __init__(self, house: Database, clock: Clock) -> None:
        self._house, self._clock = house, clock
        self._writer = GroupWriter(house)

    # -- a work begins ---------------------------------------------------------------------------------------------

    async def begin(self, work: WorkRow, chain: str, journal: int, files: Sequence[str]) -> DraftRow:
        """A new work and its first draft, asked. ``files``: those dropped on the form, now its own."""
        return await self._writer.write(lambda db: self._begin(db, work, chain, journal, files))

    def _begin(self, db: sa.Connection, work: WorkRow, chain: str, journal: int, files: Sequence[str]) -> DraftRow:
        self._room(db, work.person)
        now = iso(self._clock.now())
        row = {
            "id": work.id,
            "person": work.person,
            "task": work.task,
            "task_version": work.task_version,
            "language": work.language,
            "title": work.title[:TITLE_LENGTH],
            "fields": dict(work.fields),
            "spaces": list(work.spaces),
            "route": work.route,
            "created_at": now,
            "updated_at": now,
        }
        db.execute(works.insert(), row)
        touch(db, work.id, named(work.fields))
        f = work_files.c
        for file in files:
            mine = work_files.update().where(f.id == file, f.person == work.person, f.work.is_(None))
            if not db.execute(mine.values(work=work.id)).rowcount:
                raise FileUnknown()
        return self._draft(db, work.id, work.person, work.title, chain, journal, Again())

    async def another(self, work: str, chain: str, journal: int, how: Again) -> DraftRow:
        """One more draft, beside the others. Raises WorkUnknown, WorkBusy."""
        return await self._writer.write(lambda db: self._another(db, work, chain, journal, how))

    def _another(self, db: sa.Connection, work: str, chain: str, journal: int, how: Again) -> DraftRow:
        found = db.execute(sa.select(works.c.person, works.c.title).where(works.c.id == work)).first()
        if found is None:
            raise WorkUnknown()
        self._room(db, found.person)
        d = drafts.c
        if db.execute(sa.select(d.id).where(d.work == work, d.state.in_(OPEN))).first() is not None:
            raise WorkBusy()
        return self._draft(db, work, found.person, found.title, chain, journal, how)

    @staticmethod
    def _room(db: sa.Connection, person: str) -> None:
        """One person does not fill the house's evening."""
        query = sa.select(sa.func.count()).select_from(drafts.join(works, works.c.id == drafts.c.work))
        if db.execute(query.where(works.c.person == person, drafts.c.state.in_(OPEN))).scalar_one() >= MOST_OPEN:
            raise WorksTooMany(limit=MOST_OPEN)

    def _draft(
        self, db: sa.Connection, work: str, person: str, title: str, chain: str, journal: int, how: Again
    ) -> DraftRow:
        now = iso(self._clock.now())
        last = db.execute(sa.select(sa.func.max(drafts.c.number)).where(drafts.c.work == work)).scalar()
        row = {
            "work": work,
            "number": (last or 0) + 1,
            "chain": chain,
            "journal": journal,
            **vars(how),
            "state": "asked",
            "text": "",
            "created_at": now,
            "updated_at": now,
        }
        made = int((db.execute(drafts.insert(), row).inserted_primary_key or (0,))[0])
        db.execute(works.update().where(works.c.id == work).values(updated_at=now))
        index(db, made, person, title, "work_recall")
        return _draft_of({**_EMPTY, **row, "id": made}, ())

    # -- a draft goes on -------------------------------------------------------------------------------------------

    async def planned(
        self, draft: int, plan: str, parts: Sequence[tuple[str, str]], state: str = "drafting"
    ) -> None:
        """Its parts (title, place), none of them done: what was done from another plan is dropped."""

        def write(db: sa.Connection) -> None:
            db.execute(draft_parts.delete().where(draft_parts.c.draft == draft))
            rows = [
                {"draft": draft, "ordinal": at, "title": title, "place": place}
                for at, (title, place) in enumerate(parts)
            ]
            if rows:
                db.execute(draft_parts.insert(), rows)
            self._change(db, draft, {"plan": plan, "state": state, "text": ""})

        await self._writer.write(write)

    async def keep(self, draft: int, text: str) -> None:
        """What the reader is about to have seen."""
        await self._writer.write(lambda db: self._change(db, draft, {"text": text}))

    async def part_done(self, draft: int, ordinal: int, said: str, text: str) -> None:
        """The model has said ``said`` for that part; ``text``: the draft as shown so far."""

        def write(db: sa.Connection) -> None:
            c = draft_parts.c
            mine = draft_parts.update().where(c.draft == draft, c.ordinal == ordinal)
            db.execute(mine.values(text=said))
            self._change(db, draft, {"text": text})

        await self._writer.write(write)

    async def set_state(self, draft: int, state: str, **values: Any) -> None:
        await self._writer.write(lambda db: self._change(db, draft, {"state": state, **values}))

    async def reopen(self, draft: int, states: Sequence[str]) -> bool:
        """Asked once more, when it is in one of ``states``: two who ask at once start one."""

        def write(db: sa.Connection) -> bool:
            c = drafts.c
            mine = drafts.update().where(c.id == draft, c.state.in_(states))
            return (
                db.execute(mine.values(state="asked", reason=None, updated_at=iso(self._clock.now()))).rowcount == 1
            )

        return await self._writer.write(write)

    async def end(self, draft: int, values: Mapping[str, Any]) -> None:
        """It is over; its words can be found. Nothing when its work was deleted meanwhile."""

        def write(db: sa.Connection) -> None:
            if self._change(db, draft, values):
                work = db.execute(sa.select(drafts.c.work).where(drafts.c.id == draft)).scalar_one()
                touch(db, work, rested_on(values.get("sources")))
                self._index(db, draft)

        await self._writer.write(write)

    def _change(self, db: sa.Connection, draft: int, values: Mapping[str, Any]) -> int:
        now = iso(self._clock.now())
        plain = {name: _plain(value) for name, value in values.items()}
        return db.execute(drafts.update().where(drafts.c.id == draft).values(updated_at=now, **plain)).rowcount

    def _index(self, db: sa.Connection, draft: int) -> None:
        query = sa.select(works.c.person, works.c.title, drafts.c.text).join(drafts, drafts.c.work == works.c.id)
        row = db.execute(query.where(drafts.c.id == draft)).one()
        index(db, draft, row.person, f"{row.title}\n{row.text}", "work_recall")

    # -- by its author ---------------------------------------------------------------------------------------------

    async def edit(self, draft: int, text: str, report: Sequence[Mapping[str, Any]]) -> None:
        """Its author's own words: nobody has read them again yet."""

        def write(db: sa.Connection) -> None:
            if self._change(db, draft, {"text": text, "by_hand": True, "report": list(report)}):
                self._detail(db, draft, "reviewed", None)
                self._index(db, draft)

        await self._writer.write(write)

    async def review(self, draft: int, told: Mapping[str, str]) -> None:
        """``told``: by whom, when."""
        await self._writer.write(lambda db: self._detail(db, draft, "reviewed", dict(told)))

    def _detail(self, db: sa.Connection, draft: int, name: str, value: Any) -> None:
        """One of its details; None takes it away."""
        kept = dict(db.scalar(sa.select(drafts.c.details).where(drafts.c.id == draft)) or {})
        kept.pop(name, None)
        self._change(db, draft, {"details": kept | ({} if value is None else {name: value})})

    async def rename(self, work: str, title: str) -> None:
        def write(db: sa.Connection) -> None:
            db.execute(works.update().where(works.c.id == work).values(title=title))
            for row in db.execute(sa.select(drafts.c.id).where(drafts.c.work == work)).all():
                self._index(db, row.id)

        await self._writer.write(write)

    async def named(self, work: str, title: str, before: str) -> None:
        """A better name, unless its author gave one meanwhile."""

        def write(db: sa.Connection) -> None:
            same = works.update().where(works.c.id == work, works.c.title == before)
            if db.execute(same.values(title=title[:TITLE_LENGTH])).rowcount:
                for row in db.execute(sa.select(drafts.c.id).where(drafts.c.work == work)).all():
                    self._index(db, row.id)

        await self._writer.write(write)

    async def take_home(self, work: str) -> None:
        """The house's own model goes on with it."""
        home = works.update().where(works.c.id == work).values(route="")
        await self._writer.write(lambda db: db.execute(home).rowcount)

    async def share(self, work: str, space: str | None) -> None:
        await self._writer.write(
            lambda db: db.execute(works.update().where(works.c.id == work).values(shared=space)).rowcount
        )

    def erase(self, person: str | None, work: str) -> None:
        """Rows, words of the index, freed pages and the log that held them. ``person``: None, whoever it is. Raises
        WorkUnknown; blocks."""
        with self._house.write() as db:
            mine = sa.select(works.c.id).where(works.c.id == work)
            mine = mine if person is None else mine.where(works.c.person == person)
            if db.execute(mine).first() is None:
                raise WorkUnknown()
            gone = [{"id": i} for i in db.scalars(sa.select(drafts.c.id).where(drafts.c.work == work))]
            if gone:
                db.execute(sa.text("DELETE FROM work_recall WHERE rowid = :id"), gone)
                db.execute(draft_parts.delete().where(draft_parts.c.draft.in_([row["id"] for row in gone])))
            db.execute(drafts.delete().where(drafts.c.work == work))
            db.execute(work_files.delete().where(work_files.c.work == work))
            db.execute(works.delete().where(works.c.id == work))
        try:
            self._house.settle()
        except DatabaseBusy:  # a reader holds the log: the next checkpoint folds it
            return

    # -- files dropped on a form -----------------------------------------------------------------------------------

    async def put_file(self, person: str, file: FileRow) -> FileRow:
        """Kept until a work takes it; those that nobody used give way."""

        def write(db: sa.Connection) -> None:
            c = work_files.c
            waiting = (
                sa.select(c.id).where(c.person == person, c.work.is_(None)).order_by(c.created_at.desc(), c.id)
            )
            old = list(db.scalars(waiting.offset(FILES_WAITING - 1)))
            db.execute(work_files.delete().where(c.id.in_(old)))
            row = {"id": file.id, "person": person, "name": file.name, "format": file.format, "pages": file.pages}
            row |= {"parts": list(file.parts), "created_at": iso(self._clock.now())}
            row["answering"] = file.answering.data() if file.answering else sa.null()
            db.execute(work_files.insert().values(row))

        await self._writer.write(write)
        return file

    async def file(self, person: str, file: str) -> FileRow:
        """Raises FileUnknown, also for another person's."""
        c = work_files.c
        rows = await self._rows(sa.select(work_files).where(c.id == file, c.person == person))
        if not rows:
            raise FileUnknown()
        row = rows[0]
        answering = checked_answering(row["answering"])
        return FileRow(row["id"], row["name"], row["format"], row["pages"], tuple(row["parts"]), answering)

    # -- reading ---------------------------------------------------------------------------------------------------

    async def work(self, work: str) -> WorkRow | None:
        """With its drafts and their parts, whoever asks."""
        return await asyncio.to_thread(self._work, work)

    def _work(self, work: str) -> WorkRow | None:
        with self._house.read() as db:
            row = db.execute(sa.select(works).where(works.c.id == work)).first()
            if row is None:
                return None
            made = db.execute(sa.select(drafts).where(drafts.c.work == work).order_by(drafts.c.number)).all()
            ids = [one.id for one in made]
            query = sa.select(draft_parts).where(draft_parts.c.draft.in_(ids)).order_by(draft_parts.c.ordinal)
            pieces = db.execute(query).all()
            read = named(row.fields).union(*(rested_on(one.sources) for one in made))
            name = db.scalar(sa.select(people.c.name).where(people.c.id == row.person))
            told = dict(row._mapping) | {"sensitivity": touched(db, work, read), "author": name or ""}
        parts: dict[int, list[PartRow]] = {}
        for piece in pieces:
            parts.setdefault(piece.draft, []).append(PartRow(piece.ordinal, piece.title, piece.place, piece.text))
        listed = tuple(_draft_of(dict(one._mapping), tuple(parts.get(one.id, ()))) for one in made)
        return WorkRow(**told, drafts=listed)

    async def touching(self, work: str, read: Iterable[str]) -> str:
        """The highest class that it touches once these documents are read for it; empty: none has its own."""

        def look() -> str:
            with self._house.read() as db:
                return touched(db, work, read)

        return await asyncio.to_thread(look)

    async def left_open(self) -> list[tuple[str, int]]:
        """(work, draft) of what a crash left being written, oldest first."""
        query = sa.select(drafts.c.work, drafts.c.id).where(drafts.c.state.in_(OPEN)).order_by(drafts.c.id)
        return [(row["work"], row["id"]) for row in await self._rows(query)]

    async def of_chain(self, chain: str) -> tuple[str, DraftRow] | None:
        """(work, draft) of a journal chain."""
        rows = await self._rows(sa.select(drafts).where(drafts.c.chain == chain))
        return (rows[0]["work"], _draft_of(rows[0], ())) if rows else None

    async def _rows(self, query: sa.Select[Any]) -> list[dict[str, Any]]:
        def read() -> list[dict[str, Any]]:
            with self._house.read() as db:
                return [dict(row._mapping) for row in db.execute(query)]

        return await asyncio.to_thread(read)


def new_id() -> str:
    return uuid4().hex


_EMPTY: dict[str, Any] = {
    "by_hand": False,
    "reason": None,
    "plan": "",
    "sources": None,
    "report": None,
    "details": None,
}


def _draft_of(row: Mapping[str, Any], parts: tuple[PartRow, ...]) -> DraftRow:
    known = {name: row[name] for name in DraftRow.__dataclass_fields__ if name in row}
    known |= {
        "given": row.get("given") or {},
        "reason": row["reason"] or {},
        "sources": row["sources"] or (),
        "report": row["report"] or (),
    }
    return DraftRow(**known | {"details": row["details"] or {}, "parts": parts})


def _plain(value: Any) -> Any:
    """JSON-able; texts, numbers and None stay."""
    return json.loads(json.dumps(value, default=str)) if isinstance(value, list | tuple | dict) else value
