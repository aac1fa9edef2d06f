"""Registres, Contrôles, Incidents, Formation opened in a browser: nothing for axe to say, nothing sideways."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from demeure.accountability import seen
from demeure.gateway.incident_room import Asked
from demeure.gateway.register_facts import gather
from demeure.gateway.register_room import seen_now
from demeure.testing.clock import StillClock
from demeure.testing.gateway import FakeRooms
from demeure.testing.people import CLAIRE
from demeure.testing.registers import register_room
from demeure.testing.store import Instance, make_instance

from .conftest import Live
from .looking import SHOTS, looked_at
from .test_browser import browser, page_of, pytestmark

__all__ = ["browser", "pytestmark"]
PAGES = {
    "registres": "/registres",
    "controles": "/registres/controles",
    "echeances": "/registres/echeances",
    "registre": "/registres/registre",
    "textes": "/registres/registre/textes",
    "texte": "/registres/registre/textes/1",
    "incidents": "/registres/incidents",
    "incident": "/registres/incidents/1",
    "formation": "/formation",
    "formations": "/registres/formations",
}


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    made = make_instance(tmp_path)
    yield made
    made.close()


async def _lived_in(live: Live) -> None:
    """A part completed that the house contradicts since, an exercise, a signed version."""
    room = live.house.registers
    assert room is not None
    facts = await gather(live.house)
    sheet = await room.sheet(CLAIRE, "registre", facts)
    shown = next(seen_now(one) for one in sheet.parts if one.section.key == "espace-mairie")
    await room.write(CLAIRE, "registre", "espace-mairie", "- Finalité\u00a0: délivrer les actes", shown, facts)
    base, mine = "- Organisation\u00a0: x", "- Organisation\u00a0: la nôtre"
    room.kept.write("registre", "responsable", mine, base, "p1", seen("", base))
    await room.sign(CLAIRE, "mesures", facts, (await room.sheet(CLAIRE, "mesures", facts)).seen)
    await room.incidents.open(CLAIRE, Asked("Compte d’un agent employé par un tiers", practice=True))


async def _filled(live: Live) -> None:
    """Somebody else writes a field."""
    assert live.house.registers is not None
    await live.house.registers.incidents.fill(CLAIRE, 1, {"contact": "Anne Petit"})


@pytest.mark.parametrize(
    ("size", "theme", "language"),
    [
        ("desk", "dark", "fr"),
        ("phone", "light", "en"),
        pytest.param("desk", "light", "fr", marks=pytest.mark.thorough),
        pytest.param("phone", "dark", "fr", marks=pytest.mark.thorough),
    ],
)
def test_no_accessibility_violation(
    browser: Any, serve: Callable[..., Live], instance: Instance, size: str, theme: str, language: str
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    rooms, clock = FakeRooms(), StillClock()
    live = serve(rooms, registers=register_room(instance.house, clock, rooms.journal), clock=clock)
    with ThreadPoolExecutor(1) as apart:  # the browser has a loop of its own
        apart.submit(asyncio.run, _lived_in(live)).result()
    page = page_of(browser, live, size, theme)
    page.context.add_cookies([{"name": "demeure-language", "value": language, "url": live.url}])
    try:
        for name, path in PAGES.items():
            page.goto(live.url + path)
            looked_at(page, f"{name}-{language}-{size}-{theme}", full_page=True)
        page.goto(live.url + PAGES["incident"])
        with ThreadPoolExecutor(1) as apart:
            apart.submit(asyncio.run, _filled(live)).result()
        page.fill("#measures", "comptes fermés")
        page.click("form[action$='/remplir'] button")
        assert "Anne Petit" in page.content() and page.input_value("#measures") == "comptes fermés"
        page.screenshot(path=SHOTS / f"incident-change-{language}-{size}-{theme}.png", full_page=True)
        assert Axe().run(page).response["violations"] == []
    finally:
        page.context.close()
