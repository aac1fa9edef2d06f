"""A house of fake roles: births, doors, deaths, stops; nothing is ever left behind."""

import json
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

from demeure.supervisor import HouseDown, connect_control, read_status
from houses import House, alive, house, prepare, until


@pytest.fixture
def instance(tmp_path: Path) -> Path:
    """Deep on purpose: a Unix address holds 107 bytes, a path more."""
    return prepare(tmp_path / ("a-town-with-a-very-long-name-" * 4) / "instance")


def stop(running: House, number: int = signal.SIGTERM) -> int:
    running.process.send_signal(number)
    return running.process.wait(10)


def test_it_serves_then_stops_in_order_and_leaves_nothing(instance: Path) -> None:
    with house(instance) as running:
        host, port = running.line()["ready"]
        with socket.create_connection((host, port), 5) as page, page.makefile("rw") as file:
            file.write("me\n")
            file.flush()
            assert json.loads(file.readline())["listeners"] == ["control", "public"]
        tree = running.tree()
        assert len(tree) == 3
        assert stop(running) == 0
        assert not any(alive(pid) for pid in tree)
    assert (instance / "house" / "stopped").read_text() == "in order"
    assert sorted(p.name for p in (instance / "run").iterdir()) == ["engine", "lock"]
    with pytest.raises(HouseDown):
        connect_control(instance)
    assert read_status(instance)["processes"] == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_other_ways_to_ask_for_the_end(instance: Path, number: int) -> None:
    # whoever runs the tests may ignore these (nohup, a background job), and the house would obey that
    with house(instance, before=f"import signal; signal.signal({int(number)}, signal.SIG_DFL)") as running:
        running.line()
        assert stop(running, number) == 0


def test_nohup_is_obeyed(instance: Path) -> None:
    with house(instance, before="import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)") as running:
        running.line()
        running.process.send_signal(signal.SIGHUP)
        assert running.ask("peer echo bonjour").endswith("bonjour")
        assert stop(running) == 0


def test_what_a_role_is_born_with(instance: Path) -> None:
    with house(instance) as running:
        running.line()
        born = running.ask("me")
        assert born["secrets"] == {"house": "68" * 32}
        assert running.ask("peer echo key") == "6a" * 32 + "," + "68" * 32
        assert born["ladder"] == "A" and born["accepted"] is False
        assert born["nice"] == min(19, os.nice(0) + 3)
        assert Path(f"/proc/{running.pid('front')}/oom_score_adj").read_text() == "150\n"
        assert born["spec"]["restarts"] == 0 and len(born["spec"]["boot"]) == 36
        assert "https_proxy" not in born["environment"] and "PYTHONPATH" not in born["environment"]
        control = instance / "run" / "control.sock"
        assert control.stat().st_mode & 0o777 == 0o600
        assert (instance / "run").stat().st_mode & 0o777 == 0o700


def test_a_role_touches_its_own_files_only(instance: Path) -> None:
    with house(instance) as running:
        running.line()
        assert running.ask(f"write {instance}/house/note") == 1
        for place in ("journal/x", "spaces/x", "keys/spaces/x", "run/x", "models/x"):
            assert running.ask(f"write {instance}/{place}") == {"errno": 13}, place
        for place in ("keys/house.key", "run/house.json", "run/lock"):
            assert running.ask(f"read {instance}/{place}") == {"errno": 13}, place
        assert running.ask("read /etc/passwd") == {"errno": 13}


def test_doors_open_as_the_table_says(instance: Path) -> None:
    with house(instance, roles=["front", "echo", "forker"]) as running:
        running.line()
        assert running.ask("peer echo bonjour") == f"{running.pid('echo')} front bonjour"
        assert running.ask("peer forker bonjour") == f"{running.pid('forker')} front bonjour"
        assert running.ask("many echo 50") == [f"{running.pid('echo')} front {i}" for i in range(50)]
        assert running.ask("peer front") == {"error": "DoorForbidden"}
        assert running.ask("peer nobody") == {"error": "DoorForbidden"}
        assert running.ask("peer engine-chat") == {"error": "RoleFailed"}, "no model is chosen"
        assert running.ask("peer echo ask") == "DoorForbidden"
        assert running.ask("peer echo ask-status") == "DoorForbidden"


def test_a_killed_role_comes_back_boxed_with_new_doors(instance: Path) -> None:
    with house(instance) as running:
        running.line()
        for role in ("echo", "front"):
            first = running.pid(role)
            os.kill(first, signal.SIGKILL)
            until(lambda role=role, first=first: running.process_of(role)["pid"] not in (None, first))  # type: ignore[misc]
            until(lambda role=role: running.process_of(role)["state"] == "running")  # type: ignore[misc]
            again = running.process_of(role)
            assert again["restarts"] == 1
            assert again["differences"] == []
            assert again["facts"]["seccomp_filters"] == 2
            assert running.ask("peer echo bonjour") == f"{running.pid('echo')} front bonjour"
        assert running.ask("me")["spec"]["restarts"] == 1
        assert running.ask("me")["secrets"] == {"house": "68" * 32}  # read anew, not at the end of a shared file


def test_back_off_then_down_after_five_deaths(instance: Path) -> None:
    with house(instance, roles=["front", "echo", "dying"]) as running:
        running.line()
        begun = time.monotonic()
        until(lambda: running.process_of("dying")["state"] == "down", 15)
        assert time.monotonic() - begun > 1.2  # 0.1 + 0.2 + 0.4 + 0.8
        row = running.process_of("dying")
        assert row["pid"] is None and row["restarts"] == 4
        assert [d["code"] for d in row["differences"]] == ["absent"]
        assert row["failure"]["code"] == "RoleEnded" and "(code 7)" in row["failure"]["fr"]
        assert running.ask("peer dying") == {"error": "RoleFailed"}
        assert running.ask("peer echo bonjour").endswith("front bonjour")


def test_what_was_down_is_born_again_later(instance: Path) -> None:
    before = "import demeure.supervisor.roles; demeure.supervisor.roles.LATER = 0.5"
    with house(instance, roles=["front", "echo", "dying"], before=before) as running:
        running.line()
        until(lambda: running.process_of("dying")["state"] == "down", 15)
        until(lambda: running.process_of("dying")["restarts"] >= 5, 15)
        assert running.ask("peer echo bonjour").endswith("front bonjour")


def test_a_house_whose_front_cannot_live_says_so(instance: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with house(
        instance, before="import sys, types; sys.modules['fake_front'] = types.ModuleType('fake_front')"
    ) as running:
        assert running.process.wait(15) == 5
    assert capfd.readouterr().err.count("AttributeError") == 5


@pytest.mark.parametrize("victim", ["launcher", "supervisor"])
def test_nothing_outlives_a_killed_launcher_or_supervisor(instance: Path, victim: str) -> None:
    with house(instance, roles=["front", "echo", "forker"]) as running:
        running.line()
        tree = running.tree()
        os.kill(running.pid(victim), signal.SIGKILL)
        code = running.process.wait(5)
        assert code == (-9 if victim == "launcher" else 1)
        until(lambda: not any(alive(pid) for pid in tree), 1.0)
    with house(instance) as again:  # and the folder is free
        assert "ready" in again.line()
        assert stop(again) == 0


def test_one_house_for_one_folder(instance: Path) -> None:
    with house(instance) as running:
        running.line()
        with house(instance) as second:
            refused = second.line()
            assert refused["error"] == "AlreadyRunning"
            assert refused["pid"] == str(running.process.pid)
            assert str(running.process.pid) in refused["fr"]
            assert second.process.wait(5) == 4
        assert running.ask("peer echo bonjour").endswith("bonjour")  # unharmed, its door still there


def test_a_private_house_works_for_a_command(instance: Path) -> None:
    with house(instance, public=False, answer=5) as running:
        assert running.line() == {"ready": None}
        assert running.process.wait(10) == 5
    with house(instance, public=False, raises=True) as running:
        running.line()
        assert running.process.wait(10) == 1
    assert (instance / "house" / "stopped").exists()


def test_clear_refusals(instance: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, house(instance, port=taken.getsockname()[1]) as running:
        assert running.line()["error"] == "AddressTaken"
        assert running.process.wait(5) == 4
    (instance / "keys" / "house.key").write_bytes(b"short")
    with house(instance) as running:
        refused = running.line()
        assert (refused["error"], refused["file"]) == ("KeyUnusable", "keys/house.key")
    shutil.rmtree(instance / "keys")
    with house(instance) as running:
        assert running.line()["error"] == "KeyUnusable"


def test_a_stopped_role_does_not_hold_the_others(instance: Path) -> None:
    with house(instance) as running:
        running.line()
        stuck = running.pid("echo")
        os.kill(stuck, signal.SIGSTOP)
        assert running.ask("status")["ladder"] == "A"
        begun = time.monotonic()
        assert stop(running) == 0
        assert time.monotonic() - begun < 8.5
        assert not alive(stuck)


def test_a_launcher_that_cannot_wait_kills(instance: Path) -> None:
    """The supervisor itself stuck: the end still comes, within its eight seconds."""
    with house(instance) as running:
        running.line()
        tree = running.tree()
        os.kill(running.pid("supervisor"), signal.SIGSTOP)
        running.process.send_signal(signal.SIGTERM)
        running.process.wait(9.5)
        until(lambda: not any(alive(pid) for pid in tree), 1.0)


def test_garbage_from_a_role_harms_nobody(instance: Path) -> None:
    with house(instance) as running:
        running.line()
        assert running.ask("peer echo die") == ""
        until(lambda: running.process_of("echo")["restarts"] == 1)


@pytest.mark.skipif(os.getuid() != 0, reason="needs root to become another user")
def test_an_ordinary_user_gets_the_same(tmp_path: Path) -> None:
    """The whole house as uid 65534: level A, no difference, read by a process of the same user."""
    folder = Path(f"/tmp/demeure-user-{os.getpid()}-{os.urandom(4).hex()}")
    prepare(folder)
    for path in (folder, *folder.rglob("*")):
        os.chown(path, 65534, 65534)
    become = """
import os, pkgutil, runpy, encodings.idna
import run_house, demeure.supervisor.supervisor, demeure.supervisor.doors, fake_front, fake_echo
os.setgroups([]); os.setresgid(65534, 65534, 65534); os.setresuid(65534, 65534, 65534)
from demeure.confinement import kernel
kernel.prctl(4, 1)
"""
    before = f"import sys; sys.path.insert(0, {str(Path(__file__).parent / 'fake_roles')!r})\n" + become
    try:
        with house(folder, before=before) as running:
            running.line()
            assert running.ask("peer echo bonjour").endswith("bonjour")
            status = running.status()
            assert status["ladder"] == "A"
            assert [p["differences"] for p in status["processes"]] == [[], [], [], []]
            assert {p["facts"]["uid"] for p in status["processes"]} == {65534}
            os.kill(running.pid("echo"), signal.SIGKILL)
            until(lambda: running.process_of("echo")["restarts"] == 1)
            assert running.ask("status")["processes"][2]["facts"]["uid"] in (65534, 0)
            assert stop(running) == 0
    finally:
        subprocess.run(["rm", "-rf", str(folder)], check=True)
