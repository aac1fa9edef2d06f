"""What the fields of a work bring to read: a pasted text, a dropped file, documents of the base, read again each
time.

Promise: a document is given only to whom may read it now; a file's bytes are read by a job of the workshop, never
here.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Protocol

from demeure.assistant.tasks import transcript
from demeure.assistant.tasks.definition import Field, Task
from demeure.assistant.tasks.errors import (
    FieldMissing,
    FieldTooLong,
    FieldUnknown,
    FieldWrong,
    NameOfAFile,
    NothingToRead,
    RecordingExpected,
    WorkUnknown,
)
from demeure.assistant.tasks.making import Reading, Stretch
from demeure.assistant.tasks.recipes.sourcing import pieces
from demeure.assistant.tasks.recordings import SOUND, Recordings
from demeure.assistant.tasks.rows import FileRow, WorkRow
from demeure.assistant.tasks.touching import DOCUMENT
from demeure.assistant.tasks.works import Works, new_id
from demeure.library import Document, Read
from demeure.policy import Actor
from demeure.workshop import (
    Ears,
    Part,
    ReadSummary,
    SpeechModel,
    SpeechModelMissing,
    Workshop,
    announced_format,
    announced_recording,
)

FILE, WORK = "file:", "work:"
READS = ("message", "source", "documents", "recording")
FILE_CHARACTERS = 2_000_000
MOST_DOCUMENTS = 40


class Library(Protocol):
    """See ``demeure.library.FullText``."""

    async def allowed(self, actor: Actor, document: str) -> Document: ...

    async def read(self, actor: Actor, document: str, chain: str) -> tuple[Document, tuple[Read, ...]]: ...


class Dictation:
    """Where recordings come in. ``model``: what would hear them, called in a thread."""

    def __init__(self, recordings: Recordings, ears: Ears, model: Callable[[], SpeechModel | None]) -> None:
        self._recordings, self._ears, self._model = recordings, ears, model

    async def drop(self, actor: Actor, name: str, stream: AsyncIterator[bytes]) -> FileRow:
        """Decoded and kept. Raises SpeechModelMissing before a byte is taken, and what the decoding meets."""
        if await asyncio.to_thread(self._model) is None:
            raise SpeechModelMissing()
        answers = self._ears.sound(stream, name=name)
        return await self._recordings.keep(actor.id, new_id(), name[:200], announced_recording(name), answers)


class Desk:
    """Composed by the gateway."""

    def __init__(
        self, works: Works, library: Library, workshop: Workshop, dictation: "Dictation | None" = None
    ) -> None:
        self._works, self._library, self._workshop, self._dictation = works, library, workshop, dictation

    async def drop(self, actor: Actor, name: str, stream: AsyncIterator[bytes]) -> FileRow:
        """A file brought on a form, read and kept for its work; a recording: decoded. Raises what a reading can
        meet, NothingToRead."""
        if self._dictation is not None and announced_recording(name):
            return await self._dictation.drop(actor, name, stream)
        parts: list[dict[str, object]] = []
        pages, answering = 0, None
        async for answer in self._workshop.read(stream, name=name):
            match answer:
                case ReadSummary():
                    pages, answering = answer.pages, answer.answering
                case Part() if answer.text.strip():
                    told: dict[str, object] = {
                        "place": dict(answer.place),
                        "text": answer.text,
                        "headings": list(answer.headings),
                    }
                    parts.append(told)
        if not parts:
            raise NothingToRead(name=name)
        row = FileRow(new_id(), name[:200], announced_format(name), pages, tuple(parts), answering)
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
            file = await self._works.file(actor.id, entry.removeprefix(FILE).strip())
            return Reading(
                tuple(one for part in file.parts for one in _stretches(part)), file.name, pages=file.pages
            )
        if entry.startswith(WORK):
            row = await self._transcript(actor, entry)
            said = transcript.read(row.drafts[-1].text)
            return Reading(tuple(Stretch(one.plain()) for one in said), row.title, heard=True)
        if entry.startswith(DOCUMENT):
            document, read = await self._library.read(actor, entry.removeprefix(DOCUMENT).strip(), chain)
            if not read:
                raise NothingToRead(name=document.name)
            stretches = tuple(Stretch(one.text, one.place, one.headings, one.id) for one in read)
            return Reading(stretches, document.name, document.id, document.space, document.pages or 0)
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
            if one.kind == "recording":
                await self._recording(actor, one, value)
            if one.kind in READS and _of_a_file(value):
                raise NameOfAFile(name=value)
            if one.kind in READS and _named(value):
                names, theirs = await self._named(actor, value)
                spaces |= theirs
                named = named or ", ".join(names)
            elif not named and not one.choices and one.kind not in ("spaces", "template", "procedure") and value:
                named = " ".join(value.split())
            fields[one.name] = value
        return fields, spaces, named

    async def _named(self, actor: Actor, value: str) -> tuple[list[str], set[str]]:
        names: list[str] = []
        spaces: set[str] = set()
        for entry in value.split("\n")[:MOST_DOCUMENTS]:
            if entry.startswith(FILE):
                names.append((await self._works.file(actor.id, entry.removeprefix(FILE).strip())).name)
            elif entry.startswith(WORK):
                names.append((await self._transcript(actor, entry)).title)
            elif entry.startswith(DOCUMENT):
                row = await self._library.allowed(actor, entry.removeprefix(DOCUMENT).strip())
                names.append(row.name)
                spaces.add(row.space)
        return names, spaces

    async def recording_in(self, actor: Actor, task: Task, given: Mapping[str, str]) -> str:
        """The recording that was brought where ``task`` reads a text, as a value of a field; empty: there is
        none."""
        for one in task.fields:
            value = given.get(one.name, "").strip()
            if one.kind in READS and one.kind not in ("recording", "documents") and value.startswith(FILE):
                row = await self._works.file(actor.id, value.removeprefix(FILE).strip())
                if row.format == SOUND:
                    return value
        return ""

    async def _recording(self, actor: Actor, field: Field, value: str) -> None:
        row = await self._works.file(actor.id, value.removeprefix(FILE).strip()) if value.startswith(FILE) else None
        if row is None or row.format != SOUND:
            label = {"field": field.label["fr"], "field_en": field.label["en"]}
            raise RecordingExpected(**label, name=row.name if row else value[:40])

    async def _transcript(self, actor: Actor, entry: str) -> WorkRow:
        """One's own transcript, finished. Raises WorkUnknown, NothingToRead."""
        row = await self._works.work(entry.removeprefix(WORK).strip())
        if row is None or row.person != actor.id or row.spaces:
            raise WorkUnknown()
        if not row.drafts or row.drafts[-1].open or not row.drafts[-1].text.strip():
            raise NothingToRead(name=row.title)
        return row


def files_of(fields: Mapping[str, str]) -> list[str]:
    """Ids of the dropped files that fields name."""
    lines = [line for value in fields.values() for line in value.split("\n")]
    return [line.removeprefix(FILE).strip() for line in lines if line.startswith(FILE)]


def _of_a_file(value: str) -> bool:
    """« rapport-2025.pdf » alone, typed where a text is expected; a name with blanks may be a sentence."""
    alone = len(value.split()) == 1 and not _named(value)
    return alone and bool(announced_format(value) or announced_recording(value))


def _named(value: str) -> bool:
    return value.startswith((FILE, DOCUMENT, WORK))


def _stretches(part: Mapping[str, object]) -> list[Stretch]:
    """Passages of a part: a source is read at a glance."""
    place, headings = part["place"], part["headings"]
    assert isinstance(place, dict) and isinstance(headings, Sequence)
    path = tuple(map(str, place.get("path", ()))) if place.get("kind") == "heading" else tuple(map(str, headings))
    return [Stretch(text, place, path) for text in pieces(str(part["text"]))]
