"""Registres: who may, what is completed stays, conflicts side by side, versions signed in the journal, files."""

import asyncio
import html
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from demeure.accountability import run, titles
from demeure.accountability.errors import DocumentMoved, PartUnknown, SectionMoved, VersionTaken
from demeure.advice import duties
from demeure.gateway.app import ways
from demeure.gateway.pages.registers import DUTY_PAGES
from demeure.gateway.register_facts import gather
from demeure.gateway.visit import form_token
from demeure.identity import Person
from demeure.journal.checkpoint import Signer
from demeure.journal.disk import Disk
from demeure.journal.evidence import Cosigned
from demeure.journal.proof import witness_request
from demeure.journal.witness import Witness
from demeure.policy import Actor, Role
from demeure.store.tables import members, people, spaces
from demeure.testing.clock import StillClock
from demeure.testing.gateway import FakeRooms
from demeure.testing.people import PASSWORD
from demeure.testing.registers import register_room
from demeure.testing.store import Instance, make_instance

from .conftest import Live

DPO = Actor("person", "p2", "Anne Petit", frozenset({Role.DPO}))
AUDITOR = Actor("person", "p4", "Jean Morel", frozenset({Role.AUDITOR}))
AGENT = Actor("person", "p3", "Paul Roux", frozenset({Role.AGENT}))


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    made = make_instance(tmp_path)
    yield made
    made.close()


@pytest.fixture
def town(serve: Callable[..., Live], instance: Instance) -> Live:
    rooms, clock = FakeRooms(), StillClock()
    for actor, role in ((DPO, Role.DPO), (AUDITOR, Role.AUDITOR), (AGENT, Role.AGENT)):
        rooms.register.put(Person(actor.id, actor.name, actor.id, role), PASSWORD)
        rooms.reception.sessions[actor.id] = actor
    room = register_room(instance.house, clock, rooms.journal, disk="encrypted")
    return serve(rooms, clock=clock, registers=room)


def post(live: Live, path: str, session: str = "p2", **fields: str) -> Any:
    with live.client(session) as client:
        return client.post(path, data={"token": form_token(session), **fields})


def page(live: Live, path: str, session: str = "p2") -> Any:
    with live.client(session) as client:
        return client.get(path)


def part_of(live: Live, name: str, section: str) -> dict[str, str]:
    """What the page's form for that part holds."""
    from demeure.gateway.register_room import seen_now

    room = live.house.registers
    assert room is not None
    sheet = asyncio.run(_sheet(live, name))
    found = next(one for one in sheet.parts if one.section.key == section)
    return {"text": found.text, "seen": seen_now(found)}


def sign(live: Live, name: str) -> Any:
    """As the page's form does, once it was read."""
    return post(live, f"/registres/{name}/signer", seen=asyncio.run(_sheet(live, name)).seen)


async def _sheet(live: Live, name: str) -> Any:
    assert live.house.registers is not None
    return await live.house.registers.sheet(DPO, name, await gather(live.house))


def add_person(instance: Instance, name: str) -> None:
    row = {"id": name, "name": name, "login": name, "role": "agent", "password": "x", "disabled": False}
    columns = {column.name for column in people.columns}
    with instance.house.write() as db:
        db.execute(people.insert().values({k: v for k, v in row.items() if k in columns} | {"created_at": "2026"}))
        db.execute(members.insert().values(space="mairie", person=name, right="read"))


def test_registers_are_for_those_who_answer_for_the_house(town: Live) -> None:
    for session, status in (("p3", 403), ("p4", 200), ("p2", 200), ("claire", 200)):
        assert page(town, "/registres", session).status_code == status
        assert ('href="/registres"' in page(town, "/", session).text) is (status == 200)
    listed = page(town, "/registres").text
    assert "Registre des activités de traitement" in listed and "Aucune version signée" in listed
    told = page(town, "/registres/controles", "p4").text
    assert "disque chiffré\u00a0: tenu" in told and "tenu, aujourd’hui" in told and "non effective" in told
    sheet = page(town, "/registres/registre", "p4").text
    assert "Traitement" in sheet and 'action="/registres/registre/signer"' not in sheet, "an auditor signs nothing"
    assert post(town, "/registres/registre/signer", "p4").status_code == 403
    assert page(town, "/registres/impots").status_code == 404


def test_what_comes_back_says_when_it_was_last_done(town: Live) -> None:
    told = page(town, "/registres/echeances", "p4").text
    assert "Essayer une restauration" in told and "Pas encore fait" in told and "La maison ne le sait pas" in told
    assert sign(town, "registre").status_code == 303
    row = page(town, "/registres/echeances").text.partition("Mettre à jour le registre")[2].partition("</tr>")[0]
    assert "Avant le" in row and "Tous les 12 mois" in row and "Pas encore fait" not in row
    assert 'href="/registres/registre"' in row and "Ouvrir la page" in row, "without a command too"
    exercise = page(town, "/registres/echeances").text.partition("Faire un exercice")[2].partition("</tr>")[0]
    assert "Pas encore fait" in exercise
    file = page(town, "/registres/echeances/agenda", "p4")
    assert file.headers["content-type"].startswith("text/calendar") and file.text.count("BEGIN:VALARM") > 10
    assert "demeure.ics" in file.headers["content-disposition"]
    assert page(town, "/registres/echeances", "p3").status_code == 403
    assert page(town, "/registres/echeances/agenda", "p3").status_code == 403


def test_each_duty_leads_to_its_page_those_who_may_open_it(town: Live) -> None:
    pages = {one.page for one in duties() if one.page}
    asked = {way.path: way.action for way in ways() if way.method == "GET"}
    documents = {f"/registres/{name}": asked["/registres/{document}"] for name in titles()}
    assert pages == set(DUTY_PAGES)
    assert {page: asked.get(page) or documents[page] for page in pages} == DUTY_PAGES
    told, theirs = page(town, "/registres/echeances", "claire").text, page(town, "/registres/echeances", "p4").text
    assert all(f'href="{one}"><' in told.replace(">Ouvrir", "><") for one in pages)
    assert 'class="small" href="/registres/registre"' in theirs
    assert 'class="small" href="/administration/sauvegardes"' not in theirs, "an auditor would be refused there"


def test_what_is_completed_stays_and_what_both_changed_is_shown(town: Live, instance: Instance) -> None:
    form = part_of(town, "registre", "espace-mairie")
    mine = form["text"].replace("Finalité\u00a0: à compléter", "Finalité\u00a0: délivrer les actes")
    assert mine != form["text"]
    at = "/registres/registre/espace-mairie"
    assert post(town, at, text=mine, seen=form["seen"]).status_code == 303
    stale = post(town, at, text="mon texte à moi", seen=form["seen"])
    assert stale.status_code == 409 and "mon texte à moi" in stale.text and SectionMoved.fr[:20] in stale.text
    add_person(instance, "zoe")
    sheet = page(town, "/registres/registre").text
    assert "délivrer les actes" in sheet and "1 personne" in sheet and "diffèrent" not in sheet
    form = part_of(town, "registre", "espace-mairie")
    mine = form["text"].replace("1 personne", "le service, et lui seul")
    assert post(town, at, text=mine, seen=form["seen"]).status_code == 303
    add_person(instance, "yves")
    sheet = page(town, "/registres/registre").text
    assert "diffèrent en un endroit" in sheet and "le service, et lui seul" in sheet
    assert "2 personnes" in sheet, "both are shown"
    refused = sign(town, "registre")
    assert refused.status_code == 409 and "Choisissez pour chacune" in refused.text
    form = part_of(town, "registre", "espace-mairie")
    assert post(town, at, text=form["text"], seen=form["seen"]).status_code == 303, "mine, all the same"
    assert sign(town, "registre").status_code == 303
    with pytest.raises(PartUnknown):
        room = town.house.registers
        assert room is not None
        asyncio.run(room.write(DPO, "registre", "nulle-part", "x", "", asyncio.run(gather(town.house))))


def test_a_house_that_changed_while_somebody_wrote_is_told(town: Live, instance: Instance) -> None:
    at, form = "/registres/registre/espace-mairie", part_of(town, "registre", "espace-mairie")
    assert form["seen"] in page(town, "/registres/registre").text
    add_person(instance, "zoe")
    late = post(town, at, text=form["text"] + "\n- lu", seen=form["seen"])
    assert late.status_code == 409 and SectionMoved.fr[:20] in late.text and "- lu" in late.text
    assert "1 personne" in late.text, "what the house says now is beside"
    again = part_of(town, "registre", "espace-mairie")["seen"]
    assert again in late.text and post(town, at, text=form["text"], seen=again).status_code == 303


def test_one_signs_what_one_read(town: Live, instance: Instance) -> None:
    seen = asyncio.run(_sheet(town, "registre")).seen
    assert f'name="seen" value="{seen}"' in page(town, "/registres/registre").text
    assert post(town, "/registres/registre/signer").status_code == 409
    add_person(instance, "zoe")
    late = post(town, "/registres/registre/signer", seen=seen)
    assert late.status_code == 409 and DocumentMoved.fr[:20] in late.text
    seen = asyncio.run(_sheet(town, "mesures")).seen
    room = town.house.registers
    assert room is not None
    town.house.clock.forward(hours=1)  # type: ignore[attr-defined]
    assert asyncio.run(_sheet(town, "mesures")).seen == seen, "time alone moves nothing"
    room.disk = "clear"
    assert post(town, "/registres/mesures/signer", seen=seen).status_code == 409, "a measure does not hold any more"
    assert room.kept.versions() == []


@pytest.mark.parametrize(("days", "state"), [(2, "held"), (700, "failed")])
def test_a_cosignature_ages(town: Live, tmp_path: Path, days: int, state: str) -> None:
    (tmp_path / "w").mkdir()
    signer, neighbour = Signer(b"j" * 32), Witness(tmp_path / "w", b"n" * 32, Disk())
    request = witness_request(0, [], signer.sign(5, b"r" * 32))
    at = town.house.clock.now() - timedelta(days=days)
    note = neighbour.cosign(request, signer.vkey, int(at.timestamp()))

    async def cosigned() -> Cosigned:
        return Cosigned(neighbour.vkey, note, "")

    town.rooms.journal.cosigned = cosigned  # type: ignore[method-assign]
    facts = asyncio.run(gather(town.house))
    assert (facts.witness_size, facts.witness_at) == (5, at)
    assert run(facts)["journal-witness"].state == state
    note = note.replace("\n5\n", "\n6\n")
    assert run(asyncio.run(gather(town.house)))["journal-witness"].state == "failed", "it signs something else"


def test_nothing_that_was_written_is_ever_lost(town: Live, instance: Instance) -> None:
    from demeure.accountability import Registers

    at = "/registres/aipd/contexte"
    for text in ("première", "deuxième", "troisième"):
        form = part_of(town, "aipd", "contexte")
        assert post(town, at, text=text, seen=form["seen"]).status_code == 303
    kept = Registers(instance.house, StillClock()).former("aipd", "contexte")
    assert [one.text for one in kept] == ["troisième", "deuxième", "première"]
    assert post(town, at, text="x" * 20_500, seen=part_of(town, "aipd", "contexte")["seen"]).status_code == 400


def test_a_version_is_signed_in_the_journal_and_never_changes(town: Live) -> None:
    assert sign(town, "mesures").status_code == 303
    assert sign(town, "mesures").status_code == 303
    room = town.house.registers
    assert room is not None
    versions = room.kept.versions("mesures")
    assert [one.number for one in versions] == [2, 1]
    opened = [e for e in town.rooms.journal.entries if e.name == "register-signed"]
    assert [e.object for e in opened] == [f"mesures {v.number} sha256:{v.digest}" for v in reversed(versions)]
    entries = [e for e in town.rooms.journal.entries if e.name == "register-signed-closed"]
    assert [e.object for e in entries] == [f"mesures {v.number} sha256:{v.digest}" for v in reversed(versions)]
    assert {e.chain for e in entries} == {v.chain for v in versions} and all(e.actor == DPO.id for e in entries)
    body = page(town, "/registres/mesures").text
    assert "Version 2" in body and versions[0].digest[:16] in body
    with pytest.raises(VersionTaken):
        room.kept.sign("mesures", 2, "autre chose", "p2", "c")


def test_a_reader_of_english_has_headings_states_and_questions_and_the_text_stays_french(town: Live) -> None:
    english = {"Accept-Language": "en"}
    with town.client("p4") as client:
        listed = client.get("/registres", headers=english).text
        assert "Register of processing activities" in listed and "stays in French" in listed
        checks = client.get("/registres/controles", headers=english).text
        assert (
            "not effective" in checks
            and "disk-encrypted (the disk under the house is seen encrypted): held, today" in checks
        )
        sheet = client.get("/registres/registre", headers=english).text
        assert "<h1>Register of processing activities</h1>" in sheet and "General description of security" in sheet
        assert "Purpose; Legal basis; Categories of persons" in sheet or "Legal representative" in sheet
        assert "Regulation (EU) 2016/679" in sheet and "stays in French" in sheet
        assert '<article class="prose" lang="fr">' in sheet and "Comptes ouverts" in sheet, (
            "the text that is signed"
        )
        french = client.get("/registres/registre").text
        assert "stays in French" not in french and "Responsable du traitement</h2>" in french
        course = client.get("/formation", headers=english).text
        assert "Checking the house" in course and "Contrôler la maison" not in course


def test_a_document_leaves_as_a_file(town: Live) -> None:
    sent = page(town, "/registres/registre/fichier?format=odt")
    assert sent.status_code == 200 and "registre" in sent.headers["content-disposition"].lower()
    letter, kind = town.rooms.exporter.written[-1][:2]
    assert kind == "odt" and "| Mesure | État | Contrôles |" in letter.text and letter.mention == ""
    assert town.rooms.journal.entries[-1].name == "file-exported-closed"
    assert page(town, "/registres/registre/fichier?format=exe").status_code == 400
    assert page(town, "/registres/registre/fichier?format=pdf&version=7").status_code == 404
    sign(town, "registre")
    assert page(town, "/registres/registre/fichier?format=pdf&version=1").status_code == 200
    assert "version 1" in town.rooms.exporter.written[-1][0].title
    assert page(town, "/registres/registre/fichier", "p3").status_code == 403


def test_accounts_without_a_password_are_counted_apart(town: Live, instance: Instance) -> None:
    add_person(instance, "Zoé Lambert")
    add_person(instance, "Léa Morin")
    came = "Comptes ouverts où l’on peut entrer\u00a0: "
    waiting = "Comptes ouverts encore sans mot de passe\u00a0: 1"
    assert f"{came}2 (" in (sheet := page(town, "/registres/registre").text) and waiting not in sheet
    with instance.house.write() as db:
        db.execute(people.update().where(people.c.name == "Zoé Lambert").values(password=None))
    assert f"{came}1 (" in (sheet := page(town, "/registres/registre").text) and waiting in sheet


def test_the_communicable_register_shows_the_other_one_without_names(town: Live, instance: Instance) -> None:
    form = part_of(town, "registre", "responsable")
    add_person(instance, "Zoé Lambert")
    text = form["text"] + "\n- Contact\u00a0: Zoé Lambert"
    assert post(town, "/registres/registre/responsable", text=text, seen=form["seen"]).status_code == 303
    with instance.house.write() as db:
        db.execute(people.update().values(disabled=True))
    sheet = page(town, "/registres/cada").text
    assert "(occulté)" in sheet and "Zoé" not in sheet and 'action="/registres/cada/responsable"' not in sheet


def test_the_communicable_register_keeps_its_dashes_and_the_word_administrator(
    town: Live, instance: Instance
) -> None:
    form = part_of(town, "registre", "responsable")
    text = form["text"] + "\n- Ouvert du lundi – vendredi\n- Rôle de qui décide, Administrateur ou non"
    assert post(town, "/registres/registre/responsable", text=text, seen=form["seen"]).status_code == 303
    for number in (4, 5):
        add_person(instance, f"Personne {number}")
    with instance.house.write() as db:
        db.execute(people.update().where(people.c.name == "Personne 4").values(name="–"))
        db.execute(people.update().where(people.c.name == "Personne 5").values(name="Administrateur"))
    sheet = page(town, "/registres/cada").text
    assert "lundi – vendredi" in sheet
    assert "décide, Administrateur ou non" in sheet


def contradicted(live: Live, instance: Instance) -> None:
    """A part of which people wrote two lines, and of which the house says one otherwise since."""
    at, form = "/registres/registre/espace-mairie", part_of(live, "registre", "espace-mairie")
    mine = form["text"].replace("Finalité\u00a0: à compléter", "Finalité\u00a0: délivrer les actes")
    mine = mine.replace("0 personne", "le service, et lui seul")
    assert mine.count("délivrer les actes") == mine.count("lui seul") == 1
    assert post(live, at, text=mine, seen=form["seen"]).status_code == 303
    add_person(instance, "zoe")


def test_the_new_one_is_taken_only_where_it_differs_and_what_it_replaces_is_told(
    town: Live, instance: Instance
) -> None:
    contradicted(town, instance)
    sheet = page(town, "/registres/registre").text
    going = sheet.partition("Ces lignes de votre texte")[2].partition("</form>")[0]
    assert "lui seul" in going.partition("<ins>")[0] and "1 personne" in going.partition("<ins>")[2]
    assert "délivrer les actes" not in going, "what does not change is not said to be replaced"
    taken = html.unescape(re.findall(r'name="text" value="([^"]*)"', sheet)[0])
    seen = part_of(town, "registre", "espace-mairie")["seen"]
    assert post(town, "/registres/registre/espace-mairie", text=taken, seen=seen).status_code == 303
    text = part_of(town, "registre", "espace-mairie")["text"]
    assert "délivrer les actes" in text and "1 personne" in text and "lui seul" not in text


def test_the_text_of_the_house_comes_back_in_a_part_that_was_emptied(town: Live) -> None:
    at, before = "/registres/registre/espace-mairie", part_of(town, "registre", "espace-mairie")
    assert "Reprendre le texte de la maison" not in page(town, "/registres/registre").text
    assert post(town, at, text="", seen=before["seen"]).status_code == 303
    offered = page(town, "/registres/registre").text.partition("Reprendre le texte de la maison")[2]
    form = dict(re.findall(r'name="(text|seen)" value="([^"]*)"', offered.partition("</form>")[0]))
    assert html.unescape(form["text"]) == before["text"]
    assert post(town, at, text=html.unescape(form["text"]), seen=form["seen"]).status_code == 303
    assert part_of(town, "registre", "espace-mairie")["text"] == before["text"]
    assert "Reprendre le texte de la maison" not in page(town, "/registres/registre").text


def test_a_former_text_is_listed_read_compared_and_put_back(town: Live, instance: Instance) -> None:
    contradicted(town, instance)
    form = part_of(town, "registre", "espace-mairie")
    assert post(town, "/registres/registre/espace-mairie", text="- Rien", seen=form["seen"]).status_code == 303
    listed = page(town, "/registres/registre/textes").text
    assert listed.count("par Anne Petit") == 2 and "celui de maintenant" in listed
    first = "/registres/registre/textes/1"
    assert (
        f'href="{first}"' in listed
        and "/registres/registre/textes?partie=espace-mairie" in page(town, "/registres/registre").text
    )
    one = page(town, first, "p4").text
    assert "délivrer les actes" in one and "<del>" in one and "Rien</ins>" in one and "Remettre" not in one
    one = page(town, first).text
    seen = re.findall(r'name="seen" value="(\w+)"', one)[0]
    assert post(town, first, "p4", seen=seen).status_code == 403
    assert post(town, first, seen="0").status_code == 409
    assert (
        post(town, first, seen=seen).headers["location"].endswith("?fait=remis&partie=espace-mairie#espace-mairie")
    )
    done = page(town, "/registres/registre?fait=remis&partie=espace-mairie").text.partition('id="espace-mairie"')
    assert "Texte remis" in done[2] and "Texte remis" not in done[0], "told where it was done"
    text = part_of(town, "registre", "espace-mairie")["text"]
    assert "délivrer les actes" in text and "lui seul" in text
    assert "diffèrent en un endroit" in page(town, "/registres/registre").text, "the house still says otherwise"
    room = town.house.registers
    assert room is not None and [one.text == "- Rien" for one in room.kept.former("registre")] == [0, 1, 0]
    assert town.rooms.journal.entries[-2].name == "register-put-back"
    with town.client("p2") as client:
        told = client.get("/registres/registre/textes", headers={"Accept-Language": "en"}).text
    assert "Former texts" in told and "Processing: space" in told and "Traitement" not in told
    assert page(town, "/registres/registre/textes/9").status_code == 404
    assert page(town, "/registres/aipd/textes/1").status_code == 404, "of another document"
    assert page(town, "/registres/impots/textes").status_code == 404
    assert page(town, "/registres/registre/textes", "p3").status_code == 403


def test_the_texts_of_a_part_without_object_are_still_there(town: Live, instance: Instance) -> None:
    contradicted(town, instance)
    form = part_of(town, "registre", "espace-mairie")
    room = town.house.registers
    assert room is not None
    sheet = asyncio.run(_sheet(town, "registre"))
    own = next(one for one in sheet.parts if one.section.key == "espace-mairie").section.text
    assert post(town, "/registres/registre/espace-mairie", text=own, seen=form["seen"]).status_code == 303
    with instance.house.write() as db:
        db.execute(spaces.update().values(deleting=True))
    assert "espace-mairie" not in page(town, "/registres/registre").text
    listed = page(town, "/registres/registre/textes").text
    assert "/registres/registre/textes/1" in listed
    assert "délivrer les actes" in page(town, "/registres/registre/textes/1").text
