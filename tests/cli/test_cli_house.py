"""Commands on a closed house: it opens for their time, behind its walls, without models."""

import json
import os
from pathlib import Path

from people import Person

ME = Person(os.geteuid())


def test_a_start_finishes_the_destruction_of_keys_that_a_crash_interrupted(tmp_path: Path) -> None:
    made = json.loads(ME.output(tmp_path, "spaces", "create", "Mairie", "--json"))
    keys = tmp_path / "keys" / "spaces"
    living = keys / f"{made['id']}.key"
    wrapped = living.read_bytes()
    (keys / "ancien.key").write_bytes(wrapped)
    (keys / "ancien.destroyed").touch()
    (keys / ".nouveau.key.new").write_bytes(wrapped[:20])
    assert [s["name"] for s in json.loads(ME.output(tmp_path, "spaces", "list", "--json"))] == ["Mairie"]
    assert living.read_bytes() == wrapped
    assert sorted(p.name for p in keys.iterdir()) == sorted([living.name, "ancien.destroyed"])
