"""What passwords cost: one hash of each recommended kind, then an attack on a house that serves. JSON, last line.

    python benchmarks/passwords.py [--tries N] [--at-once C] [--rounds N] [--json]

``hash``: seconds of one hash, on the wall and of the processor, for the parameters in use and for those they were
chosen against. ``one_account``: N wrong passwords for one account, C at a time: how many were looked at, how many
came too early, journal entries written. ``invented``: as many logins as can be tried in a few seconds, none of
which exists: how many the queue refused. In both, someone else signs in all along (``others``), and the memory of
the process is read from the kernel. True parameters, true store, journal in memory.
"""

import argparse
import asyncio
import os
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

from demeure.clock import SystemClock
from demeure.errors import DemeureError
from demeure.gateway.entrance import Entrance
from demeure.identity import PARAMETERS, Argon2, Parameters
from demeure.settings import Settings
from demeure.testing.journal import MemoryJournal
from demeure.testing.people import PASSWORD
from demeure.testing.store import make_instance
from measure import finish, parser, percentile, say

KINDS = {
    "in use": PARAMETERS,
    "owasp 19 MiB": Parameters(memory_kib=19_456, passes=2, lanes=1),
    "rfc 9106, second": Parameters(memory_kib=65_536, passes=3, lanes=4),
}
FAR = "192.0.2.{}"


def main() -> None:
    options = parser(__doc__ or "")
    options.add_argument("--tries", type=int, default=10_000)
    options.add_argument("--at-once", type=int, default=200)
    options.add_argument("--rounds", type=int, default=7)
    options.add_argument("--seconds", type=float, default=5.0, help="of the attack with invented logins")
    chosen = options.parse_args()
    found: dict[str, Any] = {"hash": {name: hashing(kind, chosen.rounds) for name, kind in KINDS.items()}}
    say(chosen, f"one hash: {found['hash']['in use']}")
    with tempfile.TemporaryDirectory(prefix="demeure-passwords-") as folder:
        found |= asyncio.run(attacked(chosen, Path(folder)))
    finish("passwords", found)


def hashing(kind: Parameters, rounds: int) -> dict[str, float]:
    """Median seconds of one hash. The processor's time is that of all threads."""
    hasher = Argon2(kind)
    walls, cores = [], []
    for _ in range(rounds):
        wall, core = time.perf_counter(), time.process_time()
        hasher.hash(PASSWORD)
        walls.append(time.perf_counter() - wall)
        cores.append(time.process_time() - core)
    return {"wall_s": round(percentile(walls, 0.5), 4), "processor_s": round(percentile(cores, 0.5), 4)}


class Memory:
    """The process's resident memory, its highest value since ``start``, read every 5 ms by a thread of its own."""

    def __init__(self) -> None:
        self._over = threading.Event()
        self.before = self.highest = self._now()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    @staticmethod
    def _now() -> int:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")

    def _watch(self) -> None:
        while not self._over.wait(0.005):
            self.highest = max(self.highest, self._now())

    def grown_mib(self) -> float:
        """Stop, and say by how much it grew."""
        self._over.set()
        self._thread.join()
        return round((self.highest - self.before) / 2**20, 1)


async def attacked(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    instance, journal = make_instance(folder), MemoryJournal()
    entrance = Entrance(instance.house, SystemClock(), Settings(), journal)
    for login in ("anne", "bruno"):
        person = entrance.people.add(login.capitalize(), login)
        entrance.people.keep_password(person.id, Argon2().hash(PASSWORD))
    await entrance.reception.sign_in("bruno", PASSWORD, FAR.format(8))  # imports, connections
    found = {
        "one_account": await measured(options, entrance, journal, one_account(options, entrance)),
        "invented": await measured(options, entrance, journal, invented(options, entrance)),
    }
    await entrance.aclose()
    instance.close()
    return found


async def measured(
    options: argparse.Namespace, entrance: Entrance, journal: MemoryJournal, attack: Any
) -> dict[str, Any]:
    """The attack's outcomes, what Bruno waited meanwhile, memory, entries."""
    memory, entries, began = Memory(), len(journal.entries), time.perf_counter()
    waits: list[float] = []
    failed: Counter[str] = Counter()

    async def bruno() -> None:
        while True:
            start = time.perf_counter()
            try:
                await entrance.reception.sign_in("bruno", PASSWORD, FAR.format(8))
                waits.append(time.perf_counter() - start)
            except DemeureError as problem:
                failed[problem.code()] += 1
            await asyncio.sleep(0.2)

    other = asyncio.create_task(bruno())
    outcomes: Counter[str] = await attack
    other.cancel()
    await asyncio.gather(other, return_exceptions=True)
    seconds = time.perf_counter() - began
    await entrance.refusals.tell()
    result = {
        "outcomes": dict(outcomes),
        "seconds": round(seconds, 2),
        "memory_grown_mib": memory.grown_mib(),
        "journal_entries_by_attack": sum(
            e.name in ("password-refused", "account-waits", "sign-ins-refused") for e in journal.entries[entries:]
        ),
        "others": {"came_in": len(waits), "told_to_wait": dict(failed)},
    }
    if waits:
        result["others"]["p50_s"], result["others"]["worst_s"] = (
            round(percentile(waits, 0.5), 3),
            round(max(waits), 3),
        )
    say(options, str(result))
    return result


async def outcome(entrance: Entrance, login: str, address: str) -> str:
    try:
        await entrance.reception.sign_in(login, "not the password", address)
    except DemeureError as problem:
        return problem.code()
    return "came in"


async def one_account(options: argparse.Namespace, entrance: Entrance) -> Counter[str]:
    """N wrong passwords from as many addresses as wished: it is the account that waits."""
    outcomes: Counter[str] = Counter()
    for start in range(0, options.tries, options.at_once):
        number = min(options.at_once, options.tries - start)
        tried = (outcome(entrance, "anne", FAR.format((start + n) % 250 + 1)) for n in range(number))
        outcomes.update(await asyncio.gather(*tried))
    return outcomes


async def invented(options: argparse.Namespace, entrance: Entrance) -> Counter[str]:
    """A new login at each try, through a relay on this machine: neither account nor address waits."""
    outcomes: Counter[str] = Counter()
    until, number = time.perf_counter() + options.seconds, 0
    while time.perf_counter() < until:
        number += options.at_once
        tried = (outcome(entrance, f"nobody-{number + n}", "127.0.0.1") for n in range(options.at_once))
        outcomes.update(await asyncio.gather(*tried))
    return outcomes


if __name__ == "__main__":
    main()
