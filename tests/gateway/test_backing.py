"""The house backs up at its hour and rehearses each month, by a simulated clock: when, how often, what it
writes."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from demeure.backup import GOOD, UNDECLARED, Drill, Last, PlaceStanding, Standing, last_moment, older
from demeure.backup.plan import Holder, Place, Plan
from demeure.errors import DemeureError
from demeure.gateway.backing import Backing
from demeure.settings import Settings, time_of_day
from demeure.testing.administration import FakePorter
from demeure.testing.clock import StillClock
from demeure.testing.journal import MemoryJournal

PLAN = Plan((Holder("Mme Martin", "age1xyz", "2026"),), (Place("nas", "/mnt/nas"),))


class Nights:
    """A house whose backups are made as soon as they are asked, unless ``broken``."""

    def __init__(self, **settings: object) -> None:
        self.clock, self.journal, self.porter = StillClock(), MemoryJournal(), FakePorter()
        self.standing = Standing(PLAN, GOOD, GOOD, (PlaceStanding("nas", "/mnt/nas", False, None),), ())
        self.broken = self.failing = False
        self.dead: set[str] = set()
        """Names of the places that no backup reaches."""
        self.copies: list[str] = []
        self.asked: list[tuple[str, datetime]] = []
        self.at = time_of_day(str(settings.get("backup_at", "02:15"))) or datetime.min.time()
        self.backing = Backing(
            self.journal,
            self.clock,
            lambda: self.standing,
            self,
            Settings(**settings),  # type: ignore[arg-type]
        )

    async def run_errand(self, errand: str) -> None:
        if self.porter.failure:
            raise self.porter.failure
        now = self.clock.now()
        self.asked.append((errand, now))
        if self.broken:
            return
        if errand == "backup":
            moment, last = last_moment(self.at, now), Last(len(self.asked), now, 1, 1, 1)
            places = [
                replace(one, last=last) if older(one, moment, now) and one.name not in self.dead else one
                for one in self.standing.places
            ]
            self.copies += [new.name for new, old in zip(places, self.standing.places, strict=True) if new != old]
            self.standing = replace(self.standing, places=tuple(places))
        else:
            drill = Drill(1, 1, now, not self.failing, 3.0, paper=False)
            self.standing = replace(self.standing, drills=(drill, *self.standing.drills))

    def pass_(self, **duration: float) -> list[str]:
        """The house looks every ten minutes for that long; what it asked for."""
        before, left = len(self.asked), [timedelta(**duration) // timedelta(minutes=10)]

        async def pause(_seconds: float) -> None:
            if not left[0]:
                raise asyncio.CancelledError
            left[0] -= 1
            self.clock.forward(minutes=10)

        with pytest.raises(asyncio.CancelledError):
            asyncio.run(self.backing.keep(pause))
        return [errand for errand, _ in self.asked[before:]]


def test_one_backup_a_night_at_its_hour_and_a_rehearsal_each_month() -> None:
    nights = Nights(backup_at="02:15")
    assert nights.pass_(hours=1) == ["backup", "rehearse"], "a house that never had one does not wait for the night"
    found = nights.pass_(days=60)
    assert found.count("backup") == 60 and found.count("rehearse") == 2
    at = [when.astimezone() for errand, when in nights.asked[2:] if errand == "backup"]
    assert all(135 <= one.hour * 60 + one.minute < 146 for one in at), "within ten minutes of 02:15"
    entries = [e for e in nights.journal.entries if e.name == "backup-asked-closed"]
    assert (
        len(entries) == 61 and {e.outcome for e in entries} == {"done"} and {e.actor for e in entries} == {"house"}
    )


def test_a_house_that_was_closed_at_night_backs_up_when_it_opens() -> None:
    nights = Nights(backup_at="02:15")
    nights.pass_(hours=1)
    nights.clock.forward(days=3)
    assert nights.pass_(minutes=20) == ["backup"]


def test_what_fails_is_tried_again_each_hour_and_not_more() -> None:
    nights = Nights(backup_at="02:15")
    nights.broken = True
    assert nights.pass_(hours=5) == ["backup"] * 5


def test_a_launcher_that_does_not_answer_is_a_failure_and_written() -> None:
    nights = Nights()
    nights.porter.failure = DemeureError()
    assert nights.pass_(minutes=30) == []
    assert [e.outcome for e in nights.journal.entries if e.name == "backup-asked-closed"] == ["failed"]


def test_nothing_is_asked_where_nothing_is_declared_or_wanted() -> None:
    nights = Nights()
    nights.standing = replace(nights.standing, backup=UNDECLARED)
    assert nights.pass_(days=2) == []
    assert Nights(backup_at="", rehearse_days=0).pass_(days=2) == []
    assert Nights(backup_at="demain", rehearse_days=0).pass_(days=2) == []


def test_a_disk_in_a_drawer_does_not_make_every_look_a_backup() -> None:
    nights = Nights(rehearse_days=0)
    disk = PlaceStanding("disque", "/media/disque", True, None)
    nights.standing = replace(nights.standing, places=(*nights.standing.places, disk))
    nights.dead = {"disque"}
    assert nights.pass_(hours=10).count("backup") == 1


def test_disks_in_rotation_alone_are_backed_up_once_a_night_and_rehearsed() -> None:
    nights = Nights()
    nights.standing = replace(nights.standing, places=(
        PlaceStanding("a", "/media/a", True, None),
        PlaceStanding("b", "/media/b", True, Last(1, nights.clock.now() - timedelta(days=20), 1, 1, 1)),
    ))  # fmt: skip
    nights.dead = {"b"}
    found = nights.pass_(days=5)
    assert (found.count("backup"), found.count("rehearse")) == (1 + 5, 1), "the disk in the drawer is owed nothing"


def test_a_dead_place_is_tried_each_hour_and_holds_no_rehearsal_back() -> None:
    nights = Nights()
    dead = PlaceStanding("vieux", "/mnt/vieux", False, None)
    nights.standing = replace(nights.standing, places=(*nights.standing.places, dead))
    nights.dead = {"vieux"}
    found = nights.pass_(days=2)
    assert found.count("rehearse") == 1 and 40 <= found.count("backup") <= 48
    assert nights.copies == ["nas"] * 3, "the other is backed up at its hour and left alone"


def test_a_rehearsal_that_fails_is_tried_again_after_a_day() -> None:
    nights = Nights()
    nights.failing = True
    assert nights.pass_(days=10).count("rehearse") == 10
    nights.backing._tried.clear()  # the gateway starts again: the report tells
    assert nights.pass_(hours=20).count("rehearse") <= 1
    nights.failing = False
    assert nights.pass_(days=27).count("rehearse") == 1


def test_a_clock_that_was_ahead_holds_nothing_back() -> None:
    nights = Nights(rehearse_days=0)
    nights.broken = True
    nights.clock.forward(days=4000)
    assert nights.pass_(minutes=30) == ["backup"]
    nights.clock.forward(days=-4000)
    assert nights.pass_(minutes=30) == ["backup"]
    nights = Nights()
    nights.clock.forward(days=4000)
    assert nights.pass_(minutes=30) == ["backup", "rehearse"]
    nights.clock.forward(days=-4000)
    assert nights.pass_(minutes=30) == ["backup", "rehearse"], "dated years ahead, they count for nothing"
    assert nights.pass_(days=3).count("backup") == 3


@pytest.mark.usefixtures("paris")
@pytest.mark.parametrize(("begin", "count"), [
    (datetime(2026, 10, 24, 12, tzinfo=UTC), 1),
    (datetime(2026, 3, 28, 12, tzinfo=UTC), 1),
    (datetime(2026, 6, 1, 12, tzinfo=UTC), 1),
])  # fmt: skip
def test_one_backup_in_the_night_of_a_change_of_hour(begin: datetime, count: int) -> None:
    nights = Nights(backup_at="02:15", rehearse_days=0)
    nights.clock.moment = begin
    nights.pass_(minutes=10)
    assert nights.pass_(hours=22) == ["backup"] * count


@pytest.mark.parametrize(
    ("said", "good"),
    [("02:15", True), ("2:15", True), ("2h15", True), ("", False), ("25:00", False), ("nuit", False), ("2", False)],
)
def test_a_time_of_the_day(said: str, good: bool) -> None:
    assert (time_of_day(said) is not None) is good


def test_the_last_moment_is_today_or_yesterday() -> None:
    at = time_of_day("02:15")
    now = StillClock().now()
    assert at is not None and timedelta(0) <= now - last_moment(at, now) < timedelta(days=1)
