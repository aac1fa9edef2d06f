"""The box in every combination of layers, judged by receivers outside it; each probe has worked unconfined
first."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from outside import Outside
from probes_child import NAMES

from demeure.confinement import LAYERS

CHILD = Path(__file__).with_name("probes_child.py")
SENT = {
    "tcp",
    "udp",
    "tcp_fastopen",
    "listener_turned_client",
    "listener_fast_opened",
    "abstract_unix",
    "pathname_unix",
    "datagram_to_pathname",
    "forgotten_descriptor",
}
USERS = [None, 65534] if os.getuid() == 0 else [None]


@pytest.fixture(params=USERS, ids=lambda uid: "self" if uid is None else str(uid))
def outside(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outside]:
    folder = Path(os.path.realpath(f"/tmp/demeure-box-{os.getpid()}-{os.urandom(4).hex()}"))
    folder.mkdir()
    try:
        with Outside(folder, request.param) as world:
            yield world
    finally:
        subprocess.run(["rm", "-rf", str(folder)], check=True)


def run(world: Outside, **more: Any) -> dict[str, Any]:
    """Probes in a fresh process; the names that got out are added as ``open``."""
    world.heard.clear()
    for left in ("written", "moved"):
        (world.outside / left).unlink(missing_ok=True)
    done = subprocess.run(
        [sys.executable, str(CHILD), json.dumps(world.setting(**more))], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    report: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    local = {name for name, answer in report["results"].items() if answer == "worked" and name not in SENT}
    report["open"] = local | world.heard
    return report


def test_unconfined_every_probe_works_so_that_refusals_mean_something(outside: Outside) -> None:
    report = run(outside)
    assert set(NAMES) - report["open"] == set(), report["results"]


@pytest.mark.parametrize("profile", ["gateway", "engine-chat"])
@pytest.mark.parametrize("missing", [set(), {"namespaces"}], ids=["A", "B"])
def test_nothing_gets_out(outside: Outside, profile: str, missing: set[str]) -> None:
    report = run(outside, layers=sorted(LAYERS - missing), profile=profile)
    assert report["ladder"] == ("B" if missing else "A"), report["enforced"]
    assert report["open"] == set(), report["results"]
    assert report["leaks"] == []


def test_without_landlock_files_are_open_and_the_network_is_not(outside: Outside) -> None:
    report = run(outside, layers=sorted(LAYERS - {"landlock"}))
    assert report["ladder"] == "C"
    assert report["open"] & SENT == set()
    assert {"read_outside", "write_outside", "list_home"} <= report["open"]
    assert report["open"].isdisjoint({"memory_of_another", "ptrace", "program", "program_in_memory", "io_uring"})


@pytest.mark.parametrize(
    ("missing", "gets_out"),
    [
        ({"seccomp"}, {"pathname_unix", "datagram_to_pathname", "new_namespace"}),
        (
            {"seccomp", "landlock"},
            {"listener_turned_client", "pathname_unix", "read_outside", "program", "program_in_memory"},
        ),
        ({"seccomp", "namespaces"}, {"udp", "pathname_unix", "datagram_to_pathname"}),
    ],
    ids=["no filter", "namespaces only", "Landlock only"],
)
def test_a_missing_layer_turns_its_probes_red_and_is_called_d(
    outside: Outside, missing: set[str], gets_out: set[str]
) -> None:
    report = run(outside, layers=sorted(LAYERS - missing))
    assert gets_out <= report["open"], report["results"]
    assert report["ladder"] == "D"


def test_a_forgotten_descriptor_passes_every_layer_and_closing_it_is_what_stops_it(outside: Outside) -> None:
    forgetful = run(outside, layers=sorted(LAYERS), forgetful=True)
    assert forgetful["open"] == {"forgotten_descriptor"}
    careful = run(outside, layers=sorted(LAYERS))
    assert careful["open"] == set()
    assert careful["enforced"]["closed"] >= 1


def test_what_was_enforced_is_reported(outside: Outside) -> None:
    enforced = run(outside, layers=sorted(LAYERS), only_box=True)["enforced"]
    assert enforced["user"] and enforced["net"] and enforced["ipc"] and enforced["id_map"]
    assert enforced["capabilities"] and enforced["no_new_privs"]
    assert enforced["landlock"] >= 1 and enforced["seccomp"] > 100
    assert enforced["problems"] == []
    partial = run(outside, layers=["seccomp", "capabilities"], only_box=True)["enforced"]
    assert not partial["net"] and not partial["landlock"]
    assert len(partial["problems"]) == 2
