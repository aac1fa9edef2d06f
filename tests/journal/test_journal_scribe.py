"""The scribe: group commit, repeats, stamps, its own facts, peers that misbehave."""

import asyncio
import os
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import scribe_house
from scribe_house import SEED, FakeDoors, house, run

from demeure.journal import (
    Draft,
    EntryInvalid,
    EntryTooLarge,
    JournalKeyInvalid,
    JournalLocked,
    JournalUnavailable,
    ScribeJournal,
)
from demeure.journal.disk import Disk
from demeure.journal.service import read_seed, serve
from demeure.settings import Settings
from demeure.supervisor import Birth
from demeure.wire import Channel


class GatedDisk(Disk):
    """Counts syncs of staging; each waits until the test lets it go."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Event()
        self.syncs = 0

    def sync(self, descriptor: int) -> None:
        if Path(f"/proc/self/fd/{descriptor}").readlink().name == "staging":
            self.syncs += 1
            self.entered.set()
            assert self.gate.wait(10)
        super().sync(descriptor)


class SteppingClock:
    """A clock the test moves."""

    def __init__(self) -> None:
        self.wall, self.mono = datetime(2026, 11, 24, 9, 30, tzinfo=UTC), 100.0

    def now(self) -> datetime:
        return self.wall

    def monotonic(self) -> float:
        return self.mono

    def pass_(self, seconds: float) -> None:
        self.wall += timedelta(seconds=seconds)
        self.mono += seconds


def asked(chain: str = "c", **rest: Any) -> Draft:
    return Draft("request", "question-asked", chain=chain, **rest)


def test_entries_that_arrive_during_a_sync_share_the_next_one(tmp_path: Path) -> None:
    async def go() -> None:
        disk = GatedDisk()
        async with house(tmp_path / "journal", disk=disk, publish_after=30) as it:
            journal = it.journal()
            await journal.record(asked("warm"))
            disk.gate.clear()
            disk.entered.clear()
            before = disk.syncs
            first = asyncio.create_task(journal.record(asked("first")))
            await asyncio.to_thread(disk.entered.wait, 5)
            others = [asyncio.create_task(journal.record(asked(f"c{n}"))) for n in range(40)]
            await asyncio.sleep(0.1)
            assert not first.done(), "acknowledged before the sync ended"
            disk.gate.set()
            receipts = await asyncio.gather(first, *others)
            assert disk.syncs - before == 2
            assert sorted(r.index for r in receipts) == list(range(1, 42))

    run(go())


def test_a_repeated_draft_gets_the_first_receipt_also_after_a_restart(tmp_path: Path) -> None:
    async def go() -> None:
        args = {"draft": "ab" * 16, "fields": asked().fields(), "commitment": None}
        receipts = []
        for _ in range(2):
            async with house(tmp_path / "journal") as it:
                channel = await Channel(it.doors.connect("gateway")).start()
                answers = await asyncio.gather(*[channel.call("record", args) for _ in range(3)])
                receipts += [answer.data for answer in answers]
                other = await Channel(it.doors.connect("worker")).start()
                theirs = (await other.call("record", args)).data["index"]
                assert theirs == 1, "another role's draft is another draft"
                assert it.log.size == 2
                await channel.close()
                await other.close()
        assert receipts == [receipts[0]] * 6

    run(go())


class OneAnswerLost:
    """A connection that dies before the first answer arrives: the entry is written, its receipt lost."""

    def __init__(self, doors: FakeDoors, disk: GatedDisk) -> None:
        self._doors, self._disk, self.made = doors, disk, 0

    async def __call__(self) -> Any:
        sock = self._doors.connect("gateway")
        self.made += 1
        if self.made == 1:
            asyncio.get_running_loop().create_task(self._cut(sock))
        return sock

    async def _cut(self, sock: Any) -> None:
        await asyncio.to_thread(self._disk.entered.wait, 5)
        sock.shutdown(2)
        await asyncio.sleep(0.05)
        self._disk.gate.set()


def test_a_client_whose_receipt_was_lost_asks_again_and_nothing_is_written_twice(tmp_path: Path) -> None:
    async def go() -> None:
        disk = GatedDisk()
        async with house(tmp_path / "journal", disk=disk) as it:
            disk.gate.clear()
            disk.entered.clear()
            connect = OneAnswerLost(it.doors, disk)
            journal = ScribeJournal(connect, scribe_house.masked, scribe_house.masked)
            receipt = await journal.record(asked())
            assert (receipt.index, connect.made, it.log.size) == (0, 2, 1)
            await journal.aclose()

    run(go())


def test_a_client_gives_up_with_a_name(tmp_path: Path) -> None:
    async def nowhere() -> Any:
        raise ConnectionRefusedError

    async def go() -> None:
        journal = ScribeJournal(nowhere, scribe_house.masked, scribe_house.masked)
        with pytest.raises(JournalUnavailable) as caught:
            await journal.record(asked())
        assert caught.value.http_status == 503
        disk = GatedDisk()
        async with house(tmp_path / "journal", disk=disk) as it:
            await it.journal().record(asked("warm"))
            hurried = it.journal(seconds=0.2)
            disk.gate.clear()
            with pytest.raises(JournalUnavailable):
                await hurried.record(asked())
            disk.gate.set()

    run(go())


def test_a_failing_disk_stops_the_scribe_and_acknowledges_nothing(tmp_path: Path) -> None:
    class BrokenDisk(Disk):
        broken = False

        def sync(self, descriptor: int) -> None:
            if self.broken and Path(f"/proc/self/fd/{descriptor}").readlink().name == "staging":
                raise OSError(5, "input/output error")
            super().sync(descriptor)

    async def go() -> None:
        disk = BrokenDisk()
        async with house(tmp_path / "journal", disk=disk) as it:
            journal = it.journal()
            await journal.record(asked("good"))
            disk.broken = True
            with pytest.raises(JournalUnavailable):
                await journal.record(asked("bad"))
            disk.broken = False  # the kernel forgets a failed sync: the scribe must not
            with pytest.raises(JournalUnavailable):
                await it.scribe.record(asked("later"), role="x", number=b"1" * 16, commitment=None, sealed=b"")
            assert it.scribe.failed.is_set()

    run(go())


def test_time_boot_and_role_are_the_scribe_s(tmp_path: Path) -> None:
    async def go() -> None:
        clock = SteppingClock()
        async with house(tmp_path / "journal", clock=clock) as it:
            await it.journal("worker").record(asked())
            entry = (await it.journal().read()).entries[0]
            assert (entry.time, entry.boot, entry.mono, entry.role) == (
                "2026-11-24T09:30:00.000000Z", "boot-1", 100_000_000, "worker"
            )  # fmt: skip
            channel = await Channel(it.doors.connect("gateway")).start()
            for stolen in ("time", "boot", "mono", "role", "v", "commitment", "payload"):
                fields = asked().fields() | {stolen: "2020"}
                with pytest.raises(EntryInvalid):
                    await channel.call("record", {"draft": "ab" * 16, "fields": fields, "commitment": None})
            assert it.log.size == 1
            await channel.close()

    run(go())


def test_clock_steps_are_written(tmp_path: Path) -> None:
    async def go() -> None:
        clock = SteppingClock()
        async with house(tmp_path / "journal", clock=clock) as it:
            journal = it.journal()
            await journal.record(asked("a"))
            clock.pass_(500)
            await journal.record(asked("b"))
            clock.wall -= timedelta(hours=1)
            await journal.record(asked("c"))
            clock.wall += timedelta(hours=2)
            await journal.record(asked("d"))
        clock.wall -= timedelta(days=1)
        clock.mono = 3.0  # another boot
        async with house(tmp_path / "journal", clock=clock) as it:
            journal = it.journal()
            await journal.record(asked("e"))
            await journal.record(asked("f"))
            entries = (await journal.read()).entries[::-1]
            assert [e.name if e.kind == "administration" else e.chain for e in entries] == [
                "a", "b", "clock-step", "c", "clock-step", "d", "clock-step", "e", "f"
            ]  # fmt: skip
            step = entries[2]
            assert step.object == "2026-11-24T09:38:20.000000Z → 2026-11-24T08:38:20.000000Z"
            assert step.role == "scribe"

    run(go())


def test_a_role_sees_its_own_open_intentions(tmp_path: Path) -> None:
    async def go() -> None:
        async with house(tmp_path / "journal") as it:
            gateway, worker = it.journal("gateway"), it.journal("worker")
            await gateway.intention(asked("g"))
            await worker.intention(asked("w"))
        async with house(tmp_path / "journal") as it:
            gateway = it.journal("gateway")
            found = await gateway.open_intentions()
            assert [(i.entry.chain, i.entry.role) for i in found] == [("g", "gateway")]
            assert len(await gateway.open_intentions(everyone=True)) == 2
            await gateway.close(found[0], "interrupted")
        async with house(tmp_path / "journal") as it:
            assert [i.entry.chain for i in await it.journal().open_intentions(everyone=True)] == ["w"]

    run(go())


BAD = [
    ("record", {}),
    ("record", {"draft": "ab" * 16, "fields": {}, "commitment": None}),
    ("record", {"draft": "zz" * 16, "fields": asked().fields(), "commitment": None}),
    ("record", {"draft": "ab", "fields": asked().fields(), "commitment": None}),
    ("record", {"draft": "ab" * 16, "fields": asked().fields(), "commitment": "a" * 64}),
    ("record", {"draft": "ab" * 16, "fields": [1], "commitment": None}),
    ("read", {"limit": "many"}),
    ("read", {"limit": 5, "from": -1}),
    ("read", {"limit": 5, "chain": 3}),
    ("payload", {"index": "0"}),
    ("payload", {"index": True}),
]


@pytest.mark.parametrize(("op", "args"), BAD)
def test_a_bad_question_is_refused_and_the_next_one_answered(tmp_path: Path, op: str, args: dict[str, Any]) -> None:
    async def go() -> None:
        async with house(tmp_path / "journal") as it:
            channel = await Channel(it.doors.connect("gateway")).start()
            with pytest.raises(EntryInvalid):
                await channel.call(op, args)
            assert (await channel.call("head")).data["size"] == 0
            await channel.close()

    run(go())


def test_a_payload_without_end_is_cut_short(tmp_path: Path) -> None:
    async def go() -> None:
        async with house(tmp_path / "journal") as it:
            channel = await Channel(it.doors.connect("gateway")).start()
            args = {"draft": "ab" * 16, "fields": asked().fields(), "commitment": "a" * 64}
            with pytest.raises(EntryTooLarge):
                await channel.call("record", args, b"x" * ((4 << 20) + 1))
            assert it.log.size == 0
            await channel.close()

    run(go())


def test_payload_files_follow_each_other_and_all_payloads_stay_readable(tmp_path: Path) -> None:
    async def go() -> None:
        async with house(tmp_path / "journal", segment=30_000) as it:
            journal = it.journal()
            for n in range(120):
                await journal.record(asked(f"c{n}", space="mairie", payload=bytes([n]) * 2000))
            assert await journal.payload(3) == bytes([3]) * 2000
        async with house(tmp_path / "journal", segment=30_000) as it:
            journal = it.journal()
            assert [await journal.payload(n) for n in range(120)] == [bytes([n]) * 2000 for n in range(120)]
            assert len(list((tmp_path / "journal" / "payloads").iterdir())) > 5
            await journal.record(asked("more"))
            assert it.log.size == 121

    run(go())


def test_a_second_writer_is_refused(tmp_path: Path) -> None:
    log = scribe_house.open_log(tmp_path / "journal")
    with pytest.raises(JournalLocked):
        scribe_house.open_log(tmp_path / "journal")
    log.close()
    scribe_house.open_log(tmp_path / "journal").close()


def birth(tmp_path: Path, **rest: Any) -> Birth:
    return Birth("scribe", tmp_path, Settings(journal_reserve_megabytes=1), -1, ladder="C", **rest)


def test_the_house_says_how_it_started(tmp_path: Path) -> None:
    async def go() -> None:
        (tmp_path / "journal").mkdir()
        for spec in ({"boot": "b-7"}, {"boot": "b-7", "restarts": 2}):
            doors = FakeDoors()
            born = birth(tmp_path, accepted_unconfined=True, spec=spec)
            serving = asyncio.create_task(serve(born, doors, SEED))
            await asyncio.wait_for(doors.serving.wait(), 5)

            async def connect(doors: FakeDoors = doors) -> Any:
                return doors.connect("gateway")

            journal = ScribeJournal(connect, scribe_house.masked, scribe_house.masked)
            await journal.record(asked())
            entries = (await journal.read(limit=2)).entries
            doors.closed.set()  # the supervisor is gone
            await asyncio.wait_for(serving, 5)
            await journal.aclose()
            started = entries[1]
            assert (started.kind, started.phase, started.boot, started.role) == (
                "administration", "fact", "b-7", "scribe"
            )  # fmt: skip
            assert started.name == ("scribe-restarted" if "restarts" in spec else "house-started")
            assert started.object == "ladder=C accepted-unconfined=yes"

    run(go())


def test_the_key_is_read_once_and_checked() -> None:
    descriptor = os.memfd_create("key")
    os.write(descriptor, SEED)
    assert read_seed(descriptor) == SEED
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)
    short = os.memfd_create("key")
    with pytest.raises(JournalKeyInvalid):
        read_seed(short)


def test_the_slow_disk_knob_slows_every_sync(tmp_path: Path) -> None:
    async def go() -> None:
        (tmp_path / "journal").mkdir()
        doors = FakeDoors()
        serving = asyncio.create_task(serve(birth(tmp_path, spec={"sync_delay": 0.03}), doors, SEED))
        await asyncio.wait_for(doors.serving.wait(), 10)

        async def connect() -> Any:
            return doors.connect("gateway")

        journal = ScribeJournal(connect, scribe_house.masked, scribe_house.masked)
        await journal.record(asked("warm"))
        begun = asyncio.get_running_loop().time()
        await journal.record(asked())
        assert asyncio.get_running_loop().time() - begun >= 0.03
        await journal.aclose()
        doors.closed.set()
        await serving

    run(go())
