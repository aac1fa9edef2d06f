"""Interactive before background: while someone waits for an answer, passages are not embedded.

The gateway holds a wire call (``lease``) open to the worker for as long as it serves questions; a gateway that dies
drops the connection, and the lease with it. The worker asks ``turn()`` between small batches.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING

from demeure.clock import Clock, SystemClock
from demeure.engine.errors import EngineChanged
from demeure.engine.port import Embedded
from demeure.errors import DemeureError
from demeure.wire import Channel, Reply, Request

if TYPE_CHECKING:
    from demeure.engine.port import Embedder, TextKind, Vectors

OPERATION = "lease"
HOLD = 0.5  # seconds the background still waits after the last answer: the next question is often close
PATIENCE = 10.0  # seconds after which one batch goes anyway: people who never stop asking slow it, not stop it
RETRY = 0.2  # seconds before the worker is asked again when it was away
BATCH_SECONDS = 0.3  # what a question may have to wait for: the batch already in the engine


class LeaseHolder:
    """The gateway's half. ``channel()`` gives the wire channel to the worker; a missing worker costs nothing."""

    def __init__(self, channel: Callable[[], Awaitable[Channel]]) -> None:
        self._channel = channel
        self._running = 0
        self._task: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def interactive(self) -> AsyncIterator[None]:
        """Someone waits for an answer inside this block. Never delays and never fails because of the worker."""
        self._running += 1
        if self._task is None:
            self._task = asyncio.create_task(self._hold())
        try:
            yield
        finally:
            self._running -= 1
            if not self._running and self._task:
                self._task.cancel()
                self._task = None

    async def _hold(self) -> None:
        while True:
            with contextlib.suppress(DemeureError, OSError):
                channel = await self._channel()
                async with aclosing(channel.stream(OPERATION)) as held:
                    async for _ in held:
                        pass
            await asyncio.sleep(RETRY)  # the worker went away while we hold: ask again


class LeaseGate:
    """The worker's half: register ``handler`` under ``lease`` on each channel, call ``turn`` before each batch."""

    def __init__(self, *, hold: float = HOLD, patience: float = PATIENCE, clock: Clock | None = None) -> None:
        self._hold, self._patience, self._clock = hold, patience, clock or SystemClock()
        self._held = 0
        self._released = -hold - 1e9
        self._free, self._taken = asyncio.Event(), asyncio.Event()
        self._free.set()

    @property
    def held(self) -> bool:
        """True while at least one gateway serves someone."""
        return self._held > 0

    async def handler(self, request: Request) -> AsyncIterator[Reply]:
        """The stream a LeaseHolder keeps open; its end, whatever the cause, is the release."""
        del request
        self._held += 1
        self._free.clear()
        self._taken.set()
        try:
            yield Reply({"held": True})
            await asyncio.Event().wait()
        finally:
            self._held -= 1
            if not self._held:
                self._released = self._clock.monotonic()
                self._taken.clear()
                self._free.set()

    async def taken(self) -> None:
        """Return as soon as somebody waits for an answer."""
        await self._taken.wait()

    async def quiet(self) -> None:
        """As ``turn``, without losing patience: for work that nobody waits for."""
        await self._quiet()

    async def turn(self) -> None:
        """Return when the background may work: no lease held and none for a while, or its patience is over."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._patience):
                await self._quiet()

    async def _quiet(self) -> None:
        while True:
            await self._free.wait()
            rest = self._released + self._hold - self._clock.monotonic()
            if rest <= 0:
                return
            await asyncio.sleep(rest)


class YieldingEmbedder:
    """An ``Embedder`` for the background: small batches of about ``seconds`` each, a turn asked before each one."""

    def __init__(
        self, embedder: Embedder, gate: LeaseGate, *, seconds: float = BATCH_SECONDS, clock: Clock | None = None
    ) -> None:
        self._embedder, self._gate, self._seconds = embedder, gate, seconds
        self._clock = clock or SystemClock()
        self._speed = 0.0  # characters per second, from the batches already done

    async def embed(self, texts: Sequence[str], kind: TextKind) -> Vectors:
        return (await self.embedded(texts, kind)).vectors if texts else await self._embedder.embed([], kind)

    async def embedded(self, texts: Sequence[str], kind: TextKind) -> Embedded:
        import numpy as np

        done: list[Embedded] = []
        at = 0
        while at < len(texts):
            await self._gate.turn()
            end = self._end(texts, at)
            begin = self._clock.monotonic()
            done.append(await self._embedder.embedded(texts[at:end], kind))
            self._learn(sum(map(len, texts[at:end])), self._clock.monotonic() - begin)
            at = end
        models = {one.model for one in done}
        if len(models) > 1:
            raise EngineChanged()
        return Embedded(models.pop(), np.concatenate([one.vectors for one in done]))

    async def ready(self) -> bool:
        return await self._embedder.ready()

    def _end(self, texts: Sequence[str], at: int) -> int:
        """One text at least, then as many as fit the time at the speed seen."""
        budget, end = self._speed * self._seconds - len(texts[at]), at + 1
        while end < len(texts) and budget >= len(texts[end]):
            budget -= len(texts[end])
            end += 1
        return end

    def _learn(self, characters: int, seconds: float) -> None:
        speed = characters / max(seconds, 1e-3)
        self._speed = speed if not self._speed else 0.7 * self._speed + 0.3 * speed
