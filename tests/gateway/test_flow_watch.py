"""A socket that nobody declared: written in the journal, raised as an alarm, told on Souveraineté; what cannot be
read of a process is said."""

import asyncio
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from demeure.confinement import facts
from demeure.confinement.facts import House
from demeure.confinement.sockets import SocketTables
from demeure.errors import DemeureError
from demeure.gateway.flow_watch import GONE, UNDECLARED, FlowWatch
from demeure.gateway.flows import Flow, read_flows, undeclared, unread
from demeure.journal import JournalUnavailable
from demeure.supervision.alarms import Alarms
from demeure.testing.administration import process
from demeure.testing.clock import StillClock
from demeure.testing.gateway import FakeRooms
from demeure.testing.journal import MemoryJournal

from .conftest import Live

SOCKET = Flow("worker", "192.0.2.9 port 443", "unforeseen", "tcp to 192.0.2.9 port 443", 1, alarm=True)
OTHER = replace(SOCKET, source="scribe")


class Watched:
    """A watch over what ``looks`` says, look after look."""

    def __init__(self, *looks: list[Flow] | None) -> None:
        self.journal, self.looks = MemoryJournal(), list(looks)
        self.watch = FlowWatch(self.journal, self.look)

    async def look(self) -> list[Flow] | None:
        return self.looks.pop(0)

    def all(self) -> list[tuple[str, str]]:
        while self.looks:
            asyncio.run(self.watch.once())
        return [(one.name, one.object) for one in self.journal.entries]


def test_what_two_looks_see_is_written_once_and_again_when_it_is_gone() -> None:
    told = "role=worker socket=tcp to 192.0.2.9 port 443"
    looks = [[SOCKET], [SOCKET, OTHER], None, [SOCKET], [], [SOCKET], [], [], []]
    assert Watched(*looks).all() == [(UNDECLARED, told), (GONE, told)], "what passes is not written"


def test_what_the_journal_did_not_take_is_written_by_the_next_look() -> None:
    seen = Watched([SOCKET], [SOCKET], [SOCKET], [SOCKET])
    asyncio.run(seen.watch.once())
    seen.journal.failure = JournalUnavailable()
    with pytest.raises(DemeureError):
        asyncio.run(seen.watch.once())
    seen.journal.failure = None
    assert [name for name, _ in seen.all()] == [UNDECLARED]


def test_nothing_that_fails_ends_the_watch() -> None:
    seen, left = Watched(), [OSError(5, "Input/output error"), JournalUnavailable(), None, None]

    async def look() -> list[Flow] | None:
        if (problem := left.pop(0)) is not None:
            raise problem
        return [SOCKET]

    async def pause(_seconds: float) -> None:
        if not left:
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(FlowWatch(seen.journal, look).keep(pause))
    assert seen.all() == [(UNDECLARED, "role=worker socket=tcp to 192.0.2.9 port 443")]


def test_it_is_an_alarm_after_a_minute_and_over_after_another() -> None:
    clock, alarms = StillClock(), Alarms()

    def sampled(value: float) -> list[tuple[str, bool]]:
        found = [(one.alarm.rule, one.raised) for one in alarms.look(clock.now(), {"undeclared": value})]
        clock.forward(minutes=1)
        return found

    assert [sampled(value) for value in (0.0, 1.0, 0.0, 1.0, 2.0)] == [[], [], [], [], [("flow-undeclared", True)]]
    assert alarms.rules["flow-undeclared"].tone == "stop"
    assert [sampled(value) for value in (0.0, 0.0)] == [[], [("flow-undeclared", False)]]


def test_the_page_says_the_alarm_and_whose_sockets_it_cannot_read(serve: Callable[..., Live]) -> None:
    rooms = FakeRooms()
    live = serve(rooms)
    assert asyncio.run(undeclared(live.house)) == []
    processes = rooms.porter.state["processes"]
    held = [{"number": 9, "kind": "udp", "target": "udp to 192.0.2.9 port 53"}]
    worker = next(n for n, one in enumerate(processes) if one["role"] == "worker")
    processes[worker] = process("worker", 4102, 1000, facts={"descriptors": held})
    processes.append(process("launcher", 4000, 1000, facts={"descriptors": [], "unreadable": ["descriptors"]}))
    live.house.pulse._status._until = 0.0
    assert [flow.source for flow in asyncio.run(undeclared(live.house)) or ()] == ["worker"]
    with live.client() as client:
        page = client.get("/souverainete").text
    assert "<b>Des prises vivent que personne n’a déclarées" in page and "<b>Rien.</b>" not in page
    assert "ne se lisent pas de l’intérieur\u00a0: Lanceur." in page


def test_connections_that_cannot_be_read_are_not_told_as_none() -> None:
    opened = {"id": "far", "host": "engine.test", "port": 8443, "addresses": ["127.0.0.1"]}
    for unreadable, live in (([], 0), (["descriptors"], None)):
        row = {
            "role": "airlock",
            "pid": 7,
            "facts": {"descriptors": [], "unreadable": unreadable},
            "differences": [],
        }
        flows = read_flows("", "a", [opened], {"processes": [row]})
        assert [flow.live for flow in flows if flow.how == "route"] == [live]


@pytest.fixture
def sleeper() -> Iterator[int]:
    asleep = subprocess.Popen(["sleep", "60"])
    yield asleep.pid
    asleep.kill()
    asleep.wait()


def test_descriptors_without_their_targets_are_not_told_as_none(
    sleeper: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(sleeper, facts.spaces_of(sleeper), Path("/nowhere"))
    assert "descriptors" not in facts.read(sleeper, house, SocketTables()).unreadable
    told: Any = monkeypatch
    told.setattr(facts, "_link", lambda _path: None)
    found = facts.read(sleeper, house, SocketTables()).as_json()
    assert found["descriptors"] == [] and "descriptors" in found["unreadable"]
    assert unread({"processes": [{"role": "launcher", "facts": found}, {"role": "worker", "facts": {}}]}) == [
        "launcher"
    ]
