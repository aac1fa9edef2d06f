"""Documents and Recherche in a real browser: sending, following, choosing; by keyboard, and without scripts."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from demeure.testing.gateway import FakeRooms

from .conftest import Live
from .test_browser import CHROMIUM, browser, furnished, page_of

__all__ = ["browser", "furnished"]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here: the pages were NOT opened in a browser"),
]

DROP = """(names) => { const files = new DataTransfer();
    for (const name of names) files.items.add(new File([name], name));
    const drop = new DragEvent('drop', {dataTransfer: files, bubbles: true, cancelable: true});
    document.querySelector('.drop').dispatchEvent(drop); }"""
FOLDER = """() => {
    const file = (name) => ({ name, isDirectory: false, file: (done) => done(new File([name], name)) });
    const folder = (name, inside) => ({ name, isDirectory: true, createReader: () => {
        const rest = [inside, []]; return { readEntries: (done) => done(rest.shift()) }; } });
    const tree = folder('Marchés', [folder('2026', [file('lot 1.txt'), file('.caché')]), file('liste.txt')]);
    const transfer = { items: [{ webkitGetAsEntry: () => tree }], files: [] };
    const drop = new Event('drop', {bubbles: true, cancelable: true}); drop.dataTransfer = transfer;
    document.querySelector('.drop').dispatchEvent(drop); }"""


def test_a_few_are_sent_at_a_time_and_one_may_be_cancelled(browser: Any, furnished: Live) -> None:
    page = page_of(browser, furnished)
    page.goto(furnished.url + "/documents")
    held: list[Any] = []
    page.route("**/api/documents?*", lambda route: held.append(route))
    page.evaluate(DROP, [f"{n}.txt" for n in range(6)])
    page.wait_for_selector("[data-summary] >> text=Ajouts en cours")
    page.wait_for_timeout(300)
    assert len(held) == 3, "three at a time"
    assert page.text_content("[data-summary]") == "Ajouts en cours\N{NO-BREAK SPACE}: 6."
    page.click(".sending:has-text('5.txt') [data-cancel]")  # not sent yet
    page.click(".sending:has-text('0.txt') [data-cancel]")  # being sent: the next one takes its turn
    page.wait_for_timeout(300)
    assert len(held) == 4
    assert page.text_content("[data-summary]") == "Ajouts en cours\N{NO-BREAK SPACE}: 4."
    assert page.locator(".sending").count() == 4
    assert page.evaluate("document.activeElement.dataset.cancel") == "", "the focus is not lost"
    for route in held[1:]:
        route.continue_()
    page.wait_for_selector("[data-documents] >> text=3.txt")
    page.unroute("**/api/documents?*")
    assert "0.txt" not in page.text_content("[data-documents]")
    page.context.close()


def test_a_folder_dropped_anywhere_is_sent_and_what_is_received_leaves_the_room_to_the_list(
    browser: Any, furnished: Live
) -> None:
    page = page_of(browser, furnished)
    page.goto(furnished.url + "/documents")
    page.evaluate(DROP.replace(".drop", "[data-list]"), [f"lot {n}.txt" for n in range(12)])
    page.wait_for_selector("[data-summary] >> text=Reçus\N{NO-BREAK SPACE}: 12.")
    assert page.locator(".sending").count() == 5, "the last ones are told, the list has them all"
    for n in range(12):
        page.wait_for_selector(f"[data-documents] >> text=lot {n}.txt")
    kept = page.evaluate(
        """() => ["Files", "text/plain"].map((type) => { const files = new DataTransfer();
        if (type === "Files") files.items.add(new File(["x"], "x.txt")); else files.setData(type, "x");
        return document.body.dispatchEvent(
            new DragEvent("dragover", {dataTransfer: files, bubbles: true, cancelable: true})); })"""
    )
    assert kept == [False, True], "words dragged to a field are the browser's"
    page.context.close()


def test_every_field_for_a_file_has_the_button_of_the_house(browser: Any, furnished: Live) -> None:
    page = page_of(browser, furnished)
    for path in ("/documents", "/taches/resume", "/administration/personnes/importer"):
        page.goto(furnished.url + path)
        look = "f => getComputedStyle(f, '::file-selector-button').fontWeight"
        assert page.locator("input[type=file]").first.evaluate(look) == "600", path
    page.context.close()


def test_an_error_of_one_is_told_and_that_one_is_sent_again(browser: Any, furnished: Live) -> None:
    page = page_of(browser, furnished)
    page.goto(furnished.url + "/documents")
    refusal = '{"error": {"sentence": "Le disque est plein.", "code": "DiskFull", "status": 507}}'

    def answer(route: Any) -> None:
        if "bad.txt" in route.request.url:
            route.fulfill(status=507, content_type="application/json", body=refusal)
        else:
            route.continue_()

    page.route("**/api/documents?*", answer)
    page.evaluate(DROP, ["bad.txt", "good.txt"])
    page.wait_for_selector("[data-documents] >> text=good.txt")
    assert "Le disque est plein." in page.text_content(".sending:has-text('bad.txt')")
    assert "Refusés" in page.text_content("[data-summary]")
    page.unroute("**/api/documents?*")
    page.click(".sending:has-text('bad.txt') [data-again]")
    page.wait_for_selector("[data-documents] >> text=bad.txt")
    page.context.close()


def test_a_whole_folder_is_sent_with_its_paths(browser: Any, furnished: Live) -> None:
    page = page_of(browser, furnished)
    page.goto(furnished.url + "/documents")
    page.evaluate(FOLDER)
    page.wait_for_selector("[data-documents] >> text=lot 1.txt")
    page.wait_for_selector("[data-documents] >> text=liste.txt")
    paths = {row.name: (row.path, row.door) for row in furnished.rooms.shelves.rows.values()}
    assert paths["lot 1.txt"] == ("Marchés/2026/lot 1.txt", "page")
    assert paths["liste.txt"] == ("Marchés/liste.txt", "page")
    assert ".caché" not in paths
    page.click("[data-row]:has-text('lot 1.txt') summary")
    assert "Marchés/2026/lot 1.txt" in page.text_content("[data-row]:has-text('lot 1.txt') .origin")
    assert page.problems == []
    page.context.close()


def test_the_list_goes_on_following_after_errors(browser: Any, furnished: Live) -> None:
    page = page_of(browser, furnished)
    page.goto(furnished.url + "/documents")
    page.check("[data-row=d1] input")
    page.click("[data-row=d1] summary")
    failures = []

    def answer(route: Any) -> None:
        if len(failures) < 2:
            failures.append(route.fulfill(status=503, body="busy") if not failures else route.abort())
        else:
            route.continue_()

    page.route("**/documents", answer)
    page.wait_for_selector("[data-lost]:not([hidden])")
    row = furnished.rooms.shelves.rows["d3"]
    furnished.rooms.shelves.rows["d3"] = replace(row, state="failed", reason=("InputError", {"detail": "pâle"}))
    page.wait_for_selector("[data-under=d3] >> text=pâle", timeout=20_000)
    assert len(failures) == 2
    assert not page.is_visible("[data-lost]")
    assert page.is_checked("[data-row=d1] input") and page.is_visible("[data-row=d1] .origin")
    page.context.close()


def test_the_numbers_of_the_filters_follow_the_rows(browser: Any, serve: Callable[..., Live]) -> None:
    rooms = FakeRooms()
    for number in range(51):
        rooms.shelves.put(f"acte {number:02}.pdf", state="reading" if number in (0, 50) else "ready")
    live = serve(rooms)
    page = page_of(browser, live)
    page.goto(live.url + "/documents?etat=")
    states = "select[name=etat]"
    assert "En cours (2)" in page.text_content(states) and "Prêt (49)" in page.text_content(states)
    page.select_option("select[name=tri]", "nom")  # chosen, not asked yet
    last, first = sorted(
        (row for row in rooms.shelves.rows.values() if row.state == "reading"), key=lambda r: r.name
    )
    rooms.shelves.rows[first.id] = replace(first, state="ready", format="odt")
    page.wait_for_selector(f"{states} >> text=Prêt (50)", state="attached")
    assert "En cours (1)" in page.text_content(states)
    assert "ODT (1)" in page.text_content("select[name=type]")
    rooms.shelves.rows[last.id] = replace(last, state="ready")  # one of them stands on the other page of the list
    page.wait_for_selector(f"{states} >> text=Prêt (51)", state="attached")
    assert "En cours (0)" in page.text_content(states)
    assert page.input_value("select[name=tri]") == "nom"
    assert page.problems == []
    page.context.close()


def test_filters_tags_and_deletion_by_keyboard(browser: Any, furnished: Live) -> None:
    page = page_of(browser, furnished)
    page.goto(furnished.url + "/documents")
    page.focus("[data-row=d1] input")
    page.keyboard.press("Space")
    page.wait_for_selector("text=1 document choisi")
    page.focus("#words")
    page.keyboard.type("Été 2026, à relire")
    page.keyboard.press("Enter")
    page.wait_for_selector("[role=status] >> text=Les étiquettes de 1 document sont à jour.")
    assert furnished.rooms.shelves.rows["d1"].tags == ("à relire", "été 2026", "tarifs"), (
        "a tag keeps its first spelling"
    )
    page.focus("select[name=etat]")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.focus("[data-filters] button")  # arrows alone choose: they must not leave the page
    page.keyboard.press("Enter")
    page.wait_for_url("**etat=failed**")
    assert page.locator("[data-row]").count() == 1
    page.click("text=Enlever les filtres >> nth=0")
    page.focus("[data-all]")
    page.keyboard.press("Space")
    page.wait_for_selector("text=5 documents choisis")
    page.focus("button.danger")
    page.keyboard.press("Enter")
    page.wait_for_selector("h1 >> text=Supprimer 5 documents")
    page.focus("button.danger")
    page.keyboard.press("Enter")
    page.wait_for_selector("[role=status] >> text=5 documents sont effacés.")
    assert furnished.rooms.shelves.rows == {}
    assert page.problems == []
    page.context.close()


def test_without_scripts_one_filters_tags_deletes_and_finds(browser: Any, furnished: Live) -> None:
    page = page_of(browser, furnished, java_script_enabled=False)
    page.goto(furnished.url + "/documents")
    page.check("[data-row=d2] input")
    page.check("[data-row=d3] input")
    page.fill("#words", "archives")
    page.click("button:text-is('Étiqueter')")
    assert furnished.rooms.shelves.rows["d2"].tags == furnished.rooms.shelves.rows["d3"].tags == ("archives",)
    page.select_option("select[name=etiquette]", "archives")
    page.click("button >> text=Appliquer")
    assert page.locator("[data-row]").count() == 2
    page.check("[data-row=d2] input")
    page.click("[data-many] button.danger")
    page.click("button.danger")
    assert list(furnished.rooms.shelves.rows) == ["d1", "d3", "d4", "d5"]
    page.goto(furnished.url + "/recherche")
    page.fill("#q", "gratuité")
    page.click("button.primary")
    assert page.text_content("mark") == "gratuité"
    assert page.get_attribute(".quote a", "href") == "/documents/d1/page/3?passage=7"
    page.fill("#q", "gratuitee")
    page.click("button.primary")
    page.click(".meant a")
    assert page.text_content("mark") == "gratuité"
    page.context.close()


def test_ten_thousand_documents_are_paged(browser: Any, serve: Callable[..., Live]) -> None:
    rooms = FakeRooms()
    for number in range(120):
        rooms.shelves.put(f"acte {number:05}.pdf")
    live = serve(rooms)
    page = page_of(browser, live)
    page.goto(live.url + "/documents")
    assert page.locator("[data-row]").count() == 50
    page.click("a[rel=next]")
    page.click("a[rel=next]")
    assert page.locator("[data-row]").count() == 20
    assert "Page 3 sur 3" in page.text_content(".pager")
    page.check("[name=tous]")
    page.click("[data-many] button.danger")
    page.wait_for_selector("h1 >> text=Supprimer 120 documents")
    page.click("button.danger")
    page.wait_for_selector("text=120 documents sont effacés.")
    assert rooms.shelves.rows == {}
    page.context.close()
