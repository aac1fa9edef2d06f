"""The proof of a running house: its facts, its journal, and what makes each fact turn red."""

import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from people import ALICE, NO_NAMESPACES, Person, entries, place, root

from demeure.confinement.sockets import SocketTables, read_tables
from demeure.delivery import Delivery
from demeure.engine.models.gguf_header import HeaderFacts
from demeure.engine.models.manifest import Installed, Records
from demeure.proof import ground, house_facts
from houses import alive, until

NO_BROWSER = ("/usr/bin/env", "PATH=/usr/sbin:/sbin")
"""Starting Chromium is slow; test_proof_browser.py does."""

alice = Person(ALICE, through=NO_BROWSER)


@pytest.fixture
def instance() -> Iterator[Path]:
    root()
    with place(ALICE) as folder:
        yield folder / "instance"


def facts(found: dict[str, Any]) -> dict[str, str]:
    return {name: fact["state"] for name, fact in found["facts"].items()}


def test_a_running_house_is_proved_and_its_journal_says_so(instance: Path) -> None:
    with alice.house(instance):
        found = json.loads(alice.output(instance, "prove", "--json"))
        told = facts(found)
        for name in (
            "live-processes",
            "same-ground",
            "listeners",
            "routes",
            "keys",
            "running-files",
            "page-headers",
        ):
            assert told[name] == "blocked", found["facts"][name]
        assert "rien n’est sorti" in alice.tell(instance, "prove")
        assert "nothing got out" in alice.tell(instance, "--language", "en", "prove")
    lines = [entry for entry in entries(instance) if entry["name"].startswith("walls-proved")]
    assert [line["phase"] for line in lines] == ["intention", "closing"] * 3
    assert {line["kind"] for line in lines} == {"administration"}
    assert lines[1]["outcome"] == "done" and lines[1]["object"].startswith("blocked ladder=A blocked=")
    assert " open=0 " in lines[1]["object"]


@pytest.mark.thorough
def test_a_closed_house_is_proved_by_twins_and_journalled(instance: Path) -> None:
    with alice.house(instance):
        pass
    found = json.loads(alice.output(instance, "prove", "--json"))
    assert facts(found)["live-processes"] == "inconclusive" and found["verdict"] == "bloqué"
    lines = [entry for entry in entries(instance) if entry["name"].startswith("walls-proved")]
    assert [line["phase"] for line in lines] == ["intention", "closing"]


@pytest.mark.thorough
def test_twins_on_another_ground_prove_nothing_of_the_house(instance: Path) -> None:
    with Person(ALICE, NO_NAMESPACES, NO_BROWSER).house(instance):
        found = json.loads(alice.output(instance, "prove", "--json", code=3))
    assert facts(found)["same-ground"] == "inconclusive" and "B ≠ A" in found["facts"]["same-ground"]["fr"]


@pytest.mark.thorough
def test_a_key_that_others_may_read_is_open(instance: Path) -> None:
    with alice.house(instance):
        (instance / "keys" / "spaces").chmod(0o755)
        found = json.loads(alice.output(instance, "prove", "--json", code=1))
    assert facts(found)["keys"] == "open" and found["verdict"] == "ouvert"


def test_a_file_that_is_not_the_installed_one_is_open_and_says_what_to_do() -> None:
    assert house_facts._record(Delivery("RECORD", 3)).state == "blocked"
    fact = house_facts._record(Delivery("RECORD", 3, changed=("settings.py",)))
    assert fact.state == "open" and "modifiés depuis l’installation" in fact.fr and "settings.py" in fact.en
    assert fact.mend is not None and all("make install" in said for said in fact.mend)
    assert house_facts._record(None).state == "inconclusive"


def test_a_model_that_was_altered_and_one_that_is_missing_are_told_apart(tmp_path: Path) -> None:
    """After a restore every model is missing: that is not an attack, and has another remedy."""
    folder = tmp_path / "models"
    folder.mkdir()
    rows = {
        name: Installed(name, "chat", name, f"{name}.gguf", "0" * 64, 5, "import", "", HeaderFacts("llama", 3))
        for name in ("grand", "petit")
    }
    Records(folder).write_installed(rows)
    (folder / "grand.gguf").write_text("autre")
    fact = house_facts._models(tmp_path)
    assert fact.state == "open"
    assert fact.fr == "Modèles changés\u00a0: grand. Modèles absents\u00a0: petit."
    assert fact.en == "Models altered: grand. Models missing: petit."
    assert fact.mend is not None and all("demeure models pull" in said for said in fact.mend)
    (folder / "grand.gguf").unlink()
    assert house_facts._models(tmp_path).fr == "Modèles absents\u00a0: grand, petit."


def test_a_house_without_keys_yet_says_so(tmp_path: Path) -> None:
    """What ``demeure models pull`` leaves, before the first ``demeure up``."""
    assert house_facts._keys(tmp_path).state == "inconclusive"


def house_that_listens(monkeypatch: pytest.MonkeyPatch, *listening: tuple[str, str]) -> house_facts.Fact:
    """The fact of a house declared on 127.0.0.1:8420 where each (role, listener) was read in /proc."""
    monkeypatch.setattr(house_facts, "running_state", lambda _: {"address": ["127.0.0.1", 8420]})
    processes = [
        {"role": role, "facts": {"descriptors": [{"kind": "listener", "target": target}]}}
        for role, target in listening
    ]
    return house_facts._listeners({"processes": processes}, Path())


def test_a_listener_that_nobody_declared_is_open_wherever_it_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    declared = ("gateway", "tcp 127.0.0.1 port 8420"), ("launcher", "tcp 127.0.0.1 port 8420")
    assert house_that_listens(monkeypatch, *declared).state == "blocked"
    for foreign in (
        ("worker", "tcp 127.0.0.1 port 9000"),
        ("launcher", "tcp 0.0.0.0 port 9000"),
        ("gateway", "tcp 0.0.0.0 port 8420"),
        ("gateway", "tcp6 :: port 8420"),
    ):
        fact = house_that_listens(monkeypatch, *declared, foreign)
        assert fact.state == "open" and foreign[1].partition(" ")[2] in fact.fr and fact.mend, foreign


@pytest.mark.parametrize("kind", ["tcp", "udp6", "raw", "packet"])
def test_a_socket_of_the_network_is_open_even_in_the_launcher(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    """The launcher has no box: a connection that it kept would be a way out."""
    monkeypatch.setattr(house_facts, "running_state", lambda _: {"address": ["127.0.0.1", 8420]})
    listening = {"kind": "listener", "target": "tcp 127.0.0.1 port 8420"}
    accepted = {"kind": "accepted", "target": "tcp 127.0.0.1 port 8420"}
    held = {"kind": kind, "target": "tcp 192.0.2.7 port 51234"}
    house = [{"role": "launcher", "facts": {"descriptors": [listening, accepted]}}]
    assert house_facts._listeners({"processes": house}, Path()).state == "blocked"
    house[0]["facts"]["descriptors"].append(held)  # type: ignore[index]
    fact = house_facts._listeners({"processes": house}, Path())
    assert fact.state == "open" and "launcher (tcp 192.0.2.7 port 51234)" in fact.fr and fact.mend


def test_the_address_of_a_listener_is_read_in_the_tables_of_the_kernel() -> None:
    with socket.create_server(("127.0.0.1", 0)) as four:
        kind = read_tables(["self"]).kind(os.fstat(four.fileno()).st_ino)
        assert (kind.kind, kind.target) == ("listener", f"tcp 127.0.0.1 port {four.getsockname()[1]}")
    tables = SocketTables()
    row = "   0: B80D0120000000000000000001000000:20E4 0:0000 0A 0:0 0:0 0 0 0 77"
    tables.feed("tcp6", f"head\n{row}\n")
    if sys.byteorder == "little":
        assert tables.kind(77).target == "tcp6 2001:db8::1 port 8420"


def test_what_a_killed_proof_left_is_removed_by_the_next_one_and_nothing_else(tmp_path: Path) -> None:
    names = ("demeure-prove-left", "demeure-prove-held", "demeure-prove-young", "another-left")
    for name in names:
        (tmp_path / name / "instance").mkdir(parents=True)
        (tmp_path / name / "nonce").write_text("abcd1234")
        if name != "demeure-prove-young":
            os.utime(tmp_path / name, (1, 1))
    left = tmp_path / "demeure-prove-left" / "mounts"  # as root, where a new namespace was refused
    left.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "none", left], check=False, capture_output=True)
    os.utime(left.parent, (1, 1))
    (tmp_path / "demeure-prove-way").symlink_to(tmp_path / "another-left")
    (tmp_path / "abcd1234-s").touch()
    held = os.open(tmp_path / "demeure-prove-held", os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)
    ground.forget_orphans(tmp_path, tmp_path)
    os.close(held)
    assert {path.name for path in tmp_path.iterdir()} == {*names[1:], "demeure-prove-way"}
    assert (tmp_path / "another-left" / "instance").is_dir()


def test_the_proof_of_another_users_house_is_refused(instance: Path) -> None:
    with alice.house(instance):
        assert "sudo -u" in root().tell(instance, "prove", code=4)


def test_an_interrupted_proof_leaves_nothing_and_says_so(instance: Path) -> None:
    with alice.house(instance):
        made = instance.parent / "made"
        made.mkdir(mode=0o777)
        made.chmod(0o777)
        command = alice.command(instance, ("prove", "--json"))
        command["env"]["TMPDIR"] = str(made)
        with subprocess.Popen(**command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as proving:
            until(lambda: list(made.glob("demeure-prove-*/instance/run/house.json")), 30)
            proving.send_signal(signal.SIGHUP)  # its terminal closes
            proving.send_signal(signal.SIGTERM)  # asked twice, it goes on ending in order
            assert proving.wait(30) == 130
            assert proving.stderr and "Preuve interrompue" in proving.stderr.read().decode()
        assert list(made.iterdir()) == []
    lines = [entry for entry in entries(instance) if entry["name"].startswith("walls-proved")]
    assert [line["outcome"] for line in lines] == [None, "interrupted"]


@pytest.mark.thorough
def test_a_killed_proof_takes_its_twins_along(instance: Path) -> None:
    with alice.house(instance):
        made = instance.parent / "made"
        made.mkdir(mode=0o777)
        made.chmod(0o777)
        command = alice.command(instance, ("prove", "--json"))
        command["env"]["TMPDIR"] = str(made)
        with subprocess.Popen(**command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as proving:
            (state,) = until(lambda: list(made.glob("demeure-prove-*/instance/run/house.json")), 30)
            twins = [row["pid"] for row in json.loads(state.read_text())["roles"] if row["pid"]]
            assert twins
            proving.kill()
            proving.wait()
        until(lambda: not any(alive(pid) for pid in twins))
        assert facts(json.loads(alice.output(instance, "prove", "--json")))["live-processes"] == "blocked"
