"""A watched folder of many files: seconds of its first scan, of one without change, of a whole verification.

    python benchmarks/sources.py [--files 20000] [--folders 200] [--rounds 3] [--json]

The product's own scan and register, and its own reading job in a process of its own, on an instance made for the
occasion, no journal but one that counts; documents are added, and not read by the pipeline: that is ``ingestion``.
``changed``: a scan after one file in a hundred was rewritten, renamed or removed. ``memory_mb``: how much the
process grew from before the first scan to its highest; ``reader_mb``: the highest of the reading job.
"""

import argparse
import asyncio
import os
import resource
import socket
import tempfile
import time
from pathlib import Path
from typing import Any

from demeure.clock import SystemClock, iso
from demeure.journal import Draft, Receipt
from demeure.reader import HandedFolder, OpenFolder
from demeure.reader.job import serve
from demeure.testing.folders import Watched
from demeure.testing.house import small_house
from demeure.testing.journal import MemoryJournal
from measure import finish, parser, say, spread


class Counted(MemoryJournal):
    """Numbers entries and keeps none: a journal in memory would be what is measured."""

    def __init__(self) -> None:
        super().__init__(role="worker")
        self.count = 0

    async def record(self, draft: Draft) -> Receipt:
        del draft
        self.count += 1
        return Receipt(self.count - 1, iso(SystemClock().now()), "ok")


class Apart:
    """The reading job, in a process of its own."""

    def __init__(self, place: Path) -> None:
        self._place = place

    async def open(self, _folder: str) -> OpenFolder:
        ours, theirs = socket.socketpair()
        pid = os.fork()
        if pid == 0:
            try:
                ours.close()
                serve(theirs, str(self._place))
            finally:
                os._exit(0)
        theirs.close()
        return Ended(HandedFolder(ours), pid)


class Ended(HandedFolder):
    """Waits for the job's end: its memory is counted then."""

    def __init__(self, folder: HandedFolder, pid: int) -> None:
        vars(self).update(vars(folder))
        self._pid = pid

    async def aclose(self) -> None:
        await super().aclose()
        await asyncio.to_thread(os.waitpid, self._pid, 0)


def fill(place: Path, files: int, folders: int) -> None:
    for n in range(folders):
        (place / f"service {n}").mkdir(parents=True)
    for n in range(files):
        text = f"Dossier {n}. Le conseil examine l’affaire {n * 7919} et adopte la mesure.\n" * 8
        (place / f"service {n % folders}" / f"dossier {n}.txt").write_text(text)


def disturb(place: Path, files: int, folders: int) -> None:
    """One file in a hundred: rewritten, renamed or removed, in turns."""
    for turn, n in enumerate(range(0, files, 100)):
        path = place / f"service {n % folders}" / f"dossier {n}.txt"
        if turn % 3 == 0:
            path.write_text(f"Dossier {n}, revu. Le conseil examine l’affaire {n}.")
        elif turn % 3 == 1:
            path.rename(path.with_name(f"dossier {n} classé.txt"))
        else:
            path.unlink()


def grown() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def measure(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    place = folder / "share"
    say(options, f"{options.files} files in {options.folders} folders")
    fill(place, options.files, options.folders)
    async with small_house(folder / "instance", work=False) as house:
        it = Watched(house, place)
        object.__setattr__(it.tools, "open", Apart(place).open)
        object.__setattr__(it.tools, "journal", Counted())
        before = grown()

        async def timed(*, whole: bool = False) -> float:
            begun = time.perf_counter()
            scan = await it.scan(whole=whole)
            assert scan.outcome == "done", (scan.outcome, it.folder.reason)
            return time.perf_counter() - begun

        first = await timed()
        say(options, f"first scan: {first:.1f} s")
        memory = grown() - before
        again = [await timed() for _ in range(options.rounds)]
        say(options, f"without change: {min(again):.2f} s")
        whole = await timed(whole=True)
        say(options, f"verified: {whole:.1f} s")
        disturb(place, options.files, options.folders)
        changed = await timed()
        counts = {what: n for what, n in it.register.scans(it.folder.id)[0].counts.items() if n}
        children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return {
        "files": options.files,
        "first_s": round(first, 2),
        "first_files_per_second": round(options.files / first),
        "unchanged_s": spread(again),
        "verified_s": round(whole, 2),
        "changed_s": round(changed, 2),
        "changed": counts,
        "memory_mb": {"first": round(memory, 1), "in_all": round(grown() - before, 1)},
        "reader_mb": round(children, 1),
    }


def main() -> None:
    options = parser(__doc__ or "")
    options.add_argument("--files", type=int, default=20_000)
    options.add_argument("--folders", type=int, default=200)
    options.add_argument("--rounds", type=int, default=3)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(dir=".") as folder:  # here and not /tmp, which may be memory
        finish("sources", asyncio.run(measure(chosen, Path(folder))))


if __name__ == "__main__":
    main()
