"""The page Version in a browser: nothing for axe to say, nothing sideways."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from demeure.clock import iso
from demeure.release.standing import Release
from demeure.testing.gateway import FakeRooms

from .conftest import Live
from .looking import SHOTS
from .test_browser import browser, page_of, pytestmark
from .test_version_page import PAGE

__all__ = ["browser", "pytestmark"]
NOW = datetime.now(UTC)
RELEASE = Release("0.2.0", iso(NOW - timedelta(days=90)), iso(NOW - timedelta(days=3)), "0.1.0", True)


@pytest.mark.parametrize(
    ("size", "theme", "language", "release"),
    [("desk", "light", "fr", RELEASE), ("phone", "dark", "fr", RELEASE), ("desk", "dark", "en", None)],
)
def test_no_accessibility_violation(
    browser: Any, serve: Callable[..., Live], size: str, theme: str, language: str, release: Release | None
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    rooms = FakeRooms()
    rooms.release = release
    live = serve(rooms)
    page = page_of(browser, live, size, theme)
    page.context.add_cookies([{"name": "demeure-language", "value": language, "url": live.url}])
    try:
        page.goto(live.url + PAGE)
        SHOTS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=SHOTS / f"version-{language}-{size}-{theme}.png", full_page=True)
        found = Axe().run(page).response["violations"]
        assert [(v["id"], [n["html"][:120] for n in v["nodes"]]) for v in found] == []
        sideways = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert sideways <= 0, "the page scrolls sideways"
        assert page.problems == []
    finally:
        page.context.close()
