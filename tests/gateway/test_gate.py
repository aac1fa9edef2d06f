"""The gate: sessions, links, other sites, other names, too much, too slow, a journal that does not write."""

import contextlib
import time
from collections.abc import Callable

import pytest

from demeure.gateway.visit import form_token
from demeure.journal import JournalUnavailable
from demeure.testing.gateway import FakeRooms
from demeure.testing.people import CHOICE, PASSWORD

from .conftest import TOKEN, Live

FORM = {"token": TOKEN, "question": "Quel tarif ?"}


def test_a_link_opens_once_and_leaves_a_strict_cookie(live: Live) -> None:
    with live.client(None) as client:
        assert client.get("/lien/premier-lien").status_code == 200
        entered = client.post("/lien/premier-lien", data=CHOICE)
        assert (entered.status_code, entered.headers["location"]) == (303, "/")
        cookie = entered.headers["set-cookie"]
        assert cookie.startswith(f"demeure-session-{live.port}=session-1;")
        for word in ("HttpOnly", "SameSite=strict", "Path=/"):
            assert word in cookie
        assert "Domain" not in cookie
        assert client.get("/").status_code == 200
        client.cookies.clear()
        again = [client.get("/lien/premier-lien"), client.post("/lien/premier-lien", data=CHOICE)]
    for refused in again:
        assert refused.status_code == 403
        assert "a déjà servi" in refused.text
        assert "set-cookie" not in refused.headers
    assert live.rooms.reception.refused == ["premier-lien"] * 2, "the journal is told"


def test_looking_at_a_link_does_not_use_it_up(live: Live) -> None:
    with live.client(None) as client:
        assert client.head("/lien/premier-lien").status_code == 405
        page = client.get("/lien/premier-lien", headers={"Sec-Fetch-Site": "cross-site"})
        assert page.status_code == 200
        assert "set-cookie" not in page.headers
        assert client.post("/lien/premier-lien", data=CHOICE).status_code == 303


@pytest.mark.parametrize("headers", [{"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}])
def test_another_site_can_neither_use_a_link_nor_sign_someone_in(live: Live, headers: dict[str, str]) -> None:
    with live.client(None, **headers) as client:
        assert client.post("/lien/premier-lien", data=CHOICE).status_code == 403
        assert client.post("/connexion", data={"login": "claire", "password": PASSWORD}).status_code == 403
    assert live.rooms.reception.used == set()
    assert live.rooms.reception.tried == []


def test_links_cannot_be_guessed_at_speed(live: Live) -> None:
    with live.client(None) as client:
        tried = [client.get(f"/lien/essai-{n}") for n in range(12)]
    assert [a.status_code for a in tried] == [403] * 10 + [429] * 2
    assert 1 <= int(tried[-1].headers["retry-after"]) <= 61
    assert "premier-lien" not in live.rooms.reception.used


def test_leaving_ends_the_session(live: Live) -> None:
    with live.client() as client:
        assert client.post("/deconnexion", data={"token": TOKEN}).headers["location"] == "/connexion"
        assert "claire" not in live.rooms.reception.sessions
    with live.client() as client:
        assert client.get("/").status_code == 401


@pytest.mark.parametrize("session", ["", "x", "é", "claire2", "a" * 4000, "'; --", '"'])
def test_a_wrong_cookie_is_nobody(live: Live, session: str) -> None:
    with live.client(None) as client:
        answer = client.get("/", headers={"Cookie": f"{live.cookie}={session}".encode()})
    assert answer.status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "https://127.0.0.1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_another_site_cannot_act(live: Live, headers: dict[str, str]) -> None:
    with live.client() as client:
        answer = client.post("/demander", data=FORM, headers=headers)
        api = client.post("/api/ask", json={"question": "?"}, headers={**headers, "X-Demeure-Token": TOKEN})
    assert answer.status_code == api.status_code == 403
    assert live.rooms.assistant.asked == []


@pytest.mark.parametrize("token", ["", "x", form_token("another"), "é", TOKEN[:-1]])
def test_a_form_needs_the_token_of_its_session(live: Live, token: str) -> None:
    with live.client() as client:
        assert client.post("/demander", data={**FORM, "token": token}).status_code == 403
        header = {"X-Demeure-Token": token.encode()} if token else {}
        assert client.post("/api/ask", json={"question": "?"}, headers=header).status_code == 403
        assert client.delete("/api/documents/d1", headers=header).status_code == 403
        file = {"file": ("a.txt", b"texte")}
        assert client.post("/documents", data={"token": token, "space": "mairie"}, files=file).status_code == 403
        assert client.post("/deconnexion", data={"token": token}).status_code == 403
    assert live.rooms.assistant.asked == []
    assert live.rooms.shelves.received == {}
    assert "claire" in live.rooms.reception.sessions


def test_the_right_token_and_origin_pass(live: Live) -> None:
    with live.client() as client:
        own = {"Origin": live.url, "Sec-Fetch-Site": "same-origin"}
        assert client.post("/demander", data=FORM, headers=own).status_code == 200
        plain_form = {"Origin": "null", "Sec-Fetch-Site": "same-origin"}
        assert client.post("/demander", data=FORM, headers=plain_form).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1", "127.0.0.1:1", "localhost.evil.example:{port}", "", "127.0.0.1:{port}, x"]
)
def test_only_the_house_s_own_names_are_answered(live: Live, host: str) -> None:
    with live.client() as client:
        answer = client.get("/", headers={"Host": host.format(port=live.port)})
    assert answer.status_code in (400, 421)
    assert "Morvan" not in answer.text


def test_localhost_is_one_of_them(live: Live) -> None:
    with live.client() as client:
        assert client.get("/", headers={"Host": f"LocalHost:{live.port}"}).status_code == 200


def test_too_much_is_refused_whether_announced_or_not(live: Live) -> None:
    with live.client() as client:
        announced = client.post("/demander", content=b"x" * (70 << 10))
        assert announced.status_code == 413
        assert announced.headers["connection"] == "close"

        def parts():  # type: ignore[no-untyped-def]
            for _ in range(80):
                yield b"x" * 1024

        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        assert client.post("/demander", content=parts(), headers=headers).status_code == 413


def test_an_error_page_keeps_the_menu_of_who_is_signed_in(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before any handler is reached too: unknown address, method, size, another site, an unexpected failure."""

    async def fails(*_: object) -> None:
        raise RuntimeError

    with live.client() as client:
        pages = [client.get("/nulle-part"), client.post("/maison", data=FORM)]
        pages.append(client.post("/demander", content=b"x" * (70 << 10), headers={"Accept-Language": "en"}))
        assert "65.5" in pages[-1].text or "66\u00a0kB" in pages[-1].text, "the limit in the reader's language"
        pages.append(client.post("/demander", data=FORM, headers={"Origin": "http://evil.example"}))
        monkeypatch.setattr(live.rooms.shelves, "spaces", fails)
        pages.append(client.get("/documents"))
    assert [page.status_code for page in pages] == [404, 405, 413, 403, 500]
    assert all('href="/documents"' in page.text and "Claire" in page.text for page in pages)
    with live.client(None) as client:
        assert 'href="/documents"' not in client.get("/nulle-part").text
    with live.client(Host="evil.example") as client:
        assert 'href="/documents"' not in client.get("/").text, "under a foreign name nobody is anyone"


def test_a_body_that_never_comes_is_given_up(serve: Callable[..., Live]) -> None:
    live = serve(patience=0.3)
    head = (
        f"POST /demander HTTP/1.1\r\nHost: 127.0.0.1:{live.port}\r\nCookie: {live.cookie}=claire\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\nquestion="
    )
    with live.connect() as sock:
        sock.sendall(head.encode())
        began = time.monotonic()
        answer = sock.recv(65536)
    assert answer.startswith(b"HTTP/1.1 408")
    assert time.monotonic() - began < 3


def test_headers_that_never_end_are_given_up(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("demeure.gateway.serving.HELLO_SECONDS", 0.2)
    with live.connect() as sock:
        sock.sendall(b"GET / HTTP/1.1\r\nHost: ")
        with contextlib.suppress(ConnectionResetError):
            assert sock.recv(100) == b""


def test_a_finished_request_is_not_cut_by_that_patience(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("demeure.gateway.serving.HELLO_SECONDS", 0.2)
    live.rooms.assistant.pause = 0.15
    with live.client() as client:
        assert client.post("/demander", data=FORM).status_code == 200
        assert client.get("/").status_code == 200


def test_without_a_journal_only_the_state_is_served(live: Live) -> None:
    live.rooms.journal.failure = JournalUnavailable()
    with live.client(**{"X-Demeure-Token": TOKEN}) as client:
        for path in ("/", "/documents", "/conversation/c1", "/connexion", "/api/spaces", "/lien/premier-lien"):
            answer = client.get(path)
            assert answer.status_code == 503, path
            assert "n’écrit plus" in answer.text
        assert client.post("/demander", data=FORM).status_code == 503
        assert client.post("/api/ask", json={"question": "?"}).status_code == 503
        assert client.get("/api/status").json()["journal"] == "silent"
        page = client.get("/maison")
    assert page.status_code == 200
    assert "Le journal n’écrit plus" in page.text
    assert live.rooms.assistant.asked == []
    assert live.rooms.reception.used == set()


def test_a_journal_on_its_reserve_is_told_on_every_page(live: Live) -> None:
    live.rooms.journal.state = "reserve"
    with live.client() as client:
        assert "Le disque est presque plein" in client.get("/").text
    live.rooms.journal.state = "full"
    with live.client() as client:
        assert client.get("/").status_code == 507


@pytest.mark.parametrize(
    "back", ["//evil.example", "https://evil.example", "/\\evil", "/a?b", "javascript:x", "/%0a"]
)
def test_choices_never_send_elsewhere(live: Live, back: str) -> None:
    with live.client() as client:
        assert client.get("/langue/en", params={"retour": back}).headers["location"] == "/"


def test_language_follows_the_choice_then_the_browser_then_the_house(live: Live) -> None:
    with live.client() as client:
        assert '<html lang="fr"' in client.get("/").text
        assert '<html lang="en"' in client.get("/", headers={"Accept-Language": "de, en-GB;q=0.8"}).text
        assert '<html lang="fr"' in client.get("/", headers={"Accept-Language": "en;q=0.1, fr;q=0.9"}).text
        assert client.get("/langue/en", params={"retour": "/documents"}).headers["location"] == "/documents"
        assert "Your spaces" in client.get("/", headers={"Accept-Language": "fr"}).text
        client.get("/apparence/dark")
        assert 'data-theme="dark"' in client.get("/").text
        client.get("/apparence/<script>")
        assert 'data-theme="dark"' in client.get("/").text


def test_two_requests_on_one_connection_and_a_pipeline(live: Live) -> None:
    request = f"GET /connexion HTTP/1.1\r\nHost: 127.0.0.1:{live.port}\r\n\r\n".encode()
    with live.connect() as sock:
        sock.sendall(request + request)
        sock.settimeout(0.5)
        data = b""
        try:
            while chunk := sock.recv(65536):
                data += chunk
        except TimeoutError:
            pass
    assert data.count(b"HTTP/1.1 200 OK") == 2


def test_level_d_is_shown_on_every_page(serve: Callable[..., Live]) -> None:
    live = serve(FakeRooms(), ladder="D")
    with live.client() as client:
        for path in ("/", "/documents", "/maison", "/absent"):
            assert "sans enfermement" in client.get(path).text


@pytest.mark.parametrize(
    "request_", [b"nonsense\r\n\r\n", b"GET / HTTP/1.1\r\nCookie: \x7f\r\n\r\n", b"\x16\x03\x01\x02"]
)
def test_what_is_not_http_gets_a_shielded_refusal(live: Live, request_: bytes) -> None:
    with live.connect() as sock:
        sock.sendall(request_)
        answer = b""
        while chunk := sock.recv(65536):
            answer += chunk
    assert answer.startswith(b"HTTP/1.1 400")
    assert b"content-security-policy: default-src 'none'" in answer


def test_beyond_so_many_connections_the_next_is_dropped(live: Live, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("demeure.gateway.serving.CONNECTIONS", 3)
    kept = [live.connect() for _ in range(3)]
    time.sleep(0.05)
    with live.connect() as extra, contextlib.suppress(ConnectionResetError):
        assert extra.recv(10) == b""
    for sock in kept:
        sock.close()
    time.sleep(0.05)
    with live.client() as client:
        assert client.get("/").status_code == 200
