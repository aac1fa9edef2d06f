"""What becomes of a document when its time is over: said in words, as the policy and what holds it decide."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from demeure.gateway.keeping_told import fate
from demeure.library import Document, Standing
from demeure.policy import Force, default_policy, default_policy_text, put_in_force, read_policy
from demeure.testing.gateway import FakeRooms

from .conftest import Live

ROW = Document("d1", "mairie", "Tarifs.pdf", "pdf", 1, "0" * 64, "ready", "c", "claire", "2026-01-10T09:00:00Z")


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    put_in_force(Force(default_policy()))


def told(row: Document, *, days: int | None = None, **force: Any) -> str:
    text = default_policy_text()
    if days is not None:
        text = text.replace('documents = "unlimited"', f"documents = {days}")
    put_in_force(Force(read_policy(text), **force))
    clock = SimpleNamespace(now=lambda: datetime(2026, 11, 24, 12, tzinfo=UTC))
    came = SimpleNamespace(
        language="fr", house=SimpleNamespace(clock=clock), t=lambda name, **what: f"{name} {what.get('day', '')}"
    )
    return fate(came, row).strip().replace("\N{NO-BREAK SPACE}", " ")  # type: ignore[arg-type] # all that is used


def test_what_no_class_erases_is_only_proposed() -> None:
    assert told(replace(ROW, keep_until="2026-06-30")) == "standing.fate_proposed"


def test_what_a_class_keeps_for_a_time_is_said_with_its_day() -> None:
    assert told(ROW, days=365) == "standing.fate_day 10 janvier 2027"
    assert told(replace(ROW, keep_until="2027-03-31"), days=365) == "standing.fate_day 1er avril 2027"
    assert told(replace(ROW, keep_until="2026-06-30"), days=30) == "standing.fate_now"


def test_what_is_held_is_said_to_stay() -> None:
    assert told(replace(ROW, held="Litige"), days=30) == "standing.fate_held"
    assert told(ROW, days=30, held=frozenset({"mairie"})) == "standing.fate_held"


def test_the_page_says_it_in_text_with_the_date(serve: Callable[..., Live]) -> None:
    rooms = FakeRooms()
    row = rooms.shelves.put("Tarifs 2024.pdf")
    rooms.shelves.rows[row.id] = replace(
        row, keep_until="2026-06-30", standing=(Standing("expired", "2026-06-30"),)
    )
    with serve(rooms).client() as client:
        card = client.get("/documents/d1").text.replace("\N{NO-BREAK SPACE}", " ")
    note = card[card.index('data-tone="warn"') :]
    note = note[: note.index("</div></div>")]
    assert "passée depuis le 30 juin 2026" in note and "sa suppression est proposée" in note
