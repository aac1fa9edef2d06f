"""Duties: every command they name exists; the calendar is one that programs read."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import click
from click.testing import CliRunner

from demeure.advice import calendar, duties
from demeure.cli.main import cli

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


def test_every_command_that_a_duty_names_exists() -> None:
    for one in duties():
        assert one.why_fr and one.why_en and one.months >= 1
        for line in filter(None, (part.strip() for part in one.how.split(";"))):
            found: click.Command | None = cli
            for word in line.split()[1:]:
                if not isinstance(found, click.Group) or word.startswith("--"):
                    break
                found = found.get_command(click.Context(found, obj={"language": "fr"}), word)
                assert found is not None, line


def test_what_the_house_tells_late_after_a_month_comes_back_each_month() -> None:
    """Its own checks expect a proof, a review of the rights, a verification, a drill so often."""
    monthly = {one.id for one in duties() if one.months == 1}
    assert {"proof", "rights", "journal", "drill", "requests"} <= monthly
    assert "register" in {one.id for one in duties() if one.months == 12}


def test_the_calendar_repeats_each_duty_on_a_day_that_every_month_has() -> None:
    for start in (date(2026, 1, 28) + timedelta(days=n) for n in range(0, 40, 3)):
        text = calendar("fr", start, NOW)
        assert text.count("BEGIN:VEVENT") == text.count("TRIGGER:-P1D") == len(duties())
        for day, of_month in re.findall(r"DTSTART;VALUE=DATE:(\d{8})\r\n.*BYMONTHDAY=(\d+)", text):
            begins = datetime.strptime(day, "%Y%m%d").replace(tzinfo=UTC)
            assert begins.date() > start and begins.day == int(of_month) <= 28 and begins.weekday() < 5


def test_lines_are_folded_and_what_separates_is_escaped() -> None:
    text = calendar("fr", NOW.date(), NOW)
    assert text.endswith("END:VCALENDAR\r\n")
    assert max(len(line.encode()) for line in text.split("\r\n")) <= 75
    whole = text.replace("\r\n ", "")
    assert "Demeure\u00a0: Revoir les droits\u00a0: comptes\\, groupes\\, espaces\\, clés" in whole
    assert len(set(re.findall(r"UID:(\S+)", whole))) == len(duties())


def test_the_command_lists_and_writes(tmp_path: Path) -> None:
    told = CliRunner().invoke(cli, ["duties"])
    assert told.exit_code == 0 and "chaque mois" in told.output and "chaque année" in told.output
    place = tmp_path / "d.ics"
    assert CliRunner().invoke(cli, ["--language", "en", "duties", "--out", str(place)]).exit_code == 0
    assert "Demeure: Prove that nothing leaves" in place.read_bytes().decode().replace("\r\n ", "")
