"""Prestataires, Qui est entré, Console and the notice that someone is here, opened in a browser: nothing for axe to
say, nothing sideways, and the one button that closes."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from demeure.contractors import Told
from demeure.errors import DemeureError
from demeure.testing.contractors import FIRM, Town

from .conftest import Live, _rendering
from .looking import SHOTS
from .test_browser import browser, page_of, pytestmark

__all__ = ["browser", "pytestmark"]


def done(work: Coroutine[Any, Any, Any]) -> Any:
    """``work``, beside the loop that drives the browser."""
    with ThreadPoolExecutor(1) as beside:
        return beside.submit(asyncio.run, work).result(60)


ROOM = """[...document.querySelectorAll('li.line')].filter((one) => one.querySelector(':scope > .what + .state'))
  .map((one) => one.querySelector('.what').offsetWidth / one.offsetWidth)"""
"""How much of each row that has a state is left to its words."""


@pytest.fixture
def town(tmp_path: Path) -> Any:
    made = Town(tmp_path, _rendering())
    other = Told(**vars(FIRM) | {"name": "Cabinet Lenoir Archivage et numérisation", "annex": "", "contacts": ""})
    made.room._register.put(other, "machine")
    yield made
    done(made.aclose())


async def furnished(town: Town) -> str:
    """A visit that is over, one that goes on, one that waits; Paul's session."""
    secret = town.second_proof(town.paul)
    first = await town.opened("diagnosis", 30)
    for line in ("help", "bundle machine", "cat /etc/passwd"):
        with suppress(DemeureError):  # what is refused is recorded too
            await town.typed(line)
    await town.room.close(town.roles["dpo"], first)
    await town.opened("update", 90)
    town.clock.forward(seconds=60)
    await town.opened("supervision", 90)
    session = await town.come_in(secret)
    for line in ("status", "disk", "journal"):
        await town.typed(line)
    return session


@pytest.mark.parametrize(
    ("size", "theme", "language"),
    [
        ("desk", "light", "fr"),
        ("phone", "dark", "en"),
        pytest.param("desk", "dark", "en", marks=pytest.mark.thorough),
        pytest.param("phone", "light", "fr", marks=pytest.mark.thorough),
    ],
)
def test_its_pages(
    browser: Any, serve: Callable[..., Live], town: Town, size: str, theme: str, language: str
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    paul = done(furnished(town))
    live = serve(town.rooms, safeguards=town.entrance.safeguards, clock=town.clock)
    sessions = {"administrator": town.session("administrator"), "agent": town.session("agent"), "paul": paul}
    page = page_of(browser, live, size, theme)
    pages = [
        ("prestataires", "administrator", "/prestataires"),
        ("corriger", "administrator", f"/prestataires?corriger={town.company}"),
        ("visites", "administrator", "/prestataires/visites"),
        ("visite", "administrator", "/prestataires/visites/1"),
        ("souverainete-presence", "administrator", "/souverainete"),
        ("presence", "agent", "/compte"),
        ("console", "paul", "/console"),
    ]
    try:
        for name, who, path in pages:
            cookies = [(live.cookie, sessions[who]), ("demeure-language", language)]
            page.context.add_cookies([{"name": k, "value": v, "url": live.url} for k, v in cookies])
            assert page.goto(live.url + path).status == 200, name
            SHOTS.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=SHOTS / f"{name}-{language}-{size}-{theme}.png", full_page=True)
            found = Axe().run(page).response["violations"]
            assert [(v["id"], [n["html"][:120] for n in v["nodes"]]) for v in found] == [], name
            sideways = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert sideways <= 0, f"{name} scrolls sideways"
            room = page.evaluate(ROOM)
            assert all(share > (0.8 if size == "phone" else 0.5) for share in room), f"{name}: rows squeezed {room}"
            assert page.problems == [], name
            assert "Ouest Infogérance" in page.text_content(".house-notice"), f"{name}: everyone sees who is here"
        page.fill("#ligne", "window")
        page.press("#ligne", "Enter")
        page.wait_for_load_state()
        assert "minutes_left" in page.text_content("pre.console")
        page.context.add_cookies([{"name": live.cookie, "value": sessions["administrator"], "url": live.url}])
        page.goto(live.url + "/compte")
        page.click(".house-notice button")
        page.wait_for_url("**/prestataires/visites?fait=fermee")
        assert page.query_selector(".house-notice [data-until]") is None
        page.goto(live.url + "/")
        page.screenshot(path=SHOTS / f"accueil-{language}-{size}-{theme}.png", full_page=True)
        assert page.query_selector("p.note a[href='/prestataires/visites']") is not None
        assert [one["id"] for one in Axe().run(page).response["violations"]] == []
        page.context.add_cookies([{"name": live.cookie, "value": paul, "url": live.url}])
        assert "/connexion" in page.goto(live.url + "/console").url or page.query_selector("#ligne") is None
    finally:
        page.context.close()
