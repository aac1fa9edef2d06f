"""A watched folder from the command line, through the whole real house: walls, launcher, worker, journal."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from people import Person, entries, place

from demeure.store import create_instance

ME = Person(os.geteuid())


@pytest.fixture
def instance() -> Iterator[Path]:
    """Mine, without models."""
    with place(ME.uid) as folder:
        create_instance(folder / "instance")
        yield folder / "instance"


def sources(instance: Path, *words: str, code: int = 0) -> Any:
    return json.loads(ME.output(instance, "sources", *words, "--json", code=code))


def counts(source: dict[str, Any]) -> dict[str, int]:
    return {what: n for what, n in source["last"]["counts"].items() if n}


@pytest.mark.thorough
def test_a_folder_is_watched_by_a_command_and_survives_a_restart(instance: Path) -> None:
    share = instance.parent / "partage"
    share.mkdir()
    for n in range(6):
        (share / f"note{n}.txt").write_text(f"La note {n} parle du canari{n}.")
    with ME.house(instance):
        ME.tell(instance, "spaces", "create", "Mairie")
        added = sources(
            instance, "add", str(share), "--space", "Mairie", "--every", "2h", "--ignore", "*.old", "--wait"
        )
        assert (added["path"], added["space_name"], added["every"]) == (str(share), "Mairie", 120)
        assert counts(added) == {"added": 6}
        made = added["id"]
        assert (instance / "sources" / made).read_bytes() == os.fsencode(share)
        listed = json.loads(ME.output(instance, "documents", "list", "--json"))
        assert {row["name"] for row in listed} == {f"note{n}.txt" for n in range(6)}
        told = ME.tell(instance, "sources", "add", str(share), "--space", "Mairie", code=2)
        assert "déjà suivi" in told and len(list((instance / "sources").iterdir())) == 1, "the second grant went"
        for refused in (instance, instance.parent, Path("/proc")):
            assert "ne peut pas être suivi" in ME.tell(
                instance, "sources", "add", str(refused), "--space", "Mairie", code=2
            )
    (share / "note0.txt").rename(share / "autre.txt")
    (share / "note1.txt").write_text("La note 1 parle du perroquet.")
    (share / "note2.txt").unlink()
    with ME.house(instance):
        assert [s["id"] for s in sources(instance, "list")] == [made]
        assert counts(sources(instance, "scan", made[:8])) == {
            "moved": 1,
            "changed": 1,
            "deleted": 1,
            "unchanged": 3,
        }
        shown = ME.tell(instance, "sources", "show", made[:8])
        assert "autre.txt" in shown and "toutes les 2 heures" in shown and "à jour" in shown
        english = ME.tell(instance, "--language", "en", "sources", "list")
        assert "up to date" in english
        share.rename(share.with_name("ailleurs"))
        gone = sources(instance, "scan", made[:8], code=1)
        assert (gone["state"], gone["last"]["outcome"]) == ("unreachable", "unreachable")
        assert gone["reason"]["fr"] and counts(gone) == {}
        share.with_name("ailleurs").rename(share)
        assert sources(instance, "scan", made[:8])["state"] == "ok"
        for n in (3, 4):
            (share / f"note{n}.txt").unlink()
        (share / "note5.txt").unlink()
        assert sources(instance, "scan", made[:8], code=1)["held"] == 3
        assert "n’attend une confirmation" in ME.tell(instance, "sources", "confirm", made[:8], "2", code=2)
        ME.tell(instance, "sources", "confirm", made[:8], "3")
        assert sources(instance, "scan", made[:8])["held"] == 0
        ME.tell(instance, "sources", "pause", made[:8])
        assert sources(instance, "list")[0]["state"] == "paused"
        ME.tell(instance, "sources", "resume", made[:8])
        assert sources(instance, "change", made[:8], "--every", "jamais", "--no-ignore")["every"] == 0
        ME.tell(instance, "sources", "remove", made[:8])
        assert not (instance / "sources" / made).exists() and sources(instance, "list") == []
        status = ME.status(instance)
        assert all(process["differences"] == [] for process in status["processes"])
    names = [entry["name"] for entry in entries(instance)]
    for name in ("folder-declare", "folder-scanned", "document-move", "document-change", "document-delete"):
        assert name in names and f"{name}-closed" in names, name
