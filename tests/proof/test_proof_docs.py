"""docs/prove.md names every probe."""

import re
from pathlib import Path

from demeure.proof.catalogue import CORE, PROBES
from demeure.proof.files import INSTANCE
from demeure.proof.twin_facts import FACTS

PAGE = (Path(__file__).parents[2] / "docs" / "prove.md").read_text(encoding="utf-8")


def test_every_probe_is_on_the_page() -> None:
    words = set(re.findall(r"[a-z][a-z0-9-]+", PAGE))
    places = {f"{way}-{place.replace('/', '-')}" for place in INSTANCE for way in ("read", "write")}
    assert {*PROBES, *FACTS} - places - words == set()
    assert {place.replace("/", "-") for place in INSTANCE} <= words


def test_the_core_probes_are_in_bold() -> None:
    assert set(re.findall(r"\*\*([a-z0-9-]+)\*\*", PAGE)) == set(CORE)
