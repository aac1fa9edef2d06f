"""Politique, Clés, Personnes, Pseudonymes, Flux, and who answers in the Assistant, opened in a browser: nothing for
axe to say, nothing sideways.
"""

from collections.abc import Callable
from typing import Any

import pytest

from demeure.gateway.ways_out import Offered
from demeure.policy import Force, default_policy_text, read_policy
from demeure.store import KeyLine
from demeure.testing.gateway import FakeRooms

from .conftest import Live
from .looking import looked_at
from .test_browser import browser, page_of, pytestmark

__all__ = ["browser", "pytestmark"]
MADE, TURNED = "2026-01-12T09:00:00.000000Z", "2026-11-20T12:00:00.000000Z"
LINES = [
    KeyLine("house", made=MADE),
    KeyLine("journal", algorithm="Ed25519", made=MADE),
    KeyLine("space", "Archives et délibérations du conseil municipal", made=MADE, rotated=TURNED, generation=2),
    KeyLine("space", "Mairie", made=MADE),
    KeyLine("week", made=MADE, rotated=TURNED, count=1204),
    KeyLine("route", "prefecture", "unread", made=MADE),
    KeyLine("route", "ancienne", "? (1.7)", 0, made=MADE),
    KeyLine("application", algorithm="SHA-256", made=MADE, rotated=TURNED, count=2),
]
ROUTE = Offered(
    "prefecture",
    "moteur.prefecture.exemple",
    "France",
    "grand-modele-70b",
    {"fr": ["Public", "Interne"], "en": ["Public", "Internal"]},
    {"fr": ["Interne"], "en": ["Internal"]},
)
PAGES = {
    "politique": "/administration/politique",
    "remettre": "/administration/politique/1/remettre",
    "cles": "/administration/politique/cles",
    "personnes-donnees": "/personnes",
    "pseudonymes": "/pseudonymes",
    "flux": "/souverainete#flux",
    "qui-redige": "/taches/courriel",
    "qui-repond": "/assistant",
}


class FakeVaults:
    async def keyring(self, _actor: Any) -> list[KeyLine]:
        return LINES


class FakeWays:
    async def offered(self) -> list[Offered]:
        return [ROUTE]

    async def listed(self) -> list[Any]:
        return []

    def opened(self) -> list[Any]:
        return []


@pytest.mark.parametrize(
    ("size", "theme", "language"),
    [
        ("desk", "dark", "fr"),
        ("phone", "light", "en"),
        pytest.param("desk", "light", "en", marks=pytest.mark.thorough),
        pytest.param("phone", "dark", "fr", marks=pytest.mark.thorough),
    ],
)
def test_no_accessibility_violation(
    browser: Any, serve: Callable[..., Live], size: str, theme: str, language: str
) -> None:
    live = serve(governed(), vaults=FakeVaults(), ways_out=FakeWays())
    page = page_of(browser, live, size, theme)
    page.context.add_cookies([{"name": "demeure-language", "value": language, "url": live.url}])
    try:
        for name, path in PAGES.items():
            page.goto(live.url + path)
            if name == "qui-repond":
                chosen(page, language)
            looked_at(page, f"{name}-{language}-{size}-{theme}", full_page=name != "qui-repond")
    finally:
        page.context.close()


def governed() -> FakeRooms:
    """A house whose version 1 kept less than the one in force."""
    rooms, text = FakeRooms(past=past), default_policy_text()
    for number, one in enumerate((text.replace('documents = "unlimited"', "documents = 30"), text), 1):
        rooms.policies.add(number, read_policy(one), "p9", after=number - 1, apply=True)
    return rooms


def past(force: Force) -> tuple[int, int, int, int]:
    return (3, 1, 0, 12) if force.policy.sensitivity("interne").keep.documents == 30 else (0, 0, 0, 0)


def chosen(page: Any, language: str) -> None:
    """Who answers is opened, a route chosen: what will leave is in sight, and the button says which."""
    page.click("[data-way] summary")
    words = {
        "fr": ("Sortent", "Noms et numéros remplacés, ceux que des règles"),
        "en": ("What leaves", "Names and numbers replaced, those that"),
    }
    menu = page.text_content("[data-way] .menu")
    assert all(word in menu for word in (*words[language], "France", "grand-modele-70b"))
    page.check("[data-way] input[value=prefecture]")
    assert "prefecture" in page.text_content("[data-way] [data-picked]")
