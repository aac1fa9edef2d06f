"""What must reach the scribe although its asker was told no, or left: no intention stays open because of that.

A closing that could not be written is written as soon as the scribe answers again. An intention that may have been
written without its asker knowing is found again by its id, and closed as interrupted.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from demeure.journal.entry import Draft
from demeure.journal.errors import JournalFull, JournalUnavailable

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0


@dataclass
class Letter:
    """One draft as it travels. ``posted``: a scribe may have it."""

    draft: Draft
    args: dict[str, Any]
    sealed: bytes
    posted: bool = False

    def owed_after(self, problem: BaseException) -> bool:
        """Must it still be delivered, now that its asker only knows ``problem``?"""
        if self.draft.phase == "intention":
            return self.posted and not isinstance(problem, JournalFull)  # a full disk says that it has none
        return self.draft.phase == "closing"


class Owed:
    """``deliver`` raises JournalUnavailable or JournalFull while it cannot; the letter is then kept."""

    def __init__(self, deliver: Callable[[Letter], Awaitable[None]]) -> None:
        self._deliver = deliver
        self._letters: list[Letter] = []
        self._task: asyncio.Task[None] | None = None
        self._over = False

    def add(self, letter: Letter) -> None:
        """Deliver it in the background, however long that takes; not once ``aclose`` was called."""
        if self._over:
            return
        self._letters.append(letter)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._pay())

    async def _pay(self) -> None:
        pause = FIRST_PAUSE
        while self._letters:
            await asyncio.sleep(pause)
            pause = min(LONGEST_PAUSE, pause * 2)
            with contextlib.suppress(JournalUnavailable, JournalFull):
                while self._letters:
                    await self._deliver(self._letters[0])
                    self._letters.pop(0)

    async def aclose(self) -> None:
        """What is still owed is left to the recovery of the next start."""
        self._over = True
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
