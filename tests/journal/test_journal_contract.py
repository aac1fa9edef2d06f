"""The law of the port, on the scribe and on the fake."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import scribe_house

from demeure.journal import (
    Draft,
    EntryInvalid,
    EntryTooLarge,
    EntryUnknown,
    IntentionNotOpen,
    Journal,
    JournalUnavailable,
)
from demeure.testing.journal import MemoryJournal

Open = Callable[[], contextlib.AbstractAsyncContextManager[Journal]]


@pytest.fixture(params=["scribe", "memory"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Open:
    @contextlib.asynccontextmanager
    async def memory() -> AsyncIterator[Journal]:
        yield MemoryJournal()

    @contextlib.asynccontextmanager
    async def scribe() -> AsyncIterator[Journal]:
        async with scribe_house.house(tmp_path / "journal") as house:
            yield house.journal()

    return scribe if request.param == "scribe" else memory


def question(chain: str = "c", **rest: object) -> Draft:
    return Draft("request", "question-asked", chain=chain, **rest)  # type: ignore[arg-type]


def test_what_was_recorded_is_read_back(opened: Open) -> None:
    async def go() -> None:
        async with opened() as journal:
            draft = question(
                actor="p-1", space="mairie", object="d-4", decision="allow: rule 2", payload="Où ?".encode()
            )
            first = await journal.record(draft)
            second = await journal.record(Draft("sign-in", "signed-in"))
            assert (first.index, second.index, first.state, first.may_add) == (0, 1, "ok", True)
            page = await journal.read()
            assert [entry.index for entry in page.entries] == [1, 0]
            assert page.next is None
            entry = page.entries[1]
            assert {name: getattr(entry, name) for name in draft.fields()} == draft.fields()
            assert entry.time == first.time
            assert entry.commitment and page.entries[0].commitment is None
            assert await journal.payload(0) == "Où ?".encode()
            assert await journal.payload(1) == b""

    scribe_house.run(go())


def test_intentions_stay_open_until_they_are_closed_once(opened: Open) -> None:
    async def go() -> None:
        async with opened() as journal:
            one = await journal.intention(question("a", space="mairie", object="x"))
            two = await journal.intention(Draft("answer", "answer-opened", chain="a"))
            assert [i.index for i in await journal.open_intentions()] == [0, 1]
            await journal.close(two, "done", payload=b"text")
            assert [i.entry.name for i in await journal.open_intentions()] == ["question-asked"]
            with pytest.raises(IntentionNotOpen):
                await journal.close(two, "failed")
            again = (await journal.open_intentions())[0]
            await journal.close(again, "interrupted", name="question-closed", object="y")
            assert await journal.open_intentions() == []
            closings = (await journal.read(limit=2)).entries
            assert [(e.name, e.outcome, e.of, e.chain) for e in closings] == [
                ("question-closed", "interrupted", one.index, "a"),
                ("answer-closed", "done", two.index, "a"),
            ]
            assert (closings[0].space, closings[0].object) == ("mairie", "y")
            assert await journal.payload(closings[1].index) == b"text"

    scribe_house.run(go())


def test_a_closing_of_something_else_is_refused(opened: Open) -> None:
    async def go() -> None:
        async with opened() as journal:
            fact = await journal.record(question("a"))
            intention = await journal.intention(question("a"))
            for of, chain in ((fact.index, "a"), (99, "a"), (intention.index, "b")):
                with pytest.raises(IntentionNotOpen):
                    await journal.record(Draft("request", "x", phase="closing", chain=chain, outcome="done", of=of))
            assert (await journal.head(fresh=True)).size == 2

    scribe_house.run(go())


def test_concurrent_closings_of_one_intention_leave_one(opened: Open) -> None:
    async def go() -> None:
        async with opened() as journal:
            intention = await journal.intention(question())
            results = await asyncio.gather(
                *[journal.close(intention, "done") for _ in range(8)], return_exceptions=True
            )
            assert sorted(type(r).__name__ for r in results) == ["IntentionNotOpen"] * 7 + ["Receipt"]

    scribe_house.run(go())


def test_reading_goes_newest_first_with_exact_filters_and_pages(opened: Open) -> None:
    async def go() -> None:
        async with opened() as journal:
            await asyncio.gather(*[journal.record(question(f"c{n % 3}")) for n in range(600)])
            await journal.record(Draft("administration", "c1-mentioned", object="c1"))
            found, start = [], None
            while True:
                page = await journal.read(start=start, limit=50, chain="c1", kind="request")
                found += page.entries
                if page.next is None:
                    break
                start = page.next
            assert [entry.chain for entry in found] == ["c1"] * 200
            assert [entry.index for entry in found] == sorted((e.index for e in found), reverse=True)
            assert (await journal.read(chain="c")).entries == []
            assert [e.index for e in (await journal.read(start=3, limit=2)).entries] == [3, 2]
            assert (await journal.read(start=10_000, limit=1)).entries[0].index == 600
            for wrong in ({"limit": 0}, {"start": -1}):
                with pytest.raises(EntryInvalid):
                    await journal.read(**wrong)

    scribe_house.run(go())


def test_indexes_are_dense_and_receipts_unique_under_concurrency(opened: Open) -> None:
    async def go() -> None:
        async with opened() as journal:
            receipts = await asyncio.gather(*[journal.record(question(f"c{n}")) for n in range(200)])
            assert sorted(receipt.index for receipt in receipts) == list(range(200))
            page = await journal.read(limit=200)
            assert {e.index: e.chain for e in page.entries} == {r.index: f"c{n}" for n, r in enumerate(receipts)}

    scribe_house.run(go())


def test_a_head_covers_what_was_acknowledged(opened: Open) -> None:
    async def go() -> None:
        async with opened() as journal:
            sizes, roots = [], set()
            for n in range(4):
                await journal.record(question(f"c{n}"))
                head = await journal.head(fresh=True)
                sizes.append(head.size)
                roots.add(head.root)
            assert sizes == [1, 2, 3, 4]
            assert len(roots) == 4
            assert await journal.head(fresh=True) == await journal.head()

    scribe_house.run(go())


def test_what_is_too_large_or_absent_is_named(opened: Open) -> None:
    async def go() -> None:
        async with opened() as journal:
            with pytest.raises(EntryTooLarge):
                await journal.record(question(payload=b"x" * (4 << 20)))
            with pytest.raises(EntryUnknown):
                await journal.payload(0)
            await journal.record(question(payload=b"x" * ((4 << 20) - 5000)))
            assert len(await journal.payload(0)) == (4 << 20) - 5000

    scribe_house.run(go())


def test_the_fake_fails_on_request() -> None:
    async def go() -> None:
        journal = MemoryJournal(role="worker")
        journal.fail_after(1, JournalUnavailable())
        await journal.intention(question())
        with pytest.raises(JournalUnavailable):
            await journal.record(question())
        assert len(journal.entries) == 1
        journal.role = "gateway"
        assert await journal.open_intentions() == []
        assert len(await journal.open_intentions(everyone=True)) == 1
        journal.failure = JournalUnavailable()
        with pytest.raises(JournalUnavailable):
            await journal.head()
        journal.failure, journal.state = None, "reserve"
        slow = MemoryJournal()
        slow.delay, slow.state = 0.02, "reserve"
        begun = asyncio.get_running_loop().time()
        assert not (await slow.record(question())).may_add
        assert asyncio.get_running_loop().time() - begun >= 0.02
        assert [e.chain for e in slow.chain("c")] == ["c"] and slow.named("question-asked")

    scribe_house.run(go())
