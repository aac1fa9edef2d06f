"""A watched folder in tests: the real job on a thread or in its own box, in front of the real scan."""

import asyncio
import os
import socket
import threading
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path

import sqlalchemy as sa

from demeure.clock import SystemClock
from demeure.errors import DemeureError
from demeure.folders import Folder, Register, Scan, ScanRow, Settling, Tools
from demeure.library import Document, document_of
from demeure.reader import Entry, HandedFolder, Listed, OpenFolder, Stated
from demeure.reader.job import serve
from demeure.store.tables import documents
from demeure.testing.house import SmallHouse

FOLDER = "f" * 32


class LoneReader:
    """``open``: the job that reads ``place``, on a thread of this process: the same code, without its box.
    ``reads``: paths whose bytes were asked for. ``mounted``: what is told of the root, instead of what it is.
    ``failure``: raised by the listings, once they have given something."""

    def __init__(self, place: Path) -> None:
        self.place, self.opened = place, 0
        self.reads: list[str] = []
        self.mounted: bool | None = None
        self.failure: DemeureError | None = None

    async def open(self, _folder: str) -> OpenFolder:
        ours, theirs = socket.socketpair()
        threading.Thread(target=self._serve, args=(theirs,), daemon=True).start()
        self.opened += 1
        return Spied(HandedFolder(ours), self)

    def _serve(self, sock: socket.socket) -> None:
        with sock:
            try:
                serve(sock, str(self.place))
            except OSError:
                return


class Spied:
    """Passes through; remembers what was read."""

    def __init__(self, folder: HandedFolder, told: LoneReader) -> None:
        self._folder, self._told = folder, told

    async def look(self) -> Stated:
        facts = await self._folder.look()
        return facts if self._told.mounted is None else Stated(self._told.mounted, facts.empty)

    async def walk(self, ignore: Sequence[str]) -> AsyncGenerator[Listed]:
        async for listed in self._folder.walk(ignore):
            yield listed
            if self._told.failure is not None:
                raise self._told.failure

    async def read(self, entry: Entry) -> AsyncGenerator[bytes]:
        self._told.reads = [*self._told.reads, entry.path]
        async for piece in self._folder.read(entry):
            yield piece

    async def there(self, paths: Sequence[str]) -> dict[str, Entry]:
        return await self._folder.there(paths)

    async def aclose(self) -> None:
        await self._folder.aclose()


class Watched:
    """One folder of one small house."""

    def __init__(
        self, house: SmallHouse, place: Path, *, keep_days: int = 0, ignore: Sequence[str] = (), drop: bool = False
    ) -> None:
        self.house, self.place, self.clock = house, place, SystemClock()
        self.register = Register(house.instance.house, self.clock)
        self.reader = LoneReader(place)
        self.tools = Tools(
            rooms=house.worker_rooms,
            shelf=house.shelf,
            register=self.register,
            settling=Settling(house.instance.house, self.clock),
            journal=house.journal,
            clock=self.clock,
            open=self.reader.open,
            turn=_at_once,
            limit=1 << 20,
            nudge=house.pipeline.nudge,
            settle_seconds=0.0,
        )
        if self.register.folder(FOLDER) is None:
            self.register.declare(
                Folder(
                    id=FOLDER,
                    space="mairie",
                    place=os.fsencode(place),
                    name=str(place),
                    declared_by="uid:0",
                    declared_at=self.register.now(),
                    every=15,
                    ignore=tuple(ignore),
                    state="new",
                    next_at=self.register.now(),
                    keep_days=keep_days,
                    drop=drop,
                )
            )

    @property
    def folder(self) -> Folder:
        found = self.register.folder(FOLDER)
        assert found is not None
        return found

    async def scan(self, *, whole: bool = False) -> ScanRow:
        """One scan; what it told."""
        await Scan(self.tools, self.folder, whole=whole).run()
        return self.register.scans(FOLDER)[0]

    async def read(self) -> None:
        """Until the pipeline has nothing left to read or to erase."""
        async with asyncio.timeout(20):
            while self._busy():  # noqa: ASYNC110 - rows are looked at
                await asyncio.sleep(0.01)

    def _busy(self) -> bool:
        return any(row.state not in ("ready", "failed") or row.leaving for row in self.every())

    def every(self) -> list[Document]:
        """All rows of the space, those being deleted included."""
        with self.house.instance.house.read() as db:
            rows = db.execute(sa.select(documents).where(documents.c.space == "mairie")).all()
        return [document_of(row) for row in rows]

    def names(self) -> list[str]:
        """Of the documents that are there for people."""
        return sorted(row.name for row in self.every() if not row.leaving)


async def _at_once() -> None:
    """Nobody is to be let through first."""
