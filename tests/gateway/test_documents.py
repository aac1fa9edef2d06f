"""Documents: sent as a form or as a body, streamed, refused, listed, deleted; names are only text."""

import re
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from demeure.errors import InputError
from demeure.identity import Person
from demeure.policy import Role
from demeure.settings import Settings
from demeure.testing.gateway import CLAIRE, FakeRooms
from demeure.testing.people import PASSWORD

from .conftest import TOKEN, Live

EVIL = "<img src=x onerror=alert(1)>\"'&.pdf"


def test_a_form_adds_files_and_says_what_became_of_each(live: Live) -> None:
    files = [
        ("file", ("Tarifs été.pdf", b"%PDF tarifs")),
        ("file", ("notes.txt", b"des notes")),
        ("file", ("b.txt", b"des notes")),
    ]
    with live.client() as client:
        page = client.post("/documents", data={"token": TOKEN, "space": "urbanisme"}, files=files)
    assert page.status_code == 200
    assert "«\u00a0Tarifs été.pdf\u00a0» est reçu" in page.text
    assert "«\u00a0b.txt\u00a0» était déjà là" in page.text
    rows = live.rooms.shelves.rows
    assert [(r.name, r.space, live.rooms.shelves.received[r.id]) for r in rows.values()] == [
        ("Tarifs été.pdf", "urbanisme", b"%PDF tarifs"),
        ("notes.txt", "urbanisme", b"des notes"),
    ]


def test_a_refused_file_says_why_and_the_next_still_comes(live: Live) -> None:
    live.rooms.shelves.failure = InputError(detail="illisible")
    with live.client() as client:
        page = client.post(
            "/documents", data={"token": TOKEN, "space": "mairie"}, files={"file": (EVIL, b"x" * 100_000)}
        )
    assert page.status_code == 400
    assert "n’a pas été ajouté" in page.text
    assert "illisible" in page.text
    assert "<img" not in page.text


def test_a_large_file_travels_in_pieces(serve: Callable[..., Live]) -> None:
    live = serve()
    body = bytes(range(256)) * 40_000
    with live.client(**{"X-Demeure-Token": TOKEN}) as client:
        answer = client.post("/api/documents", params={"space": "mairie", "name": "gros.bin"}, content=body)
        assert answer.status_code == 201
        again = client.post("/api/documents", data={"space": "mairie"}, files={"file": ("gros.bin", body)})
    assert again.status_code == 200
    assert again.json()["documents"][0]["new"] is False
    assert list(live.rooms.shelves.received.values()) == [body]


def test_more_than_the_limit_is_refused_and_nothing_kept(serve: Callable[..., Live]) -> None:
    live = serve(settings=Settings(upload_megabytes=1))
    where = {"space": "mairie", "name": "trop.bin"}
    with live.client(**{"X-Demeure-Token": TOKEN}) as client:
        assert client.post("/api/documents", params=where, content=b"x" * 1_200_000).status_code == 413

        def parts():  # type: ignore[no-untyped-def]
            for _ in range(30):
                yield b"x" * 65_536

        unannounced = client.post("/api/documents", params=where, content=parts())
    assert unannounced.status_code == 413
    assert unannounced.json()["error"]["code"] == "BodyTooLarge"
    assert live.rooms.shelves.received == {}
    assert live.rooms.shelves.aborted == 1


def test_an_interrupted_sending_keeps_nothing(live: Live) -> None:
    head = (
        f"POST /api/documents?space=mairie&name=a HTTP/1.1\r\nHost: 127.0.0.1:{live.port}\r\n"
        f"Cookie: {live.cookie}=claire\r\nX-Demeure-Token: {TOKEN}\r\nContent-Length: 1000\r\n\r\ndébut"
    )
    with live.connect() as sock:
        sock.sendall(head.encode())
        time.sleep(0.1)
    deadline = time.monotonic() + 3
    while not live.rooms.shelves.aborted and time.monotonic() < deadline:
        time.sleep(0.01)
    assert live.rooms.shelves.aborted == 1
    assert live.rooms.shelves.received == {}


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=", b"x"),
        ("multipart/form-data; boundary=" + "b" * 200, b"x"),
        ("multipart/form-data; boundary=b", b""),
        ("multipart/form-data; boundary=b", b"not a form at all"),
        ("multipart/form-data; boundary=b", b"--b\r\n\r\n"),
        ("multipart/form-data; boundary=b", b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n"),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="token"\r\n\r\n' + b"x" * 9999,
        ),
        ("application/x-www-form-urlencoded", b"token=" + TOKEN.encode()),
        ("text/plain", b"x"),
        ("", b""),
    ],
)
def test_what_is_not_a_file_form_is_refused(live: Live, content_type: str, body: bytes) -> None:
    with live.client() as client:
        answer = client.post("/documents", content=body, headers={"Content-Type": content_type})
    assert answer.status_code in (400, 403)
    assert live.rooms.shelves.received == {}


def test_states_reasons_and_names_are_shown_as_text(live: Live) -> None:
    shelves = live.rooms.shelves
    shelves.put(EVIL, state="failed", reason=("InputError", {"detail": "<b>pâle</b>"}))
    shelves.put("en cours.docx", state="searchable", passages=100, embedded=58, pages=22)
    shelves.put("inconnu.pdf", state="failed", reason=("NeverLoaded", {}))
    with live.client() as client:
        page = client.get("/documents").text
        question = client.get("/documents/d1/supprimer").text
        rows = client.get("/api/documents").json()["documents"]
    assert "<img" not in page + question
    assert "&lt;img src=x" in page
    assert "&lt;b&gt;pâle" in page
    assert "58\u00a0% par le sens" in page
    assert "NeverLoaded" in page
    assert {r["reason"] for r in rows} == {"InputError", "NeverLoaded", None}
    assert rows[-1]["reason_en"] == "The request is not valid: <b>pâle</b>."


def test_deleting_asks_first_then_erases(live: Live) -> None:
    live.rooms.shelves.put("a.pdf", space="urbanisme")
    with live.client() as client:
        assert "Supprimer «\u00a0a.pdf\u00a0»" in client.get("/documents/d1/supprimer").text
        assert "d1" in live.rooms.shelves.rows
        done = client.post("/documents/d1/supprimer", data={"token": TOKEN})
        assert (done.status_code, done.headers["location"]) == (303, "/documents?espace=urbanisme&efface=1")
        assert client.post("/documents/d1/supprimer", data={"token": TOKEN}).status_code == 404
        assert client.delete("/api/documents/d1", headers={"X-Demeure-Token": TOKEN}).status_code == 404
    assert live.rooms.shelves.rows == {}


def test_unknown_spaces_do_not_exist(live: Live) -> None:
    with live.client() as client:
        assert client.get("/documents", params={"espace": "secret"}).status_code == 404
        assert client.get("/api/documents", params={"space": "secret"}).status_code == 404


def test_a_house_without_space_says_what_to_do(serve: Callable[..., Live]) -> None:
    rooms = FakeRooms()
    rooms.shelves.names.clear()
    with serve(rooms).client() as client:
        for page in (client.get("/").text, client.get("/documents").text):
            assert "Aucun espace ne vous est ouvert" in page
            assert "Créez-en un" in page
            assert 'href="/espaces/nouveau"' in page
        rooms.reception.sessions["claire"] = replace(CLAIRE, roles=frozenset({"agent"}))
        rooms.register.put(replace(rooms.register.one("p1"), role=Role.AGENT))
        pages = ("/", "/documents", "/assistant")
        for page in (client.get(path).text for path in pages):
            assert "Demandez à votre administrateur" in page
            assert "/espaces/nouveau" not in page
            assert "attend ses premiers documents" not in page
            assert "<textarea" not in page, "nothing to ask: no field to ask it in"
        rooms.register.put(Person("p2", "Paul <Ner>", "paul", Role.REFERENT), PASSWORD)
        rooms.register.put(Person("p3", "Jamais Venue", "jamais", Role.ADMINISTRATOR))
        rooms.register.put(Person("p4", "Anne Petit", "anne", Role.AGENT), PASSWORD)
        for page in (client.get(path).text for path in pages):
            assert "demandez à l’une de ces personnes" in page and "<li>Paul &lt;Ner&gt;</li>" in page
            assert "Jamais Venue" not in page and "Anne Petit" not in page


def test_conversations_stay_readable_without_any_space(live: Live) -> None:
    with live.client(**{"X-Demeure-Token": TOKEN}) as client:
        client.post("/api/ask", json={"question": "Quel tarif ?"})
        live.rooms.shelves.names.clear()
        page = client.get("/conversation/c1").text
    assert "Quel tarif ?" in page and "une nouvelle question demande un espace" in page
    assert "<textarea" not in page


def test_a_file_without_a_format_does_not_become_the_filter(live: Live) -> None:
    live.rooms.shelves.put("sans-extension", format="")
    live.rooms.shelves.put("pv.pdf", format="pdf")
    with live.client() as client:
        page = client.get("/documents").text.split('name="type"')[1].split("</select>")[0]
    assert "PDF (1)" in page
    assert page.count('value=""') == 1
    assert "selected" not in page


def test_scanned_pages_say_how_far_they_are_and_what_was_not_read(live: Live) -> None:
    rows = live.rooms.shelves
    rows.put("pv.pdf", state="searchable", pages=12, flags={"pages-to-recognise": 9, "pages-recognised": 2})
    rows.put("mixte.pdf", pages=4, flags={"pages-without-language-data": 2})
    rows.put("fax.pdf", pages=1, flags={"pages-recognised": 1, "pages-poorly-recognised": 1})
    with live.client() as client:
        page = client.get("/documents", params={"espace": "mairie"}).text
        data = client.get("/api/documents", params={"space": "mairie"}).json()["documents"]
    assert "Lecture du scan\u00a0: page 3 sur 11" in page
    assert "à demander à qui administre" in page and "demeure models" not in page and "(2)" in page
    assert "Pages mal reconnues" in page
    assert {"pages-to-recognise": 9, "pages-recognised": 2} in [row["flags"] for row in data]


def test_what_one_may_not_delete_is_not_offered(live: Live) -> None:
    live.rooms.shelves.put("a.pdf")
    live.rooms.shelves.put("b.pdf")
    live.rooms.catalogue.kept.add("d1")
    with live.client() as client:
        page = client.get("/documents").text
        assert "/documents/d1/supprimer" not in page and "/documents/d2/supprimer" in page
        asked = client.get("/documents/d1/supprimer")
        assert asked.status_code == 403 and "Vous ne pouvez pas supprimer «\u00a0a.pdf\u00a0»" in asked.text
        assert "/documents/d1/supprimer" not in client.get("/documents/d1").text
        assert "/documents/d2/supprimer" in client.get("/documents/d2").text


def test_the_class_that_holds_is_told_apart_from_those_that_may_be_chosen(serve: Callable[..., Live]) -> None:
    rooms = FakeRooms()
    row = rooms.shelves.put("Tarifs 2026.pdf")
    live = serve(rooms)
    with live.client() as client:
        card = client.get(f"/documents/{row.id}").text
        assert "La classe qui vaut maintenant\u00a0: <b>Interne</b>, celle de son espace" in card
        choices = re.search(r'<select[^>]*name="class" required>(.*?)</select>', card)
        assert choices and choices[1].startswith('<option value="">Choisir une classe</option>')
        assert "Interne" not in choices[1]
        client.post(f"/documents/{row.id}/classe", data={"token": TOKEN, "class": "confidentiel"})
        raised = client.get(f"/documents/{row.id}").text
    assert "<b>Confidentiel</b>, la sienne (celle de son espace\u00a0: Interne)" in raised
