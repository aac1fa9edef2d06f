"""Addresses that are not the loopback's, in a network of the run's own: it works, it is shut, it can be open."""

import errno
import json
import os
import socket
import subprocess
import sys
from typing import Any

import pytest

from demeure.proof import BLOCKED, INCONCLUSIVE, elsewhere
from demeure.proof.catalogue import APART
from demeure.proof.receivers import ADDRESS
from demeure.proof.roles import roles_of
from demeure.settings import Settings


@pytest.fixture(autouse=True)
def offline() -> None:
    """Instead of the suite's guard, which knows the loopback only: what these tests reach is in a network without a
    way out."""


def in_a_child(act: Any) -> int:
    """Exit code: what ``act`` returns, 77 when no namespace may be made."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            elsewhere.enter()
            code = act()
        except PermissionError:
            code = 77
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def conclusive() -> None:
    if in_a_child(lambda: 0) == 77:
        pytest.skip("this system refuses network namespaces")


def test_the_network_has_the_address_and_no_way_to_anywhere() -> None:
    conclusive()

    def act() -> int:
        with socket.create_server((ADDRESS, 0)) as listener, socket.create_connection(listener.getsockname(), 2):
            pass
        with socket.socket() as way:
            return 0 if way.connect_ex(("198.51.100.1", 443)) == errno.ENETUNREACH else 3

    assert in_a_child(act) == 0
    with socket.socket() as way, pytest.raises(OSError, match="Cannot assign"):
        way.bind((ADDRESS, 0))


def test_no_box_reaches_it_and_the_control_does() -> None:
    conclusive()
    found = elsewhere.results(Settings())
    assert {(result.name, result.role) for result in found} == {
        (name, role) for name in APART for role in roles_of()
    }
    assert {result.verdict for result in found if result.name != "tcp6-address"} <= {BLOCKED}
    assert all(result.control for result in found if result.name in ("tcp4-address", "udp4-address", "dns-address"))


BARE = """
import json
from dataclasses import replace
import demeure.confinement
from demeure.confinement import SUPERVISOR, seccomp, selftest
from demeure.proof import elsewhere
from demeure.settings import Settings
from demeure.supervisor import supervisor

def bare():
    product = demeure.confinement
    product.PROFILES = {name: replace(row, layers=frozenset()) for name, row in product.PROFILES.items()}
    supervisor.SUPERVISOR = replace(SUPERVISOR, layers=frozenset())
    seccomp.install = lambda _policy: 0
    selftest.run = lambda *_: []

print(json.dumps([(r.name, r.role) for r in elsewhere.results(Settings(), bare) if r.verdict == "open"]))
"""
"""A house without walls, in a process of its own."""


def test_without_walls_the_same_probes_are_open() -> None:
    conclusive()
    run = subprocess.run([sys.executable, "-c", BARE], capture_output=True, text=True, check=True)
    opened = {tuple(pair) for pair in json.loads(run.stdout)}
    assert {("tcp4-address", "gateway"), ("udp4-address", "worker"), ("dns-address", "scribe")} <= opened


def test_where_no_network_can_be_made_nothing_is_concluded(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise PermissionError(errno.EPERM, "refused")

    monkeypatch.setattr(elsewhere, "enter", refuse)
    found = elsewhere.results(Settings())
    assert {result.verdict for result in found} == {INCONCLUSIVE} and len(found) == len(APART) * len(roles_of())
