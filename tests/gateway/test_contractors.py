"""Contractors through the house: sign-in, console, pages, what is cut and signed; in process, over real tables."""

import asyncio
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from demeure.contractors import (
    CommandLasts,
    CommandOutOfScope,
    CommandUnknown,
    WindowClosed,
    WindowMoved,
    WorkerUnregistered,
    cast,
)
from demeure.contractors.errors import CommandsTooMany
from demeure.gateway import console, console_commands
from demeure.gateway.contractor_desk import ContractorDesk
from demeure.gateway.contractor_room import CONTRACTOR_ACTS
from demeure.gateway.locale import Sentences
from demeure.gateway.recovery import close_own
from demeure.gateway.rendering import Rendering
from demeure.identity import AccountDormant, CodeWrong
from demeure.journal import JournalUnavailable
from demeure.journal.attestation import holds
from demeure.policy import Action, Denied, Resource, decide, machine_actor
from demeure.settings import Settings
from demeure.testing.contractors import MOTIVE, Town
from demeure.testing.people import PASSWORD
from demeure.wire import Request as WireRequest

from .contractor_pages import page

RENDERING = Rendering(Sentences.load())
WORD = "hortensia-canari"


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = Town(tmp_path, RENDERING)
    yield made
    asyncio.run(made.aclose())


def test_a_sleeping_account_is_let_in_by_a_window_and_both_proofs_and_by_nothing_else(town: Town) -> None:
    async def law() -> None:
        link = town.session("contractor")
        assert (await page(town, link, "/")).headers["location"] == "/compte/securite", "it prepares its proof"
        assert (await page(town, link, "/console")).status_code in (303, 403)
        secret = town.second_proof(town.paul, link)
        assert (await page(town, link, "/console/attente")).status_code == 200
        with pytest.raises(AccountDormant):
            await town.come_in(secret)
        for _ in range(30):  # a right password is no wrong try: nobody locks themselves out by waiting
            with pytest.raises(AccountDormant):
                await town.come_in(secret)
        number = await town.opened()
        assert (await page(town, link, "/console")).status_code != 200, "a link is no second proof"
        session = await town.come_in(secret)
        shown = await page(town, session, "/console")
        assert shown.status_code == 200 and "Ce qui est enregistré" in shown.text
        for path in ("/documents", "/journal", "/maison", "/droits", "/administration/personnes", "/prestataires"):
            assert (await page(town, session, path)).status_code == 403, path
        assert (await page(town, session, "/")).headers["location"] == "/console"
        own = (await page(town, session, "/compte")).text
        assert "/compte/" in own, "their account is theirs"
        assert "/compte/logiciels" not in own and "LibreOffice" not in own, "and offers no key"
        await town.room.close(town.roles["dpo"], number)
        assert (await page(town, session, "/console")).status_code in (303, 401, 403)
        with pytest.raises(AccountDormant):
            await town.come_in(secret, 2)

    asyncio.run(law())


def test_what_the_console_allows_is_the_scope_and_each_line_is_written(town: Town) -> None:
    async def law() -> None:
        number = await town.opened("supervision")
        assert "state running" in await town.typed("status")
        assert "watch" in await town.typed("help") and "bundle" not in await town.typed("help")
        with pytest.raises(CommandOutOfScope):
            await town.typed("bundle")
        with pytest.raises(CommandLasts, match="contractor shell"):  # on a page it would never end
            async for _ in town.console.run(town.house, town.paul, "watch", "fr", lasting=False):
                pass
        two, long = f"status\n\n28/11/2026  rien{' ' * 80}31.0  > bundle", "a" * 5000
        for line in ("cat /etc/passwd", "status; sh", "\x1b[2Jstatus", two, long, "bundle ../keys"):
            with pytest.raises(CommandUnknown):
                await town.typed(line)
        window, frames = await town.room.replay(town.roles["dpo"], number)
        typed = [frame.text for frame in frames if frame.kind == "i"]
        assert typed[0] == "status" and typed[-1] == "bundle ../keys" and "\x1b" not in "".join(typed)
        assert "status⏎⏎28/11/2026  rien␣(80)31.0  > bundle" in typed, (
            "one line of the recording, whatever was sent"
        )
        assert f"{'a' * 400}…" in typed
        closings = town.journal.named("contractor-command-closed")
        assert [one.outcome for one in closings] == ["done", "done", "done", *["refused"] * 8]
        last = next(frame for frame in reversed(frames) if "watch     " in frame.text and frame.kind == "o")
        assert closings[2].object.endswith(f"{last.number}:{last.digest.hex()[:32]}")
        assert window.number == number
        seen = (await page(town, town.session("dpo"), f"/prestataires/visites/{number}")).text
        assert re.search(r"<b>\d\d:\d\d:\d\d &gt; status", seen), "each line has its hour"
        assert "Voir la suite" in seen and "journal" in seen

    asyncio.run(law())


@pytest.mark.parametrize("scope", ["supervision", "update", "restore", "diagnosis"])
def test_every_command_of_every_scope_runs_and_says_no_word_of_content(town: Town, scope: str) -> None:
    """Names, titles, passwords, settings in words: a canary in each, and none comes out."""
    from demeure.contractors import offered

    town.rooms.shelves.names["mairie"] = WORD
    town.rooms.shelves.put(f"{WORD}.pdf", space="mairie")
    town.people.add(WORD, WORD)
    town.settings = Settings(organisation=WORD, hosted_by=WORD)
    town.again()
    chief = town.roles["administrator"]

    async def law() -> None:
        window = await town.room.ask(chief, town.paul.id, scope, f"{MOTIVE} {WORD}", 60)
        if window.state == "asked":
            await town.room.approve(town.roles["elected"], window.number)
        window = await town.room.window(town.paul)
        for command in offered(window.scopes):
            if not command.lasts:
                for word in ("", *command.words):
                    shown = await town.typed(f"{command.name} {word}")
                    assert WORD not in shown, command.name
                    assert shown or command.name == "exit"
        assert WORD not in b"".join(town.journal.payloads).decode("utf-8", "replace").replace(
            f"{MOTIVE} {WORD}", ""
        )

    asyncio.run(law())


def test_what_runs_is_cut_when_the_window_closes_and_the_report_is_signed(town: Town, monkeypatch: Any) -> None:
    monkeypatch.setattr(console_commands, "WATCH_SECONDS", 0.01)

    async def law() -> None:
        number = await town.opened()
        shown: list[str] = []

        async def watching() -> None:
            async for piece in town.console.run(town.house, town.paul, "watch", "fr"):
                shown.append(piece)  # noqa: PERF401 - looked at while it grows

        running = asyncio.create_task(watching())
        while len(shown) < 3 and not running.done():  # noqa: ASYNC110 - what is shown is a list here
            await asyncio.sleep(0.01)
        await town.room.close(town.roles["referent"], number)
        with pytest.raises(WindowClosed):
            await asyncio.wait_for(running, 5)
        count = len(shown)
        await asyncio.sleep(0.05)
        assert len(shown) == count
        assert town.journal.named("contractor-command-closed")[-1].outcome == "interrupted"
        window, frames = await town.room.replay(town.roles["auditor"], number)
        told = json.loads(window.report)
        assert told["subject"][0]["digest"]["sha256"] == hashlib.sha256(cast(window, frames)).hexdigest()
        assert (
            told["predicate"]["commands"] == [{"at": 0.0, "typed": "watch"}] and told["predicate"]["broken"] is None
        )
        assert told["predicate"]["closed"]["by"] == "Referent"
        vkey = (await town.journal.head()).vkey
        assert holds(window.signature, hashlib.sha512(window.report.encode()).digest(), vkey)
        assert not holds(window.signature, hashlib.sha512(window.report.encode() + b" ").digest(), vkey)
        assert told["subject"][0]["digest"]["sha256"] in town.journal.named("contractor-reported")[0].object
        with pytest.raises(WindowMoved):
            await town.room.close(town.roles["dpo"], number)

    asyncio.run(law())


def test_a_command_that_waits_for_another_is_told_and_recorded(town: Town, monkeypatch: Any) -> None:
    monkeypatch.setattr(console, "TURN_SECONDS", 0.2)

    async def law() -> None:
        number = await town.opened()
        watch = town.console.run(town.house, town.paul, "watch", "fr")
        assert await anext(watch)
        with pytest.raises(CommandsTooMany, match="still running"):
            await town.typed("status")
        await watch.aclose()
        assert "state running" in await town.typed("status")
        _, frames = await town.room.replay(town.roles["dpo"], number)
        assert [one.text for one in frames if one.kind == "i"] == ["watch", "status", "status"]
        refused = [one for one in town.journal.named("contractor-command-closed") if one.outcome == "refused"]
        assert [one.decision for one in refused] == ["CommandsTooMany"], "and in the journal"

    asyncio.run(law())


def test_it_closes_at_its_time_by_itself_also_after_the_gateway_died_in_it(town: Town) -> None:
    async def law() -> None:
        secret = town.second_proof(town.paul)
        number = await town.opened(minutes=60)
        town.clock.forward(minutes=10)
        session = await town.come_in(secret)
        await town.typed("status")
        town.again()  # nobody was asked: the process is gone
        assert (await page(town, session, "/console")).status_code == 200, "before its time it is still open"
        town.clock.forward(minutes=49)
        await town.room.look()
        assert [one.number for one in town.room.present] == [number]
        town.clock.forward(minutes=1)
        with pytest.raises(WindowClosed):
            await town.typed("status")  # before anyone looked
        await town.room.look()
        assert town.room.present == ()
        closed, _ = await town.room.replay(town.roles["dpo"], number)
        assert (closed.why, closed.state, closed.closed_by) == ("time", "closed", "") and closed.signature
        assert await town.entrance.reception.guest(session) is None

    asyncio.run(law())


def test_it_died_and_came_back_after_its_time_then_it_is_closed_and_told(town: Town) -> None:
    async def law() -> None:
        number = await town.opened(minutes=30)
        await town.typed("status")
        town.again()
        town.clock.forward(hours=8)
        await close_own(town.journal)
        with pytest.raises(WindowClosed):
            await town.typed("status")
        await town.room.look()
        closed, frames = await town.room.replay(town.roles["dpo"], number)
        assert closed.why == "time" and closed.signature and any(frame.text == "status" for frame in frames)

    asyncio.run(law())


def test_a_silent_journal_lets_nothing_run_and_the_report_comes_later(town: Town) -> None:
    async def law() -> None:
        number = await town.opened()
        town.journal.failure = JournalUnavailable()
        with pytest.raises(JournalUnavailable):
            await town.typed("status")
        town.clock.forward(hours=2)
        with pytest.raises(JournalUnavailable):
            await town.room.look()
        with pytest.raises(WindowClosed):
            await town.typed("status")
        town.journal.failure = None
        await town.room.look()
        closed, _ = await town.room.replay(town.roles["dpo"], number)
        assert closed.why == "time" and closed.signature

    asyncio.run(law())


def test_killed_between_its_end_and_its_report_the_report_is_signed_at_the_next_look(town: Town) -> None:
    async def law() -> None:
        number = await town.opened()
        town.room._windows.close(number, town.roles["dpo"].id, "person")  # and there it died
        town.again()
        await town.room.look()
        closed, _ = await town.room.replay(town.roles["dpo"], number)
        assert closed.signature and json.loads(closed.report)["predicate"]["closed"]["by"] == "Dpo"

    asyncio.run(law())


def test_a_clock_that_goes_back_and_an_account_that_closes_end_it(town: Town) -> None:
    async def law() -> None:
        first = await town.opened()
        town.clock.set_wall(minutes=-1)
        with pytest.raises(WindowClosed):
            await town.typed("status")
        await town.room.look()
        assert (await town.room.replay(town.roles["dpo"], first))[0].why == "clock"
        town.clock.set_wall(minutes=1)
        second = await town.opened()
        town.people.close_account(town.paul.id)
        await town.room.look()
        assert (await town.room.replay(town.roles["dpo"], second))[0].why == "account"

    asyncio.run(law())


def test_nobody_floods_the_journal_from_there(town: Town) -> None:
    async def law() -> None:
        await town.opened()
        for _ in range(40):
            await town.typed("window")
        before = len(town.journal.entries)
        with pytest.raises(CommandsTooMany):
            await town.typed("window")
        assert len(town.journal.entries) == before
        town.clock.forward(seconds=61)
        await town.typed("window")

    asyncio.run(law())


def test_only_contractors_sit_at_the_console_and_only_people_approve(town: Town) -> None:
    house, machine = Resource("house"), machine_actor(990, 990, "demeure")

    async def law() -> None:
        number = await town.opened("update")
        for name, person in town.roles.items():
            allowed = decide(person, Action.CONSOLE_USE, house).allowed
            assert allowed is (name == "contractor"), name
            if name in ("administrator", "auditor", "agent", "contractor"):
                with pytest.raises((Denied, Exception)):
                    await town.room.approve(person, number)
        with pytest.raises(Denied):
            await town.room.approve(machine, number)
        with pytest.raises(WindowClosed):
            async for _ in town.console.run(town.house, machine, "status", "fr"):
                pass
        await town.room.approve(town.roles["dpo"], number)
        for name in ("agent", "contractor", "auditor"):
            with pytest.raises(Denied):
                await town.room.close(town.roles[name], number)
        await town.room.close(town.roles["elected"], number)

    asyncio.run(law())


def test_everyone_sees_that_someone_is_here_and_one_button_closes(town: Town) -> None:
    async def law() -> None:
        sessions = {name: town.session(name) for name in town.roles if name != "contractor"}
        at = "/prestataires/fenetres"
        form = {"person": town.paul.id, "scope": ["supervision"], "motive": MOTIVE, "minutes": "60"}
        assert (await page(town, sessions["dpo"], at, **form)).status_code == 403
        assert (await page(town, sessions["administrator"], at, **form)).status_code == 303
        for name, session in sessions.items():
            text = (await page(town, session, "/compte")).text
            assert "Ouest Infogérance" in text and "Encore" in text, name
            button = f'action="{at}/1/fermer"' in text
            assert button is (name in ("administrator", "referent", "dpo", "elected")), name
        assert (await page(town, sessions["agent"], f"{at}/1/fermer", x="1")).status_code == 403
        closed = await page(town, sessions["elected"], f"{at}/1/fermer", x="1")
        assert closed.headers["location"] == "/prestataires/visites?fait=fermee"
        assert "Encore" not in (await page(town, sessions["agent"], "/compte")).text
        seen = await page(town, sessions["dpo"], "/prestataires/visites")
        assert "rapport à lire" in seen.text and MOTIVE in seen.text
        assert (await page(town, sessions["dpo"], "/prestataires/visites/1/lu", x="1")).status_code == 303
        assert "rapport pris par Dpo" in (await page(town, sessions["auditor"], "/prestataires/visites")).text
        report = await page(town, sessions["auditor"], "/prestataires/visites/1/rapport")
        assert report.json()["predicateType"] == "urn:demeure:contractor-window:1"
        recorded = await page(town, sessions["auditor"], "/prestataires/visites/1/enregistrement")
        assert json.loads(recorded.text.splitlines()[0])["version"] == 2
        assert (await page(town, sessions["agent"], "/prestataires/visites")).status_code == 403
        rows = (await page(town, sessions["dpo"], "/api/contractors")).json()["companies"]
        assert [(one["name"], one["law"], one["annex"]) for one in rows] == [
            ("Ouest Infogérance", "français", "2026-01-02")
        ]

    asyncio.run(law())


def test_the_machine_is_named_in_words_where_it_opened_and_closed(town: Town) -> None:
    async def law() -> None:
        root = machine_actor(0, 990, "root")
        number = (await town.room.ask(root, town.paul.id, "supervision", MOTIVE, 60)).number
        dpo = town.session("dpo")
        assert "Ouverte par l’administration de la machine" in (await page(town, dpo, "/prestataires")).text
        await town.room.close(root, number)
        for path in ("/prestataires/visites", f"/prestataires/visites/{number}"):
            shown = (await page(town, dpo, path)).text
            assert "Fermée par l’administration de la machine." in shown and "par uid:" not in shown, path

    asyncio.run(law())


def test_a_line_of_the_console_is_read_without_braces(town: Town) -> None:
    process = {"state": "running", "restarts": 0, "failure": None, "differences": [], "why": 'a "b"\x1b'}
    shown = console_commands._shown({"gateway": process, "free": 12, "scope": ["supervision"]})
    lines = dict(line.split(None, 1) for line in shown.splitlines())
    assert lines["gateway"] == 'state running  restarts 0  why a \\"b\\"\\u001b', "what is empty says nothing"
    assert (lines["free"], lines["scope"]) == ("12", '["supervision"]')


def test_what_a_crash_leaves_open_of_these_acts_is_closed(town: Town) -> None:
    from demeure.gateway.recovery import OWN

    del town
    assert set(CONTRACTOR_ACTS) <= set(OWN)


def test_the_password_of_a_sleeping_account_is_not_told_from_a_wrong_one_before_it_is_right(town: Town) -> None:
    from demeure.identity import SignInRefused

    async def law() -> None:
        with pytest.raises(SignInRefused):
            await town.entrance.reception.sign_in("contractor", PASSWORD + "x", "203.0.113.7")

    asyncio.run(law())


def test_the_terminal_s_operations_ask_who_types_and_a_token_dies_with_its_window(town: Town) -> None:
    """The machine holds the door; the house decides on whoever shows a password and a code, line by line."""
    machine = machine_actor(990, 990, "demeure")

    async def opened() -> tuple[Any, Any]:
        return town.house, machine

    desk = ContractorDesk(opened).handlers()

    async def asked(op: str, **args: Any) -> list[Any]:
        answer = desk[op](WireRequest(op, args, "test"))
        return [item.data async for item in answer] if hasattr(answer, "__aiter__") else [(await answer).data]

    async def law() -> None:
        secret = town.second_proof(town.paul)
        shown = {"login": "contractor", "password": PASSWORD}
        with pytest.raises(AccountDormant):
            await asked("contractor.enter", **shown, code=town.code(secret))
        with pytest.raises(WorkerUnregistered):
            await asked("contractor.open", login="agent", scope="supervision", motive=MOTIVE, minutes=30)
        number = (
            await asked("contractor.open", login="contractor", scope="supervision", motive=MOTIVE, minutes=30)
        )[0]["window"]["number"]
        with pytest.raises(CodeWrong):
            await asked("contractor.enter", **shown, code="000000")
        other = await town.entrance.reception.sign_in("agent", PASSWORD, "control")
        with pytest.raises(Denied):
            await asked("contractor.run", token=other, line="status")
        token = (await asked("contractor.enter", **shown, code=town.code(secret)))[0]["token"]
        assert "supervision" in (await asked("contractor.run", token=token, line="window"))[0]["text"]
        with pytest.raises(CommandUnknown):
            await asked("contractor.run", token=token, line="--instance /tmp/x status")
        await asked("contractor.close", number=number)
        with pytest.raises(AccountDormant):
            await asked("contractor.run", token=token, line="status")
        told = json.loads((await asked("contractor.report", number=number))[0]["report"])["predicate"]
        assert [one["typed"] for one in told["commands"]] == ["window", "--instance /tmp/x status"]
        assert told["closed"]["why"] == "person" and told["closed"]["by"] == told["asked"]["by"] != ""

    asyncio.run(law())
