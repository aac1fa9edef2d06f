"""An engine at the end of a route, that says what it was given and keeps how it was asked."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any

from demeure.airlock import RouteRefused
from demeure.engine import Delta


class Far:
    """``said``: its answer. ``refuses``: the class that its route lets nothing out of. ``asked``: (class, space,
    chain) of each question, ``beside``: the whole texts that it quotes, ``messages``: those that went out."""

    def __init__(self, said: str, refuses: str = "") -> None:
        self.asked: list[tuple[str, str | None, str]] = []
        self.messages: list[Sequence[Mapping[str, str]]] = []
        self.beside: list[Sequence[str]] = []
        self._said, self._refuses = said, refuses

    def engine(self, sensitivity: str, space: str | None, chain: str, beside: Sequence[str] = ()) -> "Far":
        self.asked.append((sensitivity, space, chain))
        self.beside.append(beside)
        return self

    async def chat(self, messages: Sequence[Mapping[str, str]], **how: Any) -> AsyncGenerator[Delta]:
        assert how["max_tokens"] > 0
        if self.asked[-1][0] == self._refuses:
            raise RouteRefused(route="far", rule="leaves-never", detail="Non.", detail_en="No.")
        self.messages.append(messages)
        yield Delta(self._said)
        yield Delta("", "stop")

    async def count(self, text: str) -> int:
        return len(text) // 3

    async def ready(self) -> bool:
        return True
