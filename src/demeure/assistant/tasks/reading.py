"""What the fields of a work bring to read: a pasted text, a dropped file, documents of the base, read again each
time.

Promise: a document is given only to whom may read it now; a file's bytes are read by a job of the workshop, never
here.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Protocol

from demeure.assistant.tasks.definition import Task
from demeure.assistant.tasks.errors import FieldMissing, FieldTooLong, FieldUnknown, FieldWrong, NothingToRead
from demeure.assistant.tasks.making import Reading, Stretch
from demeure.assistant.tasks.recipes.sourcing import pieces
from demeure.assistant.tasks.rows import FileRow
from demeure.assistant.tasks.works import Works, new_id
from demeure.library import Document, Read
from demeure.policy import Actor
from demeure.workshop import Part, ReadSummary, Workshop, announced_format

FILE, DOCUMENT = "file:", "document:"
READS = ("message", "source", "documents")
FILE_CHARACTERS = 2_000_000
MOST_DOCUMENTS = 40


class Library(Protocol):
    """See ``demeure.library.FullText``."""

    async def allowed(self, actor: Actor, document: str) -> Document: ...

    async def read(self, actor: Actor, document: str, chain: str) -> tuple[Document, tuple[Read, ...]]: ...


class Desk:
    """Composed by the gateway."""

    def __init__(self, works: Works, library: Library, workshop: Workshop) -> None:
        self._works, self._library, self._workshop = works, library, workshop

    async def drop(self, actor: Actor, name: str, stream: AsyncIterator[bytes]) -> FileRow:
        """A file brought on a form, read and kept for its work. Raises what a reading can meet, NothingToRead."""
        parts: list[dict[str, object]] = []
        pages = 0
        async for answer in self._workshop.read(stream, name=name):
            match answer:
                case ReadSummary():
                    pages = answer.pages
                case Part() if answer.text.strip():
                    told: dict[str, object] = {
                        "place": dict(answer.place),
                        "text": answer.text,
                        "headings": list(answer.headings),
                    }
                    parts.append(told)
        if not parts:
            raise NothingToRead(name=name)
        row = FileRow(new_id(), name[:200], announced_format(name), pages, tuple(parts))
        return await self._works.put_file(actor.id, row)

    async def readings(
        self, actor: Actor, task: Task, fields: Mapping[str, str], chain: str
    ) -> dict[str, list[Reading]]:
        """By field. Raises DocumentUnknown, FileUnknown, NothingToRead."""
        found: dict[str, list[Reading]] = {}
        for one in task.fields:
            if one.kind in READS:
                given = fields.get(one.name, "")
                entries = given.split("\n") if one.kind == "documents" or _named(given) else [given]
                found[one.name] = [await self._reading(actor, each, chain) for each in entries if each.strip()]
        return found

    async def _reading(self, actor: Actor, entry: str, chain: str) -> Reading:
        if entry.startswith(FILE):
            row = await self._works.file(actor.id, entry.removeprefix(FILE).strip())
            return Reading(tuple(one for part in row.parts for one in _stretches(part)), row.name, pages=row.pages)
        if entry.startswith(DOCUMENT):
            document, read = await self._library.read(actor, entry.removeprefix(DOCUMENT).strip(), chain)
            if not read:
                raise NothingToRead(name=document.name)
            told = tuple(Stretch(one.text, one.place, tuple(one.context.split("\n")[1:]), one.id) for one in read)
            return Reading(told, document.name, document.id, document.space, document.pages or 0)
        return Reading(tuple(map(Stretch, pieces(entry))))

    async def checked(
        self, actor: Actor, task: Task, given: Mapping[str, str]
    ) -> tuple[dict[str, str], set[str], str]:
        """(the fields as kept, the spaces of their documents, what names the work). Raises FieldMissing,
        FieldTooLong, FieldUnknown, FieldWrong, DocumentUnknown, FileUnknown."""
        fields: dict[str, str] = {}
        spaces: set[str] = set()
        named = ""
        for unknown in given.keys() - {one.name for one in task.fields}:
            raise FieldUnknown(field=unknown[:40], names=", ".join(one.name for one in task.fields))
        for one in task.fields:
            value = given.get(one.name, "").replace("\r\n", "\n").strip() or one.default
            label = {"field": one.label["fr"], "field_en": one.label["en"]}
            if one.required and not value:
                raise FieldMissing(**label)
            if len(value) > one.most:
                raise FieldTooLong(**label, length=len(value), limit=one.most)
            if one.choices and value and one.choice(value) is None:
                raise FieldWrong(**label, value=value[:40])
            if one.kind in READS and _named(value):
                names, theirs = await self._named(actor, value)
                spaces |= theirs
                named = named or ", ".join(names)
            elif not named and not one.choices and one.kind != "spaces" and value:
                named = " ".join(value.split())
            fields[one.name] = value
        return fields, spaces, named

    async def _named(self, actor: Actor, value: str) -> tuple[list[str], set[str]]:
        names: list[str] = []
        spaces: set[str] = set()
        for entry in value.split("\n")[:MOST_DOCUMENTS]:
            if entry.startswith(FILE):
                names.append((await self._works.file(actor.id, entry.removeprefix(FILE).strip())).name)
            elif entry.startswith(DOCUMENT):
                row = await self._library.allowed(actor, entry.removeprefix(DOCUMENT).strip())
                names.append(row.name)
                spaces.add(row.space)
        return names, spaces


def files_of(fields: Mapping[str, str]) -> list[str]:
    """Ids of the dropped files that fields name."""
    lines = [line for value in fields.values() for line in value.split("\n")]
    return [line.removeprefix(FILE).strip() for line in lines if line.startswith(FILE)]


def _named(value: str) -> bool:
    return value.startswith((FILE, DOCUMENT))


def _stretches(part: Mapping[str, object]) -> list[Stretch]:
    """Passages of a part: a source is read at a glance."""
    place, headings = part["place"], part["headings"]
    assert isinstance(place, dict) and isinstance(headings, Sequence)
    path = tuple(map(str, place.get("path", ()))) if place.get("kind") == "heading" else tuple(map(str, headings))
    return [Stretch(text, place, path) for text in pieces(str(part["text"]))]
