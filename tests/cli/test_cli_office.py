"""The extension written by a command, and which message gives which draft."""

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from demeure.cli.errors import FileExists
from demeure.cli.mail_path import _pairs
from demeure.cli.main import cli
from demeure.office import bundle


def test_the_extension_is_written_once(tmp_path: Path) -> None:
    asked = ["--instance", str(tmp_path), "--language", "en", "office", "--to", str(tmp_path / "d.oxt")]
    made = CliRunner().invoke(cli, asked)
    assert made.exit_code == 0 and "unopkg add d.oxt" in made.output
    assert (tmp_path / "d.oxt").read_bytes() == bundle()
    assert isinstance(CliRunner().invoke(cli, asked).exception, FileExists), "nothing is written over"


def test_a_folder_of_messages_gives_the_drafts_that_are_not_there_yet(tmp_path: Path) -> None:
    box, out = tmp_path / "in", tmp_path / "out"
    (box / "dossier.eml").mkdir(parents=True)
    for name in ("a.eml", "b.EML", "c.msg", "note.txt"):
        (box / name).write_text("x")
    names = [(one.name, draft.name) for one, draft in _pairs(box, out) if one and draft]
    assert names == [(f"{n}", f"{n[0]}-reponse.eml") for n in ("a.eml", "b.EML", "c.msg")]
    (out / "a-reponse.eml").write_text("déjà")
    assert [one.name for one, _ in _pairs(box, out) if one] == ["b.EML", "c.msg"], "asked again, the rest is made"
    (box / "c.eml").write_text("x")
    assert {draft.name for _, draft in _pairs(box, out) if draft} == {
        *("b-reponse.eml", "c-eml-reponse.eml", "c-msg-reponse.eml"),
    }
    assert _pairs(box / "a.eml", None) == [(box / "a.eml", None)]
    with pytest.raises(FileExists):
        _pairs(box / "a.eml", out / "a-reponse.eml")
    for wrong in (None, out / "a-reponse.eml"):
        with pytest.raises(click.BadParameter):
            _pairs(box, wrong)
