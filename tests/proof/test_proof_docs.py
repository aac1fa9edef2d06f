"""docs/prove.md and its French twin name every probe."""

import re
from pathlib import Path

import pytest

from demeure.cli.proof_report import LIMITS_EN, LIMITS_FR
from demeure.gateway.papers.proof import _LONGEST, _MOST
from demeure.proof.catalogue import CORE, PROBES
from demeure.proof.files import INSTANCE
from demeure.proof.statement import NOT_PROVEN
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


def test_what_is_not_proven_says_the_libraries_and_stays_whole_on_the_page() -> None:
    """Their files are not read again: the statement says so, in lines that the printed page does not cut."""
    for language, word in (("fr", "bibliothèques"), ("en", "libraries")):
        lines = NOT_PROVEN[language]
        assert word in lines[0]
        assert len(lines) <= _MOST and max(map(len, lines)) <= _LONGEST
    assert "bibliothèques" in LIMITS_FR and "libraries" in LIMITS_EN
