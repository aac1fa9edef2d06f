"""The page Journal: one's own lines, others' by role, never what they wrote; every look is a line too."""

import asyncio
import html
import io
import json
import re
import shlex
import subprocess
import sys
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from demeure.gateway.pages import journal as journal_page
from demeure.identity import Person
from demeure.journal import Draft, stranger
from demeure.policy import Actor, Role
from demeure.testing.gateway import FakeRooms

from .conftest import Live

SECRET, OTHER = "Combien coûte la ruche ?", "Le maire est-il malade ?"


@pytest.fixture
def rooms() -> FakeRooms:
    """Claire (administrator) and Paul (agent) each asked something."""
    rooms = FakeRooms()
    rooms.register.put(Person("p2", "Paul Le Gall", "paul", Role.AGENT))
    rooms.register.sessions["paul"] = Actor("person", "p2", "Paul Le Gall", frozenset({Role.AGENT}))
    dora = rooms.register.put(Person("p3", "Dora Petit", "dora", Role.DPO))
    rooms.register.sessions["dora"] = dora.actor

    async def go() -> None:
        for actor, chain, question in (("p1", "c" * 32, SECRET), ("p2", "d" * 32, OTHER)):
            told = json.dumps({"question": question, "spaces": ["s1"]}).encode()
            asked = await rooms.journal.intention(
                Draft("request", "question-asked", chain=chain, actor=actor, object="policy=ab", payload=told)
            )
            prompt = json.dumps({"messages": [{"role": "user", "content": f"passage sur {question}"}]}).encode()
            await rooms.journal.record(Draft("input", "prompt-built", chain=chain, actor=actor, payload=prompt))
            called = Draft("extension", "model-called", chain=chain, actor=actor, object=f"petit sha256={'e' * 64}")
            await rooms.journal.record(called)
            opened = await rooms.journal.intention(Draft("answer", "answer-opened", chain=chain, actor=actor))
            answer = json.dumps({"text": f"réponse à {question}"}).encode()
            await rooms.journal.close(opened, "done", payload=answer)
            await rooms.journal.close(asked, "done", name="question-closed")

    with ThreadPoolExecutor(1) as aside:  # a browser's fixtures hold the loop of this thread
        aside.submit(asyncio.run, go()).result()
    return rooms


@pytest.fixture
def live(serve: Callable[..., Live], rooms: FakeRooms) -> Live:
    return serve(rooms)


def test_one_reads_ones_own_lines_and_that_is_a_line(live: Live, rooms: FakeRooms) -> None:
    with live.client("paul") as paul:
        page = paul.get("/journal").text
    assert "Question posée" in page and "question-asked" not in page and "c" * 32 not in page
    assert "Toute la maison" not in page
    (look,) = rooms.journal.named("journal-read")
    assert (look.actor, look.kind, look.object, look.decision) == ("p2", "retrieval", "actor=p2", "own-journal")


def test_lines_that_are_not_there_yet_are_no_search_that_found_nothing(live: Live) -> None:
    with live.client("dora") as dora:
        mine, sought = dora.get("/journal").text, dora.get("/journal?q=zzz").text
    assert "Aucune ligne à votre nom encore" in mine and "Toute la maison" in mine and "ne correspond" not in mine
    assert "Aucune ligne ne correspond à ces filtres." in sought and "à votre nom" not in sought


def test_an_act_is_one_line_and_a_document_has_its_name(live: Live, rooms: FakeRooms) -> None:
    kept, gone = "cd" * 16, "ab" * 16
    rooms.shelves.rows[kept] = replace(rooms.shelves.put("Tarifs 2026.pdf"), id=kept)

    async def go() -> None:
        for document in (kept, gone):
            draft = Draft("administration", "document-delete", chain=document, actor="p1", object=document)
            await rooms.journal.close(await rooms.journal.intention(draft), "done")

    with ThreadPoolExecutor(1) as aside:
        aside.submit(asyncio.run, go()).result()
    with live.client("claire") as claire:
        page = claire.get("/journal").text
        behind = claire.get(f"/journal/chaine/{gone}").text
    lines = [line for line in page.split("<tr>") if "Document supprimé" in line]
    assert len(lines) == 2, "opened and closed are one line"
    assert "abababab…" in lines[0] and gone not in lines[0] and ">fait<" in lines[0]
    assert "Tarifs 2026.pdf" in lines[1] and kept not in lines[1]
    assert "Réponse rendue" in page and "Réponse commencée" not in page and "Question close" not in page
    assert gone in behind and behind.count("Document supprimé") == 2, "both entries, whole, are behind"


def test_a_watched_folder_has_its_path_for_whoever_may_know_it(live: Live, rooms: FakeRooms) -> None:
    folder = rooms.folders.put("/srv/partage").folder.id
    unknown = "ef" * 16
    for one in (folder, unknown):
        draft = Draft("administration", "folder-ask", chain=one, actor="p1", object=one)
        asyncio.run(rooms.journal.record(draft))
    added = Draft("input", "document-add", chain="a", actor=f"folder:{folder}", object="x")
    asyncio.run(rooms.journal.record(added))
    with live.client("claire") as claire:
        page = claire.get("/journal?tous=1").text
    assert "/srv/partage" in page and "dossier suivi /srv/partage" in page and folder[:8] not in page
    assert f"{unknown[:8]}…" in page


def test_what_is_about_a_space_names_it_once(live: Live, rooms: FakeRooms) -> None:
    seen = Draft("retrieval", "space-health-seen", chain="a" * 32, actor="p1", space="mairie", object="mairie")
    asyncio.run(rooms.journal.record(seen))
    with live.client("claire") as claire:
        page = claire.get("/journal").text
    (about,) = re.findall(r"Lecture de la santé d’un espace.*?<small>(?!Rech)(.*?)</small></td><td>", page)
    assert re.sub("<.*?>", "", about).split() == ["Mairie"]


def test_an_administrator_reads_who_did_what_but_no_content(live: Live, rooms: FakeRooms) -> None:
    with live.client("claire") as claire:
        everybody = claire.get("/journal?tous=1").text
        filtered = claire.get("/journal?tous=1&personne=p2&genre=answer").text
        theirs = claire.get(f"/journal/chaine/{'d' * 32}").text
        receipt = claire.get(f"/journal/recu/{'d' * 32}").text
    assert "Paul Le Gall" in everybody and "Vous" in everybody
    assert "Réponse rendue" in filtered and "Question posée" not in filtered
    for page in (everybody, filtered, theirs, receipt):
        assert "maire" not in page and "malade" not in page
    assert "que son auteur seul peut ouvrir" in theirs
    assert "e" * 64 in receipt and "Fiche d’explication" not in receipt


def test_a_receipt_and_a_checkpoint_are_set_on_paper(live: Live, rooms: FakeRooms) -> None:
    with live.client("paul") as paul:
        answer = paul.get(f"/journal/recu/{'d' * 32}/feuille")
        assert answer.headers["content-type"] == "application/pdf"
        assert paul.get(f"/journal/recu/{'c' * 32}/feuille").status_code == 403
        paper = paul.get("/journal/point-de-controle/feuille")
    receipt, checkpoint = rooms.typesetter.set
    assert OTHER not in answer.text and "maire est-il malade" not in str(receipt), "no content"
    assert ("Modèle", f"petit – {'e' * 64}") in receipt.facts and receipt.code.wide > 80
    assert checkpoint.organisation == "Mairie de Saint-Aubin" and rooms.journal.signer.vkey in str(checkpoint.parts)
    assert paper.headers["content-disposition"].startswith('attachment; filename="point-de-controle-')
    assert [entry.actor for entry in rooms.journal.named("receipt-made")] == ["p2"]


def test_an_agent_reads_nobody_else_s(live: Live, rooms: FakeRooms) -> None:
    with live.client("paul") as paul:
        for path in (
            "/journal?tous=1",
            f"/journal/chaine/{'c' * 32}",
            "/journal/chaine/0",
            f"/journal/recu/{'c' * 32}",
        ):
            answer = paul.get(path)
            assert answer.status_code == 403, path
            assert "ruche" not in answer.text
    assert len(rooms.journal.named("journal-chain-read-refused")) == 2


def test_words_are_looked_for_in_what_people_read(live: Live, rooms: FakeRooms) -> None:
    with live.client("claire") as claire:
        found = claire.get("/journal?tous=1&q=pos%C3%A9e").text
        english = claire.get("/journal?tous=1&q=Question+asked", headers={"accept-language": "en"}).text
    assert "Question posée" in found and "Appel du modèle" not in found
    assert "Question asked" in english and "Model called" not in english
    assert rooms.journal.named("journal-read")[0].object == "said=posée"


STEPS = ("Question posée", "Texte préparé pour le modèle", "Appel du modèle", "Réponse rendue")


def test_ones_own_chain_goes_from_the_request_to_the_answer(live: Live) -> None:
    with live.client("claire") as claire:
        page = claire.get("/journal/chaine/0").text
    places = [page.index(word) for word in STEPS]
    assert places == sorted(places)
    assert "ruche" in page and "malade" not in page


def test_the_receipt_is_a_file_that_a_stranger_verifies(live: Live, rooms: FakeRooms, tmp_path) -> None:  # type: ignore[no-untyped-def] # a path
    with live.client("claire") as claire:
        page = claire.get(f"/journal/recu/{'c' * 32}").text
        answer = claire.get(f"/journal/recu/{'c' * 32}/fichier")
    assert "<svg" in page and "Fiche d’explication" in page and "passage sur" in page
    assert "attachment" in answer.headers["content-disposition"]
    file = tmp_path / "recu.json"
    file.write_bytes(answer.content)
    assert stranger.main([str(file), "--vkey", rooms.journal.signer.vkey]) == 0
    assert "ruche" not in answer.text


def test_a_receipt_is_verified_without_demeure_by_the_command_that_its_page_tells(
    live: Live, tmp_path: Path
) -> None:
    with live.client("claire") as claire:
        page = claire.get(f"/journal/recu/{'c' * 32}").text
        answer = claire.get(f"/journal/recu/{'c' * 32}/fichier")
        unpacked(claire.get("/journal/export").content, tmp_path / "export")
    told = re.search(r"<code>(python3 verifier\.py [^<]*)</code>", page)
    assert told is not None
    _, _, name, *key = shlex.split(html.unescape(told[1]))
    assert name in answer.headers["content-disposition"]
    (tmp_path / name).write_bytes(answer.content)
    verifier = tmp_path / "export" / "verifier.py"
    for content, code in ((answer.content, 0), (answer.content.replace(b"petit", b"grand"), 1)):
        (tmp_path / name).write_bytes(content)
        command = [sys.executable, "-I", str(verifier), str(tmp_path / name), *key]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == code, done.stdout
    assert "ÉCHEC, entrée " in done.stdout


def unpacked(content: bytes, folder: Path) -> Path:
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        packed.extractall(folder)
    return folder


def test_an_export_from_the_page_is_what_the_filters_keep_and_a_stranger_verifies_it(
    live: Live, rooms: FakeRooms, tmp_path: Path
) -> None:
    with live.client("claire") as claire:
        page = claire.get("/journal?tous=1&personne=p2").text
        link = re.search(r'href="(/journal/export[^"]*)"', page)
        assert link is not None
        answer = claire.get(link[1].replace("&amp;", "&"))
        mine = claire.get("/journal/export")
    assert answer.headers["content-type"] == "application/zip"
    folder = unpacked(answer.content, tmp_path / "theirs")
    assert stranger.main([str(folder), "--vkey", rooms.journal.signer.vkey]) == 0
    lines = [json.loads(line) for line in (folder / "entries.jsonl").read_text().splitlines()]
    assert {json.loads(line["leaf"])["actor"] for line in lines} == {"p2"} and len(lines) == 6
    assert b"maire" not in b"".join(path.read_bytes() for path in folder.iterdir()), "no content of anybody"
    own = unpacked(mine.content, tmp_path / "own")
    kept = (own / "entries.jsonl").read_text().splitlines()
    assert {json.loads(json.loads(line)["leaf"])["actor"] for line in kept} == {"p1"}
    changed = (own / "entries.jsonl").read_text().replace("answer-opened", "answer-opene_")
    (own / "entries.jsonl").write_text(changed)
    assert stranger.main([str(own), "--vkey", rooms.journal.signer.vkey]) == 1
    assert [entry.actor for entry in rooms.journal.named("journal-exported")] == ["p1", "p1"]
    assert rooms.journal.named("attestation-asked")[0].object == "export entries=6"


def test_an_export_is_for_those_who_keep_the_journal_and_has_a_bound(
    live: Live, rooms: FakeRooms, monkeypatch: pytest.MonkeyPatch
) -> None:
    with live.client("paul") as paul:
        assert "/journal/export" not in paul.get("/journal").text
        assert paul.get("/journal/export").status_code == 403
    monkeypatch.setattr(journal_page, "MOST_EXPORTED", 3)
    with live.client("claire") as claire:
        refused = claire.get("/journal/export?tous=1")
        assert refused.status_code == 413 and "demeure journal export" in refused.text
        nothing = claire.get("/journal/export?jusqua=2001-01-01")
        assert nothing.status_code == 404 and "il n’y a rien à exporter" in nothing.text
    assert [entry.object for entry in rooms.journal.named("attestation-asked")] == []


def test_a_period_that_ends_before_it_begins_is_told(live: Live, rooms: FakeRooms) -> None:
    query = "depuis=2026-02-02&jusqua=2026-02-01"
    looks = len(rooms.journal.named("journal-read"))
    with live.client("claire") as claire:
        page = claire.get(f"/journal?{query}")
        english = claire.get(f"/journal?{query}", headers={"accept-language": "en"})
        file = claire.get(f"/journal/export?{query}")
    assert (page.status_code, english.status_code, file.status_code) == (400, 400, 400)
    for answer in (page, file):
        assert "La période finit avant de commencer\u00a0: du 2026-02-02 au 2026-02-01." in answer.text
    assert "The period ends before it begins: from 2026-02-02 to 2026-02-01." in english.text
    assert 'name="depuis" value="2026-02-02"' in page.text, "what was typed is still there, to be mended"
    assert len(rooms.journal.named("journal-read")) == looks and not rooms.journal.named("journal-exported")


def test_what_does_not_exist_is_said(live: Live) -> None:
    with live.client("claire") as claire:
        for path in (
            "/journal/chaine/999",
            "/journal/chaine/nothing",
            "/journal/recu/999",
            "/journal/recu/x/fichier",
        ):
            assert claire.get(path).status_code == 404, path


@pytest.mark.parametrize(
    "query", ["depuis=hier", "jusqua=2026-13-45", "avant=-1", "avant=x", "genre=x", "q=%00", "espace=%27"]
)
def test_a_strange_filter_breaks_nothing(live: Live, query: str) -> None:
    with live.client("claire") as claire:
        assert claire.get(f"/journal?{query}").status_code == 200


def test_days_are_whole_days(live: Live, rooms: FakeRooms) -> None:
    day = rooms.journal.entries[0].time[:10]
    with live.client("claire") as claire:
        assert "Question posée" in claire.get(f"/journal?depuis={day}&jusqua={day}").text
        assert "Question posée" not in claire.get("/journal?jusqua=2001-01-01").text


def test_the_checkpoint_prints_in_both_languages(live: Live, rooms: FakeRooms) -> None:
    with live.client("claire") as claire:
        french = claire.get("/journal/point-de-controle").text
        english = claire.get("/journal/point-de-controle", headers={"accept-language": "en"}).text
    assert rooms.journal.signer.origin in french and "<svg" in french
    assert "Checkpoint of the journal" in english


def test_erasing_a_person_destroys_their_key_and_gives_a_receipt(rooms: FakeRooms, live: Live, tmp_path) -> None:  # type: ignore[no-untyped-def] # a path
    claire, paul = rooms.register.sessions["claire"], rooms.register.sessions["paul"]

    async def go() -> dict[str, object]:
        from demeure.policy import Denied

        with pytest.raises(Denied):
            await live.house.records.erase(paul, "p1")
        assert rooms.erased == []
        return await live.house.records.erase(claire, "p2")

    made = asyncio.run(go())
    assert rooms.erased == ["p2"]
    assert [entry.name for entry in rooms.journal.entries[-3:]] == [
        *("person-erased-refused", "person-erased", "person-erased-closed"),
    ]
    file = tmp_path / "erasure.json"
    file.write_text(json.dumps(made))
    assert stranger.main([str(file), "--vkey", rooms.journal.signer.vkey]) == 0


def test_the_data_protection_officer_keeps_the_journal_and_reads_no_content(
    live: Live, rooms: FakeRooms, tmp_path: Path
) -> None:
    with live.client("dora") as dora:
        everybody = dora.get("/journal?tous=1").text
        theirs = dora.get(f"/journal/chaine/{'d' * 32}").text
        receipt = dora.get(f"/journal/recu/{'d' * 32}").text
        exported = dora.get("/journal/export?tous=1&personne=p2&depuis=2001-01-01")
        held = dora.get("/journal/point-de-controle/fichier")
        sheet = dora.get("/journal/point-de-controle/feuille")
        for path in ("/administration", "/administration/personnes", "/administration/modeles"):
            assert dora.get(path).status_code == 403, path
    assert "Paul Le Gall" in everybody and "Question posée" in everybody
    assert "que son auteur seul peut ouvrir" in theirs
    for page in (everybody, theirs, receipt, exported.text):
        assert "maire est-il" not in page and "malade" not in page
    assert (
        stranger.main([str(unpacked(exported.content, tmp_path / "x")), "--vkey", rooms.journal.signer.vkey]) == 0
    )
    assert held.headers["content-disposition"].startswith('attachment; filename="point-de-controle-')
    assert held.text.startswith(rooms.journal.signer.origin) and sheet.status_code == 200


def test_contents_are_erased_from_the_page_with_a_receipt(live: Live, rooms: FakeRooms, tmp_path: Path) -> None:
    from demeure.gateway.visit import form_token

    with live.client("dora") as dora:
        fields = {"token": form_token("dora"), "person": "p2"}
        assert "Effacer des contenus" in dora.get("/journal").text
        unsure = dora.post("/journal/effacement", data=fields)
        assert unsure.status_code == 400 and "cochez la case" in unsure.text
        assert dora.post("/journal/effacement", data=fields | {"person": "p9", "sure": "oui"}).status_code == 404
        assert rooms.erased == []
        done = dora.post("/journal/effacement", data=fields | {"sure": "oui"}, follow_redirects=True)
        assert rooms.erased == ["p2"] and "C’est effacé" in done.text
        link = re.search(r'href="(/journal/effacement/(\d+)/recu)"', done.text)
        assert link is not None
        (tmp_path / "recu.json").write_bytes(dora.get(link[1]).content)
        assert dora.get("/journal/effacement/0/recu").status_code == 404, "another entry"
        assert dora.get("/journal/effacement/x/recu").status_code == 404
    assert stranger.main([str(tmp_path / "recu.json"), "--vkey", rooms.journal.signer.vkey]) == 0
    assert [e.actor for e in rooms.journal.named("person-erased-closed")] == ["p3"]
    with live.client("paul") as paul:
        assert "effacement" not in paul.get("/journal").text
        assert paul.get("/journal/effacement").status_code == 403
        assert paul.get(link[1]).status_code == 403
        fields = {"token": form_token("paul"), "person": "p1", "sure": "oui"}
        assert paul.post("/journal/effacement", data=fields).status_code == 403
    assert rooms.erased == ["p2"]


def test_the_pages_of_a_journal_of_millions_follow_one_another(live: Live, rooms: FakeRooms) -> None:
    """An entry's number has as many digits as it needs."""
    asked: list[int | None] = []
    look = live.house.records.look

    async def noted(actor, wanted, start, limit):  # type: ignore[no-untyped-def] # the room's own signature
        asked.append(start)
        return await look(actor, wanted, start, limit)

    live.house.records.look = noted  # type: ignore[method-assign]
    with live.client("claire") as claire:
        assert claire.get("/journal?tous=1&avant=12345678").status_code == 200
    assert asked == [12345678]
