"""The browser leg tells a page that leaks from one that does not, and says when it cannot tell."""

import shutil

import pytest

from demeure.proof import BLOCKED, INCONCLUSIVE, OPEN, browser


@pytest.mark.browser
def test_a_hostile_answer_asks_nothing_of_anybody() -> None:
    if not any(shutil.which(name) for name in browser.BROWSERS):
        pytest.skip("no Chromium here")
    (fact,) = browser.hostile_page()
    assert (fact.name, fact.state) == ("browser", BLOCKED), fact


@pytest.mark.browser
def test_a_rendering_that_lets_html_through_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    if not any(shutil.which(name) for name in browser.BROWSERS):
        pytest.skip("no Chromium here")
    monkeypatch.setattr(browser, "render", lambda text, _marks: text)
    (fact,) = browser.hostile_page()
    assert fact.state == OPEN


def test_without_a_browser_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browser, "BROWSERS", ())
    (fact,) = browser.hostile_page()
    assert fact.state == INCONCLUSIVE and "Chromium" in fact.fr


def test_a_control_that_sends_nothing_proves_nothing() -> None:
    assert browser._judged(0, 0, 0).state == INCONCLUSIVE
    assert browser._judged(9, 3, 0).state == BLOCKED
    assert browser._judged(9, 3, 1).state == OPEN


def test_where_chromium_cannot_make_its_own_box_it_is_opened_without(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[bool] = []

    def heard(*_: object, boxed: bool) -> int:
        opened.append(boxed)
        return 0 if boxed else (9, 3, 0)[opened.count(False) - 1]

    monkeypatch.setattr(browser, "_heard", heard)
    monkeypatch.setattr(browser.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(browser.os, "geteuid", lambda: 1000)
    (fact,) = browser.hostile_page()
    assert fact.state == BLOCKED and opened == [True, False, False, False]
