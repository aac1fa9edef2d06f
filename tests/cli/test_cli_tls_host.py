"""A certificate for others on pages that this machine alone reaches: what is told is what makes them come."""

from datetime import UTC, datetime

import pytest

from demeure.cli.doctor_tls import _names
from demeure.cli.tls_cmd import host_line
from demeure.tls import Facts

DAY = datetime(2026, 11, 29, tzinfo=UTC)
NAMES = ("demeure.mairie.lan", "192.0.2.10")


def facts(*names: str) -> Facts:
    return Facts(names, "Mairie", DAY, DAY, "00")


@pytest.mark.parametrize(
    ("names", "line"),
    [
        (NAMES, 'host = "192.0.2.10"'),
        (("demeure.mairie.lan",), 'host = "0.0.0.0"'),
        (("demeure.mairie.lan", "127.0.0.1", "::1"), 'host = "0.0.0.0"'),
        (("192.0.2.10", "192.0.2.11"), 'host = "0.0.0.0"'),
        (("2001:db8::1",), 'host = "2001:db8::1"'),
    ],
)
def test_the_line_serves_the_one_address_of_the_certificate_or_all(names: tuple[str, ...], line: str) -> None:
    assert host_line(names) == line


def test_the_doctor_says_to_change_the_host_when_no_name_can_lead_there() -> None:
    name, ok, fr, en = _names(facts(*NAMES), "127.0.0.1")
    assert (name, ok) == ("tls-names", None)
    assert all('host = "192.0.2.10"' in words and "demeure.toml" in words for words in (fr, en))
    assert "tapez" not in fr and "type one" not in en


def test_the_doctor_says_to_type_a_name_where_others_reach_the_pages() -> None:
    _, ok, fr, _ = _names(facts(*NAMES), "192.0.2.99")
    assert ok is None and "tapez un de ses noms" in fr and "host" not in fr
    assert _names(facts(*NAMES), "0.0.0.0")[1] and _names(facts(*NAMES), "192.0.2.10")[1]
