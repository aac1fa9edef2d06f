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
            there.hold(WHOLE, 1, 7)
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
            there.hold(WHOLE, 1, 7)
        async with there.lock:
            assert await there.take(WHOLE) == 7
            await asyncio.wait_for(there.let_go(), 1)
            assert not slots.erased
        await asyncio.sleep(0)
        assert lease.held == 0, "what was taken waits no longer"

    asyncio.run(go())


def test_who_comes_while_a_question_is_about_to_begin_waits_for_it_to_begin(tmp_path: Path) -> None:
    """Restoring a state takes a while, and llama.cpp empties a place at rest when another begins."""

    async def test(house: SmallHouse) -> None:
        row, slots, dossiers = await house.add("cantine.txt", TEXT), house.ready.slots, house.ready.dossiers
        await asked(house, row)
        seen: list[str] = []
        restore, chat = slots.restore, house.engine.chat

        async def restored(slot: int) -> int:
            others.append(asyncio.create_task(another()))
            await asyncio.sleep(0.05)
            seen.append("restored")
            return await restore(slot)

        async def another() -> None:
            await dossiers.let_go()
            seen.append("another")
            slots.held.clear()  # what llama.cpp does to places at rest

        def told(messages: object, **how: object) -> object:
            seen.append("asked")
            return chat(messages, **how)  # type: ignore[arg-type] # passed on

        others: list[asyncio.Task[None]] = []
        slots.restore, house.engine.chat = restored, told  # type: ignore[method-assign,assignment]
        await asked(house, row)
        await asyncio.gather(*others)
        assert seen == ["restored", "asked", "another"]
        assert len(slots.read_) == 1 and len(slots.restored) == 1

    going(test, tmp_path)


def test_who_comes_in_the_last_batch_of_a_reading_waits_and_before_it_does_not(tmp_path: Path) -> None:
    async def test(house: SmallHouse) -> None:
        row, slots, dossiers = await house.add("cantine.txt", TEXT), house.ready.slots, house.ready.dossiers
        tenths, waits = [0], list[bool]()

        async def pause() -> None:
            tenths[0] += 1
            other = asyncio.create_task(dossiers.let_go())
            for _ in range(5):
                await asyncio.sleep(0)
            waits.append(not other.done())
            others.append(other)

        others: list[asyncio.Task[None]] = []
        slots.pause = pause
        await asked(house, row)
        await asyncio.gather(*others)
        assert waits == [*[False] * 9, True], "ten batches: only in the last"

    going(test, tmp_path)


def test_nobody_waits_for_ever_for_a_question_that_does_not_begin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(place, "HAND_OVER", 0.05)

    async def test(house: SmallHouse) -> None:
        row, slots, dossiers = await house.add("cantine.txt", TEXT), house.ready.slots, house.ready.dossiers
        await asked(house, row)
        stuck, restore = asyncio.Event(), slots.restore

        async def never(slot: int) -> int:
            await stuck.wait()
            return await restore(slot)

        slots.restore = never  # type: ignore[method-assign]
        asking = asyncio.create_task(asked(house, row))
        while dossiers._place._begun.is_set():  # noqa: ASYNC110 - a matter of some turns
            await asyncio.sleep(0)
        clock = asyncio.get_running_loop().time
        began = clock()
        async with asyncio.timeout(5):
            await dossiers.let_go()
        assert 0.04 <= clock() - began < 1
        stuck.set()
        assert (await asking)[-1].outcome == "done"
        async with asyncio.timeout(0.04):
            await dossiers.let_go()

    going(test, tmp_path)


def test_a_question_that_fails_holds_nobody(tmp_path: Path) -> None:
    async def test(house: SmallHouse) -> None:
        row, slots, dossiers = await house.add("cantine.txt", TEXT), house.ready.slots, house.ready.dossiers
        await asked(house, row)
        house.engine.up = False
        async with contextlib.aclosing(house.assistant.ask(AGENT, QUESTION, [], documents=[row.id])) as events:
            assert [event async for event in events][-1].outcome == "failed"
        clock = asyncio.get_running_loop().time
        began = clock()
        await dossiers.let_go()
        assert clock() - began < 1 and not slots.held

    going(test, tmp_path)


def test_a_state_that_the_engine_emptied_unknown_to_us_is_brought_again_and_counted(tmp_path: Path) -> None:
    async def test(house: SmallHouse) -> None:
        row, slots, dossiers = await house.add("cantine.txt", TEXT), house.ready.slots, house.ready.dossiers
        lost = list[int]()
        dossiers._on_lost = lambda: lost.append(1)
        await asked(house, row)
        assert not lost
        assert await dossiers.bring(AGENT, [row.id])
        slots.held.clear()  # the engine did
        closed = (await asked(house, row))[-1]
        assert closed.outcome == "done" and len(lost) == 1
        assert len(slots.restored) == 2 and len(slots.read_) == 1, "brought back once more, not read"
        reading = closed.details["reading"]
        assert reading["spared"] >= 0.9 * reading["tokens"]

        restore = slots.restore

        async def emptied(slot: int) -> int:
            tokens = await restore(slot)
            slots.held.clear()
            return tokens

        slots.restore = emptied  # type: ignore[method-assign] # each time
        closed = (await asked(house, row))[-1]
        assert closed.outcome == "done" and len(lost) == 3, "after the second time it is read with the question"
        assert closed.details["reading"]["spared"] == 0

    going(test, tmp_path)


def test_what_was_brought_while_somebody_was_let_go_first_does_not_wait(tmp_path: Path) -> None:
    async def test(house: SmallHouse) -> None:
        row, slots, dossiers = await house.add("cantine.txt", TEXT), house.ready.slots, house.ready.dossiers
        await asked(house, row)
        restore = slots.restore

        async def passed(slot: int) -> int:
            tokens = await restore(slot)
            await dossiers.let_go()
            return tokens

        slots.restore = passed  # type: ignore[method-assign]
        assert await dossiers.bring(AGENT, [row.id]) is False
        assert not slots.held

    going(test, tmp_path)
