"""The plots of Supervision in a browser: what is written beside them is whole."""

from collections.abc import Callable
from typing import Any

import pytest

from demeure.supervision import COUNT, MEASURES, Supervision
from demeure.testing.clock import StillClock
from demeure.testing.gateway import FakeRooms

from .conftest import Live
from .looking import SHOTS
from .test_browser import browser, page_of, pytestmark

__all__ = ["browser", "pytestmark"]
CUT = """() => [...document.querySelectorAll('.chart text')].filter(one => {
    const box = one.getBBox(); return box.x < 0 || box.x + box.width > 300;
}).map(one => one.closest('figure').querySelector('h3').textContent + ' ' + one.textContent)"""
MOST = {"celsius": 100.0, "days": 3650.0, "ratio": 1.0, "seconds": 3e7, "": 9e8, "tokens_per_second": 9e4}
PEAKS = [0.3, 6.0, 900.0, 8_000.0, 90_000.0, 600_000.0, 7e6, 9e11]


def peaking(clock: StillClock, value: float) -> Supervision:
    """Every measure at ``value``, over an hour."""
    seen = Supervision(clock)
    for _ in range(60):
        for one in MEASURES.values():
            if one.kind == COUNT:
                seen.count(one.name, max(int(min(value, MOST[""])) // 60, 1))
        levels = {one.name: min(value, MOST.get(one.unit, value)) for one in MEASURES.values() if one.kind != COUNT}
        seen.take(levels)
        clock.forward(minutes=1)
    return seen


@pytest.mark.parametrize("language", ["fr", "en"])
def test_no_number_beside_a_plot_is_cut(browser: Any, serve: Callable[..., Live], language: str) -> None:
    for value in PEAKS:
        clock = StillClock()
        live = serve(FakeRooms(), clock=clock, supervision=peaking(clock, value))
        page = page_of(browser, live, "desk", "dark" if language == "en" else "light")
        page.context.add_cookies([{"name": "demeure-language", "value": language, "url": live.url}])
        try:
            page.set_viewport_size({"width": 1280, "height": 800})
            page.goto(f"{live.url}/administration/supervision")
            SHOTS.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=SHOTS / f"supervision-{language}-{value:g}.png", full_page=True)
            assert page.locator(".chart").count() > 6
            assert page.evaluate(CUT) == [], value
        finally:
            page.context.close()
