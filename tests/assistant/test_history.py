"""Conversations found again, renamed, erased to the last word; one answer at a time; asked again."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from demeure.assistant import Closed, Event, Sight, Started, Text, finish_deletions
from demeure.assistant.conversations import titled
from demeure.assistant.errors import ConversationBusy, ConversationMoved, ConversationUnknown, TitleEmpty
from demeure.journal import Draft, JournalUnavailable
from demeure.testing.house import ADMINISTRATOR, AGENT, SmallHouse, small_house

PRICES = "Le repas enfant à la cantine coûte 3,20 euros depuis septembre.\nLa garderie du soir coûte 2,10 euros."
QUESTION = "Combien coûte le repas enfant à la cantine ?"


async def asked(
    house: SmallHouse, question: str = QUESTION, conversation: str | None = None, **more: Any
) -> tuple[Started, Closed]:
    events: list[Event] = [e async for e in house.assistant.ask(AGENT, question, ["mairie"], conversation, **more)]
    started, closed = events[0], events[-1]
    assert isinstance(started, Started) and isinstance(closed, Closed)
    return started, closed


async def found(house: SmallHouse, said: str) -> list[str]:
    return [past.title for past in await house.history.search(AGENT, said)]


def test_history_finds_titles_questions_and_answers_whatever_the_accents_and_endings(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            await house.add("tarifs.txt", PRICES)
            house.engine.script = "Le repas coûte **3,20 euros** [1]. Les élèves mangent à la cantine."
            first, _ = await asked(house)
            second, _ = await asked(house, "Quel est le prix de la garderie, cœur de la journée ?")
            for said in ("eleve", "ÉLÈVES", "3,20", "cant", '"cantine" repas', "repas cantines"):
                assert QUESTION in await found(house, said), said
            assert await found(house, "garderies") == ["Quel est le prix de la garderie, cœur de la journée ?"]
            assert len(await found(house, "coeur")) == 1
            assert await found(house, "cantine dirigeable") == []
            assert await found(house, "le la de") != [], "stop words, when there is nothing else"
            for hostile in ('" OR 1', "owner:", "*", "NEAR(", "", "   ", "a" * 5000, "\0"):
                await house.history.search(AGENT, hostile)
            await house.history.rename(AGENT, first.conversation, "  Budget\ndes  repas ")
            assert await found(house, "budget repas") == ["Budget des repas"]
            (past,) = await house.history.search(AGENT, "budget mangent")
            assert past.excerpt is not None and past.excerpt[1] == "mangent"
            assert "**" not in "".join(past.excerpt) and "[1]" not in "".join(past.excerpt)
            assert [p.conversation for p in await house.history.recent(AGENT, 1)] == [second.conversation]
            assert await house.history.search(ADMINISTRATOR, "cantine") == [], "nobody finds another's"

    asyncio.run(go())


def test_renaming_and_deleting_are_written_first_and_only_for_their_owner(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            await house.add("tarifs.txt", PRICES)
            started, _ = await asked(house)
            mine = started.conversation
            with pytest.raises(TitleEmpty):
                await house.history.rename(AGENT, mine, "\u200b \n")
            for act in (house.history.rename(ADMINISTRATOR, mine, "x"), house.history.delete(ADMINISTRATOR, mine)):
                with pytest.raises(ConversationUnknown):
                    await act
            house.journal.failure = JournalUnavailable()
            for act in (house.history.rename(AGENT, mine, "x"), house.history.delete(AGENT, mine)):
                with pytest.raises(JournalUnavailable):
                    await act
            house.journal.failure = None
            assert (await house.conversations.about(AGENT.id, mine))["title"] == QUESTION
            await house.history.rename(AGENT, mine, "Cantine")
            await house.history.delete(AGENT, mine)
            with pytest.raises(ConversationUnknown):
                await house.conversations.messages(AGENT.id, mine)
            assert await found(house, "cantine") == []
            told = [(e.name, e.outcome) for e in house.journal.entries if e.phase == "closing"][-2:]
            assert [outcome for _, outcome in told] == ["done", "done"]
            assert not await house.journal.open_intentions()

    asyncio.run(go())


def test_a_deletion_that_a_crash_cut_is_finished(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            await house.add("tarifs.txt", PRICES)
            started, _ = await asked(house)
            for name in ("conversation-deleted", "conversation-renamed"):
                draft = Draft(
                    kind="administration", name=name, chain=name, actor=AGENT.id, object=started.conversation
                )
                await house.journal.intention(draft)
            assert await finish_deletions(house.journal, house.history) == 2
            assert await house.history.recent(AGENT) == []
            assert await finish_deletions(house.journal, house.history) == 0
            assert [e.outcome for e in house.journal.entries if e.phase == "closing"][-2:] == [
                "done",
                "interrupted",
            ]

    asyncio.run(go())


def test_an_answer_is_asked_again_with_other_words_and_the_former_try_stays(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            await house.add("tarifs.txt", PRICES)
            started, _ = await asked(house)
            again, _ = await asked(house, "ignored", started.conversation, again=started.message)
            assert again.again == started.message
            rows = await house.conversations.messages(AGENT.id, started.conversation)
            assert [(r["role"], r["text"]) for r in rows if r["role"] == "user"] == [("user", QUESTION)] * 2
            assert str(rows[-1]["again"]) == started.message and rows[-1]["journal"] == again.journal
            drawn = [house.journal.payloads[e.index] for e in house.journal.named("model-called")]
            assert b'"temperature": 0.0, "seed": 1' in drawn[0] and b'"temperature": 0.4, "seed": 2' in drawn[1]
            asked_again = house.journal.payloads[house.journal.named("question-asked")[1].index]
            assert f'"again": "{started.message}"'.encode() in asked_again
            (turn,) = await house.conversations.turns(AGENT.id, started.conversation, Sight(frozenset({"mairie"})))
            assert (turn.message, turn.question, turn.tries) == (again.message, QUESTION, 2)
            with pytest.raises(ConversationMoved):
                await asked(house, "", started.conversation, again=started.message)
            assert not await house.journal.open_intentions()

    asyncio.run(go())


def test_two_windows_neither_mix_nor_lose(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            await house.add("tarifs.txt", PRICES)
            started, _ = await asked(house)
            house.engine.script, house.engine.delay = "mot " * 40, 0.01
            writing = house.assistant.ask(AGENT, QUESTION, ["mairie"], started.conversation, after=started.message)
            async for event in writing:
                if isinstance(event, Text):
                    break
            with pytest.raises(ConversationBusy):
                await asked(house, "Et la garderie ?", started.conversation)
            await writing.aclose()
            with pytest.raises(ConversationMoved):
                await asked(house, "Et la garderie ?", started.conversation, after=started.message)
            house.engine.script, house.engine.delay = "Oui [1].", 0.0
            await asked(house, "Et la garderie ?", started.conversation)
            rows = await house.conversations.messages(AGENT.id, started.conversation)
            assert [(r["role"], r["state"]) for r in rows] == [
                *(("user", "closed"), ("assistant", "closed"), ("user", "closed"), ("assistant", "interrupted")),
                *(("user", "closed"), ("assistant", "closed")),
            ]
            assert not await house.journal.open_intentions()

    asyncio.run(go())


def test_questions_at_the_same_instant_are_refused_but_one(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            await house.add("tarifs.txt", PRICES)
            started, _ = await asked(house)
            results: Sequence[Any] = await asyncio.gather(
                *(asked(house, f"Et le repas {n} ?", started.conversation) for n in range(8)),
                return_exceptions=True,
            )
            refused = [r for r in results if isinstance(r, ConversationBusy)]
            assert len(refused) == 7
            assert len(await house.conversations.messages(AGENT.id, started.conversation)) == 4

    asyncio.run(go())


def test_the_spaces_chosen_and_how_it_was_made_are_remembered(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            await house.add("tarifs.txt", PRICES)
            house.embedder.up = False
            started, closed = await asked(house, chosen=[])
            about = await house.conversations.about(AGENT.id, started.conversation)
            assert about["spaces"] == []
            rows = await house.conversations.messages(AGENT.id, started.conversation)
            assert rows[1]["details"] == dict(closed.details)
            assert closed.details["spaces"] == ["mairie"] and closed.details["by_meaning"] is False
            assert started.journal == house.journal.named("question-asked")[0].index
            await asked(house, "Et la garderie ?", started.conversation, chosen=["mairie"])
            assert (await house.conversations.about(AGENT.id, started.conversation))["spaces"] == ["mairie"]

    asyncio.run(go())


def test_without_an_engine_the_passages_are_kept_with_the_reason(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            await house.add("tarifs.txt", PRICES)
            house.engine.up = False
            started, closed = await asked(house)
            assert closed.outcome == "failed" and closed.text == ""
            rows = await house.conversations.messages(AGENT.id, started.conversation)
            assert rows[1]["sources"] and rows[1]["details"]["problem"]
            house.engine.up = True
            _, closed = await asked(house, "", started.conversation, again=started.message)
            assert closed.outcome == "done"
            assert b'"seed": 1' in house.journal.payloads[house.journal.named("model-called")[-1].index]

    asyncio.run(go())


def test_a_long_question_is_a_name_that_still_asks() -> None:
    assert (
        titled("# Note **du maire**\n- De : Anne\n> Bonjour") == "Note du maire De : Anne Bonjour"
        and titled("**") == "**"
    )
    assert titled("Quel  tarif\n?") == "Quel tarif ?"
    long = "Comment s’est réparti le vote du conseil sur la coupure de l’éclairage public la nuit dans la commune ?"
    assert titled(long) == "Comment s’est réparti le vote du conseil sur la coupure de l’éclairage public…\u202f?"
    assert titled("x" * 200) == "x" * 79 + "…" and all(len(titled("ab, " * n + "?")) <= 80 for n in range(60))
