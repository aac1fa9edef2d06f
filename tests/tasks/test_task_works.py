"""A work from its form to its draft: what is written, live followers, refining, stopping, rights, deletion."""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from demeure.assistant.tasks import WorkRow, runner
from demeure.assistant.tasks.errors import (
    DraftEmpty,
    FieldMissing,
    FieldTooLong,
    FieldUnknown,
    FieldWrong,
    NameOfAFile,
    TaskUnknown,
    WorkBusy,
    WorksTooMany,
    WorkUnknown,
    WorkWithdrawn,
)
from demeure.engine import EngineDown
from demeure.gateway.task_desk import TaskDesk
from demeure.library import DocumentUnknown
from demeure.policy import Denied
from demeure.settings import Settings
from demeure.store.tables import people
from demeure.testing.gateway import FakeShelves
from demeure.testing.house import ADMINISTRATOR, AGENT, SmallHouse, small_house
from demeure.wire import Request

MAIL = "Objet : Salle du 14 juin\n1. La salle est libre le 14 juin.\n2. La caution est de 300 €."
NOTES = {"notes": "salle libre le 14 juin\ncaution 300 €", "signature": "Claire Morvan\nAccueil"}


async def written(house: SmallHouse, work: str, actor: Any = AGENT) -> WorkRow:
    """The work once nothing is being written."""
    async with asyncio.timeout(10):
        while True:
            row = await house.tasks.tasks.work(actor, work)
            if not row.drafts[-1].open and house.tasks.runner.hub.live(work) is None:
                return row
            await asyncio.sleep(0.01)


async def quoted(house: SmallHouse, work: str) -> str:
    return str((await house.tasks.tasks.work(AGENT, work)).drafts[0].sources)


async def named(house: SmallHouse, work: str) -> str:
    return (await house.tasks.tasks.work(AGENT, work)).title


async def said(house: SmallHouse, work: str, words: str) -> None:
    """Once its draft holds these words."""
    text = ""
    async for event in house.tasks.tasks.follow(AGENT, work):
        if event["event"] == "text":
            text = event["delta"] if event["whole"] else text + event["delta"]
        if words in text:
            return
    raise AssertionError(text)


async def mailed(house: SmallHouse, given: Mapping[str, str] = NOTES, actor: Any = AGENT) -> WorkRow:
    started = await house.tasks.tasks.start(actor, "courriel", given, "fr")
    return await written(house, started.id, actor)


def test_a_mail_is_drafted_around_what_the_model_wrote_and_every_step_is_written(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            house.engine.script = "Bonjour,\n\n" + MAIL + "\n\nCordialement,\n[Votre nom]"
            work = await mailed(house)
            draft = work.drafts[0]
            assert draft.state == "done" and draft.text.startswith(
                "Objet\u202f: Salle du 14 juin\n\nBonjour,\n\nLa salle"
            )
            assert "[Votre nom]" not in draft.text and draft.text.endswith(
                "Bien cordialement,\n\nClaire Morvan\nAccueil"
            )
            assert draft.text.count("Bonjour") == 1
            names = [entry.name for entry in house.journal.chain(draft.chain)]
            assert names.index("task-asked") < names.index("draft-opened") < names.index("prompt-built")
            assert names[-1] == "task-closed" and "draft-checked" in names and "model-called" in names
            assert not await house.journal.open_intentions()
            async with asyncio.timeout(5):
                while await named(house, work.id) != "Salle du 14 juin":  # noqa: ASYNC110 - a row is looked at
                    await asyncio.sleep(0.01)

    asyncio.run(go())


def test_a_figure_is_the_note_s_and_a_name_that_nothing_holds_is_left_out_or_marked(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            other = "La salle Paul-Verlaine est"
            house.engine.script = MAIL.replace("300 €", "450 €").replace("La salle est", other)
            work = await mailed(house)
            text = work.drafts[0].text
            assert "La caution est de 300\u202f€." in text and "450" not in text, (
                "the note itself, not another figure"
            )
            assert "La salle est libre le 14 juin." in text and "Verlaine" not in text
            house.engine.script = f"{other} libre le 14 juin, caution 300 €."
            await house.tasks.tasks.refine(AGENT, work.id, 1, "shorter")
            draft = (await written(house, work.id)).drafts[1]
            (found,) = draft.details["findings"]
            assert draft.text[found["start"] : found["end"]] == "Paul-Verlaine"

    asyncio.run(go())


def test_points_of_the_message_without_an_answer_are_listed(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            house.engine.script = MAIL
            received = (
                "De : Sophie Ferrand\nObjet : salle\n\nBonjour,\nLa salle est-elle libre le 14 juin ? "
                "Peut-on venir avec un chien ?\nMerci d’avance\nMme Ferrand"
            )
            work = await mailed(house, {**NOTES, "recu": received})
            (report,) = [block for block in work.drafts[0].report if block["kind"] == "answered"]
            assert report["left"] == ["Peut-on venir avec un chien ?"] and len(report["asked"]) == 2
            assert "Bonjour Madame Ferrand," in work.drafts[0].text
            told = house.engine.prompts[-1][-1]["content"]
            assert "1. salle libre le 14 juin" in told and "De : Sophie" not in told and "chien" in told

    asyncio.run(go())


def test_a_form_that_cannot_be_is_refused_by_the_name_of_its_field(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            for given, problem in (
                ({}, FieldMissing),
                ({"notes": "x" * 5000}, FieldTooLong),
                ({"notes": "x", "ton": "insolent"}, FieldWrong),
                ({"notes": "x", "autre": "y"}, FieldUnknown),
                ({"notes": "x", "recu": "lettre-2026.PDF"}, NameOfAFile),
            ):
                with pytest.raises(problem):
                    await house.tasks.tasks.start(AGENT, "courriel", given, "fr")
            with pytest.raises(NameOfAFile, match=r"NAME=@rapport\.pdf"):
                await house.tasks.tasks.start(AGENT, "resume", {"document": "rapport.pdf"}, "fr")
            with pytest.raises(TaskUnknown):
                await house.tasks.tasks.start(AGENT, "absente", {}, "fr")
            assert house.journal.entries == [] and await house.tasks.listing.mine(AGENT) == []

    asyncio.run(go())


def test_in_a_terminal_a_document_of_the_base_is_called_by_its_name() -> None:
    async def go() -> None:
        shelves, given = FakeShelves(), dict[str, str]()
        report, lease = shelves.put("Rapport 2025.pdf"), shelves.put("bail.md", space="urbanisme")

        async def start(_actor: Any, _task: str, fields: dict[str, str], *_rest: str) -> None:
            given.update(fields)
            raise WorkUnknown()

        async def opened() -> tuple[Any, Any]:
            return SimpleNamespace(shelves=shelves, tasks=SimpleNamespace(start=start)), AGENT

        async def asked(fields: dict[str, str]) -> None:
            async for _ in TaskDesk(opened).run(Request("tasks.run", {"task": "comparer", "fields": fields}, "")):
                pass

        with pytest.raises(WorkUnknown):
            await asked({"avant": "document:rapport 2025.pdf", "tous": f"document:{report.id}\ndocument:bail.md"})
        assert given == {"avant": f"document:{report.id}", "tous": f"document:{report.id}\ndocument:{lease.id}"}
        with pytest.raises(DocumentUnknown):
            await asked({"avant": "document:absent.pdf"})

    asyncio.run(go())


def test_followers_see_the_words_as_they_come_and_leaving_stops_nothing(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            house.engine.script, house.engine.delay = MAIL + " Merci." * 40, 0.005
            work = await house.tasks.tasks.start(AGENT, "courriel", NOTES, "fr")
            seen: list[dict[str, Any]] = []
            async with contextlib.aclosing(house.tasks.tasks.follow(AGENT, work.id)) as events:  # type: ignore[type-var]
                async for event in events:
                    seen.append(event)
                    if event["event"] == "text":
                        break  # the reader leaves
            ended = await written(house, work.id)
            assert ended.drafts[0].state == "done"
            assert next(event["event"] for event in seen) == "state"
            rest = [event async for event in house.tasks.tasks.follow(AGENT, work.id)]
            assert rest == [], "nothing is being written"

    asyncio.run(go())


def test_stopping_keeps_what_is_written_and_going_on_ends_it(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            house.engine.script, house.engine.delay = MAIL + "\n3. Merci bien." * 400, 0.01
            work = await house.tasks.tasks.start(AGENT, "courriel", NOTES, "fr")
            await said(house, work.id, "300\u202f€")
            await house.tasks.tasks.stop(AGENT, work.id)
            row = await house.tasks.tasks.work(AGENT, work.id)
            assert row.drafts[0].state == "stopped" and "Salle du 14 juin" in row.drafts[0].text
            assert house.engine.active == 0 and not await house.journal.open_intentions()
            house.engine.script, house.engine.delay = MAIL, 0.0
            twice = [house.tasks.tasks.again(AGENT, work.id) for _ in range(2)]
            tried = await asyncio.gather(*twice, return_exceptions=True)
            assert sum(isinstance(one, WorkBusy) for one in tried) == 1, "one of the two"
            ended = await written(house, work.id)
            assert [d.state for d in ended.drafts] == ["done"] and "300\u202f€" in ended.drafts[0].text

    asyncio.run(go())


def test_one_person_does_not_fill_the_house(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            house.engine.delay = 0.2
            works = [await house.tasks.tasks.start(AGENT, "courriel", NOTES, "fr") for _ in range(10)]
            with pytest.raises(WorksTooMany):
                await house.tasks.tasks.start(AGENT, "courriel", NOTES, "fr")
            await house.tasks.tasks.stop(AGENT, works[0].id)
            await house.tasks.tasks.start(AGENT, "courriel", NOTES, "fr")
            assert house.engine.active <= 2, "the engine has two places"

    asyncio.run(go())


def test_an_engine_that_dies_leaves_a_reason_and_a_way_to_go_on(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            house.engine.dies_after = 3
            house.tasks.runner._patience = 0.0
            draft = (await mailed(house)).drafts[0]
            assert draft.state == "failed" and draft.reason["code"] == EngineDown.code()
            assert not await house.journal.open_intentions()

    asyncio.run(go())


def test_a_model_that_is_on_its_way_back_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "RETRY", 0.01)

    async def go() -> None:
        async with small_house(tmp_path) as house:
            house.engine.script, house.engine.loading = MAIL, 3
            draft = (await mailed(house)).drafts[0]
            assert draft.state == "done" and draft.text.count("300\u202f€") == 1
            assert len(house.journal.named("model-called")) == 1 and len(house.engine.prompts) == 4

    asyncio.run(go())


def test_parts_are_cut_to_the_model_in_place(tmp_path: Path) -> None:
    report = "\n\n".join(f"{n}. Le lot {n} coûte {n}00 euros. " + "Le conseil en parle. " * 60 for n in range(1, 7))

    async def go() -> None:
        async with small_house(tmp_path, settings=Settings(engine_context=900)) as house:
            house.engine.context = 900 - 150
            house.engine.script = "- Le conseil en parle."
            work = await house.tasks.tasks.start(AGENT, "resume", {"document": report}, "fr")
            draft = (await written(house, work.id)).drafts[0]
            assert draft.state == "done", draft.reason
            asked = "\n".join(prompt[-1]["content"] for prompt in house.engine.prompts)
            assert all(f"Le lot {n} coûte {n}00 euros." in asked for n in range(1, 7))
            assert asked.count("Le conseil en parle.") >= 6 * 60, "nothing is left out"

    asyncio.run(go())


def test_refining_makes_another_draft_beside_the_first(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            house.engine.script = MAIL
            work = await mailed(house)
            house.engine.script = "La salle est libre le 14 juin, caution 300 €."
            await house.tasks.tasks.refine(AGENT, work.id, 1, "shorter")
            row = await written(house, work.id)
            assert [(d.number, d.of, d.wish) for d in row.drafts] == [(1, 0, ""), (2, 1, "shorter")]
            first, second = row.drafts
            assert second.text.startswith(
                "Objet\u202f: Salle du 14 juin\n\nBonjour,\n\nLa salle est libre le 14 juin, caution"
            )
            assert second.text.endswith("Claire Morvan\nAccueil") and first.text != second.text
            house.engine.delay = 0.05
            await house.tasks.tasks.refine(AGENT, work.id, 2, "Ajoute de l’humour")
            with pytest.raises(WorkBusy):
                await house.tasks.tasks.refine(AGENT, work.id, 2, "warmer")
            await house.tasks.tasks.stop(AGENT, work.id)
            with pytest.raises(FieldTooLong):
                await house.tasks.tasks.refine(AGENT, work.id, 2, "x" * 301)

    asyncio.run(go())


def test_its_author_changes_names_and_deletes_it_and_nobody_else_does(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            house.engine.script = MAIL
            work, acts = await mailed(house), house.tasks.tasks
            await acts.edit(AGENT, work.id, 1, "Un texte zanzibaresque.")
            with pytest.raises(DraftEmpty):
                await acts.edit(AGENT, work.id, 1, " \n ")
            await acts.rename(AGENT, work.id, "  Ma  salle ")
            row = await acts.work(AGENT, work.id)
            assert (row.title, row.drafts[0].text, row.drafts[0].by_hand) == (
                "Ma salle",
                "Un texte zanzibaresque.",
                True,
            )
            assert [one.title for one in await house.tasks.listing.mine(AGENT, "zanzibaresques")] == ["Ma salle"]
            assert await house.tasks.listing.mine(AGENT, "caution") == [], "the former words are gone"
            for act in (
                lambda: acts.work(ADMINISTRATOR, work.id),
                lambda: acts.edit(ADMINISTRATOR, work.id, 1, "x"),
                lambda: acts.rename(ADMINISTRATOR, work.id, "x"),
                lambda: acts.refine(ADMINISTRATOR, work.id, 1, "shorter"),
                lambda: acts.stop(ADMINISTRATOR, work.id),
                lambda: acts.share(ADMINISTRATOR, work.id, "mairie"),
                lambda: acts.delete(ADMINISTRATOR, work.id),
                lambda: acts.review(ADMINISTRATOR, work.id, 1),
                lambda: acts.section(ADMINISTRATOR, work.id, 1, 1, "x"),
            ):
                with pytest.raises(WorkUnknown):
                    await act()
            assert await house.tasks.listing.mine(ADMINISTRATOR) == []
            await acts.delete(AGENT, work.id)
            with pytest.raises(WorkUnknown):
                await acts.work(AGENT, work.id)
            assert await house.tasks.listing.mine(AGENT) == [] and not await house.journal.open_intentions()
            with house.instance.house.read() as db:
                for table in ("works", "drafts", "draft_parts", "work_files", "work_recall"):
                    assert db.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar() == 0, table
            names = [entry.name for entry in house.journal.entries]
            assert {"draft-edited", "work-renamed", "work-deleted"} <= set(names)

    asyncio.run(go())


def test_a_work_is_shared_with_the_readers_of_a_space_by_who_contributes_there(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            house.engine.script = MAIL
            acts = house.tasks.tasks
            work = await mailed(house)
            with pytest.raises(Denied):
                await acts.share(AGENT, work.id, "mairie")  # she only reads there
            with pytest.raises(WorkUnknown):
                await acts.share(AGENT, work.id, "secret")
            theirs = await mailed(house, actor=ADMINISTRATOR)
            assert await house.tasks.listing.shared(AGENT) == []
            await acts.share(ADMINISTRATOR, theirs.id, "mairie")
            (seen,) = await house.tasks.listing.shared(AGENT)
            assert (seen.id, seen.mine, seen.author) == (theirs.id, False, "")
            with house.instance.house.write() as db:
                row = {"id": ADMINISTRATOR.id, "name": "Jeanne Roy", "login": "jeanne", "created_at": "2026-11-27"}
                db.execute(people.insert().values(row))
            assert (await house.tasks.listing.shared(AGENT))[0].author == "Jeanne Roy"
            row = await acts.work(AGENT, theirs.id)
            assert row.author == "Jeanne Roy"
            assert not row.mine and "300\u202f€" in row.drafts[0].text
            with pytest.raises(WorkUnknown):
                await acts.edit(AGENT, theirs.id, 1, "x")
            await acts.share(ADMINISTRATOR, theirs.id, "secret")
            with pytest.raises(WorkUnknown):
                await acts.work(AGENT, theirs.id)
            await acts.share(ADMINISTRATOR, theirs.id, "")
            assert await house.tasks.listing.shared(AGENT) == []

    asyncio.run(go())


SECRET = "Le code de la porte du coffre est 4711-zibeline. La décision est prise le 3 mars 2026 par le conseil."


def echo(messages: Sequence[Mapping[str, str]]) -> str:
    """An engine that repeats what it was given to read: the worst one for a secret."""
    return "\n".join(f"- {line}" for line in messages[-1]["content"].split("\n") if len(line) > 30)


def test_nothing_of_a_space_one_cannot_read_comes_through_a_task(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            house.engine.script = echo
            secret = await house.add("coffre.txt", SECRET, "secret")
            acts = house.tasks.tasks
            with pytest.raises(Exception, match="document"):
                await acts.start(AGENT, "resume", {"document": f"document:{secret.id}"}, "fr")
            assert house.engine.prompts == []
            theirs = await acts.start(ADMINISTRATOR, "resume", {"document": f"document:{secret.id}"}, "fr")
            row = await written(house, theirs.id, ADMINISTRATOR)
            assert "zibeline" in row.drafts[0].text
            await acts.share(ADMINISTRATOR, theirs.id, "mairie")  # a reader of « mairie » is none of « secret »
            assert await house.tasks.listing.shared(AGENT) == []
            with pytest.raises(WorkUnknown):
                await acts.work(AGENT, theirs.id)

    asyncio.run(go())


def test_a_right_withdrawn_hides_what_came_from_there_and_leaves_it_erasable(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            house.engine.script = echo
            open_one = await house.add("note.txt", SECRET.replace("coffre", "garage"))
            acts = house.tasks.tasks
            work = await acts.start(AGENT, "resume", {"document": f"document:{open_one.id}"}, "fr")
            await written(house, work.id)
            with house.instance.house.write() as db:
                db.exec_driver_sql("DELETE FROM members")
            with pytest.raises(WorkWithdrawn):
                await acts.work(AGENT, work.id)
            (listed,) = await house.tasks.listing.mine(AGENT)
            assert listed.withdrawn and listed.title == ""
            assert await house.tasks.listing.mine(AGENT, "zibeline") == []
            await acts.delete(AGENT, work.id)
            assert await house.tasks.listing.mine(AGENT) == []

    asyncio.run(go())


def test_a_deleted_document_takes_away_what_a_draft_quoted_of_it(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            house.engine.script = echo
            note = await house.add("note.txt", SECRET)
            work = await house.tasks.tasks.start(AGENT, "resume", {"document": f"document:{note.id}"}, "fr")
            draft = (await written(house, work.id)).drafts[0]
            assert draft.sources[0]["document"] == "note.txt" and "zibeline" in str(draft.sources)
            await house.library.delete(ADMINISTRATOR, note.id)
            async with asyncio.timeout(10):
                while "zibeline" in await quoted(house, work.id):  # noqa: ASYNC110 - the worker erases
                    await asyncio.sleep(0.01)
            left = (await house.tasks.tasks.work(AGENT, work.id)).drafts[0]
            assert left.sources[0]["gone"] and left.text == draft.text

    asyncio.run(go())
