"""A question answered by an engine at the end of a route: what it is told to be, and what is kept of it."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from demeure.assistant import Closed, Problem, Through
from demeure.gateway.rooms import ConversationMemory
from demeure.identity import Membership
from demeure.policy import Denied, Force, default_policy_text, in_force, put_in_force, read_policy
from demeure.store.tables import documents
from demeure.testing.house import AGENT, SmallHouse, small_house
from demeure.testing.ways import Far

PRICES = "Le repas enfant à la cantine coûte 3,20 euros depuis septembre."
QUESTION = "Combien coûte le repas enfant à la cantine ?"


SAID = "Le repas enfant coûte 3,20 euros [1]."


async def ask(house: SmallHouse, far: Far) -> list[Any]:
    left = {"rule": "leaves", "replaced": 0}
    through = Through("big", "far", far.engine, lambda: left if far.messages else {})
    return [event async for event in house.assistant.ask(AGENT, QUESTION, ["mairie"], through=through)]


def test_what_leaves_takes_the_highest_class_that_it_touches(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            added = await house.add("tarifs.txt", PRICES)
            far = Far(SAID, refuses="tres-sensible")
            *_, closed = await ask(house, far)
            assert isinstance(closed, Closed) and closed.outcome == "done"
            assert closed.details["model"] == "big" and closed.details["route"]["route"] == "far"
            assert far.asked[0][:2] == ("interne", "mairie") and not house.engine.prompts
            assert "3,20 euros" in far.messages[0][-1]["content"] and far.beside[0] == [PRICES]
            called = [e for e in house.journal.chain(far.asked[0][2]) if e.name == "model-called"]
            assert called[0].object == "big"
            (request,) = [e for e in house.journal.chain(far.asked[0][2]) if e.name == "question-asked"]
            assert request.object.endswith(" model=big"), "a dry run of a policy judges it by that model"
            own = documents.update().where(documents.c.id == added.id).values(sensitivity="tres-sensible")
            with house.instance.house.write() as db:
                db.execute(own)
            events = await ask(house, far)
            assert far.asked[1][0] == "tres-sensible" and len(far.messages) == 1
            problem = next(event for event in events if isinstance(event, Problem))
            assert problem.code == "RouteRefused" and events[-1].outcome == "failed"
            assert "3,20" not in events[-1].text and not house.engine.prompts

    asyncio.run(go())


def test_what_rose_since_counts_for_what_leaves_and_for_what_is_kept(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            added = await house.add("tarifs.txt", PRICES)
            began, *_ = await ask(house, Far(SAID))
            conversation, kept = began.conversation, house.conversations
            assert await kept.touching(conversation, [], []) == "interne"
            before = in_force()
            try:
                put_in_force(Force(before.policy, {"mairie": "confidentiel"}))
                assert await kept.touching(conversation, [], []) == "confidentiel", "a former turn was about it"
                assert await kept.touching("new", ["mairie"], []) == "confidentiel"
            finally:
                put_in_force(before)
            own = documents.update().where(documents.c.id == added.id).values(sensitivity="tres-sensible")
            with house.instance.house.write() as db:
                db.execute(own)
            assert await kept.touching(conversation, [], []) == "tres-sensible"
            memory = ConversationMemory(kept, house.history, Membership(house.instance.house))
            assert (await memory.about(AGENT, conversation)).sensitivity == "tres-sensible", "nor leaves as a file"
            far = Far(SAID)
            await ask(house, far)
            entries = {e.name: e for e in house.journal.chain(far.asked[0][2])}
            assert entries["question-asked"].commitment, "nothing told yet that it would be read"
            assert not entries["prompt-built"].commitment and not entries["passages-found"].commitment

    asyncio.run(go())


def test_a_class_that_only_the_model_of_a_route_may_read_is_asked_by_that_route(tmp_path: Path) -> None:
    """The search decides for the model that will read what it finds, not for the house's own."""
    text = default_policy_text().replace('models = "any"', 'models = ["big"]')

    async def go() -> None:
        async with small_house(tmp_path) as house:
            await house.add("tarifs.txt", PRICES)
            before = in_force()
            try:
                put_in_force(Force(read_policy(text), before.spaces, writer="petit"))
                with pytest.raises(Denied):
                    [one async for one in house.assistant.ask(AGENT, QUESTION, ["mairie"])]
                *_, closed = await ask(house, far := Far(SAID))
                assert isinstance(closed, Closed) and closed.outcome == "done" and len(far.messages) == 1
            finally:
                put_in_force(before)

    asyncio.run(go())
