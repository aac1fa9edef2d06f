"""Places of a real engine: read, saved to the tray, emptied, restored; the answer is the same."""

import pytest
from engine_models import run

from demeure.engine import ChatClient, EngineRefused, EngineSlots, Progress, Tray
from demeure.engine.trial import Trial

pytestmark = pytest.mark.model

TEXT = " ".join(f"Article {n}. Le repas numéro {n} coûte {n} euros." for n in range(1, 41))
BEGINNING = [{"role": "system", "content": f"Document. {TEXT}"}]
QUESTION = {"role": "user", "content": "Question : combien coûte le repas numéro 12 ?"}


async def answer(chat: ChatClient, slot: int) -> str:
    pieces = chat.chat([*BEGINNING, QUESTION], max_tokens=16, temperature=0.0, seed=1, slot=slot)
    return "".join([piece.text async for piece in pieces])


async def read(slots: EngineSlots, text: str, slot: int) -> list[tuple[int, int]]:
    return [progress async for progress in slots.read(text, slot)]


@pytest.mark.thorough
def test_a_state_leaves_and_comes_back(chat_engine: Trial) -> None:
    async def go() -> None:
        chat = ChatClient(chat_engine.connect)
        slots = EngineSlots(chat.http, Tray(chat_engine.tray))
        facts = await slots.facts()
        assert facts.slots == 2 and facts.context == 2048 and len(facts.model) == 64
        assert "xllamacpp-" in facts.build, "a state says which engine it is of"
        beginning = await slots.beginning(BEGINNING)
        assert TEXT in beginning and "⁂" not in beginning
        length = await slots.length(beginning)
        progress = await read(slots, beginning, 1)
        assert progress[-1] == (length, length), progress
        saved = await slots.save(1)
        assert saved >= length - 1 and slots.tray.size > 100_000
        await slots.erase(1)
        assert await slots.restore(1) == saved
        slots.tray.clear()
        assert slots.tray.size == 0
        again = await read(slots, beginning, 1)
        assert not again or again[-1][0] == length, "what is there is not read again"
        restored = await answer(chat, 1)
        await slots.erase(1)
        assert restored and restored == await answer(chat, 1), "the same words as when all of it was read"
        await chat.aclose()

    run(go)


@pytest.mark.parametrize("question", ["combien coûte le repas ?", "12 repas ?", "« Repas » ?", "É", "…"])
def test_what_every_question_begins_with_is_part_of_the_beginning(chat_engine: Trial, question: str) -> None:
    async def go() -> None:
        chat = ChatClient(chat_engine.connect)
        slots = EngineSlots(chat.http, Tray(chat_engine.tray))
        beginning = await slots.beginning(BEGINNING, "Question :")
        assert beginning == await slots.beginning(BEGINNING) + "Question :"
        asked = [*BEGINNING, {"role": "user", "content": f"Question : {question}"}]
        whole = (await chat.http.ask("/apply-template", {"messages": asked}))["prompt"]
        told = [{"content": text, "add_special": True, "parse_special": True} for text in (beginning, whole)]
        first, all_ = [(await chat.http.ask("/tokenize", one))["tokens"] for one in told]
        assert all_[: len(first)] == first, "the engine has to read the question's own words alone"
        await chat.aclose()

    run(go)


def test_an_empty_tray_is_refused_and_the_engine_lives(chat_engine: Trial) -> None:
    async def go() -> None:
        chat = ChatClient(chat_engine.connect)
        slots = EngineSlots(chat.http, Tray(chat_engine.tray))
        slots.tray.clear()
        with pytest.raises(EngineRefused):
            await slots.restore(1)
        assert await chat.ready()
        await chat.aclose()

    run(go)


def test_a_reading_that_is_left_goes_on_from_there(chat_engine: Trial) -> None:
    async def go() -> None:
        chat = ChatClient(chat_engine.connect)
        slots = EngineSlots(chat.http, Tray(chat_engine.tray))
        beginning = await slots.beginning([{"role": "system", "content": f"Autre document. {TEXT}"}])
        reading = slots.read(beginning, 0)
        async for done, total in reading:
            assert done < total, "the text is longer than one batch"
            break
        await reading.aclose()
        rest = await read(slots, beginning, 0)
        assert rest[-1][0] == rest[-1][1]
        await slots.erase(0)
        await chat.aclose()

    run(go)


def test_the_engine_says_what_a_place_still_holds(chat_engine: Trial) -> None:
    """It empties a place at rest when another begins: whoever had put something there learns it at once."""
    short = [{"role": "system", "content": TEXT[:600]}]

    async def go() -> None:
        chat = ChatClient(chat_engine.connect)
        slots = EngineSlots(chat.http, Tray(chat_engine.tray))
        beginning = await slots.beginning(short)
        length = await slots.length(beginning)
        said: list[Progress] = []

        async def asked(messages: list[dict[str, str]], slot: int) -> Progress:
            said.clear()
            async for _ in chat.chat(messages, max_tokens=1, slot=slot, progress=said.append):
                pass
            assert said[-1].done == said[-1].total
            return said[0]

        await read(slots, beginning, 1)
        assert (await asked([*short, QUESTION], 1)).spared >= length - 1
        await slots.erase(1)
        await read(slots, beginning, 1)
        await asked([{"role": "user", "content": "Bonjour"}], 0)
        first = await asked([*short, QUESTION], 1)
        assert first.spared < length // 2 and first.done == first.spared
        await slots.erase(1)
        await chat.aclose()

    run(go)
