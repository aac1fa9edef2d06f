"""Souveraineté and its proof opened in a browser: nothing for axe to say, nothing sideways."""

from collections.abc import Callable
from typing import Any

import pytest

from demeure.proof import BLOCKED, INCONCLUSIVE, OPEN
from demeure.testing.clock import StillClock
from demeure.testing.gateway import FakeRooms

from .conftest import Live
from .looking import looked_at
from .test_browser import browser, page_of, pytestmark
from .test_sovereignty import KEYS, LISTENER, clock, proved, rooms

__all__ = ["browser", "clock", "pytestmark", "rooms"]
STATES: dict[str, tuple[str, ...]] = {
    "verte": (BLOCKED,) * 6,
    "rouge": (BLOCKED, OPEN, INCONCLUSIVE),
    "jamais": (),
    "fait-rouge": (BLOCKED,) * 6,
}
REDS = {"fait-rouge": (KEYS, LISTENER)}
NOISE = [
    {"kind": kind, "library": library, "first": "telemetry.example.invalid", "count": count}
    for library, kind, count in (
        ("chatty_metrics", "connect", 12_480),
        ("chatty_metrics", "name", 12_480),
        ("a_library_with_a_very_long_name_that_no_table_expects_on_a_phone", "program", 3),
        ("", "more", 7),
    )
]
"""What boxes refused, in the states where something is red."""
PAGES = {"souverainete": "/souverainete", "preuve": "/souverainete/preuve", "preuves": "/souverainete/preuves"}


@pytest.mark.parametrize(
    ("size", "theme", "language"),
    [("desk", "light", "fr"), ("desk", "dark", "en"), ("phone", "light", "en"), ("phone", "dark", "fr")],
)
@pytest.mark.parametrize("state", STATES)
def test_no_accessibility_violation(
    browser: Any,
    serve: Callable[..., Live],
    rooms: FakeRooms,
    clock: StillClock,
    state: str,
    size: str,
    theme: str,
    language: str,
) -> None:
    if STATES[state]:
        proved(rooms, clock, *STATES[state], reds=REDS.get(state, ()))
    if state in REDS:
        rooms.porter.state["processes"][2]["refused"] = NOISE[:2]
        rooms.porter.state["processes"][3]["refused"] = NOISE[2:]
    live = serve(rooms, clock=clock)
    page = page_of(browser, live, size, theme)
    page.context.add_cookies([{"name": "demeure-language", "value": language, "url": live.url}])
    try:
        for name, path in PAGES.items():
            if name == "preuve" and not STATES[state]:
                continue
            page.goto(live.url + path)
            looked_at(page, f"{name}-{state}-{language}-{size}-{theme}", full_page=True)
    finally:
        page.context.close()
