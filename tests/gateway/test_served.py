"""The whole house, really confined: a page soon, and a gateway that is killed comes back with nothing left open."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from demeure.testing.journal import published
from demeure.testing.people import CHOICE

SECONDS = 20.0


class House:
    """``demeure up`` on a free port."""

    def __init__(self, instance: Path) -> None:
        self._instance = instance
        self._base = [sys.executable, "-m", "demeure.cli.main", "--instance", str(instance)]
        self._log = (instance.parent / "house.log").open("w+")
        self._process = subprocess.Popen(
            [*self._base, "up", "--port", "0", "--accept-unconfined"], stdout=self._log, stderr=subprocess.STDOUT
        )
        self.url = self._until_open()

    def _until_open(self) -> str:
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline and self._process.poll() is None:
            if found := re.search(r"http://127\.0\.0\.1:\d+", self.log()):
                return found[0]
            time.sleep(0.02)
        raise AssertionError(self.log())

    def log(self) -> str:
        return Path(self._log.name).read_text()

    def tell(self, *words: str) -> str:
        done = subprocess.run([*self._base, *words], capture_output=True, text=True, timeout=SECONDS, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def gateway(self) -> dict[str, Any]:
        processes = json.loads(self.tell("status", "--json"))["processes"]
        return next(p for p in processes if p["role"] == "gateway")

    def entries(self) -> list[dict[str, Any]]:
        """The gateway's entries, oldest first, read from the folder itself."""

        def size() -> int:
            return int(json.loads(self.tell("journal", "head", "--json"))["size"])

        leaves = [json.loads(leaf) for leaf in published(self._instance / "journal", size)]
        return [{"index": at, **leaf} for at, leaf in enumerate(leaves) if leaf["role"] == "gateway"]

    def open_entries(self) -> list[str]:
        found = self.entries()
        closed = {e["of"] for e in found}
        return [e["name"] for e in found if e["phase"] == "intention" and e["index"] not in closed]

    def settled(self) -> list[str]:
        """What is still open once the recovery, which runs beside the first pages, has had its time."""
        deadline = time.monotonic() + SECONDS
        while (left := self.open_entries()) and time.monotonic() < deadline:
            time.sleep(0.1)
        return left

    def closings(self) -> set[tuple[str, str]]:
        return {(e["name"], e["outcome"]) for e in self.entries() if e["phase"] == "closing"}

    def close(self) -> None:
        self._process.send_signal(signal.SIGINT)
        self._process.wait(SECONDS)
        self._log.close()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    opened = House(tmp_path / "instance")
    yield opened
    opened.close()


def test_a_killed_gateway_comes_back_with_its_sessions_and_no_open_entry(house: House) -> None:
    with httpx.Client(base_url=house.url, trust_env=False, timeout=SECONDS) as client:
        assert client.post(house.tell("link").strip(), data=CHOICE).headers["location"] == "/"
        assert client.get("/").status_code == 200
        token = client.get("/api/session").json()["token"]
        house.tell("spaces", "create", "Mairie")
        (space,) = client.get("/api/spaces").json()["spaces"]
        headers = {"X-Demeure-Token": token}
        where = {"space": space["id"], "name": "note.txt"}
        sent = client.post("/api/documents", params=where, content=b"La caution est de 700 euros.", headers=headers)
        assert sent.status_code == 201
        before = house.gateway()["pid"]

        def endless() -> Iterator[bytes]:
            yield b"x" * 1000
            time.sleep(0.3)  # the addition is written as begun by then
            os.kill(before, signal.SIGKILL)
            time.sleep(0.2)
            yield b"x" * 1000

        with contextlib.suppress(httpx.HTTPError):
            client.post("/api/documents", params={**where, "name": "cut.txt"}, content=endless(), headers=headers)
        again(client)
        after = house.gateway()
        assert after["pid"] != before
        assert after["differences"] == []
        documents = client.get("/api/documents").json()["documents"]
        assert [d["name"] for d in documents] == ["note.txt"]
        page = client.get("/maison").text
    assert "Accueil" in page
    house.tell("journal", "verify")
    assert house.settled() == []
    assert ("document-add-closed", "interrupted") in house.closings()


def again(client: httpx.Client) -> None:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(httpx.HTTPError):
            if client.get("/").status_code == 200:
                return
        time.sleep(0.05)
    raise AssertionError("the page never came back")
