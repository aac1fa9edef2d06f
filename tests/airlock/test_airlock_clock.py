"""A declared clock (NTP) on this machine's loopback: what leaves, what is believed, what the kernel holds."""

import asyncio
import errno
import json
import os
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from airlock_clocks import Answer, clock, moment, told
from airlock_house import ME, House, house, policy, route
from hypothesis import given
from hypothesis import strategies as st

from demeure.airlock import Asker, Route, RouteFailed, RouteRefused, RouteUnreachable
from demeure.airlock import clock as door_of_clock
from demeure.airlock.asking import Questions
from demeure.airlock.line import asked
from demeure.airlock.timing import Clocks, query, read
from demeure.cli.routes_words import certificate_end, clock_said, gap_refused
from demeure.confinement import AIRLOCK_CLOCK, LAYERS, differences, policies
from demeure.confinement import House as Walls
from demeure.confinement import facts as kernel_facts
from demeure.confinement.sockets import read_tables
from demeure.gateway.flows import read_flows

OPEN = policy(interne=("yes", ["far"]), confidentiel=("pseudonymised", ["far"]), secret=("never", []))


def far(port: int, **more: Any) -> Route:
    return route(port, **{"kind": "ntp", "tls": False, "model": "", "host": "clock.test", **more})


async def ask(home: House, asker: Asker = ME) -> dict[str, Any]:
    return (await home.line.call("clock", asked(asker, "far"))).data


def with_house(folder: Path, port: int, work: Callable[[House], Any], **more: Any) -> None:
    async def go() -> None:
        async with house(folder, OPEN) as home:
            home.declare(far(port, **more))
            await work(home)

    asyncio.run(go())


def test_a_clock_tells_how_far_this_machine_is_and_a_random_number_alone_leaves(tmp_path: Path) -> None:
    async def work(home: House) -> None:
        first, second = await ask(home), await ask(home)
        for found in (first, second):
            assert 41.5 < found["offset"] < 42.5 and 0 <= found["delay"] < 1
            assert (found["stratum"], found["address"]) == (2, "127.0.0.1")
        assert home.scribe.names() == ["route-request", "route-request-closed:done"] * 2
        assert json.loads(home.scribe.payloads[0])["bytes"] == 48
        tested = (await home.line.call("test", asked(ME, "far"))).data
        assert tested["address"] == "127.0.0.1" and tested["tls"] == ""

    with clock(lambda asking: [told(asking, 42.0)]) as far_one:
        with_house(tmp_path, far_one.port, work)
    assert len(far_one.heard) == 3
    for heard in far_one.heard:
        assert heard[:40] == b"\x23" + bytes(39) and len(heard) == 48, "neither our time nor anything else"
    assert len({heard[40:] for heard in far_one.heard}) == 3


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        (lambda asking: [told(asking, stratum=0)], "TEST"),
        (lambda asking: [told(asking, first=0xE4)], "know the time"),
        (lambda asking: [told(asking, stratum=16)], "know the time"),
        (lambda asking: [told(asking, first=0x23)], "NTP answer"),
        (lambda asking: [told(asking)[:40] + bytes(8)], "know the time"),
    ],
)
def test_a_clock_that_does_not_know_is_not_believed(tmp_path: Path, answer: Answer, word: str) -> None:
    async def work(home: House) -> None:
        with pytest.raises(RouteFailed) as failed:
            await ask(home)
        assert word in failed.value.sentence("en")
        assert home.scribe.names() == ["route-request", "route-request-closed:failed"]

    with clock(answer) as liar:
        with_house(tmp_path, liar.port, work)


def test_another_answer_than_that_of_the_question_is_passed_over(tmp_path: Path) -> None:
    async def work(home: House) -> None:
        assert abs((await ask(home))["offset"]) < 1

    def answer(asking: bytes) -> list[bytes]:
        return [told(asking, 9000, mirror=os.urandom(8)), b"", b"x" * 500, told(asking)]

    with clock(answer) as noisy:
        with_house(tmp_path, noisy.port, work)


def test_silence_and_nobody_are_said_and_nothing_stays_stuck(tmp_path: Path) -> None:
    async def work(home: House) -> None:
        began = time.monotonic()
        with pytest.raises(RouteFailed) as silence:
            await ask(home)
        assert "ETIMEDOUT" in silence.value.sentence("fr") and "Rien n’est sorti" not in silence.value.sentence(
            "fr"
        )
        assert time.monotonic() - began < door_of_clock.PATIENCE + 3
        assert home.scribe.names() == ["route-request", "route-request-closed:failed"]

    with clock(lambda _: []) as silent:
        with_house(tmp_path, silent.port, work)
    assert len(silent.heard) == 1

    async def nobody(home: House) -> None:
        for _ in range(2):
            with pytest.raises(RouteFailed, match="ECONNREFUSED") as refused:
                await ask(home)
            assert "Nothing left" not in refused.value.sentence("en"), "a datagram left"

    with_house(tmp_path / "nobody", silent.port, nobody)


def test_who_leaves_before_the_answer_leaves_it_to_nobody() -> None:
    """The test is the process that holds the sockets: it answers what it is asked, in its order."""

    async def go() -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        theirs.setblocking(False)
        places = [(socket.AF_INET, address, 123) for address in ("127.0.0.1", "127.0.0.2")]
        wrong, right = (far(123, addresses=[address], networks=["127.0.0.0/8"]) for _, address, _ in places)
        with ours, theirs:
            clocks = Clocks(ours, places)
            for _ in range(3):
                left = asyncio.create_task(clocks.ask(wrong, query(), []))
                asking = await heard(theirs)
                left.cancel()
                await asyncio.gather(left, return_exceptions=True)
                next_one = asyncio.create_task(clocks.ask(right, query(), []))
                theirs.send(answered(asking, 9000))
                theirs.send(answered(await heard(theirs), 42))
                found = await next_one
                assert 41.5 < found.offset < 42.5 and found.address == "127.0.0.2"

    def answered(asking: bytes, ahead: float) -> bytes:
        now = time.time()
        return door_of_clock.TOLD.pack(0, now, now, told(door_of_clock.ASKED.unpack(asking)[1], ahead))

    async def heard(channel: socket.socket) -> bytes:
        async with asyncio.timeout(2):
            return await asyncio.get_running_loop().sock_recv(channel, 64)

    asyncio.run(go())


def test_a_connection_whose_asker_left_is_closed_and_not_given_to_the_next() -> None:
    async def go() -> None:
        ours, door = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        reading, writing = os.pipe()
        other, kept = os.pipe()
        with ours, door:
            asking = Questions(ours)
            left = asyncio.create_task(asking.ask(b"one", 8))
            await asyncio.sleep(0)
            left.cancel()
            await asyncio.gather(left, return_exceptions=True)
            next_one = asyncio.create_task(asking.ask(b"two", 8))
            socket.send_fds(door, [b"1"], [writing])
            os.close(writing)
            await asyncio.sleep(0.05)
            assert [door.recv(8), door.recv(8)] == [b"one", b"two"]
            socket.send_fds(door, [b"2"], [kept])
            answer, handed = await next_one
        assert answer == b"2" and os.fstat(handed[0]).st_ino == os.fstat(kept).st_ino
        assert os.read(reading, 1) == b"", "nobody holds the one that was handed to who left"
        for one in (reading, other, kept, *handed):
            os.close(one)

    asyncio.run(go())


@pytest.mark.parametrize(
    ("codes", "stuck"),
    [
        ((errno.EINVAL, errno.ENETUNREACH), True),
        ((errno.EINVAL, errno.ETIMEDOUT), False),
        ((errno.ECONNREFUSED, errno.ECONNREFUSED), False),
        ((), True),
    ],
)
def test_sockets_that_serve_no_more_are_told(codes: tuple[int, ...], stuck: bool) -> None:
    """``codes``: of each of its two addresses; none: the process that holds them is gone."""

    async def go() -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        places = [(socket.AF_INET, address, 123) for address in ("127.0.0.1", "127.0.0.2")]
        both, said = far(123, addresses=["127.0.0.1", "127.0.0.2"], networks=["127.0.0.0/8"]), list[str]()
        with ours, theirs:
            for code in codes:
                theirs.send(door_of_clock.TOLD.pack(code, 0.0, 0.0, b""))
            if not codes:
                theirs.close()
            with pytest.raises(RouteFailed) as problem:
                await Clocks(ours, places, lambda: said.append("stuck")).ask(both, query(), [])
            assert isinstance(problem.value, RouteUnreachable) is stuck, "nothing left: only when no socket served"
        assert said == ["stuck"] * stuck

    asyncio.run(go())


def test_a_house_that_starts_before_its_network_reaches_its_clock_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The airlock was born when there was no way to the clock: another is, once nobody is at work in it."""

    async def work(home: House) -> None:
        with monkeypatch.context() as offline:
            offline.setattr(door_of_clock, "opened", lambda places: [-1 for _ in places])
            with pytest.raises(RouteUnreachable, match="ENETUNREACH"):
                await ask(home)
        async with asyncio.timeout(5):
            while home.alive():  # noqa: ASYNC110 - a process, which tells nobody
                await asyncio.sleep(0.05)
        assert 41.5 < (await ask(home))["offset"] < 42.5

    with clock(lambda asking: [told(asking, 42.0)]) as far_one:
        with_house(tmp_path, far_one.port, work)


def test_a_class_that_does_not_leave_asks_no_clock(tmp_path: Path) -> None:
    async def work(home: House) -> None:
        with pytest.raises(RouteRefused):
            await ask(home, Asker(ME.person, (), "secret"))
        assert home.scribe.names() == ["route-refused"]

    with clock(lambda asking: [told(asking)]) as unasked:
        with_house(tmp_path, unasked.port, work)
    assert unasked.heard == []


def test_from_outside_the_clock_is_what_its_profile_says_and_its_socket_is_declared(tmp_path: Path) -> None:
    async def work(home: House) -> None:
        await ask(home)
        rows = home.processes()
        assert sorted(row["role"] for row in rows) == ["airlock", "airlock-clock", "airlock-door"]
        spaces, level = kernel_facts.spaces_of("self"), home.plan.ground.level
        seen = Walls(supervisor=1, launcher_spaces=spaces, instance=home.instance, ladder=level)
        seen = replace(seen, base_filters=kernel_facts.filters_of("self"))
        row = next(row for row in rows if row["role"] == "airlock-clock")
        facts = kernel_facts.read(row["pid"], seen, read_tables(["self", row["pid"]]), row["landlock"])
        found = [
            one for one in differences(AIRLOCK_CLOCK, facts, seen) if one.params.get("number") not in (0, 1, 2)
        ]
        assert found == []
        held = [{"kind": one.kind, "target": one.target} for one in facts.descriptors if one.kind == "udp"]
        assert [one["target"] for one in held] == [f"udp to 127.0.0.1 port {port}"]
        process = {"role": "airlock-clock", "pid": 1, "facts": {"descriptors": held}, "differences": []}
        declared = {"id": "far", "kind": "ntp", "host": "clock.test", "port": port, "addresses": ["127.0.0.1"]}
        for routes, alarm in (([declared], False), ([declared | {"port": 1 + port}], True), ([], True)):
            flows = read_flows("", "a", routes, {"processes": [process]})
            assert any(flow.alarm for flow in flows) is alarm
        assert [f.live for f in read_flows("", "a", [declared], {"processes": [process]}) if f.how == "clock"] == [
            1
        ]

    with clock(lambda asking: [told(asking)]) as far_one:
        port = far_one.port
        with_house(tmp_path, port, work)


def test_no_call_by_which_a_datagram_names_its_place_is_left_to_it() -> None:
    made = policies.clock(1)
    naming = {"socket", "connect", "sendto", "sendmsg", "sendmmsg", "bind"}
    assert not naming & made.allow and not naming & {rule.name for rule in made.rules}
    assert made.default is not None and AIRLOCK_CLOCK.layers == LAYERS


@given(st.floats(-3e9, 6e9), st.floats(0, 0.5), st.floats(1.6e9, 4.2e9))
def test_times_of_any_era_are_read(ahead: float, there: float, left: float) -> None:
    """Up to 68 years away, which is all that 32 bits of seconds can tell."""
    ahead = ahead % 2e9 if ahead > 0 else -(-ahead % 1.5e9)
    asking, came = query(), left + 2 * there
    at = left + there + ahead
    head = struct.pack("!BBbbII4s", 0x24, 1, 6, -20, 0, 0, b"GPS\0")
    answer = head + moment(at) + asking[40:48] + moment(at) + moment(at)
    found = read(far(123), "192.0.2.1", left, came, answer)
    assert abs(found.offset - ahead) < 1e-3 + abs(ahead) * 1e-9
    assert abs(found.delay - 2 * there) < 1e-3


def test_a_gap_is_said_with_its_side_and_refused_in_words() -> None:
    told = {"address": "192.0.2.7", "stratum": 2, "offset": 172800.0, "delay": 0.01}
    assert clock_said(told, "fr").endswith("elle avance de 172800,000 s sur cette machine, à 0,005 s près.")
    assert clock_said({**told, "offset": -2.5}, "en").endswith("2.500 s behind this machine, give or take 0.005 s.")
    assert "plus que les 0,5 s" in gap_refused(0.5, "fr") and "the 1 s that" in gap_refused(1.0, "en")


@pytest.mark.parametrize(
    ("told", "fr", "en"),
    [("Nov 29 12:00:00 2026 GMT", "29/11/2026", "2026-11-29"), ("", "", ""), ("a day", "a day", "a day")],
)
def test_the_end_of_a_certificate_is_a_day(told: str, fr: str, en: str) -> None:
    assert (certificate_end(told, "fr"), certificate_end(told, "en")) == (fr, en)
