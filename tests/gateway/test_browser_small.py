"""Small things of pages, measured in a browser: what is cut, what is painted over, what stands alone."""

from collections.abc import Callable
from typing import Any

import pytest

from demeure.gateway.house import Exchange
from demeure.testing.gateway import FakeRooms

from .conftest import Live
from .looking import SHOTS
from .test_browser import browser, page_of, pytestmark
from .test_journal_page import rooms

__all__ = ["browser", "pytestmark", "rooms"]
LONG = "Quel est le tarif de la salle des fêtes pour une association de la commune, un week-end de juin ?"
BOX = "(one) => { const box = one.getBoundingClientRect(); return [box.top, box.bottom, box.left, box.right]; }"

WIDE = """(one) => {
  one.style.width = "max-content"; const wanted = one.offsetWidth; one.style.width = ""; return wanted; }"""


def shot(page: Any, name: str) -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"{name}.png")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_button_that_shows_a_password_stays_inside_the_border(
    browser: Any, serve: Callable[..., Live], rooms: FakeRooms, theme: str
) -> None:
    live = serve(rooms)
    page = page_of(browser, live, "desk", theme)
    try:
        page.context.clear_cookies()
        page.goto(live.url + "/connexion")
        page.hover("[data-reveal]")
        shot(page, f"montrer-{theme}")
        field, button = page.locator("#password").evaluate(BOX), page.locator("[data-reveal]").evaluate(BOX)
        assert button[0] > field[0] + 1 and button[1] < field[1] - 1 and button[3] < field[3] - 1, (field, button)
    finally:
        page.context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_list_of_conversations_shows_whole_lines(
    browser: Any, serve: Callable[..., Live], rooms: FakeRooms, theme: str
) -> None:
    live = serve(rooms)
    for number in range(12):
        rooms.memory.keep(
            f"{number:032x}", Exchange(str(number), f"{number}. {LONG}", "Deux fois par an.", "done", ())
        )
    page = page_of(browser, live, "desk", theme)
    try:
        page.set_viewport_size({"width": 1280, "height": 900})
        page.goto(live.url + "/assistant")
        shot(page, f"conversations-{theme}")
        _, bottom, _, _ = page.locator("[data-recent]").evaluate(BOX)
        room = page.locator(".recent").evaluate(BOX)[1]
        rows = [one.evaluate(BOX) for one in page.locator("[data-recent] li").all()]
        assert sum(row[1] <= min(bottom, room) + 0.5 for row in rows) >= 4
        assert not [row for row in rows if row[0] < min(bottom, room) - 1 and row[1] > min(bottom, room) + 1], "cut"
    finally:
        page.context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_filters_of_the_journal_are_whole_and_in_line(
    browser: Any, serve: Callable[..., Live], rooms: FakeRooms, theme: str
) -> None:
    live = serve(rooms)
    page = page_of(browser, live, "desk", theme)
    try:
        for width in (1280, 1440):
            page.set_viewport_size({"width": width, "height": 900})
            for whose in ("", "?tous=1"):
                page.goto(f"{live.url}/journal{whose}")
                shot(page, f"filtres-{width}{'-tous' if whose else ''}-{theme}")
                fields = [one.evaluate(BOX) for one in page.locator(".filters .in").all()]
                button = page.locator(".filters button").evaluate(BOX)
                assert any(abs(one[1] - button[1]) < 0.6 for one in fields), "the button stands alone"
                apart = [one for one in fields if one[1] > button[0] and one[0] < button[1]]
                assert all(abs(one[1] - button[1]) < 0.6 for one in apart), "not on one line"
                assert len({round(one[1] - one[0], 1) for one in fields}) == 1, "not of one height"
                for one in page.locator(".filters select").all():
                    assert one.evaluate(WIDE) <= one.evaluate("(one) => one.offsetWidth") + 1, one.evaluate(
                        "(o) => o.name"
                    )
        page.set_viewport_size({"width": 390, "height": 844})
        page.goto(f"{live.url}/journal")
        page.locator(".scroll").scroll_into_view_if_needed()
        shot(page, f"filtres-phone-{theme}")
        assert "gradient" in page.locator(".scroll").evaluate("(one) => getComputedStyle(one).backgroundImage")
    finally:
        page.context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_title_of_a_conversation_is_read_on_a_phone(
    browser: Any, serve: Callable[..., Live], rooms: FakeRooms, theme: str
) -> None:
    live = serve(rooms)
    rooms.memory.keep("a" * 32, Exchange("1", LONG, "Deux fois par an.", "done", ()))
    page = page_of(browser, live, "phone", theme)
    try:
        page.goto(f"{live.url}/conversation/{'a' * 32}")
        shot(page, f"titre-phone-{theme}")
        whole = page.locator(".talk > header h1").evaluate("(one) => one.scrollHeight <= one.clientHeight + 1")
        assert whole
    finally:
        page.context.close()


BETWEEN = """(set) => {
  const labels = [...set.querySelectorAll("input[type=checkbox]")].map((one) => one.closest("label"));
  const text = (one) => { const range = document.createRange(); range.selectNodeContents(one);
    return [...range.getClientRects()].filter((box, at) => at && box.width); };
  const said = labels.map(text);
  const middle = (box) => (box.top + box.bottom) / 2;
  const inputs = labels.map((one) => one.querySelector("input").getBoundingClientRect());
  const beside = inputs.map((box, at) => middle(box) - middle(said[at][0]));
  return [said.slice(1).map((one, at) => Math.round(one[0].top - said[at].at(-1).bottom)), beside]; }"""


@pytest.mark.parametrize("path", ["/administration/applications", "/administration/evaluation"])
@pytest.mark.parametrize("size", ["desk", "phone"])
def test_boxes_to_check_stand_at_even_gaps(
    browser: Any, serve: Callable[..., Live], rooms: FakeRooms, path: str, size: str
) -> None:
    live = serve(rooms)
    page = page_of(browser, live, size)
    try:
        page.goto(live.url + path)
        shot(page, f"cases-{path.rsplit('/', 1)[-1]}-{size}")
        sets = [one.evaluate(BETWEEN) for one in page.locator("fieldset.field").all()]
        gaps = [gap for some, _ in sets for gap in some]
        assert len(gaps) > 2 and max(gaps) - min(gaps) <= 1, sets
        assert max(abs(far) for _, beside in sets for far in beside) <= 2, sets
    finally:
        page.context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_what_acts_on_chosen_documents_shows_when_one_is_chosen(
    browser: Any, serve: Callable[..., Live], theme: str
) -> None:
    rooms = FakeRooms()
    for number in range(60):
        rooms.shelves.put(f"acte {number}.pdf")
    live = serve(rooms)
    page = page_of(browser, live, "phone", theme)
    try:
        page.goto(live.url + "/documents")
        acts = page.locator(".many button, .many [name=mots]")
        assert acts.count() >= 4 and not any(one.is_visible() for one in acts.all())
        assert page.locator(".many [data-count]").is_visible() and page.locator("[name=tous]").is_visible()
        page.locator("[name=document]").nth(2).check()
        shot(page, f"choisis-{theme}")
        assert page.locator(".many button.danger").is_visible() and page.locator("[name=mots]").is_visible()
        page.locator("[name=document]").nth(2).uncheck()
        page.check("[name=tous]")
        assert page.locator(".many button.danger").is_visible()
    finally:
        page.context.close()


def test_an_answer_leaves_by_one_choice_and_one_button(
    browser: Any, serve: Callable[..., Live], rooms: FakeRooms
) -> None:
    live = serve(rooms)
    rooms.memory.keep("abc", Exchange("12", LONG, "Deux fois par an.", "done", ()))
    page = page_of(browser, live, "phone", "light")
    try:
        page.goto(live.url + "/conversation/abc")
        page.locator(".send summary").press("Enter")
        assert page.locator(".send a.btn").count() == 0 and page.locator(".send button").count() == 1
        page.select_option(".send [name=forme]", "lettre")
        page.select_option(".send [name=format]", "odt")
        with page.expect_request("**/fichier?*") as sent:
            page.locator(".send button").press("Enter")
        assert sent.value.url.endswith("/fichier?forme=lettre&format=odt")
    finally:
        page.context.close()
