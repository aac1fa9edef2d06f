"""Journal, chain, receipt and checkpoint opened in a browser: nothing for axe to say, nothing sideways."""

from collections.abc import Callable
from typing import Any

import pytest

from demeure.testing.gateway import FakeRooms

from .conftest import Live
from .looking import THEMES, looked_at
from .test_browser import WIDTHS, browser, page_of, pytestmark
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


@pytest.mark.parametrize("size", WIDTHS)
@pytest.mark.parametrize("place", PLACES)
def test_no_accessibility_violation(
    browser: Any, serve: Callable[..., Live], rooms: FakeRooms, place: str, size: str
) -> None:
    live = serve(rooms)
    page = page_of(browser, live, size)
    try:
        page.goto(live.url + PLACES[place])
        for fold in page.locator("main details.fold summary").all():
            fold.click()
        looked_at(page, f"{place}-{size}", THEMES, full_page=True)
    finally:
        page.context.close()
