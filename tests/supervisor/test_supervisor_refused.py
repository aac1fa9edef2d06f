"""A noisy library in the box of a real role: what it tried is counted, attributed to it, and kept over deaths."""

import os
from pathlib import Path
from typing import Any

import pytest

from demeure.confinement.refused import ROWS
from houses import House, house, prepare, until


@pytest.fixture
def instance(tmp_path: Path) -> Path:
    return prepare(tmp_path / "instance")


def refused(running: House, role: str = "echo") -> dict[tuple[str, str], dict[str, Any]]:
    rows = next(p for p in running.ask("status")["processes"] if p["role"] == role)["refused"]
    return {(row["library"], row["kind"]): row for row in rows}


def test_what_a_library_tries_is_counted_under_its_name(instance: Path) -> None:
    with house(instance) as running:
        running.line()
        until(lambda: running.process_of("echo")["state"] == "running")
        assert refused(running) == {} == refused(running, "front")
        told = running.ask("peer echo noise 25")
        assert "done" not in told and "PermissionError" in told, "the box refused all of it"
        rows = refused(running)
        assert {key: row["count"] for key, row in rows.items()} == {
            ("noisy_library", "connect"): 25,
            ("noisy_library", "name"): 25,
            ("noisy_library", "socket"): 25,
            ("noisy_library", "program"): 25,
        }
        assert rows["noisy_library", "name"]["first"] == "telemetry.example.invalid"
        assert rows["noisy_library", "program"]["first"] == "/usr/bin/true"
        assert refused(running, "front") == {}, "its own box only"
        before = running.pid("echo")
        os.kill(before, 9)
        until(lambda: running.process_of("echo")["state"] == "running" and running.pid("echo") != before)
        running.ask("peer echo noise 5")
        assert refused(running)["noisy_library", "name"]["count"] == 30
        outside = running.process_of("echo")["refused"]
        assert {row["kind"] for row in outside} >= {"connect", "name"}, "as the state file last said"
        assert len(outside) <= ROWS + 1


def test_ordinary_work_counts_nothing(instance: Path) -> None:
    """Handed sockets, accepted ones, an engine's own listener: none of it is an attempt to leave."""
    with house(instance, roles=["front", "echo", "forker"]) as running:
        host, port = running.line()["ready"]
        until(lambda: running.process_of("forker")["state"] == "running")
        assert running.ask("peer forker bonjour").endswith("bonjour")
        import socket

        with socket.create_connection((host, port)) as page:
            page.sendall(b"me\n")
            page.recv(10)
        for role in ("front", "echo", "forker"):
            assert refused(running, role) == {}, role
