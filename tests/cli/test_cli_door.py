"""Errors that the house answers, told in their own words by a command that loads little."""

import asyncio
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from demeure.cli.door import Door, HouseDown
from demeure.cli.errors import FrontDown
from demeure.cli.house import reach
from demeure.confinement.facts import start_time
from demeure.supervisor import HouseWentAway

_TOLD = """
import sys
from demeure.cli.door import _known
from demeure.errors import RemoteError
print(_known(RemoteError(remote_code=sys.argv[1], name="Mairie", rule="R")).sentence("fr"))
print("demeure.assistant" in sys.modules)
"""


@pytest.mark.parametrize(
    ("code", "sentence", "everything"),
    [
        ("SpaceNameTaken", "Un espace s’appelle déjà", "False"),
        ("EntryUnknown", "Le journal n’a pas d’entrée", "False"),
        ("NothingOfThatName", "Une autre partie de la maison", "True"),
    ],
)
def test_an_error_of_a_room_is_told_and_the_other_rooms_stay_out(code: str, sentence: str, everything: str) -> None:
    run = subprocess.run([sys.executable, "-c", _TOLD, code], capture_output=True, text=True, check=True)
    told = run.stdout.splitlines()
    assert told[0].startswith(sentence) and told[1] == everything


@pytest.mark.parametrize("state", ["down", "running", "restarting"])
def test_a_command_does_not_wait_for_a_gateway_that_was_given_up(tmp_path: Path, state: str) -> None:
    """The supervisor holds the door open, and nobody would ever answer."""
    (tmp_path / "run").mkdir()
    launcher = {"role": "launcher", "pid": os.getpid(), "started": start_time(os.getpid()), "state": "running"}
    rows = [launcher, {"role": "supervisor", "pid": 1, "state": "running"}, {"role": "gateway", "state": state}]
    (tmp_path / "run" / "house.json").write_text(json.dumps({"roles": rows}))

    async def asked() -> None:
        async with reach(tmp_path, "fr"):
            pass

    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as door:
        door.bind(os.path.relpath(tmp_path / "run" / "control.sock"))
        door.listen()
        if state == "down":
            with pytest.raises(FrontDown):
                asyncio.run(asyncio.wait_for(asked(), 5))
        else:
            asyncio.run(asyncio.wait_for(asked(), 5))


def test_a_house_that_breaks_off_is_not_told_to_be_shut(tmp_path: Path) -> None:
    """Its gateway dies in the middle of an answer and gets up again: « demeure up » would be wrong advice."""
    (tmp_path / "run").mkdir()

    async def dies(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(4)
        writer.close()

    async def asked(how: str) -> None:
        async with Door(tmp_path) as door:
            if how == "call":
                await door.call("status")
            else:
                _ = [item async for item in door.stream("ask")]

    way = os.path.relpath(tmp_path / "run" / "control.sock")

    async def go() -> None:
        async with await asyncio.start_unix_server(dies, way):
            for how in ("call", "stream"):
                with pytest.raises(HouseWentAway, match="Ask again"):
                    await asyncio.wait_for(asked(how), 5)
        (tmp_path / "run" / "control.sock").unlink(missing_ok=True)
        with pytest.raises(HouseDown, match="Start it with"):
            await asked("call")

    asyncio.run(go())
