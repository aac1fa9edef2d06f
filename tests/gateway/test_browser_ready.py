"""Documents kept ready, in a browser: how far one is read, on its page and under a question, while it goes on."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from demeure.assistant.dossier import Ready
from demeure.testing.dossiers import SNAPSHOT
from demeure.testing.gateway import FakeRooms

from .conftest import Live
from .looking import SHOTS
from .test_browser import browser, page_of, pytestmark
from .test_journal_page import rooms

__all__ = ["browser", "pytestmark", "rooms"]

PREPARING = Ready("preparing", True, True, 20, tokens=6000, seconds=50.0)


def shot(page: Any, name: str) -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"{name}.png")


@pytest.mark.parametrize(("theme", "language"), [("light", "fr"), ("dark", "en")])
def test_the_page_of_a_document_follows_its_reading(
    browser: Any, serve: Callable[..., Live], rooms: FakeRooms, theme: str, language: str
) -> None:
    live = serve(rooms)
    rooms.shelves.put("Tarifs.pdf", pages=4, passages=12)
    states = rooms.dossiers.states
    states["d1"] = Ready("waiting", True, True, tokens=6000, seconds=50.0)
    page = page_of(browser, live, "desk", theme)
    try:
        page.context.add_cookies([{"name": "demeure-language", "value": language, "url": live.url}])
        page.goto(live.url + "/documents/d1")
        french = language == "fr"
        states["d1"] = PREPARING
        page.wait_for_selector("[data-ready] >> text=20")
        said = page.text_content("[data-ready] [data-share]").replace("\N{NO-BREAK SPACE}", " ")
        assert ("encore environ 40 s si personne" if french else "about 40 s left if nobody") in said
        assert page.get_attribute("[data-ready] progress", "value") == "20"
        page.focus("[data-ready] button")
        shot(page, f"document-lu-{theme}")
        states["d1"] = replace(PREPARING, share=55)
        page.wait_for_selector("[data-ready] progress[value='55']")
        assert page.evaluate(
            "document.activeElement.closest('[data-ready]') && document.activeElement.tagName"
        ) == ("BUTTON"), "whoever is on the button stays on it"
        assert "55" in page.text_content("[data-ready-said]"), "said aloud at another quarter"
        states["d1"] = SNAPSHOT
        page.wait_for_selector("[data-ready] [data-is=ok]")
        assert page.locator("[data-ready] progress").count() == 0
        assert ("aussitôt" if french else "at once") in page.text_content("[data-ready-said]")
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.wait_for_timeout(2500)
        assert not [url for url in asked if url.endswith("/pret")], "nothing is left to follow"
    finally:
        page.context.close()


@pytest.mark.parametrize(("theme", "language"), [("light", "fr"), ("dark", "en")])
def test_a_question_says_how_far_its_document_is_read(
    browser: Any, serve: Callable[..., Live], rooms: FakeRooms, theme: str, language: str
) -> None:
    live = serve(rooms)
    rooms.shelves.put("Tarifs.pdf", pages=4, passages=12)
    rooms.assistant.whole, rooms.assistant.pause = True, 0.7
    rooms.assistant.read = ((3, None), (35, 41.0), (60, 20.0), (100, 0.0))
    page = page_of(browser, live, "desk", theme)
    read, reading = (
        ("Lu en entier", "Lecture en entier") if language == "fr" else ("Read in full", "Reading in full")
    )
    try:
        page.context.add_cookies([{"name": "demeure-language", "value": language, "url": live.url}])
        page.goto(live.url + "/assistant?document=d1")
        page.fill("#question", "Quel tarif ?")
        page.keyboard.press("Enter")
        page.wait_for_selector("[data-share]:visible >> text=35")
        trail = page.text_content("[data-answer] .trail")
        assert ("2 passages à lire" if language == "fr" else "2 passages to read") in trail
        assert reading in trail and read not in trail and page.is_hidden("[data-answer] [data-writing]")
        assert page.get_attribute("[data-share] progress", "aria-label")
        shot(page, f"question-lue-{theme}")
        assert "\u00a0% lus" in page.text_content("[data-answer] [aria-live=polite]").replace(
            "% read", "\u00a0% lus"
        )
        page.wait_for_selector(f"[data-answer] .trail >> text={read}")
        assert page.is_hidden("[data-answer] [data-share]") and page.is_visible("[data-answer] [data-writing]")
        page.wait_for_selector("[data-answer] [data-again]")
        assert reading not in page.text_content("[data-answer] .trail")
    finally:
        page.context.close()
