"""A model that is still loading, or busy with others, is waited for, and whoever asked is told so: their answer
comes by itself."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any

from demeure.assistant.events import Loading, Queued
from demeure.engine import Delta, EngineLoading, Rank

PATIENCE = 180.0
"""Seconds. Eight gigabytes are hashed and read in less than a minute; beyond, something else is wrong."""
PAUSE = 0.3
SOON, OFTEN = 0.2, 0.5
"""Seconds before a wait is told, and between two looks at where it stands."""


async def loaded(begin: Callable[[], AsyncGenerator[Delta]], loading: asyncio.Event) -> AsyncGenerator[Delta]:
    """What ``begin()`` gives, begun again while the model loads; ``loading`` is set as soon as it is known to.
    Raises EngineLoading after ``PATIENCE``."""
    clock = asyncio.get_running_loop().time
    until = clock() + PATIENCE
    while True:
        try:
            async with aclosing(begin()) as stream:
                async for delta in stream:
                    yield delta
            return
        except EngineLoading:
            if clock() > until:
                raise
        loading.set()
        await asyncio.sleep(PAUSE)


async def waited(
    first: "asyncio.Task[Any]", loading: asyncio.Event, rank: Rank
) -> AsyncGenerator[Queued | Loading]:
    """What ``first`` waits for: where it stands in the engine's queue, each time that changes, and a model that
    loads. Ends when it is done, or known to wait for the model."""
    known, told = asyncio.create_task(loading.wait()), None
    try:
        patience: float | None = SOON
        while not first.done() and not known.done():
            await asyncio.wait({first, known}, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
            ahead = rank.ahead
            if ahead != told and not first.done():
                told = ahead
                yield Queued(ahead)
            patience = None if ahead is None else OFTEN
    finally:
        known.cancel()
    if not first.done():
        yield Loading()
