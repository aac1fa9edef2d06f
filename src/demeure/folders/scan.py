"""One scan of one folder, from top to bottom: reached, listed, read, settled, and only then what is gone.

Nothing is removed on the word of a share that cannot be trusted: unreachable, empty, no longer mounted, cut off
while it was listed, or with too many files gone at once, it loses nothing. Killed anywhere and begun again, a scan
comes to the same end.
"""

import asyncio
import contextlib
import hashlib
import json
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from demeure.errors import DemeureError
from demeure.folders import values
from demeure.folders.deciding import decided
from demeure.folders.errors import FolderStopped
from demeure.folders.exchanging import Exchanges
from demeure.folders.following import ADD, CHANGE, MOVE, SCAN, Tools, begun, delete_documents, may_go
from demeure.folders.settling import Read
from demeure.folders.values import File, Folder, Report, next_look, readable, too_many
from demeure.journal import AddingRefused, Draft, OpenIntention
from demeure.library import Pieces
from demeure.library.errors import DocumentLeaving, UploadTooLarge
from demeure.policy import Action
from demeure.reader import (
    Entry,
    FileMoving,
    FileRefused,
    FolderUnreachable,
    Ignoring,
    OpenFolder,
    ReaderLied,
    message_key,
    unreachable,
)
from demeure.store import DiskFull

_TOGETHER = 100
_LOOK_EVERY = 20
"""Files between two looks at whether the folder was paused or let go."""


class Scan:
    """``run()`` once. ``whole``: every file is read again, whatever its size and date say."""

    def __init__(self, tools: Tools, folder: Folder, *, whole: bool) -> None:
        self._t, self._folder, self._whole = tools, folder, whole
        self._report, self._chain = Report(), uuid4().hex
        self._seen: set[int] = set()
        self._young: set[int] = set()
        self._blind: set[str] = set()
        self._blind_folders: tuple[str, ...] = ()
        self._known = self._held = 0
        self._number = 0
        self._messages: dict[object, File] = {}
        self._reader: OpenFolder | None = None
        self._exchanges = Exchanges(tools, folder, self._now)

    async def run(self) -> str:
        """How it ended: done, held, unreachable, interrupted, refused."""
        folder, register = self._folder, self._t.register
        intention = await self._intention()
        if intention is None:
            return "refused"
        outcome, reason = "interrupted", None
        try:
            self._number = await asyncio.to_thread(register.begin, folder.id, self._chain, whole=self._whole)
            outcome = await self._scanned()
        except (FolderUnreachable, ReaderLied) as problem:
            outcome, reason = "unreachable", {"fr": problem.sentence("fr"), "en": problem.sentence("en")}
        except FolderStopped:
            outcome = "interrupted"
        except AddingRefused as problem:
            outcome, reason = "refused", {"fr": problem.sentence("fr"), "en": problem.sentence("en")}
        except DiskFull as problem:
            reason = {"fr": problem.sentence("fr"), "en": problem.sentence("en")}
        finally:
            await asyncio.shield(asyncio.create_task(self._end(intention, outcome, reason)))
        return outcome

    async def _intention(self) -> OpenIntention | None:
        folder = self._folder
        draft = Draft(
            kind="input",
            name=SCAN,
            chain=self._chain,
            actor=(folder.asked and folder.asked_by) or folder.actor,
            space=folder.space,
            object=folder.id,
            decision="own work",
        )
        intention = await self._t.journal.intention(draft)
        if intention.may_add:
            return intention
        await self._t.journal.close(intention, "refused")
        return None

    async def _end(self, intention: OpenIntention, outcome: str, reason: dict[str, str] | None) -> None:
        if self._reader is not None:
            await self._reader.aclose()
        folder, report, register = self._folder, self._report, self._t.register
        if self._held:
            report.counts[values.HELD] = self._held
        away = outcome == "unreachable" and folder.every > 0
        soon = away or outcome in ("interrupted", "refused") or bool(report.counts[values.WAITING])
        told = {"done": "ok", "held": "held", "unreachable": "unreachable"}.get(outcome, "new")
        when = next_look(self._t.clock.now(), folder.every, soon=soon)
        ended: dict[str, Any] = {"state": told, "reason": reason, "next_at": when}
        if outcome in ("done", "held"):
            ended |= {"agreed": 0, "held": self._held}
        closing = {"done": "done", "held": "done", "unreachable": "failed", "refused": "refused"}
        with contextlib.suppress(DemeureError):  # the space may be gone: the journal is told all the same
            await asyncio.to_thread(register.ended, folder.id, self._number, outcome, report, **ended)
        payload = json.dumps(report.as_json() | {"outcome": outcome}, ensure_ascii=False).encode()
        await self._t.journal.close(intention, closing.get(outcome, "interrupted"), payload=payload)

    async def _scanned(self) -> str:
        self._reader = reader = await self._t.open(self._folder.id)
        self._known = await asyncio.to_thread(self._t.register.count, self._folder.id)
        await self._reached(reader)
        await self._listed(reader)
        missing = await asyncio.to_thread(self._missing)
        await self._read_all(reader, missing)
        return await self._removed(reader, missing)

    # -- reached --------------------------------------------------------------------------------------------------

    async def _reached(self, reader: OpenFolder) -> None:
        """Raises FolderUnreachable when what is there cannot be what was watched."""
        folder, facts = self._folder, await reader.look()
        if facts.empty and self._known and not folder.drop:
            raise unreachable("il est vide, alors qu’il ne l’était pas", "it is empty, and was not")
        if folder.mounted and not facts.mounted:
            raise unreachable("rien n’y est monté", "nothing is mounted there")
        if facts.mounted and not folder.mounted:
            await asyncio.to_thread(self._t.register.change, folder.id, mounted=True)

    # -- listed ---------------------------------------------------------------------------------------------------

    async def _listed(self, reader: OpenFolder) -> None:
        folder, register, report = self._folder, self._t.register, self._report
        async for listed in reader.walk(folder.ignore):
            found = await asyncio.to_thread(register.compare, folder.id, listed.files, whole=self._whole)
            self._seen.update(found.seen)
            self._young.update(found.young if folder.drop else ())
            report.counts[values.UNCHANGED] += len(listed.files) - found.to_read - len(found.refused)
            for path, why in found.refused:
                report.note(values.REFUSED, path, why)
            for path, why in listed.ignored:
                report.note(values.IGNORED, path, why)
            for path, why, is_folder in listed.unreadable:
                report.note(values.UNREADABLE, path, why)
                self._blind.add(path)
                self._blind_folders += (f"{path}/",) if is_folder else ()

    def _missing(self) -> dict[int, File]:
        """Rows whose file was not listed, and could have been."""
        missing: dict[int, File] = {}
        after = 0
        while some := self._t.register.some(self._folder.id, after, 1000):
            after = some[-1].id
            for file in some:
                if file.id not in self._seen and not self._hidden(file.path):
                    missing[file.id] = file
        return missing

    def _hidden(self, path: str) -> bool:
        return path in self._blind or path.startswith(self._blind_folders)

    # -- read -----------------------------------------------------------------------------------------------------

    async def _read_all(self, reader: OpenFolder, missing: dict[int, File]) -> None:
        """Every file that is new or no longer the same. ``missing`` loses those that only moved."""
        gone: dict[str, list[int]] = {}
        for file in missing.values():
            if file.sha256:
                gone.setdefault(file.sha256, []).append(file.id)
        self._messages = {
            _message(file): file for file in missing.values() if file.sha256 and message_key(file.path)
        }
        await self._read_these(reader, gone, missing, fresh=True)
        # only then: a name that serves again says nothing of the bytes that left it for another one
        await self._read_these(reader, gone, missing, fresh=False)

    async def _read_these(
        self, reader: OpenFolder, gone: dict[str, list[int]], missing: dict[int, File], *, fresh: bool
    ) -> None:
        folder, register, after, count = self._folder.id, self._t.register, 0, 0
        while some := await asyncio.to_thread(register.pending, folder, after, _TOGETHER, fresh=fresh):
            if not after:
                await asyncio.sleep(self._t.settle_seconds)
            after = some[-1].id
            for file in some:
                if file.id not in self._seen or file.id in self._exchanges.settled:
                    continue
                if file.id in self._young:  # whole once two scans have seen it the same
                    self._report.note(values.WAITING, file.path, FileMoving.__name__)
                    continue
                if count % _LOOK_EVERY == 0:
                    await self._still_wanted()
                count += 1
                await self._t.turn()
                await self._taken(reader, file, gone, missing)
            self._t.nudge()

    async def _still_wanted(self) -> None:
        folder = await asyncio.to_thread(self._t.register.folder, self._folder.id)
        if folder is None or folder.paused:
            raise FolderStopped()
        await asyncio.to_thread(self._t.register.told, self._number, self._report)

    async def _taken(
        self, reader: OpenFolder, file: File, gone: dict[str, list[int]], missing: dict[int, File]
    ) -> None:
        """One file, whatever is wrong with it told in the report."""
        try:
            await self._one(reader, file, gone, missing)
        except (FileMoving, DocumentLeaving) as problem:
            self._report.note(values.WAITING, file.path, problem.code())
        except FileRefused as problem:
            self._report.note(values.UNREADABLE, file.path, str(problem.params.get("detail", "")))
            await asyncio.to_thread(self._t.register.settle, file, reason=problem.code())
        except UploadTooLarge as problem:
            await self._refused(file, problem.code())

    async def _one(
        self, reader: OpenFolder, file: File, gone: dict[str, list[int]], missing: dict[int, File]
    ) -> None:
        if not file.size:
            return await self._refused(file, "DocumentEmpty")
        if file.size > self._t.limit:
            return await self._refused(file, "UploadTooLarge")
        entry = Entry(file.path, file.size, file.mtime)
        if file.sha256 and await self._digest(reader, entry) == file.sha256:
            await asyncio.to_thread(self._t.settling.same, file)
            self._report.counts[values.UNCHANGED] += 1
            return None
        marked = self._messages.get(_message(file)) if message_key(file.path) else None
        if marked is not None and marked.id in missing:  # its marks or its box changed; what it says never does
            sha256, size = marked.sha256, marked.size
        else:
            sha256, size = await self._stored(reader, entry)
        if file.sha256 and not self._folder.drop and (ring := await self._exchanges.settle(file, sha256)):
            for taken in ring:
                self._report.note(values.MOVED, taken.file.path, readable(taken.former.path))
            return None
        read = Read(file, sha256, size, uuid4().hex, uuid4().hex)
        ids = [] if file.sha256 and not self._folder.drop else gone.get(sha256, [])
        if marked is not None and marked.id in ids:
            ids.insert(0, ids.pop(ids.index(marked.id)))
        what, _ = await self._settled(read, ids)
        for one in ids[:1] if what in (values.MOVED, values.UNCHANGED) else ():
            ids.remove(one)
            former = missing.pop(one)
            if what == values.MOVED:
                self._report.note(what, file.path, readable(former.path))
                return None
        self._report.note(what, file.path)
        return None

    async def _settled(self, read: Read, ids: Sequence[int]) -> tuple[str, str]:
        """Written, then done."""
        folder, blobs = self._folder, self._t.rooms.blobs(self._folder.space)
        name = CHANGE if read.file.sha256 and not folder.drop else MOVE if ids else ADD
        decision = decided(folder, Action.DOCUMENT_ADD, folder.space, read.document)
        about = readable(read.file.path).encode()
        intention = await begun(
            self._t.journal, folder, name, decision, chain=read.chain, document=read.document, payload=about
        )
        outcome, document = "failed", read.document
        try:
            if not intention.may_add:
                outcome = "refused"
                raise AddingRefused()
            what, document = await asyncio.to_thread(
                self._t.settling.settle, folder, read, ids, lambda: blobs.exists(read.sha256)
            )
            outcome = "done"
        except asyncio.CancelledError:
            outcome = "interrupted"
            raise
        finally:
            closing = self._t.journal.close(intention, outcome, object=document)
            await asyncio.shield(asyncio.create_task(closing))
        return what, document

    async def _refused(self, file: File, why: str) -> None:
        self._report.note(values.REFUSED, file.path, why)
        await asyncio.to_thread(self._t.register.settle, file, pending=False, reason=why)

    async def _now(self, file: File) -> str:
        assert self._reader is not None, "asked while files are read"
        return await self._digest(self._reader, Entry(file.path, file.size, file.mtime))

    async def _digest(self, reader: OpenFolder, entry: Entry) -> str:
        digest = hashlib.sha256()
        async with contextlib.aclosing(reader.read(entry)) as pieces:
            async for piece in pieces:
                digest.update(piece)
        return digest.hexdigest()

    async def _stored(self, reader: OpenFolder, entry: Entry) -> tuple[str, int]:
        """Its bytes, encrypted on disk; nothing is kept when they could not all be read."""
        blobs, limit = self._t.rooms.blobs(self._folder.space), self._t.limit
        stream = reader.read(entry)
        pieces = Pieces(stream, asyncio.get_running_loop(), limit, UploadTooLarge(limit=limit >> 20))
        try:
            stored = await asyncio.to_thread(blobs.put, pieces)
        finally:
            pieces.stop()
            with contextlib.suppress(RuntimeError):  # its last piece is still being cancelled
                await stream.aclose()
        return stored.sha256, stored.size

    # -- gone -----------------------------------------------------------------------------------------------------

    async def _removed(self, reader: OpenFolder, missing: dict[int, File]) -> str:
        """Those that are still not there at a second look, unless they are too many at once."""
        if not missing:
            return "done"
        await self._still_wanted()
        await self._reached(reader)
        ignoring = Ignoring(self._folder.ignore)
        asked = [file.path for file in missing.values() if not ignoring.passes_over(file.path)]
        there = await reader.there(asked)
        left = [file for file in missing.values() if file.path not in there]
        if any(message_key(file.path) for file in left):
            left = await self._not_marked(reader, left)
        if self._folder.drop:
            return await self._left_behind(left)
        folder = await asyncio.to_thread(self._t.register.folder, self._folder.id)
        if folder is None:
            raise FolderStopped()
        if left and (folder.held or too_many(len(left), self._known)) and len(left) > folder.agreed:
            self._held = len(left)
            for file in left:
                self._report.note(values.HELD, file.path)
            return "held"
        kept: list[str] = []
        for first in range(0, len(left), _TOGETHER):
            kept += await self._leave(left[first : first + _TOGETHER])
        if kept:  # once the others are gone: written, and the scan ends as refused
            await delete_documents(self._t, self._folder, kept[:1], self._chain, lambda: None)
        return "done"

    async def _not_marked(self, reader: OpenFolder, left: list[File]) -> list[File]:
        """Those that are gone under any name: a message whose marks change while its folder is listed is seen
        nowhere. It is followed by the next scan."""
        there: set[object] = set()
        async for listed in reader.walk(self._folder.ignore):
            there.update(message_key(entry.path) for entry in listed.files)
        return [file for file in left if message_key(file.path) is None or message_key(file.path) not in there]

    async def _left_behind(self, files: list[File]) -> str:
        """Of a folder where things are dropped: forgotten, and nothing of what was brought goes."""
        for first in range(0, len(files), _TOGETHER):
            await asyncio.to_thread(self._t.settling.leave, files[first : first + _TOGETHER], [])
        for file in files:
            self._report.note(values.LEFT, file.path)
        return "done"

    async def _leave(self, files: list[File]) -> list[str]:
        """Ids of those that may not be destroyed: they stay, and their files are looked at again."""
        await self._t.turn()
        going = await asyncio.to_thread(self._t.settling.leaving, files)
        asked = {document: await may_go(self._t, self._folder, document) for document, _ in going}
        ids = [document for document, decision in asked.items() if decision.allowed]
        kept = [document for document in asked if document not in ids]
        gone = [file for file in files if file.document not in kept]
        await delete_documents(self._t, self._folder, ids, self._chain, lambda: self._t.settling.leave(gone, ids))
        for file in gone:
            self._report.note(values.DELETED, file.path)
        return kept


def _message(file: File) -> object:
    """What tells a message from all others, and from itself when it was written again."""
    return message_key(file.path), file.size, file.mtime
