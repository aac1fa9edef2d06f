"""A question answered by an engine at the end of a route instead of the house's own: what leaves takes the highest
class that the question touches, its conversation and the documents read for it included.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Protocol

from demeure.assistant.events import Source
from demeure.assistant.followup import Turn
from demeure.engine import Delta, Engine


class Touching(Protocol):
    """What ``Conversations`` tells."""

    async def touching(self, conversation: str, spaces: Iterable[str], read: Iterable[str]) -> str: ...


class Asked(Protocol):
    """What ``Work`` tells of the question."""

    conversation: str
    chain: str
    spaces: tuple[str, ...]
    sources: tuple[Source, ...]
    before: tuple[Turn, ...]

    @property
    def seal_space(self) -> str | None: ...

    @property
    def drawing(self) -> dict[str, Any]: ...


@dataclass(frozen=True)
class Through:
    """``model``: its name, for the journal and for the policy's list of models; ``shown``: for people. ``engine``:
    (class, space whose key seals what the journal keeps, chain, whole texts of which lines are sent) → the engine,
    for this question. ``told``: what was
    said when it was let out. ``cuts``: passages (ids, by space) → what stands where they were cut (blocks)."""

    model: str
    shown: str
    engine: Callable[[str, str | None, str, Sequence[str]], Engine]
    told: Callable[[], Mapping[str, Any]] = dict
    cuts: Callable[[Mapping[str, Sequence[int]]], Sequence[str]] = lambda _: ()

    async def answered(
        self, touching: Touching, asked: Asked, messages: Sequence[Mapping[str, str]], *, max_tokens: int
    ) -> AsyncGenerator[Delta]:
        """As ``Engine.chat``; the conversation is asked which class it has come to."""
        read = [source.document_id for source in asked.sources]
        highest = await touching.touching(asked.conversation, asked.spaces, read)
        engine = self.engine(highest, asked.seal_space, asked.chain, await self._quoted(asked))
        async with aclosing(engine.chat(messages, max_tokens=max_tokens, **asked.drawing)) as stream:
            async for delta in stream:
                yield delta

    async def _quoted(self, asked: Asked) -> list[str]:
        """Whole texts of which the messages quote a part: passages and where they were cut, former turns."""
        chosen: dict[str, list[int]] = {}
        for source in asked.sources:
            if source.passage:
                chosen.setdefault(source.space, []).append(source.passage)
        cuts = await asyncio.to_thread(self.cuts, chosen) if chosen else ()
        said = [text for turn in asked.before for text in (turn.question, turn.answer)]
        return [*(source.quote for source in asked.sources), *cuts, *said]
