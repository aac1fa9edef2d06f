"""What keeps a text from being TOML is told in French too."""

import ast
import inspect
import re
import tomllib
from pathlib import Path

import pytest

from demeure import toml
from demeure.settings import SettingsUnreadable, load


def problem(text: str) -> Exception:
    with pytest.raises(tomllib.TOMLDecodeError) as raised:
        tomllib.loads(text)
    return raised.value


@pytest.mark.parametrize(
    ("text", "french", "line"),
    [
        ("a = 1\nb = oui\n", "valeur illisible : un texte se met entre guillemets droits (ligne 2, colonne 5)", 2),
        ("a = 1\n\na", "il faut « = » après le nom (à la fin du fichier)", 3),
        ("[a.b]\n[a.b]\n", "a.b est déclaré deux fois (ligne 2, colonne 5)", 2),
        ('a = "x', "il manque le guillemet qui ferme le texte (à la fin du fichier)", 1),
    ],
)
def test_a_problem_is_told_with_its_place(text: str, french: str, line: int) -> None:
    found = problem(text)
    assert toml.told(found)[0] == french and toml.line_of(found, text) == line
    assert "(at " in toml.told(found)[1]


def test_each_sentence_of_the_parser_has_its_french() -> None:
    source = inspect.getsource(inspect.getmodule(tomllib.loads) or tomllib)
    quoted = r"""f?("[^"]+"|'[^']+')"""
    found = re.findall(rf"\b(?:suffixed_err\(\s*src, (?:new_)?pos,|TOMLDecodeError\(\s*)\s*{quoted}", source)
    said = [ast.literal_eval(one) for one in found if "{msg}" not in one]
    assert len(said) > 20
    for one in said:
        assert "écriture non reconnue" not in toml.told(tomllib.TOMLDecodeError(one))[0], one


def test_settings_are_told_in_the_language_of_the_house(tmp_path: Path) -> None:
    (tmp_path / "demeure.toml").write_text("port = \n")
    with pytest.raises(SettingsUnreadable) as raised:
        load(tmp_path / "demeure.toml")
    assert "valeur illisible" in raised.value.sentence("fr") and "invalid value" in raised.value.sentence("en")
