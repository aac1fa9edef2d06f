"""Which periods no entry can be in: those that end before they begin, however precisely each end is written."""

import pytest

from demeure.journal import Wanted


@pytest.mark.parametrize(
    ("since", "until"),
    [
        ("2026-02-02", "2026-02-01"),
        ("2026", "2025-12-31"),
        ("2026-02-01T10:00", "2026-01"),
        ("2026-02-01T10:31Z", "2026-02-01T10:30"),
        ("2026-02-01T10:31", "2026-02-01T10:30Z"),
    ],
)
def test_a_period_may_end_before_it_begins(since: str, until: str) -> None:
    assert Wanted(since=since, until=until).backwards


@pytest.mark.parametrize(
    ("since", "until"),
    [
        ("2026-02-01", "2026-02-01"),
        ("2026-02-01T10:00", "2026-02-01"),
        ("2026-02", "2026-02-01"),
        ("2026-02-01T10:30Z", "2026-02-01T10:30"),
        ("2026-02-01", None),
        (None, "2001"),
        (None, None),
        ("", ""),
    ],
)
def test_a_day_or_a_moment_may_be_the_whole_period(since: str | None, until: str | None) -> None:
    assert not Wanted(since=since, until=until).backwards
