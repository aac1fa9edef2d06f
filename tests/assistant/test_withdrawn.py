"""A right withdrawn: what an old conversation took from the space is hidden, and comes back with the right."""

import asyncio
from pathlib import Path

from test_history import QUESTION, asked, found

from demeure.assistant import Closed, Started
from demeure.gateway.rooms import ConversationMemory
from demeure.identity import Membership
from demeure.policy import Force, Right, default_policy_text, in_force, put_in_force, read_policy
from demeure.store.tables import documents
from demeure.testing.house import ADMINISTRATOR, AGENT, SmallHouse, small_house

PRICES = "Le repas enfant à la cantine coûte 3,20 euros depuis septembre. Le chef se nomme Canari."
WATER = "L’eau du bourg coûte 4 euros le mètre cube."


def memory(house: SmallHouse) -> ConversationMemory:
    membership = Membership(house.instance.house)
    return ConversationMemory(house.conversations, house.history, membership)


def give(house: SmallHouse, space: str, right: Right) -> None:
    Membership(house.instance.house).grant(space, AGENT.id, right)


async def asked_in(house: SmallHouse, question: str, spaces: list[str], conversation: str | None = None) -> str:
    events = [e async for e in house.assistant.ask(AGENT, question, spaces, conversation)]
    started, closed = events[0], events[-1]
    assert isinstance(started, Started) and isinstance(closed, Closed) and closed.outcome == "done"
    return started.conversation


def test_an_answer_is_hidden_with_the_right_and_seen_again_with_it(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            await house.add("tarifs.txt", PRICES)
            house.engine.script = "Le repas coûte 3,20 euros, dit Canari [1]."
            started, _ = await asked(house)
            give(house, "mairie", Right.NONE)
            (hidden,) = await memory(house).conversation(AGENT, started.conversation)
            assert hidden.withdrawn and (hidden.text, hidden.sources) == ("", ()) and hidden.question == QUESTION
            assert await found(house, "Canari") == [] and await found(house, "repas enfant") == [QUESTION]
            (past,) = await house.history.search(AGENT, "cantine")
            assert past.excerpt is not None and "3,20" not in "".join(past.excerpt), "the question’s own words"
            give(house, "mairie", Right.READ)
            (seen,) = await memory(house).conversation(AGENT, started.conversation)
            assert not seen.withdrawn and "Canari" in seen.text and seen.sources[0].document == "tarifs.txt"
            assert await found(house, "Canari") == [QUESTION]

    asyncio.run(go())


def test_an_answer_hidden_by_a_space_that_was_erased_is_said_to_be_lost_and_those_after_it_too(
    tmp_path: Path,
) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            await house.add("eau.txt", WATER, "secret")
            await house.add("tarifs.txt", f"{PRICES} L’eau du bourg y est servie.")
            give(house, "secret", Right.READ)
            house.engine.script = "Quatre euros [1]."
            conversation = await asked_in(house, "Combien coûte l’eau du bourg ?", ["secret"])
            await asked_in(house, "Et le repas à la cantine ?", ["mairie"], conversation)
            give(house, "secret", Right.NONE)
            turns = await memory(house).conversation(AGENT, conversation)
            assert [(turn.withdrawn, "lost" in turn.details) for turn in turns] == [(True, False)] * 2
            give(house, "secret", Right.READ)
            await house.library.delete_space(ADMINISTRATOR, "secret")
            turns = await memory(house).conversation(AGENT, conversation)
            assert [(turn.withdrawn, turn.details.get("lost")) for turn in turns] == [(True, True)] * 2

    asyncio.run(go())


def test_of_two_spaces_the_one_still_read_keeps_its_sources_and_the_answer_is_hidden(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            await house.add("tarifs.txt", PRICES)
            await house.add("eau.txt", WATER, "secret")
            give(house, "secret", Right.READ)
            conversation = await asked_in(house, "Combien coûte le repas, et l’eau ?", ["mairie", "secret"])
            give(house, "secret", Right.NONE)
            (hidden,) = await memory(house).conversation(AGENT, conversation)
            assert hidden.withdrawn and not hidden.text
            assert [source.document for source in hidden.sources] == ["tarifs.txt"]

    asyncio.run(go())


def test_a_later_answer_that_leaned_on_a_hidden_one_is_hidden_and_the_model_no_longer_reads_it(
    tmp_path: Path,
) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            await house.add("eau.txt", WATER, "secret")
            await house.add("tarifs.txt", f"{PRICES} L’eau du bourg y est servie.")
            give(house, "secret", Right.READ)
            house.engine.script = "Quatre euros, dit Canari [1]."
            conversation = await asked_in(house, "Combien coûte l’eau du bourg ?", ["secret"])
            await asked_in(house, "Et le repas à la cantine ?", ["mairie"], conversation)
            leaned = (await memory(house).conversation(AGENT, conversation))[1]
            assert leaned.details.get("searched") and {s.space for s in leaned.sources} == {"mairie"}
            assert "Canari" in str(house.engine.prompts[-1]), "the model read the former answer"
            give(house, "secret", Right.NONE)
            assert [turn.withdrawn for turn in await memory(house).conversation(AGENT, conversation)] == [
                True,
                True,
            ]
            house.engine.prompts.clear()
            await asked_in(house, "Et pour un enfant ?", ["mairie"], conversation)
            assert "dit Canari" not in str(house.engine.prompts)

    asyncio.run(go())


def test_words_that_a_crash_left_are_hidden_as_well(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            await house.add("tarifs.txt", PRICES)
            house.engine.script = "Le repas coûte 3,20 euros, dit Canari [1]. " * 30
            house.engine.delay = 0.02
            asking = house.assistant.ask(AGENT, QUESTION, ["mairie"])
            started = await anext(asking)
            assert isinstance(started, Started)
            async for _ in asking:
                if (await house.conversations.messages(AGENT.id, started.conversation))[-1]["text"]:
                    break
            row = (await house.conversations.messages(AGENT.id, started.conversation))[-1]
            assert row["state"] == "open" and row["sources"], "kept with the first words"
            await house.conversations.end(str(row["id"]), row["text"], "interrupted", None)  # as recovery does
            give(house, "mairie", Right.NONE)
            (hidden,) = await memory(house).conversation(AGENT, started.conversation)
            assert hidden.withdrawn and not hidden.text
            await asking.aclose()
            await house.assistant.drain()

    asyncio.run(go())


def test_a_document_whose_class_has_risen_above_the_reader_hides_what_was_made_of_it(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            kept = await house.add("tarifs.txt", PRICES)
            house.engine.script = "Le repas coûte 3,20 euros, dit Canari [1]."
            started, _ = await asked(house)
            with house.instance.house.write() as db:
                db.execute(documents.update().where(documents.c.id == kept.id).values(sensitivity="tres-sensible"))
            before = in_force()
            put_in_force(Force(read_policy(default_policy_text() + RULE)))
            try:
                (risen,) = await memory(house).conversation(AGENT, started.conversation)
                assert risen.withdrawn and (risen.text, risen.sources) == ("", ()) and risen.question == QUESTION
                assert await found(house, "Canari") == []
            finally:
                put_in_force(before)
            (seen,) = await memory(house).conversation(AGENT, started.conversation)
            assert not seen.withdrawn and "Canari" in seen.text

    asyncio.run(go())


RULE = """
[[rule]]
name = "agents-read-nothing-highly-sensitive"
roles = ["agent"]
actions = ["document.read"]
classes = ["tres-sensible"]
why = "Non."
"""
