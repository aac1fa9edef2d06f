"""An answer goes on whoever watches: left, followed again, stopped, bounded, closed with the house, forgotten."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from demeure.assistant import Closed, Event, Going, Loading, Queued, Sources, Started, Text
from demeure.assistant.errors import ConversationBusy
from demeure.assistant.going import folded
from demeure.testing.house import AGENT, SmallHouse, small_house

PRICES = "Le repas enfant à la cantine coûte 3,20 euros depuis septembre."
QUESTION = "Combien coûte le repas enfant à la cantine ?"
WORDS = "mot " * 60


async def slow(folder: Path, house: SmallHouse, words: str = WORDS, delay: float = 0.01) -> None:
    await house.add("tarifs.txt", PRICES)
    house.engine.script, house.engine.delay = words, delay


def asked(house: SmallHouse, going: Going, conversation: str | None = None, *names: str) -> AsyncGenerator[Event]:
    events = house.assistant.ask(AGENT, QUESTION, ["mairie"], conversation)
    return going.begin(AGENT.id, events, conversation or "", *names)


async def left(events: AsyncGenerator[Event]) -> Started:
    """Read until some words are there, then leave."""
    started = None
    async with contextlib.aclosing(events) as told:
        async for event in told:
            started = event if isinstance(event, Started) else started
            if isinstance(event, Text):
                break
    assert started is not None
    return started


async def over(going: Going) -> None:
    async with asyncio.timeout(10):
        while going.of(AGENT.id):  # noqa: ASYNC110 - nobody tells its end
            await asyncio.sleep(0.01)


async def row(house: SmallHouse, conversation: str) -> dict[str, str]:
    return (await house.conversations.messages(AGENT.id, conversation))[-1]


def test_an_answer_that_was_left_is_written_to_its_end_then_forgotten(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            going = Going()
            await slow(tmp_path, house)
            started = await left(asked(house, going))
            assert going.of(AGENT.id) == {started.conversation}
            assert (await row(house, started.conversation))["state"] == "open"
            await over(going)
            kept = await row(house, started.conversation)
            assert kept["state"] == "closed" and kept["text"].count("mot") == 60
            assert house.engine.closed == 0, "the model was not cut"
            closing = house.journal.named("answer-closed")[-1]
            assert closing.outcome == "done" and not await house.journal.open_intentions()
            assert going.follow(AGENT.id, started.conversation) is None and not going._all and not going._named

    asyncio.run(go())


def test_who_asked_stops_it_at_once_and_nobody_else_does(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            going = Going()
            await slow(tmp_path, house, "mot " * 2000)
            started = await left(asked(house, going, None, "billet"))
            watching = going.follow(AGENT.id, started.conversation)
            assert watching is not None
            assert going.follow("somebody", started.conversation) is None
            assert not await going.stop("somebody", started.conversation) and house.engine.active == 1
            assert await going.stop(AGENT.id, "billet"), "by the ticket of its page too"
            assert house.engine.active == 0 and house.engine.closed == 1
            kept = await row(house, started.conversation)
            assert kept["state"] == "interrupted" and "mot" in kept["text"]
            assert house.journal.named("answer-closed")[-1].outcome == "interrupted"
            assert not await house.journal.open_intentions() and not going.of(AGENT.id)
            assert not await going.stop(AGENT.id, started.conversation)
            last = [event async for event in watching][-1]
            assert isinstance(last, Closed) and last.outcome == "interrupted" and last.text == kept["text"]

    asyncio.run(go())


def test_whoever_comes_back_hears_it_from_the_beginning_and_two_do_at_once(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            going = Going()
            await slow(tmp_path, house)
            started = await left(asked(house, going))

            async def hear() -> list[Event]:
                events = going.follow(AGENT.id, started.conversation)
                assert events is not None
                return [event async for event in events]

            first, second = await asyncio.gather(hear(), hear())
            assert first == second and isinstance(first[0], Started) and isinstance(first[1], Sources)
            said = "".join(event.delta for event in first if isinstance(event, Text))
            assert isinstance(first[-1], Closed) and first[-1].text == said and said.count("mot") == 60

    asyncio.run(go())


def test_another_question_meets_the_answer_of_a_new_conversation(tmp_path: Path) -> None:
    """Its conversation had no name when it was asked: a second question there was answered beside it."""

    async def go() -> None:
        async with small_house(tmp_path) as house:
            going = Going()
            await slow(tmp_path, house)
            started = await left(asked(house, going))
            with pytest.raises(ConversationBusy):
                await left(asked(house, going, started.conversation))
            assert going.of(AGENT.id) == {started.conversation}, "the one that was refused took no place"
            await over(going)
            assert (await row(house, started.conversation))["state"] == "closed"
            assert await left(asked(house, going, started.conversation))
            await going.drain()

    asyncio.run(go())


def test_a_house_that_closes_ends_them_as_interrupted(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            going = Going()
            await slow(tmp_path, house, "mot " * 2000)
            started = await left(asked(house, going))
            await going.drain()
            await house.assistant.drain()
            kept = await row(house, started.conversation)
            assert kept["state"] == "interrupted" and "mot" in kept["text"]
            assert house.journal.named("answer-closed")[-1].outcome == "interrupted"
            assert not await house.journal.open_intentions() and house.engine.active == 0

    asyncio.run(go())


async def endless(number: int, ended: list[int]) -> AsyncGenerator[Event]:
    try:
        yield Started("chain", f"c{number}", str(number))
        while True:
            yield Text("mot ")
            await asyncio.sleep(0.005)
    finally:
        ended.append(number)


async def _leave(events: AsyncGenerator[Event]) -> None:
    async with contextlib.aclosing(events) as told:
        assert isinstance(await anext(told), Started)


def test_the_first_ones_left_go_on_and_one_too_many_stops() -> None:
    async def go() -> None:
        going, ended = Going(person=2, everybody=3, grace=0.05), list[int]()
        for number in range(4):
            await _leave(going.begin("anne", endless(number, ended)))
            await asyncio.sleep(0.001)
        watched = going.begin("anne", endless(9, ended))
        await anext(watched)
        await asyncio.sleep(0.3)
        assert sorted(ended) == [2, 3] and going.of("anne") == {"c0", "c1", "c9"}, "what is watched is not counted"
        for number in (5, 6):
            await _leave(going.begin("jean", endless(number, ended)))
            await asyncio.sleep(0.001)
        await asyncio.sleep(0.3)
        assert sorted(ended) == [2, 3, 6] and going.of("jean") == {"c5"}, "three in all"
        await watched.aclose()
        back = going.follow("anne", "c9")
        assert back is not None
        await anext(back)
        await asyncio.sleep(0.3)
        assert "c9" in going.of("anne"), "a page that is loaded again has not left"
        await back.aclose()
        await going.drain()
        assert not going._all and not going._named and sorted(ended) == [0, 1, 2, 3, 5, 6, 9]

    asyncio.run(go())


def test_what_cannot_begin_is_raised_and_forgotten(capfd: pytest.CaptureFixture[str]) -> None:
    async def refused() -> AsyncGenerator[Event]:
        raise ConversationBusy()
        yield  # a generator

    async def broken() -> AsyncGenerator[Event]:
        yield Started("chain", "c1", "1")
        await asyncio.sleep(0.01)
        raise RuntimeError("le contenu")

    async def go() -> None:
        going = Going()
        with pytest.raises(ConversationBusy):
            await anext(going.begin("anne", refused(), "c1"))
        await _leave(going.begin("anne", broken()))
        await asyncio.sleep(0.05)
        assert not going.of("anne") and not going._all

    asyncio.run(go())
    told = capfd.readouterr().err
    assert "RuntimeError" in told and "contenu" not in told


def test_who_comes_late_is_told_the_words_in_one_piece_and_no_wait_that_is_over() -> None:
    begun = Started("chain", "c1", "1")
    assert folded([begun, Queued(2), Queued(1)]) == [begun, Queued(1)]
    told = [begun, Queued(2), Loading(), Text("La "), Text("salle "), Text("est louée.")]
    assert folded(told) == [begun, Text("La salle est louée.")]
    assert folded([*told, closed := Closed("done", "La salle est louée.")])[1:] == [
        Text("La salle est louée."),
        closed,
    ]
