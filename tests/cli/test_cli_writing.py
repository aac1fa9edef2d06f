"""Files that a command leaves are whole, or are not there."""

import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from demeure.cli.errors import FileExists, FolderUnusable
from demeure.cli.main import main
from demeure.cli.writing import write_new


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
