"""What an administrator reads beside the processes: room, sizes, the journal and its last verification."""

import asyncio
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from demeure.errors import DemeureError
from demeure.gateway.gauge import Figures
from demeure.journal import Journal

VERIFIED = "journal-verified"
_PAGES, _LINES = 5, 200


@dataclass
class HouseFigures:
    """``Gauge`` over the instance folder and the journal."""

    instance: Path
    journal: Journal
    unexamined: Callable[[], int] = lambda: 0
    """How many documents wait to be examined for personal data (blocking)."""
    seconds: float = 2.0
    """What the page that says « the journal is silent » waits for it."""

    async def read(self) -> Figures:
        total, free, databases, originals, ready = await asyncio.to_thread(self._disk)
        entries, root, verified = await self._journal()
        waiting = await asyncio.to_thread(self.unexamined)
        return Figures(total, free, databases, originals, entries, root, verified, *ready, unexamined=waiting)

    def _disk(self) -> tuple[int, int, int, int, tuple[int, int]]:
        usage = shutil.disk_usage(self.instance / "house")
        spaces = self.instance / "spaces"  # of any generation of their keys: store.generation_folder
        databases = sum(_sizes(self.instance / "house", "*.db*")) + sum(_sizes(spaces, "**/*.db*"))
        originals = sum(_sizes(spaces, "**/blobs/*"))
        ready = _sizes(spaces, "**/snapshots/[!.]*")
        return usage.total, usage.free, databases, originals, (len(ready), sum(ready))

    async def _journal(self) -> tuple[int | None, str, datetime | None]:
        """What did not come in time is unknown, and nothing is said of it."""
        with suppress(DemeureError, TimeoutError):
            async with asyncio.timeout(self.seconds):
                head = await self.journal.head()
                return head.size, head.root, await self._verified()
        return None, "", None

    async def _verified(self) -> datetime | None:
        """Among the last entries of administration: a house that is looked after has a recent one."""
        start = None
        for _ in range(_PAGES):
            page = await self.journal.read(start=start, limit=_LINES, kind="administration")
            for entry in page.entries:
                if entry.name == VERIFIED:
                    return datetime.fromisoformat(entry.time)
            if page.next is None:
                return None
            start = page.next
        return None


def _sizes(folder: Path, pattern: str) -> list[int]:
    found = []
    for path in folder.glob(pattern):
        try:
            found.append(path.stat().st_size)
        except OSError:
            continue  # erased meanwhile
    return found
