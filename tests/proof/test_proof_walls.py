"""The command on real boxes, on systems that give fewer and fewer walls, as root and as an ordinary user."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from people import ALICE, NO_LANDLOCK, NO_NAMESPACES, NO_WALLS, Person, place, root

from demeure.confinement import PROFILES
from demeure.proof.catalogue import CORE
from demeure.proof.roles import JOBS

NO_BROWSER = ("/usr/bin/env", "PATH=/usr/sbin:/sbin")
"""Starting Chromium is slow; test_proof_browser.py does."""

EVERY_ROLE = {*PROFILES, *JOBS, "reader"}


@pytest.fixture
def instance() -> Iterator[Path]:
    """A folder of Alice's, where no instance was ever made."""
    root()
    with place(ALICE) as folder:
        yield folder / "instance"


def proof(person: Person, instance: Path, *options: str, code: int) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(person.output(instance, "prove", "--json", *options, code=code))
    return found


@pytest.fixture(scope="module")
def walled() -> dict[str, Any]:
    """The proof of an ordinary user on a system that gives every wall."""
    root()
    with place(ALICE) as folder:
        return proof(Person(ALICE, through=NO_BROWSER), folder / "instance", code=0)


def verdicts(found: dict[str, Any], verdict: str) -> set[str]:
    return {probe["name"] for probe in found["probes"] if probe["verdict"] == verdict}


def test_an_ordinary_user_is_walled_in(walled: dict[str, Any]) -> None:
    found = walled
    assert (found["verdict"], found["ladder"]) == ("bloqué", "A")
    assert {probe["role"] for probe in found["probes"]} == EVERY_ROLE
    assert verdicts(found, "ouvert") == set()
    assert len(verdicts(found, "bloqué")) >= 60
    assert not {p["name"] for p in found["probes"] if p["verdict"] != "bloqué"} & set(CORE)
    for probe in found["probes"]:
        assert set(probe) >= {"name", "role", "verdict", "control", "layer"}
        assert (probe["verdict"] == "bloqué") <= (probe["control"] == "ouvert"), "blocked only beside its control"
    assert found["facts"]["live-processes"]["state"] == "inconclusive", "the house is closed"


def test_a_watched_folder_is_read_by_its_own_job_only_which_neither_writes_there_nor_gets_out(
    walled: dict[str, Any],
) -> None:
    tried = {(probe["name"], probe["role"]): probe for probe in walled["probes"]}
    for role in EVERY_ROLE - {"reader"}:
        probe = tried["read-share", role]
        assert (probe["verdict"], probe["control"]) == ("bloqué", "ouvert"), role
    assert ("read-share", "reader") not in tried, "it is the one that may"
    for name in ("write-share", "cut-share", "read-secret", "read-house-key", "tcp4", "udp4", "path-stream"):
        probe = tried[name, "reader"]
        assert (probe["verdict"], probe["control"]) == ("bloqué", "ouvert"), name
    facts = {name for name, role in tried if role == "reader" and name.startswith("fact-")}
    assert facts == {
        f"fact-{what}"
        for what in ("privileges", "capabilities", "filter", "namespaces", "file-list", "descriptors")
    }


@pytest.mark.thorough
def test_root_too(tmp_path: Path) -> None:
    found = proof(root(), tmp_path / "instance", code=0)
    assert (found["verdict"], found["ladder"]) == ("bloqué", "A")
    assert {"raw-ip", "packet-frame", "mount", "bpf"} <= verdicts(found, "bloqué"), "conclusive for root only"


def test_without_user_namespaces_nothing_gets_out_and_the_level_is_said(instance: Path) -> None:
    found = proof(Person(ALICE, NO_NAMESPACES, NO_BROWSER), instance, code=0)
    assert (found["verdict"], found["ladder"]) == ("bloqué", "B")
    assert verdicts(found, "ouvert") == set()
    seen = [p for p in found["probes"] if p["name"] == "host-socket-table" and p["role"] in PROFILES]
    assert {(p["verdict"], p["why"]) for p in seen} == {("non concluant ici", "level B")}
    assert len(verdicts(found, "bloqué")) >= 60


def test_without_landlock_the_files_are_open_and_it_is_said(instance: Path) -> None:
    found = proof(Person(ALICE, NO_LANDLOCK, NO_BROWSER), instance, code=1)
    assert (found["verdict"], found["ladder"]) == ("ouvert", "C")
    opened = verdicts(found, "ouvert")
    assert {"read-secret", "write-outside", "read-house-key", "signal"} <= opened
    assert not opened & {"tcp4", "udp4", "path-stream", "dns-datagram", "io-uring"}, "the network stays shut"


def test_without_walls_everything_is_open(instance: Path) -> None:
    found = proof(Person(ALICE, NO_WALLS, NO_BROWSER), instance, code=1)
    assert (found["verdict"], found["ladder"]) == ("ouvert", "D")
    assert set(CORE) - {"forgotten-socket"} <= verdicts(found, "ouvert"), "each core probe can fail"


@pytest.mark.parametrize(
    "uid", [pytest.param(ALICE, marks=pytest.mark.thorough), 0], ids=["an ordinary user", "root"]
)
def test_every_wall_that_is_taken_away_is_noticed(uid: int, instance: Path) -> None:
    folder = instance if uid else instance.with_name("of-root")
    found = proof(Person(uid, through=NO_BROWSER), folder, "--mutations", code=0)
    assert len(found["mutations"]) >= 10
    for mutation in found["mutations"]:
        assert mutation["noticed"], mutation
        assert mutation["missed"] == [] and mutation["problem"] == "", mutation


@pytest.mark.thorough
def test_a_wall_that_is_not_there_cannot_be_missed(instance: Path) -> None:
    found = proof(Person(ALICE, NO_NAMESPACES, NO_BROWSER), instance, "--mutations", code=0)
    told = {mutation["name"]: mutation["noticed"] for mutation in found["mutations"]}
    assert [name for name, noticed in told.items() if not noticed] == ["no-namespace", "capabilities-kept"]


DEAF = """
from demeure.proof import run
former = run._Run._go
def go(self, child, roles, whole, found=None):
    if found is not None:  # the controls were heard; from here on nothing is
        self._ground.receivers.note = lambda data: None
    return former(self, child, roles, whole, found)
run._Run._go = go
"""


@pytest.mark.thorough
def test_receivers_that_go_deaf_after_the_controls_prove_nothing(instance: Path) -> None:
    """Nothing gets out of the boxes, and nobody would have heard it."""
    found = proof(Person(ALICE, DEAF, NO_BROWSER), instance, code=3)
    heard = {p["name"]: p for p in found["probes"] if p["name"] in ("tcp4", "udp4", "path-stream", "dns-datagram")}
    assert {(p["code"], p["control"]) for p in heard.values()} == {("inconclusive", "non concluant ici")}
    assert found["verdict"] == "non concluant ici"
    assert "read-house-key" in verdicts(found, "bloqué"), "what is looked at otherwise still is"
