"""The journal: entries a second and time to the receipt, by number of writers; group commit ÷ one sync per entry.

    python benchmarks/journal.py [--cases FILE] [--seconds 2] [--rounds 2] [--sync-ms 10] [--entries 1000000]
                                 [--folder DIR] [--json]

One scribe in its own process, the writers in this one, over one connection, as the gateway does. Both ways
alternate in one run. ``--cases``: a JSON list of {"writers": 10, "payload_bytes": 500}. ``--sync-ms``: the run is
repeated with that much added to each sync. Then a start on the journal just written, every byte checked again; and
on a journal of ``--entries`` entries (0: left out) the whole verification, in its own process, and proofs of single
entries, against reading the same file bytes and hashing them.
"""

import asyncio
import hashlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path
from typing import Any

from demeure.journal import Draft, ScribeJournal, verify
from demeure.journal.checkpoint import Signer
from demeure.journal.entry import Stamp, leaf
from demeure.journal.log import Log
from demeure.journal.service import serve
from demeure.journal.staging import Record
from demeure.journal.tree import Tree, leaf_hash
from demeure.settings import Settings
from demeure.supervisor import Birth
from measure import figures, finish, parser, percentile, read_cases, say

CASES = [{"writers": count, "payload_bytes": 500} for count in (1, 10, 50)]
SEED = b"\x01" * 32
WAYS = {"grouped": 1024, "one_by_one": 1}


class OneDoor:
    """Doors with a single peer, there from the beginning."""

    def __init__(self, peer: socket.socket) -> None:
        self.closed = asyncio.Event()
        self._peer = peer
        self._welcome: Callable[[str, socket.socket], None] | None = None

    async def start(self) -> None:
        return None

    def on_peer(self, callback: Callable[[str, socket.socket], None]) -> None:
        self._welcome = callback

    def ready(self) -> None:
        assert self._welcome
        self._welcome("gateway", self._peer)

    async def close(self) -> None:
        return None


def scribe(instance: Path, spec: dict[str, Any]) -> tuple[int, socket.socket]:
    """A scribe in a forked process: its pid, and a connection to it."""
    (instance / "journal").mkdir(exist_ok=True)
    ours, theirs = socket.socketpair()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            ours.close()
            birth = Birth("scribe", instance, Settings(journal_reserve_megabytes=1), -1, spec=spec)

            async def go() -> None:
                await serve(birth, OneDoor(theirs), SEED)

            asyncio.run(go())
            code = 0
        finally:
            os._exit(code)
    theirs.close()
    return pid, ours


async def write(sock: socket.socket, writers: int, payload: bytes, seconds: float) -> tuple[float, list[float]]:
    """(entries a second, milliseconds to each receipt)."""

    async def connect() -> socket.socket:
        return sock

    journal = ScribeJournal(connect, lambda *given: given[2], lambda *given: given[2])
    await journal.record(Draft("request", "warm-up"))
    waits: list[float] = []
    begun = time.perf_counter()
    until = begun + seconds

    async def one(number: int) -> None:
        draft = Draft("retrieval", "passages-found", chain=f"chain-{number}", actor="p-1", payload=payload)
        while (start := time.perf_counter()) < until:
            await journal.record(draft)
            waits.append((time.perf_counter() - start) * 1000)

    await asyncio.gather(*[one(number) for number in range(writers)])
    spent = time.perf_counter() - begun
    await journal.aclose()
    return len(waits) / spent, waits


def once(
    instance: Path, case: dict[str, int], group: int, sync_ms: float, seconds: float
) -> tuple[float, list[float]]:
    """One way, once."""
    pid, sock = scribe(instance, {"boot": "bench", "group": group, "sync_delay": sync_ms / 1000})
    try:
        payload = os.urandom(case["payload_bytes"])
        return asyncio.run(write(sock, case["writers"], payload, seconds))
    finally:
        os.kill(pid, signal.SIGTERM)
        os.waitpid(pid, 0)


def compare(options: Namespace, instance: Path, case: dict[str, int], sync_ms: float) -> dict[str, Any]:
    """Both ways, alternating."""
    rates: dict[str, list[float]] = {way: [] for way in WAYS}
    waits: dict[str, list[float]] = {way: [] for way in WAYS}
    for _ in range(options.rounds):
        for way, group in WAYS.items():
            rate, spent = once(instance, case, group, sync_ms, options.seconds)
            rates[way].append(rate)
            waits[way] += spent
    result: dict[str, Any] = {**case, "sync_added_ms": sync_ms}
    for way in WAYS:
        result[way] = {
            "entries_per_second": round(sum(rates[way]) / len(rates[way]), 1),
            "receipt_ms_p50": round(percentile(waits[way], 0.50), 2),
            "receipt_ms_p95": round(percentile(waits[way], 0.95), 2),
        }
    result["grouped_over_one_by_one"] = round(sum(rates["grouped"]) / sum(rates["one_by_one"]), 2)
    grouped = result["grouped"]
    say(options, f"{case['writers']} writers, +{sync_ms:g} ms: {grouped}, × {result['grouped_over_one_by_one']}")
    return result


def restart(instance: Path) -> dict[str, Any]:
    """A start on what was written: recompute and compare everything."""
    begun = time.perf_counter()
    log = Log(instance / "journal", Signer(SEED), reserve_bytes=1 << 20)
    spent = time.perf_counter() - begun
    result = {"entries": log.size, "seconds": round(spent, 2)}
    log.close()
    return result


def filled(folder: Path, entries: int) -> tuple[Log, float]:
    """A published journal written in one process, and the seconds spent in appending: a thousand entries a sync."""
    folder.mkdir()
    log, stamp = Log(folder, Signer(SEED), reserve_bytes=0), "2026-11-24T09:30:00.000000Z"
    draft = Draft("retrieval", "passages-found", chain="c" * 32, actor="a" * 16, decision="reader")
    step, spent = 1000, 0.0
    for first in range(0, entries, step):
        leaves = [leaf(draft, Stamp(stamp, "b" * 36, n, "gateway"), "0" * 64) for n in range(first, first + step)]
        records = [Record(os.urandom(16), one, bytes(500)) for one in leaves]
        begun = time.perf_counter()
        log.append(records)
        spent += time.perf_counter() - begun
        if first % 100_000 == 0:
            log.publish()
    log.publish()
    return log, spent


def rebuilding(entries: int) -> float:
    """Seconds of processor to compute the tree again from its leaves, as a start does; the best of three."""
    leaves = [b"x" * 400 + str(n).encode() for n in range(entries)]
    spent = []
    for _ in range(3):
        begun, tree = time.process_time(), Tree()
        for data in leaves:
            tree.append(leaf_hash(data))
        tree.root()
        spent.append(time.process_time() - begun)
    return min(spent)


def evidence(options: Namespace, folder: Path, entries: int) -> dict[str, Any]:
    """Verification a second, proofs, and how long reading and hashing the same bytes alone takes."""
    log, appending = filled(folder, entries)
    places = [n * (entries // 100) for n in range(100)]
    waits = []
    for index in places:
        begun = time.perf_counter()
        log.leaf(index)
        log.inclusion(index)
        waits.append((time.perf_counter() - begun) * 1000)
    log.close()
    begun = time.perf_counter()
    for path in folder.rglob("*"):
        if path.is_file():
            hashlib.sha256(path.read_bytes())
    hashing = time.perf_counter() - begun
    begun, before = time.perf_counter(), os.times()
    run = subprocess.run([sys.executable, verify.__file__, str(folder)], capture_output=True, check=True)
    spent, after = time.perf_counter() - begun, os.times()
    own = after.children_user + after.children_system - before.children_user - before.children_system
    assert run.returncode == 0
    told = {
        "entries": entries,
        "appended_per_second": round(entries / appending),
        "tree_rebuilt_per_second": round(100_000 / rebuilding(100_000)),
        "verified_per_second": round(entries / spent),
        "verified_per_processor_second": round(entries / own),
        "verify_over_hashing_alone": round(spent / hashing, 2),
        "proof_ms_p50": round(percentile(waits, 0.50), 2),
        "proof_ms_p95": round(percentile(waits, 0.95), 2),
    }
    say(options, str(told))
    return told


def main() -> None:
    options = parser(__doc__ or "")
    options.add_argument("--cases", type=Path)
    options.add_argument("--seconds", type=float, default=2.0)
    options.add_argument("--rounds", type=int, default=2)
    options.add_argument("--sync-ms", type=float, default=10.0)
    options.add_argument("--entries", type=int, default=1_000_000)
    options.add_argument("--folder", type=Path, help="where to write (the disk to be measured)")
    given = options.parse_args()
    cases = [figures(given.cases, case, CASES[0]) for case in read_cases(given.cases)] if given.cases else CASES
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        instance = Path(folder)
        rows = [compare(given, instance, case, 0.0) for case in cases]
        slow = [compare(given, instance, case, given.sync_ms) for case in cases] if given.sync_ms else []
        result: dict[str, Any] = {"cases": rows, "slow_disk": slow, "restart": restart(instance)}
        fifty = [row["grouped"] for row in rows if row["writers"] == 50]
        slower = [row["grouped"] for row in slow if row["writers"] == 50]
        result["fifty_writers"] = (fifty or [{}])[0] | {"slow_disk": (slower or [{}])[0]}
        if given.entries:
            result["evidence"] = evidence(given, instance / "large", given.entries)
        finish("journal", result)


if __name__ == "__main__":
    main()
