"""SIGKILL at every step of a write and at random instants: nothing acknowledged is lost, nothing is there twice."""

import asyncio
import itertools
import json
import os
import random
import signal
import time
import traceback
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from scribe_house import Child, die_with_parent, open_log
from test_journal_damage import verify

from demeure.journal import Draft, Entry, JournalUnavailable, ScribeJournal
from demeure.journal.disk import Disk

THOROUGH = bool(os.environ.get("DEMEURE_ENDURANCE"))
"""make endurance: each step in both ways, and five times the random instants."""

Event = tuple[str, str]


class DyingDisk(Disk):
    """Dies at the n-th event; an event is what precedes or follows a call. ``power``: what was not synced yet is
    lost with it, as in a power cut. ``tell``: a file where events are listed instead."""

    def __init__(self, at: int | None, *, power: bool = False, tell: Path | None = None) -> None:
        super().__init__()
        self._at, self._power, self._tell = at, power, tell
        self._count = itertools.count()
        self._unsynced: list[tuple[int, int, int]] = []

    def _event(self, what: str, where: object) -> None:
        if self._tell:
            with self._tell.open("a") as file:
                file.write(f"{what} {where}\n")
        if next(self._count) == self._at:
            if self._power:
                for descriptor, offset, length in self._unsynced:
                    os.pwrite(descriptor, bytes(length), offset)
            os.kill(os.getpid(), signal.SIGKILL)

    def allocate(self, descriptor: int, offset: int, length: int) -> None:
        super().allocate(descriptor, offset, length)
        self._event("allocated", offset)

    def truncate(self, descriptor: int, length: int) -> None:
        super().truncate(descriptor, length)
        self._event("truncated", length)

    def write(self, descriptor: int, data: bytes, offset: int) -> None:
        self._event("before write", offset)
        self._unsynced.append((descriptor, offset, len(data)))
        half = len(data) // 2
        super().write(descriptor, data[:half], offset)
        self._event("half written", offset)
        super().write(descriptor, data[half:], offset + half)
        self._event("written", offset)

    def sync(self, descriptor: int) -> None:
        super().sync(descriptor)
        self._unsynced = [item for item in self._unsynced if item[0] != descriptor]
        self._event("synced", descriptor)

    def write_file(self, path: Path, data: bytes) -> None:
        super().write_file(path, data)
        self._unsynced.clear()
        self._event("file in place", path.name)

    def rename(self, old: Path, new: Path) -> None:
        self._event("before rename", new.name)
        super().rename(old, new)
        self._event("renamed", new.name)


def beside(work: Callable[[], Awaitable[object]], result: Path) -> int:
    """Run ``work`` in a forked process; its JSON-able result lands in ``result``."""
    pid = os.fork()
    if pid == 0:
        die_with_parent()
        code = 1
        try:
            result.write_text(json.dumps(asyncio.run(work())))  # type: ignore[arg-type]
            code = 0
        except BaseException:  # noqa: BLE001 - the parent asserts on the code
            traceback.print_exc()
        finally:
            os._exit(code)
    return pid


def ended(pid: int) -> int | None:
    """Exit code, or None while it runs."""
    found, status = os.waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if found else None


async def pairs(journal: ScribeJournal, name: str, count: int) -> dict[str, list[object]]:
    """Write ``count`` intentions and closings. ``told``: [index, chain, phase] of what was acknowledged;
    ``unsure``: chains whose answer never came."""
    told: list[object] = []
    unsure: list[object] = []
    for n in range(count):
        chain = f"{name}-{n}"
        try:
            opened = await journal.intention(Draft("answer", "answer-opened", chain=chain, payload=chain.encode()))
            told.append([opened.index, chain, "intention"])
            receipt = await journal.close(opened, "done", payload=b"text of " + chain.encode() * 40)
            told.append([receipt.index, chain, "closing"])
        except JournalUnavailable:
            unsure.append(chain)
    await journal.aclose()
    return {"told": told, "unsure": unsure}


def check(child: Child, told: list[list[object]], unsure: set[str]) -> None:
    """Stop the scribe in order, then read the folder as a stranger and as the scribe."""

    async def serving() -> None:
        journal = child.journal()
        await journal.head()
        await journal.aclose()

    asyncio.run(serving())
    assert child.stop() == 0
    code, found = verify(child.instance / "journal")
    assert code == 0, found
    log = open_log(child.instance / "journal", segment=child.segment)
    entries: list[Entry] = []
    start: int | None = None
    while True:
        page, start = log.read(start, 500)
        entries += page
        if start is None:
            break
    by_index = {entry.index: entry for entry in entries}
    assert len(by_index) == len(entries) == log.size
    for index, chain, phase in told:
        entry = by_index[int(str(index))]
        assert (entry.chain, entry.phase) == (chain, phase), "an acknowledged entry is not what was acknowledged"
    pieces = [(entry.chain, entry.phase) for entry in entries if entry.kind == "answer"]
    assert len(pieces) == len(set(pieces)), "written twice"
    unknown = {chain for chain, _ in pieces} - {chain for _, chain, _ in told} - unsure
    assert not unknown, "written, though nobody asked or was told"
    for entry in entries:
        if entry.kind == "answer" and entry.phase == "intention":
            assert log.payload(entry.index)[32:] == bytes(b ^ 0x5A for b in entry.chain.encode())
    log.close()


def events_of(tmp_path: Path) -> list[str]:
    """What a scribe that writes and closes in order does to the disk."""
    child, tell = Child(tmp_path / "counting"), tmp_path / "events"
    child.start(lambda: DyingDisk(None, tell=tell))
    writer = beside(lambda: pairs(child.journal(), "w", 12), tmp_path / "result")
    assert os.waitstatus_to_exitcode(os.waitpid(writer, 0)[1]) == 0
    time.sleep(0.7)  # a publication passes
    assert child.stop() == 0
    return tell.read_text().splitlines()


def die_at(tmp_path: Path, event: int, power: bool) -> bool:
    """Did it die? Whatever happened, the callers finish against its successor."""
    child, result = Child(tmp_path / f"i{event}{power}"), tmp_path / f"r{event}{power}"
    child.start(lambda: DyingDisk(event, power=power))
    writer = beside(lambda: pairs(child.journal(), "w", 12), result)
    died, until = False, time.monotonic() + 1.2
    while (code := ended(writer)) is None or (not died and time.monotonic() < until):
        if code is not None:
            break
        if child.dead():
            died = True
            child.start()
        time.sleep(0.002)
    if not died:
        time.sleep(0.6)
        died = child.dead() or child.stop() != 0  # the last steps are those of closing
        child.start()
    assert code == 0
    found = json.loads(result.read_text())
    assert found["unsure"] == [], "a client that may reconnect has an answer for each draft"
    check(child, found["told"], set())
    return died


def test_killed_at_each_step_of_starting_writing_and_publishing(tmp_path: Path) -> None:
    events = events_of(tmp_path)
    kinds = {line.rsplit(" ", 1)[0] for line in events}
    assert kinds >= {"before write", "half written", "written", "synced", "before rename", "renamed", "allocated"}
    assert any("checkpoint" in line for line in events)
    chosen = random.Random(2).sample(range(len(events)), 26)
    died = [die_at(tmp_path, event, power=bool(number % 2)) for number, event in enumerate(chosen)]
    assert sum(died) >= 18, "most chosen instants must really have killed it"


@pytest.mark.endurance
@pytest.mark.timeout(900)
def test_killed_at_every_single_step(tmp_path: Path) -> None:
    for event in range(0, len(events_of(tmp_path)), 1 if THOROUGH else 3):
        for power in (False, True) if THOROUGH else (bool(event % 4),):
            die_at(tmp_path, event, power)


def killed_at_random(tmp_path: Path, seed: int, kills: int) -> None:
    chance = random.Random(seed)
    child, result = Child(tmp_path / "instance"), tmp_path / "result"
    child.start()
    stop = tmp_path / "stop"

    async def write() -> object:
        async def one(number: int) -> list[dict[str, list[object]]]:
            found, turn = [], 0
            while not stop.exists():
                found.append(await pairs(child.journal(f"role{number % 2}"), f"w{number}-{turn}", 5))
                turn += 1
            return found

        gathered = await asyncio.gather(*[one(number) for number in range(8)])
        return [item for found in gathered for item in found]

    writer = beside(write, result)
    for _ in range(kills):
        time.sleep(chance.uniform(0.02, 0.35))
        child.kill()
        assert child.wait() == -signal.SIGKILL
        child.restarts += 1
        child.start()
    time.sleep(0.3)
    stop.touch()
    while (code := ended(writer)) is None:
        time.sleep(0.01)
    assert code == 0
    found = json.loads(result.read_text())
    told = [item for part in found for item in part["told"]]
    unsure = {chain for part in found for chain in part["unsure"]}
    assert len(told) > kills, "the writers must have been writing"
    check(child, told, unsure)


@pytest.mark.parametrize("seed", [1, 2])
def test_killed_at_random_instants_under_eight_writers(tmp_path: Path, seed: int) -> None:
    print("seed", seed)
    killed_at_random(tmp_path, seed, 12)


@pytest.mark.endurance
@pytest.mark.parametrize("seed", range(10, 15) if THOROUGH else (10,))
@pytest.mark.thorough
def test_killed_at_random_instants_for_long(tmp_path: Path, seed: int) -> None:
    print("seed", seed)
    killed_at_random(tmp_path, seed, 60)
