"""A model that is still loading, or busy with others, is waited for, and whoever asked is told so: their answer
comes by itself."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any

from demeure.assistant.dossier import Advance
from demeure.assistant.events import BeingRead, Loading, Queued
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
    first: "asyncio.Task[Any]", loading: asyncio.Event, rank: Rank, advance: Advance | None = None
) -> AsyncGenerator[Queued | Loading | BeingRead]:
    """What ``first`` waits for: where it stands in the engine's queue, each time that changes; a model that loads,
    once; how far the documents chosen are read (``advance``). Ends when it is done."""
    known, told, read = asyncio.create_task(loading.wait()), None, None
    awaited = {first, known}
    try:
        patience: float | None = SOON
        while not first.done():
            await asyncio.wait(awaited, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
            if first.done():
                return
            if rank.ahead != told:
                told = rank.ahead
                yield Queued(told)
            if known in awaited and known.done():
                awaited.discard(known)
                yield Loading()
            if advance is not None and advance.seen not in (None, read):
                read = advance.seen
                yield BeingRead(*read)
            patience = None if told is None and advance is None else OFTEN
    finally:
        known.cancel()
