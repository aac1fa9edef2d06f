"""Words and files to send, opened in a browser: nothing for axe to say, nothing sideways."""

from collections.abc import Callable
from typing import Any

import pytest

from demeure.policy import Right
from demeure.testing.gateway import FakeRooms
from demeure.words import term
from demeure.words.voice import TextVersion

from .conftest import Live
from .looking import looked_at
from .test_browser import browser, page_of, pytestmark
from .test_words_pages import answered

__all__ = ["browser", "pytestmark"]
PAGES = {
    "mots": "/administration/mots?entree=7",
    "mots-espace": "/espaces/mairie/mots",
    "mots-style": "/administration/mots/texte?genre=style",
    "mots-texte": "/administration/mots/texte?genre=template&nom=Convocation",
    "reponse": "/conversation/abc",
}


@pytest.mark.parametrize(
    ("size", "theme", "language"),
    [("desk", "light", "fr"), ("desk", "dark", "en"), ("phone", "light", "en"), ("phone", "dark", "fr")],
)
def test_no_accessibility_violation(
    browser: Any, serve: Callable[..., Live], size: str, theme: str, language: str
) -> None:
    rooms = FakeRooms()
    words = rooms.words
    words.rights = {"mairie": Right.MANAGE}
    words.kept[""] = [
        term(
            "CCAS",
            "acronym",
            "centre communal d’action sociale",
            avoid=["bureau d’aide sociale"],
            note="depuis 1986",
        ),
        term("réfectoire", avoid=["cantine"]),
    ]
    version = TextVersion("template", "Convocation", 1, "Madame, Monsieur,", "p1", "2026-11-24T12:00:00.000000Z")
    words.versions_kept[("", "template", "Convocation")] = [version]
    answered(rooms)
    live = serve(rooms)
    page = page_of(browser, live, size, theme)
    page.context.add_cookies([{"name": "demeure-language", "value": language, "url": live.url}])
    try:
        for name, path in PAGES.items():
            page.goto(live.url + path)
            if name == "reponse":
                page.locator(".send > summary").click()
            looked_at(page, f"{name}-{language}-{size}-{theme}", full_page=True)
    finally:
        page.context.close()
