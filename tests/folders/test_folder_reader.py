"""The job behind its real walls, born of a real launcher: it reads its folder and nothing else, and nobody else
does."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from demeure.cli.status_cmd import completed
from demeure.supervisor import grants
from demeure.supervisor.errors import FolderRefused


def test_a_path_is_granted_as_it_is_and_the_house_is_not_watched(tmp_path: Path) -> None:
    instance, share = tmp_path / "instance", tmp_path / "share"
    share.mkdir()
    (tmp_path / "link").symlink_to(share)
    made = "a" * 32
    assert grants.grant(instance, made, tmp_path / "link") == share
    assert grants.granted(instance, made) == share
    assert (instance / "sources" / made).stat().st_mode & 0o777 == 0o600
    for place in (instance, tmp_path, instance / "keys", Path("/"), Path("/proc"), Path("/etc/ssl"), share / "no"):
        (instance / "keys").mkdir(exist_ok=True)
        with pytest.raises(FolderRefused):
            grants.grant(instance, "b" * 32, place)
    with pytest.raises(FolderRefused, match="No such file") as absent:
        grants.grant(instance, "b" * 32, share / "no")
    assert "il n’y a rien à cet endroit" in absent.value.sentence("fr") and "No such" not in absent.value.sentence(
        "fr"
    )
    share.rmdir()
    (tmp_path / "elsewhere").mkdir()
    share.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FolderRefused):  # its place was taken by a link since
        grants.granted(instance, made)
    grants.withdraw(instance, made)
    with pytest.raises(FolderRefused):
        grants.granted(instance, made)
    for word in ("../keys", "", "A" * 32):
        with pytest.raises(FolderRefused):
            grants.granted(instance, word)


SCRIPT = """
import asyncio, json, os, sys, time
from pathlib import Path
from demeure.confinement import PROFILES, READER, Profile
from demeure.settings import Settings
from demeure.supervisor import start
import dataclasses

instance = Path(sys.argv[1])
rows = {"asker": Profile(role="asker", module="fake_asker", read=(*PROFILES["scribe"].read, sys.argv[2]),
                         peers=("reader",), front=True, administers=True,
                         listeners=("control",), descriptors=PROFILES["gateway"].descriptors)}
sys.path.insert(0, sys.argv[2])
sys.exit(start(instance, Settings(port=0), public=False, accept_unconfined=False, profiles=rows,
               on_ready=lambda _address: None))
"""

ASKER = """
import asyncio, json, os, time
from demeure.reader import Entry, HandedFolder
from demeure.supervisor.doors import Doors
from demeure.supervisor.health import read_status

def main(birth):
    asyncio.run(go(birth))

async def go(birth):
    doors = await Doors(birth).start()
    doors.ready()
    told = {}
    folder = HandedFolder(await doors.open_folder("a" * 32))
    told["look"] = vars(await folder.look())
    told["files"] = sorted([[e.path, e.size] async for some in folder.walk([]) for e in some.files])
    entry = [e async for some in folder.walk([]) for e in some.files if e.path == "secret.txt"][0]
    told["secret"] = b"".join([piece async for piece in folder.read(entry)]).decode()
    for name, path in (("up", "../outside.txt"), ("absolute", "/etc/hostname"), ("link", "link.txt")):
        other = HandedFolder(await doors.open_folder("a" * 32))
        try:
            told[name] = [piece async for piece in other.read(Entry(path, 1, 1))] and "read"
        except Exception as problem:
            told[name] = type(problem).__name__ + str(getattr(problem, "params", ""))
    try:
        told["own"] = open(SHARE + "/secret.txt").read()
    except OSError as problem:
        told["own"] = problem.errno
    absent = HandedFolder(await doors.open_folder("c" * 32))
    try:
        told["absent"] = vars(await absent.look())
    except Exception as problem:
        told["absent"] = [type(problem).__name__, problem.params["detail_en"]]
    status = await doors.status()
    told["inside"] = [p for p in status["processes"] if p["role"] == "reader"]
    os.write(1, json.dumps(told, default=str).encode() + b"\\n")
    await asyncio.Event().wait()
"""


@pytest.fixture
def answers(tmp_path: Path) -> Any:
    """What a role that may ask for readers was told, and the instance of the house that still runs."""
    instance, share, roles = tmp_path / "instance", tmp_path / "share", tmp_path / "roles"
    for place in (instance, share, roles):
        place.mkdir()
    (share / "secret.txt").write_text("le canari")
    (tmp_path / "outside.txt").write_text("x")
    (share / "link.txt").symlink_to(tmp_path / "outside.txt")
    (roles / "fake_asker.py").write_text(f"SHARE = {str(share)!r}\n{ASKER}")
    grants.grant(instance, "a" * 32, share)
    command = [sys.executable, "-c", SCRIPT, str(instance), str(roles)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=dict(os.environ)) as house:
        assert house.stdout is not None
        try:
            yield json.loads(house.stdout.readline()), instance
        finally:
            house.kill()
            house.wait()


def test_it_reads_its_folder_and_nothing_else_and_whoever_asks_reads_nothing_itself(answers: Any) -> None:
    told, _ = answers
    assert told["look"]["empty"] is False
    assert told["files"] == [["secret.txt", len("le canari")]]
    assert told["secret"] == "le canari"
    assert told["own"] == 13, "the asker's own walls refuse it"
    assert told["up"].startswith("FileRefused") and told["absolute"].startswith("FileRefused")
    assert told["link"].startswith("FileRefused")
    assert told["absent"] == ["FolderUnreachable", "its place is not the one declared"]


def test_its_facts_are_those_of_its_profile_seen_from_outside(answers: Any) -> None:
    from demeure.confinement import PROFILES
    from demeure.supervisor import read_status

    told, instance = answers
    inside = told["inside"]
    assert inside and all(row["differences"] == [] and row["facts"]["landlock_reported"] > 0 for row in inside)
    status = read_status(instance, {"asker": PROFILES["gateway"]})
    rows = [row for row in status["processes"] if row["role"] == "reader"]
    assert len(rows) >= 1
    for row in rows:
        facts = row["facts"]
        assert row["differences"] == [], row["differences"]
        assert facts["seccomp_mode"] == 2 and facts["no_new_privs"] == 1 and facts["unreadable"] == []
        assert set(facts["interfaces"]) <= {"lo"}
        assert facts["spaces"]["net"]["differs_from_launcher"]
        assert int(facts["capabilities_effective"], 16) == 0
    assert all("net namespace" in row["facts"]["unreadable"] for row in inside), "the supervisor cannot see it all"
    shown = completed({"processes": inside}, instance)["processes"]
    assert [row["facts"]["unreadable"] for row in shown if row["pid"] in {r["pid"] for r in rows}] == [[]] * len(
        rows
    )
