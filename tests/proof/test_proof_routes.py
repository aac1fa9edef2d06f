"""While a route is open, twins of its airlock and door try every way out: what is declared passes, nothing else."""

import errno
import json
import mmap
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from demeure.airlock import keep
from demeure.confinement import AIRLOCK, AIRLOCK_CLOCK, AIRLOCK_DOOR, landlock
from demeure.confinement.landlock import PORTS
from demeure.proof import BLOCKED, INCONCLUSIVE, OPEN, inside, ways
from demeure.proof.catalogue import PROBES
from demeure.proof.roles import OF_ROUTES, roles_of
from demeure.proof.route_facts import Went, of_routes, went
from demeure.proof.scene import Scene, World
from demeure.proof.verdict import Result, judged

SCRIPT = """
import json
from demeure.proof import ways
from demeure.proof.mutations import MUTATIONS
from demeure.proof.run import mutate, run
from demeure.settings import Settings

NAMES = ("tcp4", "tcp4-named", "tcp6-named", "tcp-fastopen-named", "udp4", "any-family", "path-stream",
         "memory-read", "read-house-key", "read-secret", "write-outside", "program", "calls-of-x32",
         "door-another-number", "handed-elsewhere", "handed-fastopen",
         "clock-sends-elsewhere", "clock-sends-many", "clock-turned")
found, control = run(Settings(), names=NAMES, routes=ways.made_up())
taken = [mutate(one, Settings(), control, found.ladder) for one in MUTATIONS if one.airlock]
print(json.dumps({
    "results": [one.as_json() for one in found.results],
    "heard": sorted(found.heard),
    "problem": found.problem,
    "mutations": [one.as_json() for one in taken],
}))
"""
"""One run, and one more without a wall, in a process with one thread."""


@pytest.fixture(scope="module")
def told() -> dict[str, Any]:
    if landlock.abi() < PORTS:
        pytest.skip("this kernel knows no list of ports: no airlock is born")
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    assert found["problem"] == ""
    return found


def of_role(told: dict[str, Any], role: str) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in told["results"] if one["role"] == role}


def test_what_is_declared_passes_and_all_else_is_blocked(told: dict[str, Any]) -> None:
    for number in range(2):
        assert [AIRLOCK.role, ways.name_of(number)] in told["heard"], "what is declared, to an engine and a clock"
    for role in OF_ROUTES:
        mine = of_role(told, role)
        assert {"tcp4-named", "udp4", "read-secret", "calls-of-x32", "fact-filter", "fact-descriptors"} <= set(mine)
        assert {one["code"] for one in mine.values()} <= {BLOCKED, INCONCLUSIVE}, mine
        assert all(one["code"] == BLOCKED for one in mine.values() if one["core"]), mine
        assert not [one for one in mine.values() if "Error" in one["how"]], "an attempt that could not be made"
    for name in ("clock-sends-elsewhere", "clock-sends-many", "clock-turned"):
        probe = of_role(told, AIRLOCK_CLOCK.role)[name]
        assert (probe["code"], probe["control"], probe["how"]) == (BLOCKED, "ouvert", "EPERM"), probe
    assert of_role(told, AIRLOCK_DOOR.role)["tcp4-named"]["how"] == "EACCES", "Landlock, since the filter allows it"
    for name in ("door-another-number", "handed-elsewhere", "handed-fastopen"):
        probe = of_role(told, AIRLOCK.role)[name]
        assert (probe["code"], probe["control"]) == (BLOCKED, "ouvert"), probe
        assert name not in of_role(told, AIRLOCK_DOOR.role), "it is the airlock that asks"


def test_a_wall_of_the_airlock_that_is_taken_away_is_noticed(told: dict[str, Any]) -> None:
    assert [one["name"] for one in told["mutations"]] == ["any-port", "clock-that-sends"]
    for mutation in told["mutations"]:
        assert mutation["noticed"] and not mutation["missed"] and not mutation["unable"], mutation


def test_without_an_open_route_the_airlock_is_nobody() -> None:
    assert not set(OF_ROUTES) & set(roles_of())
    assert set(roles_of(kinds=["engine"])) & set(OF_ROUTES) == {AIRLOCK.role, AIRLOCK_DOOR.role}
    assert set(OF_ROUTES) <= set(roles_of(kinds=["engine", "ntp"]))
    assert ways.open_routes(Path("/nonexistent")) == ()


def result(role: str, verdict: str) -> Result:
    return Result("tcp4", role, "network", verdict, True, ("seccomp",), "EACCES")


def test_the_fact_tells_each_route_and_what_its_twin_saw(tmp_path: Path) -> None:
    if not ways.made_up():
        pytest.skip("this kernel knows no list of ports")
    route = ways.made_up()[0]
    (tmp_path / "routes").mkdir()
    keep(tmp_path, route)
    assert ways.open_routes(tmp_path) == (route,)
    tried = [result(AIRLOCK.role, BLOCKED), result(AIRLOCK_DOOR.role, INCONCLUSIVE), result("gateway", BLOCKED)]
    seen = went([route], [(AIRLOCK.role, ways.name_of(0))], tried)
    assert seen == Went({"made-up": True}, 2, 1)
    state, french, english = of_routes(tmp_path, {"processes": []}, seen)
    assert state == INCONCLUSIVE and "OUVERTE" in french and "made-up → localhost:443" in french
    assert "ce qui est déclaré passe (made-up)" in french and "1/2 essais bloqués" in french
    assert "what is declared passes (made-up)" in english and "1/2 attempts blocked" in english
    _, french, english = of_routes(tmp_path, {"processes": []}, went([route], [], tried))
    assert "(–, sauf made-up)" in french and "except made-up" in english
    _, french, _ = of_routes(tmp_path, {"processes": []}, None)
    assert "n’a pas été essayé" in french
    assert of_routes(tmp_path / "none", {"processes": []}, None)[0] in (BLOCKED, OPEN)


def test_the_fact_says_that_another_address_at_a_declared_port_is_not_tried(tmp_path: Path) -> None:
    if not ways.made_up():
        pytest.skip("this kernel knows no list of ports")
    engine, clock = ways.made_up()
    (tmp_path / "routes").mkdir()
    keep(tmp_path, clock)
    _, french, english = of_routes(tmp_path, {"processes": []}, went([clock], [], []))
    assert "Pas essayée" not in french and "Not tried" not in english, "the kernel holds a clock to its address"
    keep(tmp_path, engine)
    _, french, english = of_routes(tmp_path, {"processes": []}, went([engine, clock], [], []))
    assert "Pas essayée\u00a0: une autre adresse au même port" in french and "tout le reste" not in french
    assert "Not tried: another address at the same port" in english and "all else" not in english


def test_a_door_without_a_list_is_asked_nothing() -> None:
    asking = tuple(PROBES[name] for name in ("door-another-number", "handed-elsewhere", "handed-fastopen", "tcp4"))

    def due(*kinds: str) -> set[str]:
        world, page = World("nonce", Path("/nonexistent")), mmap.mmap(-1, 1)
        stage = inside.Stage(world, asking, (), (), {}, page, aimless=ways.aimless(kinds))
        assert stage.due(None) == list(asking), "the control tries them all"
        return {probe.name for probe in stage.due(AIRLOCK)}

    assert due("ntp") == {"tcp4"}
    assert len(due("ntp", "engine")) == len(due("engine")) == len(due()) == 4


@pytest.mark.parametrize("code", [errno.EACCES, errno.EMFILE, errno.ETIMEDOUT, None])
@pytest.mark.parametrize("name", ["door-another-number", "handed-elsewhere", "handed-fastopen"])
def test_a_door_that_hands_nothing_proves_nothing(
    name: str, code: int | None, capfd: pytest.CaptureFixture[str]
) -> None:
    """``code``: what it answers; None: it is gone. EACCES, to a number that it does not hold, is its list."""
    ours, door = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, door:
        if code is None:
            door.shutdown(socket.SHUT_RDWR)
        else:
            for _ in range(2):
                door.send(ways.REFUSED.pack(code))
        world = World("nonce", Path("/nonexistent"), numbers={"tcp": 1})
        stage = inside.Stage(world, (PROBES[name],), (), (), {}, mmap.mmap(-1, 1))
        inside.here(stage, Scene(world, AIRLOCK.role, AIRLOCK, name, door=ours.fileno()), PROBES[name])
    how = json.loads(capfd.readouterr().out)["how"]
    listed = name == "door-another-number" and code == errno.EACCES
    assert judged(got_out=False, control=True, how=how) == ((BLOCKED, "") if listed else (INCONCLUSIVE, "silent"))
