"""The organisation's words in a real house: who may, what is written, what search and answers make of them."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from demeure.assistant import Closed, Sources, Text
from demeure.errors import DemeureError
from demeure.identity import SpaceUnknown
from demeure.journal import JournalUnavailable
from demeure.policy import Denied, Right
from demeure.testing.house import ADMINISTRATOR, AGENT, SmallHouse, small_house
from demeure.words import CsvInvalid, TermKnown, TermUnknown, TextMoved, term
from demeure.words.sigles import common
from demeure.words.sigles import others as everybody

T = "\u202f"
CCAS = term("CCAS", "acronym", "centre communal d’action sociale")


def in_the_house(tmp_path: Path, test: Callable[[SmallHouse], Awaitable[None]]) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            await test(house)

    asyncio.run(go())


async def refused(work: Awaitable[object]) -> type[DemeureError] | None:
    try:
        await work
    except DemeureError as problem:
        return type(problem)
    return None


def test_words_are_seen_by_readers_and_changed_by_those_who_manage(tmp_path: Path) -> None:
    async def test(house: SmallHouse) -> None:
        words = house.words
        await words.put(ADMINISTRATOR, "", CCAS)
        await words.put(ADMINISTRATOR, "mairie", term("RH"))
        await words.put(ADMINISTRATOR, "secret", term("zanzibar"))
        assert [one.form for one in await words.terms(AGENT)] == ["CCAS"]
        assert [one.form for one in await words.terms(AGENT, "mairie")] == ["RH"]
        assert await refused(words.terms(AGENT, "secret")) is SpaceUnknown
        assert await refused(words.texts(AGENT, "secret")) is SpaceUnknown
        assert await refused(words.export(AGENT, "secret")) is SpaceUnknown
        assert await refused(words.put(AGENT, "secret", term("x1"))) is SpaceUnknown
        assert await refused(words.put(AGENT, "mairie", term("x1"))) is Denied
        assert await refused(words.put(AGENT, "", term("x1"))) is Denied
        assert await refused(words.import_csv(AGENT, "", b"forme\nx1")) is Denied
        assert await refused(words.write(AGENT, "mairie", "closing", "", "Bien à vous", 0)) is Denied
        assert [one.form for one in words.glossary(["mairie"]).terms] == ["CCAS", "RH"]
        membership = house.assistant._rights
        membership.grant("mairie", AGENT.id, Right.MANAGE)  # type: ignore[attr-defined] # the real one
        assert (await words.put(AGENT, "mairie", term("DGS"))).space == "mairie"
        refusals = [e for e in house.journal.entries if e.outcome == "refused"]
        assert {e.name for e in refusals} >= {"term-put-closed", "glossary-import-closed", "text-write-closed"}

    in_the_house(tmp_path, test)


def test_each_change_is_written_before_it_happens(tmp_path: Path) -> None:
    async def test(house: SmallHouse) -> None:
        made = await house.words.put(ADMINISTRATOR, "", CCAS)
        changed = await house.words.put(ADMINISTRATOR, "", term("CCAS", "service"), made.id)
        assert changed.id > made.id and [one.kind for one in await house.words.terms(AGENT)] == ["service"]
        assert await refused(house.words.put(ADMINISTRATOR, "", term("ccas"))) is TermKnown
        assert await refused(house.words.put(ADMINISTRATOR, "", term("autre"), made.id)) is TermUnknown
        await house.words.remove(ADMINISTRATOR, "", changed.id)
        assert await refused(house.words.remove(ADMINISTRATOR, "", changed.id)) is TermUnknown
        done = [(e.name, e.phase, e.outcome) for e in house.journal.entries if e.name.startswith("term-")]
        assert done[:2] == [("term-put", "intention", None), ("term-put-closed", "closing", "done")]
        assert len(done) == 12 and not await house.journal.open_intentions()
        house.journal.failure = JournalUnavailable()
        assert await refused(house.words.put(ADMINISTRATOR, "", term("rien"))) is JournalUnavailable
        house.journal.failure = None
        assert await house.words.terms(AGENT) == []

    in_the_house(tmp_path, test)


def test_a_file_is_imported_whole_or_not_at_all(tmp_path: Path) -> None:
    async def test(house: SmallHouse) -> None:
        await house.words.put(ADMINISTRATOR, "", CCAS)
        good = "forme;genre;sens\r\nCCAS;sigle;autre sens\r\nrégie;service;\r\n".encode("cp1252")
        made = await house.words.import_csv(ADMINISTRATOR, "", good)
        assert (made.added, made.changed, made.removed) == (1, 1, 0)
        with pytest.raises(CsvInvalid) as told:
            await house.words.import_csv(ADMINISTRATOR, "", b"forme;genre\nx1;sigle\ny1;animal")
        assert told.value.params["line"] == 3
        assert [one.form for one in await house.words.terms(AGENT)] == ["CCAS", "régie"]
        again = await house.words.export(AGENT)
        same = await house.words.import_csv(ADMINISTRATOR, "", again, alone=True)
        assert (same.added, same.changed, same.removed) == (0, 0, 0)
        alone = await house.words.import_csv(ADMINISTRATOR, "", b"forme\nseul1", alone=True)
        assert (alone.added, alone.removed) == (1, 2)

    in_the_house(tmp_path, test)


def test_texts_have_versions_and_two_hands_are_told_apart(tmp_path: Path) -> None:
    async def test(house: SmallHouse) -> None:
        words = house.words
        assert await words.write(ADMINISTRATOR, "", "closing", "", "Cordialement.", 0) == 1
        assert await words.write(ADMINISTRATOR, "", "closing", "", "Bien à vous.", 1) == 2
        assert await refused(words.write(ADMINISTRATOR, "", "closing", "", "Tard.", 1)) is TextMoved
        await words.write(ADMINISTRATOR, "mairie", "closing", "", "Salutations.", 0)
        await words.write(ADMINISTRATOR, "mairie", "template", "Convocation", "Madame, Monsieur…", 0)
        assert words.voice(["mairie"]).closing == ("Salutations.",)
        assert words.voice(["mairie", "secret"]).closing == ("Bien à vous.",)
        assert dict(words.voice(["mairie"]).templates) == {"Convocation": "Madame, Monsieur…"}
        await words.take_away(ADMINISTRATOR, "mairie", "closing", "", 1)
        assert words.voice(["mairie"]).closing == ("Bien à vous.",)
        versions = await words.versions(AGENT, "mairie", "closing")
        assert [(v.version, v.body) for v in versions] == [(2, None), (1, "Salutations.")]

    in_the_house(tmp_path, test)


def test_a_sigle_and_its_name_find_each_other(tmp_path: Path) -> None:
    async def test(house: SmallHouse) -> None:
        full = await house.add("a.txt", "Le centre communal d'action sociale reçoit le mardi matin.")
        short = await house.add("b.txt", "Permanence du CCAS à la salle Ronsard le jeudi.")
        await house.add("c.txt", "Action du centre de loisirs ; la vie sociale communale est riche.")
        house.embedder.up = False

        async def found(question: str) -> list[str]:
            hits = (await house.searcher.search(AGENT, question, ["mairie"], 5)).hits
            return [hit.document_id for hit in hits]

        before = await found("Quel jour au CCAS ?")
        assert full.id not in before
        await house.words.put(ADMINISTRATOR, "", CCAS)
        assert {full.id, short.id} <= set((await found("Quel jour au CCAS ?"))[:2])
        assert short.id in (await found("Permanence du centre communal d’action sociale"))[:2]
        retrieval = await house.searcher.search(AGENT, "Quand ouvre le CCAS ?", ["mairie"], 5)
        assert retrieval.features.unheard == 0
        whole = [one for one in (await house.finder.find(AGENT, "ccas mardi")).documents if one.whole]
        assert [one.shown.document.name for one in whole] == ["a.txt"]
        marked = [text for one in whole for p in one.passages for text, is_it in p.pieces if is_it]
        assert "centre communal d'action sociale" in marked
        assert (await house.finder.find(AGENT, "« ccas » mardi")).whole == 0

    in_the_house(tmp_path, test)


def test_a_sigle_of_everybody_is_understood_where_the_base_never_says_it(tmp_path: Path) -> None:
    async def test(house: SmallHouse) -> None:
        await house.add("a.txt", "Un repas livré par le centre communal d'action sociale coûte 8,70 euros.")
        await house.add("b.txt", "Le portail de la cour ferme à la nuit ; la grille du centre aussi.")
        house.embedder.up = False
        found = await house.searcher.search(AGENT, "Combien coûte un repas du CCAS ?", ["mairie"], 5)
        assert found.features.unheard == 0, "the base says what it stands for"
        other = await house.searcher.search(AGENT, "Combien coûte un repas de la CPAM ?", ["mairie"], 5)
        assert other.features.unheard == 1, "a question is not answered on what a sigle may mean"
        assert [one.shown.document.name for one in (await house.finder.find(AGENT, "ccas repas")).documents] == [
            "a.txt"
        ]
        assert house.words.spare("le CCAS ?", ["mairie"]) == [("CCAS", ("centre communal d'action sociale",))]
        await house.words.put(ADMINISTRATOR, "", term("CCAS", "acronym", "club de course à pied"))
        assert house.words.spare("le CCAS ?", ["mairie"]) == []
        await house.words.remove(ADMINISTRATOR, "", (await house.words.terms(AGENT))[0].id)
        house.embedder.up = True
        await house.add("c.txt", "Permanence du CCAS le jeudi.")
        used = [one.shown.document.name for one in (await house.finder.find(AGENT, "ccas")).documents if one.whole]
        assert used == ["c.txt"], "the base's own use of it is enough"

    in_the_house(tmp_path, test)


def test_sigles_of_everybody_are_well_made() -> None:
    forms = common().terms
    assert len(forms) > 100 and len({one.key for one in forms}) == len(forms)
    assert all(one == term(one.form, "acronym", one.meaning, one.also) for one in forms)
    assert all(one.form.upper() == one.form and one.meaning and not one.avoid for one in forms)
    assert everybody("What are the fees? Une parcelle de 12 ares.") == [], "words of two languages"
    assert [said for said, _ in everybody("l'ARE et la caf")] == ["ARE", "caf"]
    assert everybody("la VAE") == [
        ("VAE", ("validation des acquis de l'expérience", "vélo à assistance électrique"))
    ]
    assert everybody("un vélo à assistance électrique") == [], "the other thing of that name is not asked for"


def test_the_words_of_a_space_serve_its_readers_only(tmp_path: Path) -> None:
    async def test(house: SmallHouse) -> None:
        document = await house.add("a.txt", "La zone industrielle du Pré est fermée le lundi.")
        await house.words.put(ADMINISTRATOR, "secret", term("ZIP", "acronym", "zone industrielle du Pré"))
        house.embedder.up = False
        found = await house.searcher.search(AGENT, "ZIP ?", ["mairie"], 5)
        assert document.id not in [hit.document_id for hit in found.hits]

    in_the_house(tmp_path, test)


def test_an_answer_is_written_and_checked_with_the_words(tmp_path: Path) -> None:
    async def test(house: SmallHouse) -> None:
        await house.add("l'acte.txt", "Le CCAS reçoit les personnes handicapées le mardi, tarif : 12 500 euros.")
        await house.words.put(ADMINISTRATOR, "", term("personne en situation de handicap", avoid=["handicapé"]))
        await house.words.put(ADMINISTRATOR, "mairie", CCAS)
        house.engine.script = 'Le CCAS reçoit "les personnes handicapées" le mardi : les handicapés l\'aiment ! [1]'
        question = "Quand le CCAS reçoit-il les handicapés ?"
        events = [event async for event in house.assistant.ask(AGENT, question, ["mairie"])]
        closed = events[-1]
        assert isinstance(closed, Closed)
        quoted = f"«{T}les personnes handicapées{T}»"
        wanted = f"Le CCAS reçoit {quoted} le mardi{T}: les handicapés l’aiment{T}! [1]"
        assert closed.text == "".join(e.delta for e in events if isinstance(e, Text)) == wanted
        assert closed.citations == (1,) and not closed.unsupported
        (one,) = closed.wordings
        assert closed.text[one.start : one.end] == "handicapés"
        assert one.prefer == "personne en situation de handicap"
        prompt = house.engine.prompts[-1][-1]["content"]
        assert "- CCAS : centre communal d’action sociale" in prompt and "ne pas écrire « handicapé »" in prompt
        sources = next(e for e in events if isinstance(e, Sources))
        assert sources.items[0].document == "l'acte.txt"
        (checked,) = [e for e in house.journal.entries if e.name == "answer-checked"]
        assert json.loads(house.journal.payloads[checked.index])["wordings"][0]["said"] == "handicapés"

    in_the_house(tmp_path, test)


def test_a_style_guide_may_leave_signs_alone(tmp_path: Path) -> None:
    async def test(house: SmallHouse) -> None:
        await house.add("a.txt", "La mairie ouvre le mardi.")
        await house.words.write(ADMINISTRATOR, "", "style", "", "typography = none", 0)
        house.engine.script = "La mairie ouvre le mardi ! [1]"
        *_, closed = [
            event async for event in house.assistant.ask(AGENT, "Quel jour ouvre la mairie ?", ["mairie"])
        ]
        assert isinstance(closed, Closed) and closed.text == "La mairie ouvre le mardi ! [1]"

    in_the_house(tmp_path, test)
