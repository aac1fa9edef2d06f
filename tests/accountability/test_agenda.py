"""What comes back: due a period after it was last done, late after that; what nobody did, or nobody knows, is told
so."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from demeure.accountability import Due, Facts, ModelFact, PersonFact, ProofFact, agenda
from demeure.advice import duties

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
BARE = Facts(NOW)


def row(facts: Facts, name: str, signed: dict[str, datetime] | None = None) -> Due:
    found = agenda(facts, signed or {})
    assert {one.duty.id for one in found} == {one.id for one in duties()}
    return next(one for one in found if one.duty.id == name)


@pytest.mark.parametrize(
    ("last", "state", "by"),
    [
        (datetime(2026, 11, 20, 12, tzinfo=UTC), "done", date(2026, 12, 20)),
        (datetime(2026, 10, 31, 12, tzinfo=UTC), "soon", date(2026, 11, 30)),
        (datetime(2026, 10, 27, 12, tzinfo=UTC), "soon", date(2026, 11, 27)),
        (datetime(2026, 10, 26, 12, tzinfo=UTC), "late", date(2026, 11, 26)),
    ],
)
def test_a_month_later_it_is_due(last: datetime, state: str, by: date) -> None:
    found = row(replace(BARE, drill_at=last), "drill")
    assert (found.state, found.last, found.by) == (state, last, by)


def test_what_nobody_did_or_nobody_knows_is_told_so_and_what_is_late_comes_first() -> None:
    assert row(BARE, "proof").state == row(BARE, "register").state == "never"
    assert row(BARE, "assess").state == row(BARE, "literacy").state == "not-known"
    old = ProofFact(NOW - timedelta(days=90), "blocked", "A", 0, NOW)
    assert agenda(replace(BARE, proof=old), {})[0].duty.id == "proof"
    assert row(BARE, "register", {"registre": NOW}).by == date(2027, 11, 27)


def test_of_what_several_people_owe_the_oldest_counts() -> None:
    trained = tuple(PersonFact(str(n), str(n), "agent", trained=NOW - timedelta(days=n)) for n in (3, 200))
    assert row(replace(BARE, people=trained), "literacy").last == NOW - timedelta(days=200)
    one_is_not = (*trained, PersonFact("x", "x", "agent"))
    assert row(replace(BARE, people=one_is_not), "literacy").state == "never"


def test_what_the_house_may_have_forgotten_is_not_told_undone() -> None:
    """Readings of models are of this life; the last lines of the journal alone are looked through."""
    used = ModelFact("m", "M", "MIT", "chat")
    silent = replace(BARE, models=(used, replace(used, looked="running")), journal_state="silent")
    for name in ("files", "journal", "proof", "rights"):
        assert row(silent, name).state == "not-known", name
    assert row(replace(BARE, review_late=True), "rights").state == "never"
    one, two = (replace(used, looked="same", looked_at=NOW - timedelta(days=n)) for n in (2, 9))
    assert row(replace(BARE, models=(one, two)), "files").last == two.looked_at
    assert row(replace(BARE, models=(one, used)), "files").state == "not-known"
    assert row(replace(BARE, journal_verified=NOW), "journal").state == "done"


@pytest.mark.parametrize("looked", ["altered", "failed"])
def test_a_model_that_changed_is_not_a_duty_done(looked: str) -> None:
    used = ModelFact("m", "M", "MIT", "chat", looked="same", looked_at=NOW)
    found = row(replace(BARE, models=(used, replace(used, looked=looked))), "files")
    assert (found.state, found.last, found.by) == ("failed", NOW, None)


@pytest.mark.parametrize(
    ("verdict", "state"), [("blocked", "done"), ("open", "failed"), ("inconclusive", "failed")]
)
def test_only_a_proof_that_nothing_leaves_is_one(verdict: str, state: str) -> None:
    found = row(replace(BARE, proof=ProofFact(NOW, verdict, "A", 0, NOW)), "proof")
    assert (found.state, found.last) == (state, NOW)


def test_an_exercise_that_was_closed_is_one() -> None:
    assert row(BARE, "incident").state == "not-known"
    assert row(replace(BARE, incidents_open=0), "incident").state == "never"
    assert row(replace(BARE, incidents_open=0, exercise_at=NOW), "incident").by == date(2027, 11, 27)
