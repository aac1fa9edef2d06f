"""Asking one document: from its page, from the Assistant, by the API and at the control door; kept ready or not."""

import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from demeure.assistant.dossier import Ready
from demeure.cli.door import Door
from demeure.engine import EngineDown
from demeure.errors import InputError
from demeure.gateway.errors import DocumentNameShared
from demeure.gateway.house import Exchange
from demeure.library import DocumentUnknown
from demeure.testing.dossiers import SNAPSHOT
from demeure.testing.gateway import TARIFF, FakeRooms

from .conftest import TOKEN, Live
from .test_control import opened

WHY = {"code": "too-long", "fr": "Il est trop long.", "en": "It is too long."}


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("ready", "told", "button"),
    [
        (SNAPSHOT, "Prêt : la réponse commence aussitôt", "Ne plus garder prêt"),
        (Ready("no", may_pin=True), "Lu en entier à la première question", "Garder prêt"),
        (Ready("waiting", True, True), "À préparer, dès que personne n’attend", "Ne plus garder prêt"),
        (Ready("preparing", True, True, 40), "40 % lus", "Ne plus garder prêt"),
        (Ready("impossible", may_pin=True, why=WHY), "Il est trop long.", ""),
        (Ready("ready", may_pin=False, size=1, seconds=2.0), "la réponse commence aussitôt", ""),
    ],
)
def test_the_page_of_a_document_says_how_ready_it_is(live: Live, ready: Ready, told: str, button: str) -> None:
    live.rooms.shelves.put("Tarifs.pdf", pages=4, passages=12)
    live.rooms.dossiers.states["d1"] = ready
    with live.client() as client:
        page = plain(client.get("/documents/d1").text)
    assert told in page
    assert ("garder prêt" in page.replace("Ne peut pas être gardé prêt", "").lower()) is bool(button)
    assert button in page and 'href="/assistant?document=d1"' in page


def test_one_asks_to_keep_it_ready_and_takes_that_back(live: Live) -> None:
    live.rooms.shelves.put("Tarifs.pdf", pages=4, passages=12)
    with live.client() as client:
        for keep in ("1", "0"):
            answer = client.post("/documents/d1/pret", data={"token": TOKEN, "keep": keep})
            assert answer.status_code == 303 and answer.headers["location"] == "/documents/d1#ready"
        assert live.rooms.dossiers.pinned == [("d1", True), ("d1", False)]
        refused = client.post("/documents/d1/pret", data={"keep": "1"})
        assert refused.status_code == 403, "not without the token of the page"
        told = client.get("/api/documents/d1/ready").json()
        assert told["state"] == "no" and told["pinned"] is False
        headers = {"X-Demeure-Token": TOKEN}
        kept = client.post("/api/documents/d1/ready", json={"keep": True}, headers=headers).json()
        assert kept["state"] == "waiting" and kept["pinned"] is True
        assert client.post("/api/documents/d1/ready", json={"keep": "yes"}, headers=headers).status_code == 400


def test_a_question_is_about_the_document_chosen(live: Live) -> None:
    live.rooms.shelves.put("Tarifs.pdf", pages=4, passages=12)
    live.rooms.assistant.whole = True
    with live.client() as client:
        page = client.get("/assistant?document=d1").text
        assert '<input type="hidden" name="document" value="d1">' in page and "Tarifs.pdf" in page
        assert 'name="document"' not in client.get("/assistant?document=d9").text, (
            "what one may not see is not there"
        )
        form = {"token": TOKEN, "question": "Quel tarif ?", "document": "d1"}
        answer = client.post("/demander", data=form).text
        assert live.rooms.assistant.about[-1] == ("d1",)
        assert "Lu en entier" in answer and "2 passages lus" in plain(answer)
        assert '<input type="hidden" name="document" value="d1">' in answer, "the conversation goes on about it"
        headers = {"X-Demeure-Token": TOKEN}
        client.post("/api/ask", json={"question": "Quoi ?", "documents": ["d1"]}, headers=headers)
        assert live.rooms.assistant.about[-1] == ("d1",)
        assert (
            client.post("/api/ask", json={"question": "?", "documents": "d1"}, headers=headers).status_code == 400
        )


def test_what_a_question_is_being_written_on_is_brought(live: Live) -> None:
    live.rooms.shelves.put("Tarifs.pdf", pages=4, passages=12)
    live.rooms.dossiers.states["d1"] = SNAPSHOT
    with live.client() as client:
        headers = {"X-Demeure-Token": TOKEN}

        def told(**body: Any) -> Any:
            return client.post("/api/documents/bring", json=body, headers=headers)

        assert told(documents=["d1"]).json() == {"brought": True}
        assert told(documents=["d2"]).json() == {"brought": False}
        assert live.rooms.dossiers.brought == [["d1"], ["d2"]]
        for wrong in ([], "d1", [3], None):
            assert told(documents=wrong).status_code == 400
        assert client.post("/api/documents/bring", json={"documents": ["d1"]}).status_code == 403, (
            "not from elsewhere"
        )
        live.rooms.dossiers.down = True
        assert told(documents=["d1"]).json() == {"brought": False}, "the question will say it"


def test_one_too_long_says_so(live: Live) -> None:
    live.rooms.shelves.put("Tarifs.pdf", pages=400, passages=1200)
    live.rooms.assistant.whole = False
    with live.client() as client:
        page = client.post("/demander", data={"token": TOKEN, "question": "Quel tarif ?", "document": "d1"}).text
    assert "Trop long pour être lu en entier" in page


def test_of_many_passages_those_that_speak_of_it_come_first(live: Live) -> None:
    sources = tuple(replace(TARIFF, number=n, score=float(n % 17), passage=n) for n in range(1, 32))
    details = {"documents": ["d1"], "whole": True, "model": "essai", "seconds": 3.0}
    live.rooms.memory.keep("c1", Exchange("1", "Quel ?", "85 € [3].", "done", sources, details=details))
    with live.client() as client:
        page = client.get("/conversation/c1").text
    first, _, folded = page.partition('<details class="fold others">')
    assert re.findall(r'id="source-1-(\d+)"', first) == ["3"], "what the answer cites"
    assert 'id="source-1-1"' in folded
    assert page.count('class="source" id="source-1-') == 31, "every one can be opened"
    cut = Exchange("1", "Quel ?", "", "interrupted", sources, details=details)
    live.rooms.memory.keep("c2", cut)
    with live.client() as client:
        first = client.get("/conversation/c2").text.partition('<details class="fold others">')[0]
    assert re.findall(r'id="source-1-(\d+)"', first) == ["13", "14", "15", "16", "31"], "what speaks most of it"


def test_documents_are_called_by_their_name_at_the_control_door(tmp_path: Path) -> None:
    rooms = FakeRooms()
    rooms.shelves.put("Tarifs.pdf")
    rooms.shelves.put("Commun.pdf")
    rooms.shelves.put("Commun.pdf", space="urbanisme")

    async def told(stream: AsyncIterator[Any]) -> list[str]:
        return [item.data["event"] async for item in stream]

    async def test(door: Door, fakes: FakeRooms) -> None:
        assert "closed" in await told(door.stream("ask", {"question": "Quel tarif ?", "documents": ["tarifs.pdf"]}))
        assert fakes.assistant.about[-1] == ("d1",)
        assert "closed" in await told(door.stream("ask", {"question": "Quel tarif ?", "documents": ["d3"]}))
        assert fakes.assistant.about[-1] == ("d3",)
        with pytest.raises(DocumentNameShared):
            await told(door.stream("ask", {"question": "Quoi ?", "documents": ["Commun.pdf"]}))
        one = {"question": "Quoi ?", "spaces": ["Urbanisme"], "documents": ["Commun.pdf"]}
        assert "closed" in await told(door.stream("ask", one))
        assert fakes.assistant.about[-1] == ("d3",)
        with pytest.raises(DocumentUnknown):
            await told(door.stream("ask", {"question": "Quoi ?", "documents": ["rien.pdf"]}))
        assert (await door.call("documents.ready", {"document": "Tarifs.pdf"})).data["state"] == "no"
        kept = (await door.call("documents.ready", {"document": "Tarifs.pdf", "keep": True})).data
        assert kept["pinned"] and kept["document"] == "d1"
        assert (await door.call("status")).data["kept_ready"] == {"documents": 0, "bytes": 0}
        assert (await door.call("documents.bring", {"documents": ["d1"]})).data == {"brought": True}
        for wrong in ([], "d1", None):
            with pytest.raises(InputError):
                await door.call("documents.bring", {"documents": wrong})

    opened(tmp_path, test, rooms)


def events_of(client: Any, **body: Any) -> list[tuple[str, dict[str, Any]]]:
    headers = {"X-Demeure-Token": TOKEN}
    told = client.post("/api/ask", json={"question": "Quel tarif ?", "documents": ["d1"], **body}, headers=headers)
    pairs = (one.split("\n")[:2] for one in told.text.strip().split("\n\n"))
    return [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in pairs]


def test_a_document_that_is_being_read_is_not_said_to_have_been(live: Live) -> None:
    live.rooms.shelves.put("Tarifs.pdf", pages=4, passages=12)
    live.rooms.assistant.whole, live.rooms.assistant.read = True, ((3, None), (35, 41.0), (100, 0.0))
    with live.client() as client, live.client(**{"Accept-Language": "en"}) as english:
        told = events_of(client)
        assert [name for name, _ in told[:5]] == ["started", "sources", *["beingread"] * 3]
        sources, first, second, over = (data for _, data in told[1:5])
        for data in (sources, first, second):
            assert "Lecture en entier" in data["trail"] and "Lu en entier" not in data["trail"]
        assert sources["reading"] is True
        assert plain(first["sentence"]) == "3 % lus"
        assert plain(second["sentence"]) == "35 % lus, encore environ 40 s"
        assert over["sentence"] == "" and "Lu en entier" in over["trail"] and "Lecture" not in over["trail"]
        assert "Lu en entier" in told[-1][1]["trail"]
        live.rooms.assistant.read = ((35, 95.0), (35, None))
        live.rooms.assistant.breaks = EngineDown(engine="essai")
        told = events_of(english)
        shares = [data["sentence"] for name, data in told if name == "beingread"]
        assert plain(shares[0]) == "35% read, about 1 min 35 s left" and shares[1] == "35% read"
        assert "Reading in full was interrupted" in told[-1][1]["trail"]
        assert "Read in full:" not in told[-1][1]["trail"]


def test_how_long_the_reading_took_is_among_the_details(live: Live) -> None:
    live.rooms.shelves.put("Tarifs.pdf", pages=4, passages=12)
    details = live.rooms.assistant._details
    made = {"tokens": 6000, "spared": 0, "seconds": 34.2}
    live.rooms.assistant._details = lambda spaces: {**details(spaces), "reading": made}  # type: ignore[method-assign]
    with live.client() as client:
        assert "lu pour cette question, en 34 s" in plain(events_of(client)[-1][1]["html"])
        made |= {"spared": 5980, "seconds": 0.0}
        assert "déjà prêt" in plain(events_of(client)[-1][1]["html"])
