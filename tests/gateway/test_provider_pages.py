"""The button of the sign-in page, the way to an identity provider and back: pages, cookies, a real browser."""

import asyncio
import re
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from provider_ends import CLIENT, Scripted

from demeure.gateway.entrance import Entrance
from demeure.gateway.provider_room import OUT, ProviderRoom
from demeure.identity import Half, figures
from demeure.identity.one_time import STEP
from demeure.policy import Role
from demeure.providers import Linking, keep
from demeure.settings import Settings
from demeure.testing.clock import StillClock
from demeure.testing.gateway import FakeRooms
from demeure.testing.identity import CHEAP
from demeure.testing.journal import MemoryJournal
from demeure.testing.store import make_instance
from demeure.wire import Reply

from .conftest import Live
from .looking import SHOTS
from .test_browser import browser, page_of

__all__ = ["browser"]


class Line:
    """A route that is open."""

    def serves(self, route: str) -> bool:
        return route == "pro"


class Room(ProviderRoom):
    """Asks a scripted provider without an airlock between."""

    scripted: Scripted
    straight = True

    def leads(self, one: Any) -> bool:
        return self.straight

    async def _client(self, one: Any) -> str:
        return CLIENT

    async def _ask(self, one: Any, body: dict[str, Any]) -> Any:
        form = body.get("form")
        if form is not None:
            told = self.scripted._json({"id_token": self.scripted.token(), "access_token": "at-1"})
        else:
            told = self.scripted(f"GET {body['path']} HTTP/1.1".encode(), b"")
        head, _, data = told.partition(b"\r\n\r\n")
        return Reply({"status": int(head.split(b" ")[1]), "type": "application/json"}, data)


class Town:
    """``provider``: what the browser meets at the other end, on « localhost »: another site than 127.0.0.1.
    ``left``: what it was told when somebody signed out there."""

    def __init__(self, folder: Path) -> None:
        self.clock, self.journal = StillClock(), MemoryJournal()
        self.instance = make_instance(folder / "data", clock=self.clock)
        self.entrance = Entrance(self.instance.house, self.clock, Settings(), self.journal, parameters=CHEAP)
        self.scripted = Scripted(now=self.clock.now().timestamp())
        self.scripted.claims = {"preferred_username": "anne", "name": "Anne Petit"}
        town, self.left = self, list[dict[str, str]]()

        class Far(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked = {key: values[0] for key, values in parse_qs(urlsplit(self.path).query).items()}
                if self.path.startswith("/end"):
                    town.left.append(asked)
                    self.send_response(302)
                    self.send_header("Location", f"{asked['post_logout_redirect_uri']}?state={asked['state']}")
                    self.end_headers()
                    return
                town.scripted.nonce = asked["nonce"]
                self.send_response(302)
                self.send_header("Location", f"{asked['redirect_uri']}?state={asked['state']}&code=good")
                self.end_headers()

            def log_message(self, *args: object) -> None:
                del args

        self.far = ThreadingHTTPServer(("127.0.0.1", 0), Far)
        threading.Thread(target=self.far.serve_forever, daemon=True).start()
        self.scripted.issuer = f"http://localhost:{self.far.server_port}"
        parts: Any = (
            Linking(self.instance.house, self.clock),
            self.entrance.people,
            Line(),
            self.journal,
            self.clock,
        )
        self.room = Room(folder, *parts)
        self.room.scripted = self.scripted
        head = f'route = "pro"\nclass = "interne"\nissuer = "{self.scripted.issuer}"\nlabel = "ProConnect"\n'
        keep(folder, "pro", head + "create = true\n")

    def serve(self, serve: Callable[..., Live]) -> Live:
        rooms = FakeRooms()
        rooms.reception, rooms.account = self.entrance.reception, self.entrance.account  # type: ignore[assignment]
        rooms.directory, rooms.journal = self.entrance.directory, self.journal  # type: ignore[assignment]
        return serve(rooms, providers=self.room, safeguards=self.entrance.safeguards, clock=self.clock)

    def close(self) -> None:
        self.far.shutdown()
        self.far.server_close()
        ending = threading.Thread(
            target=lambda: asyncio.run(self.entrance.aclose())
        )  # a browser has its own loop here
        ending.start()
        ending.join()
        self.instance.close()


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = Town(tmp_path)
    yield made
    made.close()


def way(client: httpx.Client, back: str = "") -> dict[str, str]:
    """The first step; what the provider is asked."""
    answer = client.get(f"/connexion/par/pro{back}")
    assert answer.status_code == 303, answer.text
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie and "samesite=lax" in cookie.lower() and "Path=/connexion/retour" in cookie
    return {key: values[0] for key, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}


def test_the_way_there_and_back_opens_a_session(town: Town, serve: Callable[..., Live]) -> None:
    live = town.serve(serve)
    with live.client(None) as client:
        page = client.get("/documents", headers={"Accept": "text/html"})
        assert 'href="/connexion/par/pro?retour=/documents"' in page.text and "Entrer avec ProConnect" in page.text
        asked = way(client, "?retour=/documents")
        assert asked["redirect_uri"] == f"{live.url}/connexion/retour"
        town.scripted.nonce = asked["nonce"]
        came = client.get("/connexion/retour", params={"state": asked["state"], "code": "good"})
        assert came.status_code == 200 and 'content="0;url=/documents"' in came.text
        cookies = came.headers.get_list("set-cookie")
        (session,) = [one for one in cookies if one.startswith(live.cookie)]
        assert "HttpOnly" in session and "samesite=strict" in session.lower()
        assert any(one.startswith("demeure-way-in=") and "Max-Age=0" in one for one in cookies)
        assert [one.name for one in town.entrance.people.everyone()] == ["Anne Petit"]


def test_a_sensitive_act_asks_who_was_let_in_unseen(town: Town, serve: Callable[..., Live]) -> None:
    """And leads to where they can show it."""
    live = town.serve(serve)
    with live.client(None) as client:

        def begin(back: str = "") -> None:
            asked = way(client, back)
            town.scripted.nonce = asked["nonce"]
            came = client.get("/connexion/retour", params={"state": asked["state"], "code": "good"})
            assert came.status_code == 200

        begin()
        page = client.get("/compte/securite")
        token = re.findall(r'name="token" value="([^"]+)"', page.text)[0]
        asked_again = client.post("/compte/securite/application", data={"token": token})
        again = 'href="/connexion/par/pro?montrer=1&amp;retour=/compte/securite"'
        assert asked_again.status_code == 403 and again in asked_again.text, "to the page of that form"
        town.scripted.claims |= {"auth_time": int(town.scripted.now)}
        begin("?montrer=1")
        token = re.findall(r'name="token" value="([^"]+)"', client.get("/compte/securite").text)[0]
        assert client.post("/compte/securite/application", data={"token": token}).status_code != 403


def test_what_goes_wrong_is_told_on_the_sign_in_page(town: Town, serve: Callable[..., Live]) -> None:
    live = town.serve(serve)
    with live.client(None) as client:
        asked = way(client)
        over = client.get("/connexion/retour", params={"state": "x" * 43, "code": "good"})
        assert over.status_code == 403 and "Recommencez" in over.text and 'name="login"' in over.text
        asked = way(client)
        declined = client.get("/connexion/retour", params={"state": asked["state"], "error": "access_denied"})
        assert declined.status_code == 403 and "access_denied" in declined.text
        asked = way(client)
        lost = httpx.Client(base_url=live.url, trust_env=False)  # another browser
        with lost:
            said = {"state": asked["state"], "code": "good"}
            assert lost.get("/connexion/retour", params=said).status_code == 403
        assert client.get("/connexion/par/autre").status_code == 404
        assert client.get("/connexion/par/pro?retour=//mechant.test").status_code == 303
        for _ in range(12):
            last = client.get("/connexion/par/pro")
        assert last.status_code == 429, "nobody makes the house ask without end"
        assert not town.entrance.people.everyone()


def test_a_house_without_provider_shows_no_button(serve: Callable[..., Live]) -> None:
    live = serve(FakeRooms())
    with live.client(None) as client:
        assert "/connexion/par/" not in client.get("/connexion").text
        assert client.get("/connexion/par/pro").status_code == 404


def come_in(town: Town, client: httpx.Client) -> str:
    """Signed in by the provider; the form token of the session."""
    asked = way(client)
    town.scripted.nonce = asked["nonce"]
    came = client.get("/connexion/retour", params={"state": asked["state"], "code": "good"})
    assert came.status_code == 200
    return re.findall(r'name="token" value="([^"]+)"', client.get("/compte").text)[0]


def test_who_signs_out_signs_out_at_the_provider_too(town: Town, serve: Callable[..., Live]) -> None:
    town.scripted.description = {"end_session_endpoint": f"{town.scripted.issuer}/end"}
    live = town.serve(serve)
    with live.client(None) as client:
        left = client.post("/deconnexion", data={"token": come_in(town, client)})
        assert left.status_code == 200 and any("Max-Age=0" in one for one in left.headers.get_list("set-cookie"))
        (there,) = re.findall(r'content="0;url=([^"]+)"', left.text)
        address = there.replace("&amp;", "&")
        assert address.startswith(f"{town.scripted.issuer}/end?")
        asked = {key: values[0] for key, values in parse_qs(urlsplit(address).query).items()}
        assert (asked["client_id"], asked["post_logout_redirect_uri"]) == (CLIENT, f"{live.url}/connexion/retour")
        assert asked["id_token_hint"].count(".") == 2 and asked["state"].startswith(OUT)
        assert client.get("/compte").status_code == 401, "it is over here, whatever happens there"
        back = client.get("/connexion/retour", params={"state": asked["state"]})
        assert back.status_code == 200 and "Vous êtes déconnecté, ici et chez" in back.text
        again = client.get("/connexion/retour", params={"state": asked["state"]})
        assert again.status_code == 200 and "déconnecté" not in again.text, "it is told once"
        assert client.get("/compte").status_code == 401, "and that return opens nothing"


def test_a_link_to_the_return_says_nothing_and_takes_nothing(town: Town, serve: Callable[..., Live]) -> None:
    """Only whom we sent to sign out there is told so; a sign-in under way goes on."""
    town.scripted.description = {"end_session_endpoint": f"{town.scripted.issuer}/end"}
    live = town.serve(serve)
    with live.client(None) as client:
        asked = way(client)
        for more in ({}, {"error": "e"}):
            told = client.get("/connexion/retour", params={"state": f"{OUT}x", **more})
            assert told.status_code == 200 and "déconnecté" not in told.text
        town.scripted.nonce = asked["nonce"]
        assert client.get("/connexion/retour", params={"state": asked["state"], "code": "good"}).status_code == 200
        assert client.get("/compte").status_code == 200
    with live.client(None) as client:
        left = client.post("/deconnexion", data={"token": come_in(town, client)})
        (state,) = re.findall(rf"state=({OUT}[A-Za-z0-9_-]+)", left.text)[:1]
        assert not re.findall(r'<a [^>]*href="/connexion"', left.text), "nobody has the time to choose it"
        refused = client.get("/connexion/retour", params={"state": state, "error": "server_error"})
        assert "déconnecté d’ici" in refused.text and "ici et chez" not in refused.text


@pytest.mark.parametrize("how", ["silent", "broken"])
def test_the_session_ends_before_anybody_outside_is_asked(
    town: Town, serve: Callable[..., Live], monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    town.scripted.description = {"end_session_endpoint": f"{town.scripted.issuer}/end"}
    monkeypatch.setattr("demeure.gateway.provider_room.AWAY", 0.3)
    live, open_then = town.serve(serve), list[bool]()
    with live.client(None) as client:
        token = come_in(town, client)
        town.room.forget_known()
        (session,) = [value for name, value in client.cookies.items() if "demeure" in name and "way-in" not in name]

        async def ask(_one: Any, _body: dict[str, Any]) -> Any:
            open_then.append(await town.entrance.reception.guest(session) is not None)
            if how == "broken":
                raise OSError("no airlock is born")
            await asyncio.sleep(60)

        assert town.entrance.people.step.way(session)[0] == "pro"
        monkeypatch.setattr(town.room, "_ask", ask)
        left = client.post("/deconnexion", data={"token": token}, timeout=10)
        assert (left.status_code, left.headers["location"]) == (303, "/connexion")
        assert open_then == [False] and client.get("/compte").status_code == 401


def test_a_provider_that_offers_no_way_out_is_left_alone(town: Town, serve: Callable[..., Live]) -> None:
    live = town.serve(serve)
    for told in ({}, {"end_session_endpoint": "https://elsewhere.test/end"}):
        town.scripted.description = told
        town.room.forget_known()
        with live.client(None) as client:
            left = client.post("/deconnexion", data={"token": come_in(town, client)})
            assert (left.status_code, left.headers["location"]) == (303, "/connexion")


def test_a_declaration_may_keep_who_signs_out_signed_in_there(
    town: Town, serve: Callable[..., Live], tmp_path: Path
) -> None:
    town.scripted.description = {"end_session_endpoint": f"{town.scripted.issuer}/end"}
    head = f'route = "pro"\nclass = "interne"\nissuer = "{town.scripted.issuer}"\nlabel = "ProConnect"\n'
    keep(tmp_path, "pro", head + "create = true\nlogout = false\n")
    live = town.serve(serve)
    with live.client(None) as client:
        left = client.post("/deconnexion", data={"token": come_in(town, client)})
        assert (left.status_code, left.headers["location"]) == (303, "/connexion")


def test_a_second_proof_of_the_house_keeps_the_way_out(town: Town) -> None:
    """Half a session becomes a whole one, which still knows by whom it came."""
    people = town.entrance.people
    factors = people.factors
    person = people.add("Bo Le Gall", "bo", Role.AGENT)
    secret, session = factors.begin_totp(person.id), b"s" * 32
    factors.confirm_totp(person.id, "", figures(secret, int(town.clock.now().timestamp()) // STEP), session)
    town.clock.forward(minutes=1)
    half = people.step.come_in(person.id, way=("pro", "a.b.c"))
    assert isinstance(half.token, Half) and people.step.way(half.token) == ("", "")
    code = figures(secret, int(town.clock.now().timestamp()) // STEP)
    done = people.step.finish(half.token, code, people.lockout.begin("bo", ""))
    assert done is not None and people.step.way(done[0].token) == ("pro", "a.b.c")


def test_a_route_that_was_changed_lets_nobody_in_and_says_so(town: Town, serve: Callable[..., Live]) -> None:
    live = town.serve(serve)
    town.room.straight = False
    with live.client(None) as client:
        told = client.get("/connexion/par/pro")
        assert told.status_code == 502 and "a été changée depuis" in told.text and 'name="login"' in told.text
        assert not town.scripted.asked, "nothing was asked of whoever is there now"


@pytest.mark.parametrize(("size", "theme", "language"), [("desk", "light", "fr"), ("phone", "dark", "en")])
def test_a_browser_signs_out_there_too(
    browser: Any, town: Town, serve: Callable[..., Live], size: str, theme: str, language: str
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    town.scripted.description = {"end_session_endpoint": f"{town.scripted.issuer}/end"}
    live = town.serve(serve)
    page = page_of(browser, live, size, theme)
    page.context.clear_cookies()
    page.context.add_cookies([{"name": "demeure-language", "value": language, "url": live.url}])
    try:
        page.goto(f"{live.url}/connexion?retour=/compte")
        page.locator("a[href^='/connexion/par/pro']").click()
        page.wait_for_url("**/compte")
        page.locator("form[action='/deconnexion'] button").first.evaluate("button => button.form.submit()")
        page.wait_for_url("**/connexion/retour?state=sortie-*")
        assert len(town.left) == 1 and town.left[0]["id_token_hint"]
        page.screenshot(path=SHOTS / f"deconnexion-fournisseur-{language}-{size}-{theme}.png", full_page=True)
        found = Axe().run(page).response["violations"]
        assert [(v["id"], [n["html"][:120] for n in v["nodes"]]) for v in found] == []
    finally:
        page.context.close()


@pytest.mark.parametrize(("size", "theme", "language"), [("desk", "light", "fr"), ("phone", "dark", "en")])
def test_a_browser_goes_and_comes_back(
    browser: Any, town: Town, serve: Callable[..., Live], size: str, theme: str, language: str
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    live = town.serve(serve)
    page = page_of(browser, live, size, theme)
    page.context.clear_cookies()
    page.context.add_cookies([{"name": "demeure-language", "value": language, "url": live.url}])
    try:
        page.goto(f"{live.url}/connexion?retour=/documents")
        SHOTS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=SHOTS / f"connexion-fournisseur-{language}-{size}-{theme}.png", full_page=True)
        found = Axe().run(page).response["violations"]
        assert [(v["id"], [n["html"][:120] for n in v["nodes"]]) for v in found] == []
        page.locator("a[href^='/connexion/par/pro']").click()
        page.wait_for_url("**/documents")
        assert "Anne Petit" in page.content(), "the strict cookie is sent: a page of ours led there"
        assert page.context.cookies(live.url)[0]["name"]
    finally:
        page.context.close()
