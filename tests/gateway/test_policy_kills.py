"""The house killed at each step of a change of policy: the old one holds or the new one, never between, and the
journal says which.
"""

import asyncio
import json
import os
import shutil
import signal
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from demeure.clock import SystemClock
from demeure.gateway.classing import Things
from demeure.gateway.policy_room import APPLIED, APPROVED, PolicyRoom
from demeure.identity import Policies
from demeure.journal import Draft, Receipt
from demeure.policy import Actor, Force, Role, default_policy, default_policy_text, in_force, put_in_force
from demeure.testing.gateway import FakeShelves
from demeure.testing.journal import MemoryJournal
from demeure.testing.policies import FakeRights, MemoryPolicies
from demeure.testing.store import Instance, make_instance, reopen_instance

CHIEF = Actor("person", "p1", "Jean", frozenset({Role.ADMINISTRATOR}))
DPO = Actor("person", "p4", "Dora", frozenset({Role.DPO}))
TEXT = default_policy_text()
TWO = TEXT.replace("approval = 1", "approval = 2")
STRICT = TWO.replace('exports = "any"', 'exports = ["pdf"]')
STEPS = ("before the entry", "entry", "within the transaction", "committed", "in force", "closed")


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    put_in_force(Force(default_policy()))


class KeptJournal(MemoryJournal):
    """On the disk before its receipt, as the real one."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path, self._reading = path, True
        for line in path.read_bytes().splitlines() if path.exists() else ():
            told = json.loads(line)
            asyncio.run(self.record(Draft(**{**told, "payload": bytes.fromhex(told["payload"])})))
        self._reading = False

    async def record(self, draft: Draft) -> Receipt:
        receipt = await super().record(draft)
        if not self._reading:
            line = json.dumps({**asdict(draft), "payload": draft.payload.hex()}) + "\n"
            with self._path.open("ab") as file:
                file.write(line.encode())
                file.flush()
                os.fsync(file.fileno())
        return receipt


class Ruled:
    """A room over the real database; ``at``: told each step, in order."""

    def __init__(self, folder: Path, instance: Instance, at: Callable[[str], None] = lambda _: None) -> None:
        self.journal = KeptJournal(folder / "entries")
        self.versions = Policies(instance.house, SystemClock())
        shelves = FakeShelves()
        there = FakeRights(shelves, MemoryPolicies())
        people = {one.id: one for one in (CHIEF, DPO)}
        self.room = PolicyRoom(
            self.versions, self.journal, SystemClock(), who=people.get, things=Things(there, there).called
        )
        put_in_force(Force(default_policy()))
        self.versions.load()
        self._told(instance, at)

    def _told(self, instance: Instance, at: Callable[[str], None]) -> None:
        record, load = self.journal.record, self.versions.load

        async def recorded(draft: Draft) -> Receipt:
            if draft.phase == "intention":
                at("before the entry")
            receipt = await record(draft)
            at("entry" if draft.phase == "intention" else "closed")
            return receipt

        def loaded() -> Force:
            at("committed")
            force = load()
            at("in force")
            return force

        def executed(*given: Any) -> None:
            if given[2].startswith(("INSERT INTO policies", "UPDATE policies")):
                at("within the transaction")

        self.journal.record = recorded  # type: ignore[method-assign]
        self.versions.load = loaded  # type: ignore[method-assign]
        event.listen(instance.house._writer, "after_cursor_execute", executed)


async def change(ruled: Ruled) -> None:
    await ruled.room.change(CHIEF, TWO, after=0)


async def approve(ruled: Ruled) -> None:
    await ruled.room.approve(DPO, 2)


@pytest.mark.parametrize("work", [change, approve])
def test_killed_at_each_step_one_policy_holds_and_the_journal_says_which(tmp_path: Path, work: Any) -> None:
    base = tmp_path / "base"
    base.mkdir()
    instance = make_instance(base)
    if work is approve:
        ready = Ruled(base, instance)
        asyncio.run(change(ready))
        asyncio.run(ready.room.change(CHIEF, STRICT, after=1))
    before = Policies(instance.house, SystemClock()).current().digest
    instance.close()
    for number, fatal in enumerate(STEPS):
        folder = tmp_path / str(number)
        shutil.copytree(base, folder)
        _killed(folder, work, fatal)
        found = reopen_instance(folder)
        ruled = Ruled(folder, found)
        name = APPROVED if work is approve else APPLIED
        entries = [entry for entry in ruled.journal.entries if entry.name == name]
        new = default_digest(STRICT if work is approve else TWO)
        holds = in_force().policy.digest
        assert holds == (new if STEPS.index(fatal) >= STEPS.index("committed") else before), fatal
        assert asyncio.run(ruled.room.recover()) == (1 if fatal in STEPS[1:-1] else 0), fatal
        closings = [entry for entry in ruled.journal.entries if entry.name == f"{name}-closed"]
        if fatal == "before the entry":
            assert not closings[1 if work is change else 0 :]
        else:
            assert closings[-1].outcome == ("done" if holds == new else "interrupted"), fatal
            assert f"sha256={new}" in entries[-1].object if entries else True
        assert asyncio.run(ruled.room.recover()) == 0
        found.close()


def default_digest(text: str) -> str:
    from demeure.policy import read_policy

    return read_policy(text).digest


def _killed(folder: Path, work: Any, fatal: str) -> None:
    child = os.fork()
    if not child:
        try:
            doomed = reopen_instance(folder)
            at = lambda step: os.kill(os.getpid(), signal.SIGKILL) if step == fatal else None  # noqa: E731
            ruled = Ruled(folder, doomed)
            ruled._told(doomed, at)
            asyncio.run(work(ruled))
        finally:
            os._exit(3)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL, fatal
