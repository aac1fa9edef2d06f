"""A specification: its sections beside the base, one of them written anew while the others stay."""

import asyncio
from pathlib import Path

import pytest

from demeure.assistant.tasks import WorkRow
from demeure.assistant.tasks.errors import FieldTooLong, FieldWrong, SectionUnknown
from demeure.testing.house import AGENT, SmallHouse, small_house

GIVEN = {
    "objet": "nettoyage des vitres de l’école",
    "besoin": "vitres de l’école nettoyées deux fois par an, pour 3 200 € par an",
    "calendrier": "début le 4 mai 2026",
}
DOCUMENT = (
    "Contrat de nettoyage de l’école.\n\n"
    "Les vitres de l’école sont nettoyées trois fois par an, pour 2 900 € par an."
)


async def over(house: SmallHouse, work: str) -> WorkRow:
    async with asyncio.timeout(10):
        while True:
            row = await house.tasks.tasks.work(AGENT, work)
            if not row.drafts[-1].open and house.tasks.runner.hub.live(work) is None:
                return row
            await asyncio.sleep(0.01)


def said(messages: list[dict[str, str]]) -> str:
    """An engine that says each line as it is."""
    return "\n".join(line for line in messages[-1]["content"].split("\n") if line[:1].isdigit())


def test_one_section_is_written_anew_and_the_others_stay_as_they_are(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            house.engine.script = said  # type: ignore[assignment] # mappings
            acts = house.tasks.tasks
            work = await over(house, (await acts.start(AGENT, "cahier", GIVEN, "fr")).id)
            assert "À préciser" in work.drafts[0].text and len(house.engine.prompts) == 2
            await acts.edit(AGENT, work.id, 1, work.drafts[0].text.replace("4 mai 2026", "5 mai 2026, dès 8 h"))
            await acts.section(AGENT, work.id, 1, 4, "accès par la cour\nbudget 4 000 €")
            row = await over(house, work.id)
            text = row.drafts[1].text.replace("\u202f", " ")
            assert len(house.engine.prompts) == 3, "that section alone"
            assert "## 4. Contraintes\n\nAccès par la cour. Le budget est de 4 000 €.\n" in text
            assert "5 mai 2026, dès 8 h" in text, "what its author changed is kept"
            assert text.index("3. Périmètre") < text.index("4. Contraintes") < text.index("6. Calendrier")
            assert (row.drafts[1].of, row.drafts[1].section) == (1, 4)
            await acts.section(AGENT, work.id, 2, 1, None)
            again = (await over(house, work.id)).drafts[2]
            assert again.given["contraintes"].startswith("accès") and "budget est de 4" in again.text
            for number, lines, problem in ((9, "", SectionUnknown), (4, "x" * 3001, FieldTooLong)):
                with pytest.raises(problem):
                    await acts.section(AGENT, work.id, 1, number, lines)

    asyncio.run(go())


def test_the_base_is_quoted_under_a_section_and_another_figure_is_pointed_out(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            house.engine.script = said  # type: ignore[assignment] # mappings
            await house.add("contrat.txt", DOCUMENT)
            acts = house.tasks.tasks
            with pytest.raises(FieldWrong):
                await acts.start(AGENT, "cahier", {**GIVEN, "espaces": "secret"}, "fr")
            work = await acts.start(AGENT, "cahier", {**GIVEN, "espaces": "Mairie"}, "fr")
            row = await over(house, work.id)
            draft = row.drafts[0]
            assert row.spaces == ["mairie"] and draft.state == "done", draft.reason
            text = draft.text.replace("\u202f", " ")
            assert "**Dans vos documents**\n\n- « Les vitres de l’école sont nettoyées trois fois par an" in text
            assert "[1]" in text and draft.sources[0]["document"] == "contrat.txt"
            (block,) = [one for one in draft.report if one["kind"] == "differs"]
            assert ("3 200 €", "2 900 €", 1) in {
                (one["said"].replace("\u202f", " "), one["nearest"].replace("\u202f", " "), one["number"])
                for one in block["found"]
            }
            assert len([e for e in house.journal.chain(draft.chain) if e.name == "passages-found"]) == 2
            await acts.section(AGENT, work.id, 1, 2, "vitres de l’école nettoyées trois fois par an")
            again = (await over(house, work.id)).drafts[1]
            assert again.text.count("Dans vos documents") == draft.text.count("Dans vos documents")
            assert [one["number"] for one in again.sources] == [1]

    asyncio.run(go())
