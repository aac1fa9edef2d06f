"""The organisation's words in drafts: signs, closing and signature, glossary told and checked, tu or vous."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from task_jobs import job_of

from demeure.assistant.tasks import WorkRow
from demeure.assistant.tasks.manner import STYLE_TOKENS, against, mannered, style_told, tokens_told
from demeure.assistant.tasks.recipes.refine import Refine, apart
from demeure.testing.house import ADMINISTRATOR, AGENT, SmallHouse, small_house
from demeure.words import Glossary, Style, Voice, term

MAIL = "Objet : Salle du 14 juin\n1. La salle est libre le 14 juin, c'est confirmé.\n2. La caution est de 12480 €."
NOTES = {"notes": "salle libre le 14 juin, c'est confirmé\ncaution 12480 €"}


async def drafted(house: SmallHouse, task: str, given: Mapping[str, str]) -> WorkRow:
    started = await house.tasks.tasks.start(AGENT, task, given, "fr")
    async with asyncio.timeout(10):
        while True:
            row = await house.tasks.tasks.work(AGENT, started.id)
            if not row.drafts[-1].open and house.tasks.runner.hub.live(row.id) is None:
                return row
            await asyncio.sleep(0.01)


async def told(house: SmallHouse, **texts: str) -> None:
    for kind, body in texts.items():
        await house.words.write(ADMINISTRATOR, "", kind, "", body, 0)


def test_a_mail_ends_as_the_organisation_ends_its_letters(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            house.engine.script = MAIL
            await told(
                house,
                closing="Veuillez agréer, Madame, Monsieur, nos salutations distinguées.",
                signature="Mairie de Saint-Aubin\n02 40 12 34 56",
            )
            text = (await drafted(house, "courriel", NOTES)).drafts[0].text
            assert "Objet\u202f: Salle" in text and "c’est confirmé" in text and "12\u202f480\u202f€" in text
            assert text.endswith("nos salutations distinguées.\n\nMairie de Saint-Aubin\n02 40 12 34 56")
            named = await drafted(
                house, "courriel", {**NOTES, "destinataire": "Madame Roche", "signature": "Claire"}
            )
            assert named.drafts[0].text.endswith(
                "Veuillez agréer, Madame Roche, nos salutations distinguées.\n\nClaire"
            )
            assert not named.drafts[0].details["findings"]

    asyncio.run(go())


def test_the_glossary_is_told_within_its_budget_and_forms_to_avoid_are_marked(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            await house.words.put(ADMINISTRATOR, "", term("réfectoire", meaning="lieu du repas", avoid=["cantine"]))
            await house.words.put(ADMINISTRATOR, "", term("DGS", "acronym", "directeur général des services"))
            house.engine.script = "Objet : Cantine\n1. La cantine est ouverte à 11 h 30."
            work = await drafted(house, "courriel", {"notes": "cantine ouverte à 11 h 30"})
            asked = house.engine.prompts[-1][-1]["content"]
            assert "réfectoire" in asked and "DGS" not in asked, "only what the text names"
            (block,) = [one for one in work.drafts[0].report if one["kind"] == "wordings"]
            assert {(one["said"], one["prefer"]) for one in block["found"]} == {
                ("Cantine", "Réfectoire"),
                ("cantine", "réfectoire"),
            }
            first = block["found"][0]
            assert work.drafts[0].text[first["start"] : first["end"]] == "Cantine"
            await house.tasks.tasks.edit(AGENT, work.id, 1, "Le réfectoire ouvre à 11 h 30.")
            kept = (await house.tasks.tasks.work(AGENT, work.id)).drafts[0]
            assert not [one for one in kept.report if one["kind"] == "wordings"], "its author has put it right"

    asyncio.run(go())


def test_a_space_s_own_words_serve_what_reads_its_documents(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            await house.words.put(ADMINISTRATOR, "mairie", term("salle Jean-Moulin", avoid=["grande salle"]))
            note = await house.add("note.txt", "La grande salle est louée 85 € le week-end aux associations.")
            house.engine.script = "- On loue la grande salle 85 € aux associations."
            work = await drafted(house, "resume", {"document": f"document:{note.id}"})
            assert "wordings" in {one["kind"] for one in work.drafts[0].report}
            house.engine.script = "Objet : x\n1. La grande salle est louée."
            other = await drafted(house, "courriel", {"notes": "la grande salle est louée"})
            assert "wordings" not in {one["kind"] for one in other.drafts[0].report}

    asyncio.run(go())


def test_tu_reaches_the_prompt_the_formulas_and_the_check() -> None:
    job = replace(job_of("courriel", NOTES), voice=Voice(Style(address="tu", rules=("Pas de majuscules.",))))
    messages = mannered(job.task.prompt("fr").messages({"notes": "x", "organisation": "Mairie"}), job)
    assert "tutoyant" in messages[0]["content"] and "Pas de majuscules." in messages[0]["content"]
    assert "Tutoie" in messages[0]["content"] and "{" not in messages[0]["content"]
    assert not any(" vous " in one["content"] for one in messages[1:] if one["role"] == "assistant")
    usual = mannered(job.task.prompt("fr").messages({"notes": "x"}), replace(job, voice=Voice()))
    assert "en vouvoyant" in usual[0]["content"] and len(usual) > len(messages)
    text = "Bonjour,\n\nVotre salle est libre. « Venez, vous aussi », dit-il. Apporte ta carte."
    (block,) = against(text, Glossary(), job.voice, "fr", addressed=True)
    assert (block["kind"], block["said"]) == ("address", ["Votre salle est libre."])
    (block,) = against("Apporte tes papiers si tu peux.", Glossary(), Voice(), "fr", addressed=True)
    assert block["wanted"] == "vous" and not against("tu", Glossary(), Voice(), "fr", addressed=False)


def test_inclusive_writing_is_pointed_out_where_the_guide_leaves_it_out() -> None:
    text = "Les agent·e·s et les directeur(trice)s viendront."
    (block,) = against(text, Glossary(), Voice(), "fr", addressed=True)
    assert block["said"] == ["agent·e·s", "directeur(trice)s"]
    assert not against(text, Glossary(), Voice(Style(inclusive="median")), "fr", addressed=True)


def test_a_long_style_guide_does_not_fill_the_model() -> None:
    style = Style(rules=tuple(f"Règle numéro {n} : écrire simplement et court." for n in range(200)))
    assert 0 < tokens_told(Glossary(), Voice(style), "fr") <= STYLE_TOKENS
    assert style_told(Style(), "fr") == () and style_told(style, "en") == ()


@pytest.mark.parametrize("closing", [("Nous restons à votre écoute.",), ("Bien à vous,",), ()])
def test_refining_leaves_the_organisation_s_own_closing(closing: tuple[str, ...]) -> None:
    end = "\n".join(closing) or "Bien cordialement,"
    text = f"Objet\u202f: Salle\n\nBonjour,\n\nLa salle est libre.\n\n{end}\n\nClaire"
    assert apart(text, closing) == (
        "Objet\u202f: Salle\n\nBonjour,\n\n",
        "La salle est libre.",
        f"\n\n{end}\n\nClaire",
    )


def test_a_proofread_or_extracted_text_is_not_told_words_to_put_in() -> None:
    for name, given in (("relecture", {"texte": "Les enfant mange."}), ("tableau", {"questions": "prix"})):
        job: Any = job_of(name, given, document="Les enfant mange à la cantine pour 3 €.")
        from demeure.assistant.tasks.recipes import RECIPES

        assert not any(step.worded for step in RECIPES[job.task.recipe].steps(job))


def test_a_figure_that_a_shorter_text_lost_is_told() -> None:
    former = "Objet : Salle\n\nBonjour,\n\nLa salle est libre. La caution est de 300 €.\n\nBien cordialement,"
    job = replace(job_of("courriel", {"notes": "salle libre"}), former=former, wish="shorter")
    shorter = Refine().composed(job, ["La salle est libre le 14 juin."])
    assert {"kind": "lost", "figures": ["300"]} in shorter.report
    assert Refine().composed(job, ["La salle est libre, la caution est de 300 €."]).report == ()
