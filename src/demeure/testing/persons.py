"""The room of people and their data for the pages: the real one over a small real house, made when first asked."""

import shutil
import tempfile
import weakref
from functools import cached_property
from pathlib import Path
from typing import Any

from demeure.clock import SystemClock
from demeure.identity import Membership, People
from demeure.persons import PersonRoom
from demeure.policy import Actor
from demeure.testing.house import SmallHouse, compose
from demeure.testing.journal import MemoryJournal


class NoPayloads:
    """Keys of persons that were destroyed."""

    def __init__(self) -> None:
        self.erased: list[str] = []

    async def erase(self, actor: Actor, person: str) -> dict[str, Any]:  # noqa: ARG002 - the port's words
        self.erased.append(person)
        return {}


def person_room(house: SmallHouse, journal: MemoryJournal, payloads: NoPayloads) -> PersonRoom:
    """The real room over ``house``."""
    clock = SystemClock()
    return PersonRoom(
        rooms=house.rooms,
        shelf=house.shelf,
        membership=Membership(house.instance.house),
        journal=journal,
        clock=clock,
        library=house.library,
        history=house.history,
        people=People(house.instance.house, clock),
        payloads=payloads,
    )


class LazyPersons:
    """``room``: made at the first look; ``house``: what it looks through."""

    def __init__(self, journal: MemoryJournal) -> None:
        self._journal, self.payloads = journal, NoPayloads()

    @cached_property
    def house(self) -> SmallHouse:
        folder = Path(tempfile.mkdtemp(prefix="demeure-persons-"))
        made = compose(folder)
        self._end = weakref.finalize(self, _gone, made, folder)
        return made

    @cached_property
    def room(self) -> PersonRoom:
        return person_room(self.house, self._journal, self.payloads)


def _gone(house: SmallHouse, folder: Path) -> None:
    house.worker_rooms.close()
    house.rooms.close()
    house.instance.close()
    shutil.rmtree(folder, ignore_errors=True)
