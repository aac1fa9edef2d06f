"""Looking at a source in a real browser: beside the conversation, on its own page, by keyboard, without scripts."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from demeure.gateway.house import Exchange
from demeure.testing.dossiers import SNAPSHOT
from demeure.testing.gateway import RULES, TARIFF, FakeRooms
from demeure.workshop import DocumentCorrupt

from .conftest import Live
from .looking import THEMES, looked_at
from .test_browser import CHROMIUM, WIDTHS, asked, browser, page_of

__all__ = ["browser"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: the pages were NOT opened in a browser"),
]
PAGE = "/documents/d1/page/3?passage=12&source=c1.1.1"


@pytest.fixture
def furnished(serve: Callable[..., Live]) -> Live:
    rooms = FakeRooms()
    rooms.shelves.put("Tarifs municipaux 2026.pdf", pages=4, passages=12, embedded=12)
    rooms.shelves.put("Règlement intérieur de la salle des fêtes.odt", passages=9, embedded=9)
    rooms.shelves.put("Inventaire.xlsx", passages=9, embedded=9)
    rows = "\n".join(f"{what} — Quantité : {n} ; Lieu : École" for what, n in (("Tables", 40), ("Bancs", 118)))
    rooms.viewer.passages[40] = ("d3", {"kind": "cells", "sheet": "Mobilier", "range": "A1:C4"}, rows)
    told = "Mme Claire Durand, née le 3 mai 1984, compte FR1420041010050500013M02606, 12 rue des Lilas, 29200 Brest"
    rooms.viewer.passages[42] = ("d1", {"kind": "page", "page": 4}, told)
    rooms.viewer.passages[41] = ("d3", {"kind": "hologram", "depth": 3}, "Un genre de lieu inconnu.")
    rooms.memory.keep("c1", Exchange("1", "Quel tarif ?", "85 € [1].", "done", (TARIFF, RULES)))
    return serve(rooms)


def opened(page: Any, live: Live) -> None:
    asked(page, live)
    page.click("[data-answer] .cite >> nth=0")
    page.wait_for_selector(".side > [data-viewer] .sheet")


def _ready(page: Any, live: Live) -> None:
    live.rooms.dossiers.states["d1"] = SNAPSHOT
    page.goto(live.url + "/documents/d1")


PLACES: dict[str, Callable[[Any, Live], object]] = {
    "source-ouverte": opened,
    "page": lambda page, live: page.goto(live.url + PAGE),
    "page-grande": lambda page, live: page.goto(live.url + PAGE + "&taille=grande"),
    "section": lambda page, live: page.goto(live.url + "/documents/d2/passage/31?source=c1.1.2"),
    "feuille": lambda page, live: page.goto(live.url + "/documents/d3/passage/40"),
    "lieu-inconnu": lambda page, live: page.goto(live.url + "/documents/d3/passage/41"),
    "fiche": lambda page, live: page.goto(live.url + "/documents/d1"),
    "fiche-marques": lambda page, live: page.goto(live.url + "/documents/d1/donnees"),
    "page-sans-image": lambda page, live: page.goto(live.url + "/documents/d1/page/3?passage=12"),
    "fiche-prete": lambda page, live: _ready(page, live),
    "question-sur-un-document": lambda page, live: page.goto(live.url + "/assistant?document=d1"),
    "document-efface": lambda page, live: page.goto(live.url + "/documents/d9/page/3?passage=12&source=c1.1.1"),
}


@pytest.mark.parametrize("size", WIDTHS)
@pytest.mark.parametrize("place", PLACES)
def test_no_accessibility_violation(browser: Any, furnished: Live, place: str, size: str) -> None:
    if place == "page-sans-image":
        furnished.rooms.viewer.failure = DocumentCorrupt(detail="page-damaged")
    page = page_of(browser, furnished, size)
    try:
        PLACES[place](page, furnished)
        page.wait_for_load_state("networkidle")
        page.evaluate(
            "Promise.all([...document.querySelectorAll('.sheet image, .sheet img')].map((i) => i.decode()))"
        )
        refusal = place == "document-efface"  # a browser notes a 404 by itself
        looked_at(page, f"{place}-{size}", THEMES, elsewhere=refusal)
    finally:
        page.context.close()


def test_what_covers_the_edges_of_a_table_is_of_the_colour_under_it(browser: Any, furnished: Live) -> None:
    for theme in ("light", "dark"):
        page = page_of(browser, furnished, theme=theme)
        page.goto(furnished.url + "/documents/d3/passage/40")
        cover, under = page.evaluate(
            """() => { const table = document.querySelector('.viewer .scroll');
            return [getComputedStyle(table).backgroundImage.match(/rgb[^)]*\\)/)[0],
                getComputedStyle(table.closest('.viewer')).backgroundColor]; }"""
        )
        assert cover == under
        page.context.close()


def test_a_citation_opens_the_page_and_the_way_back_closes_it(browser: Any, furnished: Live) -> None:
    page = page_of(browser, furnished)
    opened(page, furnished)
    assert page.evaluate("document.activeElement.id") == "viewed"
    assert page.is_visible(".talk")
    assert not page.is_visible("[data-sources]")
    assert page.locator(".side .sheet rect:not(.edge)").count() == 3
    assert "gratuité deux fois" in page.text_content(".side .quote")
    page.click("[data-nav=next-page]")
    page.wait_for_selector(".side-foot >> text=Page 4 sur 4")
    assert page.evaluate("document.activeElement.id") == "viewed", "there is no next page: the title has the focus"
    page.click(".side .note a")
    page.wait_for_selector(".side-foot >> text=Page 3 sur 4")
    page.go_back()
    page.wait_for_selector("[data-viewer]", state="detached")
    assert page.is_visible("[data-sources]")
    assert page.url.endswith("/conversation/c1")
    assert page.problems == []
    page.context.close()


def test_opening_a_source_does_not_stop_the_answer(browser: Any, furnished: Live) -> None:
    furnished.rooms.assistant.pause = 0.3
    page = page_of(browser, furnished, "phone")
    page.goto(furnished.url + "/")
    page.fill("#question", "Quel tarif ?")
    page.keyboard.press("Enter")
    page.wait_for_selector(".source a[data-view]")
    page.click(".source a[data-view] >> nth=0")
    page.wait_for_selector(".side > [data-viewer] .sheet")
    assert not page.is_visible(".talk"), "on a phone a source has the screen for itself"
    page.keyboard.press("Escape")
    page.wait_for_selector("[data-answer] .cite .vh", state="attached")
    assert furnished.rooms.assistant.stopped == 0
    assert page.is_visible(".talk")
    page.context.close()


def test_closing_on_a_phone_leads_back_to_the_same_place(browser: Any, furnished: Live) -> None:
    long = "Une phrase de la réponse, assez longue pour faire défiler la page du téléphone. " * 40
    furnished.rooms.memory.keep("c1", Exchange("2", "Et encore ?", long + "[1] " + long, "done", (TARIFF, RULES)))
    page = page_of(browser, furnished, "phone")
    page.goto(furnished.url + "/conversation/c1")
    cite = page.locator(".prose .cite").nth(1)
    cite.scroll_into_view_if_needed()
    before = cite.bounding_box()["y"]
    cite.click()
    page.wait_for_selector(".side > [data-viewer] .sheet")
    top = page.locator("[data-viewer] header").bounding_box()["y"]
    assert 0 <= top < 120, "the source begins at the top of the screen"
    page.click("[data-close]")
    page.wait_for_selector("[data-viewer]", state="detached")
    assert abs(cite.bounding_box()["y"] - before) < 4
    assert page.evaluate("document.activeElement.className") == "cite"
    page.context.close()


def test_the_keyboard_is_enough(browser: Any, furnished: Live) -> None:
    page = page_of(browser, furnished)
    page.goto(furnished.url + "/conversation/c1")
    page.focus(".source a[data-view] >> nth=0")
    page.keyboard.press("Enter")
    page.wait_for_selector(".side > [data-viewer] .sheet")
    page.keyboard.press("ArrowLeft")
    page.wait_for_selector(".side-foot >> text=Page 2 sur 4")
    page.focus("[data-nav=previous-page]")
    page.keyboard.press("Enter")
    page.wait_for_selector(".side-foot >> text=Page 1 sur 4")
    page.keyboard.press("Escape")
    page.wait_for_selector("[data-viewer]", state="detached")
    assert page.evaluate("document.activeElement.matches('a[data-view]')")
    page.goto(furnished.url + PAGE)
    page.keyboard.press("ArrowRight")
    page.wait_for_selector(".side-foot >> text=Page 4 sur 4")
    page.context.close()


def test_without_scripts_every_step_is_a_link(browser: Any, furnished: Live) -> None:
    page = page_of(browser, furnished, java_script_enabled=False)
    page.goto(furnished.url + "/conversation/c1")
    page.click(".prose .cite >> nth=0")
    page.click(".source:target a[data-view]")
    assert page.locator(".sheet rect:not(.edge)").count() == 3
    page.click(".picks a >> nth=1")
    assert "attestation d’assurance" in page.text_content("mark")
    page.click(".picks a >> nth=0")
    page.click("[data-nav=previous-passage]")
    assert "Page 2 sur 4" in page.text_content(".side-foot")
    page.click(".way-back a")
    assert page.url.endswith("/conversation/c1#source-1-1")
    with page.expect_download() as saved:
        page.goto(furnished.url + "/documents/d1")
        page.click("text=Télécharger l’original")
    assert saved.value.suggested_filename == "Tarifs municipaux 2026.pdf"
    page.context.close()


def test_an_erased_document_still_shows_what_was_quoted(browser: Any, furnished: Live) -> None:
    gone = replace(TARIFF, document_id="d9")
    furnished.rooms.memory.keep("c1", Exchange("2", "Encore ?", "85 € [1].", "done", (gone,)))
    page = page_of(browser, furnished)
    page.goto(furnished.url + "/conversation/c1")
    page.click("#source-2-1 a[data-view]")
    page.wait_for_selector(".side > [data-viewer] .quote >> text=gratuité deux fois")
    page.click(".side [data-close]")
    page.wait_for_selector("[data-viewer]", state="detached")
    page.context.close()
