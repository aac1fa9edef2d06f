"""What keeps a document although somebody asks for its erasure."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import pytest

from demeure.library import Document
from demeure.persons.holds import held
from demeure.policy import Force, in_force, put_in_force
from demeure.policy.text import default, default_text, read

TODAY = date(2026, 11, 26)


@pytest.fixture(autouse=True)
def former() -> Iterator[None]:
    before = in_force()
    yield
    put_in_force(before)


ONE = Document("d1", "mairie", "bail.pdf", "pdf", 9, "0" * 64, "ready", "c1", "anne", "2026-11-01T00:00:00Z")


def one(**values: str) -> Document:
    return replace(ONE, **values)  # type: ignore[arg-type] # texts only


def test_a_day_a_hold_and_the_archives_keep_it() -> None:
    assert held(one(), TODAY) == ""
    assert held(one(keep_until="2026-11-26"), TODAY) == "keep-until"
    assert held(one(keep_until="2026-11-25"), TODAY) == ""
    assert held(one(held="contentieux"), TODAY) == "legal-hold"
    put_in_force(Force(default(), held=frozenset({"mairie"})))
    assert held(one(), TODAY) == "legal-hold"
    put_in_force(Force(read(default_text().replace("archives = false", "archives = true"))))
    assert held(one(), TODAY) == "archives"
    assert held(one(visa="AD35-2026-7"), TODAY) == ""
