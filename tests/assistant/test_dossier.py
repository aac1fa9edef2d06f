"""Questions on chosen documents: read whole, kept ready, brought back, refused, let go; nobody else's."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from demeure.assistant import Closed, Problem, Sources
from demeure.assistant.dossier import Preparing, engine_of
from demeure.assistant.dossier.snapshots import SPARE
from demeure.assistant.errors import DocumentsApart
from demeure.assistant.prompt import NOT_FOUND
from demeure.library import Document, DocumentUnknown
from demeure.policy import Denied
from demeure.settings import Settings
from demeure.store.tables import documents, pins, snapshot_documents, snapshots
from demeure.testing.engine import FakeSlots
from demeure.testing.house import ADMINISTRATOR, AGENT, SmallHouse, small_house
from demeure.wire import Request

TEXT = "\n".join(f"Article {n}. Le repas de la cantine coûte {n} euros pour le canari{n}." for n in range(1, 40))
CANARY = "canari17"
QUESTION = "Combien coûte le repas pour le canari17 ?"


def going(test: Callable[[SmallHouse], Awaitable[None]], folder: Path, **how: Any) -> None:
    async def go() -> None:
        async with asyncio.timeout(60), small_house(folder, **how) as house:
            house.engine.context = 100_000
            await test(house)
            await house.ready.snapshots.drain()

    asyncio.run(go())


async def asked(house: SmallHouse, document: Document, question: str = QUESTION, actor: Any = AGENT) -> list[Any]:
    events = [event async for event in house.assistant.ask(actor, question, [], documents=[document.id])]
    assert not [event for event in events if isinstance(event, Problem)], events
    await house.ready.snapshots.drain()
    return events


def names(house: SmallHouse) -> list[str]:
    return [entry.name for entry in house.journal.entries]


def files(house: SmallHouse) -> list[Path]:
    return sorted(house.instance.folder.glob("spaces/*/snapshots/*"))


async def prepared(house: SmallHouse) -> int:
    """Steps until there is nothing more to do."""
    return await prepared_by(house.ready.preparing)


async def prepared_by(preparing: Preparing) -> int:
    steps = 0
    while await preparing.step():
        steps += 1
    return steps


def test_the_whole_document_is_read_once_then_brought_back(tmp_path: Path) -> None:
    async def test(house: SmallHouse) -> None:
        row = await house.add("cantine.txt", TEXT)
        slots = house.ready.slots
        first = await asked(house, row)
        assert len(slots.read_) == 1 and all(f"canari{n}." in slots.read_[0] for n in range(1, 40))
        assert not slots.restored and len(files(house)) == 1
        assert [s.name for s in [row]] and house.ready.readiness.of(row.id)[0].tokens > 100
        second = await asked(house, row, "Et pour le canari20 ?")
        assert len(slots.read_) == 1, "what was read is not read again"
        assert slots.restored[0].startswith(slots.read_[0].encode())
        messages = house.engine.prompts[-1]
        head = "Question :"
        assert "\n".join([*(m["content"] for m in messages[:-1]), head]) == slots.read_[0], "the same beginning"
        assert messages[-1]["content"].startswith(f"{head} ")
        assert messages[-1]["content"].endswith("Et pour le canari20 ?") and len(messages[-1]["content"]) < 60
        for events in (first, second):
            sources = next(event for event in events if isinstance(event, Sources))
            assert sources.whole is True and len(sources.items) == row.passages
            assert [s.number for s in sources.items] == list(range(1, row.passages + 1))
            closed = events[-1]
            assert isinstance(closed, Closed) and closed.details["documents"] == [row.id]
        best = max(sources.items, key=lambda source: source.score)
        assert "canari20" in best.quote
        assert slots.erased == [1, 1] and not slots.held, "nothing stays in the engine's place"
        assert slots.tray.size == 0, "nor on the tray"

    going(test, tmp_path)


def test_an_answer_cites_the_passages_of_the_whole(tmp_path: Path) -> None:
    async def test(house: SmallHouse) -> None:
        row = await house.add("cantine.txt", TEXT)
        await asked(house, row)
        with house.rooms.database("mairie").read() as db:
            stored = db.execute(sa.text("SELECT text FROM passages ORDER BY ordinal")).scalars().all()
        number = next(n for n, text in enumerate(stored, 1) if CANARY in text)
        house.engine.script = (
            f"« Le repas de la cantine coûte 17 euros » [{number}]. Il coûte 912 euros [{number}]."
        )
        closed = (await asked(house, row))[-1]
        assert closed.citations == (number,)
        assert [found.said for found in closed.unsupported] == ["912 euros"], "figures are still compared"

    going(test, tmp_path)


def test_what_is_told_word_for_word_is_told_of_a_chosen_document_too(tmp_path: Path) -> None:
    async def test(house: SmallHouse) -> None:
        hours = "Horaires de la déchetterie\n\nLundi : fermé\nMercredi : 9 h à 12 h\nSamedi : 9 h à 17 h\n"
        row = await house.add("horaires-dechetterie.txt", hours)
        closed = (await asked(house, row, "La déchetterie est-elle ouverte le samedi ?"))[-1]
        assert closed.text.startswith("Oui") and "Samedi : 9 h à 17 h" in closed.text.replace(
            "\u202f", " "
        ).replace("\u00a0", " ")
        assert closed.citations == (1,) and not house.engine.prompts and "model-called" not in names(house)
        await asked(house, row, "Qui tient la déchetterie ?")
        assert house.engine.prompts, "anything else is for the model"

    going(test, tmp_path)


def test_of_the_whole_a_line_that_was_overlooked_is_asked_once_more(tmp_path: Path) -> None:
    async def test(house: SmallHouse) -> None:
        row = await house.add("cantine.txt", TEXT)
        said = {0: NOT_FOUND["fr"], 1: "Le repas coûte 17 euros."}
        calls: list[Any] = []
        chat = house.engine.chat

        def turned(messages: Any, **how: Any) -> Any:
            calls.append([dict(message) for message in messages])
            house.engine.script = said[min(len(calls) - 1, 1)]
            return chat(messages, **how)

        house.engine.chat = turned  # type: ignore[method-assign]
        closed = (await asked(house, row))[-1]
        assert closed.found and closed.text.replace("\u202f", " ").startswith("Le repas coûte 17 euros.")
        assert NOT_FOUND["fr"] not in closed.text
        assert house.engine.closed == 1, "the end of the sentence that nobody will read is not waited for"
        last = calls[1][-1]["content"]
        number = closed.citations[0]
        assert f"[{number}]" in last and CANARY in last and "canari30" not in last, "the lines that speak of it"
        assert names(house).count("model-called") == names(house).count("prompt-built") == 2

        calls.clear()
        said[1] = NOT_FOUND["fr"]
        closed = (await asked(house, row))[-1]
        assert len(calls) == 2 and not closed.found and closed.text.count("pas trouvé") == 1, (
            "asked twice, said once"
        )

        calls.clear()
        free = await house.add("reglement.txt", "Le repas est pris à midi. La cantine ouvre à onze heures.")
        for document, question in (
            (row, "Qui est Mandrin ?"),
            (free, "Quel est le prix du repas ?"),
            (free, "À quelle heure le repas de la cantine est-il pris le mercredi ?"),
        ):
            calls.clear()
            closed = (await asked(house, document, question))[-1]
            assert len(calls) == 1 and not closed.found, "nothing speaks of it, gives a price, or names the day"

        calls.clear()
        said[1] = "La cantine ouvre à onze heures."
        closed = (await asked(house, free, "À partir de quand la cantine ouvre-t-elle pour déjeuner ?"))[-1]
        assert len(calls) == 2 and closed.found, "asked in other words, of the same thing"

    going(test, tmp_path)


def test_an_answer_read_from_a_whole_document_past_its_keeping_says_so(tmp_path: Path) -> None:
    async def test(house: SmallHouse) -> None:
        row = await house.add("cantine.txt", TEXT)
        with house.instance.house.write() as db:
            db.execute(sa.update(documents).values(keep_until="2020-01-31"))
        house.engine.script = "Le repas coûte 17 euros pour le canari17 [1]."
        events = await asked(house, row)
        sources = next(event for event in events if isinstance(event, Sources))
        assert {told["kind"] for source in sources.items for told in source.standing} == {"expired"}
        assert [told["kind"] for told in events[-1].standing] == ["expired"]

    going(test, tmp_path)


def test_of_the_whole_a_number_put_before_or_wrong_becomes_that_of_the_passage_that_holds_the_sentence(
    tmp_path: Path,
) -> None:
    async def test(house: SmallHouse) -> None:
        row = await house.add("cantine.txt", TEXT)
        await asked(house, row)
        with house.rooms.database("mairie").read() as db:
            stored = db.execute(sa.text("SELECT text FROM passages ORDER BY ordinal")).scalars().all()
        right = next(n for n, text in enumerate(stored, 1) if "canari39" in text and "coûte 39" in text)
        wrong = next(n for n, text in enumerate(stored, 1) if "canari39" not in text)
        house.engine.script = f"[{wrong}] Le repas de la cantine coûte 39 euros pour le canari39."
        closed = (await asked(house, row))[-1]
        assert closed.text.replace("\u202f", " ") == (
            f"Le repas de la cantine coûte 39 euros pour le canari39 [{right}]."
        )
        assert closed.citations == (right,) and not closed.unsupported
        house.engine.script = f"[{wrong}] Versailles brûla 77 412 bougies hier soir."
        closed = (await asked(house, row))[-1]
        assert "[" not in closed.text and closed.citations == ()
        assert any("77" in found.said for found in closed.unsupported)

    going(test, tmp_path)


@pytest.mark.parametrize("damage", ["cut", "altered", "foreign", "absent"])
def test_what_was_damaged_never_reaches_the_engine_and_is_prepared_again(tmp_path: Path, damage: str) -> None:
    async def test(house: SmallHouse) -> None:
        row = await house.add("cantine.txt", TEXT)
        other = await house.add("voirie.txt", TEXT.replace("cantine", "voirie"))
        await asked(house, row)
        (path,) = files(house)
        await asked(house, other)
        (foreign,) = set(files(house)) - {path}
        good = path.read_bytes()
        match damage:
            case "cut":
                path.write_bytes(good[: len(good) // 2])
            case "altered":
                path.write_bytes(good[:-40] + bytes(40))
            case "foreign":
                path.write_bytes(foreign.read_bytes())
            case "absent":
                path.unlink()
        reads, brought = len(house.ready.slots.read_), len(house.ready.slots.restored)
        await asked(house, row)
        assert len(house.ready.slots.restored) == brought, "no byte of it was handed over"
        assert len(house.ready.slots.read_) == reads + 1 and "snapshot-refused" in names(house)
        assert path.exists() and house.ready.slots.tray.size == 0
        await asked(house, row)
        assert len(house.ready.slots.restored) == brought + 1, "kept again"

    going(test, tmp_path)


def emptied_once(slots: FakeSlots) -> None:
    """The next state saved is that of a place which somebody else emptied."""
    save = slots.save

    async def emptied(slot: int) -> int:
        slots.held.pop(slot)
        slots.save = save  # type: ignore[method-assign]
        return await save(slot)

    slots.save = emptied  # type: ignore[method-assign]


def test_a_place_that_somebody_else_emptied_is_not_kept_for_a_reading(tmp_path: Path) -> None:
    """llama.cpp empties a place at rest when another begins: what was saved then was of no token."""

    async def test(house: SmallHouse) -> None:
        row = await house.add("cantine.txt", TEXT)
        slots = house.ready.slots
        emptied_once(slots)
        assert (await asked(house, row))[-1].outcome == "done"
        assert names(house).count("snapshot-make") == 2, "what was saved of no token was not kept"
        assert len(files(house)) == 1 and len(slots.read_) == 2, (
            "the engine said that nothing was there: read again"
        )
        assert (await house.ready.dossiers.ready(AGENT, row.id)).state == "ready" and slots.tray.size == 0
        await asked(house, row)
        assert len(slots.read_) == 2

        quiet, again = house.ready.quiet_slots, await house.add("voirie.txt", TEXT + " Fin.")
        emptied_once(quiet)
        await house.ready.dossiers.pin(ADMINISTRATOR, again.id, keep=True)
        await prepared(house)
        assert len(quiet.read_) == 2 and len(house.ready.readiness.of(again.id)) == 1, "read again by itself"

    going(test, tmp_path)


def test_a_state_of_no_token_is_let_go_and_read_anew(tmp_path: Path) -> None:
    async def test(house: SmallHouse) -> None:
        row, slots = await house.add("cantine.txt", TEXT), house.ready.slots
        await asked(house, row)
        restore = slots.restore

        async def nothing(slot: int) -> int:
            await restore(slot)
            slots.held.pop(slot)
            slots.restore = restore  # type: ignore[method-assign] # once
            return 0

        slots.restore = nothing  # type: ignore[method-assign]
        await asked(house, row)
        assert len(slots.read_) == 2 and len(files(house)) == 1
        await asked(house, row)
        assert len(slots.read_) == 2

    going(test, tmp_path)


def test_nothing_of_a_space_serves_who_cannot_read_it(tmp_path: Path) -> None:
    async def test(house: SmallHouse) -> None:
        secret = await house.add("secret.txt", TEXT, "secret")
        await asked(house, secret, actor=ADMINISTRATOR)
        before = len(house.ready.slots.restored), len(house.ready.slots.read_), len(house.engine.prompts)
        with pytest.raises(DocumentUnknown):
            await asked(house, secret, actor=AGENT)
        with pytest.raises(DocumentUnknown):
            await house.ready.dossiers.ready(AGENT, secret.id)
        with pytest.raises(DocumentUnknown):
            await house.ready.dossiers.pin(AGENT, secret.id, keep=True)
        after = len(house.ready.slots.restored), len(house.ready.slots.read_), len(house.engine.prompts)
        assert before == after
        same = await house.add("copie.txt", TEXT)  # the same words, in a space that she reads
        await asked(house, same, actor=AGENT)
        assert len(house.ready.slots.restored) == before[0], "not even of the same words"
        mixed = house.assistant.ask(ADMINISTRATOR, QUESTION, [], documents=[secret.id, same.id])
        with pytest.raises(DocumentsApart):
            await anext(mixed)

    going(test, tmp_path)


def test_it_leaves_with_its_document_and_nothing_of_it_is_left(tmp_path: Path) -> None:
    async def test(house: SmallHouse) -> None:
        row, other = await house.add("cantine.txt", TEXT), await house.add("voirie.txt", TEXT + "Fin.")
        await house.ready.dossiers.pin(ADMINISTRATOR, row.id, keep=True)
        for one in (row, other):
            await asked(house, one)
        both = [e async for e in house.assistant.ask(AGENT, QUESTION, [], documents=[row.id, other.id])]
        assert isinstance(both[-1], Closed)
        await house.ready.snapshots.drain()
        assert len(files(house)) == 3
        await house.library.delete(ADMINISTRATOR, row.id)
        kept = house.ready.readiness.all()
        assert len(kept) == len(files(house)) == 1 and kept[0].file == files(house)[0].name
        with house.instance.house.read() as db:
            for table in (snapshots, snapshot_documents, pins):
                held = [tuple(found) for found in db.execute(sa.select(table))]
                assert not any(row.id in map(str, found) for found in held), table.name
        await house.library.delete_space(ADMINISTRATOR, "mairie")
        assert not files(house) and not house.ready.readiness.all()

    going(test, tmp_path)


def test_one_in_the_making_leaves_with_its_document_too(tmp_path: Path) -> None:
    async def test(house: SmallHouse) -> None:
        row = await house.add("cantine.txt", TEXT)
        add = house.ready.readiness.add
        gone = asyncio.Event()
        loop = asyncio.get_running_loop()

        def late(*args: Any) -> bool:
            asyncio.run_coroutine_threadsafe(house.library.delete(ADMINISTRATOR, row.id), loop).result(20)
            loop.call_soon_threadsafe(gone.set)
            return add(*args)

        house.ready.readiness.add = late  # type: ignore[method-assign] # at the worst moment
        await asked(house, row)
        await gone.wait()
        assert not files(house) and not house.ready.readiness.all()

    going(test, tmp_path)


@pytest.mark.parametrize(
    ("settings", "disk", "rule"),
    [
        (Settings(snapshots="never"), "encrypted", "snapshots-never"),
        (Settings(snapshot_megabytes=0), "encrypted", "snapshots-never"),
        (Settings(snapshots="encrypted-disk"), "clear", "disk-in-clear"),
        (Settings(snapshots="encrypted-disk"), "unknown", "disk-in-clear"),
    ],
)
def test_policy_forbids_and_says_why(tmp_path: Path, settings: Settings, disk: str, rule: str) -> None:
    async def test(house: SmallHouse) -> None:
        row = await house.add("cantine.txt", TEXT)
        await house.ready.dossiers.pin(ADMINISTRATOR, row.id, keep=True)
        assert (await asked(house, row))[-1].outcome == "done", "it is read at each question"
        await prepared(house)
        assert not files(house) and not house.ready.slots.read_ and not house.ready.quiet_slots.read_
        found = await house.ready.dossiers.ready(AGENT, row.id)
        assert (
            found.state == "impossible"
            and found.why
            and found.why["code"] == rule
            and "politique" in found.why["fr"]
        )
        assert house.ready.slots.erased, "and the engine's place is emptied all the same"

    going(test, tmp_path, settings=settings, disk=disk)


def test_an_encrypted_disk_is_enough_where_one_is_asked(tmp_path: Path) -> None:
    async def test(house: SmallHouse) -> None:
        await asked(house, await house.add("cantine.txt", TEXT))
        assert len(files(house)) == 1

    going(test, tmp_path, settings=Settings(snapshots="encrypted-disk"), disk="encrypted")


def test_a_disk_that_is_nearly_full_keeps_nothing(tmp_path: Path) -> None:
    async def test(house: SmallHouse) -> None:
        row = await house.add("cantine.txt", TEXT)
        house.ready.free[0] = 1 << 20
        assert (await asked(house, row))[-1].outcome == "done"
        assert not files(house)
        found = await house.ready.dossiers.ready(AGENT, row.id)
        assert found.state == "no" and found.why and found.why["code"] == "no-room"
        await house.ready.dossiers.pin(ADMINISTRATOR, row.id, keep=True)
        await prepared(house)
        assert not house.ready.quiet_slots.read_, "nobody reads for nothing"
        house.ready.free[0] = 1 << 40
        assert await prepared(house) == 1 and len(files(house)) == 1

    going(test, tmp_path)


def test_the_least_recently_used_goes_first_and_those_asked_for_stay(tmp_path: Path) -> None:
    async def test(house: SmallHouse) -> None:
        rows = [await house.add(f"d{n}.txt", f"Document {n}. " + TEXT) for n in range(4)]
        await house.ready.dossiers.pin(ADMINISTRATOR, rows[0].id, keep=True)
        for row in rows[:3]:
            await asked(house, row)  # 3 MiB each, and a little more: two fit in 7
        assert [len(house.ready.readiness.of(row.id)) for row in rows] == [1, 0, 1, 0]
        await asked(house, rows[3])
        assert [len(house.ready.readiness.of(row.id)) for row in rows] == [1, 0, 0, 1], "the pinned one stays"
        assert len(files(house)) == 2

    going(test, tmp_path, settings=Settings(snapshot_megabytes=7))


def test_documents_asked_for_beyond_the_room_are_told_and_never_push_each_other_out(tmp_path: Path) -> None:
    async def test(house: SmallHouse) -> None:
        rows = [await house.add(f"d{n}.txt", f"Document {n}. " + TEXT) for n in range(4)]
        for row in rows[:3]:
            await house.ready.dossiers.pin(ADMINISTRATOR, row.id, keep=True)  # 3 MiB each: two fit in 7
        async with asyncio.timeout(20):
            await prepared(house)
        assert len(house.ready.quiet_slots.read_) == 3 and len(files(house)) == 2
        assert [len(house.ready.readiness.of(row.id)) for row in rows] == [1, 1, 0, 0]
        found = await house.ready.dossiers.ready(AGENT, rows[2].id)
        assert found.state == "impossible" and found.why and found.why["code"] == "room-taken"
        assert not await prepared(house), "not tried for ever"
        await house.ready.dossiers.pin(ADMINISTRATOR, rows[3].id, keep=True)
        await prepared(house)
        found = await house.ready.dossiers.ready(AGENT, rows[2].id)
        assert found.state == "impossible" and len(house.ready.quiet_slots.read_) == 5, (
            "tried again, and told again"
        )
        await house.ready.dossiers.pin(ADMINISTRATOR, rows[3].id, keep=False)
        await prepared(house)
        assert (await asked(house, rows[3]))[-1].outcome == "done"
        assert [len(house.ready.readiness.of(row.id)) for row in rows] == [1, 1, 0, 0], "not for a question"
        assert house.ready.readiness.asked_for() == {one.id for one in house.ready.readiness.all()}
        await house.ready.dossiers.pin(ADMINISTRATOR, rows[0].id, keep=False)
        async with asyncio.timeout(20):
            await prepared(house)
        assert [len(house.ready.readiness.of(row.id)) for row in rows] == [0, 1, 1, 0]
        assert (await house.ready.dossiers.ready(AGENT, rows[2].id)).state == "ready"

    going(test, tmp_path, settings=Settings(snapshot_megabytes=7))


@pytest.mark.parametrize(("megabytes", "code"), [(4, "room-taken"), (2, "too-large")])
def test_one_without_room_is_not_read_again_by_the_next_life_of_the_house(
    tmp_path: Path, megabytes: int, code: str
) -> None:
    async def test(house: SmallHouse) -> None:
        rows = [await house.add(f"d{n}.txt", f"Document {n}. " + TEXT) for n in range(2)]
        for row in rows:
            await house.ready.dossiers.pin(ADMINISTRATOR, row.id, keep=True)  # 3 MiB each
        await prepared(house)
        b, read = house.ready.preparing._b, len(house.ready.quiet_slots.read_)
        await prepared_by(Preparing(b))
        assert len(house.ready.quiet_slots.read_) == read, "nothing has changed"
        found = await house.ready.dossiers.ready(AGENT, rows[1].id)
        assert found.state == "impossible" and found.why and set(found.why) == {"code", "fr", "en"}
        assert found.why["code"] == code
        larger = replace(b.settings, snapshot_megabytes=100)
        b.snapshots._settings = larger
        await prepared_by(Preparing(replace(b, settings=larger)))
        assert {(await house.ready.dossiers.ready(AGENT, row.id)).state for row in rows} == {"ready"}

    going(test, tmp_path, settings=Settings(snapshot_megabytes=megabytes))


def test_a_state_that_the_disk_had_no_place_for_is_tried_again_once_there_is_more(tmp_path: Path) -> None:
    async def test(house: SmallHouse) -> None:
        row = await house.add("cantine.txt", TEXT)
        await house.ready.dossiers.pin(ADMINISTRATOR, row.id, keep=True)
        house.ready.free[0] = SPARE + (1 << 20)  # enough to begin, too little to keep 3 MiB
        await prepared(house)
        await prepared(house)
        assert len(house.ready.quiet_slots.read_) == 1 and not files(house), "read once"
        found = await house.ready.dossiers.ready(AGENT, row.id)
        assert found.state == "impossible" and found.why and found.why["code"] == "no-room"
        house.ready.free[0] = SPARE + (1 << 30)
        await prepared(house)
        assert len(files(house)) == 1

    going(test, tmp_path)


def test_one_larger_than_all_the_room_is_not_kept(tmp_path: Path) -> None:
    async def test(house: SmallHouse) -> None:
        row = await house.add("cantine.txt", TEXT)
        await house.ready.dossiers.pin(ADMINISTRATOR, row.id, keep=True)
        await prepared(house)
        assert not files(house)
        found = await house.ready.dossiers.ready(AGENT, row.id)
        assert found.state == "impossible" and found.why and found.why["code"] == "too-large"
        assert not await prepared(house), "not tried for ever"

    going(test, tmp_path, settings=Settings(snapshot_megabytes=2))


def test_one_of_another_engine_or_text_is_let_go(tmp_path: Path) -> None:
    async def test(house: SmallHouse) -> None:
        row = await house.add("cantine.txt", TEXT)
        await asked(house, row)
        before = house.ready.readiness.all()[0]
        house.ready.slots.model = house.ready.quiet_slots.model = "another"
        await prepared(house)
        assert not files(house) and not house.ready.readiness.all()
        await asked(house, row)
        assert not house.ready.slots.restored and len(house.ready.slots.read_) == 2
        assert house.ready.readiness.all()[0].engine != before.engine
        assert house.ready.readiness.all()[0].engine == engine_of(await house.ready.slots.facts())

    going(test, tmp_path)


def test_one_too_long_is_searched_and_it_is_said(tmp_path: Path) -> None:
    async def test(house: SmallHouse) -> None:
        row = await house.add("long.txt", TEXT * 20)
        other = await house.add("court.txt", "Le repas coûte 12 euros pour le canari99.")
        events = await asked(house, row, "Combien coûte le repas pour le canari23 ?")
        sources = next(event for event in events if isinstance(event, Sources))
        assert sources.whole is False and {source.document_id for source in sources.items} == {row.id}
        assert any("canari23" in source.quote for source in sources.items) and len(sources.items) <= 6
        assert not house.ready.slots.read_ and not files(house)
        found = await house.ready.dossiers.ready(AGENT, row.id)
        assert found.state == "impossible" and found.why and found.why["code"] == "too-long"
        assert (await house.ready.dossiers.ready(AGENT, other.id)).state == "no"

    going(test, tmp_path, settings=Settings(engine_context=8192))


# -- while nobody waits --------------------------------------------------------------------------------------------


def test_what_was_asked_for_is_prepared_then_serves(tmp_path: Path) -> None:
    async def test(house: SmallHouse) -> None:
        row = await house.add("cantine.txt", TEXT)
        assert (await house.ready.dossiers.ready(AGENT, row.id)).state == "no"
        with pytest.raises(Denied):
            await house.ready.dossiers.pin(AGENT, row.id, keep=True)  # she reads the space, no more
        assert (await house.ready.dossiers.pin(ADMINISTRATOR, row.id, keep=True)).state == "waiting"
        assert await prepared(house) == 1
        found = await house.ready.dossiers.ready(AGENT, row.id)
        assert found.state == "ready" and found.pinned and not found.may_pin and found.size > 3 << 20
        assert house.ready.quiet_slots.erased == [0] and house.ready.quiet_slots.tray.size == 0
        await asked(house, row)
        assert house.ready.slots.restored and not house.ready.slots.read_, "the first question is answered at once"
        assert [n for n in names(house) if n.startswith(("snapshot", "document-pin"))] == [
            *("document-pin", "document-pin-closed", "document-pin", "document-pin-closed"),
            *("snapshot-prepare", "snapshot-prepare-closed", "snapshot-opened"),
        ]
        found = await house.ready.dossiers.pin(ADMINISTRATOR, row.id, keep=False)
        assert found.state == "ready" and not found.pinned, "it goes like the others now"

    going(test, tmp_path)


def test_a_space_that_does_not_open_holds_no_other_document_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def test(house: SmallHouse) -> None:
        away, row = await house.add("paie.txt", TEXT, "secret"), await house.add("cantine.txt", TEXT)
        for one in (away, row):
            await house.ready.dossiers.pin(ADMINISTRATOR, one.id, keep=True)
        house.worker_rooms.forget("secret")
        key = house.instance.folder / "keys" / "spaces" / "secret.key"
        sealed = key.read_bytes()
        key.chmod(0o600)
        key.write_bytes(sealed[:4] + b"\x09" + sealed[5:])
        running = asyncio.create_task(house.ready.preparing.run())
        try:
            async with asyncio.timeout(10):
                while (await house.ready.dossiers.ready(AGENT, row.id)).state != "ready":  # noqa: ASYNC110 - a row
                    await asyncio.sleep(0.02)
            for _ in range(3):
                house.ready.preparing.wake.set()
                await asyncio.sleep(0.1)
            pin = house.ready.readiness.pinned(away.id)
            assert pin and pin.state == "impossible" and pin.reason and "Mettez Demeure à jour" in pin.reason["fr"]
            assert capsys.readouterr().err.count("SealUnknown") == 1, "noted once"
            key.write_bytes(sealed)
            async with asyncio.timeout(10):
                while (await house.ready.dossiers.ready(ADMINISTRATOR, away.id)).state != "ready":
                    house.ready.preparing.wake.set()
                    await asyncio.sleep(0.02)
        finally:
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await running

    going(test, tmp_path)


def test_how_long_reading_one_takes_is_told_once_another_was_read(tmp_path: Path) -> None:
    async def test(house: SmallHouse) -> None:
        row, other = await house.add("cantine.txt", TEXT), await house.add("voirie.txt", TEXT + " Fin.")
        assert (await house.ready.dossiers.ready(AGENT, other.id)).seconds == 0, "nothing was measured yet"
        await asked(house, row)
        kept = house.ready.readiness.of(row.id)[0]
        with house.instance.house.write() as db:
            db.execute(snapshots.update().values(seconds=40_000))
        found = await house.ready.dossiers.ready(AGENT, other.id)
        assert found.state == "no" and found.seconds == pytest.approx(40 * found.tokens / kept.tokens)

    going(test, tmp_path)


def test_whoever_asks_comes_first_at_once(tmp_path: Path) -> None:
    async def test(house: SmallHouse) -> None:
        row = await house.add("cantine.txt", TEXT)
        await house.ready.dossiers.pin(ADMINISTRATOR, row.id, keep=True)
        begun, forever = asyncio.Event(), asyncio.Event()

        async def pause() -> None:
            begun.set()
            await forever.wait()

        house.ready.quiet_slots.pause = pause
        step = asyncio.create_task(house.ready.preparing.step())
        await begun.wait()
        held = house.ready.gate.handler(Request("lease", {}, b""))  # type: ignore[arg-type] # nothing is read of it
        await anext(held)  # type: ignore[call-overload] # a generator
        assert await asyncio.wait_for(step, 5) is True, "it let go, and will come back"
        assert not files(house)
        again = asyncio.create_task(house.ready.preparing.step())
        await asyncio.sleep(0.05)
        assert not again.done() and not house.ready.quiet_slots.read_, "nothing is read while somebody waits"
        forever.set()
        await held.aclose()  # type: ignore[attr-defined] # a generator
        assert await asyncio.wait_for(again, 5) is True
        assert len(files(house)) == 1

    going(test, tmp_path)


def test_an_engine_that_is_away_is_waited_for(tmp_path: Path) -> None:
    async def test(house: SmallHouse) -> None:
        row = await house.add("cantine.txt", TEXT)
        await house.ready.dossiers.pin(ADMINISTRATOR, row.id, keep=True)
        house.ready.quiet_slots.up = False
        assert not await house.ready.preparing.step()
        running = asyncio.create_task(house.ready.preparing.run())
        house.ready.quiet_slots.up = True
        house.ready.preparing.wake.set()
        async with asyncio.timeout(10):
            while (await house.ready.dossiers.ready(AGENT, row.id)).state != "ready":  # noqa: ASYNC110 - a row
                await asyncio.sleep(0.02)
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running

    going(test, tmp_path)


def test_a_reader_who_leaves_breaks_nothing(tmp_path: Path) -> None:
    async def test(house: SmallHouse) -> None:
        row = await house.add("cantine.txt", TEXT)
        stream = house.assistant.ask(AGENT, QUESTION, [], documents=[row.id])
        async for event in stream:
            if isinstance(event, Sources):
                break
        await stream.aclose()
        await house.assistant.drain()
        assert house.ready.slots.tray.size == 0 and not house.ready.slots.held
        assert (await asked(house, row))[-1].outcome == "done"

    going(test, tmp_path)
