"""Every rule under a simulated clock: raised after its time, not before; over after its time; unknown changes
nothing."""

import json

import pytest

from demeure.supervision import COUNT, MEASURES, RULES, Rule, Supervision, days_until_full, exposition, read_rules
from demeure.testing.clock import StillClock


def sides(rule: Rule) -> tuple[float, float]:
    """(wrong, right) values of its measure."""
    limit = rule.over if rule.over is not None else rule.under
    assert limit is not None
    return (limit + 1, max(limit - 1, 0.0)) if rule.over is not None else (limit / 2, limit * 2 + 1)


def minutes(
    seen: Supervision, clock: StillClock, name: str, value: float | None, count: int
) -> list[tuple[str, bool]]:
    """A sample each minute; what changed of alarms."""
    found = []
    for _ in range(count):
        if value is not None and MEASURES[name].kind == COUNT:
            seen.count(name, value)
        levels = {} if MEASURES[name].kind == COUNT else {name: value}
        found += [(one.alarm.rule, one.raised) for one in seen.take(levels)]
        clock.forward(minutes=1)
    return found


@pytest.mark.parametrize("rule", RULES, ids=lambda one: one.id)
def test_a_rule_is_raised_in_its_time_once_and_ends_in_its_time(rule: Rule) -> None:
    clock = StillClock()
    seen = Supervision(clock, (rule,))
    wrong, right = sides(rule)
    assert minutes(seen, clock, rule.measure, right, 5) == []
    before = int(rule.minutes)
    assert minutes(seen, clock, rule.measure, wrong, before) == [], "not before its time"
    assert minutes(seen, clock, rule.measure, wrong, 60) == [(rule.id, True)], "once"
    assert [one.rule for one in seen.alarms.open()] == [rule.id]
    assert minutes(seen, clock, rule.measure, right, int(rule.clear)) == [], (
        "a moment on the good side is not an end"
    )
    assert minutes(seen, clock, rule.measure, right, 3) == [(rule.id, False)]
    assert seen.alarms.open() == []


def test_what_wavers_is_raised_only_once_it_stays() -> None:
    clock = StillClock()
    seen = Supervision(clock)
    for _ in range(30):
        assert minutes(seen, clock, "disk_left", 0.10, 5) == []
        assert minutes(seen, clock, "disk_left", 0.50, 1) == []


def test_what_cannot_be_read_raises_nothing_and_ends_nothing() -> None:
    clock = StillClock()
    seen = Supervision(clock)
    assert minutes(seen, clock, "temperature", None, 120) == []
    assert minutes(seen, clock, "proof_red", 1.0, 1) == [("proof-red", True)]
    assert minutes(seen, clock, "proof_red", None, 120) == []
    assert [one.rule for one in seen.alarms.open()] == ["proof-red"]


def test_the_forecast_is_over_once_the_disk_stops_filling() -> None:
    clock = StillClock()
    seen = Supervision(clock)
    used = [(hour * 7200.0, 100.0 + hour) for hour in range(14)]
    assert minutes(seen, clock, "disk_days", days_until_full(used, 120.0), 125) == [("disk-forecast", True)]
    used = [(hour * 7200.0, 100.0) for hour in range(14)]
    assert minutes(seen, clock, "disk_days", days_until_full(used, 120.0), 125) == [("disk-forecast", False)]


def test_what_was_not_seen_for_long_begins_to_wait_again() -> None:
    clock = StillClock()
    seen = Supervision(clock)
    minutes(seen, clock, "disk_left", 0.10, 2)
    minutes(seen, clock, "disk_left", None, 600)
    assert minutes(seen, clock, "disk_left", 0.10, 9) == [], "ten minutes without a break"
    again = Supervision(clock)
    again.restore(json.loads(json.dumps(seen.as_json())))
    clock.forward(hours=12)
    assert minutes(again, clock, "disk_left", 0.10, 9) == [], "a house that was closed saw nothing"
    assert minutes(again, clock, "disk_left", 0.10, 3) == [("disk-low", True)]


def test_a_sample_that_is_missed_breaks_nothing() -> None:
    clock = StillClock()
    seen = Supervision(clock)
    minutes(seen, clock, "disk_left", 0.10, 6)
    minutes(seen, clock, "disk_left", None, 2)
    assert minutes(seen, clock, "disk_left", 0.10, 4) == [("disk-low", True)]


def test_a_clock_that_steps_back_ends_no_alarm_early() -> None:
    clock = StillClock()
    seen = Supervision(clock)
    minutes(seen, clock, "disk_left", 0.01, 5)
    assert "disk-full" in [one.rule for one in seen.alarms.open()]
    minutes(seen, clock, "disk_left", 0.9, 1)
    clock.forward(hours=-5)
    assert minutes(seen, clock, "disk_left", 0.9, 3) == []


def test_the_worst_come_first() -> None:
    clock = StillClock()
    seen = Supervision(clock)
    minutes(seen, clock, "temperature", 120.0, 20)
    clock.forward(hours=1)
    seen.take({"proof_red": 1.0})
    assert seen.alarms.open()[0].rule == "proof-red"


@pytest.mark.parametrize(
    "told", ['measure = "nothing"', 'tone = "red"', "under = 3", 'measure = "memory"\nmore = 1']
)
def test_a_rule_that_is_not_one_is_refused(told: str) -> None:
    good = '[[rule]]\nid="a"\nmeasure="waiting"\ntone="warn"\nover=1\nfr=""\nen=""\ndo_fr=""\ndo_en=""\n'
    assert read_rules(good)
    name = told.partition(" ")[0]
    kept = "\n".join(line for line in good.split("\n") if not line.startswith(f"{name}="))
    with pytest.raises((ValueError, TypeError)):
        read_rules(f"{kept}\n{told}")
    with pytest.raises(ValueError, match="two rules"):
        read_rules(good + good)


def test_the_text_for_prometheus_names_each_measure_once() -> None:
    clock = StillClock()
    seen = Supervision(clock)
    seen.count("requests", 3)
    seen.observe("first_token", 2.0)
    seen.observe("first_token", 4.0)
    seen.take({name: 0.5 for name, one in MEASURES.items() if one.kind != COUNT and name != "first_token"})
    text = exposition(seen, "1.2.3")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    names = [line.partition(" ")[0] for line in lines]
    assert len(names) == len(set(names)) and text.endswith("\n")
    assert "demeure_requests_total 3" in lines and 'demeure_info{version="1.2.3"} 1' in lines
    assert "demeure_first_token_seconds_sum 6" in lines and "demeure_first_token_seconds_count 2" in lines
    assert f'demeure_alarm{{rule="{RULES[0].id}"}} 0' in lines
    types = [line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")]
    assert len(types) == len(set(types))


def test_each_further_report_of_a_contractor_is_told_though_one_waits_already() -> None:
    """A second intervention was told to nobody by mail while the report of a first was not taken."""
    clock = StillClock()
    seen = Supervision(clock)
    told = [("report-waiting", True)]
    assert minutes(seen, clock, "reports_waiting", 1, 5) == told
    assert minutes(seen, clock, "reports_waiting", 2, 5) == told
    kept = json.loads(json.dumps(seen.alarms.as_json()))
    assert minutes(seen, clock, "reports_waiting", 1, 5) == [], "one was taken"
    assert minutes(seen, clock, "reports_waiting", 2, 5) == told
    assert minutes(seen, clock, "reports_waiting", 0, 2) == [("report-waiting", False)]
    again = Supervision(clock)
    again.alarms.restore(kept)
    assert minutes(again, clock, "reports_waiting", 2, 5) == [], "a restart tells nothing twice"
    assert minutes(seen, clock, "restarts", 1, 1) == [("restarts", True)]
    assert minutes(seen, clock, "restarts", 3, 3) == [], "of the other rules a rise is no news"
