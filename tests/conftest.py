"""The whole suite is offline: a connection outside loopback, Unix sockets and socketpairs fails the test."""

import ipaddress
import os
import socket
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

HOUSES = ("benchmarks", "cli", "endurance", "proof", "supervisor", "tls", "worker")
"""Folders of tests that open whole houses, with their processes."""
os.environ.pop("DEMEURE_LANGUAGE", None)


class OutsideConnection(AssertionError):
    """A test tried to leave the machine."""


def _inside(address: Any) -> bool:
    if not isinstance(address, tuple):
        return True
    host = str(address[0])
    if host in ("localhost", ""):
        return True
    try:
        return ipaddress.ip_address(host.split("%", maxsplit=1)[0]).is_loopback
    except ValueError:
        return False


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Where several processes share the suite, file by file: files of long tests first, then those of many. A long
    one that began last would keep a single process busy to the end.

    What waits for a browser or for a whole house depends on how busy the machine is: tried twice, and told. What is
    marked ``thorough`` is long and says little more than a shorter test that stays: ``make endurance`` runs it."""
    if not os.environ.get("DEMEURE_ENDURANCE"):
        left = [item for item in items if item.get_closest_marker("thorough")]
        items[:] = [item for item in items if not item.get_closest_marker("thorough")]
        config.hook.pytest_deselected(items=left)
    for item in items:
        if "browser" in item.path.name or "browser" in item.fixturenames or item.path.parent.name in HOUSES:
            item.add_marker(pytest.mark.flaky(reruns=1))
    if hasattr(config, "workerinput"):
        many = Counter(item.path for item in items)
        marked = {item.path for item in items if item.get_closest_marker("endurance") or _asks_for_time(item)}
        long = marked | {item.path for item in items if item.path.parent.name in ("endurance", "benchmarks")}
        items.sort(key=lambda item: (item.path not in long, -many[item.path], str(item.path)))


def _asks_for_time(item: pytest.Item) -> bool:
    """More than what a test is given."""
    asked = item.get_closest_marker("timeout")
    return bool(asked and asked.args and asked.args[0] > int(item.config.getini("timeout")))


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Refuse to connect anywhere but here."""
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex

    def guarded(self: socket.socket, address: Any) -> None:
        if not _inside(address):
            raise OutsideConnection(address)
        connect(self, address)

    def guarded_ex(self: socket.socket, address: Any) -> int:
        if not _inside(address):
            raise OutsideConnection(address)
        return connect_ex(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
    monkeypatch.setattr(socket.socket, "connect_ex", guarded_ex)
    yield


@pytest.fixture
def paris(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The machine's hours are those of Paris."""
    monkeypatch.setenv("TZ", "Europe/Paris")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()
