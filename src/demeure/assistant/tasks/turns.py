"""Who goes first with the engine: people who wait, then long works, one part at a time.

A question and a short task go at once; a work in many parts asks for its turn before each one and waits while
somebody
waits for an answer, but never longer than its patience: it is slowed, not stopped.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Protocol

SHORT = 2
"""Short tasks with the engine at once: as many as it has places by default."""
PATIENCE = 20.0
REST = 0.4
"""Seconds after the last answer: the next question is often close."""


class Lease(Protocol):
    """Holding it makes background work wait."""

    def interactive(self) -> AbstractAsyncContextManager[None]: ...


class Turns:
    """``interactive`` obeys the assistant's Lease; composed over the worker's."""

    def __init__(self, lease: Lease, *, patience: float = PATIENCE, rest: float = REST) -> None:
        self._lease, self._patience, self._rest = lease, patience, rest
        self._asking = 0
        self._quiet = asyncio.Event()
        self._quiet.set()
        self._short, self._long = asyncio.Semaphore(SHORT), asyncio.Lock()

    @contextlib.asynccontextmanager
    async def interactive(self) -> AsyncIterator[None]:
        """Somebody waits for an answer inside this block."""
        self._asking += 1
        self._quiet.clear()
        try:
            async with self._lease.interactive():
                yield
        finally:
            self._asking -= 1
            if not self._asking:
                self._quiet.set()

    @contextlib.asynccontextmanager
    async def short(self) -> AsyncIterator[None]:
        """A task in one part: its author waits for it."""
        async with self._short, self.interactive():
            yield

    @property
    def asked(self) -> bool:
        """Somebody is waiting for an answer now."""
        return self._asking > 0

    @property
    def busy(self) -> bool:
        """Another long work has begun and not ended."""
        return self._long.locked()

    @contextlib.asynccontextmanager
    async def long(self) -> AsyncIterator[None]:
        """A work in many parts, one at a time in the house."""
        async with self._long:
            yield

    @contextlib.asynccontextmanager
    async def part(self) -> AsyncIterator[None]:
        """One part of a long work: after those who wait, before the embedding of passages."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._patience):
                while self._asking:
                    await self._quiet.wait()
                    await asyncio.sleep(self._rest)
        async with self._lease.interactive():
            yield
