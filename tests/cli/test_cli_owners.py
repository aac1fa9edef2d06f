"""An instance has one owner. Root administers it through the open house, and leaves nothing of its own there."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from people import ALICE, BOB, Person, entries, place, root

from demeure.store import create_instance


@pytest.fixture
def instance() -> Iterator[Path]:
    """Alice's, without models."""
    root()
    with place(ALICE) as folder:
        create_instance(folder / "instance")
        for path in (folder / "instance", *(folder / "instance").rglob("*")):
            os.chown(path, ALICE, ALICE)
        yield folder / "instance"


def owners(instance: Path) -> set[int]:
    return {path.lstat().st_uid for path in (instance, *instance.rglob("*"))}


def test_root_commands_an_open_house_and_is_written_as_root(instance: Path) -> None:
    alice, bob, administrator = Person(ALICE), Person(BOB), root()
    with alice.house(instance):
        assert administrator.status(instance)["ladder"] == "A"
        administrator.tell(instance, "spaces", "create", "Mairie")
        assert "Mairie" in alice.tell(instance, "spaces", "list")
        looks = ("status",), ("spaces", "list"), ("doctor",), ("models", "list"), ("routes", "list"), ("flows",)
        for words in (
            *looks,
            *((kind, "remove", "x", "--yes") for kind in ("routes", "hooks", "provider", "directory")),
        ):
            assert f"#{ALICE}" in bob.tell(instance, *words, code=4)
    assert owners(instance) == {ALICE}
    opened = [(e["actor"], e["object"]) for e in entries(instance) if e["name"] == "control-opened"]
    assert opened == [("uid:0", "root uid 0"), (f"uid:{ALICE}", f"uid {ALICE}")]
    created = [e["actor"] for e in entries(instance) if e["name"] == "space-create"]
    assert created == ["uid:0"]


@pytest.mark.parametrize(
    "words",
    [
        ("up",), ("spaces", "list"), ("journal", "head"), ("models", "remove", "x"), ("engine", "build"),
    ],
)  # fmt: skip
def test_root_does_not_write_in_the_instance_of_another(instance: Path, words: tuple[str, ...]) -> None:
    said = root().tell(instance, *words, code=4)
    assert f"#{ALICE}" in said and "sudo -u" in said
    assert owners(instance) == {ALICE}


def test_root_may_look_at_a_closed_house(instance: Path) -> None:
    assert "fermée" in root().tell(instance, "status", code=1)
    assert "fermée" in root().tell(instance, "doctor", code=1)
    root().tell(instance, "models", "list")
    assert owners(instance) == {ALICE}
