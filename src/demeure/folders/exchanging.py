"""Files that took each other's names: each is another known document now, and none is read anew. Seen before the
first of them is settled, since the document that it leaves would be deleted, and done in one transaction.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from demeure.folders.deciding import decided
from demeure.folders.following import MOVE, Tools, begun, together
from demeure.folders.settling import Taken
from demeure.folders.values import File, Folder, readable
from demeure.journal import AddingRefused
from demeure.library.errors import DocumentLeaving
from demeure.policy import Action
from demeure.reader import FileMoving, FileRefused


class Exchanges:
    """Those of one scan. ``digest``: SHA-256 of what a file holds now; raises FileMoving, FileRefused."""

    def __init__(self, tools: Tools, folder: Folder, digest: Callable[[File], Awaitable[str]]) -> None:
        self._t, self._folder, self._digest = tools, folder, digest
        self._known: dict[int, str] = {}
        self.settled: set[int] = set()

    async def settle(self, file: File, sha256: str) -> list[Taken]:
        """What ``file``, which holds ``sha256`` now, and the others did when they only changed names among
        themselves: all done; empty when that is not what happened. Raises the journal's errors, AddingRefused."""
        ring = await self._ring(file, sha256)
        if not ring:
            return []
        try:
            await self._settled(ring)
        except DocumentLeaving:
            return []
        self.settled |= {one.file.id for one in ring}
        return ring

    async def _settled(self, ring: list[Taken]) -> None:
        async with together(self._t.journal) as opened:
            for one in ring:
                decision = decided(self._folder, Action.DOCUMENT_ADD, self._folder.space, one.document)
                about = readable(one.file.path).encode()
                # without the document: after a kill nothing says whether it was done, and it is done again
                intention = await begun(self._t.journal, self._folder, MOVE, decision, payload=about)
                opened.append((intention, one.document))
            if not all(intention.may_add for intention, _ in opened):
                raise AddingRefused()
            await asyncio.to_thread(self._t.settling.exchange, self._folder, ring)

    async def _ring(self, file: File, sha256: str) -> list[Taken]:
        """``file`` took the bytes of another, that one those of a third, and the last one those of ``file``."""
        if await asyncio.to_thread(self._t.settling.held, self._folder.space, sha256) in ("", file.document):
            return []
        files, left = [file], file.sha256
        while left != sha256:
            taker = await self._taker(files, left)
            if taker is None:
                return []
            files.append(taker)
            left = taker.sha256
        # each took what the next but one before it left: the first one, what the last one left
        return [Taken(one, former) for one, former in zip(files, [files[-1], *files[:-1]], strict=True)]

    async def _taker(self, files: list[File], left: str) -> File | None:
        """The file, not among ``files``, that holds by now what the last of them held."""
        for one in await asyncio.to_thread(self._t.register.as_large, files[-1]):
            if one.id in {file.id for file in files} | self.settled:
                continue
            if one.id not in self._known:
                with contextlib.suppress(FileMoving, FileRefused):
                    self._known[one.id] = await self._digest(one)
            if self._known.get(one.id) == left:
                return one
        return None
