"""Files as disks give them: closed to us, badly named, no files at all. Each is one sentence; the others go on."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from people import ALICE, Person, place, root

from demeure.cli.terminal import printable
from demeure.store import create_instance

ALICE_HERSELF = Person(ALICE)
TEXT = "La salle est ouverte de neuf heures à midi."


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Alice's, with an instance that has one space."""
    root()
    with place(ALICE) as folder:
        create_instance(folder / "instance")
        for path in (folder / "instance", *(folder / "instance").rglob("*")):
            os.chown(path, ALICE, ALICE)
        (folder / "closed").mkdir(mode=0o700)  # root's
        ALICE_HERSELF.tell(folder / "instance", "spaces", "create", "Mairie")
        yield folder


def add(folder: Path, *paths: str | Path, code: int) -> str:
    words = ("documents", "add", "--space", "Mairie", *map(str, paths))
    told = ALICE_HERSELF.tell(folder / "instance", *words, code=code)
    assert "Traceback" not in told
    return told


def test_a_file_closed_to_us_is_a_row_with_its_reason_and_the_others_go_on(folder: Path) -> None:
    (folder / "lot").mkdir()
    (folder / "lot" / "clair.txt").write_text(TEXT, encoding="utf-8")
    (folder / "lot" / "secret.txt").write_text("interdit", encoding="utf-8")
    (folder / "lot" / "secret.txt").chmod(0o600)  # root's
    told = add(folder, folder / "lot", code=1)
    assert "clair.txt" in told and "secret.txt" in told and "Il n’y a pas de fichier lisible" in told
    names = [
        row["name"] for row in json.loads(ALICE_HERSELF.output(folder / "instance", "documents", "list", "--json"))
    ]
    assert "clair.txt" in names and "secret.txt" not in names


def test_what_is_not_a_file_is_one_sentence(folder: Path) -> None:
    os.mkfifo(folder / "tube")
    (folder / "nowhere").symlink_to(folder / "absent")
    (folder / "loop").symlink_to(folder / "loop")
    for named in (
        "/dev/zero",
        folder / "tube",
        folder / "nowhere",
        folder / "loop",
        "a" * 5000,
        folder / "closed" / "x",
        "x\ny",
    ):
        told = add(folder, named, code=2)
        assert told.startswith("demeure\u00a0: Il n’y a pas de fichier lisible") and told.count("\n") == 1


def test_a_name_of_another_encoding_keeps_its_letters(folder: Path) -> None:
    raw = os.fsencode(folder) + b"/lot-latin"
    Path(os.fsdecode(raw)).mkdir()
    for name in (b"d\xe9lib\xe9ration.txt", "envers\u202etxt.exe".encode(), b"deux\nlignes.txt"):
        Path(os.fsdecode(raw + b"/" + name)).write_bytes(TEXT.encode() + name)
    add(folder, os.fsdecode(raw), code=0)
    rows = json.loads(ALICE_HERSELF.output(folder / "instance", "documents", "list", "--json"))
    names = {row["name"] for row in rows}
    assert "délibération.txt" in names and "enverstxt.exe" in names
    assert all(name == printable(name) for name in names)


def test_a_path_that_the_system_refuses_is_one_sentence(folder: Path) -> None:
    for words in (("verify", "a" * 5000), ("verify", str(folder / "closed" / "x"))):
        told = ALICE_HERSELF.tell(folder / "instance", "--language", "en", *words, code=2)
        assert told.startswith("demeure: ") and told.count("\n") == 1


@pytest.mark.thorough
def test_every_answer_of_documents_and_spaces_is_json_when_asked(folder: Path) -> None:
    instance = folder / "instance"

    def told(*words: str) -> object:
        return json.loads(ALICE_HERSELF.output(instance, *words, "--json"))

    (folder / "note.txt").write_text(TEXT + " Note.", encoding="utf-8")
    ((row,)) = told("documents", "add", "--space", "Mairie", str(folder / "note.txt"))  # type: ignore[misc]
    assert told("documents", "show", row["id"])["name"] == "note.txt"  # type: ignore[index]
    assert told("documents", "tag", row["id"], "--add", "a") == {"documents": 1}
    assert told("documents", "delete", row["id"]) == {"document": row["id"]}
    told("spaces", "create", "Autre")
    assert "space" in told("spaces", "delete", "Autre", "--yes")  # type: ignore[operator]
