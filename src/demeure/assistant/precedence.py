"""Who goes first when many ask at once: a question whose first word is awaited, before what follows the last word
of another answer.

Checking an answer, drawing its end and closing its entries are about a third of the work of a question, and its
reader has all the words by then. One event loop; nothing here blocks.
"""

import asyncio
import contextlib
from collections.abc import Iterator

PATIENCE = 0.3
"""Seconds that the end of an answer gives way for at most."""


class Precedence:
    """Of one assistant."""

    def __init__(self) -> None:
        self._ends = asyncio.Lock()
        self._awaited = 0
        self._calm = asyncio.Event()
        self._calm.set()

    @contextlib.contextmanager
    def preparing(self) -> Iterator[None]:
        """While a question is looked for, its turn to be included."""
        self._awaited += 1
        self._calm.clear()
        try:
            yield
        finally:
            self._awaited -= 1
            if not self._awaited:
                self._calm.set()

    async def give_way(self) -> None:
        """Return when no question is being looked for, or after ``PATIENCE``; one caller at a time, so that a
        question that comes meanwhile is before the next of them."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE), self._ends:
                await self._calm.wait()
                await asyncio.sleep(0)
