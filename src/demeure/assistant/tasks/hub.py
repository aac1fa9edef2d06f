"""Works being written, as their readers follow them: any number, each at their own pace, none holds the writing
back."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Live:
    """One draft being written. ``parts``: [title, place, state] each; ``waits``: another one goes before it."""

    draft: int
    number: int
    state: str = "asked"
    text: str = ""
    parts: list[list[str]] = field(default_factory=list)
    over: bool = False
    turn: int = 0
    changed: asyncio.Event = field(default_factory=asyncio.Event)

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

    async def follow(self, work: str) -> AsyncGenerator[dict[str, Any]]:
        """``state`` (state, number, parts, done), ``text`` (delta, or the whole when ``whole``), until it is over.
        Nothing when it is not being written."""
        live = self._live.get(work)
        if live is None:
            return
        sent, told = "", None
        while True:
            changed, over = live.changed, live.over
            stages = {"state": live.state, "number": live.number, "parts": [list(one) for one in live.parts]}
            if stages != told:
                told = stages
                yield {"event": "state", **stages}
            if (text := live.text) != sent:
                whole = not text.startswith(sent)
                yield {"event": "text", "delta": text if whole else text[len(sent) :], "whole": whole}
                sent = text
            if over:
                return
            await changed.wait()
