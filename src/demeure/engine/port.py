"""What the house asks of a language model and of an embedding model. Fakes and llama.cpp obey the same law."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

Finish = Literal["stop", "length"]
TextKind = Literal["query", "passage"]
DIMENSIONS = 384
ANY_SLOT = -1
TOKENS = 512  # longest text the embedding model reads, its prefix and its two marks included
PREFIXES: Mapping[TextKind, str] = {"query": "query: ", "passage": "passage: "}
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True)
class Delta:
    """A piece of the answer. The last one has ``finish``: "stop" (the model ended) or "length" (max_tokens)."""

    text: str
    finish: Finish | None = None


def legible(text: str) -> str:
    """Words of a model as they may be kept and shown: without the signs that move a terminal's cursor or turn the
    direction of a line, and without the lone surrogates that JSON can escape and a database cannot hold."""
    return _UNSEEN.sub("", text).encode("utf-8", "replace").decode()


class Progress(NamedTuple):
    """How far a prompt is read: ``done`` of ``total`` tokens, the ``spared`` ones among them, which its place held
    already."""

    done: int
    total: int
    spared: int = 0


class Embedded(NamedTuple):
    """Vectors, and the SHA-256 of the model that made all of them, as the engine told it with them (empty: it did
    not). Vectors of two models are not to be compared. ``tokens``: how many it read."""

    model: str
    vectors: Vectors
    tokens: int = 0


class Engine(Protocol):
    """A chat model.

    Concurrent calls are allowed; beyond the model's slots they wait their turn. Raises EngineDown when the model is
    not there or dies in the middle (pieces already given stay valid), EngineBusy when waiting was too long,
    ContextTooLong when the prompt does not fit. An answer that was whole ends with exactly one Delta having a
    ``finish``; no Delta follows it. Closing the generator (or cancelling the task) frees the slot at once.
    """

    def chat(
        self,
        messages: Sequence[Mapping[str, str]],
        *,
        max_tokens: int,
        temperature: float = 0.2,
        seed: int | None = None,
        stop: Sequence[str] = (),
        slot: int = ANY_SLOT,
        progress: Callable[[Progress], None] | None = None,
    ) -> AsyncGenerator[Delta]:
        """Stream the answer to ``messages`` ({"role": system|user|assistant, "content"}).

        Same seed and a temperature of 0: same answer. ``stop``: texts that end the answer and are not part of it.
        ``slot``: the place whose state already holds the beginning of ``messages``. ``progress``: told as soon as a
        place begins to read, then after each batch, where the model says so; what it raises ends the answer.
        """
        ...

    async def count(self, text: str) -> int:
        """Tokens of ``text`` for this model, marks of the template not counted. Raises EngineDown."""
        ...

    async def ready(self) -> bool:
        """True when a request would be served now. Never raises."""
        ...


class Completer(Protocol):
    """A chat model spoken to in the words that programs use (docs.applications): what ``Engine`` cannot say."""

    def complete(self, request: Mapping[str, Any]) -> AsyncGenerator[Mapping[str, Any]]:
        """Events ``chat.completion.chunk`` of llama-server, as they come, one with ``usage`` before the end.

        ``request``: the body of ``/v1/chat/completions``, checked by the caller; streaming is always asked. Raises
        as ``Engine.chat``; EngineRefused with ``status`` 400 when the model cannot do what is asked of it."""
        ...


class Embedder(Protocol):
    """An embedding model (E5): one unit vector per text.

    The adapter adds the prefix of ``kind`` and normalises (NFKC); callers give plain text. A text longer than the
    model reads is cut on a token boundary, silently. Vectors do not depend on the other texts of the call beyond
    rounding. Concurrent calls are allowed. Raises EngineDown.
    """

    async def embed(self, texts: Sequence[str], kind: TextKind) -> Vectors:
        """float32, shape (len(texts), 384), rows of length 1, in the order of ``texts``."""
        ...

    async def embedded(self, texts: Sequence[str], kind: TextKind) -> Embedded:
        """As ``embed``, with the model that did it. ``texts`` is not empty."""
        ...

    async def ready(self) -> bool:
        """True when a request would be served now. Never raises."""
        ...
