"""What libraries tried in their boxes: a line of the journal a day, a table on the page, words in the terminal."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from demeure.cli.status_cmd import _show
from demeure.gateway.box_refusals import MOST_A_DAY, NAME, BoxRefusals
from demeure.testing.administration import process
from demeure.testing.clock import StillClock
from demeure.testing.gateway import FakeRooms
from demeure.testing.journal import MemoryJournal

from .conftest import Live


def row(library: str = "posthog", kind: str = "connect", count: int = 12) -> dict[str, Any]:
    return {"kind": kind, "library": library, "first": "eu.posthog.invalid:443", "count": count}


def status(*rows: dict[str, Any], ladder: str = "A") -> dict[str, Any]:
    worker = process("worker", 4102, 1000, refused=list(rows))
    return {"ladder": ladder, "accepted_unconfined": ladder == "D", "processes": [process("scribe", 1, 1), worker]}


def looked(journal: MemoryJournal, clock: StillClock, *seen: dict[str, Any] | None) -> BoxRefusals:
    left = list(seen)

    async def next_status() -> dict[str, Any] | None:
        return left.pop(0)

    refusals = BoxRefusals(journal, clock, next_status)

    async def go() -> None:
        for _ in range(len(seen)):
            await refusals.look()

    asyncio.run(go())
    return refusals


def test_a_library_is_written_once_a_day_however_often_it_tries() -> None:
    journal, clock = MemoryJournal(), StillClock()
    journal._clock = clock
    looked(journal, clock, None, status(), status(row(count=3)), status(row(count=900)), status(row(kind="name")))
    assert [(entry.kind, entry.actor, entry.object) for entry in journal.named(NAME)] == [
        ("filter", "house", "role=worker library=posthog what=connect count=3"),
        ("filter", "house", "role=worker library=posthog what=name count=12"),
    ]
    assert "posthog.invalid" not in "".join(str(entry) for entry in journal.named(NAME)), "sealed, not told"
    looked(journal, clock, status(row(), row(kind="name")))
    assert len(journal.named(NAME)) == 2, "another life of the gateway, the same day"
    clock.forward(hours=25)
    looked(journal, clock, status(row()))
    assert len(journal.named(NAME)) == 3


def test_invented_names_do_not_flood_the_journal() -> None:
    journal, clock = MemoryJournal(), StillClock()
    looked(journal, clock, status(*(row(f"library{number}") for number in range(MOST_A_DAY + 100))))
    assert len(journal.named(NAME)) == MOST_A_DAY


def test_without_walls_it_is_not_called_refused() -> None:
    journal, clock = MemoryJournal(), StillClock()
    looked(journal, clock, status(row(), ladder="D"))
    assert journal.named(NAME)[0].decision == "seen, and not refused: no walls"


def test_the_page_tells_which_library_wanted_what_but_not_from_where(serve: Callable[..., Live]) -> None:
    rooms = FakeRooms()
    live = serve(rooms, clock=StillClock())
    with live.client() as client:
        page = client.get("/souverainete").text
        assert "Aucune bibliothèque n’a tenté" in page and 'id="boites"' not in page
        rooms.porter.state = rooms.porter.state | status(row(), row("noisy", "program", 1), row("", "more", 2))
        live.house.pulse._status._until = 0.0
        page = client.get("/souverainete").text
    assert "15 essais de bibliothèques arrêtés par leur boîte" in page
    assert "<td>non nommée</td><td>autre chose</td>" in page
    assert "<code>posthog</code>" in page and "lancer un programme" in page
    assert "posthog.invalid" not in page


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("fr", "worker : posthog, se connecter (eu.posthog.invalid:443) × 12"),
        ("en", "worker: posthog, connect (eu.posthog.invalid:443) × 12"),
    ],
)
def test_the_terminal_tells_it_in_words(capsys: pytest.CaptureFixture[str], language: str, told: str) -> None:
    _show(status(row()), language)
    assert told in capsys.readouterr().out
    _show(status(), language)
    assert "Refus" not in capsys.readouterr().out
