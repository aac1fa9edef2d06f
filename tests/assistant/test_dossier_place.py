"""What waits in the engine's place for a question that is being written: whose, how long, who goes first."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from test_dossier import QUESTION, TEXT, asked, going, names

from demeure.assistant.dossier import place
from demeure.assistant.dossier.place import Place
from demeure.library import DocumentUnknown
from demeure.settings import Settings
from demeure.testing.engine import FakeSlots
from demeure.testing.house import ADMINISTRATOR, AGENT, SmallHouse

WHOLE = {"documents": ["a"], "asker": "claire"}


class Lease:
    """Counts who holds it."""

    held = 0

    @contextlib.asynccontextmanager
    async def interactive(self) -> AsyncIterator[None]:
        self.held += 1
        try:
            yield
        finally:
            self.held -= 1


def test_the_question_finds_nothing_left_to_bring(tmp_path: Path) -> None:
    async def test(house: SmallHouse) -> None:
        row, slots = await house.add("cantine.txt", TEXT), house.ready.slots
        assert await house.ready.dossiers.bring(AGENT, [row.id]) is False, "nothing is kept of it"
        assert not slots.read_ and not slots.held
        await asked(house, row)
        assert await house.ready.dossiers.bring(AGENT, [row.id]) is True
        assert await house.ready.dossiers.bring(AGENT, [row.id]) is True, "still writing"
        assert len(slots.restored) == 1 and slots.held[1] == slots.read_[0]
        before = len(slots.erased)
        await asked(house, row)
        assert len(slots.restored) == 1 and len(slots.read_) == 1
        assert not slots.held and len(slots.erased) == before + 1 and slots.tray.size == 0
        assert names(house).count("snapshot-opened") == 1
        await asked(house, row)
        assert len(slots.restored) == 2, "each question has its own"

    going(test, tmp_path)


def test_what_waits_for_one_person_or_document_is_not_for_another(tmp_path: Path) -> None:
    async def test(house: SmallHouse) -> None:
        row, other = await house.add("cantine.txt", TEXT), await house.add("voirie.txt", TEXT + " Fin.")
        secret = await house.add("secret.txt", TEXT, "secret")
        slots = house.ready.slots
        for one in (row, other):
            await asked(house, one)
        for document, actor in ((other, AGENT), (row, ADMINISTRATOR)):
            assert await house.ready.dossiers.bring(AGENT, [row.id])
            brought, erased = len(slots.restored), len(slots.erased)
            await asked(house, document, QUESTION, actor)
            assert len(slots.restored) == brought + 1 and len(slots.erased) == erased + 2, (
                "emptied before, and after"
            )
        with pytest.raises(DocumentUnknown):
            await house.ready.dossiers.bring(AGENT, [secret.id])
        assert await house.ready.dossiers.bring(AGENT, [row.id])
        await house.ready.dossiers.let_go()
        assert not slots.held, "somebody else is about to be served"

    going(test, tmp_path)


def test_policy_is_asked_again_at_the_question(tmp_path: Path) -> None:
    async def test(house: SmallHouse) -> None:
        row, slots = await house.add("cantine.txt", TEXT), house.ready.slots
        await asked(house, row)
        assert await house.ready.dossiers.bring(AGENT, [row.id])
        house.ready.snapshots._settings = Settings(snapshots="never")
        erased = len(slots.erased)
        await asked(house, row)
        assert len(slots.erased) == erased + 2 and len(slots.restored) == 1 and len(slots.read_) == 1

    going(test, tmp_path)


def test_who_leaves_while_it_is_brought_leaves_nothing_half_way(tmp_path: Path) -> None:
    async def test(house: SmallHouse) -> None:
        row, slots = await house.add("cantine.txt", TEXT), house.ready.slots
        await asked(house, row)
        begun, go_on = asyncio.Event(), asyncio.Event()
        facts = slots.facts

        async def slow() -> object:
            begun.set()
            await go_on.wait()
            return await facts()

        slots.facts = slow  # type: ignore[method-assign,assignment]
        writing = asyncio.create_task(house.ready.dossiers.bring(AGENT, [row.id]))
        await begun.wait()
        writing.cancel()
        go_on.set()
        with contextlib.suppress(asyncio.CancelledError):
            await writing
        await asked(house, row)
        assert len(slots.restored) == 1 and not slots.held, "it was brought all the same, and it waited"

    going(test, tmp_path)


def test_it_waits_a_while_and_background_work_waits_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(place, "WAIT", 0.02)

    async def go() -> None:
        slots, lease, erased = FakeSlots(), Lease(), asyncio.Event()
        erase = slots.erase

        async def told(slot: int) -> None:
            await erase(slot)
            erased.set()

        slots.erase = told  # type: ignore[method-assign]
        there = Place(slots, lease)  # type: ignore[arg-type] # obeys the same law
        async with there.lock:
            assert not await there.take(WHOLE)
            there.hold(WHOLE, 1)
        await asyncio.sleep(0)
        assert lease.held == 1 and not slots.erased
        async with asyncio.timeout(10):
            await erased.wait()
            while there._waiting:  # noqa: ASYNC110 - a matter of one turn
                await asyncio.sleep(0)
        assert slots.erased == [1] and lease.held == 0
        async with there.lock:
            assert not await there.take(WHOLE)

    asyncio.run(go())


def test_whoever_is_served_there_is_left_alone() -> None:
    async def go() -> None:
        slots, lease = FakeSlots(), Lease()
        there = Place(slots, lease)  # type: ignore[arg-type] # obeys the same law
        async with there.lock:
            there.hold(WHOLE, 1)
        async with there.lock:
            assert await there.take(WHOLE)
            await asyncio.wait_for(there.let_go(), 1)
            assert not slots.erased
        await asyncio.sleep(0)
        assert lease.held == 0, "what was taken waits no longer"

    asyncio.run(go())
