"""docs/prove.md and its French twin name every probe."""

import re
from pathlib import Path

import pytest

from demeure.proof.catalogue import CORE, PROBES
from demeure.proof.files import INSTANCE
from demeure.proof.twin_facts import FACTS

DOCS = Path(__file__).parents[2] / "docs"
PAGES = pytest.mark.parametrize("page", [(DOCS / name).read_text("utf-8") for name in ("prove.md", "prove-fr.md")])


@PAGES
def test_every_probe_is_on_the_page(page: str) -> None:
    words = set(re.findall(r"[a-z][a-z0-9-]+", page))
    places = {f"{way}-{place.replace('/', '-')}" for place in INSTANCE for way in ("read", "write")}
    assert {*PROBES, *FACTS} - places - words == set()
    assert {place.replace("/", "-") for place in INSTANCE} <= words


@PAGES
def test_the_core_probes_are_in_bold(page: str) -> None:
    assert set(re.findall(r"\*\*([a-z0-9-]+)\*\*", page)) == set(CORE)
