"""Journal, chain, receipt and checkpoint opened in a browser: nothing for axe to say, nothing sideways."""

from collections.abc import Callable
from typing import Any

import pytest

from demeure.testing.gateway import FakeRooms

from .conftest import Live
from .test_browser import SHOTS, WIDTHS, browser, page_of, pytestmark
from .test_journal_page import rooms

__all__ = ["browser", "pytestmark", "rooms"]
CHAIN = "c" * 32
PLACES = {
    "journal": "/journal",
    "journal-tous": "/journal?tous=1&genre=answer",
    "journal-chaine": f"/journal/chaine/{CHAIN}",
    "recu": f"/journal/recu/{CHAIN}",
    "point-de-controle": "/journal/point-de-controle",
    "effacement": "/journal/effacement",
}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", WIDTHS)
@pytest.mark.parametrize("place", PLACES)
def test_no_accessibility_violation(
    browser: Any, serve: Callable[..., Live], rooms: FakeRooms, place: str, size: str, theme: str
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    live = serve(rooms)
    page = page_of(browser, live, size, theme)
    try:
        page.goto(live.url + PLACES[place])
        for fold in page.locator("main details.fold summary").all():
            fold.click()
        SHOTS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=SHOTS / f"{place}-{size}-{theme}.png", full_page=True)
        found = Axe().run(page).response["violations"]
        assert [(v["id"], [n["html"][:120] for n in v["nodes"]]) for v in found] == []
        sideways = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert sideways <= 0, "the page scrolls sideways"
        assert page.problems == []
    finally:
        page.context.close()
