"""The settings file: what is read, what is refused, and both languages for each line of the table."""

from dataclasses import fields
from pathlib import Path

import pytest

from demeure.errors import DemeureError
from demeure.settings import (
    SettingInvalid,
    SettingNotAmong,
    SettingNotTime,
    Settings,
    SettingsUnreadable,
    SettingTooSmall,
    SettingUnknown,
    load,
)


def read(folder: Path, text: str) -> Settings:
    (folder / "demeure.toml").write_text(text, encoding="utf-8")
    return load(folder / "demeure.toml")


def test_what_is_written_is_read_and_the_rest_keeps_its_default(tmp_path: Path) -> None:
    assert load(tmp_path / "absent.toml") == Settings()
    found = read(tmp_path, 'session_hours = 24\norganisation = "Mairie d’Ici"\n')
    assert (found.session_hours, found.organisation) == (24, "Mairie d’Ici")
    assert [read(tmp_path, f'backup_at = "{one}"').backup_at for one in ("", "2h15")] == ["", "2h15"]
    assert found.session_idle_hours == Settings().session_idle_hours


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("session_hours = 0", SettingTooSmall),
        ("session_idle_hours = -5", SettingTooSmall),
        ("session_hours = 2.5", SettingInvalid),
        ("session_hours = true", SettingInvalid),
        ("engine_slots = 0", SettingTooSmall),
        ("engine_context = -1", SettingTooSmall),
        ("upload_megabytes = 0", SettingTooSmall),
        ('language = "de"', SettingNotAmong),
        ("sessions = 3", SettingUnknown),
        ("session_hours 3", SettingsUnreadable),
        ('backup_at = "2 h 15"', SettingNotTime),
        ('backup_at = "demain"', SettingNotTime),
    ],
)
def test_a_setting_that_cannot_be_is_refused_by_name(
    tmp_path: Path, text: str, problem: type[DemeureError]
) -> None:
    with pytest.raises(problem) as refused:
        read(tmp_path, text)
    assert "demeure.toml" in refused.value.sentence("fr") and "demeure.toml" in refused.value.sentence("en")


def test_a_folder_in_the_place_of_the_file_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "demeure.toml").mkdir()
    with pytest.raises(SettingsUnreadable) as refused:
        load(tmp_path / "demeure.toml")
    assert "demeure.toml" in refused.value.sentence("fr")


def test_every_setting_is_explained_in_both_languages() -> None:
    for row in fields(Settings):
        french, english = row.metadata["fr"], row.metadata["en"]
        assert french.endswith(".") and english.endswith(".") and french != english, row.name
