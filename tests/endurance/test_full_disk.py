"""A really full disk under each writer of a real house: a small tmpfs in a mount namespace of the house's own.

What is refused is told in the reader's language, nothing is lost or left by halves, the pages say what is wrong, no
process dies of it, and everything goes on by itself once there is room again.
"""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import workshop_files as files
from real_house import ROLES, SETTINGS, RealHouse, models, prepared, until
from storm import Told, listen

TEXT = "Le conseil municipal se réunit le 9 juin à 18 h 30 dans la salle des mariages. "
WORDS = {"fr": "disque", "en": "disk"}
MOUNT = (
    'cp -a "$DISK" "$DISK.there" && mount -t tmpfs -o size="$SIZE" tmpfs "$DISK" && cp -a "$DISK.there/." "$DISK"'
    ' && exec "$@"'
)


@pytest.fixture(scope="module")
def mounts() -> None:
    """Skip where no private mount can be made."""
    if os.geteuid() != 0:
        pytest.skip("an ordinary user cannot mount a small disk: only the injected full disks are tested")
    trial = ["unshare", "--mount", "--propagation", "private", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    if subprocess.run(trial, capture_output=True).returncode != 0:
        pytest.skip("no private mount is allowed here: only the injected full disks are tested")


class SmallDisk(RealHouse):
    """A house with ``size`` bytes of disk at ``folder`` (a name inside the instance)."""

    def __init__(self, instance: Path, folder: str, size: int) -> None:
        disk = (instance / folder).resolve()
        disk.mkdir(mode=0o700, parents=True, exist_ok=True)
        words = ["env", f"DISK={disk}", f"SIZE={size}", "unshare", "--mount", "--propagation", "private"]
        super().__init__(instance, [*words, "sh", "-c", MOUNT, "sh"])
        self._disk = disk
        self.clients: list[httpx.Client] = []

    @property
    def disk(self) -> Path:
        """As the house sees it."""
        return self.seen_by_house(self._disk)

    def fill(self, leave: int = 0) -> None:
        """Take every block but the last ``leave`` bytes."""
        with (self.disk / "filling").open("ab", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                file.truncate(max(0, file.tell() - leave))

    def free(self) -> None:
        (self.disk / "filling").unlink(missing_ok=True)


Opened = Callable[..., SmallDisk]


@pytest.fixture
def opened(mounts: None, tmp_path: Path) -> Iterator[Opened]:
    houses: list[SmallDisk] = []

    def open_(folder: str, size: int, settings: str = "") -> SmallDisk:
        house = SmallDisk(prepared(tmp_path / "instance", SETTINGS + settings), folder, size)
        houses.append(house)
        house.start()
        until(house.engines_ready, "both engines")
        house.sign_in()
        return house

    yield open_
    for house in houses:
        for client in house.clients:
            client.close()
        house.close()


class Person:
    """Somebody with a space, who knows what they were told."""

    def __init__(self, house: SmallDisk) -> None:
        self.house, self.space = house, house.space("Mairie")
        self.client = house.client()
        house.clients.append(self.client)

    def add(self, name: str, content: bytes | None = None) -> httpx.Response:
        where = {"space": self.space, "name": name}
        return self.client.post("/api/documents", params=where, content=content or (TEXT + name).encode())

    def added(self, name: str, content: bytes | None = None) -> str:
        answer = self.add(name, content)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["documents"][0]["id"])

    def names(self) -> list[str]:
        rows = self.client.get("/api/documents", params={"space": self.space}).json()["documents"]
        return sorted(row["name"] for row in rows)

    def ready(self, document: str, seconds: float = 60.0) -> None:
        def state() -> Any:
            return self.client.get(f"/api/documents/{document}").json()

        until(lambda: state()["state"] == "ready", state, seconds)

    def ask(self) -> Told:
        told = Told("Quand le conseil municipal se réunit-il ?", frozenset())
        refused = listen(self.client, told, [self.space])
        if refused is not None:
            told.outcome = refused.json()["error"]["code"]
        return told

    def answered(self) -> bool:
        told = self.ask()
        return told.outcome == "done" and bool(told.shown and told.sources)


def refused(answer: httpx.Response, *codes: str) -> None:
    """507, and a sentence that names the disk."""
    error = answer.json()["error"]
    assert (answer.status_code, error["code"] in codes) == (507, True), answer.text
    assert WORDS["fr"] in error["sentence"]


def said_by_commands(person: Person, tmp_path: Path, *words: str) -> None:
    """The same refusal from the command line, in both languages, with an exit code."""
    paper = tmp_path / "commande.txt"
    paper.write_text(TEXT)
    for language, word in WORDS.items():
        out = person.house.tell("--language", language, *words, str(paper), code=1)
        assert word in out, out


def unharmed(house: SmallDisk, before: dict[str, int | None]) -> None:
    assert {role: house.pid(role) for role in ROLES} == before, house.said()[-2000:]


def closed_and_sound(house: SmallDisk) -> None:
    """Nothing open in the journal, nothing left by halves (looked at from inside: the disk goes with the house)."""
    until(lambda: "intact" in house.tell("journal", "verify"), "a sound journal")
    folders = [house.seen_by_house(house.instance / name) for name in ("house", "spaces", "models", "keys")]
    halves = [p for folder in folders for p in folder.rglob(".*") if p.name.endswith((".new", ".incoming"))]
    assert halves == [p for p in halves if ".incoming-" not in p.name] == []
    assert not re.search(r"^Traceback", house.said(), re.MULTILINE)


def pids(house: SmallDisk) -> dict[str, int | None]:
    return {role: house.pid(role) for role in ROLES}


def tells(person: Person) -> bool:
    """The pages and the status say that the disk is full."""
    page = person.client.get("/documents").text
    status = person.house.tell("status", code=None)
    return "disque est presque plein" in page and "disque" in status.lower()


@pytest.mark.thorough
@pytest.mark.model
def test_documents_on_a_full_disk(opened: Opened, tmp_path: Path) -> None:
    house = opened("spaces", 16 << 20)
    person, before = Person(house), pids(house)
    person.ready(person.added("premier.txt"))
    house.fill()
    refused(person.add("second.txt"), "DiskFull")
    refused(person.add("gros.pdf", files.good_pdf() + bytes(1 << 20)), "DiskFull")
    said_by_commands(person, tmp_path, "documents", "add", "--space", "Mairie")
    assert person.names() == ["premier.txt"]
    assert person.answered()
    assert tells(person)
    house.free()
    person.ready(person.added("second.txt"))
    assert not tells(person)
    unharmed(house, before)
    closed_and_sound(house)


@pytest.mark.thorough
@pytest.mark.model
def test_a_document_received_before_the_disk_filled_is_read_once_there_is_room(opened: Opened) -> None:
    house = opened("spaces", 16 << 20)
    person, before = Person(house), pids(house)
    person.ready(person.added("premier.txt"))
    long = "\n\n".join(f"{n}. {TEXT * 12}" for n in range(120)).encode()
    house.fill(leave=len(long) + (32 << 10))  # room for the original, not for its index
    document = person.added("long.txt", long)
    time.sleep(8)  # several attempts
    row = person.client.get(f"/api/documents/{document}").json()
    assert row["state"] in ("received", "reading"), row
    assert person.answered()
    house.free()
    person.ready(document, 120)
    unharmed(house, before)
    closed_and_sound(house)


@pytest.mark.thorough
@pytest.mark.model
def test_conversations_on_a_full_disk(opened: Opened, tmp_path: Path) -> None:
    house = opened("house", 12 << 20)
    person, before = Person(house), pids(house)
    first = person.added("premier.txt")
    person.ready(first)
    house.fill()
    until(lambda: person.add(f"{time.monotonic()}.txt").status_code == 507, "a refusal")
    refused(person.add("second.txt"), "DiskFull")
    said_by_commands(person, tmp_path, "documents", "add", "--space", "Mairie")
    until(lambda: person.ask().outcome == "DiskFull", "a refused question")
    assert person.client.get("/").status_code == 200
    assert first in [d["id"] for d in person.client.get("/api/documents").json()["documents"]]
    assert tells(person)
    time.sleep(5)
    unharmed(house, before)
    house.free()
    until(person.answered, "an answer")
    person.ready(person.added("second.txt"))
    unharmed(house, before)
    closed_and_sound(house)


@pytest.mark.model
@pytest.mark.thorough
def test_a_journal_on_a_full_disk(opened: Opened, tmp_path: Path) -> None:
    house = opened("journal", 12 << 20, "journal_reserve_megabytes = 4\n")
    person, before = Person(house), pids(house)
    person.ready(person.added("premier.txt"))
    house.fill()
    until(lambda: _uses_the_reserve(person), "the reserve")
    refused(person.add("second.txt"), "AddingRefused")
    said_by_commands(person, tmp_path, "documents", "add", "--space", "Mairie")
    assert person.answered()
    assert tells(person)
    eater = Eater(house)
    until(lambda: person.ask().outcome == "JournalFull", "the end of the reserve", 120)
    assert person.client.get("/").status_code == 507
    assert person.client.get("/maison").status_code == 200
    assert person.client.get("/api/status").json()["journal"] == "silent"
    assert "journal" in house.tell("status", code=None)
    unharmed(house, before)
    eater.stop()
    house.free()
    until(lambda: person.client.get("/api/status").json()["journal"] == "ok", "a journal that writes again")
    until(person.answered, "an answer")
    person.ready(person.added("second.txt"))
    assert not tells(person)
    unharmed(house, before)
    closed_and_sound(house)
    assert house.stop() == 0


def _uses_the_reserve(person: Person) -> bool:
    person.ask()
    return bool(person.client.get("/api/status").json()["journal"] == "reserve")


class Eater:
    """Another process that takes every block the journal gives back."""

    def __init__(self, house: SmallDisk) -> None:
        self._house, self._over = house, threading.Event()
        self._thread = threading.Thread(target=self._eat)
        self._thread.start()

    def _eat(self) -> None:
        while not self._over.is_set():
            self._house.fill()
            time.sleep(0.005)

    def stop(self) -> None:
        self._over.set()
        self._thread.join()


@pytest.mark.thorough
@pytest.mark.model
def test_models_on_a_full_disk(opened: Opened) -> None:
    house = opened("models", 90 << 20)
    person, before = Person(house), pids(house)
    there = sorted(p.name for p in house.disk.iterdir())
    room = {"fr": "place", "en": "space"}

    def refused_in_words(*words: str) -> None:
        for language, word in room.items():
            out = house.tell("--language", language, "models", *words, code=None)
            assert "Traceback" not in out and (word in out or WORDS[language] in out), out

    refused_in_words("import", str(models() / "test-chat.gguf"))  # more than there will ever be
    house.fill()
    refused_in_words("import", str(models() / "embeddings.gguf"))
    refused_in_words("use", "chat", "test-chat", "--context", "1024")
    house.free()
    assert sorted(p.name for p in house.disk.iterdir()) == there
    house.tell("models", "verify")
    person.ready(person.added("premier.txt"))
    assert person.answered()
    unharmed(house, before)


@pytest.mark.thorough
@pytest.mark.model
def test_run_on_a_full_disk(opened: Opened) -> None:
    house = opened("run", 1 << 20)
    person = Person(house)
    person.ready(person.added("premier.txt"))
    house.fill()
    for role in ("engine-chat", "gateway", "worker"):
        _killed_and_back(house, role)
    until(person.answered, "an answer")
    house.tell("status")
    house.free()
    told = {p["role"]: p["pid"] for p in json.loads(house.tell("status", "--json"))["processes"]}
    until(lambda: {role: house.pid(role) for role in told} == told, "a state file that tells who lives", 10)
    assert house.stop() == 0


def _killed_and_back(house: SmallDisk, role: str) -> None:
    """Whoever asks at the door sees its next life run."""

    def row() -> dict[str, Any]:
        out = house.tell("status", "--json", code=None)
        rows = json.loads(out)["processes"] if out.startswith("{") else []
        return next((p for p in rows if p["role"] == role), {})

    old = row()["pid"]
    os.kill(old, signal.SIGKILL)
    until(lambda: row().get("state") == "running" and row()["pid"] != old, lambda: f"{role}, not {row()}")


@pytest.mark.thorough
@pytest.mark.model
def test_one_disk_for_everything(opened: Opened, tmp_path: Path) -> None:
    house = opened(".", 80 << 20, "journal_reserve_megabytes = 4\n")
    person, before = Person(house), pids(house)
    person.ready(person.added("premier.txt"))
    house.fill()
    until(lambda: person.add("second.txt").status_code == 507, "a refusal")
    refused(person.add("second.txt"), "DiskFull", "AddingRefused")
    said_by_commands(person, tmp_path, "documents", "add", "--space", "Mairie")
    assert tells(person)
    time.sleep(3)
    unharmed(house, before)
    for role in ("worker", "scribe", "gateway", "workshop"):
        _killed_and_back(house, role)
    assert tells(person)
    house.free()
    until(person.answered, "an answer")
    person.ready(person.added("second.txt"))
    assert not tells(person)
    closed_and_sound(house)


@pytest.mark.model
@pytest.mark.thorough
def test_a_house_that_cannot_start_for_lack_of_room_says_so(mounts: None, tmp_path: Path) -> None:
    """The same command succeeds once there is room."""
    disk = prepared(tmp_path / "instance", SETTINGS + "journal_reserve_megabytes = 1\n")
    house = f"{sys.executable} -m demeure.cli.main --instance {disk} up --port 0; echo code $?"
    fill = f"dd if=/dev/zero of={disk}/filling bs=4k status=none"
    up, told = house.removesuffix("; echo code $?"), tmp_path / "second"
    opened = f"for i in $(seq 240); do grep -q 'est ouverte' {told} && break; sleep 0.25; done"
    brief = (
        f"{up} > {told} 2>&1 & open=$!; {opened}; kill -INT $open; wait $open; code=$?; cat {told}; echo code $code"
    )
    script = "\n".join([MOUNT.removesuffix(' && exec "$@"'), fill, house, f"rm {disk}/filling", brief])
    command = ["unshare", "--mount", "--propagation", "private", "sh", "-c", script]
    room = os.environ | {"DISK": str(disk), "SIZE": "12m"}
    done = subprocess.run(
        command, env=room, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120
    )
    first, code, second, last, _ = re.split(r"^code (\d+)$", done.stdout, flags=re.MULTILINE)
    assert "Traceback" not in done.stdout, done.stdout
    assert code == "5" and "Le disque est plein" in first and "ouverte" not in first, done.stdout
    assert last == "0" and "La maison est ouverte" in second, done.stdout
