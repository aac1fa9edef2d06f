"""A question answered by an engine at the end of a route instead of the house's own: what leaves takes the highest
class that the question touches, its conversation and the documents read for it included.
"""

from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Protocol

from demeure.assistant.events import Source
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

    @property
    def seal_space(self) -> str | None: ...

    @property
    def drawing(self) -> dict[str, Any]: ...


@dataclass(frozen=True)
class Through:
    """``model``: its name, for the journal and for the policy's list of models; ``shown``: for people. ``engine``:
    (class, space whose key seals what the journal keeps, chain, whole texts of which lines are sent) → the engine,
    for this question. ``told``: what was
    said when it was let out."""

    model: str
    shown: str
    engine: Callable[[str, str | None, str, Sequence[str]], Engine]
    told: Callable[[], Mapping[str, Any]] = dict

    async def answered(
        self, touching: Touching, asked: Asked, messages: Sequence[Mapping[str, str]], *, max_tokens: int
    ) -> AsyncGenerator[Delta]:
        """As ``Engine.chat``; the conversation is asked which class it has come to."""
        read = [source.document_id for source in asked.sources]
        highest = await touching.touching(asked.conversation, asked.spaces, read)
        quoted = [source.quote for source in asked.sources]
        engine = self.engine(highest, asked.seal_space, asked.chain, quoted)
        async with aclosing(engine.chat(messages, max_tokens=max_tokens, **asked.drawing)) as stream:
            async for delta in stream:
                yield delta
