"""A question end to end with a real store and fakes for the models: order of what is written and what is shown."""

import asyncio
import contextlib
import json
import threading
import time
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import Any

import pytest

from demeure.assistant import (
    Closed,
    Event,
    Problem,
    Queued,
    Sources,
    Started,
    Text,
    close_interrupted,
    grounding,
    prices,
)
from demeure.assistant.errors import ConversationUnknown, QuestionEmpty, QuestionTooLong
from demeure.assistant.grounding import Finding
from demeure.engine import QUESTION as WAITED
from demeure.engine import Delta, FairQueue
from demeure.journal import JournalUnavailable
from demeure.library import Searcher
from demeure.library.search.search import ABREAST
from demeure.policy import Denied
from demeure.testing.house import ADMINISTRATOR, AGENT, SmallHouse, small_house

PRICES = "Le repas enfant à la cantine coûte 3,20 euros depuis septembre.\nLa garderie du soir coûte 2,10 euros."
QUESTION = "Combien coûte le repas enfant à la cantine ?"


async def asked(house: SmallHouse, question: str = QUESTION, spaces: Sequence[str] = ("mairie",)) -> list[Event]:
    return [event async for event in house.assistant.ask(AGENT, question, list(spaces))]


def names(house: SmallHouse, chain: str) -> list[str]:
    return [entry.name for entry in house.journal.chain(chain)]


def test_a_question_is_answered_with_its_source_and_every_step_is_written(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            await house.add("tarifs.txt", PRICES)
            house.engine.script = "Le repas enfant coûte 3,20 euros [1]. Voir aussi [9]."
            events = await asked(house)
            started, sources, *texts, closed = events
            assert isinstance(started, Started) and isinstance(sources, Sources) and isinstance(closed, Closed)
            assert sources.items[0].document == "tarifs.txt"
            assert sources.items[0].quote in PRICES
            text = "".join(t.delta for t in texts if isinstance(t, Text))
            assert text == closed.text == "Le repas enfant coûte 3,20\u202feuros [1]. Voir aussi."
            assert closed.citations == (1,) and closed.unsupported == () and closed.outcome == "done"
            written = house.journal.chain(started.chain)
            assert {e.kind for e in written} >= {"request", "input", "extension", "retrieval", "filter", "answer"}
            assert written[0].name == "question-asked"
            assert not await house.journal.open_intentions()
            rows = await house.conversations.messages(AGENT.id, started.conversation)
            assert [(r["role"], r["text"], r["state"]) for r in rows] == [
                ("user", QUESTION, "closed"),
                ("assistant", text, "closed"),
            ]

    asyncio.run(go())


def test_an_answer_without_a_number_gets_that_of_the_passage_that_supports_it(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            await house.add("tarifs.txt", PRICES)
            house.engine.script = "Le repas enfant coûte 3,20 euros."
            closed = (await asked(house))[-1]
            assert isinstance(closed, Closed)
            assert closed.text == "Le repas enfant coûte 3,20\u202feuros. [1]"
            assert closed.citations == (1,) and closed.outcome == "done"
            house.engine.script = "Je n’ai pas trouvé cette information dans les documents [1]."
            declined = (await asked(house))[-1]
            assert isinstance(declined, Closed)
            assert "[" not in declined.text and declined.citations == () and not declined.found

    asyncio.run(go())


def test_one_row_of_a_list_of_prices_is_followed_by_the_others(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            rows = "Formule Prix\nDemi-journée 7,20 €\nJournée 11,60 €\nSemaine 48 €"
            await house.add("tarifs.txt", f"Tarifs du centre de loisirs\n{rows}\nUn enfant vient avec son goûter.")
            house.engine.script = "La demi-journée coûte 7,20 € [1]."
            closed = (await asked(house, "Quel est le tarif du centre de loisirs pour un enfant ?"))[-1]
            assert isinstance(closed, Closed)
            others = "\n\nLes autres lignes du tableau :\n- Journée 11,60 €\n- Semaine 48 € [1]"
            assert closed.text == f"La demi-journée coûte 7,20\u202f€ [1].{others}"
            assert closed.citations == (1,) and closed.unsupported == ()
            named = (await asked(house, "Combien coûte la demi-journée au centre de loisirs ?"))[-1]
            assert isinstance(named, Closed) and "Les autres lignes" not in named.text, "the question named its row"
            house.engine.script = "Je n’ai pas trouvé cette information dans les documents."
            declined = (await asked(house, "Quel est le tarif du centre de loisirs pour un enfant ?"))[-1]
            assert isinstance(declined, Closed) and declined.text == house.engine.script

    asyncio.run(go())


POOL = "Règlement de la piscine\nLe bonnet y est obligatoire. Les tarifs de la piscine sont votés chaque année."
HALL = (
    "Location de la salle des fêtes\nFormule Prix\nUne journée 120 €\nUn week-end 200 €\n\n"
    "Location de la salle des fêtes, autres communes\nFormule Prix\nUne journée 240 €\nUn week-end 400 €"
)
"""What no table prices, and two tables whose rows bear the same names."""


def test_all_the_prices_of_a_table_are_its_own_rows_without_the_model(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            rows = "Formule Prix\nDemi-journée 7,20 €\nJournée 11,60 €\nSemaine 48 €\nMoins de trois ans gratuit"
            await house.add("tarifs.txt", f"Tarifs du centre de loisirs\n{rows}\nLe goûter est gratuit.")
            await house.add("piscine.txt", POOL)
            await house.add("salle.txt", HALL)
            house.engine.script = "Le centre de loisirs est gratuit [1]."
            closed = (await asked(house, "Quels sont les tarifs du centre de loisirs ?"))[-1]
            assert isinstance(closed, Closed) and closed.outcome == "done" and closed.found
            told = "\n- Demi-journée 7,20\u202f€\n- Journée 11,60\u202f€\n- Semaine 48\u202f€"
            told += "\n- Moins de trois ans gratuit\n- Le goûter est gratuit. [1]"
            assert closed.text == f"Voici ce que donne le tableau («\u202fFormule Prix\u202f»)\u202f:{told}"
            assert closed.citations == (1,) and closed.unsupported == ()
            assert house.engine.prompts == [] and not house.journal.named("model-called")
            for asks in ("Quels sont les tarifs de la piscine ?", "Quels sont les tarifs de la salle des fêtes ?"):
                closed = (await asked(house, asks))[-1]
                assert isinstance(closed, Closed) and "Voici ce que donne" not in closed.text, asks
            assert not prices.asked_alone("Quels sont les tarifs et les horaires du centre ?"), "the model answers"

    asyncio.run(go())


def test_a_delay_that_no_document_gives_is_told_by_what_they_say_of_the_thing(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            await house.add("passeport.txt", "Passeport\nLa mairie ne fait pas de passeport. On va à Valbrune.")
            await house.add("factures.txt", "Factures\nLe délai de paiement d’une facture est de trente jours.")
            house.engine.script = "Le délai pour un passeport est de dix jours [2]."
            closed = (await asked(house, "Quel est le délai pour un passeport ?"))[-1]
            assert isinstance(closed, Closed) and closed.found and closed.outcome == "done"
            assert "ne fait pas de passeport. On va à Valbrune." in closed.text and "jours" not in closed.text
            assert len(closed.citations) == 1 and closed.unsupported == () and house.engine.prompts == []
            assert not house.journal.named("model-called"), "the journal tells no call that was not made"
            await asked(house, "Quel est le délai de paiement d’une facture ?")
            assert len(house.engine.prompts) == len(house.journal.named("model-called")) == 1

    asyncio.run(go())


def test_a_model_that_loads_is_waited_for_and_its_reader_is_told(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house, asyncio.timeout(20):
            await house.add("tarifs.txt", PRICES)
            house.engine.script, house.engine.loading = "Le repas enfant coûte 3,20 euros [1].", 2
            told = [type(event).__name__ for event in await asked(house)]
            assert told[:3] == ["Started", "Sources", "Loading"] and told.count("Loading") == 1
            assert set(told[3:-1]) == {"Text"} and told[-1] == "Closed"
            assert "Loading" not in [type(event).__name__ for event in await asked(house)]

    asyncio.run(go())


def test_who_waits_for_a_place_is_told_theirs_each_time_it_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("demeure.assistant.loading.SOON", 0.01)
    monkeypatch.setattr("demeure.assistant.loading.OFTEN", 0.01)

    async def go() -> None:
        async with small_house(tmp_path) as house, asyncio.timeout(20):
            await house.add("tarifs.txt", PRICES)
            house.engine.script = "Le repas enfant coûte 3,20 euros [1]."
            house.assistant._queue = queue = FairQueue(1)
            running, other = queue.place("a", WAITED), asyncio.Event()
            await running.__aenter__()

            async def before() -> None:
                async with queue.place("b", WAITED):
                    await other.wait()

            first = asyncio.create_task(before())
            told: list[Event] = []
            async for event in house.assistant.ask(AGENT, QUESTION, ["mairie"]):
                told.append(event)
                if event == Queued(1):
                    await running.__aexit__(None, None, None)
                if event == Queued(0):
                    other.set()
            await first
            assert [event.ahead for event in told if isinstance(event, Queued)] == [1, 0, None][: told_places(told)]
            kinds = [type(event).__name__ for event in told]
            assert kinds[:4] == ["Started", "Sources", "Queued", "Queued"] and kinds[-1] == "Closed"
            kinds = [type(event).__name__ for event in await asked(house)]
            assert "Queued" not in kinds, "a place was free"

    asyncio.run(go())


def told_places(told: Sequence[Event]) -> int:
    """The last, « its turn has come », is told only when the first word takes longer than a look."""
    return 3 if Queued(None) in told else 2


def test_a_model_that_never_comes_is_waited_for_no_longer_than_one_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("demeure.assistant.loading.PATIENCE", 0.0)

    async def go() -> None:
        async with small_house(tmp_path) as house, asyncio.timeout(20):
            await house.add("tarifs.txt", PRICES)
            house.engine.loading = 1_000_000
            *_, problem, closed = await asked(house)
            assert isinstance(problem, Problem) and problem.code == "EngineLoading"
            assert isinstance(closed, Closed) and closed.outcome == "failed"
            assert closed.details["code"] == "EngineLoading"
            assert not await house.journal.open_intentions()

    asyncio.run(go())


def test_the_end_of_a_sentence_does_not_wait_for_the_token_that_ends_the_answer(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house, asyncio.timeout(20):
            await house.add("tarifs.txt", PRICES)
            house.engine.script = "Le repas enfant coûte 3,20 euros [1]."
            pieces, read = house.engine._pieces, asyncio.Event()

            async def slow_to_end(answer: str, max_tokens: int) -> AsyncGenerator[Delta]:
                async for delta in pieces(answer, max_tokens):
                    if delta.finish:
                        await read.wait()
                    yield delta

            house.engine._pieces = slow_to_end  # type: ignore[method-assign]
            text = ""
            async for event in house.assistant.ask(AGENT, QUESTION, ["mairie"]):
                text += event.delta if isinstance(event, Text) else ""
                if text.endswith("[1]."):
                    read.set()
            assert text == house.engine.script.replace("0 euros", "0\u202feuros")

    asyncio.run(go())


def test_questions_of_one_instant_are_looked_at_a_few_at_a_time_and_wait_for_the_model_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside, asked_of_the_model, lock = [0], [0], threading.Lock()
    words, meaning = Searcher._words, Searcher._meaning
    every = 3 * ABREAST

    def counted(self: Searcher, *args: Any) -> Any:
        with lock:
            inside.append(inside[-1] + 1)
        time.sleep(0.02)
        try:
            return words(self, *args)
        finally:
            with lock:
                inside.append(inside[-1] - 1)

    async def go() -> None:
        full = asyncio.Event()

        async def together(self: Searcher, *args: Any) -> Any:
            asked_of_the_model[0] += 1
            if asked_of_the_model[0] == every:
                full.set()
            await full.wait()  # for ever, if one had to have its vector before the next is looked at
            return await meaning(self, *args)

        async with small_house(tmp_path) as house:
            await house.add("tarifs.txt", PRICES)
            monkeypatch.setattr(Searcher, "_words", counted)
            monkeypatch.setattr(Searcher, "_meaning", together)
            async with asyncio.timeout(60):
                answers = await asyncio.gather(*(asked(house, f"{QUESTION} {n}") for n in range(every)))
            assert max(inside) == ABREAST
            assert [events[-1].outcome for events in answers if isinstance(events[-1], Closed)] == ["done"] * every

    asyncio.run(go())


def test_nothing_is_shown_before_it_is_written(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            await house.add("tarifs.txt", PRICES)
            seen: dict[str, set[str]] = {}
            async for event in house.assistant.ask(AGENT, QUESTION, ["mairie"]):
                kept = {e.name for e in house.journal.entries}
                seen.setdefault(type(event).__name__, kept)
            assert {"question-asked", "passages-found"} <= seen["Started"]
            assert "answer-opened" in seen["Text"] and "answer-closed" not in seen["Text"]
            assert {"answer-closed", "question-closed", "answer-checked"} <= seen["Closed"]

    asyncio.run(go())


@pytest.mark.parametrize("passes", [0, 1, 2, 3])
def test_without_a_journal_nothing_is_shown(tmp_path: Path, passes: int) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            await house.add("tarifs.txt", PRICES)
            house.journal.fail_after(passes, JournalUnavailable())
            shown: list[Event] = []
            with pytest.raises(JournalUnavailable):
                async for event in house.assistant.ask(AGENT, QUESTION, ["mairie"]):
                    shown.append(event)  # noqa: PERF401 - what was shown before the failure matters
            assert shown == []

    asyncio.run(go())


def test_every_word_shown_is_already_kept_in_the_conversation(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            await house.add("tarifs.txt", PRICES)
            house.engine.script = "Un deux trois quatre cinq six sept huit [1]."
            house.engine.delay = 0.05
            conversation, shown = "", ""
            async for event in house.assistant.ask(AGENT, QUESTION, ["mairie"]):
                if isinstance(event, Started):
                    conversation = event.conversation
                elif isinstance(event, Text):
                    shown += event.delta
                    row = (await house.conversations.messages(AGENT.id, conversation))[1]
                    assert row["text"] == shown
                    assert [one["document"] for one in row["sources"]] == ["tarifs.txt"]

    asyncio.run(go())


def test_a_reader_who_leaves_stops_the_engine_and_closes_the_entry_with_what_was_shown(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            await house.add("tarifs.txt", PRICES)
            house.engine.script, house.engine.delay = "mot " * 500, 0.01
            stream = house.assistant.ask(AGENT, QUESTION, ["mairie"])
            shown = ""
            async with contextlib.aclosing(stream):
                async for event in stream:
                    if isinstance(event, Text):
                        shown += event.delta
                        if shown.count("mot") > 3:
                            break
            await house.assistant.drain()
            assert house.engine.active == 0 and house.engine.closed == 1
            (closing,) = house.journal.named("answer-closed")
            assert closing.outcome == "interrupted"
            assert shown.encode() in house.journal.payloads[closing.index]
            assert not await house.journal.open_intentions()

    asyncio.run(go())


def test_a_base_without_an_answer_says_so_without_asking_the_model(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            events = await asked(house)
            closed = events[-1]
            assert isinstance(closed, Closed) and not closed.found and "pas trouvé" in closed.text
            assert house.engine.prompts == []
            assert not house.journal.named("model-called")

    asyncio.run(go())


def test_a_figure_that_no_source_holds_is_named(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            await house.add("tarifs.txt", PRICES)
            house.engine.script = "Le repas enfant coûte 9,99 euros [1]."
            closed = (await asked(house))[-1]
            assert isinstance(closed, Closed)
            (found,) = closed.unsupported
            assert closed.text[found.start : found.end] == "9,99\u202feuros"
            assert (found.kind, found.nearest, found.source) == ("amount", "3,20 euros", 1)
            (checked,) = house.journal.named("answer-checked")
            assert "9,99 euros" in house.journal.payloads[house.journal.entries.index(checked)].decode()

    asyncio.run(go())


def test_more_findings_than_the_journal_holds_are_cut_and_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = tuple(Finding(at, at + 2, "percent", "\x01" * 40) for at in range(0, 60_000, 3))
    monkeypatch.setattr(grounding.Grounds, "check", lambda self, answer: many)

    async def go() -> None:
        async with small_house(tmp_path) as house:
            await house.add("tarifs.txt", PRICES)
            house.engine.script = "Le repas enfant coûte 9,99 euros [1]."
            closed = (await asked(house))[-1]
            assert isinstance(closed, Closed) and closed.outcome == "done" and closed.unsupported == many
            assert not await house.journal.open_intentions()
            for name in ("answer-checked", "answer-closed"):
                (entry,) = house.journal.named(name)
                told = json.loads(house.journal.payloads[house.journal.entries.index(entry)])
                assert told["in_all"] == {"unsupported": len(many)}
                assert 100 < len(told["unsupported"]) < 2000 and told["unsupported"][0]["start"] == 0

    asyncio.run(go())


def test_an_engine_that_dies_midway_gives_a_problem_and_a_failed_closing(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            await house.add("tarifs.txt", PRICES)
            house.engine.dies_after = 2
            events = await asked(house)
            assert any(isinstance(e, Problem) and e.code == "EngineDown" for e in events)
            closed = events[-1]
            assert isinstance(closed, Closed) and closed.outcome == "failed"
            assert house.journal.named("answer-closed")[0].outcome == "failed"
            assert not await house.journal.open_intentions()

    asyncio.run(go())


def test_a_space_one_may_not_read_is_refused_written_and_never_opened(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            await house.add("secret.txt", "Le code du coffre est 4711.", "secret")
            house.rooms.forget("secret")
            with pytest.raises(Denied):
                await asked(house, "Quel est le code du coffre ?", ["mairie", "secret"])
            assert house.journal.entries[-1].name == "question-refused"
            assert house.journal.entries[-1].decision == "not-in-these-spaces"
            assert "secret" not in house.rooms._open
            assert house.engine.prompts == []

    asyncio.run(go())


def test_a_bad_question_is_refused_clearly(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path, work=False) as house:
            with pytest.raises(QuestionEmpty):
                await asked(house, " \n\u200b ")
            with pytest.raises(QuestionTooLong):
                await asked(house, "x" * 4001)
            with pytest.raises(ConversationUnknown):
                async for _ in house.assistant.ask(AGENT, QUESTION, ["mairie"], "not-mine"):
                    pass
            assert not await house.journal.open_intentions()

    asyncio.run(go())


def test_what_a_crash_left_open_is_closed_with_the_text_delivered(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            await house.add("tarifs.txt", PRICES)
            house.engine.script, house.engine.delay = "mot " * 500, 0.01
            stream = house.assistant.ask(AGENT, QUESTION, ["mairie"])
            shown = known = ""
            async for event in stream:
                known = event.conversation if isinstance(event, Started) else known
                shown += event.delta if isinstance(event, Text) else ""
                if shown.count("mot") > 2:
                    break
            house.journal.failure = JournalUnavailable()  # the process dies here: nothing more is written
            with contextlib.suppress(JournalUnavailable):
                await stream.aclose()
            house.journal.failure = None
            await asyncio.sleep(0)
            assert await close_interrupted(house.journal, house.conversations) == 2
            closing = house.journal.named("answer-closed")[-1]
            assert closing.outcome == "interrupted" and shown.encode() in house.journal.payloads[closing.index]
            assert await close_interrupted(house.journal, house.conversations) == 0
            assert not await house.conversations.left_open()
            (left,) = [
                row for row in await house.conversations.messages(AGENT.id, known) if row["role"] == "assistant"
            ]
            assert left["details"]["spaces"] == ["mairie"], "where it was looked for is told of what a crash cut"

    asyncio.run(go())


def test_the_administrator_of_the_machine_asks_every_space(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            await house.add("secret.txt", "Le code du coffre est 4711.", "secret")
            events = [e async for e in house.assistant.ask(ADMINISTRATOR, "code du coffre ?", ["mairie", "secret"])]
            assert isinstance(events[1], Sources) and events[1].items[0].document == "secret.txt"

    asyncio.run(go())


@pytest.mark.parametrize("longest", [500_000, 5])
def test_an_answer_that_had_ended_for_its_reader_is_not_called_interrupted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, longest: int
) -> None:
    """What no entry would hold is cut: the house opens again."""
    monkeypatch.setattr("demeure.assistant.recovery.LONGEST", longest)

    async def go() -> None:
        async with small_house(tmp_path) as house:
            await house.add("tarifs.txt", PRICES)
            shown = ""
            with pytest.raises(JournalUnavailable):
                async for event in house.assistant.ask(AGENT, QUESTION, ["mairie"]):
                    shown += event.delta if isinstance(event, Text) else ""
                    house.journal.failure = JournalUnavailable() if shown else None  # gone before the closing
            house.journal.failure = None
            assert not await house.conversations.left_open()
            assert await close_interrupted(house.journal, house.conversations) == 2  # the process died meanwhile
            closing = house.journal.named("answer-closed")[-1]
            kept = json.loads(house.journal.payloads[closing.index])["text"]
            assert closing.outcome == "done" and kept == shown[:longest] and len(shown) > 5

    asyncio.run(go())
