"""What a newcomer types first: a closed house, a wrong name, a second start, a port that is taken."""

import asyncio
import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from people import Person, furnish, place

from demeure.cli.documents_cmd import _row, found_in, settled
from demeure.store import create_instance

ME = Person(os.geteuid())


@pytest.fixture
def instance() -> Iterator[Path]:
    """Mine, without models."""
    with place(ME.uid) as folder:
        create_instance(folder / "instance")
        yield folder / "instance"


def test_a_space_that_does_not_exist_is_named_with_those_that_do(instance: Path, tmp_path: Path) -> None:
    note = tmp_path / "note.txt"
    note.write_text("La salle est ouverte.")
    with ME.house(instance):
        for words in (("ask", "Quoi ?"), ("documents", "list"), ("documents", "add", str(note))):
            told = ME.tell(instance, *words, "--space", "Mairie", code=2)
            assert "« Mairie »" in told.replace("\N{NO-BREAK SPACE}", " ") and "Traceback" not in told
        ME.tell(instance, "spaces", "create", "École")
        assert "École" in ME.tell(instance, "ask", "--space", "Mairie", "Quoi ?", code=2)
        told = ME.tell(instance, "--language", "en", "spaces", "delete", "Mairie", code=2)
        assert "No space is called “Mairie”. Existing spaces: École." in told
        assert "[o/N]" in ME.tell(instance, "spaces", "delete", "École", code=1)
        assert "École" in ME.tell(instance, "spaces", "list")
        ME.tell(instance, "spaces", "delete", "école", "--yes")
        assert "École" not in ME.tell(instance, "spaces", "list")


def _rehearsing(instance: Path) -> "subprocess.Popen[bytes]":
    """Somebody who holds a rehearsal, with a restored house in clear; until it is killed."""
    now = instance / "backups" / "rehearsal" / "now"
    (now / "house" / "keys").mkdir(parents=True, exist_ok=True)
    (now / "house" / "keys" / "house.key").write_bytes(bytes(32))
    held = "import sys; from pathlib import Path; from demeure.store.durable import alone\n"
    held += "with alone(Path(sys.argv[1]), 0.0) as held: print(held, flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", held, str(now.parent)]
    running = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert running.stdout is not None and running.stdout.readline() == b"True\n"
    return running


def test_what_is_erased_is_not_left_in_what_a_killed_rehearsal_restored(instance: Path) -> None:
    now = instance / "backups" / "rehearsal" / "now"
    with ME.house(instance):
        for name in ("Secret", "Autre"):
            ME.tell(instance, "spaces", "create", name)
        with _rehearsing(instance) as running:
            ME.tell(instance, "spaces", "delete", "Secret", "--yes")
            time.sleep(1.5)
            assert (now / "house" / "keys" / "house.key").exists(), "one that goes on is left alone"
            running.kill()
            deadline = time.monotonic() + 10
            while now.exists() and time.monotonic() < deadline:
                time.sleep(0.05)
        assert not now.exists(), "the house is open: nothing of it is kept until the next night"
    with _rehearsing(instance) as running:
        running.kill()
    assert now.exists()
    ME.tell(instance, "spaces", "delete", "Autre", "--yes")
    assert not now.exists(), "before a command on a closed house erases anything"


@pytest.mark.parametrize("listened", [True, False])
def test_a_house_whose_terminal_is_lost_is_closed_by_the_line_that_is_told(instance: Path, listened: bool) -> None:
    command = ME.command(instance, ("up", "--port", "0"))
    with subprocess.Popen(**command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stderr is not None
        assert "http://" in process.stdout.readline()
        told = re.search(r"kill -INT (\d+)", ME.tell(instance, "demo", code=4))
        assert told is not None
        if not listened:
            process.stdout.close()
        os.kill(int(told[1]), signal.SIGINT)
        assert process.wait(20) == 0, process.stderr.read()
        assert not listened or "La maison est fermée\u00a0: tout est arrêté." in process.stdout.read()
        assert "Traceback" not in process.stderr.read()


@pytest.mark.thorough
def test_the_keys_of_a_house_never_become_a_document(instance: Path, tmp_path: Path) -> None:
    (tmp_path / ".cache").mkdir()
    (tmp_path / ".cache" / "page.html").write_text("caché")
    (tmp_path / "note.txt").write_text("La salle est ouverte.")
    assert [path.name for path, _ in found_in((tmp_path,))] == ["note.txt"]
    ME.tell(instance, "spaces", "create", "Mairie")
    for named in (instance, instance.parent, instance / "keys" / "house.key"):
        told = ME.tell(instance, "documents", "add", "--space", "Mairie", str(named), code=2)
        assert "appartient à une maison" in told
    assert "house.key" not in ME.output(instance, "documents", "list")


@pytest.mark.thorough
def test_a_closed_house_is_opened_for_a_question_and_closed_again(tmp_path: Path) -> None:
    """The model loads after the house opens: the question waits for it."""
    instance, note = tmp_path / "instance", tmp_path / "note.txt"
    note.write_text("La salle Pommier se loue 42 euros par jour.", encoding="utf-8")
    furnish(instance, ME.uid)
    ME.tell(instance, "spaces", "create", "Mairie")
    ME.tell(instance, "documents", "add", "--space", "mairie", str(note))
    answer = json.loads(ME.output(instance, "ask", "Combien se loue la salle Pommier ?", "--json"))
    assert (answer["outcome"], answer["problem"]) == ("done", None)
    assert "mairie" in ME.output(instance, "documents", "list").casefold()
    assert answer["text"] and "42 euros" in answer["sources"][0]["quote"]
    assert "fermée" in ME.tell(instance, "status", code=1)


def test_a_closed_house_without_models_does_not_wait_for_them(instance: Path) -> None:
    told = ME.tell(instance, "--language", "en", "ask", "What?", code=2)
    assert "no document to ask" in told and "demeure models pull starter-chat" in told
    assert "Loading" not in told


def test_an_empty_list_says_so_instead_of_its_headings(instance: Path) -> None:
    with ME.house(instance):
        asked = (("documents", "list"), ("spaces", "list"), ("people", "groups", "list"), ("people", "list"))
        for words in (*asked, ("journal", "show", "--kind", "filter")):
            told = ME.tell(instance, *words)
            assert told.startswith(("Aucun", "Personne")) and "identifiant" not in told, told
            assert "[" in ME.output(instance, *words, "--json")
        ME.tell(instance, "spaces", "create", "Mairie")
        assert "(Mairie)" in ME.tell(instance, "ask", "Quoi ?", "--space", "Mairie", code=2)


def test_the_demonstration_refuses_a_house_already_open_at_once(instance: Path) -> None:
    with ME.house(instance):
        assert "tourne déjà" in ME.tell(instance, "demo", code=4)
        assert "already running" in ME.tell(instance, "--language", "en", "demo", code=4)
        assert ME.status(instance)["processes"]


def test_a_port_that_is_taken_is_said_by_the_house_itself(instance: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        told = ME.tell(instance, "--language", "en", "up", "--port", str(port), code=4)
    assert f"Port {port}" in told and "demeure.toml" in told


def test_an_instance_that_is_not_there_is_not_called_a_closed_house(tmp_path: Path) -> None:
    assert "pas d’instance" in ME.tell(tmp_path / "nowhere", "status", code=1)
    assert "There is no instance" in ME.tell(tmp_path / "nowhere", "--language", "en", "status", code=1)
    for words in (("documents", "list"), ("spaces", "list"), ("journal", "head"), ("ask", "Quoi ?")):
        assert "--instance" in ME.tell(tmp_path / "nowhere", *words, code=4)
    assert not (tmp_path / "nowhere").exists()


def _living(instance: Path) -> list[int]:
    """Processes of the house of ``instance``."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (folder / "cmdline").read_bytes().split(b"\0")
            if os.fsencode(instance) in words and b"up" in words:
                found.append(int(folder.name))
    return found


@pytest.mark.thorough
def test_a_command_that_is_killed_leaves_no_private_house_behind(instance: Path) -> None:
    ME.tell(instance, "spaces", "create", "Mairie")
    asking = subprocess.Popen(**ME.command(instance, ("documents", "list")), stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 20
    while not (instance / "run" / "house.json").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert _living(instance), "its private house is open"
    asking.kill()
    asking.wait()
    while _living(instance) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _living(instance)
    assert "Mairie" in ME.tell(instance, "spaces", "list"), "the next one opens"


def test_what_has_no_end_is_not_verified(instance: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "statement.json").write_text("{}")
    for words in (("/dev/zero",), (str(tmp_path / "pipe"),), (str(tmp_path), "--after", "/dev/zero")):
        assert "Il n’y a pas de fichier lisible" in ME.tell(instance, "verify", *words, code=2)
    assert "Traceback" not in ME.tell(instance, "verify", str(tmp_path), code=1)
    assert "Rien n’a été effacé" in ME.tell(instance, "journal", "erase", "personne", code=1)


@pytest.mark.thorough
def test_keys_that_are_not_this_houses_are_refused_before_anything_starts(instance: Path) -> None:
    ME.tell(instance, "spaces", "create", "Mairie")
    key = instance / "keys" / "house.key"
    right = key.read_bytes()
    for content, mode, told in (
        (bytes(32), 0o400, "n’est pas celle de cette instance"),
        (right[:31], 0o400, "est abîmée"),
        (right, 0o644, "lisible par d’autres utilisateurs"),
    ):
        key.chmod(0o600)
        key.write_bytes(content)
        key.chmod(mode)
        for words in (("up", "--port", "0"), ("documents", "list")):
            assert told in ME.tell(instance, *words, code=4)
        assert told in ME.tell(instance, "doctor", code=1)
    key.chmod(0o400)
    assert "Mairie" in ME.tell(instance, "spaces", "list")


def test_a_closed_house_that_cannot_open_says_why_to_any_command(instance: Path) -> None:
    ME.tell(instance, "spaces", "create", "Mairie")
    database = instance / "house" / "house.db"
    with database.open("r+b") as file:
        file.write(b"\0" * 4096)
    told = ME.tell(instance, "documents", "list", code=5)
    assert "house.db" in told and "ne tourne pas" not in told and "Traceback" not in told


class _Door:
    """Each document is searchable the second time that it is shown; « gone » was deleted."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    async def call(self, operation: str, args: dict[str, list[str]]) -> Any:
        assert operation == "documents.show"
        before = [one for asked in self.asked for one in asked]
        self.asked.append(args["documents"])
        shown = [{"id": i, "state": "searchable" if i in before else "reading"} for i in args["documents"]]
        return SimpleNamespace(data={"documents": [row for row in shown if row["id"] != "gone"]})


def test_a_full_disk_is_said_and_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    async def at_once(_seconds: float) -> None:
        return None

    class Full(_Door):
        state = "ok"

        async def call(self, operation: str, args: dict[str, list[str]] | None = None) -> Any:
            if operation == "status":
                said, self.state = self.state, "reserve"
                return SimpleNamespace(data={"journal": said})
            self.asked.append((args or {})["documents"])
            return SimpleNamespace(data={"documents": [{"id": "a", "state": "reading"}]})

    monkeypatch.setattr("demeure.cli.documents_cmd.asyncio.sleep", at_once)
    said: list[str] = []
    rows = [
        {"id": "a", "name": "a", "state": "received"},
        {"id": None, "name": "b", "state": "failed", "refused": "Plein."},
    ]
    found = asyncio.run(settled(Full(), rows, full=lambda: said.append("plein")))
    assert [row["state"] for row in found] == ["reading", "failed"] and said == ["plein"]
    assert _row(found[1], "fr", "")[2] == "refusé" and _row(found[0], "fr", "")[2] == "lecture"


def test_states_are_asked_a_hundred_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    async def at_once(_seconds: float) -> None:
        return None

    monkeypatch.setattr("demeure.cli.documents_cmd.asyncio.sleep", at_once)
    rows = [{"id": f"d{n}", "state": "received", "new": True} for n in range(150)]
    rows += [{"id": "gone", "state": "received", "new": True}, {"id": None, "state": "failed", "refused": "Vide."}]
    door = _Door()
    found = asyncio.run(settled(door, rows))
    assert [row["id"] for row in found] == [row["id"] for row in rows]
    assert {row["state"] for row in found[:150]} == {"searchable"} and all(row["new"] for row in found[:151])
    assert found[150]["state"] == "received" and found[151] == rows[151]
    assert len(door.asked) == 4 and max(map(len, door.asked)) == 100
