"""Who follows a draft sees where it stands in the engine's queue, each time that changes."""

import asyncio
from typing import Any

import pytest

from demeure.assistant.tasks import hub as hubs
from demeure.assistant.tasks.hub import Hub, Live


def test_the_place_in_the_queue_is_told_as_it_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hubs, "OFTEN", 0.01)

    async def go() -> list[Any]:
        hub, live, seen = Hub(), Live(1, 1, "drafting"), list[Any]()
        hub.open("w", live)
        live.rank.follow(lambda: 2)
        assert hub.ahead("w") == 2 and hub.ahead("another") is None
        async with asyncio.timeout(5):
            async for event in hub.follow("w"):
                if event["event"] == "state":
                    seen.append(event["ahead"])
                    live.rank.follow((lambda: 0) if event["ahead"] == 2 else None)
                if seen and seen[-1] is None:
                    hub.close("w", live)
        return seen

    assert asyncio.run(go()) == [2, 0, None]


def test_what_is_being_written_shows_no_number_of_a_source() -> None:
    """A draft showed « [1] » and « [1 » as they came, and lost them at the end."""
    said = "Bonjour,\n\nLa salle est libre [1], de 9 h à 12 h [2, 3].\nLe tarif est de 85 euros [1].\n\nBien à vous"

    async def go() -> tuple[list[str], str]:
        hub, live, shown, steps = Hub(), Live(1, 1, "drafting"), "", list[str]()
        hub.open("w", live)

        async def written() -> None:
            for end in [*range(1, len(said), 3), len(said)]:
                live.tell(text=said[:end])
                await asyncio.sleep(0)
            hub.close("w", live)

        async with asyncio.timeout(5), asyncio.TaskGroup() as both:
            both.create_task(written())
            async for event in hub.follow("w"):
                if event["event"] == "text":
                    assert not event["whole"], "what was shown stays"
                    shown += event["delta"]
                    steps.append(shown)
        return steps, shown

    steps, shown = asyncio.run(go())
    assert len(steps) > 5 and not any("[" in one or one.endswith((" 1", " 2")) for one in steps)
    assert shown == "Bonjour,\n\nLa salle est libre, de 9 h à 12 h.\nLe tarif est de 85 euros.\n\nBien à vous"
