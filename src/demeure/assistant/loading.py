"""A model that is still loading is waited for, and whoever asked is told so: their answer comes by itself."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any

from demeure.engine import Delta, EngineLoading

PATIENCE = 180.0
"""Seconds. Eight gigabytes are hashed and read in less than a minute; beyond, something else is wrong."""
PAUSE = 0.3


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


async def waits(first: "asyncio.Task[Any]", loading: asyncio.Event) -> bool:
    """Does ``first`` wait for a model that loads? Returns when it is done, or known to wait."""
    known = asyncio.create_task(loading.wait())
    try:
        await asyncio.wait({first, known}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        known.cancel()
    return not first.done()
