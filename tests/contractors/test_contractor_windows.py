"""Windows of contractors under every clock: random lives, kills, clocks set back, two at once; when they end."""

import random
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from demeure.contractors import (
    NotAContractor,
    Recording,
    RecordingBroken,
    Told,
    WindowInvalid,
    WindowMoved,
    WindowNotInContract,
    WindowOwnWord,
    WindowTaken,
    cast,
)
from demeure.contractors.errors import (
    CommandOutOfScope,
    CommandUnknown,
    CompanyInvalid,
    CompanyTaken,
    WindowAwaited,
    WindowTooLong,
    WindowUnchanged,
)
from demeure.contractors.scopes import COMMANDS, SCOPES, understood
from demeure.identity import AccountDormant
from demeure.policy import WINDOW
from demeure.store.contractor_tables import contractor_frames, contractor_windows
from demeure.testing.contractors import FIRM, MOTIVE, Ground


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Ground]:
    made = Ground(tmp_path)
    yield made
    made.instance.close()


class Life:
    """Random deeds around windows of one person. ``allowed``, ``lived``: seconds, of the last one opened."""

    def __init__(self, ground: Ground, seed: int) -> None:
        self.ground, self.dice = ground, random.Random(seed)
        self.allowed, self.lived, self.number, self.closed = 0.0, 0.0, 0, True
        self.off = 0.0

    def passes(self, seconds: float) -> None:
        self.ground.clock.forward(seconds=seconds)
        self.lived += seconds

    def deed(self) -> None:
        """One more."""
        getattr(self, f"_{self.dice.choice(self.DEEDS)}")()

    DEEDS = ("time", "time", "time", "die", "reboot", "set", "open", "extend", "close", "sweep")

    def _time(self) -> None:
        self.passes(self.dice.choice([1, 40, 600, 5000]))

    def _die(self) -> None:
        self.ground.windows = self.ground.again()

    def _reboot(self) -> None:
        """Off for two minutes, under a clock that nobody watches; then the house looks, as it does at its start."""
        self.passes(120)
        self.ground.clock.reboot()
        self._sweep()

    def _set(self) -> None:
        self.ground.clock.set_wall(seconds=self.dice.choice([-90_000, -3600, -30, 30, 3600]))
        self._sweep()  # within a second

    def _sweep(self) -> None:
        for window in self.ground.windows.open_ones():
            if why := window.over(self.ground.clock):
                self.ground.windows.close(window.number, "", why)
                self.closed = True
            else:
                self.ground.windows.seen(window.number)

    def _open(self) -> None:
        self._sweep()
        minutes = self.dice.choice([5, 60, 1440])
        try:
            self.number, self.allowed, self.lived = self.ground.opened(minutes), minutes * 60.0, 0.0
            self.closed = False
        except (WindowTaken, WindowNotInContract):
            pass

    def _extend(self) -> None:
        if (seen := self.ground.windows.for_person(self.ground.paul)) is not None:
            try:
                self.ground.windows.extend(seen.number, 10, self.ground.boss)
                self.allowed += 600
            except (WindowTooLong, WindowNotInContract):
                pass

    def _close(self) -> None:
        if (seen := self.ground.windows.for_person(self.ground.paul)) is not None:
            self.ground.windows.close(seen.number, self.ground.boss, "person")
            self.closed = True


@pytest.mark.parametrize("seed", range(12))
def test_a_window_never_lives_longer_than_was_allowed_whatever_dies_and_whoever_sets_the_clock(
    ground: Ground, seed: int
) -> None:
    """Time passes, gateways die, the machine restarts, the wall's clock is set, windows are extended and closed.
    What another process then finds open was never open for longer than people said, in true time; and what closed
    stays so."""
    life, opened = Life(ground, seed), 0
    for _ in range(80):
        life.deed()
        now = ground.again().for_person(ground.paul)
        if now is not None:
            opened += 1
            assert not life.closed and now.number == life.number
            assert life.lived < life.allowed, (seed, life.lived, life.allowed)
    assert opened, "a life in which nothing was open shows nothing"


def test_its_end_comes_on_the_clock_that_nobody_sets(ground: Ground) -> None:
    number = ground.opened(60)
    ground.clock.forward(minutes=59)
    assert ground.again().for_person(ground.paul) is not None, "the opener is gone; it is open still"
    ground.clock.set_wall(seconds=-4)  # not even noticed as a clock set back
    ground.clock.forward(minutes=1)
    assert ground.again().for_person(ground.paul) is None
    assert ground.windows.one(number).over(ground.clock) == "time"


def test_a_clock_set_back_closes_it_at_once_and_after_a_restart_too(ground: Ground) -> None:
    number = ground.opened(60)
    ground.clock.forward(minutes=30)
    ground.windows.seen(number)
    ground.clock.set_wall(minutes=-1)
    assert ground.windows.one(number).over(ground.clock) == "clock"
    ground.clock.reboot()
    assert ground.again().for_person(ground.paul) is None


def test_a_clock_set_forth_ends_it_early_and_setting_it_back_does_not_bring_it_back(ground: Ground) -> None:
    number = ground.opened(60)
    ground.clock.set_wall(hours=2)
    assert ground.windows.for_person(ground.paul) is None
    ground.windows.close(number, "", "time")
    ground.clock.set_wall(hours=-2)
    assert ground.again().for_person(ground.paul) is None


def test_one_at_a_time_for_a_person_and_each_number_once(ground: Ground) -> None:
    first = ground.opened()
    with pytest.raises(WindowTaken):
        ground.opened()
    ground.windows.close(first, ground.boss, "person")
    with pytest.raises(WindowMoved):
        ground.windows.close(first, ground.boss, "person")
    assert ground.opened() > first


@pytest.mark.parametrize(("scope", "needed"), [("supervision", 1), ("diagnosis", 1), ("update", 2), ("restore", 2)])
def test_what_changes_anything_needs_a_second_person(ground: Ground, scope: str, needed: int) -> None:
    number = ground.opened(scope=scope)
    asked = ground.windows.one(number)
    assert asked.needed == needed and (asked.state == "open") is (needed == 1)
    if needed == 2:
        assert ground.windows.for_person(ground.paul) is None
        with pytest.raises(WindowAwaited):
            ground.windows.extend(number, 10, ground.boss)
        for hand in (ground.boss, ground.paul):
            with pytest.raises(WindowOwnWord):
                ground.windows.approve(number, hand)
        ground.windows.approve(number, ground.dpo)
        with pytest.raises(WindowOwnWord):
            ground.windows.extend(number, 10, ground.dpo)
        ground.windows.extend(number, 10, ground.boss)
        with pytest.raises(WindowOwnWord):
            ground.windows.extend(number, 10, ground.boss)


def test_what_was_asked_yesterday_is_not_approved_today(ground: Ground) -> None:
    number = ground.opened(scope="update")
    ground.clock.forward(hours=24, seconds=1)
    with pytest.raises(WindowMoved):
        ground.windows.approve(number, ground.dpo)


def test_an_extension_goes_a_day_from_now_at_the_latest_and_never_by_the_contractor(ground: Ground) -> None:
    number = ground.opened(1440)
    with pytest.raises(WindowTooLong):
        ground.windows.extend(number, 1, ground.boss)
    ground.clock.forward(hours=1)
    ground.windows.extend(number, 60, ground.boss)
    for minutes, problem in ((0, WindowUnchanged), (-5, WindowUnchanged), (60, WindowTooLong)):
        with pytest.raises(problem):
            ground.windows.extend(number, minutes, ground.boss)
    with pytest.raises(WindowOwnWord):
        ground.windows.extend(number, 1, ground.paul)
    ground.clock.forward(hours=25)
    with pytest.raises(WindowMoved):
        ground.windows.extend(number, 10, ground.boss)


@pytest.mark.parametrize(
    "change",
    [
        {"ends": "2026-11-23"},
        {"begins": "2026-11-25"},
        {"annex": ""},
        {"annex": "2026-12-01"},
        {"may": "diagnosis"},
    ],
    ids=str,
)
def test_the_register_decides_what_may_be_opened(ground: Ground, change: dict[str, str]) -> None:
    ground.register.put(Told(**vars(FIRM) | change), ground.boss, ground.company)
    with pytest.raises(WindowNotInContract):
        ground.opened()


@pytest.mark.parametrize(
    "change",
    [
        {"may": "all"},
        {"may": ""},
        {"begins": "demain"},
        {"ends": "2026-02-30"},
        {"ends": "2025-01-01"},
        {"law": ""},
    ],
    ids=str,
)
def test_a_line_of_the_register_says_all_that_it_must(ground: Ground, change: dict[str, str]) -> None:
    with pytest.raises(CompanyInvalid):
        ground.register.put(Told(**vars(FIRM) | {"name": "Autre"} | change), ground.boss)


def test_a_name_that_is_in_the_register_says_how_its_line_is_corrected(ground: Ground) -> None:
    with pytest.raises(CompanyTaken) as taken:
        ground.register.put(Told(**vars(FIRM) | {"name": FIRM.name.upper()}), ground.boss)
    assert "--change" in taken.value.sentence("fr")
    odd = 'Info "Nord" $(id)'
    ground.register.put(Told(**vars(FIRM) | {"name": odd}), ground.boss)
    with pytest.raises(CompanyTaken) as quoted:
        ground.register.put(Told(**vars(FIRM) | {"name": odd}), ground.boss)
    assert f"add {shlex.quote(odd)} --change {shlex.quote(odd)}" in quoted.value.sentence("en"), "safe in a shell"


@pytest.mark.parametrize(("scope", "motive", "minutes"), [("all", MOTIVE, 5), ("", MOTIVE, 5), ("update", "x", 5)])
def test_a_window_says_all_that_it_must(ground: Ground, scope: str, motive: str, minutes: int) -> None:
    with pytest.raises(WindowInvalid):
        ground.windows.ask(ground.paul, scope, motive, minutes, ground.boss, "c")
    for wrong in (0, 1441, -3):
        with pytest.raises(WindowInvalid):
            ground.windows.ask(ground.paul, "supervision", MOTIVE, wrong, ground.boss, "c")
    with pytest.raises(NotAContractor):
        ground.windows.ask(ground.dpo, "supervision", MOTIVE, 5, ground.boss, "c")
    with pytest.raises(WindowOwnWord):
        ground.windows.ask(ground.paul, "supervision", MOTIVE, 5, ground.paul, "c")


def test_an_account_sleeps_outside_its_window_and_closing_ends_its_sessions(ground: Ground) -> None:
    person, lockout = ground.people.person(ground.paul), ground.people.lockout
    with pytest.raises(AccountDormant):
        ground.people.open_session(person, lockout.begin("paul", "a"))
    number = ground.opened()
    session = ground.people.open_session(person, lockout.begin("paul", "a"))
    held = ground.people.session(session.token)
    assert held is not None and WINDOW in held.owes, "without a second proof nothing is open to this session"
    ground.windows.close(number, "", "time")
    assert ground.people.session(session.token) is None
    link = ground.people.redeem(ground.people.create_link(ground.paul))
    held = ground.people.session(link.token)
    assert held is not None and WINDOW in held.owes, "a link prepares the account, and opens nothing"


def test_a_closed_account_is_found(ground: Ground) -> None:
    number = ground.opened()
    assert ground.windows.accounts_closed() == set()
    ground.people.close_account(ground.paul)
    assert ground.windows.accounts_closed() == {number}


ESCAPES = [
    *(
        "",
        " ",
        "/bin/sh",
        "!sh",
        ":!sh",
        "status; sh",
        "status && id",
        "status|sh",
        "status > /tmp/x",
        "$(id)",
        "`id`",
    ),
    *("status --instance /tmp/x", "--instance /x status", "bundle /etc/passwd", "bundle ../../keys", "bundle -o x"),
    *(
        "help\nstatus",
        "status\r",
        "status\x1b[2J",
        "\x1b]0;t\x07status",
        "status\x00",
        "ѕtatus",
        "ＳＴＡＴＵＳ",
        "STATUS",
    ),
    *(
        "status\ttab",
        "documents",
        "journal show",
        "policy",
        "keys",
        "ask",
        "export A=b",
        "env",
        "less",
        "vi",
        "x" * 5000,
    ),
    *("bundle checks machine", "help help", "status\u202egnp", "watch -n 0", "exit; sh", "HOME=/ status"),
]


@pytest.mark.parametrize("line", ESCAPES, ids=lambda line: repr(line)[:20])
def test_no_line_leaves_the_list_of_commands(line: str) -> None:
    with pytest.raises(CommandUnknown):
        understood(line, frozenset(SCOPES))


def test_random_lines_are_commands_of_the_list_or_nothing() -> None:
    dice = random.Random(7)
    letters = [chr(code) for code in [*range(32, 127), 9, 10, 27, 0, 0xA0, 0x202E, 0x2028]]
    for _ in range(20_000):
        words = dice.choices([*COMMANDS, "checks", "machine", "-x", "/etc/passwd", "*", "''"], k=dice.randint(0, 3))
        line = " ".join(words)
        if dice.random() < 0.5:
            at = dice.randint(0, len(line))
            line = line[:at] + dice.choice(letters) + line[at:]
        scope = frozenset(dice.sample(sorted(SCOPES), dice.randint(0, 4)))
        try:
            typed = understood(line, scope)
        except (CommandUnknown, CommandOutOfScope):
            continue
        assert not typed.command.scopes or typed.command.scopes & scope
        assert line.split() == [typed.command.name, *([typed.word] if typed.word else [])]
        assert typed.word in ("", *typed.command.words)


def test_a_recording_that_was_touched_says_so(ground: Ground, tmp_path: Path) -> None:
    del tmp_path
    window = ground.windows.one(ground.opened())
    recording, house = Recording(ground.instance.house, ground.clock), ground.instance.house
    for text in ("status", "un", "deux"):
        ground.clock.forward(seconds=1)
        recording.add(window, "o", text)
    whole = recording.frames(window.number)
    assert [frame.at for frame in whole] == [1.0, 2.0, 3.0]
    assert cast(window, whole) == cast(window, recording.frames(window.number))
    column = contractor_frames.c
    for change in (
        contractor_frames.update().where(column.number == 2).values(text="autre"),
        contractor_frames.update().where(column.number == 2).values(at=9.0),
        contractor_frames.delete().where(column.number == 2),
    ):
        with pytest.raises(RecordingBroken), house.write() as db:
            db.execute(change)
            found = _within(recording, db, window.number)
            raise AssertionError(found)


def _within(recording: Recording, db: object, number: int) -> object:
    """The frames as this transaction leaves them; it is undone by what this raises."""
    import sqlalchemy as sa

    assert isinstance(db, sa.Connection)

    class Same:
        def read(self) -> "Same":
            return self

        def __enter__(self) -> sa.Connection:
            return db

        def __exit__(self, *_: object) -> None:
            """It goes on."""

    return Recording(Same(), recording._clock).frames(number)  # type: ignore[arg-type]


def test_nothing_in_a_recording_commands_a_terminal(ground: Ground) -> None:
    window, recording = ground.windows.one(ground.opened()), Recording(ground.instance.house, ground.clock)
    recording.add(window, "i", "a\x1b[2J\x9b31m\u202eb\x07\r\x08")
    text = recording.frames(window.number)[0].text
    assert text.startswith("a") and all(c.isprintable() for c in text)


def test_an_old_copy_of_the_database_opens_nothing(ground: Ground) -> None:
    """A backup taken while a window was open, restored after it was closed: rows say open, the seal is broken."""
    number = ground.opened(1440)
    house = ground.instance.house
    with house.read() as db:
        kept = dict(db.execute(contractor_windows.select()).one()._mapping)
    ground.windows.close(number, ground.boss, "person")
    with house.write() as db:
        db.execute(contractor_windows.update().values(**{k: v for k, v in kept.items() if k != "number"}))
    again = ground.again()
    assert again.for_person(ground.paul) is None
    assert [one.over(ground.clock) for one in again.open_ones()] == ["restored"]
    again.close(number, "", "restored")
    ground.opened()
    assert len(list(house.path.parent.glob(".window-*"))) == 1, "the seals of what closed are broken"


def test_a_backup_does_not_hold_the_seal_of_a_window(ground: Ground, tmp_path: Path) -> None:
    from demeure.backup import still

    ground.opened()
    assert list(ground.instance.house.path.parent.glob(".window-*"))
    house_key = (ground.instance.folder / "keys" / "house.key").read_bytes()
    with still.held(ground.instance.folder, house_key, tmp_path / "work") as instant:
        assert not [item.path for item in instant.items if ".window-" in item.path]
