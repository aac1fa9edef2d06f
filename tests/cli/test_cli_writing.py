"""Files that a command leaves are whole, or are not there."""

import errno
import os
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from demeure.cli.errors import FileExists, FolderUnusable
from demeure.cli.main import main
from demeure.cli.writing import folder_aside, write_all, write_new


@pytest.fixture
def cramped() -> Iterator[None]:
    """No file may grow beyond a thousand bytes: what a full disk does, for one process."""
    former = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, former[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, former)


def test_a_file_that_does_not_fit_leaves_nothing(cramped: None, tmp_path: Path) -> None:
    with pytest.raises(FolderUnusable):
        write_new(tmp_path / "evidence.zip", bytes(5000))
    assert list(tmp_path.iterdir()) == []
    write_new(tmp_path / "evidence.zip", b"small")
    with pytest.raises(FileExists):
        write_new(tmp_path / "evidence.zip", bytes(5000))
    assert (tmp_path / "evidence.zip").read_bytes() == b"small", "what was there is somebody's"


@pytest.mark.parametrize("content", [b"PK\x03\x04", b"%PDF-1.7", b"", b"\0" * 5000, b'{"a": 1}', b"[" * 4000])
def test_a_file_that_is_no_evidence_is_said_so(
    content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "piece").write_bytes(content)
    with pytest.raises(SystemExit) as ended:
        main(["verify", str(tmp_path / "piece")])
    said = capsys.readouterr()
    assert ended.value.code in (1, 2) and len((said.out + said.err).strip().splitlines()) == 1


def test_several_files_are_all_there_or_none(cramped: None, tmp_path: Path) -> None:
    (tmp_path / "kept").write_bytes(b"somebody's")
    with pytest.raises(FolderUnusable):
        write_all((tmp_path / "leaf", b"x"), (None, b"not asked for"), (tmp_path / "proof", bytes(5000)))
    with pytest.raises(FileExists):
        write_all((tmp_path / "leaf", b"x"), (tmp_path / "kept", b"y"))
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


@pytest.mark.parametrize(("language", "words"), [("fr", "plus de place"), ("en", "No space left")])
def test_what_the_system_refuses_is_told_in_the_language_of_the_reader(
    language: str, words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("demeure.cli.main.cli.main", full)
    with pytest.raises(SystemExit) as ended:
        main(["--language", language, "status"])
    assert ended.value.code == 2 and words in capsys.readouterr().err


def test_a_folder_takes_its_name_once_whole_and_what_a_killed_command_left_goes(tmp_path: Path) -> None:
    target = tmp_path / "dossier à nous"
    with folder_aside(target) as mine:
        left = tmp_path / mine.name.replace(mine.name.split("-")[-1], "killed0.unfinished")
        left.mkdir()
        (left / "journal.log").write_text("half")
        others = tmp_path / ".autre-killed0.unfinished"
        others.mkdir()
        with pytest.raises(ValueError, match="failed"), folder_aside(target) as second:
            assert mine.exists() and not left.exists() and others.exists(), "what is held stays, others' too"
            raise ValueError("failed")
        assert not second.exists()
        (mine / "piece").write_text("whole")
        mine.rename(target)
    assert sorted(one.name for one in tmp_path.iterdir()) == sorted([target.name, others.name])
