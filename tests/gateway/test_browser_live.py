"""An answer just written, in a browser: what its page shows once it is loaded again, and each of its sentences said
to who listens."""

from dataclasses import replace
from typing import Any

from demeure.engine import EngineDown
from demeure.testing.gateway import RULES, TARIFF

from .conftest import Live
from .test_browser import QUESTION, asked, browser, furnished, page_of, pytestmark
from .test_browser_small import BOX

__all__ = ["browser", "furnished", "pytestmark"]
HEARD = """() => {
  window.heard = [];
  new MutationObserver((changes) => {
    for (const change of changes) if (change.target.closest?.("[aria-live]")) {
      for (const one of change.addedNodes) window.heard.push(one.textContent);
      if (change.removedNodes.length) window.heard.push("(taken away)");
    }
  }).observe(document.querySelector(".talk"), { childList: true, subtree: true });
}"""


def heard(page: Any, live: Live, *words: str, pause: float = 0.0) -> list[str]:
    """What is added to the region that is said aloud, in order, for an answer of ``words``."""
    live.rooms.assistant.words, live.rooms.assistant.pause = words, pause
    page.goto(live.url + "/assistant")
    page.evaluate(HEARD)
    page.fill("#question", QUESTION)
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-send]:not([hidden])")
    page.wait_for_function("() => window.heard.includes('Réponse terminée.')")
    said: list[str] = page.evaluate("window.heard")
    assert page.locator("[aria-live] p").all_text_contents() == said, "still there to be said"
    return said


def test_each_sentence_of_an_answer_is_said_none_in_the_place_of_another(browser: Any, furnished: Live) -> None:
    page = page_of(browser, furnished)
    try:
        at_once = heard(page, furnished, "Merci à **vous**. Une autre question quand vous voudrez.")
        assert at_once == ["Merci à vous.", "Une autre question quand vous voudrez.", "Réponse terminée."]
        words = ("Est-elle ouverte le mardi ? ", "[1] Elle ferme le mar", "di [1]. Elle ouvre", " à 10 h [2].")
        assert heard(page, furnished, *words, pause=0.15) == [
            "Est-elle ouverte le mardi ?",
            "Elle ferme le mardi.",
            "Elle ouvre à 10 h.",
            "Réponse terminée.",
        ]
        assert page.problems == []
    finally:
        page.context.close()


def test_what_bold_and_grey_mean_is_told_with_the_answer_itself(browser: Any, furnished: Live) -> None:
    assistant = furnished.rooms.assistant
    assistant.sources = (replace(TARIFF, read="Une caution de 400 € est exigée dans tous les cas."), RULES)
    assistant.words, assistant.unsupported = ("Une caution de 400 € est exigée [1].",), ()
    page = page_of(browser, furnished)
    try:
        asked(page, furnished)
        live = page.locator("#source-1-1").inner_text()
        assert "En gris" in live and "En gras" in live
        page.reload()
        assert page.locator("#source-1-1").inner_text() == live
        assert page.problems == []
    finally:
        page.context.close()


def test_why_nothing_is_written_is_in_sight_before_the_passages_found(browser: Any, furnished: Live) -> None:
    assistant = furnished.rooms.assistant
    assistant.breaks = EngineDown(engine="chat")
    assistant.sources = tuple(replace(TARIFF, number=number) for number in range(1, 9))
    page = page_of(browser, furnished)
    try:
        page.goto(furnished.url + "/assistant")
        page.fill("#question", QUESTION)
        page.keyboard.press("Enter")
        page.wait_for_selector(".passages li:nth-child(8)")
        top, bottom, *_ = page.locator("[data-body] .note").evaluate(BOX)
        room = page.locator(".turns").evaluate(BOX)
        assert room[0] <= top < bottom <= room[1]
    finally:
        page.context.close()


def test_the_class_of_a_conversation_heads_it_from_its_first_answer(browser: Any, furnished: Live) -> None:
    furnished.rooms.memory.classes["c1"] = "interne"
    page = page_of(browser, furnished)
    try:
        page.goto(furnished.url + "/assistant")
        assert page.locator(".class-of").count() == 0
        asked(page, furnished)
        live = page.inner_text(".talk > header")
        assert "Classe\u00a0: Interne" in live
        furnished.rooms.memory.classes["c1"] = "confidentiel"
        page.fill("#question", "Et la caution ?")
        page.keyboard.press("Enter")
        page.wait_for_selector(".class-of >> text=Confidentiel")
        page.reload()
        assert page.inner_text(".class-of") == "Classe\u00a0: Confidentiel"
        assert page.problems == []
    finally:
        page.context.close()
