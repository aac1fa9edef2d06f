"""The file of a charter: an empty one, or one whose letters cannot be read, changes nothing."""

from pathlib import Path

import pytest

from demeure.cli.charter_cmd import _text
from demeure.identity import CharterInvalid


def test_a_charter_is_never_withdrawn_by_an_empty_file_nor_its_letters_guessed(tmp_path: Path) -> None:
    file = tmp_path / "charte.md"
    for wrong in (b"", b" \n", b"\xef\xbb\xbf", "Règles d’usage".encode("cp1252")):
        file.write_bytes(wrong)
        with pytest.raises(CharterInvalid):
            _text(file)
    file.write_bytes(b"\xef\xbb\xbf" + "# Règles\r\n".encode())
    assert _text(file) == "# Règles"
