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
