"""Personnes: a search with its motive, requests with their time to answer; who may not, what is badly filled."""

import asyncio
import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from demeure.cli.persons_cmd import _sheet
from demeure.gateway.errors import NoSpaceForNames
from demeure.gateway.pages.files import hiding
from demeure.gateway.sending import ToSend
from demeure.identity import Person
from demeure.persons.errors import NotRestored
from demeure.policy import Actor, Role
from demeure.testing.gateway import FakeRooms, make_house
from demeure.testing.house import ADMINISTRATOR, pieces
from demeure.testing.people import PASSWORD
from demeure.workshop import LetterSource

from .conftest import Live

DPO = Actor("person", "p2", "Anne Petit", frozenset({Role.DPO}))
AGENT = Actor("person", "p3", "Paul Roux", frozenset({Role.AGENT}))
WHO = "Maëlys Quervalouette"


@pytest.fixture
def town(serve: Callable[..., Live]) -> Live:
    rooms = FakeRooms()
    rooms.register.put(Person("p2", "Anne Petit", "anne", Role.DPO), PASSWORD)
    rooms.register.put(Person("p3", "Paul Roux", "paul", Role.AGENT), PASSWORD)
    rooms.reception.sessions |= {"anne": DPO, "paul": AGENT}
    return serve(rooms)


def post(live: Live, path: str, session: str = "anne", **fields: str):  # type: ignore[no-untyped-def]
    from demeure.gateway.visit import form_token

    with live.client(session) as client:
        return client.post(path, data={"token": form_token(session), **fields})


def test_a_person_is_searched_asked_for_and_erased(town: Live) -> None:
    house = town.rooms.persons.house
    added = asyncio.run(house.library.add(ADMINISTRATOR, "mairie", f"{WHO}.txt", pieces(b"x")))
    for session, status in (("paul", 403), ("claire", 200), ("anne", 200)):
        with town.client(session) as client:
            assert client.get("/personnes").status_code == status
            assert ('href="/personnes"' in client.get("/").text) is (status == 200)
            if status == 200:  # not « Personnes »: accounts are another page
                assert "Données RGPD</span>" in client.get("/").text
                assert "<span>Personnes</span>" not in client.get("/").text
                assert "<h1>Données des personnes</h1>" in client.get("/personnes").text
    assert "Dites pourquoi" in post(town, "/personnes", who=WHO, why=" ").text
    wrong = post(town, "/personnes", who="1 84 05 29 019 042 11", why="demande du 3")
    assert wrong.status_code == 400 and "sa clé est fausse" in wrong.text and "1 84 05 29 019 042 11" in wrong.text
    page = post(town, "/personnes", who=WHO, why="demande du 3").text
    assert "1 endroit" in page and "espace Mairie" in page
    assert added.name not in re.sub(r"<textarea.*?</textarea>", "", page, flags=re.DOTALL), (
        "a name that one may not read"
    )
    assert "pas encore lus" in page
    bad = post(town, "/personnes/demandes", kind="erasure", who=WHO, note="guichet", received_on="2999-01-01")
    assert bad.status_code == 400 and "pas un jour" in bad.text and "guichet" in bad.text
    made = post(town, "/personnes/demandes", kind="erasure", who=WHO, note="guichet")
    at = made.headers["location"].partition("?")[0]
    assert at == "/personnes/demandes/1" and post(town, "/personnes/demandes/9/chercher").status_code == 404
    assert post(town, f"{at}/effacer", sure="oui").status_code == 409
    assert post(town, f"{at}/chercher").status_code == 303
    with town.client("anne") as client:
        sheet = client.get(at).text
    assert "jours pour répondre" in sheet and "À décider" in sheet
    assert sheet.count('aria-labelledby="found"') == 1, "two regions of one name cannot be told apart"
    assert post(town, f"{at}/effacer").status_code == 400
    assert post(town, f"{at}/export", session="claire").status_code == 403
    with town.client("anne") as client:
        assert client.get(f"{at}/recu").status_code == 404
    assert post(town, f"{at}/decider", **{f"f{'9' * 5000}": "keep"}).status_code in (303, 400)
    unknown = post(town, f"{at}/decider", f99="keep")
    assert unknown.status_code == 409 and "n’a pas d’endroit 99" in unknown.text
    assert post(town, f"{at}/decider", all="keep").status_code == 303
    with town.client("anne") as client:
        sheet = client.get(at).text
    assert "Tout garder, et clore" in sheet and "Effacer ce qui a été décidé" not in sheet
    for fields in ({}, {"ground": "claims", "why": " "}, {"ground": "x", "why": "procès"}):
        told = post(town, f"{at}/effacer", sure="oui", **fields)
        assert told.status_code == 400 and ("c’est un refus d’effacer" in told.text) is (
            fields.get("ground") != "x"
        )
    ended = post(town, f"{at}/effacer", sure="oui", ground="claims", why="procès en cours")
    assert ended.headers["location"] == f"{at}?fait=tout-garde"
    with town.client("anne") as client:
        sheet = client.get(ended.headers["location"]).text
        assert client.get(f"{at}/recu").status_code == 404, "nothing was erased"
    assert "Rien n’a été effacé" in sheet and "procès en cours" in sheet and "Le tableau" not in sheet
    assert "Refusée" in sheet and "art. 17.3 e" in sheet and "reçu" not in sheet
    other = post(town, "/personnes/demandes", kind="erasure", who="Zoé Trégastel", note="guichet")
    at = other.headers["location"].partition("?")[0]
    assert post(town, f"{at}/chercher").status_code == 303
    with town.client("anne") as client:
        sheet = client.get(at).text
    assert "Rien à effacer" in sheet and "Effacer ce qui a été décidé" not in sheet
    over = post(town, f"{at}/effacer", sure="oui")
    assert over.headers["location"] == f"{at}?fait=close", "nothing was found"
    with town.client("anne") as client:
        sheet, listed = client.get(at).text, client.get("/personnes").text
        receipt = client.get(f"{at}/recu").json()
    assert "Trégastel" not in sheet + listed and "Close" in listed
    assert receipt["format"] == "demeure.erasure/1"
    with town.client("paul") as client:
        assert "Rien à regarder" in client.get("/personnes/signalements").text


def test_a_closed_request_says_that_its_answer_came_late(town: Live) -> None:
    came = (datetime.now().astimezone().date() - timedelta(days=75)).isoformat()
    post(town, "/personnes/demandes", kind="erasure", who=WHO, note="guichet", received_on=came)
    at = "/personnes/demandes/1"
    assert post(town, f"{at}/refuser", ground="identity", why="rien ne l’établit").status_code == 303
    with town.client("anne") as client:
        sheet, listed = client.get(at).text, client.get("/personnes").text
    assert "En retard de 4" in sheet and "La réponse était due le" in sheet and "Refusée" in sheet
    assert "Refusée, en retard de 4" in listed


def test_the_terminal_says_that_the_answer_came_late(capsys: pytest.CaptureFixture[str]) -> None:
    told = {"number": 1, "kind_said": "Effacement", "practice": False, "state_said": "Refusée", "left": None}
    told |= {"late": 44, "due_on": "2026-10-14", "found": [], "totals": "", "searched_at": None}
    _sheet({"language": "fr"}, told, False)
    _sheet({"language": "en"}, told, False)
    french, english = capsys.readouterr().out.split("Request no.")
    assert "La réponse était due le 14/10/2026 (en retard de 44 jours)." in french
    assert "The answer was due on 2026-10-14 (44 days late)." in english


def test_a_file_leaves_with_the_tokens_of_a_table_or_not_at_all() -> None:
    rooms = FakeRooms()
    sending = make_house(rooms).sending
    source = LetterSource(1, "Bail de Claire Durand", "page 2", "Claire Durand paie.")
    told = ToSend("Claire Durand", "Claire Durand rappelle [1].", (source,), spaces=("mairie",))

    async def hide(texts: list[str]) -> list[str]:
        return [text.replace("Claire Durand", "[PERSONNE_1]") for text in texts]

    async def broken(_texts: list[str]) -> list[str]:
        raise NotRestored()

    sent = asyncio.run(sending.file(DPO, "fr", told, "md", mask=True, hide=hide))
    letter = rooms.exporter.written[0][0]
    assert "Durand" not in str(letter) and letter.text.startswith("[PERSONNE_1]") and "PERSONNE" in sent.name
    assert "Pseudonymisé" in letter.mention and letter.sources[0].quote == "[PERSONNE_1] paie."
    with pytest.raises(NotRestored):
        asyncio.run(sending.file(DPO, "fr", told, "md", mask=True, hide=broken))
    assert len(rooms.exporter.written) == 1 and rooms.journal.entries[-1].outcome == "failed"
    with pytest.raises(NoSpaceForNames):
        hiding(make_house(rooms), DPO, ("mairie", "urbanisme"), "")


def test_letters_are_offered_and_made_from_what_the_request_says(town: Live) -> None:
    post(town, "/personnes/demandes", kind="access", who=WHO, note="guichet")
    at = "/personnes/demandes/1"
    with town.client("anne") as client:
        sheet = client.get(at).text
        assert "Accusé de réception" in sheet and "lettre=answer" not in sheet
        made = client.get(f"{at}/courrier?lettre=received&format=md")
        assert made.status_code == 200 and "attachment" in made.headers["content-disposition"]
        early, wrong = (client.get(f"{at}/courrier?lettre={name}&format={kind}") for name, kind in _REFUSED)
    assert early.status_code == 409 and "n’appelle pas ce courrier" in early.text and wrong.status_code == 400
    ((letter, _),) = town.rooms.exporter.written
    assert WHO in letter.text and "n°" in letter.title and WHO not in letter.title
    assert post(town, f"{at}/chercher").status_code == 303
    with town.client("anne") as client:
        assert "lettre=answer" in client.get(at).text
        assert client.get(f"{at}/courrier?lettre=answer&format=odt").status_code == 200
    assert "Aucune donnée" in town.rooms.exporter.written[-1][0].text
    with town.client("paul") as client:
        assert client.get(f"{at}/courrier").status_code == 403
    post(town, "/personnes/demandes", kind="access", who=WHO, note="guichet", practice="oui")
    with town.client("anne") as client:
        assert "Courriers" not in client.get("/personnes/demandes/2").text


_REFUSED = (("answer", "md"), ("received", "exe"))


def test_a_document_deleted_since_is_said_and_is_no_place_of_the_letter(town: Live) -> None:
    library = town.rooms.persons.house.library
    added = asyncio.run(library.add(ADMINISTRATOR, "mairie", f"{WHO}.txt", pieces(b"x")))
    kept = asyncio.run(library.add(ADMINISTRATOR, "mairie", f"Lettre de {WHO}.txt", pieces(b"y")))
    post(town, "/personnes/demandes", kind="access", who=WHO, note="guichet")
    at = "/personnes/demandes/1"
    assert post(town, f"{at}/chercher").status_code == 303
    asyncio.run(library.delete(ADMINISTRATOR, added.id))
    with town.client("anne") as client:
        sheet = client.get(at).text
        client.get(f"{at}/courrier?lettre=answer&format=md")
    assert sheet.count("supprimé depuis cette recherche") == 1 and kept.id not in sheet
    assert "à 1 endroit dans" in town.rooms.exporter.written[-1][0].text
