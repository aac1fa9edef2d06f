"""What people wrote in the registers, and the versions that were signed. Rows of ``house.db``: nothing is ever
changed there, a further row says the new text."""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from demeure.accountability.errors import (
    FormerTextUnknown,
    SectionMoved,
    SectionTooLong,
    VersionTaken,
    VersionUnknown,
)
from demeure.accountability.rendering import Kept
from demeure.clock import Clock, iso
from demeure.store import Database
from demeure.store.register_tables import register_texts, register_versions

MOST_SIGNS = 20_000


@dataclass(frozen=True)
class Version:
    """A signed version. ``digest``: SHA-256 of ``body``; ``chain``: its journal chain, the signature."""

    document: str
    number: int
    digest: str
    body: str
    by: str
    at: datetime
    chain: str


class Registers:
    """Any thread, several processes; every method blocks on the database."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    def texts(self, document: str) -> dict[str, Kept]:
        """Section → what people made of it last."""
        t = register_texts.c
        last = sa.select(sa.func.max(t.number)).where(t.document == document).group_by(t.section)
        with self._database.read() as db:
            rows = db.execute(sa.select(register_texts).where(t.number.in_(last))).all()
        return {row.section: _kept(row) for row in rows}

    def former(self, document: str, section: str = "") -> list[Kept]:
        """Every text of that part, or of every part when none is named; newest first."""
        query = sa.select(register_texts).where(register_texts.c.document == document)
        if section:
            query = query.where(register_texts.c.section == section)
        with self._database.read() as db:
            rows = db.execute(query.order_by(register_texts.c.number.desc())).all()
        return [_kept(row) for row in rows]

    def text(self, document: str, number: int) -> Kept:
        """One of them. Raises FormerTextUnknown."""
        t = register_texts.c
        query = sa.select(register_texts).where(t.document == document, t.number == number)
        with self._database.read() as db:
            row = db.execute(query).first()
        if row is None:
            raise FormerTextUnknown(number=number)
        return _kept(row)

    def write(self, document: str, section: str, text: str, base: str, by: str, after: str) -> None:
        """``base``: the generated text of now; ``after``: digest of what its author saw (``seen``), generated and
        written. Raises SectionTooLong, SectionMoved."""
        text = text.replace("\r\n", "\n").strip()
        if len(text) > MOST_SIGNS:
            raise SectionTooLong(most=MOST_SIGNS)
        self._add(Kept(base, text, by, section=section), document, base, after)

    def put_back(self, document: str, former: Kept, base: str, by: str, after: str) -> None:
        """``former`` is the last text again, on the generated text that it was written on: what the house says
        since is merged as before. ``base``, ``after``: as ``write``. Raises SectionMoved."""
        self._add(replace(former, by=by), document, base, after)

    def _add(self, made: Kept, document: str, base: str, after: str) -> None:
        t = register_texts.c
        query = sa.select(t.body).where(t.document == document, t.section == made.section)
        row = {"document": document, "section": made.section, "base": made.base, "body": made.text, "by": made.by}
        with self._database.write() as db:
            now = db.execute(query.order_by(t.number.desc()).limit(1)).scalar()
            if seen(now or "", base) != after:
                raise SectionMoved()
            db.execute(register_texts.insert().values(**row, at=iso(self._clock.now())))

    def versions(self, document: str = "") -> list[Version]:
        """Newest first; of every document when none is named."""
        query = sa.select(register_versions).order_by(register_versions.c.at.desc())
        if document:
            query = query.where(register_versions.c.document == document)
        with self._database.read() as db:
            rows = db.execute(query.order_by(register_versions.c.number.desc())).all()
        return [
            Version(r.document, r.number, r.digest, r.body, r._mapping["by"], datetime.fromisoformat(r.at), r.chain)
            for r in rows
        ]

    def version(self, document: str, number: int) -> Version:
        """Raises VersionUnknown."""
        found = next((one for one in self.versions(document) if one.number == number), None)
        if found is None:
            raise VersionUnknown(number=number)
        return found

    def next_number(self, document: str) -> int:
        """What the next version will be called."""
        v = register_versions.c
        query = sa.select(sa.func.coalesce(sa.func.max(v.number), 0)).where(v.document == document)
        with self._database.read() as db:
            return int(db.execute(query).scalar_one()) + 1

    def sign(self, document: str, number: int, body: str, by: str, chain: str) -> Version:
        """Keep a version that the journal already names. Raises VersionTaken."""
        made = Version(document, number, digest(body), body, by, self._clock.now(), chain)
        row = {"document": document, "number": number, "digest": made.digest, "body": body, "by": by}
        v = register_versions.c
        taken = sa.select(v.number).where(v.document == document, v.number == number)
        with self._database.write() as db:
            if db.execute(taken).first() is not None:
                raise VersionTaken(number=number)
            db.execute(register_versions.insert().values(**row, at=iso(made.at), chain=chain))
        return made


def _kept(row: Any) -> Kept:
    return Kept(row.base, row.body, row._mapping["by"], row.at, row.number, row.section)


def digest(text: str) -> str:
    """SHA-256, hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def seen(text: str, base: str) -> str:
    """What a form carries to say what its author saw: the ``text`` that people kept (empty: none) and the generated
    one, ``base``. A house that changed meanwhile shows as a colleague's text would."""
    return digest(f"{text}\0{base}")[:16]
