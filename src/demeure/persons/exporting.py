"""The answer to who asks for their data (RGPD 15, 20): a zip of open formats, others masked, made for them alone.

``index.json`` says what was looked through, what could not be, and where each thing comes from; ``index.csv`` is
its table; a text file holds the passages of each object. Made in memory, bounded; nothing leaves if a masking
fails.
"""

import asyncio
import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from demeure.assistant import place_label
from demeure.errors import InputError
from demeure.journal import Journal
from demeure.library import Rooms, Shelf
from demeure.library.written import written
from demeure.personal.clues import clues
from demeure.personal.pseudonyms import Pseudonyms
from demeure.personal.seeking import Seeker, seeker
from demeure.persons.acts import EXPORTED
from demeure.persons.errors import ExportNotAsked, NotSearched, PersonExportTooLarge, RequestOver
from demeure.persons.extracts import extracts, masked
from demeure.persons.files import Asked, Files, Found
from demeure.persons.places import sentence_of
from demeure.persons.requests import draft_of
from demeure.policy import Action, Actor, Resource, decide
from demeure.store.account_tables import outside_people, provider_people
from demeure.store.space_tables import parts
from demeure.store.tables import conversations, messages, people
from demeure.store.work_tables import drafts, work_files, works

FORMAT = "demeure.person/1"
MOST_BYTES = 256 << 20
Say = Callable[..., str]
"""(key, …fields) → a sentence in the reader's language."""


@dataclass(frozen=True)
class Zip:
    """``name``: of the file."""

    name: str
    data: bytes


class Exporting:
    """Composed by the gateway."""

    def __init__(self, files: Files, rooms: Rooms, shelf: Shelf, journal: Journal) -> None:
        self._files, self._rooms, self._shelf, self._journal = files, rooms, shelf, journal

    async def export(self, actor: Actor, number: int, language: str, say: Say) -> Zip:
        """Raises Denied, RequestOver, ExportNotAsked, NotSearched, PersonExportTooLarge and the store's errors."""
        one = await asyncio.to_thread(self._files.request, number)
        if one.over:
            raise RequestOver(number=number)
        if one.kind == "erasure":
            raise ExportNotAsked()
        if not one.searched_at:
            raise NotSearched()
        decision = decide(actor, Action.PERSON_EXPORT, Resource("person"))
        draft = draft_of(actor, decision, EXPORTED, one.chain, f"request={number}")
        async with written(self._journal, draft, decision):
            found = await asyncio.to_thread(self._files.findings, number)
            data = await asyncio.to_thread(self._made, one, found, language, say)
            await asyncio.to_thread(self._files.set, number, exported_at=self._files.now())
        return Zip(say("persons.file_name", number=number), data)

    def _made(self, one: Asked, found: list[Found], language: str, say: Say) -> bytes:
        making = _Making(self._shelf, self._rooms, seeker(clues(one.said)), language, say)
        kept = [f for f in found if one.kind == "access" or f.provided]
        for f in kept:
            making.put(f)
        return making.ended(one, self._files.now())


class _Making:
    """One zip being made. Blocks."""

    def __init__(self, shelf: Shelf, rooms: Rooms, wanted: Seeker, language: str, say: Say) -> None:
        self._shelf, self._rooms, self._seeker = shelf, rooms, wanted
        self._language, self._say = language, say
        self._table, self._rows, self._size = Pseudonyms(), list[dict[str, Any]](), 0
        self._buffer = io.BytesIO()
        self._zip = zipfile.ZipFile(self._buffer, "w", zipfile.ZIP_DEFLATED)

    def put(self, f: Found) -> None:
        """What one finding holds, in a file of its own."""
        kind, lines = f.finding.kind, list(self._texts(f))
        where = self._where(f)
        name = ""
        if lines:
            name = f"{kind}/{len(self._rows) + 1:04}.txt"
            self._file(name, "\n\n".join([where, *lines]) + "\n")
        labels = [said for place in f.finding.at if (said := self._label(place) or self._place(place))]
        counts = {"whole": f.finding.whole, "likely": f.finding.likely}
        self._rows.append({"kind": kind, "where": where, "places": labels, **counts, "file": name})

    def ended(self, one: Asked, now: str) -> bytes:
        """The zip, with its index and what it does not hold."""
        head = {"format": FORMAT, "request": one.number, "kind": one.kind, "said": list(one.said), "made_at": now}
        scope = one.scope or {}
        body = head | {"received_on": one.received_on, "looked": scope.get("looked", {})}
        body |= {"not_searched": scope.get("not", []), "found": self._rows}
        self._file("index.json", json.dumps(body, ensure_ascii=False, indent=1) + "\n")
        self._file("index.csv", self._csv())
        told = [self._say("persons.readme", number=one.number)]
        told += [self._say("persons.readme_portability")] if one.kind == "portability" else []
        self._file(self._say("persons.readme_name"), "\n\n".join(told) + "\n")
        self._zip.close()
        return self._buffer.getvalue()

    def _csv(self) -> str:
        out = io.StringIO()
        writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
        writer.writerow(["kind", "where", "places", "whole", "likely", "file"])
        for row in self._rows:
            cells = [row["kind"], row["where"], " | ".join(row["places"]), row["whole"], row["likely"], row["file"]]
            writer.writerow([_plain(cell) for cell in cells])
        return "\ufeff" + out.getvalue()

    def _file(self, name: str, text: str) -> None:
        data = text.encode()
        self._size += len(data)
        if self._size > MOST_BYTES:
            raise PersonExportTooLarge(megabytes=MOST_BYTES >> 20)
        self._zip.writestr(name, data)

    # -- what each kind holds -------------------------------------------------------------------------------------

    def _texts(self, f: Found) -> Iterator[str]:
        one, readers = (
            f.finding,
            {
                "document": self._document,
                "conversation": self._conversation,
                "work": self._work,
                "file": self._dropped,
                "own": self._own,
                "account": self._account,
            },
        )
        reader = readers.get(one.kind)
        yield from reader(one.object) if reader else ()

    def _about(self, text: str, label: str = "", place: Any = None) -> Iterator[str]:
        for passage in extracts(text, self._seeker, self._table):
            at = label or (self._label(place) if place else "")
            yield f"[{at}]\n{passage}" if at else passage

    def _document(self, which: str) -> Iterator[str]:
        row = self._shelf.document(which)
        if row is None:
            return
        query = sa.select(parts.c.place, parts.c.text).where(parts.c.document == which).order_by(parts.c.ordinal)
        with self._rooms.database(row.space).read() as db:
            for part in db.execute(query):
                yield from self._about(part.text, place=part.place)

    def _conversation(self, which: str) -> Iterator[str]:
        for text, label in self._turns(which):
            yield from self._about(text, label)

    def _turns(self, which: str) -> Iterator[tuple[str, str]]:
        m = messages.c
        with self._shelf.house.read() as db:
            rows = db.execute(sa.select(m.role, m.text, m.created_at).where(m.conversation == which).order_by(m.id))
            for row in rows:
                yield row.text, f"{row.created_at[:16].replace('T', ' ')}, {self._say(f'persons.role_{row.role}')}"

    def _work(self, which: str) -> Iterator[str]:
        for text, label in self._drafts(which):
            yield from self._about(text, label)

    def _drafts(self, which: str) -> Iterator[tuple[str, str]]:
        d = drafts.c
        with self._shelf.house.read() as db:
            fields = db.execute(sa.select(works.c.fields).where(works.c.id == which)).scalar() or {}
            rows = db.execute(sa.select(d.number, d.text).where(d.work == which).order_by(d.number)).all()
        yield "\n".join(str(value) for value in fields.values()), self._say("persons.at_form")
        for row in rows:
            yield row.text, self._say("persons.at_draft", number=row.number)

    def _dropped(self, which: str) -> Iterator[str]:
        with self._shelf.house.read() as db:
            kept = db.execute(sa.select(work_files.c.parts).where(work_files.c.id == which)).scalar() or []
        for part in kept:
            yield from self._about(str(part.get("text", "")), place=part.get("place"))

    def _own(self, person: str) -> Iterator[str]:
        """Everything that account wrote, whole."""
        with self._shelf.house.read() as db:
            said = list(db.execute(sa.select(conversations.c.id).where(conversations.c.person == person)).scalars())
            made = list(db.execute(sa.select(works.c.id).where(works.c.person == person)).scalars())
        for texts in (*map(self._turns, said), *map(self._drafts, made)):
            for text, label in texts:
                if text:
                    yield f"[{label}]\n{masked(text, self._seeker, self._table)}"

    def _account(self, person: str) -> Iterator[str]:
        """The row of the account, and what the house keeps of who they are elsewhere: their entry in a directory,
        their subject at an identity provider."""
        d, p = outside_people.c, provider_people.c
        with self._shelf.house.read() as db:
            row = db.execute(sa.select(people).where(people.c.id == person)).first()
            entries = db.execute(sa.select(d.source, d.dn, d.key).where(d.person == person)).all()
            query = sa.select(p.provider, p.subject, p.at).where(p.person == person).order_by(p.provider)
            subjects = db.execute(query).all()
        if row is None:
            return
        told: dict[str, Any] = {name: getattr(row, name) for name in ("name", "login", "role", "created_at")}
        told["directories"] = [{"directory": one.source, "dn": one.dn, "key": one.key} for one in entries]
        told["providers"] = [
            {"provider": one.provider, "subject": one.subject, "since": one.at} for one in subjects
        ]
        yield json.dumps(told, ensure_ascii=False)

    def _where(self, f: Found) -> str:
        """Provenance, in words: others' names masked."""
        one = f.finding
        space = self._shelf.space(one.space) if one.space else None
        if one.kind == "document" and (row := self._shelf.document(one.object)) is not None:
            named = masked(row.name.replace("_", " "), self._seeker, self._table)
            return self._say("persons.where_document", name=named, space=space.name if space else "")
        return self._say(f"persons.kind_{one.kind}") + (f" ({space.name})" if space else "")

    def _label(self, place: Any) -> str:
        """Where in an object, others masked: headings, subjects and senders name people too."""
        return masked(place_label(place, self._language), self._seeker, self._table)

    def _place(self, place: Any) -> str:
        key = sentence_of(place)
        return self._say(key, number=place.get("number", place.get("index", ""))) if key else ""


def _plain(cell: object) -> object:
    """A cell that a spreadsheet takes for a formula begins with an apostrophe."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def number_of(said: str) -> int:
    """The number of a request, as an address or a command says it. Raises InputError."""
    if not (said.isascii() and said.isdecimal() and len(said) < 10):
        raise InputError(detail="number")
    return int(said)
