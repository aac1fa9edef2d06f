"""Asking: sources before words, words as they come; what is left goes on."""

import json
import re
import socket
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from demeure.airlock.errors import RouteRefused
from demeure.engine import EngineDown, EngineLoading
from demeure.errors import InputError
from demeure.gateway.confiding import warning
from demeure.gateway.excerpts import pieces
from demeure.gateway.house import Exchange
from demeure.journal import JournalUnavailable
from demeure.testing.gateway import RULES, TARIFF, FakeRooms

from .conftest import TOKEN, Live

HEADERS = {"X-Demeure-Token": TOKEN}


def events(body: str) -> list[tuple[str, dict[str, Any]]]:
    found = []
    for block in body.strip().split("\n\n"):
        name, data = block.split("\n")
        found.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return found


def test_sources_come_before_the_first_word_and_html_at_the_end(live: Live) -> None:
    with live.client(**HEADERS) as client:
        answer = client.post("/api/ask", json={"question": "Quel tarif ?", "spaces": ["mairie"]})
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    told = events(answer.text)
    assert [name for name, _ in told] == ["started", "sources", *["text"] * 4, "closed"]
    assert told[0][1]["page"] == "/conversation/c1"
    assert [item["document"] for item in told[1][1]["items"]] == [TARIFF.document, RULES.document]
    assert 'id="source-1-2"' in told[1][1]["html"]
    assert "caution de 400" in told[1][1]["html"]
    closed = told[-1][1]
    assert closed["text"] == "".join(data["delta"] for name, data in told if name == "text")
    assert 'href="#source-1-1"' in closed["html"]
    assert live.rooms.assistant.asked == [("Quel tarif ?", ("mairie",), None, "fr")]
    assert "Votre question contient" not in closed["html"]


def test_a_question_that_holds_an_account_is_told_so(live: Live) -> None:
    question = "À qui est le compte FR1420041010050500013M02606 ?"
    with live.client(**HEADERS) as client:
        closed = events(client.post("/api/ask", json={"question": question, "spaces": ["mairie"]}).text)[-1][1]
    assert "Votre question contient\u00a0: 1 IBAN (longueur du pays et reste par 97 justes)." in closed["html"]


ACCOUNT = "À qui est le compte FR1420041010050500013M02606 ?"


def test_what_identifies_somebody_is_told_before_anything_is_sent(live: Live) -> None:
    told = {"question": ACCOUNT, "spaces": ["mairie"], "warn": True}
    with live.client(**HEADERS) as client:
        answer = client.post("/api/ask", json=told)
        assert answer.status_code == 428 and answer.json()["error"]["code"] == "ConfidedFirst"
        sentence = answer.json()["error"]["sentence"]
        assert "1 IBAN" in sentence and "reste dans la maison" in sentence
        assert not live.rooms.assistant.asked, "nothing was asked, nor kept"
        assert client.post("/api/ask", json=told | {"question": "Mme Durand vient-elle lundi ?"}).status_code == 200
        assert client.post("/api/ask", json=told | {"warn": False}).status_code == 200
    assert [one[0] for one in live.rooms.assistant.asked] == ["Mme Durand vient-elle lundi ?", ACCOUNT]


def test_a_name_is_told_before_it_leaves_the_house() -> None:
    told = warning("Quand Mme Claire Durand, 06 12 34 56 78, vient-elle ?", "prefecture")
    assert told is not None and warning("Quand Mme Claire Durand vient-elle ?") is None
    french, english = told.sentence("fr"), told.sentence("en")
    assert (
        "1 nom de personne (après M., Mme, Me, Dr…)" in french
        and "(téléphone à dix chiffres)" in french
        and "route «\u00a0prefecture\u00a0»" in french
    )
    assert "leaves the house by the route “prefecture”" in english
    assert warning("Quel est le tarif de la salle ?", "prefecture") is None


def test_an_answer_says_that_it_left_the_house(live: Live) -> None:
    for number, route in (("8", {"route": "prefecture", "replaced": 2}), ("9", {})):
        details = {"spaces": ["mairie"], "route": route}
        exchange = Exchange(number, ACCOUNT, "À la mairie [1].", "done", (TARIFF,), details=details)
        live.rooms.memory.keep(f"c{number}", exchange)
    with live.client() as client:
        left, stayed = (client.get(f"/conversation/c{number}").text for number in "89")
    assert "Par la route prefecture\u00a0: la question" in left
    assert "2 noms et numéros remplacés." in left
    assert "Elle est sortie de la maison par la route «\u00a0prefecture\u00a0»" in left
    assert "Elle reste dans la maison" in stayed and "Par la route" not in stayed


def test_a_plain_form_is_told_too_and_keeps_what_was_typed(live: Live) -> None:
    form = {"question": ACCOUNT, "space": "mairie", "token": TOKEN, "warn": "1"}
    with live.client() as client:
        assert 'name="warn" value="1"' in client.get("/assistant").text
        page = client.post("/demander", data=form)
        assert page.status_code == 428 and "Avant d’envoyer" in page.text and "Envoyer quand même" in page.text
        assert ACCOUNT in page.text and 'name="warn"' not in page.text
        assert 'name="space" value="mairie"' in page.text and not live.rooms.assistant.asked
        form.pop("warn")
        assert client.post("/demander", data=form).status_code == 200
    assert len(live.rooms.assistant.asked) == 1


def test_what_the_model_read_of_a_passage_stands_out_and_its_other_spaces_are_named(
    serve: Callable[..., Live],
) -> None:
    rooms = FakeRooms()
    read = "Une ligne inconnue.\nau-delà, 85 € par week-end.\n…"
    rooms.assistant.sources = (
        replace(TARIFF, read=read, also=("urbanisme", "secret")),
        replace(RULES, read=RULES.quote),
    )
    with serve(rooms).client(**HEADERS) as client:
        html = events(client.post("/api/ask", json={"question": "Quel tarif ?"}).text)[1][1]["html"]
    assert 'civile ; <span class="read">au-delà, 85 € par week-end.</span>' in html
    assert "<b" not in html.partition("<blockquote")[2].partition("</blockquote>")[0], "nothing is answered yet"
    assert html.count('class="read"') == 1, (
        "a passage that was read whole needs no mark; a line that is not there has none"
    )
    assert "aussi dans\u00a0: Urbanisme." in html and "secret" not in html


def test_the_line_that_an_answer_rests_on_is_the_one_brought_into_sight() -> None:
    rows = "Tranche 1 Jusqu’à 650 1,10 €\nTranche 2 De 651 à 1 150 3,35 €"
    table = replace(TARIFF, number=1, quote=f"Tarifs 2026\nVotés le 23 avril\n{rows}\n{'Et la suite. ' * 60}")
    said = "Le goûter coûte 1,10 € [2]. Le repas de la tranche 2 coûte 3,35\u202f€ [1]."
    for read in ("Tarifs 2026\n…\nTranche 2 De 651 à 1 150 3,35 €", table.quote, ""):
        shown = pieces(replace(table, read=read), said)
        assert [one.text for one in shown if one.cited] == ["Tranche 2 De 651 à 1 150 3,35 €"]
        assert "".join(one.text for one in shown) == table.quote
        for other in ("", "Le repas de la tranche 2 coûte 3,35 € [3]."):
            assert not any(one.cited for one in pieces(replace(table, read=read), other))


def test_every_row_that_the_answer_tells_is_in_bold_not_the_one_beside_the_number() -> None:
    rows = (
        "Tranche Quotient Prix\nTranche 1 Jusqu’à 650 1,10 €\nTranche 2 De 651 à 1 150 3,35 €\nHors commune 5,80 €"
    )
    table = replace(TARIFF, number=1, quote=f"Avant.\n\n{rows}\nUn repas sans inscription coûte plus.", read=rows)
    said = "- Tranche 1 Jusqu’à 650 1,10\u202f€\n- Tranche 2 De 651 à 1\u202f150 3,35 €\n- Ailleurs 5,80 € [1]"
    shown = pieces(table, said)
    (cited,) = [one.text for one in shown if one.cited]
    assert cited.split("\n") == rows.split("\n")[1:]
    assert "".join(one.text for one in shown) == table.quote


def test_a_line_cut_inside_its_sentence_is_cited_from_the_beginning_of_it() -> None:
    quote = (
        "et les tarifs votés.\nLes dossiers sont reçus au guichet. Le chauffage de la salle\nest facturé 30 € par "
        "jour, du 15 octobre\nau 15 avril. La caution est rendue.\n\nArticle 5"
    )
    read = "est facturé 30 € par jour, du 15 octobre"
    for read_ in (read, "", quote):
        shown = pieces(replace(TARIFF, number=1, quote=quote, read=read_), "Le chauffage coûte 30 € par jour [1].")
        (cited,) = [one.text for one in shown if one.cited]
        assert " ".join(cited.split()) == f"Le chauffage de la salle {read} au 15 avril."
        assert "".join(one.text for one in shown) == quote


def test_only_what_the_answer_rests_on_is_in_bold_and_a_passage_cut_at_its_start_says_so(
    serve: Callable[..., Live],
) -> None:
    rooms = FakeRooms()
    rooms.assistant.sources = (replace(TARIFF, quote="suite du règlement.\nAutre ligne lue.\n" + TARIFF.quote),)
    rooms.assistant.words = (f"{TARIFF.quote[:-1]} [1].",)
    with serve(rooms).client(**HEADERS) as client:
        html = client.post("/demander", data={"token": TOKEN, "question": "Quel tarif ?"}).text
    room = html.partition("<blockquote")[2].partition("</blockquote>")[0]
    assert room.count("<b data-cited>") == room.count("<b") == 1
    assert ">… suite du règlement." in room


def test_a_line_is_found_in_its_passage_whatever_its_spaces_have_become() -> None:
    quote = "Tarifs\u00a02026\n\nLe  repas (A.1) : 3,35 €\nLe goûter : 1,10 €"
    for read in ("Le repas (A.1) : 3,35 €", "Le  repas (A.1) : 3,35 €"):
        shown = pieces(replace(TARIFF, quote=quote, read=f"{read}\n…"), "")
        assert [one.text for one in shown if one.read] == ["Le  repas (A.1) : 3,35 €"]
        assert "".join(one.text for one in shown) == quote


def test_a_blank_line_read_takes_nothing_from_the_next_one() -> None:
    quote = "Titre\nLe repas : 3,35 €\nSuite du règlement"
    shown = pieces(replace(TARIFF, quote=quote, read=" \nLe repas : 3,35 €"), "")
    assert [one.text for one in shown if one.read] == ["Le repas : 3,35 €"]


def test_an_answer_that_a_crash_cut_is_read_again(live: Live) -> None:
    for number, details in enumerate(({}, {"spaces": ["mairie"]}), 1):
        cut = Exchange(str(number), "Quel tarif ?", "La salle", "interrupted", (TARIFF,), "c" * 32, 7, details)
        live.rooms.memory.keep(f"cut{number}", cut)
        with live.client() as client:
            page = client.get(f"/conversation/cut{number}")
        assert page.status_code == 200 and "La salle" in page.text and "Reprendre la réponse" in page.text


def panel(html: str) -> tuple[list[str], list[str]]:
    """(sources shown, sources folded): their numbers."""
    first, _, folded = html.partition('<details class="fold others">')
    return re.findall(r'id="source-1-(\d+)"', first), re.findall(r'id="source-1-(\d+)"', folded)


@pytest.mark.parametrize(
    ("words", "found", "kept", "title"),
    [
        ("La salle est gratuite [2].", True, (["2"], ["1", "3"]), "1 source"),
        ("La salle est gratuite [1][3].", True, (["1", "3"], ["2"]), "2 sources"),
        ("Voilà.", True, (["1", "2", "3"], []), "3 passages trouvés"),
        ("Je n’ai pas trouvé la réponse dans vos documents.", False, ([], ["1", "2", "3"]), "Aucune source"),
    ],
)
def test_what_the_answer_cites_comes_first_and_the_rest_is_folded_on_every_page(
    serve: Callable[..., Live], words: str, found: bool, kept: tuple[list[str], list[str]], title: str
) -> None:
    rooms = FakeRooms()
    rooms.assistant.words, rooms.assistant.found, rooms.assistant.supporting = (words,), found, ()
    rooms.assistant.sources = (TARIFF, RULES, replace(TARIFF, number=3, quote="Le marché a lieu le mardi."))
    with serve(rooms).client(**HEADERS) as client:
        told = events(client.post("/api/ask", json={"question": "Quel tarif ?"}).text)
        at_first, closed = dict(told)["sources"], dict(told)["closed"]
        assert panel(at_first["html"]) == (["1", "2", "3"], []) and at_first["title"] == "3 passages trouvés"
        assert panel(closed["sources"]) == kept and closed["title"] == title
        assert title in closed["trail"]
        again = client.get("/conversation/c1").text
        whole = client.post("/demander", data={"token": TOKEN, "question": "Et ?", "conversation": "c1"}).text
    assert f">{title}</h2>" in again and panel(again) == kept
    assert f">{title}</h2>" in whole, "without scripts as well"
    if not found:
        assert "Aucun passage de vos documents ne répond" in closed["sources"]
        assert "Aussi regardé\u00a0: 3 passages" in again


def test_all_spaces_when_none_is_named(live: Live) -> None:
    with live.client(**HEADERS, **{"Accept-Language": "en"}) as client:
        client.post("/api/ask", json={"question": "?", "conversation": "c9"})
    assert live.rooms.assistant.asked == [("?", ("mairie", "urbanisme"), "c9", "en")]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{",
        b'{"question": 3}',
        b'{"question": "\\ud800"}',
        b'{"question": "x", "spaces": "mairie"}',
        b'{"question": "x", "spaces": [1]}',
        b'{"question": "x", "conversation": 4}',
        b"[" * 20000,
        b"\xff\xfe",
        json.dumps({"question": "x" * 60_001}).encode(),
    ],
)
def test_what_is_not_a_question_is_said(live: Live, body: bytes) -> None:
    with live.client(**HEADERS) as client:
        answer = client.post("/api/ask", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "InputError"
    assert live.rooms.assistant.asked == []


def test_an_empty_question_is_an_ordinary_error(live: Live) -> None:
    with live.client(**HEADERS) as client:
        answer = client.post("/api/ask", json={"question": "  "})
        page = client.post("/demander", data={"token": TOKEN, "question": " "})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "QuestionEmpty")
    assert page.status_code == 400
    assert "La question est vide" in page.text


def test_an_error_after_the_first_word_is_an_event(live: Live) -> None:
    class Breaking(type(live.rooms.assistant)):  # type: ignore[misc]
        async def ask(self, *args: Any, **rest: Any) -> Any:
            async for event in super().ask(*args, **rest):
                yield event
                if type(event).__name__ == "Text":
                    raise JournalUnavailable()

    object.__setattr__(live.house, "assistant", Breaking())
    with live.client(**HEADERS) as client:
        told = events(client.post("/api/ask", json={"question": "?"}).text)
    assert told[-1][0] == "problem"
    assert told[-1][1]["code"] == "JournalUnavailable"


def test_without_scripts_a_form_gives_the_whole_answer(live: Live) -> None:
    live.rooms.assistant.unsupported = ("85",)
    with live.client() as client:
        page = client.post("/demander", data={"token": TOKEN, "question": "Quel <b>tarif</b> ?", "space": "mairie"})
        assert page.status_code == 200
        assert "Quel &lt;b&gt;tarif&lt;/b&gt; ?" in page.text
        assert page.text.count('class="cite" href="#source-1-1"') == 2
        assert "gratuité deux fois par année civile" in page.text
        assert "page 3" in page.text
        assert "<u>85</u> <span>non étayé<" in page.text
        assert "« 85 » ne figure dans aucun document lu." in page.text.replace("\u00a0", " ")
        assert "1\u202félément" in page.text or "1 élément non étayé" in page.text
        follow = client.post("/demander", data={"token": TOKEN, "question": "Et après ?", "conversation": "c1"})
        assert "Quel &lt;b&gt;tarif" in follow.text
        assert 'id="source-2-1"' in follow.text
        reread = client.get("/conversation/c1")
        assert reread.text.count("gratuite deux fois") == 2
        assert client.get("/conversation/c7").status_code == 404
        assert "Quel &lt;b&gt;tarif" in client.get("/").text


def raw_ask(live: Live, question: str = "?", path: str = "/api/ask", **more: str) -> socket.socket:
    """A connection that has asked; its answer is still to be read."""
    body = json.dumps({"question": question, **more}).encode()
    kind = "application/json"
    if path == "/demander":
        body, kind = f"token={TOKEN}&question=x".encode(), "application/x-www-form-urlencoded"
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{live.port}\r\nCookie: {live.cookie}=claire\r\n"
        f"X-Demeure-Token: {TOKEN}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    sock = live.connect()
    sock.sendall(head.encode() + body)
    return sock


def until(condition: Callable[[], bool], seconds: float = 3.0) -> float:
    """Seconds until ``condition``; fails after ``seconds``."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, "it never came"
        time.sleep(0.001)
    return time.monotonic() - began


@pytest.mark.parametrize("path", ["/api/ask", "/demander"])
def test_leaving_stops_nothing_and_the_answer_is_found_whole(serve: Callable[..., Live], path: str) -> None:
    rooms = FakeRooms()
    rooms.assistant.words, rooms.assistant.pause = ["mot "] * 60, 0.005
    live = serve(rooms)
    sock = raw_ask(live, path=path)
    until(lambda: rooms.assistant.told > 3)
    sock.close()
    until(lambda: rooms.assistant.settled == 1)
    assert rooms.assistant.stopped == 0
    assert rooms.memory.kept["c1"][0].outcome == "done" and rooms.memory.kept["c1"][0].text == "mot " * 60
    with live.client() as client:
        assert "mot mot" in client.get("/conversation/c1").text


def test_a_stop_stops_at_once_and_lets_the_closing_finish(serve: Callable[..., Live]) -> None:
    rooms = FakeRooms()
    rooms.assistant.words, rooms.assistant.pause, rooms.assistant.closing = ["mot "] * 10_000, 0.005, 0.05
    live = serve(rooms)
    sock = raw_ask(live)
    until(lambda: rooms.assistant.told > 3)
    with live.client() as client:
        page = client.get("/conversation/c1").text
        assert "La réponse est en cours d’écriture." in page and 'action="/conversation/c1/arreter"' in page
        assert "Réponse en cours" in page and "Réponse en cours" in client.get("/assistant/historique").text
        assert "Réponse en cours" in client.get("/").text
        assert client.post("/conversation/c1/arreter").status_code == 403, "not without the token of our page"
        stopped = client.post("/conversation/c1/arreter", data={"token": TOKEN})
        assert stopped.status_code == 303 and stopped.headers["location"] == "/conversation/c1"
        assert rooms.assistant.stopped == rooms.assistant.settled == 1
        told = rooms.assistant.told
        page = client.get("/conversation/c1").text
        assert "Reprendre la réponse" in page and "Réponse en cours" not in page
        last = read_until(sock, b"event: closed")
        assert '"outcome": "interrupted"' in last.decode(), "whoever hears it elsewhere is told"
        assert client.post("/conversation/c1/arreter", data={"token": TOKEN}).status_code == 303, (
            "over: nothing to do"
        )
        assert client.post("/conversation/c9/arreter", data={"token": TOKEN}).status_code == 404
    assert rooms.assistant.told == told and rooms.memory.kept["c1"][0].outcome == "interrupted"
    sock.close()


def test_a_silent_engine_is_stopped_too_by_the_ticket_of_the_page_that_asked(serve: Callable[..., Live]) -> None:
    rooms = FakeRooms()
    rooms.assistant.pause = 60
    live = serve(rooms)
    sock = raw_ask(live, ticket="billet")
    assert b"event: sources" in read_until(sock, b"event: sources")
    with live.client(**HEADERS) as client:
        assert client.post("/api/conversations/billet/stop").json() == {"stopped": True}
        assert client.post("/api/conversations/c1/stop").json() == {"stopped": False}
        assert client.post("/api/conversations/billet/stop").status_code == 404
    assert rooms.assistant.settled == 1
    sock.close()


def test_deleting_a_conversation_stops_what_is_written_there(serve: Callable[..., Live]) -> None:
    rooms = FakeRooms()
    rooms.assistant.words, rooms.assistant.pause = ["mot "] * 10_000, 0.005
    live = serve(rooms)
    sock = raw_ask(live)
    until(lambda: rooms.assistant.told > 3)
    with live.client(**HEADERS) as client:
        assert client.delete("/api/conversations/c1").status_code == 204
    assert rooms.assistant.stopped == 1 and "c1" not in rooms.memory.kept
    sock.close()


def read_until(sock: socket.socket, mark: bytes) -> bytes:
    data = b""
    while mark not in data:
        chunk = sock.recv(4096)
        assert chunk, data
        data += chunk
    return data


def test_a_reader_who_stops_reading_does_not_hold_the_engine(serve: Callable[..., Live]) -> None:
    rooms = FakeRooms()
    rooms.assistant.words, rooms.assistant.pause = ["x" * 200_000] * 100, 0.001
    live = serve(rooms, patience=0.3)
    with raw_ask(live) as sock:
        read_until(sock, b"event: text")
        until(lambda: rooms.assistant.settled == 1, 5)
        assert rooms.assistant.stopped == 0 and rooms.assistant.told == 101, "nor stops it"
        with pytest.raises((AssertionError, ConnectionError)):
            read_until(sock, b"event: closed")


def test_a_slow_reader_gets_everything(serve: Callable[..., Live]) -> None:
    rooms = FakeRooms()
    rooms.assistant.words = ["x" * 50_000] * 40
    live = serve(rooms)
    with raw_ask(live) as sock:
        data = b""
        while not data.endswith(b"\r\n0\r\n\r\n"):
            data += sock.recv(65536)
            time.sleep(0.002)
    assert b"event: closed" in data
    assert data.count(b"event: text") == 40
    assert rooms.assistant.stopped == 0


def test_others_are_served_while_someone_asks(serve: Callable[..., Live]) -> None:
    rooms = FakeRooms()
    rooms.assistant.pause = 5
    live = serve(rooms)
    with raw_ask(live) as sock:
        read_until(sock, b"event: sources")
        with live.client() as client:
            began = time.monotonic()
            assert client.get("/").status_code == 200
            assert time.monotonic() - began < 1


def test_stopping_the_server_stops_the_answers(serve: Callable[..., Live]) -> None:
    rooms = FakeRooms()
    rooms.assistant.pause = 60
    live = serve(rooms)
    with raw_ask(live) as sock:
        read_until(sock, b"event: sources")
        live.stop()
        assert rooms.assistant.settled == 1


def test_sources_that_support_an_answer_without_marks_are_named_at_its_end(live: Live) -> None:
    live.rooms.assistant.words = ("Une caution de 400 € est exigée dans tous les cas.",)
    with live.client(**HEADERS) as client:
        told = events(client.post("/api/ask", json={"question": "caution ?"}).text)
        reread = client.get("/conversation/c1").text
    assert re.findall(r'href="#source-1-(\d)"', told[-1][1]["html"]) == ["1", "2"], "as the assistant said"
    assert re.findall(r'href="#source-1-(\d)"', reread) == ["1"], "as the passages say"


def test_hostile_sources_stay_text(live: Live) -> None:
    evil = "<img src=x onerror=alert(1)>\"'</blockquote><script>alert(1)</script>"
    live.rooms.assistant.sources = (replace(TARIFF, document=evil, quote=evil, place_label=evil),)
    with live.client(**HEADERS) as client:
        told = events(client.post("/api/ask", json={"question": evil}).text)
        page = client.post("/demander", data={"token": TOKEN, "question": evil}).text
    for html in (told[1][1]["html"], told[-1][1]["html"], page):
        assert "<img" not in html
        assert "<script>" not in html
        assert "onerror=alert(1)>" not in html or "&lt;img" in html


def test_a_failure_of_the_assistant_is_a_page(live: Live) -> None:
    live.rooms.assistant.failure = InputError(detail="essai")
    with live.client() as client:
        answer = client.post("/demander", data={"token": TOKEN, "question": "x"})
    assert answer.status_code == 400
    assert "essai" in answer.text


def test_the_trail_says_where_and_what_was_looked_for(live: Live) -> None:
    live.rooms.assistant.searched, live.rooms.assistant.by_meaning = "tarif de la salle ? Et <b>demain</b> ?", False
    with live.client(**HEADERS) as client:
        told = dict(events(client.post("/api/ask", json={"question": "Et demain ?", "spaces": ["mairie"]}).text))
        page = client.get("/conversation/c1").text
    for html in (told["sources"]["trail"], page):
        assert "Cherché dans «\u00a0Mairie\u00a0»" in html
        assert "Et &lt;b&gt;demain&lt;/b&gt; ?" in html
        assert "Par les mots seulement" in html
    for html in (told["closed"]["html"], page):
        assert "journal n°\u00a048\u202f213" in html and "chain1" in html and "7\u00a0s" in html


@pytest.mark.parametrize(
    ("language", "said"), [("en", "Searched in French:"), ("fr", "Recherché en français\u00a0:")]
)
def test_an_english_question_shows_the_french_words_it_was_looked_for_with(
    live: Live, language: str, said: str
) -> None:
    question = "What are the opening hours of the recycling centre?"
    live.rooms.assistant.searched = "quel est le horaires d'ouverture du déchetterie ?"
    with live.client(**HEADERS, **{"Accept-Language": language}) as client:
        told = dict(events(client.post("/api/ask", json={"question": question, "spaces": ["mairie"]}).text))
        page = client.get("/conversation/c1").text
    for html in (told["sources"]["trail"], told["closed"]["trail"], page):
        assert f"{said} horaires d’ouverture, déchetterie" in html
    for html in (told["sources"]["trail"], told["closed"]["html"], page):
        assert "quel est le horaires" not in html


def test_the_trail_names_the_space_that_did_not_open_and_why(live: Live) -> None:
    why = {"fr": "La clé est abîmée.", "en": "The key is damaged."}
    told = {"spaces": ["mairie"], "shut": {"urbanisme": why, "erased": why}}
    live.rooms.memory.keep("c9", Exchange("9", "Quel tarif ?", "La salle [1].", "done", (TARIFF,), details=told))
    with live.client(**HEADERS) as client:
        page = client.get("/conversation/c9").text
    assert page.count("La clé est abîmée.") == 1
    assert f"Sans «\u00a0{live.rooms.shelves.names['urbanisme']}\u00a0», qui ne s’ouvre pas." in page


def test_an_engine_that_is_away_still_gives_the_passages(live: Live) -> None:
    live.rooms.assistant.breaks = EngineDown(engine="chat")
    with live.client(**HEADERS) as client:
        told = dict(events(client.post("/api/ask", json={"question": "Quel tarif ?"}).text))
        page = client.get("/conversation/c1").text
    for html in (told["closed"]["html"], page):
        assert "L’assistant ne rédige pas pour le moment." in html
        assert "La recherche dans vos documents fonctionne" in html
        assert 'class="passages"' in html and TARIFF.document in html
        assert 'data-again="1"' in html


def test_what_a_route_refused_is_not_told_as_an_assistant_that_cannot_write(live: Live) -> None:
    live.rooms.assistant.breaks = RouteRefused(route="far", rule="leaves-never", detail="Non.", detail_en="No.")
    with live.client(**HEADERS) as client:
        told = dict(events(client.post("/api/ask", json={"question": "Quel tarif ?"}).text))
    assert "ne rédige pas" not in told["closed"]["html"]
    assert "<b>Cette route n’a pas rédigé de réponse.</b>" in told["closed"]["html"]
    assert "leaves-never" in told["closed"]["html"] and 'class="passages"' in told["closed"]["html"]


def test_a_model_that_loads_is_said_to_and_not_taken_for_a_broken_one(live: Live) -> None:
    live.rooms.assistant.loading = True
    with live.client(**HEADERS) as client:
        told = events(client.post("/api/ask", json={"question": "Quel tarif ?"}).text)
        assert [name for name, _ in told][1:3] == ["sources", "loading"] and told[-1][1]["outcome"] == "done"
        assert dict(told)["loading"]["sentence"].startswith("Le modèle se charge")
        live.rooms.assistant.breaks = EngineLoading(engine="chat")
        end = dict(events(client.post("/api/ask", json={"question": "Quel tarif ?"}).text))
        for html in (end["closed"]["html"], client.get("/conversation/c2").text):
            assert "Le modèle est encore en cours de chargement." in html and 'class="passages"' in html
            assert "ne rédige pas" not in html
        client.cookies.set("demeure-language", "en")
        english = client.get("/conversation/c2").text
        assert "The model is still loading." in english


def test_who_waits_for_the_model_is_told_how_many_go_first(live: Live) -> None:
    live.rooms.assistant.queued = (2, 1, 0, None)
    with live.client(**HEADERS) as client:
        told = events(client.post("/api/ask", json={"question": "Quel tarif ?"}).text)
        waits = [data for name, data in told if name == "queued"]
        assert [data["ahead"] for data in waits] == [2, 1, 0, None]
        assert [data["sentence"].partition("\u202f; ")[2] for data in waits] == [
            "2 demandes passent avant la vôtre",
            "1 demande passe avant la vôtre",
            "votre demande est la prochaine servie",
            "",
        ]
        assert told[-1][1]["outcome"] == "done"
        client.cookies.set("demeure-language", "en")
        english = events(client.post("/api/ask", json={"question": "Quel tarif ?"}).text)
        assert "2 requests go before yours" in str(dict(english[::-1])["queued"]["sentence"])
        status = client.get("/api/status").json()
        assert status["queue"] == {"places": 2, "running": {}, "waiting": {}, "people": 0, "mine": []}


def test_asking_again_folds_the_former_answer_and_takes_the_last_only(live: Live) -> None:
    with live.client(**HEADERS) as client:
        client.post("/api/ask", json={"question": "Quel tarif ?"})
        again = {"question": "", "conversation": "c1", "again": "1"}
        told = events(client.post("/api/ask", json=again).text)
        assert told[0][1]["again"] == "1" and told[-1][1]["outcome"] == "done"
        page = client.get("/conversation/c1").text
        assert page.count("Essai précédent") == 3, "under it, over its sources, and in the template"
        assert page.count('class="ask"') == 2, "the question, and the template"
        late = client.post("/api/ask", json=again)
        assert (late.status_code, late.json()["error"]["code"]) == (409, "ConversationMoved")
        form = {"token": TOKEN, "conversation": "c1", "again": "2", "question": "Quel tarif ?"}
        assert client.post("/demander", data=form).text.count("former") >= 2


def test_without_scripts_what_was_typed_is_kept_after_any_error(serve: Callable[..., Live]) -> None:
    live = serve()
    typed = {"token": TOKEN, "question": "Ma <longue> question", "space": "urbanisme"}
    with live.client() as client:
        live.rooms.assistant.failure = InputError(detail="essai")
        pages = [client.post("/demander", data=typed)]
        live.rooms.assistant.failure = None
        live.rooms.journal.failure = JournalUnavailable()
        pages.append(client.post("/demander", data=typed))
        live.rooms.journal.failure = None
        pages.append(client.post("/demander", data=typed | {"token": "old"}))
        client.cookies.clear()
        pages.append(client.post("/demander", data=typed))
        foreign = client.post("/demander", data=typed, headers={"Origin": "http://evil.example"})
        large = client.post("/demander", data=typed | {"question": "x" * 70_000})
    assert [page.status_code for page in pages] == [400, 503, 403, 401]
    for page in pages:
        assert "Ma &lt;longue&gt; question</textarea>" in page.text
        assert 'name="space" value="urbanisme"' in page.text
    assert f'name="token" value="{TOKEN}"' in pages[2].text, "asking once more is enough"
    assert "www-authenticate" in pages[3].headers and "/connexion" in pages[3].text
    assert "Ma &lt;longue" not in foreign.text, "another site does not put words in our pages"
    assert large.status_code == 413
    assert live.rooms.assistant.asked == []


def test_one_s_own_conversations_through_the_api_and_the_pages(live: Live) -> None:
    with live.client(**HEADERS) as client:
        client.post("/api/ask", json={"question": "Quel tarif ?", "spaces": ["mairie"]})
        assert [c["title"] for c in client.get("/api/conversations").json()["conversations"]] == ["Quel tarif ?"]
        assert client.get("/api/conversations", params={"q": "dirigeable"}).json()["conversations"] == []
        one = client.get("/api/conversations/c1").json()
        assert (one["last"], one["open"], one["spaces"], one["turns"][0]["journal"]) == (
            "1",
            False,
            ["mairie"],
            48_213,
        )
        assert client.get("/api/conversations/c7").status_code == 404
        named = client.post("/conversation/c1/renommer", data={"token": TOKEN, "title": " Tarifs "})
        assert named.status_code == 303 and named.headers["location"] == "/conversation/c1"
        refused = client.post("/conversation/c1/renommer", data={"token": TOKEN, "title": "  "})
        assert refused.status_code == 400 and "Le nom est vide" in refused.text
        assert "Tarifs</h1>" in client.get("/conversation/c1").text
        assert "<mark>gratuite</mark>" in client.get("/assistant/historique", params={"q": "gratuite"}).text
        assert client.get("/assistant/historique", params={"page": "²"}).status_code == 200
        assert "Tarifs" in client.get("/conversation/c1/supprimer").text
        gone = client.post("/conversation/c1/supprimer", data={"token": TOKEN})
        assert gone.status_code == 303
        assert client.get("/conversation/c1").status_code == 404
        assert client.delete("/api/conversations/c1").status_code == 404


def test_history_has_pages(live: Live) -> None:
    with live.client(**HEADERS) as client:
        for number in range(55):
            client.post("/api/ask", json={"question": f"Question numéro {number} ?"})
        first, second = (client.get("/assistant/historique", params={"page": str(n)}).text for n in (1, 2))
    assert "numéro 54" in first and "numéro 5 " in first and "numéro 4 " not in first and "page=2" in first
    assert "numéro 0 " in second and "page=3" not in second


def test_what_was_said_to_the_assistant_itself_lacks_no_document(live: Live) -> None:
    said, told = "Je suis l’assistant de la Mairie d’essai.", {"aside": ["self"], "model": "", "seconds": 0.1}
    live.rooms.memory.keep("c8", Exchange("8", "Qui es-tu ?", said, "done", (), details=told))
    live.rooms.memory.keep("c9", Exchange("9", "Quel tarif ?", "Je n’ai pas trouvé.", "done", ()))
    with live.client() as client:
        aside, lacking = (client.get(f"/conversation/{one}").text for one in ("c8", "c9"))
    assert "Aucun document n’a été consulté" in aside and "Aucun passage" not in aside
    assert "non étayé" not in aside, "the organisation is no claim to check"
    assert "Aucun passage" in lacking and "consulté" not in lacking
