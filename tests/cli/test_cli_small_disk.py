"""A house whose database cannot be opened because the disk is full says so, once, and opens when there is room."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from people import Person, root

from demeure.store import Keys, keys_folder, open_house, read_house_key

ME = Person(os.geteuid())


def on_disk(folder: Path, size: str) -> Person:
    """Whose house has ``size`` of disk for ``folder``, which holds what it held."""
    mount = (
        f'cp -a "$0" "$0.kept" && mount -t tmpfs -o size={size} tmpfs "$0" && cp -a "$0.kept/." "$0" && exec "$@"'
    )
    private = ("unshare", "--mount", "--propagation", "private", "--")
    return Person(ME.uid, through=(*private, "sh", "-c", mount, str(folder)))


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Path]:
    """With a space; its house is closed, and nothing of the database is left but the database."""
    root()
    trial = ["unshare", "--mount", "--propagation", "private", "mount", "-t", "tmpfs", "tmpfs", str(tmp_path)]
    if subprocess.run(trial, capture_output=True, check=False).returncode != 0:
        pytest.skip("no private mount is allowed here")
    instance = tmp_path / "instance"
    ME.tell(instance, "spaces", "create", "Mairie")
    house = open_house(instance, Keys(read_house_key(instance), keys_folder(instance)))
    house.settle()  # the house may have left its log
    house.close()
    yield instance


@pytest.mark.thorough
def test_a_house_that_cannot_open_its_database_says_so_once(instance: Path) -> None:
    house = instance / "house"
    assert sorted(p.name for p in house.iterdir()) == [".turn", "house.db"]
    size = -(-sum(p.stat().st_blocks * 512 for p in house.iterdir()) // 4096) + 1
    cramped = on_disk(house, f"{size * 4}k")
    for language, told in (("fr", "house.db ne peut pas être ouvert"), ("en", "house.db cannot be opened")):
        (instance / "demeure.toml").write_text(f'language = "{language}"\n', encoding="utf-8")
        said = cramped.tell(instance, "--language", language, "up", "--port", "0", code=5)
        lines = [line for line in said.splitlines() if told in line]
        assert sum("[gateway]" in line for line in lines) == 1, said  # the worker may have met the same disk
        subprocess.run(["rm", "-r", f"{house}.kept"], check=True)
    assert "Mairie" in ME.tell(instance, "spaces", "list"), "nothing was lost"
    with on_disk(house, "2m").house(instance):
        assert "Mairie" in ME.tell(instance, "spaces", "list")
