"""A question that is looked for goes before the end of other answers, which never wait for long."""

import asyncio
import time

from demeure.assistant import precedence
from demeure.assistant.precedence import Precedence


def test_an_end_gives_way_to_a_question_then_goes() -> None:
    async def go() -> list[str]:
        turns, done = Precedence(), []

        async def end(name: str) -> None:
            await turns.give_way()
            done.append(name)

        with turns.preparing():
            ends = [asyncio.create_task(end(name)) for name in "ab"]
            await asyncio.sleep(0.02)
            assert not done
            done.append("question")
        await asyncio.gather(*ends)
        await turns.give_way()  # nobody asks: at once
        return done

    assert asyncio.run(go()) == ["question", "a", "b"]


def test_questions_without_end_hold_no_end_back_longer_than_the_patience() -> None:
    async def go() -> float:
        turns = Precedence()
        with turns.preparing():
            begun = time.monotonic()
            await asyncio.gather(*(turns.give_way() for _ in range(20)))
            return time.monotonic() - begun

    spent = asyncio.run(go())
    assert (
        precedence.PATIENCE * 0.9 < spent < precedence.PATIENCE + 5
    )  # all at the same time, not each after another


def test_all_that_are_looked_for_are_awaited_and_who_leaves_is_not() -> None:
    async def go() -> None:
        turns, free = Precedence(), asyncio.Event()

        async def question() -> None:
            with turns.preparing():
                await free.wait()

        asking = [asyncio.create_task(question()) for _ in range(4)]
        await asyncio.sleep(0)
        asking[-1].cancel()
        free.set()
        await asyncio.gather(*asking, return_exceptions=True)
        begun = time.monotonic()
        await turns.give_way()
        assert time.monotonic() - begun < precedence.PATIENCE / 2

    asyncio.run(go())
