"""Finding: phrases, references, misspelt words, filters, marks, places; with and without a model."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from demeure.errors import DemeureError
from demeure.journal import JournalUnavailable
from demeure.library import Finding, Wanted
from demeure.store.tables import documents
from demeure.testing.house import ADMINISTRATOR, AGENT, SmallHouse, small_house

BASE = {
    "deliberation.txt": "Vu l’article L.\u00a02121-29 du code général des collectivités territoriales.\n"
    "Le conseil adopte la délibération n°\u00a02026\u00a0-\u00a0045 relative à la salle des fêtes.\n",
    "arrete.txt": "Arrêté 2024/117. Selon l’art. 12 du règlement, la salle polyvalente ferme à minuit.\n"
    "Renseignements : 02.99.12.34.56, SIRET 213 500 123 00018.\n",
    "bibliotheque.txt": "La bibliothèque municipale prête des livres. Les fêtes de la salle sont annoncées.\n",
    "cantine.txt": "Les tarifs de la cantine scolaire sont votés chaque année par le conseil municipal.\n",
}


def in_the_house(tmp_path: Path, test: Callable[[SmallHouse], Awaitable[None]]) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            for name, text in BASE.items():
                await house.add(name, text)
            await house.add("conseil-secret.txt", "Le mot zanzibaresque et l’article L. 9999-9.", "secret")
            await test(house)

    asyncio.run(go())


def whole(found: Finding) -> list[str]:
    return [one.shown.document.name for one in found.documents if one.whole]


def marked(found: Finding) -> list[str]:
    return [text for one in found.documents for p in one.passages for text, is_it in p.pieces if is_it]


@pytest.mark.parametrize("meaning", [True, False])
def test_references_are_found_whatever_their_spacing(tmp_path: Path, meaning: bool) -> None:
    async def test(house: SmallHouse) -> None:
        house.embedder.up = meaning
        for asked, name in {
            "L2121-29": "deliberation.txt",
            "« L. 2121-29 »": "deliberation.txt",
            "l 2121 – 29": "deliberation.txt",
            "n° 2026-045": "deliberation.txt",
            "2026/45": "deliberation.txt",
            "2024-117": "arrete.txt",
            "article 12": "arrete.txt",
            "0299123456": "arrete.txt",
            "+33 2 99 12 34 56": "arrete.txt",
            "21350012300018": "arrete.txt",
        }.items():
            found = await house.finder.find(AGENT, asked)
            assert whole(found) == [name], asked
            assert found.whole == 1 and not found.more and found.by_meaning is meaning
            assert marked(found)[0][0] in "LlnN2aA0", asked
        assert not (await house.finder.find(AGENT, "L. 9999-9")).whole

    in_the_house(tmp_path, test)


def test_of_many_that_begin_alike_each_finds_its_phrase_in_itself(tmp_path: Path) -> None:
    """As a drill asks a restored house (cli/backup_drill.py)."""

    async def test(house: SmallHouse) -> None:
        head = "Extrait du registre des délibérations du conseil municipal"
        rows = [await house.add(f"deliberation-{n}.txt", f"{head}\n\nObjet numéro {n}.") for n in range(25)]
        asked = "« Extrait du registre des délibérations »"
        for row in (rows[0], rows[24]):
            found = await house.finder.find(AGENT, asked, ["mairie"], Wanted(former=True, document=row.id))
            assert [one.shown.document.id for one in found.documents] == [row.id] and found.whole == 1
        (other,) = [one for one in await house.library.documents(AGENT, "mairie") if one.name == "cantine.txt"]
        lost = await house.finder.find(AGENT, asked, ["mairie"], Wanted(former=True, document=other.id))
        assert lost.whole == 0

    in_the_house(tmp_path, test)


def test_a_phrase_is_word_after_word_whatever_its_case_and_accents(tmp_path: Path) -> None:
    async def test(house: SmallHouse) -> None:
        found = await house.finder.find(AGENT, "« salle des fetes »")
        assert [one.shown.document.name for one in found.documents] == ["deliberation.txt"]
        assert marked(found) == ["salle des fêtes"]
        assert whole(await house.finder.find(AGENT, '"SALLE DES FÊTES" conseil')) == ["deliberation.txt"]
        assert set(whole(await house.finder.find(AGENT, "salle fêtes"))) == {"deliberation.txt", "bibliotheque.txt"}
        assert not (await house.finder.find(AGENT, "« fêtes des salles »")).documents
        assert whole(await house.finder.find(AGENT, "« de la »")) and not whole(
            await house.finder.find(AGENT, "« la de la »")
        )

    in_the_house(tmp_path, test)


def test_a_document_may_hold_it_here_and_there(tmp_path: Path) -> None:
    async def test(house: SmallHouse) -> None:
        long = "\n".join(["Le perroquet est vert.", *(f"Ligne {n} sans rien de notable." for n in range(200))])
        await house.add("loin.txt", long + "\nLe crocodile est bleu, article L. 77-7.")
        await house.add("ensemble.txt", "Le perroquet mange un crocodile.")
        await house.add("perroquet.txt", "Le perroquet est seul.")
        found = await house.finder.find(AGENT, "perroquet crocodile")
        assert whole(found) == ["ensemble.txt", "loin.txt"] and found.whole == 2
        assert set(marked(found)) >= {"perroquet", "crocodile"}
        assert whole(await house.finder.find(AGENT, "« perroquet est » L77-7")) == ["loin.txt"]
        assert whole(await house.finder.find(AGENT, "« perroquet vert » crocodile")) == []

    in_the_house(tmp_path, test)


def test_a_misspelt_word_is_put_right_from_the_spaces_one_reads(tmp_path: Path) -> None:
    async def test(house: SmallHouse) -> None:
        for asked, meant in {
            "bibliotheqe": "bibliothèque",
            "cantnie scolaire": "cantine scolaire",
            "reglemnt": "règlement",
            "municpale prete": "municipale prete",
        }.items():
            assert (await house.finder.find(AGENT, asked)).meant == meant
        assert (await house.finder.find(AGENT, "bibliotheque")).meant is None  # an accent alone is found anyway
        assert (await house.finder.find(AGENT, "zanzibaresqu")).meant is None
        assert (await house.finder.find(ADMINISTRATOR, "zanzibaresqu")).meant == "zanzibaresque"
        row = next(r for r in house.shelf.documents("mairie") if r.name == "bibliotheque.txt")
        await house.library.delete(ADMINISTRATOR, row.id)
        assert (await house.finder.find(AGENT, "bibliotheqe")).meant is None

    in_the_house(tmp_path, test)


def test_filters_leave_out_and_one_document_may_be_searched(tmp_path: Path) -> None:
    async def test(house: SmallHouse) -> None:
        rows = {row.name: row.id for row in house.shelf.documents("mairie")}
        await house.catalogue.tag(ADMINISTRATOR, [rows["bibliotheque.txt"]], add=["Été 2026"])
        with house.instance.house.write() as db:
            one = documents.update().where(documents.c.id == rows["arrete.txt"])
            db.execute(one.values(author="Nadia Roussel", written_on="2024-03-05", format="pdf"))

        async def names(wanted: Wanted, text: str = "salle") -> list[str]:
            return [d.shown.document.name for d in (await house.finder.find(AGENT, text, wanted=wanted)).documents]

        assert await names(Wanted(tag="ete 2026")) == ["bibliotheque.txt"]
        assert await names(Wanted(author="roussel")) == ["arrete.txt"]
        assert await names(Wanted(since="2024-01-01", until="2024-03-05")) == ["arrete.txt"]
        assert await names(Wanted(until="2024-03-04")) == []
        assert await names(Wanted(format="pdf")) == ["arrete.txt"]
        assert await names(Wanted(document=rows["deliberation.txt"]), "salle cantine") == ["deliberation.txt"]
        assert await names(Wanted(tag="absente")) == []
        assert await names(Wanted(since="pas un jour")) != []
        assert (await house.finder.find(AGENT, "salle", ["secret"])).documents == ()

    in_the_house(tmp_path, test)


def test_what_is_sought_is_written_before_it_is_shown(tmp_path: Path) -> None:
    async def test(house: SmallHouse) -> None:
        found = await house.finder.find(AGENT, "salle", wanted=Wanted(tag="x"))
        (entry,) = house.journal.named("documents-sought")
        told = json.loads(await house.journal.payload(entry.index))
        assert entry.kind == "retrieval" and entry.actor == AGENT.id
        assert told["sought"] == "salle" and told["filters"] == {"tag": "x", "dated": True} and not found.documents
        house.journal.failure = JournalUnavailable()
        with pytest.raises(DemeureError):
            await house.finder.find(AGENT, "salle")
        house.journal.failure = None
        before = len(house.journal.entries)
        for nothing in ("", "  ", "« »", "le la", "?!"):
            assert (await house.finder.find(AGENT, nothing)).documents == ()
        assert len(house.journal.entries) == before

    in_the_house(tmp_path, test)


@pytest.mark.parametrize(
    "hostile",
    ['"', "« OR »", "NEAR(", 'a" OR "b', "-salle", "*", "stems:x", "{}", "\x00", "(" * 300, "é" * 5000, "%_"],
)
def test_any_search_is_only_words(tmp_path: Path, hostile: str) -> None:
    async def test(house: SmallHouse) -> None:
        await house.finder.find(AGENT, hostile)
        await house.finder.find(AGENT, f"salle {hostile}")

    in_the_house(tmp_path, test)


def test_the_assistant_s_search_finds_a_reference_too(tmp_path: Path) -> None:
    async def test(house: SmallHouse) -> None:
        house.embedder.up = False
        for asked, name in {
            "Que dit le L2121-29 ?": "deliberation.txt",
            "À qui est le 0299123456 ?": "arrete.txt",
            "Que prévoit l’art 12 ?": "arrete.txt",
        }.items():
            found = await house.searcher.search(AGENT, asked, ["mairie"], 3)
            assert found.hits[0].document == name, asked

    in_the_house(tmp_path, test)
