"""The worker's watch over folders: each is scanned when it is due or asked for, one scan a folder at a time.

A folder that hangs holds no other back; documents whose place was taken leave when their time is over.
"""

import asyncio
import contextlib

from demeure.errors import DemeureError
from demeure.folders.following import DELETE, OWN, SCAN, Tools, delete_documents, may_go
from demeure.folders.scan import Scan
from demeure.folders.values import Folder
from demeure.journal import OpenIntention
from demeure.logs import note, surprise

LOOK_SECONDS = 2.0
AGAIN_SECONDS = 0.5
PAUSE_SECONDS = 20.0
"""Before a scan that broke off is begun again: what broke it may last, and each try is two entries of the
journal."""

AT_ONCE = 3


class Watch:
    """``run()`` until cancelled. ``wake``: something was asked; it looks by itself anyway."""

    def __init__(self, tools: Tools, *, look_seconds: float = LOOK_SECONDS) -> None:
        self._t, self._look = tools, look_seconds
        self._running: dict[str, asyncio.Task[None]] = {}
        self.wake = asyncio.Event()

    async def run(self) -> None:
        """Recover, then look for ever. A journal or a database that does not answer is waited for."""
        recovered = False
        while not recovered:
            recovered = await self._told(self.recover())
            await asyncio.sleep(0.0 if recovered else AGAIN_SECONDS)
        try:
            while True:
                self.wake.clear()
                await self._told(self.look())
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._look):
                        await self.wake.wait()
        finally:
            for task in self._running.values():
                task.cancel()
            await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def recover(self) -> None:
        """A worker that just started has no predecessor alive: what it left open is closed, its scans begin
        again."""
        for intention in await self._t.journal.open_intentions():
            if intention.entry.name in OWN:
                done = await asyncio.to_thread(self._done, intention)
                await self._t.journal.close(intention, "done" if done else "interrupted")
        await asyncio.to_thread(self._t.register.release)

    def _done(self, intention: OpenIntention) -> bool:
        """Whether what was about to be done to a document is done."""
        name, document = intention.entry.name, intention.entry.object
        row = self._t.shelf.document(document)
        if name == DELETE:
            return row is None or row.leaving
        return name != SCAN and row is not None

    async def look(self) -> None:
        """Begin what is due, as far as there is room."""
        self._running = {folder: task for folder, task in self._running.items() if not task.done()}
        due = await asyncio.to_thread(self._t.register.due)
        if due and (await self._t.journal.head()).state != "ok":
            return  # asked without writing: an entry every two seconds would use the journal's reserve up
        for folder in due:
            if len(self._running) >= AT_ONCE:
                break
            if folder.id not in self._running:
                self._running[folder.id] = asyncio.create_task(self._scan(folder))
        await self._outdated()

    async def settled(self) -> None:
        """Until nothing that was begun goes on (for tests and measures)."""
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def _scan(self, folder: Folder) -> None:
        whole = folder.asked == "verify"
        outcome = "failed"
        try:
            outcome = await Scan(self._t, folder, whole=whole).run()
        except DemeureError as problem:
            note("worker", f"a watched folder waits: {problem.code()}")
        except Exception as problem:  # noqa: BLE001 - one folder's surprise must not stop the others
            surprise("worker: a watched folder", problem)
        if whole and outcome in ("done", "held", "unreachable"):
            await asyncio.to_thread(self._t.register.change, folder.id, asked="")
        self._t.nudge()
        if outcome in ("failed", "interrupted", "refused"):
            await asyncio.sleep(PAUSE_SECONDS)

    async def _outdated(self) -> None:
        """Documents whose place was taken, and that need not be kept."""
        folders = {folder.actor: folder for folder in await asyncio.to_thread(self._t.register.folders)}
        days = {actor: folder.keep_days for actor, folder in folders.items()}
        now = self._t.register.now()
        for document, _space, actor in await asyncio.to_thread(self._t.settling.outdated, days, now):
            folder = folders.get(actor)
            if folder is not None and (await may_go(self._t, folder, document)).allowed:
                await delete_documents(
                    self._t,
                    folder,
                    [document],
                    "",
                    lambda one=document: self._t.shelf.mark(one),  # type: ignore[misc] # bound now
                )

    @staticmethod
    async def _told(work: object) -> bool:
        try:
            await work  # type: ignore[misc] # a coroutine of this class
        except DemeureError as problem:
            note("worker", f"watched folders wait: {problem.code()}")
            return False
        return True
