"""Status: what the kernel says, what differs, from inside and from outside, and at every level of the ladder."""

import os
import socket
from pathlib import Path
from typing import Any

import pytest
from run_house import table

from demeure.confinement import LAYERS
from demeure.supervisor import read_status
from demeure.supervisor.health import seen_again
from houses import House, house, prepare, until

NO_LANDLOCK = """
from demeure.confinement import kernel, seccomp
import errno
kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
seccomp.install(seccomp.Policy(default=None, deny={"landlock_create_ruleset": errno.ENOSYS}))
"""
NO_NAMESPACES = NO_LANDLOCK.replace('"landlock_create_ruleset": errno.ENOSYS', '"unshare": errno.EPERM')
NO_WALLS = NO_LANDLOCK.replace(
    '"landlock_create_ruleset": errno.ENOSYS',
    '"landlock_create_ruleset": errno.ENOSYS, "unshare": errno.EPERM, "seccomp": errno.EINVAL',
)


@pytest.fixture
def instance(tmp_path: Path) -> Path:
    return prepare(tmp_path / "instance")


def codes(status: dict[str, Any]) -> dict[str, set[str]]:
    return {p["role"]: {d["code"] for d in p["differences"]} for p in status["processes"]}


def test_what_passes_between_two_lines_of_proc_is_no_difference() -> None:
    """A visitor's connection that had just closed showed a gap on the page Souveraineté."""
    torn, other, whole = (
        lambda found=found: {"processes": [{"role": "gateway", "differences": list(found)}]}
        for found in ([{"code": "descriptor", "number": 9}], [{"code": "descriptor", "number": 11}], [])
    )
    for seen, told in (
        ([torn, whole], whole),
        ([torn, torn, whole], whole),
        ([torn] * 3, torn),
        ([torn, other], whole),  # each look of a loaded machine met another that passed: nothing was held
    ):
        looks = iter(seen)
        assert seen_again(lambda looks=looks: next(looks)(), 0.0) == told()  # type: ignore[misc]
        assert list(looks) == []


def test_the_shape_is_exact_and_inside_and_outside_agree(instance: Path) -> None:
    with house(instance) as running:
        running.line()
        until(lambda: running.process_of("echo")["state"] == "running")
        outside, inside = running.status(), running.ask("status")
        for status in (inside, outside):
            assert set(status) == {"processes", "ladder", "accepted_unconfined", "antivirus"}
            assert [p["role"] for p in status["processes"]] == ["launcher", "supervisor", "front", "echo"]
            for process in status["processes"]:
                assert set(process) == {
                    "role", "pid", "state", "uptime_s", "restarts", "resident_kb", "model", "failure",
                    "refused", "facts", "differences",
                }  # fmt: skip
                assert process["differences"] == [] and process["failure"] is None
                assert process["uptime_s"] >= 0 and process["resident_kb"] > 1000
        for ours, theirs in zip(inside["processes"], outside["processes"], strict=True):
            assert ours["pid"] == theirs["pid"]
            if ours["role"] != "launcher":
                assert ours["facts"]["spaces"] == theirs["facts"]["spaces"]
                assert ours["facts"]["no_new_privs"] == 1 and ours["facts"]["seccomp_mode"] == 2
                assert int(ours["facts"]["capabilities_effective"], 16) == 0
                assert int(ours["facts"]["capabilities_permitted"], 16) == 0
                assert int(ours["facts"]["capabilities_bounding"], 16) == 0
                assert ours["facts"]["interfaces"] == ["lo"]


def test_a_connection_being_served_is_no_difference(instance: Path) -> None:
    with house(instance) as running:
        host, port = running.line()["ready"]
        with socket.create_connection((host, port)) as page:
            page.sendall(b"me\n")
            page.recv(10)
            kinds = {d["kind"] for d in running.process_of("front")["facts"]["descriptors"]}
            assert {"accepted", "listener", "channel", "unix listener", "secret"} <= kinds
            assert codes(running.status())["front"] == set()
            inside = running.ask("status")
            assert codes(inside)["front"] == set()


def test_a_leaked_descriptor_is_a_difference(instance: Path) -> None:
    leak = """
import socket
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); udp.bind(("127.0.0.1", 0))
outside = open("/etc/passwd")
"""
    with house(instance, before=leak, leaky=True) as running:
        running.line()
        until(lambda: running.process_of("echo")["state"] == "running")
        for status in (running.status(), running.ask("status")):
            for role in ("supervisor", "front", "echo"):
                found = next(p for p in status["processes"] if p["role"] == role)["differences"]
                kinds = {d["kind"] for d in found if d["code"] == "descriptor"}
                assert {"udp", "file outside"} <= kinds, (role, found)
                assert all(d["fr"] and d["en"] for d in found)


def test_the_tray_or_the_secret_of_another_role_is_a_difference(instance: Path) -> None:
    leak = """
import os
held = [os.memfd_create(name) for name in ("demeure-tray-gateway", "demeure-journal")]
"""
    with house(instance, before=leak, leaky=True) as running:
        running.line()
        found = next(p for p in running.status()["processes"] if p["role"] == "front")["differences"]
        assert {"demeure-journal", "tray-gateway"} <= {d["target"] for d in found if d["code"] == "descriptor"}


@pytest.mark.parametrize(
    ("missing", "shows"),
    [
        ("seccomp", {"filter"}),
        ("namespaces", {"space"}),
        ("landlock", {"landlock"}),
        ("capabilities", {"capabilities"}),
    ],
)
def test_a_layer_dropped_on_purpose_is_a_difference(instance: Path, missing: str, shows: set[str]) -> None:
    """The role is born with a weaker profile; status compares it with the true table."""
    with house(instance, layers={"echo": sorted(LAYERS - {missing})}) as running:
        running.line()
        until(lambda: next(p for p in state(running) if p["role"] == "echo")["state"] == "running")
        found = codes(read_status(instance, table(["front", "echo"])))
        assert shows <= found["echo"]
        assert found["front"] == found["supervisor"] == set()


def state(running: House) -> list[dict[str, Any]]:
    processes: list[dict[str, Any]] = running.ask("status")["processes"]
    return processes


@pytest.mark.parametrize(("before", "level"), [(NO_NAMESPACES, "B"), (NO_LANDLOCK, "C")], ids=["B", "C"])
def test_lower_levels_serve_and_are_announced(
    instance: Path, capfd: pytest.CaptureFixture[str], before: str, level: str
) -> None:
    with house(instance, before=before) as running:
        running.line()
        status = running.status()
        assert status["ladder"] == level == running.ask("me")["ladder"]
        assert set().union(*codes(status).values()) == set()
        assert running.ask("peer echo bonjour").endswith("bonjour")
        os.kill(running.pid("echo"), 9)
        until(lambda: running.process_of("echo")["restarts"] == 1)
    assert f"niveau {level}" in capfd.readouterr().err


def test_no_walls_is_refused_unless_accepted_and_then_shown(instance: Path) -> None:
    with house(instance, before=NO_WALLS) as running:
        refused = running.line()
        assert refused["error"] == "NotConfined"
        assert "--accept-unconfined" in refused["fr"]
        assert running.process.wait(5) == 3
    with house(instance, before=NO_WALLS, accept=True) as running:
        running.line()
        assert running.ask("me")["ladder"] == "D" and running.ask("me")["accepted"] is True
        status = running.status()
        assert (status["ladder"], status["accepted_unconfined"]) == ("D", True)


def test_without_identity_map_roles_share_the_supervisors_empty_network(instance: Path) -> None:
    without_map = """
from demeure.confinement import namespaces
def refused(uid, gid): raise PermissionError(1, "Operation not permitted")
namespaces._identity_map = refused
"""
    with house(instance, before=without_map) as running:
        running.line()
        front = running.process_of("front")
        assert front["facts"]["spaces"]["net"]["differs_from_launcher"]
        assert not front["facts"]["spaces"]["net"]["differs_from_supervisor"]
        assert front["facts"]["interfaces"] == ["lo"]
        assert set().union(*codes(running.status()).values()) == set()


def test_a_role_whose_box_leaks_refuses_to_serve(instance: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """The filter of the roles weakened on purpose: the self-test sees it, and the house does not open."""
    weakened = """
from demeure.confinement import policies
whole = policies.role
def weak():
    import dataclasses
    policy = whole()
    kept = {name: answer for name, answer in policy.deny.items() if name not in ("connect", "unshare")}
    return dataclasses.replace(policy, deny=kept)
policies.role = weak
"""
    with house(instance, before=weakened) as running:
        assert running.line()["error"] == "HouseFailed"
        assert running.process.wait(20) == 5
    said = capfd.readouterr().err
    assert "connect" in said and "refuse de servir" in said


def test_a_house_that_cannot_be_read_is_no_house(instance: Path) -> None:
    assert read_status(instance) == {"processes": [], "ladder": None, "accepted_unconfined": False}
    (instance / "run").mkdir()
    for content in ("", "{}", "[]", '{"roles": []}', '{"roles": [{"pid": 1, "started": -1}]}', '{"roles": [{}]}'):
        (instance / "run" / "house.json").write_text(content)
        assert read_status(instance)["processes"] == []
