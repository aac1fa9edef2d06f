"""The models as programs use them: a model of the house reads what a program sends, and nothing of the house.

Promise: policy decides first; the request and the model are in the journal, and the answer is opened there, before
its first word leaves; its closing is there before its end. Each key has its turn, in the queue
where people wait.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol
from uuid import uuid4

from demeure.assistant.work import sealed
from demeure.engine import PROGRAM, Completer, Embedder, FairQueue, TextKind
from demeure.gateway.hearing import Heard, Hearing
from demeure.identity import KeyTooFast
from demeure.journal import Draft, Journal, OpenIntention
from demeure.library import written
from demeure.policy import Action, Actor, Decision, Resource, decide, in_force

if TYPE_CHECKING:
    from demeure.engine.port import Vectors

COMPLETION, OPENED, VECTORS, SOUND = "completion-asked", "completion-opened", "vectors-asked", "sound-asked"
MODEL_ACTS = (COMPLETION, OPENED, VECTORS, SOUND)
"""Intentions of this file: what a crash leaves open is closed as interrupted; the text went to the program."""
EMBED_PLACES, EMBED_BATCH = 2, 16
WAITING_EACH, WAITING_ALL, LATER = 64, 4000, 10
"""Requests of one key, and of all, that may wait; one more is told to come back in so many seconds."""


class Lease(Protocol):
    """Holding it makes background work wait."""

    def interactive(self) -> AbstractAsyncContextManager[None]: ...


@dataclass
class _Completion:
    """One answer on its way."""

    actor: Actor
    request: Mapping[str, Any]
    model: str
    called: str
    keeps: bool
    rule: str
    chain: str = field(default_factory=lambda: uuid4().hex)
    asked: OpenIntention | None = None
    opened: OpenIntention | None = None
    text: list[str] = field(default_factory=list)
    outcome: str = "interrupted"

    def draft(self, kind: str, name: str, payload: Mapping[str, Any] | None = None, **rest: Any) -> Draft:
        body = sealed(dict(payload)) if payload is not None and self.keeps else b""
        return Draft(kind, name, chain=self.chain, actor=self.actor.id, payload=body, **rest)

    def take(self, event: Mapping[str, Any]) -> None:
        """Keep what it says, for the journal."""
        for choice in event.get("choices") or ():
            delta = choice.get("delta") or {}
            if delta.get("content"):
                self.text.append(str(delta["content"]))
            for call in delta.get("tool_calls") or ():
                self.text.append(json.dumps(call, ensure_ascii=False))


class ModelRoom:
    """Composed by the gateway. Concurrent calls are welcome."""

    def __init__(
        self,
        *,
        completer: Completer,
        count: Callable[[str], Awaitable[int]],
        embedder: Embedder,
        hearing: Hearing,
        journal: Journal,
        lease: Lease,
        queue: FairQueue,
    ) -> None:
        """``queue``: of the chat model's places, which people have too. ``count``: tokens of a text; raises
        EngineDown."""
        self.count = count
        self._completer, self._embedder, self.hearing = completer, embedder, hearing
        self._journal, self._lease = journal, lease
        self._chat, self._embed, self._hear = queue, FairQueue(EMBED_PLACES), FairQueue(1)
        self._model, self._weights = "", ""
        self._closings: set[asyncio.Task[None]] = set()

    def use(self, model: str, weights: str = "") -> None:
        """``model``: the chat model that answers from now on, ``weights`` the SHA-256 of its file."""
        self._model, self._weights = model, weights

    @property
    def model(self) -> str:
        """The chat model that answers now."""
        return self._model or "none"

    async def complete(
        self, actor: Actor, requests: Sequence[Mapping[str, Any]], sensitivity: str = ""
    ) -> AsyncGenerator[Mapping[str, Any]]:
        """Chunks of the answers to ``requests`` (the same one, drawn several times), one after the other, ``index``
        being which; then one with the ``usage`` of all and no choice.

        ``sensitivity``: class of what is sent, as the program says. Raises Denied, KeyTooFast, the engine's errors,
        the journal's. Closing the generator stops the engine."""
        decision = self._decided(actor, self.model, sensitivity)
        called = f"{self.model} sha256={self._weights}" if self._weights else self.model
        work = _Completion(actor, requests[0], self.model, called, _keeps(sensitivity), decision.rule)
        if not decision.allowed:
            await self._journal.record(work.draft("request", "completion-refused", decision=decision.rule))
            decision.require()
        try:
            async with turn(self._chat, actor), self._lease.interactive():
                async for event in self._written(work, requests):
                    yield event
        finally:
            await self._settle(work)

    async def _written(
        self, work: _Completion, requests: Sequence[Mapping[str, Any]]
    ) -> AsyncGenerator[Mapping[str, Any]]:
        usage = {"prompt_tokens": 0, "completion_tokens": 0}
        for index, request in enumerate(requests):
            stream = self._completer.complete(request)
            async with aclosing(stream) as events:
                first = asyncio.create_task(anext(events, None))  # the engine begins while the journal writes
                try:
                    if not index:
                        await self._open(work)
                    event = await first
                finally:
                    first.cancel()
                    await asyncio.gather(first, return_exceptions=True)
                while event is not None:
                    spent = event.get("usage") or {}
                    usage["prompt_tokens"] = max(usage["prompt_tokens"], int(spent.get("prompt_tokens") or 0))
                    usage["completion_tokens"] += int(spent.get("completion_tokens") or 0)
                    work.take(event)
                    if event.get("choices"):
                        yield _indexed(event, index)
                    event = await anext(events, None)
        work.outcome = "done"
        await self._settle(work)
        yield {"choices": [], "usage": usage | {"total_tokens": sum(usage.values())}, "chain": work.chain}

    async def _open(self, work: _Completion) -> None:
        """All three are durable at once."""
        asked = {name: value for name, value in work.request.items() if name != "model"}
        work.asked, _, work.opened = await asyncio.gather(
            self._journal.intention(work.draft("request", COMPLETION, asked, decision=work.rule)),
            self._journal.record(work.draft("extension", "model-called", object=work.called)),
            self._journal.intention(work.draft("answer", OPENED)),
        )

    async def _settle(self, work: _Completion) -> None:
        """Close what is open, even when the reader left: the task outlives a cancelled request."""
        opened, asked, work.opened, work.asked = work.opened, work.asked, None, None
        if opened is None or asked is None:
            return
        task = asyncio.create_task(self._close(work, opened, asked))
        self._closings.add(task)
        task.add_done_callback(self._closings.discard)
        await asyncio.shield(task)

    async def _close(self, work: _Completion, opened: OpenIntention, asked: OpenIntention) -> None:
        told = sealed({"text": "".join(work.text)}) if work.keeps else b""
        await asyncio.gather(
            self._journal.close(opened, work.outcome, payload=told),
            self._journal.close(asked, work.outcome),
        )

    async def embed(
        self, actor: Actor, model: str, texts: Sequence[str], kinds: Sequence[TextKind], *, what: str
    ) -> tuple["Vectors", int]:
        """(vectors of ``texts``, each as its kind; tokens read). ``what``: embeddings or rerank, for the journal.
        Raises Denied, EngineDown, EngineBusy, KeyTooFast, the journal's errors."""
        import numpy as np

        decision = self._decided(actor, model)
        draft = Draft(
            kind="extension",
            name=VECTORS,
            chain=uuid4().hex,
            actor=actor.id,
            object=f"{what} {model} count={len(texts)}",
            decision=decision.rule,
        )
        async with (
            written(self._journal, draft, decision),
            turn(self._embed, actor),
            self._lease.interactive(),
        ):
            found, tokens, at = [], 0, 0
            while at < len(texts):
                end = at + 1
                while end < len(texts) and end - at < EMBED_BATCH and kinds[end] == kinds[at]:
                    end += 1
                made = await self._embedder.embedded(texts[at:end], kinds[at])
                found.append(made.vectors)
                tokens += made.tokens
                at = end
        return np.concatenate(found), tokens

    async def hear(self, actor: Actor, name: str, data: bytes, language: str) -> Heard:
        """The words of a recording. Raises Denied, what decoding and hearing meet, KeyTooFast."""
        model = await asyncio.to_thread(self.hearing.model)
        decision = self._decided(actor, model.id if model else "none")
        draft = Draft(
            kind="request",
            name=SOUND,
            chain=uuid4().hex,
            actor=actor.id,
            object=f"{model.id} sha256={model.sha256}" if model else "none",
            decision=decision.rule,
        )
        async with (
            written(self._journal, draft, decision),
            turn(self._hear, actor),
            self._lease.interactive(),
        ):
            return await self.hearing.heard(name, data, language)

    async def drain(self) -> None:
        """Wait for the closings of readers who left (at shutdown)."""
        await asyncio.gather(*self._closings, return_exceptions=True)

    @staticmethod
    def _decided(actor: Actor, model: str, sensitivity: str = "") -> Decision:
        about = Resource("model", model, name=model, model=model, sensitivity=sensitivity)
        return decide(actor, Action.MODEL_USE, about)


@asynccontextmanager
async def turn(queue: FairQueue, actor: Actor) -> AsyncIterator[None]:
    """A place, in this key's turn. Raises KeyTooFast when too many wait already."""
    who = actor.key or actor.id
    if queue.waits(who) >= WAITING_EACH or queue.waits() >= WAITING_ALL:
        raise KeyTooFast(seconds=LATER)
    async with queue.place(who, PROGRAM):
        yield


def _keeps(sensitivity: str) -> bool:
    """May the journal keep what is said? As for a thing of that class, or of a new space's."""
    return in_force().policy.highest(sensitivity).journal != "acts"


def _indexed(event: Mapping[str, Any], index: int) -> Mapping[str, Any]:
    return {**event, "choices": [{**choice, "index": index} for choice in event["choices"]]}
