"""What is kept of a measure: bounded, down-sampled without losing a peak or a total, whole after a restart."""

import json
import os
import signal
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from demeure.cli import alerts_cmd
from demeure.supervision import (
    COUNT,
    DAY,
    FAR,
    MEASURES,
    MONTH,
    Kept,
    Series,
    Supervision,
    days_until_full,
    drawn,
    open_alarms,
    silent_since,
)
from demeure.supervision.plots import BOTTOM, LEFT, RIGHT, TOP, nice
from demeure.testing.clock import StillClock

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def filled(days: int, every: int, value: float = 1.0) -> Series:
    series = Series()
    for step in range(days * 86400 // every):
        series.add(NOON + timedelta(seconds=step * every), value)
    return series


def test_sixty_days_of_minutes_keep_a_day_and_thirty_days_and_no_more() -> None:
    series = filled(60, 60)
    end = NOON + timedelta(days=60, seconds=-60)
    day, month = list(series.buckets(DAY, end)), list(series.buckets(MONTH, end))
    assert (len(day), len(month)) == (288, 360)
    assert sum(one.total for one in day if one) == pytest.approx(1440, abs=5)
    assert sum(one.total for one in month if one) == pytest.approx(30 * 1440, abs=120)
    assert len(json.dumps(series.as_json())) < 60_000


def test_a_peak_outlives_its_down_sampling() -> None:
    series = filled(2, 300)
    series.add(NOON + timedelta(days=2), 99.0)
    for hour in range(1, 30):
        series.add(NOON + timedelta(days=2, hours=hour), 1.0)
    month = [one for one in series.buckets(MONTH, NOON + timedelta(days=4)) if one]
    assert max(one.high for one in month) == 99.0


def test_a_hole_is_a_hole_and_a_clock_that_steps_back_one_step_loses_nothing() -> None:
    series = Series()
    series.add(NOON, 1.0)
    series.add(NOON + timedelta(hours=2), 3.0)
    series.add(NOON + timedelta(hours=2, seconds=-1), 5.0)
    found = list(series.buckets(DAY, NOON + timedelta(hours=2)))
    assert sum(one is None for one in found) == 286
    assert found[-1] is not None and (found[-1].count, found[-1].total) == (2, 8.0)


@pytest.mark.parametrize("ahead", [timedelta(hours=1), timedelta(days=4000)])
def test_a_sample_dated_by_a_clock_ahead_freezes_no_plot_and_loses_no_former_one(ahead: timedelta) -> None:
    series = filled(1, 300)
    series.add(NOON + timedelta(days=1) + ahead, 99.0)
    later = NOON + timedelta(days=1, minutes=5)
    series.add(later, 7.0)
    again = Series.from_json(json.loads(json.dumps(series.as_json())))
    for one in (series, again):
        day, month = ([b for b in one.buckets(span, later) if b] for span in (DAY, MONTH))
        assert (day[-1].last, month[-1].last, one.last) == (7.0, 7.0, 7.0)
        assert len(day) >= 286 and len(month) >= 12
    assert max(at for at, _ in series.points(MONTH)) < later.timestamp() + MONTH.step


def kept_again(series: Series) -> Series:
    """After a restart."""
    return Series.from_json(json.loads(json.dumps(series.as_json())))


@pytest.mark.parametrize("wrong", [datetime(1970, 1, 1, 0, 1, tzinfo=UTC), NOON + timedelta(days=29)])
def test_a_clock_that_is_behind_for_a_while_loses_nothing_of_the_month(wrong: datetime) -> None:
    series = filled(31, 300)
    before, end = [series.points(span) for span in (DAY, MONTH)], NOON + timedelta(days=31)
    for step in range(400):  # more than a day of its own, with restarts
        series = kept_again(series) if step % 50 == 0 else series
        series.add(wrong + timedelta(minutes=5 * step), 2.0)
    last = wrong + timedelta(minutes=5 * 399)
    shown = [one for one in series.buckets(DAY, last) if one]
    assert len(shown) == 288 and shown[-1].last == series.last == 2.0
    assert max(at for at, _ in series.points(DAY)) < last.timestamp() + DAY.step, "nothing of later counts now"
    series = kept_again(series)
    series.add(end, 3.0)
    assert series.last == 3.0
    for span, points in zip((DAY, MONTH), before, strict=True):
        known = {at for at, _ in series.points(span)}
        assert {at for at, _ in points[1:]} <= known, span.name


def test_an_hour_that_comes_twice_counts_both_times() -> None:
    series = filled(1, 300)
    end = NOON + timedelta(days=1)
    for step in range(-12, 1):
        series.add(end + timedelta(minutes=5 * step), 1.0)
    assert sum(one.total for one in series.buckets(DAY, end) if one) == 287 + 13
    assert len(series.as_json()["day"]) == 288


@given(st.lists(st.tuples(st.integers(0, 40 * 86400), st.floats(0, 1e12)), max_size=60))
@settings(max_examples=60, deadline=None)
def test_what_is_kept_comes_back_the_same(values: list[tuple[int, float]]) -> None:
    series = Series()
    for at, value in values:
        series.add(NOON + timedelta(seconds=at), value)
    again = Series.from_json(json.loads(json.dumps(series.as_json())))
    assert again.as_json() == series.as_json()


@pytest.mark.parametrize("told", [None, [], {"day": 3}, {"day": [[1, 2]], "month": [["a"] * 6]}])
def test_a_file_of_something_else_is_left_out(told: object) -> None:
    assert Series.from_json(told).last is None


def test_the_disk_is_full_when_the_line_says_so() -> None:
    points = [(day * 86400.0, 100.0 + day) for day in range(10)]
    assert days_until_full(points, 119.0) == pytest.approx(10.0)
    assert days_until_full(points[:1], 119.0) is None, "a moment says nothing"
    assert days_until_full([(at, 200.0 - used) for at, used in points], 300.0) == FAR, "it empties"
    assert days_until_full([(at, 5.0) for at, _ in points], 300.0) == FAR, "it stands still"
    assert days_until_full(points, 100.0) == 0.0, "already"


@pytest.mark.parametrize("measure", list(MEASURES.values()), ids=lambda one: one.name)
def test_every_plot_stays_in_its_frame_and_its_table_says_the_same(measure: object) -> None:
    series = Series()
    for step in range(200):
        if not 60 < step < 80:
            series.add(NOON + timedelta(minutes=5 * step), float(step % 17))
    made = drawn(measure, series, DAY, NOON + timedelta(minutes=5 * 199), 12.0)  # type: ignore[arg-type]
    assert made.known and len(made.rows) == 24 and made.limit is not None
    points = [tuple(map(float, point.split(","))) for line in made.lines for point in line.split()]
    assert all(LEFT <= x <= RIGHT and TOP <= y <= BOTTOM for x, y in points)
    if measure.kind == COUNT:  # type: ignore[attr-defined]
        assert made.bars and not made.lines
        assert sum(row.value or 0 for row in made.rows) == sum(
            step % 17 for step in range(200) if not 60 < step < 80
        )
    else:
        assert made.lines and not made.bars
    assert max(row.high or 0 for row in made.rows) == 16.0


def test_a_scale_reads_well() -> None:
    assert [nice(one) for one in (0.3, 1.0, 1.2, 7, 12, 4100, 0.05)] == [0.5, 1.0, 2.0, 10.0, 20.0, 5000.0, 0.05]


def test_a_writer_killed_at_any_moment_leaves_the_former_file_or_the_new_one(tmp_path: Path) -> None:
    kept = Kept(tmp_path)
    kept.save({"series": {}, "n": 0})
    for turn in range(12):
        child = os.fork()
        if child == 0:
            for number in range(1, 1000):
                kept.save({"series": {}, "n": number, "pad": "x" * 20_000})
            os._exit(0)
        import time

        time.sleep(0.002 * turn)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        assert "n" in kept.load()


def test_a_restart_keeps_plots_and_alarms_and_begins_counters_again(tmp_path: Path) -> None:
    clock, kept = StillClock(), Kept(tmp_path)
    seen = Supervision(clock)
    seen.count("requests", 7)
    (change,) = seen.take({"proof_red": 1.0})
    kept.save(seen.as_json())
    again = Supervision(clock)
    again.restore(kept.load())
    assert again.series["requests"].last == 7.0 and again.totals["requests"] == 0.0
    assert [one.rule for one in again.alarms.open()] == [change.alarm.rule] == ["proof-red"]
    assert again.take({"proof_red": 1.0}) == [], "told once"
    (kept_file,) = tmp_path.iterdir()
    kept_file.write_text("{")
    assert kept.load() == {}


def test_a_line_that_a_full_disk_cuts_is_taken_back_and_written_whole_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from demeure.supervision import keeping

    kept, whole = Kept(tmp_path), keeping.write_all
    kept.drop("2026-11-24", [], [{"rule": "a"}])

    def cut(descriptor: int, data: bytes) -> None:
        whole(descriptor, data[: len(data) // 2])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(keeping, "write_all", cut)
    with pytest.raises(OSError, match="space"):
        kept.drop("2026-11-25", [], [{"rule": "b"}, {"rule": "c"}])
    monkeypatch.setattr(keeping, "write_all", whole)
    kept.drop("2026-11-26", [], [{"rule": "b"}, {"rule": "c"}])
    lines = (tmp_path / "alerts.jsonl").read_text().splitlines()
    assert [json.loads(one)["rule"] for one in lines] == ["a", "b", "c"]
    assert json.loads((tmp_path / "alerts.json").read_bytes())["at"] == "2026-11-26"


def test_a_full_disk_is_told_in_the_file_that_programs_watch(tmp_path: Path) -> None:
    """On a real one: what is raised takes the place of what was, and no room more."""
    mounting = ["mount", "-t", "tmpfs", "-o", "size=256k", "x", str(tmp_path)]
    if os.geteuid() != 0 or subprocess.run(mounting, check=False).returncode:
        pytest.skip("no disk can be mounted here")
    try:
        (tmp_path / "supervision").mkdir()
        kept = Kept(tmp_path / "supervision")
        kept.drop("2026-11-28T08:00:00+00:00", [], [])
        with pytest.raises(OSError, match="No space"), (tmp_path / "filler").open("wb", buffering=0) as filler:
            while True:
                filler.write(bytes(4096))
        raised = [{"rule": "disk-full", "tone": "stop", "fr": "Le disque est plein."}]
        began = [{"rule": "disk-full", "about": "x" * 9000}]
        with pytest.raises(OSError, match="No space"):  # the line of what began waits for room, as before
            kept.drop("2026-11-28T08:01:00+00:00", raised, began)
        assert open_alarms(tmp_path) == raised
        with pytest.raises(OSError, match="No space"):
            kept.drop("2026-11-28T08:02:00+00:00", [], began)
        assert open_alarms(tmp_path) == []
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)


def test_a_house_that_keeps_nothing_any_more_is_silent(tmp_path: Path) -> None:
    assert silent_since(tmp_path, 1e9) is None, "it never measured"
    (tmp_path / "supervision").mkdir()
    Kept(tmp_path / "supervision").save({})
    path = tmp_path / "supervision" / "series.json"
    os.utime(path, (1e9, 1e9))
    assert silent_since(tmp_path, 1e9 + 600) is None
    since = silent_since(tmp_path, 1e9 + 1000)
    assert since is not None and since.timestamp() == 1e9
    told = CliRunner().invoke(alerts_cmd.command, [], obj={"instance": tmp_path, "language": "fr"})
    assert told.exit_code == 4 and "ne mesure plus" in told.output and "Aucune alerte" not in told.output
