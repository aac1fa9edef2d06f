"""Who may open and extend, what the register still allows, what a closed window takes, whose name is told."""

import hashlib
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from demeure.contractors import (
    Recording,
    Told,
    WindowClosed,
    WindowNotByMachine,
    WindowNotInContract,
    as_reported,
    cast,
    matches,
    report,
)
from demeure.identity import figures
from demeure.identity.one_time import STEP
from demeure.identity.tokens import token_hash
from demeure.policy import WINDOW, Role
from demeure.store.contractor_tables import contractor_frames, contractor_windows
from demeure.testing.contractors import FIRM, MOTIVE, Ground

ROOT, OWNER = "uid:0", "uid:990"


@pytest.fixture
def ground(tmp_path: Path) -> Iterator[Ground]:
    made = Ground(tmp_path)
    yield made
    made.instance.close()


def test_the_machine_is_none_of_the_two_persons(ground: Ground) -> None:
    """Whoever has a shell there and an account would be both."""
    for hand in (ROOT, OWNER):
        with pytest.raises(WindowNotByMachine):
            ground.windows.ask(ground.paul, "update", MOTIVE, 60, hand, "c")
        with pytest.raises(WindowNotByMachine):
            ground.again(approvals=2).ask(ground.paul, "supervision", MOTIVE, 60, hand, "c")
    number = ground.opened(scope="update")
    with ground.instance.house.write() as db:  # as an older version let the machine ask
        db.execute(contractor_windows.update().values(asked_by=ROOT))
    with pytest.raises(WindowNotByMachine):
        ground.windows.approve(number, ground.dpo)
    with ground.instance.house.write() as db:
        db.execute(contractor_windows.update().values(asked_by=ground.boss))
    ground.windows.approve(number, ground.dpo)
    for hand in (ROOT, OWNER):
        with pytest.raises(WindowNotByMachine):
            ground.windows.extend(number, 10, hand)
    ground.windows.extend(number, 10, ground.boss)


def test_alone_the_machine_opens_what_needs_one_person(ground: Ground) -> None:
    number = ground.windows.ask(ground.paul, "supervision", MOTIVE, 60, ROOT, "c").number
    assert ground.windows.extend(number, 10, OWNER).state == "open"


CHANGES = [{"ends": "2026-11-23"}, {"annex": ""}, {"may": "diagnosis"}, {}]


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_the_register_is_asked_again_to_approve_to_extend_and_while_it_is_open(
    ground: Ground, change: dict[str, str]
) -> None:
    """The contract is over, its annex withdrawn, what it gives narrowed; the person is of another company."""

    def changed() -> None:
        if change:
            ground.register.put(Told(**vars(FIRM) | change), ground.boss, ground.company)
        else:
            other = ground.register.put(Told(**vars(FIRM) | {"name": "Autre"}), ground.boss)
            ground.register.take_in(other, "paul")

    waiting = ground.opened(scope="update")
    going = ground.opened()
    changed()
    with pytest.raises(WindowNotInContract):
        ground.windows.extend(going, 10, ground.boss)
    assert ground.windows.for_person(ground.paul) is None, "nothing runs in it any more"
    assert ground.windows.one(going).over(ground.clock) == "contract"
    ground.windows.close(going, "", "contract")
    with pytest.raises(WindowNotInContract):
        ground.windows.approve(waiting, ground.dpo)


def test_a_closed_window_takes_nothing_but_the_mark_of_its_end(ground: Ground) -> None:
    window, recording = ground.windows.one(ground.opened()), Recording(ground.instance.house, ground.clock)
    recording.add(window, "i", "status")
    ground.windows.close(window.number, ground.boss, "person")
    for kind in ("i", "o", "m"):
        with pytest.raises(WindowClosed):  # ``window`` says open: it was looked at before
            recording.add(window, kind, "reload")
    recording.add(window, "m", "fin", last=True)
    assert [frame.text for frame in recording.frames(window.number)] == ["status", "fin"]


def test_a_recording_that_follows_and_is_not_the_reported_one_is_told_apart(ground: Ground) -> None:
    number, recording = ground.opened(), Recording(ground.instance.house, ground.clock)
    for text in ("un", "deux", "trois"):
        recording.add(ground.windows.one(number), "i", text)
    ground.windows.close(number, ground.boss, "person")
    window, frames = ground.windows.one(number), recording.frames(number)
    assert matches(window, frames[:1]), "nothing was told of it yet"
    company = ground.register.one(window.company)
    ground.windows.reported(number, report(window, company, frames, "Mairie"), "signed")
    assert matches(ground.windows.one(number), frames)
    assert not matches(ground.windows.one(number), frames[:2])
    with ground.instance.house.write() as db:
        db.execute(contractor_frames.delete().where(contractor_frames.c.number == 3))
    assert not matches(ground.windows.one(number), recording.frames(number)), "the chain of the rest holds"


def test_names_are_those_of_when_it_was_asked_for(ground: Ground) -> None:
    number, recording = ground.opened(), Recording(ground.instance.house, ground.clock)
    before = cast(ground.windows.one(number), recording.frames(number))
    ground.people.rename(ground.paul, "La mairie")
    ground.register.put(Told(**vars(FIRM) | {"name": "Dupont et fils"}), ground.boss, ground.company)
    window = ground.windows.one(number)
    assert (window.worker, window.login, window.firm) == ("Paul", "paul", FIRM.name)
    assert cast(window, recording.frames(number)) == before
    told = report(window, ground.register.one(window.company), [], "Mairie")
    assert f'"id": "{ground.paul}"' in told and '"login": "paul"' in told and "La mairie" not in told
    assert "Dupont" not in told
    with ground.instance.house.write() as db:  # as an older version left it
        db.execute(contractor_windows.update().values(worker="", login="", firm=""))
    window = ground.windows.one(number)
    assert (window.worker, window.login, window.firm) == ("La mairie", "paul", "Dupont et fils")


def test_a_recording_of_before_names_were_kept_is_the_reported_one_whatever_they_become(ground: Ground) -> None:
    number, recording = ground.opened(), Recording(ground.instance.house, ground.clock)
    recording.add(ground.windows.one(number), "i", "status")
    ground.windows.close(number, ground.boss, "person")
    window, frames = ground.windows.one(number), recording.frames(number)
    ground.windows.reported(number, report(window, ground.register.one(window.company), frames, "Mairie"), "signed")
    with ground.instance.house.write() as db:  # as an older version left it
        db.execute(contractor_windows.update().values(worker="", login="", firm=""))
    ground.people.anonymise(ground.paul)
    ground.register.put(Told(**vars(FIRM) | {"name": "Dupont et fils"}), ground.boss, ground.company)
    window = as_reported(ground.windows.one(number))
    assert (window.worker, window.firm) == ("Paul", FIRM.name)
    assert matches(window, frames) and not matches(window, [])
    told = json.loads(window.report)["subject"][0]["digest"]["sha256"]
    assert told == hashlib.sha256(cast(window, frames)).hexdigest(), "what is handed over is what was signed"
    with ground.instance.house.write() as db:  # names that are kept are the row's: another one is told
        db.execute(contractor_windows.update().values(worker="Pierre", firm=FIRM.name))
    assert not matches(as_reported(ground.windows.one(number)), frames)


def test_a_window_asked_for_before_names_were_kept_has_those_of_its_approval(ground: Ground) -> None:
    number = ground.opened(scope="update")
    with ground.instance.house.write() as db:  # as an older version left it
        db.execute(contractor_windows.update().values(worker="", login="", firm=""))
    ground.windows.approve(number, ground.dpo)
    ground.people.rename(ground.paul, "La mairie")
    window = ground.windows.one(number)
    assert window.named and (window.worker, window.login, window.firm) == ("Paul", "paul", FIRM.name)


def test_the_days_of_a_contract_are_those_of_here(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its last day ends at midnight, not at one in the morning."""
    monkeypatch.setenv("TZ", "Europe/Paris")
    time.tzset()
    try:
        ground.register.put(Told(**vars(FIRM) | {"ends": "2026-11-24"}), ground.boss, ground.company)
        ground.clock.wall = datetime(2026, 11, 24, 22, 50, tzinfo=UTC)
        number = ground.opened()
        assert ground.windows.one(number).over(ground.clock) == ""
        ground.clock.forward(minutes=20)
        assert ground.windows.one(number).over(ground.clock) == "contract"
    finally:
        monkeypatch.undo()
        time.tzset()


def test_who_is_erased_leaves_their_login_in_no_window_that_is_reported(ground: Ground) -> None:
    number = ground.opened()
    ground.windows.close(number, ground.boss, "person")
    window = ground.windows.one(number)
    ground.windows.reported(number, report(window, ground.register.one(window.company), [], "Mairie"), "signed")
    ground.people.anonymise(ground.paul)
    window = ground.windows.one(number)
    assert (window.worker, window.login) == ("Paul", f"efface-{ground.paul}")
    assert matches(as_reported(window), [])


def test_who_is_erased_leaves_no_name_in_windows_that_nobody_opened(ground: Ground) -> None:
    dropped, lapsed = (
        ground.windows.ask(ground.paul, "restore", MOTIVE, 30, ground.boss, "chain").number for _ in range(2)
    )
    ground.windows.drop(dropped, ground.boss)
    ground.people.anonymise(ground.paul)
    for number in (dropped, lapsed):
        window = ground.windows.one(number)
        assert (window.worker, window.login, window.firm) == ("–", f"efface-{ground.paul}", "Ouest Infogérance")
        with ground.instance.house.read() as db:
            row = db.execute(contractor_windows.select().where(contractor_windows.c.number == number)).one()
        assert (row.worker, row.login) == ("", "")


def test_a_proof_set_up_in_the_window_opens_nothing_to_the_session_that_confirms_it(ground: Ground) -> None:
    """One session begins it, before; the other, begun in the window, confirms it."""
    factors, lockout = ground.people.factors, ground.people.lockout
    secret = factors.begin_totp(ground.paul)
    ground.clock.forward(seconds=STEP)
    ground.opened()
    session = ground.people.open_session(ground.people.person(ground.paul), lockout.begin("paul", "a"))
    ground.clock.forward(seconds=STEP)
    code = figures(secret, int(ground.clock.now().timestamp()) // STEP)
    factors.confirm_totp(ground.paul, "Téléphone", code, token_hash(session.token))
    held = ground.people.session(session.token)
    assert held is not None and WINDOW in held.owes
    (factor,) = factors.of(ground.paul).factors
    assert factor.created_at == ground.clock.now(), "it counts from its confirmation"
    (here,) = ground.people.sessions.open_ones(ground.paul, session.token)
    assert not here.second


def test_of_anyone_else_the_session_that_confirms_a_proof_is_whole(ground: Ground) -> None:
    factors, link = ground.people.factors, ground.people.create_link(ground.dpo)
    session = ground.people.redeem(link)
    code = figures(factors.begin_totp(ground.dpo), int(ground.clock.now().timestamp()) // STEP)
    factors.confirm_totp(ground.dpo, "Téléphone", code, token_hash(session.token))
    (here,) = ground.people.sessions.open_ones(ground.dpo, session.token)
    assert here.second and ground.people.person(ground.dpo).role is Role.DPO
