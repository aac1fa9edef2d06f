"""A room of tasks for the pages: the real one over a small encrypted database, made when first asked; only the
model,
the documents and the workshop are fakes."""

# ruff: noqa: ARG002 - fakes have the signatures of their ports

import shutil
import tempfile
import weakref
from functools import cached_property
from pathlib import Path
from typing import Any

from demeure.assistant.tasks import TaskRoom, Turns, compose
from demeure.clock import SystemClock
from demeure.identity import Place
from demeure.library import Document, French, Read
from demeure.library.errors import DocumentUnknown
from demeure.policy import Actor, Right
from demeure.settings import Settings
from demeure.store import Database, Keys, create_instance, keys_folder, open_house, read_house_key
from demeure.testing.engine import FakeEngine
from demeure.testing.house import NoLease
from demeure.testing.journal import MemoryJournal
from demeure.testing.words import FakeWords
from demeure.testing.workshop import FakeEars, FakeWorkshop
from demeure.workshop import SpeechModel

LETTER = (
    "Objet : Votre demande de salle\n\nLa salle est libre le 14 juin. La caution est de 300 €.\n\n"
    "Les clés sont à prendre vendredi avant 17 h."
)


class FakeRights:
    """Every space of ``names``, with the right to manage; ``kept``: ids that are no longer readable."""

    def __init__(self, names: dict[str, str]) -> None:
        self.names = names

    def spaces(self, actor: Actor) -> list[Place]:
        return [Place(space, name, Right.MANAGE) for space, name in self.names.items()]


class FakeWhole:
    """``texts`` by document id: one passage a page. A document without one does not exist."""

    def __init__(self, shelves: Any) -> None:
        self._shelves = shelves
        self.texts: dict[str, list[str]] = {}

    async def allowed(self, actor: Actor, document: str) -> Document:
        row = self._shelves.rows.get(document)
        if row is None or row.space not in self._shelves.names:
            raise DocumentUnknown()
        return Document(
            id=row.id,
            space=row.space,
            name=row.name,
            format=row.format,
            size=row.size,
            sha256="0" * 64,
            state="ready",
            chain="c" * 32,
            added_by="p1",
            added_at="2026-11-24T12:00:00.000000+00:00",
        )

    async def read(self, actor: Actor, document: str, chain: str) -> tuple[Document, tuple[Read, ...]]:
        row = await self.allowed(actor, document)
        pages = self.texts.get(document, ["La salle des fêtes se loue 85 € le week-end."])
        return row, tuple(Read(at, {"kind": "page", "page": at}, text) for at, text in enumerate(pages, 1))


class LazyTasks:
    """``room``: made at the first look. ``engine``: what the model says."""

    def __init__(self, shelves: Any, journal: MemoryJournal, words: FakeWords) -> None:
        self.words = words
        self.engine, self.library, self.workshop = FakeEngine(LETTER), FakeWhole(shelves), FakeWorkshop()
        self.ears = FakeEars()
        self.rights, self._journal = FakeRights(shelves.names), journal

    @cached_property
    def folder(self) -> Path:
        folder = Path(tempfile.mkdtemp(prefix="demeure-tasks-"))
        create_instance(folder)
        (folder / "tasks").mkdir()
        return folder

    @cached_property
    def room(self) -> TaskRoom:
        keys = Keys(read_house_key(self.folder), keys_folder(self.folder))
        clock = SystemClock()
        house = open_house(self.folder, keys)
        self._end = weakref.finalize(self, _gone, house, self.folder)
        made = compose(
            house=house,
            instance=self.folder,
            journal=self._journal,
            clock=clock,
            engine=self.engine,
            turns=Turns(NoLease(), rest=0.0),
            rights=self.rights,
            library=self.library,
            workshop=self.workshop,
            settings=Settings(organisation="Mairie de Saint-Aubin"),
            stems=French().stems,
            words=self.words,
            ears=self.ears,
            speech=lambda: SpeechModel("essai", "essai.tar", "0" * 64),
        )
        made.runner.use("essai")
        return made

    def close(self) -> None:
        """Nothing is left of it; the end of its house does the same."""
        if "room" in vars(self):
            self._end()


def _gone(house: Database, folder: Path) -> None:
    house.close()
    shutil.rmtree(folder, ignore_errors=True)


class Later:
    """An attribute of the room (or the room: no name), asked for when it is used."""

    def __init__(self, lazy: Any, name: str | None) -> None:
        self._lazy, self._name = lazy, name

    def __getattr__(self, name: str) -> Any:
        room = self._lazy.room
        return getattr(getattr(room, self._name) if self._name else room, name)
