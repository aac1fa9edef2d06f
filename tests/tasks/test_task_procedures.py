"""A letter that follows a procedure of its space, in the space's own letter template."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from task_jobs import STEMS, job_of

from demeure.assistant.tasks import WorkRow, procedures
from demeure.assistant.tasks.errors import FieldWrong
from demeure.assistant.tasks.letter_template import filled
from demeure.assistant.tasks.making import Kept
from demeure.assistant.tasks.recipes.refine import Refine
from demeure.assistant.tasks.recipes.write import Write, notes_of
from demeure.testing.house import ADMINISTRATOR, AGENT, SmallHouse, small_house

PROCEDURE = """# Inscription à la cantine
- Le dossier d’inscription se retire au guichet enfance, du lundi au jeudi.
- L’inscription est possible en cours d’année, avec un délai de dix jours ouvrés.
- Le quotient familial est demandé pour calculer le tarif.
- Interne : vérifier l’inscription dans le logiciel avant de répondre sur le délai.
- Les factures impayées bloquent le renouvellement."""
RECEIVED = "Bonjour, peut-on faire une inscription à la cantine en cours d’année ? Quel est le délai ? Mme Roche"
FILE = "une place est libre à partir du 4 janvier"


def test_only_lines_that_answer_are_said_and_never_internal_ones() -> None:
    said = procedures.said_of(PROCEDURE, RECEIVED, [FILE], STEMS)
    assert [one.split()[0] for one in said] == ["Le", "L’inscription", "Le", "Les"]
    narrow = procedures.said_of(PROCEDURE, RECEIVED, [FILE], STEMS, whole=False)
    assert [one[:30] for one in narrow] == ["L’inscription est possible en "]
    known = ["inscription possible en cours d’année, délai de dix jours ouvrés"]
    assert not any("ouvrés" in one for one in procedures.said_of(PROCEDURE, RECEIVED, known, STEMS))
    long = "\n".join(f"- Le délai numéro {n} est de {n} jours pour la cantine scolaire." for n in range(80))
    assert len(procedures.said_of(f"{long}\n{PROCEDURE}", RECEIVED, [], STEMS)) <= procedures.MOST
    assert procedures.near({"Cantine": PROCEDURE}, f"{RECEIVED} quotient", [FILE], STEMS) == ["Cantine"]
    assert procedures.near({"Cimetière": "- Une concession dure trente ans."}, RECEIVED, [FILE], STEMS) == []


def test_the_letter_says_them_one_by_one_and_names_its_source() -> None:
    job = replace(job_of("reponse", {"recu": RECEIVED, "dossier": FILE}), procedure=Kept("Cantine", PROCEDURE, "s"))
    notes = notes_of(job)
    assert len(notes) == 5 and "dix jours ouvrés" in notes[2]
    asked = Write().steps(job)[0].ask([])
    assert asked and "dix jours ouvrés" in asked[-1]["content"] and "logiciel" not in str(asked)
    said = "Objet : Cantine\n1. Une place est libre à partir du 4 janvier.\n3. Le délai est de trois semaines."
    made = Write().composed(job, [said])
    assert "délai de dix jours ouvrés" in made.text and "semaines" not in made.text and "[1]" not in made.text
    assert made.sources[0]["document"].startswith("Procédure «") and made.sources[0]["space"] == "s"
    assert [one["kind"] for one in made.report] == ["answered", "procedure"] and not made.findings
    refined = replace(job, former=made.text, former_sources=made.sources, wish="shorter")
    assert "[1]" not in Refine().composed(refined, ["Une place est libre à partir du 4 janvier."]).text
    other = replace(
        job_of("reponse", {"recu": RECEIVED, "dossier": "inscription en cours d’année, délai 15 jours"})
    )
    other = replace(other, procedure=Kept("Cantine", PROCEDURE.replace("dix", "10")))
    differs = next(one for one in Write().composed(other, [""]).report if one["kind"] == "differs")
    assert (differs["found"][0]["said"], differs["found"][0]["number"]) == ("15 jours", 1)


def test_a_template_is_filled_and_what_it_lacks_is_told() -> None:
    text = "{organisation}\n{date}, réf. {dossier}\n\nObjet : {objet}\n\n{Appel}\n\n{corps}\n\n"
    text += "{formule de politesse}\n{signature}"
    job = replace(job_of("courriel", {"notes": FILE}), template=Kept("Lettre", text), day="2026-12-01")
    made = Write().composed(job, ["Objet : Place libre\n1. Une place est libre à partir du 4 janvier."])
    assert made.text.startswith(
        "Mairie de Saint-Aubin\n1er décembre 2026, réf. {dossier}\n\nObjet\u202f: Place libre\n\nBonjour,"
    )
    assert not made.findings
    assert made.text.endswith("Bien cordialement,") and made.title == "Place libre"
    assert made.report[-1] == {"kind": "asked_back", "questions": ["{dossier}"]}
    assert filled("En-tête", {"body": "Le corps."}) == ("En-tête\n\nLe corps.", [])


async def drafted(house: SmallHouse, given: Mapping[str, str]) -> WorkRow:
    started = await house.tasks.tasks.start(AGENT, "reponse", given, "fr")
    async with asyncio.timeout(10):
        while True:
            row = await house.tasks.tasks.work(AGENT, started.id)
            if not row.drafts[-1].open and house.tasks.runner.hub.live(row.id) is None:
                return row
            await asyncio.sleep(0.01)


def test_those_of_a_space_are_chosen_by_its_readers_and_hide_the_letter_with_it(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            one = house.words._membership.spaces(AGENT)[0]
            space, name = one.id, one.name
            house.engine.script = "Objet : Cantine\n1. Une place est libre à partir du 4 janvier."
            await house.words.write(ADMINISTRATOR, "", "procedure", "Générale", "- Répondre sous dix jours.", 0)
            await house.words.write(ADMINISTRATOR, space, "procedure", "Cantine", PROCEDURE, 0)
            chosen = house.tasks.tasks.chosen
            assert await asyncio.to_thread(chosen.offered, AGENT, "procedure") == [
                ("", [("Générale", "Générale")]),
                (name, [(f"{space}/Cantine", "Cantine")]),
            ]
            given = {"recu": RECEIVED, "dossier": FILE}
            row = await drafted(house, {**given, "procedure": f"{name}/Cantine"})
            assert row.fields["procedure"] == f"{space}/Cantine" and list(row.spaces) == [space]
            assert "dix jours ouvrés" in row.drafts[0].text and "Cantine" in row.title
            for wrong in ("Absente", f"{name}/Absente", "Ailleurs/Cantine"):
                with pytest.raises(FieldWrong):
                    await drafted(house, {**given, "procedure": wrong})

    asyncio.run(go())
