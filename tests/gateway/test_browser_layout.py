"""Where things stand on a page, measured in a browser at the widths of an office and of a phone: columns wide
enough to be read, nothing cut, what goes together in line, one compact row of pages."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from demeure.gateway.house import Exchange
from demeure.gateway.pages.administration import SUBPAGES
from demeure.testing.gateway import FakeRooms

from .conftest import Live
from .looking import looked_at
from .test_browser import browser, furnished, page_of, pytestmark
from .test_browser_small import BOX
from .test_task_browser import summarised

__all__ = ["browser", "furnished", "pytestmark"]
OFFICE = (1280, 1366, 1440)


def boxes(page: Any, selector: str) -> list[list[float]]:
    """Top, bottom, left and right of each, in pixels."""
    return [one.evaluate(BOX) for one in page.locator(selector).all()]


def test_what_was_asked_of_a_task_is_read_in_whole_words(browser: Any, furnished: Live) -> None:
    page = page_of(browser, furnished)
    try:
        page.set_viewport_size({"width": 1280, "height": 900})
        summarised(page, furnished)
        said, names = boxes(page, ".facts.told dd"), boxes(page, ".facts.told dt")
        assert len(said) >= 3 and min(right - left for *_, left, right in said) > 200, said
        assert {round(left) for *_, left, _ in [*said, *names]} == {round(said[0][2])}, "not in line"
    finally:
        page.context.close()


@pytest.mark.parametrize("width", OFFICE)
def test_the_models_and_their_buttons_hold_in_the_page(browser: Any, furnished: Live, width: int) -> None:
    lines = furnished.rooms.models.lines  # with the names that the catalogue gives them
    lines[0] = replace(lines[0], title_fr="Qwen2.5-Coder 1,5 milliard (modèle de départ)")
    lines[1] = replace(lines[1], title_fr="multilingual-e5-small (recherche par le sens)", used_for="embed")
    page = page_of(browser, furnished)
    try:
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(furnished.url + "/administration/modeles")
        room, buttons = boxes(page, ".scroll")[0], boxes(page, ".scroll >> nth=0 >> button")
        cells = boxes(page, ".scroll >> nth=0 >> td:last-child")
        assert buttons and max(right for *_, right in buttons) <= room[3], (buttons, room)
        assert max(right for *_, right in buttons) <= max(right for *_, right in cells), "out of their column"
    finally:
        page.context.close()


@pytest.mark.parametrize("width", OFFICE)
def test_each_new_task_has_the_width_of_its_words(browser: Any, furnished: Live, width: int) -> None:
    page = page_of(browser, furnished)
    try:
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(furnished.url + "/taches")
        assert min(right - left for *_, left, right in boxes(page, ".starts a")) >= 200
        assert boxes(page, ".two > section")[0][3] <= boxes(page, ".starts")[0][2], "one over the other"
    finally:
        page.context.close()


def test_each_page_of_the_administration_has_its_own_name(browser: Any, furnished: Live) -> None:
    page = page_of(browser, furnished)
    try:
        for one in SUBPAGES:
            page.goto(furnished.url + one.path)
            tab = page.locator(".rooms .across [aria-current]")
            assert page.inner_text("h1") == tab.inner_text() == page.title().split(" – ")[0], one.path
    finally:
        page.context.close()


@pytest.mark.parametrize("scripts", [True, False])
def test_on_a_phone_the_pages_of_the_administration_take_one_line(
    browser: Any, furnished: Live, scripts: bool
) -> None:
    page = page_of(browser, furnished, "phone", java_script_enabled=scripts)
    try:
        page.goto(furnished.url + "/administration/sauvegardes")
        top, bottom, _, right = boxes(page, ".rooms")[0]
        assert bottom - top <= 60 and right <= 390
        menu = page.locator(".rooms summary")
        assert menu.inner_text() == "Sauvegardes" and not page.locator(".rooms a >> visible=true").count()
        menu.focus()
        page.keyboard.press("Enter")
        links = page.locator(".rooms a >> visible=true")
        assert links.count() == len(SUBPAGES)
        assert page.locator(".rooms [aria-current] >> visible=true").inner_text() == "Sauvegardes"
        if scripts:
            looked_at(page, "administration-menu-phone")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_url("**" + SUBPAGES[0].path)
    finally:
        page.context.close()


def test_what_a_key_may_do_stands_in_line(browser: Any, furnished: Live) -> None:
    page = page_of(browser, furnished)
    try:
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto(furnished.url + "/administration/applications")
        inputs, sets = (
            boxes(page, ".drop .field > :is(input, select).in >> visible=true"),
            boxes(page, ".drop fieldset"),
        )
        assert len(inputs) == 3 and len({round(top) for top, *_ in inputs}) == 1, inputs
        assert len(sets) == 2 and sets[0][0] == sets[1][0], sets
        limits, button = boxes(page, ".drop .fold")[0], boxes(page, ".drop .primary")[0]
        assert max(bottom for _, bottom, *_ in sets) < limits[0] < limits[1] < button[0]
        assert round(button[2]) == round(limits[2]) == round(inputs[0][2])
    finally:
        page.context.close()


@pytest.mark.parametrize("path", ["/espaces/mairie", "/documents/d1"])
def test_a_legal_hold_has_a_heading_and_its_field_a_name(browser: Any, furnished: Live, path: str) -> None:
    page = page_of(browser, furnished)
    try:
        page.goto(furnished.url + path)
        hold = page.get_by_role("region", name="Garde pour une procédure")
        assert hold.get_by_role("heading", level=2).is_visible()
        label = hold.locator("label", has_text="Procédure qui demande de tout garder").evaluate(BOX)
        assert label[3] - label[2] > 100 and label[1] <= hold.get_by_role("textbox").evaluate(BOX)[0]
        assert not page.get_by_role("region", name="Classe").get_by_role("textbox").count()
        looked_at(page, f"garde-{path.split('/')[1]}")
    finally:
        page.context.close()


def test_nothing_on_the_account_sticks_to_the_next_heading(browser: Any, furnished: Live) -> None:
    page = page_of(browser, furnished)
    try:
        page.goto(furnished.url + "/compte")
        assert boxes(page, "#who")[0][0] - boxes(page, "details.fold")[0][1] >= 16
    finally:
        page.context.close()


def test_what_opens_under_an_answer_begins_where_its_words_do(browser: Any, serve: Callable[..., Live]) -> None:
    rooms = FakeRooms()
    details = {"model": "starter-chat", "seconds": 3.0, "spaces": ["mairie"]}
    said = Exchange("12", "Quel tarif ?", "Deux fois par an.", "done", (), details=details)
    rooms.memory.keep("abc", said)
    live = serve(rooms)
    page = page_of(browser, live)
    try:
        page.goto(live.url + "/conversation/abc")
        page.locator(".send summary").press("Enter")
        page.locator(".made summary").press("Enter")
        start = boxes(page, "[data-body] .prose")[0][2]
        for part in (".send form", ".send p", ".made dl"):
            assert abs(boxes(page, part)[0][2] - start) < 1, part
    finally:
        page.context.close()


def test_how_a_draft_was_made_stands_apart_from_what_is_above(browser: Any, furnished: Live) -> None:
    page = page_of(browser, furnished)
    try:
        summarised(page, furnished)
        told = page.locator("p", has_text="Écrit par").last
        above = told.evaluate("(one) => one.previousElementSibling.getBoundingClientRect().bottom")
        assert told.evaluate(BOX)[0] - above >= 8
    finally:
        page.context.close()
