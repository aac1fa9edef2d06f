"""One look at a page in a browser: kept as a picture, nothing for axe to say, nothing that scrolls sideways."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

SHOTS = Path(__file__).parents[2] / "artefacts" / "gateway"
THEMES = ("light", "dark")


def looked_at(
    page: Any, name: str, themes: Sequence[str] = (), *, full_page: bool = False, elsewhere: bool = False
) -> None:
    """``name``: of the pictures, in ``artefacts/gateway``. ``themes``: those in which the page is shown, one after
    the other, each in its picture; none: the one that it has. ``elsewhere``: what it noted is not looked at (a
    browser notes a refusal by itself)."""
    from axe_playwright_python.sync_playwright import Axe

    SHOTS.mkdir(parents=True, exist_ok=True)
    for theme in themes or ("",):
        if theme:
            page.emulate_media(color_scheme=theme)
        page.screenshot(path=SHOTS / f"{name}{theme and '-'}{theme}.png", full_page=full_page)
        found = Axe().run(page).response["violations"]
        told = [(one["id"], [node["html"][:160] for node in one["nodes"]]) for one in found]
        assert told == [], (name, theme)
    sideways = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert sideways <= 0, f"{name} scrolls sideways"
    assert elsewhere or page.problems == [], name
