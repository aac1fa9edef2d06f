"""A house that was just started: it answers when it does what it is asked, and stays; it is closed when its lock is
free."""

import asyncio
import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from demeure.errors import DemeureError, InputError, RemoteError
from demeure.install import Layout
from demeure.install.layout import PROGRAM
from demeure.install.points import Point
from demeure.release import resuming
from demeure.release import service as module
from demeure.release.errors import CloseFirst, HouseOpen
from demeure.release.service import Service, served
from demeure.supervisor.belongings import control_listener
from demeure.wire import Channel, Reply, Request


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "1" / "run").mkdir(parents=True)
    return tmp_path / "1"


@contextmanager
def house(data: Path, processes: list[str] | DemeureError) -> Iterator[list[str]]:
    """A door that answers ``status`` with ``processes``, or with an error, over the true wire. Yields what it was
    asked."""
    asked: list[str] = []
    listener = control_listener(data)
    listener.setblocking(False)
    loop = asyncio.new_event_loop()

    async def status(_request: Request) -> Reply:
        asked.append("status")
        if isinstance(processes, DemeureError):
            raise processes
        return Reply({"processes": processes})

    async def accept() -> None:
        while True:
            connection, _ = await loop.sock_accept(listener)
            await Channel(connection, {"status": status}).start()

    thread = threading.Thread(target=lambda: loop.run_until_complete(_until_cancelled(accept())))
    thread.start()
    try:
        yield asked
    finally:
        loop.call_soon_threadsafe(lambda: [task.cancel() for task in asyncio.all_tasks(loop)])
        thread.join()
        listener.close()
        loop.close()


async def _until_cancelled(work: object) -> None:
    try:
        await work  # type: ignore[misc]
    except asyncio.CancelledError:
        return


def test_a_listener_that_nobody_serves_is_no_answer(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ASK_SECONDS", 0.3)
    assert not served(data)
    with control_listener(data):  # as the launcher: it listens before any role exists
        assert not served(data)
    with house(data, []):
        assert not served(data), "a house without a process"
    with house(data, ["front"]) as asked:
        assert served(data) and asked == ["status"]


def test_a_house_that_answers_with_an_error_says_why(data: Path) -> None:
    refused = InputError(detail="non", detail_en="no")
    with house(data, refused):
        assert not served(data)
        why = Service(Layout(data.parent)).silent(data)
    assert (why.fr, why.en) == (refused.sentence("fr"), refused.sentence("en"))
    with house(data, RemoteError(remote_code="RouteInvalid", route="base", detail="non.", detail_en="no.")):
        why = Service(Layout(data.parent)).silent(data)
    assert why.fr.endswith("RouteInvalid. base non.") and why.en.endswith("RouteInvalid. base no.")
    assert Service(Layout(data.parent)).silent(data).en == "demeure.service", "nobody is there to say it"


def test_a_unit_that_ended_is_told_by_its_last_words(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An update of a house whose key had been taken away ended on « demeure.service ; demeure.service »."""
    (tmp_path / "journalctl").write_text("#!/bin/sh\necho 'La maison s’ouvre.'\necho 'demeure : La clé manque.'\n")
    (tmp_path / "journalctl").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(Service, "managed", property(lambda _self: True))
    monkeypatch.setattr(Service, "active", lambda _self: False)
    why = Service(Layout(data.parent)).silent(data)
    assert (why.fr, why.en) == ("La clé manque.",) * 2
    assert resuming.joined([(why.fr, why.en)] * 2) == ("La clé manque",) * 2


def test_the_last_line_of_a_program_stands_in_a_sentence(data: Path, tmp_path: Path) -> None:
    program = tmp_path / "bin" / "demeure"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho 'demeure : Aucune clé de secours.' >&2\nexit 4\n")
    program.chmod(0o755)
    with pytest.raises(module.ProgramFailed, match=r"^Aucune clé de secours$"):
        module.run_program(tmp_path, data, "backup", "create")


def test_the_timer_that_settles_runs_while_a_version_is_changed(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[str, ...]] = []

    def refused(*words: str) -> None:
        told.append(words)
        raise module.ProgramFailed("no such unit")

    monkeypatch.setattr(module, "_systemctl", refused)
    Service(Layout(data.parent)).watch(on=True)
    assert told == [], "no systemd runs this house"
    monkeypatch.setattr(Service, "managed", property(lambda _self: True))
    layout = Layout(data.parent)
    layout.at(PROGRAM).mkdir(parents=True)
    resuming.begun(layout, 2, data, Point(1, "/program", str(data)))
    resuming.ended(layout)
    assert told == [("start", "demeure-resume.timer"), ("stop", "demeure-resume.timer")]


def test_what_is_left_of_a_change_is_closed_before_the_house_opens(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A unit that is up on its own data is left alone, however slow it is to answer."""
    going = data.with_name("2")
    (going / "run").mkdir(parents=True)
    told: list[str] = []
    held = {one: os.open(one / "run" / "lock", os.O_RDWR | os.O_CREAT) for one in (data, going)}
    up = True
    monkeypatch.setattr(Service, "managed", property(lambda _self: True))
    monkeypatch.setattr(Service, "active", lambda _self: up)

    def stop(_self: Service) -> None:
        told.append("stop")
        for descriptor in held.values():
            fcntl.flock(descriptor, fcntl.LOCK_UN)

    monkeypatch.setattr(Service, "stop", stop)
    one = Service(Layout(data.parent))
    fcntl.flock(held[data], fcntl.LOCK_EX)
    one.apart(going, data)
    assert told == [], "the former house, that opens"
    fcntl.flock(held[going], fcntl.LOCK_EX)
    one.apart(going, data)
    assert told == ["stop"], "the new house, on data that will go"
    up = False
    fcntl.flock(held[data], fcntl.LOCK_EX)
    one.apart(data, data)
    assert told == ["stop", "stop"], "a house that was opened for one note"
    monkeypatch.setattr(module, "CLOSING_SECONDS", 0.0)
    monkeypatch.setattr(Service, "stop", lambda _self: None)
    fcntl.flock(held[data], fcntl.LOCK_EX)
    with pytest.raises(HouseOpen):
        one.apart(data, data)
    for descriptor in held.values():
        os.close(descriptor)


def test_a_house_that_its_unit_runs_can_be_closed_and_one_opened_by_hand_cannot(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (data / "run" / "lock").open("w+") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(CloseFirst):
            Service(Layout(data.parent)).closable(data)
        monkeypatch.setattr(Service, "managed", property(lambda _self: True))
        monkeypatch.setattr(Service, "active", lambda _self: False)
        with pytest.raises(CloseFirst):
            Service(Layout(data.parent)).closable(data)
        monkeypatch.setattr(Service, "active", lambda _self: True)
        Service(Layout(data.parent)).closable(data)
    monkeypatch.setattr(Service, "active", lambda _self: False)
    Service(Layout(data.parent)).closable(data)


def test_a_house_that_falls_after_its_first_answer_did_not_answer(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[str, ...]] = []

    def fallen(*words: str) -> None:
        told.append(words)
        raise module.ProgramFailed("activating")

    monkeypatch.setattr(module, "STAYS_SECONDS", 0.01)
    monkeypatch.setattr(module, "ANSWER_SECONDS", 0.2)
    monkeypatch.setattr(Service, "managed", property(lambda _self: True))
    monkeypatch.setattr(module, "_systemctl", fallen)
    with house(data, ["front"]) as asked:
        assert not Service(Layout(data.parent)).answers(data)
        assert asked and told[0][0] == "is-active"
        monkeypatch.setattr(module, "_systemctl", lambda *words: told.append(words))
        asked.clear()
        assert Service(Layout(data.parent)).answers(data) and len(asked) == 2
