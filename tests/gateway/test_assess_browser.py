"""The report of the first meeting in a browser, page and file: whole words at any width, nothing for axe to say."""

from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from demeure.advice import assessed, read_answers, report
from demeure.cli.assess_cmd import html

from .conftest import Live
from .looking import SHOTS
from .test_browser import FLAGS, browser, furnished, page_of, pytestmark

__all__ = ["FLAGS", "browser", "furnished", "pytestmark"]
ASSESS = "/administration/evaluation"
USES = ["questions", "reecriture", "social", "personnel", "transcription"]
CUT = """() => {
  const cut = [];
  for (const cell of document.querySelectorAll("th, td")) {
    const walk = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
      const text = walk.currentNode.data;
      for (const found of text.matchAll(/[\\p{L}\\p{N}’]+/gu)) {
        const range = document.createRange();
        range.setStart(walk.currentNode, found.index);
        range.setEnd(walk.currentNode, found.index + found[0].length);
        const tops = new Set([...range.getClientRects()].map((one) => Math.round(one.top)));
        if (tops.size > 1) cut.push(found[0]);
      }
    }
  }
  return cut;
}"""
"""Words of the cells that stand on two lines."""


def looked_at(page: Any, name: str) -> None:
    """Whole words, no page that scrolls sideways, nothing for axe to say."""
    from axe_playwright_python.sync_playwright import Axe

    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"{name}.png", full_page=True)
    assert page.locator("td").count() > 10 and page.evaluate(CUT) == []
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    found = Axe().run(page).response["violations"]
    assert [(v["id"], [n["html"][:160] for n in v["nodes"]]) for v in found] == []


@pytest.mark.parametrize(
    ("width", "theme", "language"),
    [
        (390, "light", "fr"),
        (768, "dark", "fr"),
        pytest.param(390, "dark", "en", marks=pytest.mark.thorough),
        pytest.param(1280, "light", "en", marks=pytest.mark.thorough),
        pytest.param(1280, "dark", "fr", marks=pytest.mark.thorough),
    ],
)
def test_words_of_the_report_are_whole(
    browser: Any, furnished: Live, tmp_path: Path, width: int, theme: str, language: str
) -> None:
    page = page_of(browser, furnished, "desk", theme)
    page.set_viewport_size({"width": width, "height": 900})
    page.context.add_cookies([{"name": "demeure-language", "value": language, "url": furnished.url}])
    try:
        asked = {"sent": "1", "people": "40", "sensitive": ["staff", "social"], "uses": USES, "seat": "25"}
        page.goto(f"{furnished.url}{ASSESS}?{urlencode(asked, doseq=True)}")
        looked_at(page, f"evaluation-{width}-{theme}-{language}")
        text = f"people = 40\nsensitive = ['staff', 'social']\nuses = {USES}\n"
        title, told = report(assessed(read_answers(text, "x"), 24 << 30), language, date(2026, 11, 26))
        file = tmp_path / "r.html"
        file.write_text(html(title, told, language), encoding="utf-8")
        page.goto(file.as_uri())
        looked_at(page, f"rapport-{width}-{theme}-{language}")
    finally:
        page.context.close()


@pytest.mark.parametrize("path", [ASSESS, "/administration/dimensionner"])
def test_a_form_whose_answer_takes_seconds_says_so(browser: Any, furnished: Live, path: str) -> None:
    page = page_of(browser, furnished, "desk", "light")
    try:
        page.goto(f"{furnished.url}{path}")
        told = page.locator("form [role=status]")
        assert told.count() == 1 and told.inner_text() == ""
        page.evaluate("addEventListener('submit', (event) => event.preventDefault())")  # no answer comes
        page.locator("form .btn.primary").click()
        told.get_by_text("quelques secondes").wait_for()
    finally:
        page.context.close()
