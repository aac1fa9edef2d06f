"""Works being written, as their readers follow them: any number, each at their own pace, none holds the writing
back."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Any

from demeure.assistant.citations import unmarked
from demeure.engine import Rank

OFTEN = 1.0
"""Seconds between two looks at where it stands in the queue."""


@dataclass
class Live:
    """One draft being written. ``parts``: [title, place, state] each. ``rank``: where it
    stands in the engine's queue."""

    draft: int
    number: int
    state: str = "asked"
    text: str = ""
    parts: list[list[str]] = field(default_factory=list)
    over: bool = False
    turn: int = 0
    rank: Rank = field(default_factory=Rank)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def shown(self) -> str:
        """Its text as it is followed: without the numbers of its sources."""
        return unmarked(self.text)

    def tell(self, **values: Any) -> None:
        """Change what is shown; readers wake up."""
        for name, value in values.items():
            setattr(self, name, value)
        self.turn += 1
        self.changed.set()
        self.changed = asyncio.Event()


class Hub:
    """By work. A work that is not being written has none here: its rows say all."""

    def __init__(self) -> None:
        self._live: dict[str, Live] = {}

    def open(self, work: str, live: Live) -> Live:
        self._live[work] = live
        return live

    def close(self, work: str, live: Live) -> None:
        live.tell(over=True)
        if self._live.get(work) is live:
            del self._live[work]

    def live(self, work: str) -> Live | None:
        return self._live.get(work)

    def ahead(self, work: str) -> int | None:
        """How many go before it in the engine's queue; None: it does not wait there."""
        live = self._live.get(work)
        return live.rank.ahead if live is not None else None

    async def follow(self, work: str) -> AsyncGenerator[dict[str, Any]]:
        """``state`` (state, number, parts, ahead: how many go first in the engine's queue, None when it does not
        wait there), ``text`` (delta, or the whole when ``whole``; without the numbers of its sources), until it is
        over.
        Nothing when it is not being written."""
        live = self._live.get(work)
        if live is None:
            return
        sent, told = "", None
        while True:
            changed, over = live.changed, live.over
            stages = {"state": live.state, "number": live.number, "parts": [list(one) for one in live.parts]}
            stages["ahead"] = live.rank.ahead
            if stages != told:
                told = stages
                yield {"event": "state", **stages}
            if (text := live.shown) != sent:
                whole = not text.startswith(sent)
                yield {"event": "text", "delta": text if whole else text[len(sent) :], "whole": whole}
                sent = text
            if over:
                return
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(OFTEN):
                    await changed.wait()
