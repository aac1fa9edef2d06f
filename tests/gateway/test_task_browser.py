"""The tasks in a real browser: every state without accessibility violation, a draft that streams, a form that keeps
what was typed, a file dropped, the keyboard alone.

Screenshots are kept in ``artefacts/gateway`` to be looked at.
"""

import re
from collections.abc import Callable
from typing import Any

import pytest

from demeure.policy import Actor, Role

from .conftest import Live
from .looking import THEMES, looked_at
from .test_browser import WIDTHS, browser, furnished, page_of, pytestmark

__all__ = ["browser", "furnished", "pytestmark"]  # fixtures and marks of the other browser tests

NOTES = "salle libre le 14 juin\ncaution 300 €\nclés vendredi avant 17 h"
RECEIVED = "Bonjour, la salle est-elle libre le 14 juin ? Peut-on venir avec un chien ? Merci, Mme Ferrand"


def listed(page: Any, live: Live) -> None:
    drafted(page, live)
    page.goto(live.url + "/taches")


def empty(page: Any, live: Live) -> None:
    page.goto(live.url + "/taches")


def form(page: Any, live: Live) -> None:
    page.goto(live.url + "/taches/courriel")
    page.fill("#f-notes", NOTES)


def refused(page: Any, live: Live) -> None:
    page.goto(live.url + "/taches/reponse")
    page.evaluate("document.querySelector('[data-form]').noValidate = true")
    page.click("button.primary")
    page.wait_for_selector("[role=alert]")


def summary_form(page: Any, live: Live) -> None:
    page.goto(live.url + "/taches/resume")


def drafted(page: Any, live: Live) -> None:
    form(page, live)
    page.fill("#f-recu", RECEIVED)
    page.fill("#f-signature", "Claire Morvan\nAccueil")
    page.click("button.primary")
    page.wait_for_selector("[data-draft]:not([aria-busy])")


def writing(page: Any, live: Live) -> None:
    live.rooms.tasks.library.texts["d1"] = ["La salle est louée 85 €. " * 200, "La piscine coûte 4 €. " * 200] * 3
    live.rooms.tasks.engine.script = "- La salle est louée 85 €. " + "Elle est belle. " * 30
    live.rooms.tasks.engine.delay = 0.03
    page.goto(live.url + "/taches/resume")
    page.select_option("#d-document", "d1")
    page.click("button.primary")
    page.wait_for_selector("[data-stages] [data-is=ok]")


def summarised(page: Any, live: Live) -> None:
    live.rooms.tasks.library.texts["d1"] = ["La salle est louée 85 €. Il est proposé au conseil de voter ce tarif."]
    live.rooms.tasks.engine.script = "- La salle est louée 85 €."
    page.goto(live.url + "/taches/resume")
    page.select_option("#d-document", "d1")
    page.click("button.primary")
    page.wait_for_selector("[data-draft]:not([aria-busy]) .cite")


def rewritten(page: Any, live: Live) -> None:
    live.rooms.tasks.engine.script = "Pour l’aide de 120 €, envoyez un justificatif avant le 3 mars."
    page.goto(live.url + "/taches/reformulation")
    page.fill(
        "#f-texte", "L’octroi de l’aide de 120 € est subordonné à la production d’un justificatif avant le 3 mars."
    )
    page.click("button.primary")
    page.wait_for_selector("#ease")


def refined(page: Any, live: Live) -> None:
    drafted(page, live)
    live.rooms.tasks.engine.script = "La salle est libre le 14 juin, caution 300 €."
    page.click("button[value=shorter]")
    page.wait_for_selector("[data-draft]:not([aria-busy])")
    page.click("text=Comparer avec le brouillon 1")


MEETING = (
    "Présents : Jean Roche, Sonia Petit.\n"
    "Jean Roche : Le devis de l’aire de jeux est de 18 500 €, reçu le 3 mars 2026.\n"
    "Sonia Petit : Le devis de l’aire de jeux est adopté à l’unanimité."
)
POINT = "Le devis de l’aire de jeux est de 18 500 €, reçu le 3 mars 2026."


def minuted(page: Any, live: Live) -> None:
    """Minutes, said again: beside the first, with the acts that go on from there."""
    live.rooms.tasks.engine.script = f"POINT : {POINT}\nDÉCISION : Le devis de l’aire de jeux est adopté."
    page.goto(live.url + "/taches/compte-rendu")
    page.fill("#f-seance", "Bureau du 3 mars")
    page.fill("#f-notes", MEETING)
    page.click("button.primary")
    page.wait_for_selector("[data-draft]:not([aria-busy]) .cite")
    live.rooms.tasks.engine.script = "Reçu le 3 mars 2026, le devis de l’aire de jeux est de 18 500 €."
    page.click("button[value=plainer]")
    page.wait_for_selector("text=Comparer avec le brouillon 1")


def shared(page: Any, live: Live) -> None:
    """A work that another person shared, as its readers see it."""
    drafted(page, live)
    work = page.url
    page.select_option("#space", "mairie")
    page.click("form[action$=partager] button")
    page.wait_for_selector("text=Les membres de")
    live.rooms.reception.sessions["paul"] = Actor("person", "p9", "Paul Roux", frozenset({Role.AGENT}))
    page.context.add_cookies([{"name": live.cookie, "value": "paul", "url": live.url}])
    page.goto(live.url + "/taches")
    page.click("text=Votre demande de salle")
    assert page.url == work


def editing(page: Any, live: Live) -> None:
    drafted(page, live)
    page.click("text=Modifier")


def deleting(page: Any, live: Live) -> None:
    drafted(page, live)
    page.click(".more summary")
    page.click("text=Supprimer")


def administered(page: Any, live: Live) -> None:
    page.goto(live.url + "/administration/taches")


STATES: dict[str, Callable[[Any, Live], None]] = {
    "taches-vide": empty,
    "taches-liste": listed,
    "tache-courriel": form,
    "tache-refus": refused,
    "tache-resume": summary_form,
    "travail-courriel": drafted,
    "travail-ecriture": writing,
    "travail-resume": summarised,
    "travail-reformule": rewritten,
    "travail-comparer": refined,
    "travail-compte-rendu": minuted,
    "travail-partage": shared,
    "travail-modifier": editing,
    "travail-supprimer": deleting,
    "administration-taches": administered,
}


@pytest.mark.parametrize(("size", "themes"), [("desk", THEMES), ("phone", ("light",))])
@pytest.mark.parametrize("state", STATES)
def test_no_accessibility_violation_in_any_state(
    browser: Any, furnished: Live, state: str, size: str, themes: tuple[str, ...]
) -> None:
    assert size in WIDTHS
    page = page_of(browser, furnished, size)
    STATES[state](page, furnished)
    page.wait_for_timeout(150)
    refusal = state == "tache-refus"  # a browser notes a 400 by itself
    looked_at(page, f"{state}-{size}", themes, full_page=True, elsewhere=refusal)
    page.context.close()


def test_a_draft_streams_and_the_page_settles_by_itself(browser: Any, furnished: Live) -> None:
    page = page_of(browser, furnished)
    furnished.rooms.tasks.engine.delay = 0.05
    form(page, furnished)
    page.click("button.primary")
    page.wait_for_selector("[data-live] >> text=Objet")
    page.wait_for_selector("text=Affiner")
    assert "Prêt" in page.text_content("#standing") and page.locator("[data-live]").count() == 0
    assert page.problems == []


def test_minutes_are_said_again_line_by_line_and_copied_as_rich_text(browser: Any, furnished: Live) -> None:
    page = page_of(browser, furnished, permissions=["clipboard-read", "clipboard-write"])
    minuted(page, furnished)
    draft = page.text_content("[data-draft]").replace("\u202f", " ").replace("\xa0", " ")
    assert "Reçu le 3 mars 2026 (à vérifier), le devis de l’aire de jeux est de 18 500 € (à vérifier)" in draft
    assert "Présents" in draft and page.locator("[data-draft] h3").all_text_contents()[:2] == [
        "Points abordés",
        "Décisions",
    ]
    page.click("[data-copy]")
    page.wait_for_selector("[data-copy] >> text=Copié")
    read = """async kind => { const [item] = await navigator.clipboard.read();
        return await (await item.getType(kind)).text(); }"""
    rich, plain = page.evaluate(read, "text/html"), page.evaluate(read, "text/plain")
    assert "<strong>Présents</strong>" in rich and "<h3>Points abordés</h3>" in rich and "<li>" in rich
    assert "class=" not in rich and "#source" not in rich and "[1] Texte fourni" in rich
    assert "- Reçu le 3 mars 2026" in plain and plain.endswith("[1] Texte fourni")
    assert page.problems == []
    page.context.close()


def test_a_work_that_was_shared_names_its_author_and_offers_no_act_of_theirs(browser: Any, furnished: Live) -> None:
    page = page_of(browser, furnished)
    shared(page, furnished)
    main = page.text_content("main")
    assert "partage ce travail avec les membres de" in main and "300" in main
    for act in ("affiner", "modifier", "renommer", "supprimer", "partager", "section"):
        assert page.locator(f"[action$={act}], a[href*={act}]").count() == 0, act
    assert page.locator("[data-copy]").is_visible() and page.locator("main a[href^='/journal']").count() == 0
    page.click("text=Exporter")
    page.context.close()


def test_leaving_the_page_stops_nothing(browser: Any, furnished: Live) -> None:
    page = page_of(browser, furnished)
    writing(page, furnished)
    work = page.url
    page.goto(furnished.url + "/documents")
    furnished.rooms.tasks.engine.delay = 0.0
    page.goto(work)
    page.wait_for_selector("text=Affiner")
    assert page.locator("[data-is=ok]").count() >= 2


def test_what_is_typed_in_a_form_is_never_lost(browser: Any, furnished: Live) -> None:
    page = page_of(browser, furnished)
    form(page, furnished)
    page.check("input[value=formel]", force=True)
    page.goto(furnished.url + "/")
    page.goto(furnished.url + "/taches/courriel")
    assert page.input_value("#f-notes") == NOTES and page.is_checked("input[value=formel]")
    page.click("button.primary")
    page.wait_for_selector("[data-draft]:not([aria-busy])")
    page.goto(furnished.url + "/taches/courriel")
    assert page.input_value("#f-notes") == "", "asked: nothing is left on the device"
    page.go_back()
    page.click("text=Modifier")
    page.fill("#text", "Objet : Salle\n\nVenez vendredi.")
    page.go_back()
    page.click("text=Modifier")
    page.wait_for_selector("[data-found]:not([hidden])")
    assert page.input_value("#text").endswith("Venez vendredi."), "left without saving, found again"
    page.focus("#text")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("[data-draft] >> text=Venez vendredi.")
    page.click("text=Modifier")
    assert page.is_hidden("[data-found]"), "saved: nothing is left on the device"


def test_a_file_dropped_on_a_field_is_read_and_kept_on_the_form(browser: Any, furnished: Live) -> None:
    page = page_of(browser, furnished)
    page.goto(furnished.url + "/taches/resume")
    page.evaluate(
        """() => { const data = new DataTransfer();
        data.items.add(new File(["La salle est louée 85 €. ".repeat(40)], "note.txt", { type: "text/plain" }));
        document.querySelector("[data-drops]").dispatchEvent(
            new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: data })); }"""
    )
    page.wait_for_selector("[data-chip]:not([hidden]) >> text=note.txt")
    furnished.rooms.tasks.engine.script = "- La salle est louée 85 €."
    page.click("button.primary")
    page.wait_for_selector("[data-draft]:not([aria-busy])")
    assert re.search(r"note\.txt", page.text_content("h1"))


def test_a_file_dropped_on_a_task_of_the_list_opens_its_form_with_it(browser: Any, furnished: Live) -> None:
    page = page_of(browser, furnished)
    page.goto(furnished.url + "/taches")
    page.evaluate(
        """() => { const data = new DataTransfer();
        data.items.add(new File(["La salle est louée 85 €. ".repeat(40)], "note.txt", { type: "text/plain" }));
        document.querySelector('a[href="/taches/resume"]').dispatchEvent(
            new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: data })); }"""
    )
    page.wait_for_selector("[data-chip]:not([hidden]) >> text=note.txt")


def test_the_keyboard_alone_asks_and_refines(browser: Any, furnished: Live) -> None:
    page = page_of(browser, furnished)
    page.goto(furnished.url + "/taches/courriel")
    page.focus("#f-notes")
    page.keyboard.type("salle libre")
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('button.primary')"):
            break
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Affiner")
    page.focus("button[value=warmer]")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=Brouillon 2")


def test_without_scripts_a_draft_is_asked_for_and_read(browser: Any, furnished: Live) -> None:
    page = page_of(browser, furnished, java_script_enabled=False)
    form(page, furnished)
    page.click("button.primary")
    for _ in range(50):
        if page.locator("text=Affiner").count():
            break
        page.reload()
        page.wait_for_timeout(100)
    assert "300\u202f€" in page.text_content("[data-draft]")
