"""Errors that the house answers, told in their own words by a command that loads little."""

import subprocess
import sys

import pytest

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
