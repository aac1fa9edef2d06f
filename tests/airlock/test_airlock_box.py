"""What the kernel refuses from inside the airlock's box and its door's, and what is seen of them from outside."""

import asyncio
import json
import time
from dataclasses import replace
from pathlib import Path

import airlock_probes
import pytest
from airlock_ends import engine, words
from airlock_house import house, route

import demeure.confinement
from demeure.confinement import AIRLOCK, AIRLOCK_DOOR, LAYERS, House, differences, policies
from demeure.confinement import facts as kernel_facts
from demeure.confinement.sockets import read_tables


def test_undeclared_places_are_refused_by_the_kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither box opens anything but what is declared; a receiver outside, that would have heard, heard nothing."""
    for profile, name in ((AIRLOCK, "AIRLOCK"), (AIRLOCK_DOOR, "AIRLOCK_DOOR")):
        monkeypatch.setattr(demeure.confinement, name, replace(profile, module="airlock_probes"))

    async def go(declared: int) -> dict[str, str]:
        async with house(tmp_path) as home:
            (home.instance / "keys" / "house.key").write_bytes(b"k" * 32)
            home.declare(route(declared, tls=False))
            connection = await home.line._connect()
            connection.setblocking(False)
            told = b""
            while piece := await asyncio.get_running_loop().sock_recv(connection, 1 << 16):
                told += piece
            connection.close()
            return json.loads(told)

    with engine(None, words("x")) as far, engine(None, words("x")) as other:
        airlock_probes.PORTS.update(declared=far.port, other=other.port)
        told = asyncio.run(go(far.port))
        deadline = time.monotonic() + 5
        while far.seen < 2 and time.monotonic() < deadline:  # it is counted by the other end, when it takes it
            time.sleep(0.01)
        assert other.seen == 0
        assert far.seen == 2  # the control, and the connection that was handed
    assert told.pop("door: declared (control)") == "worked"
    assert told["door: an undeclared port"] == "EACCES"
    assert told["number out of the list"] == "EACCES"
    assert (told["TCP to the other port"], told["door: TCP to the other port"]) == ("EAFNOSUPPORT", "EACCES")
    assert {name: how for name, how in told.items() if how == "worked"} == {}
    assert len(told) > 30


def test_from_outside_they_are_what_their_profiles_say(tmp_path: Path) -> None:
    async def go(port: int) -> None:
        async with house(tmp_path) as home:
            home.declare(route(port, tls=False))
            assert await home.line.refresh()
            rows, deadline = home.processes(), time.monotonic() + 10
            while len(rows) < 2 and time.monotonic() < deadline:  # each presents itself when it is ready
                await asyncio.sleep(0.01)
                rows += home.processes()
            assert [row["role"] for row in sorted(rows, key=lambda row: row["role"])] == ["airlock", "airlock-door"]
            spaces = kernel_facts.spaces_of("self")
            seen = House(
                supervisor=1, launcher_spaces=spaces, instance=home.instance, ladder=home.plan.ground.level
            )
            seen = replace(seen, base_filters=kernel_facts.filters_of("self"))
            for row in rows:
                profile = AIRLOCK if row["role"] == "airlock" else AIRLOCK_DOOR
                facts = kernel_facts.read(row["pid"], seen, read_tables(["self", row["pid"]]), row["landlock"])
                found = [
                    one for one in differences(profile, facts, seen) if one.params.get("number") not in (0, 1, 2)
                ]
                assert found == []
                assert not any(held.kind == "secret" for held in facts.descriptors)

    with engine(None, words("x")) as far:
        asyncio.run(go(far.port))


def test_only_the_door_may_connect() -> None:
    assert "connect" in policies.door(1).allow
    assert "connect" in policies.role().deny
    assert AIRLOCK.layers == LAYERS
