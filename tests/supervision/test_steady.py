"""What destroys for good waits for a day when the clock jumps, or the house was shut for long."""

import asyncio
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from demeure.cli.doctor_machine import _destroying
from demeure.gateway.retention import Retention
from demeure.gateway.withdrawing import Withdrawing
from demeure.store.errors import DiskFull
from demeure.supervision import FOLDER, REST, Steady, resting, steady
from demeure.testing.clock import StillClock


class Jumping(StillClock):
    """Its wall clock may jump beside the other."""

    jumped = timedelta()

    def now(self) -> datetime:
        return self.moment + self.jumped


@pytest.fixture
def instance(tmp_path: Path) -> Path:
    (tmp_path / FOLDER).mkdir()
    return tmp_path


def test_a_clock_that_jumps_gives_a_day_to_see_it(instance: Path) -> None:
    clock = Jumping()
    first = Steady(instance, clock)
    assert first.rests() == 0, "a house that never looked"
    clock.forward(hours=1)
    assert first.rests() == 0 and resting(instance) == 0 and _destroying(instance) == []
    clock.jumped += timedelta(days=61)  # the machine's clock alone
    after = Steady(instance, clock)
    assert after.rests() == REST and after.rests() == REST
    (name, ok, fr, en) = _destroying(instance)[0]
    assert (name, ok) == ("destroying", False) and "24 h" in fr and "24 more hours" in en
    clock.forward(hours=1)
    assert after.rests() == REST - 3600
    again = Steady(instance, clock)  # opened again: what was waited counts
    assert again.rests() == REST - 3600
    clock.jumped -= timedelta(days=61)  # put right
    clock.forward(seconds=REST)
    assert again.rests() == 0 and _destroying(instance) == []


def test_a_few_days_shut_are_no_jump(instance: Path) -> None:
    clock = Jumping()
    Steady(instance, clock).rests()
    clock.jumped += steady.SHUT
    assert Steady(instance, clock).rests() == 0
    clock.jumped += steady.SHUT + timedelta(seconds=1)
    assert Steady(instance, clock).rests() == REST


def test_what_cannot_be_read_or_kept_stops_nothing(instance: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Jumping()
    (instance / FOLDER / "destroying.json").write_text("[]")
    assert resting(instance) == 0 and Steady(instance, clock).rests() == 0
    one = Steady(instance, clock)

    def full(*_: object) -> None:
        raise DiskFull(what="x")

    monkeypatch.setattr(steady, "write_new", full)
    clock.jumped += timedelta(days=8)
    assert one.rests() == REST
    clock.forward(minutes=1)
    assert one.rests() == REST, "nothing was kept: it waits from the start"


@pytest.mark.parametrize("room", [Retention, Withdrawing])
def test_no_pass_while_it_rests(room: type[Retention | Withdrawing], monkeypatch: pytest.MonkeyPatch) -> None:
    passes, left = [], [REST, 1.0, 0.0]
    made = room.__new__(room)

    async def once(_: object) -> int:
        passes.append(len(left))
        return 0

    async def sleep(_: float) -> None:
        if not left:
            raise asyncio.CancelledError

    monkeypatch.setattr(room, "once", once)
    made._rests, made._sleep = lambda: left.pop(0), sleep
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(made.keep())
    assert passes == [0]
