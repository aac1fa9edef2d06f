"""The gateway's ports over the real rooms: links, sessions, spaces, documents, conversations, recovery."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from demeure.assistant import Conversations, History, Opening
from demeure.clock import SystemClock
from demeure.errors import DemeureError
from demeure.gateway.entrance import Entrance
from demeure.gateway.recovery import recover
from demeure.gateway.rooms import ConversationMemory, LibraryShelves
from demeure.identity import LinkUnknown, LinkUsed, Membership, PersonUnknown
from demeure.journal import Draft, JournalUnavailable
from demeure.library import Library, Rooms, Shelf
from demeure.policy import Denied, machine_actor
from demeure.settings import Settings
from demeure.store import Database, Keys, create_instance, keys_folder, open_house, read_house_key
from demeure.testing.identity import CHEAP
from demeure.testing.journal import MemoryJournal
from demeure.testing.people import PASSWORD

ROOT = machine_actor(0, 0, "root")
STRANGER = machine_actor(4242, 0, "x")


class Furnished:
    """A real store in a folder, with a journal in memory."""

    def __init__(self, instance: Path) -> None:
        create_instance(instance)
        keys, clock = Keys(read_house_key(instance), keys_folder(instance)), SystemClock()
        self.database: Database = open_house(instance, keys)
        self.journal = MemoryJournal()
        self.rooms, shelf = Rooms(instance, keys), Shelf(self.database, clock)
        self.library = Library(
            rooms=self.rooms,
            shelf=shelf,
            membership=Membership(self.database),
            journal=self.journal,
            clock=clock,
            upload_megabytes=1,
        )
        self.conversations = Conversations(self.database, clock)
        self.entrance = Entrance(self.database, clock, Settings(), self.journal, parameters=CHEAP)
        self.people, self.reception = self.entrance.people, self.entrance.reception
        self.shelves = LibraryShelves(self.library)
        membership = Membership(self.database)
        self.history = History(self.database, self.journal, membership)
        self.memory = ConversationMemory(self.conversations, self.history, membership)

    def trail(self) -> list[tuple[str, str, str | None]]:
        return [(e.name, e.phase, e.outcome) for e in self.journal.entries]

    def close(self) -> None:
        self.entrance.passwords.close()
        self.rooms.close()
        self.database.close()


@pytest.fixture
def furnished(tmp_path: Path):  # type: ignore[no-untyped-def]
    made = Furnished(tmp_path)
    yield made
    made.close()


def test_a_link_becomes_a_session_once_and_every_step_is_written(furnished: Furnished) -> None:
    async def go() -> None:
        door = furnished.reception
        link = await door.invite(ROOT, None)
        session = await door.enter(link, PASSWORD, PASSWORD, name="Anne", login="anne")
        actor = await door.guest(session)
        assert actor is not None
        assert actor.administers
        with pytest.raises(LinkUsed):
            await door.enter(link, PASSWORD, PASSWORD, name="Anne", login="anne")
        with pytest.raises(LinkUnknown):
            await door.enter("jamais donné", PASSWORD, PASSWORD, name="Anne", login="anne")
        await door.leave(session)
        await door.leave(session)
        assert await door.guest(session) is None
        for garbage in ("", "\x00", "é" * 5000, "\ud800"):
            assert await door.guest(garbage) is None
        with pytest.raises(PersonUnknown):
            await door.invite(ROOT, "personne")
        with pytest.raises(Denied):
            await door.invite(STRANGER, None)

    asyncio.run(go())
    assert furnished.trail() == [
        *(("link-created", "intention", None), ("link-created-closed", "closing", "done")),
        *(("link-presented", "intention", None), ("link-presented-closed", "closing", "done")),
        *(("link-presented", "intention", None), ("link-presented-closed", "closing", "refused")),
        *(("link-presented", "intention", None), ("link-presented-closed", "closing", "refused")),
        ("signed-out", "fact", None),
        *(("link-created", "intention", None), ("link-created-closed", "closing", "failed")),
        *(("link-created", "intention", None), ("link-created-closed", "closing", "refused")),
    ]
    for entry in furnished.journal.entries:
        assert "jamais" not in entry.object, "a token is not written"


def test_without_a_journal_a_link_is_not_used_up(furnished: Furnished) -> None:
    async def go() -> None:
        link = await furnished.reception.invite(ROOT, None)
        furnished.journal.failure = JournalUnavailable()
        with pytest.raises(JournalUnavailable):
            await furnished.reception.enter(link, PASSWORD, PASSWORD, name="Anne", login="anne")
        furnished.journal.failure = None
        assert await furnished.reception.enter(link, PASSWORD, PASSWORD, name="Anne", login="anne")

    asyncio.run(go())


def test_spaces_and_documents_cross_with_their_facts(furnished: Furnished) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield b"une "
        yield b"note"

    async def broken() -> AsyncIterator[bytes]:
        yield b"x"
        raise ConnectionError

    async def go() -> None:
        shelves = furnished.shelves
        space = await shelves.create_space(ROOT, "Mairie")
        added = await shelves.add(ROOT, space.id, "note.txt", body())
        again = await shelves.add(ROOT, space.id, "copie.txt", body())
        assert (added.new, added.document.state, added.document.size) == (True, "received", 8)
        assert (again.new, again.document.id) == (False, added.document.id)
        with pytest.raises(ConnectionError):
            await shelves.add(ROOT, space.id, "coupé.txt", broken())
        (seen,) = await shelves.spaces(ROOT)
        assert (seen.name, seen.documents, seen.may_add) == ("Mairie", 1, True)
        assert await shelves.spaces(STRANGER) == []
        with pytest.raises(DemeureError):
            await shelves.documents(STRANGER, space.id)
        assert [row.name for row in await shelves.documents(ROOT, space.id)] == ["note.txt"]
        await shelves.delete(ROOT, added.document.id)
        assert await shelves.documents(ROOT, space.id) == []
        await shelves.delete_space(ROOT, space.id)
        assert await shelves.spaces(ROOT) == []

    asyncio.run(go())


def test_conversations_belong_to_their_person(furnished: Furnished) -> None:
    async def go() -> None:
        space = await furnished.library.create_space(ROOT, "Mairie")
        source = {
            "number": 1,
            "document_id": "d",
            "document": "Tarifs",
            "space": space.id,
            "place": {"kind": "page", "page": 3},
            "place_label": "page 3",
            "quote": "85 €",
            "score": 0.5,
        }
        conversation, message = await furnished.conversations.begin(
            ROOT.id, None, Opening("c", "Quel tarif ?", [space.id])
        )
        assert (await furnished.memory.conversation(ROOT, conversation))[0].outcome == "open"
        await furnished.conversations.end(message, "85 € [1]", "done", [source])
        (exchange,) = await furnished.memory.conversation(ROOT, conversation)
        assert (exchange.question, exchange.text, exchange.outcome) == ("Quel tarif ?", "85 € [1]", "done")
        assert exchange.sources[0].place_label == "page 3"
        assert [past.title for past in await furnished.memory.recent(ROOT, 5)] == ["Quel tarif ?"]
        assert await furnished.memory.recent(STRANGER, 5) == []
        with pytest.raises(DemeureError):
            await furnished.memory.conversation(STRANGER, conversation)

    asyncio.run(go())


def test_recovery_waits_for_the_journal_and_closes_everything_once(furnished: Furnished) -> None:
    async def go() -> None:
        for name in ("link-presented", "link-created", "engines-reloaded", "question-asked"):
            await furnished.journal.intention(Draft(kind="administration", name=name, chain=name))
        furnished.journal.failure = JournalUnavailable()
        recovering = asyncio.create_task(
            recover(furnished.journal, furnished.conversations, furnished.library, furnished.history)
        )
        await asyncio.sleep(0.1)
        assert not recovering.done()
        furnished.journal.failure = None
        assert await asyncio.wait_for(recovering, 5) == 4
        assert await furnished.journal.open_intentions() == []
        assert await recover(furnished.journal, furnished.conversations, furnished.library, furnished.history) == 0

    asyncio.run(go())
    assert [e.outcome for e in furnished.journal.entries[4:]] == ["interrupted"] * 4
