"""The control door: who asks is the kernel's word; commands, streams and bodies; nothing goes on for who left."""

import asyncio
import os
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from demeure.cli.door import Door, HouseDown
from demeure.errors import InputError
from demeure.gateway import control
from demeure.gateway.control import OPERATIONS, ControlDoor
from demeure.gateway.errors import JournalSilent, PeerRefused
from demeure.gateway.ways_out import WaysOut
from demeure.identity import (
    GroupNameTaken,
    GroupUnknown,
    LoginTaken,
    NameUnusable,
    PersonUnknown,
    RightUnknown,
    RoleUnknown,
    SpaceUnknown,
)
from demeure.journal import Draft, JournalUnavailable
from demeure.policy import Right
from demeure.testing.gateway import DocumentAbsent, FakeRooms, make_house
from demeure.testing.journal import MemoryJournal
from demeure.wire import Channel

Test = Callable[[Door, FakeRooms], Awaitable[None]]


ME = os.geteuid()


def opened(
    folder: Path, test: Test, rooms: FakeRooms | None = None, *, mode: int = 0o600, owner: int = ME, **more: Any
) -> None:
    """Run ``test`` against a control door in ``folder``. ``more``: of the house."""

    async def go() -> None:
        (folder / "run").mkdir(exist_ok=True)
        path = folder / "run" / "control.sock"
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(str(path))
        path.chmod(mode)
        listener.listen()
        fakes = rooms or FakeRooms()
        serving = asyncio.create_task(ControlDoor(make_house(fakes, **more), path, owner=owner).serve(listener))
        try:
            async with Door(folder) as door:
                await asyncio.wait_for(test(door, fakes), 15)
        finally:
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)
            listener.close()

    asyncio.run(go())


def test_commands_answer_and_leave_one_identity_in_the_journal(tmp_path: Path) -> None:
    async def test(door: Door, rooms: FakeRooms) -> None:
        status = (await door.call("status")).data
        assert status["ladder"] == "A"
        assert status["journal"] == "ok"
        assert len(status["processes"]) == 7
        assert (await door.call("journal.head")).data["size"] == 0, "looking leaves no entry"
        spaces = (await door.call("spaces.list")).data["spaces"]
        assert [s["name"] for s in spaces] == ["Mairie", "Urbanisme"]
        made = (await door.call("spaces.create", {"name": "Voirie"})).data
        assert made["name"] == "Voirie"
        await door.call("spaces.delete", {"space": "Voirie"})
        link = (await door.call("link.create", {"login": None})).data["url"]
        assert link == "http://127.0.0.1:8420/lien/lien-1"
        await door.call("engines.reload")
        assert rooms.porter.reloads == 1
        opened_by = rooms.journal.named("control-opened")
        assert [(e.kind, e.actor) for e in opened_by] == [("sign-in", f"uid:{os.geteuid()}")]
        names = [(e.name, e.phase, e.outcome) for e in rooms.journal.entries]
        assert names[1:] == [
            ("engines-reloaded", "intention", None),
            ("engines-reloaded-closed", "closing", "done"),
        ]

    opened(tmp_path, test)


def test_people_are_made_closed_and_let_in(tmp_path: Path) -> None:
    async def test(door: Door, rooms: FakeRooms) -> None:
        added = (await door.call("people.add", {"login": "Anne", "name": "Anne Petit", "role": "referent"})).data
        assert added["person"] == {
            "id": "p2",
            "name": "Anne Petit",
            "login": "anne",
            "role": "referent",
            "has_password": False,
            "open": True,
            "elsewhere": "",
        }
        assert added["url"] == "http://127.0.0.1:8420/lien/lien-1"
        assert (await door.call("people.link", {"login": "ANNE"})).data["url"].endswith("/lien-2")
        await door.call("people.role", {"login": "anne", "role": "agent"})
        await door.call("people.close", {"login": "anne"})
        listed = (await door.call("people.list")).data["people"]
        assert [(p["login"], p["role"], p["open"]) for p in listed] == [
            ("claire", "administrator", True),
            ("anne", "agent", False),
        ]
        await door.call("people.reopen", {"login": "anne"})
        given = (await door.call("spaces.give", {"space": "MAIRIE", "to": "anne", "right": "read"})).data
        assert given == {"space": "Mairie", "to": "anne", "right": "read"}
        rooms.directory.teams["g1"] = ("Voirie", set())
        await door.call("spaces.give", {"space": "mairie", "to": "voirie", "right": "contribute"})
        assert [(m.kind, m.id, m.right) for m in rooms.directory.members["mairie"]] == [
            ("person", "p1", Right.MANAGE),
            ("person", "p2", Right.READ),
            ("group", "g1", Right.CONTRIBUTE),
        ]
        made = (await door.call("groups.create", {"name": "Écoles"})).data
        await door.call("groups.add", {"group": "écoles", "login": "ANNE"})
        await door.call("groups.add", {"group": made["id"], "login": "claire"})
        listed = (await door.call("groups.list")).data["groups"]
        assert listed[1] == {"id": made["id"], "name": "Écoles", "people": ["claire", "anne"]}
        assert (await door.call("groups.remove", {"group": "Écoles", "login": "anne"})).data["login"] == "anne"
        assert (await door.call("groups.list")).data["groups"][1]["people"] == ["claire"]
        assert (await door.call("groups.delete", {"group": "écoles"})).data["name"] == "Écoles"
        for op, args, problem in (
            ("groups.delete", {"group": "écoles"}, GroupUnknown),
            ("groups.add", {"group": "voirie", "login": "personne"}, PersonUnknown),
            ("groups.create", {"name": " "}, NameUnusable),
            ("groups.create", {"name": "Voirie"}, GroupNameTaken),
            ("people.close", {"login": "personne"}, PersonUnknown),
            ("people.add", {"login": "anne", "name": "X", "role": "agent"}, LoginTaken),
            ("people.add", {"login": "xx", "name": "X", "role": "king"}, RoleUnknown),
            ("people.add", {"login": "xx", "name": "X"}, InputError),
            ("spaces.give", {"space": "mairie", "to": "anne", "right": "king"}, RightUnknown),
            ("spaces.give", {"space": "nulle part", "to": "anne", "right": "read"}, SpaceUnknown),
        ):
            with pytest.raises(problem):
                await door.call(op, args)
        link = (await door.call("link.create", {})).data
        assert (link["login"], link["has_password"]) == ("claire", True)

    opened(tmp_path, test)


def test_a_chain_is_told_with_names_and_a_page_carries_only_those_who_acted(tmp_path: Path) -> None:
    async def test(door: Door, rooms: FakeRooms) -> None:
        made = (await door.call("people.add", {"name": "Jeanne Roy", "login": "jeanne", "role": "agent"})).data
        person = made["person"]["id"]
        draft = Draft("administration", "document-add", chain="c" * 32, actor=person, decision="contributor")
        await rooms.journal.record(draft)
        shown = (await door.call("journal.show", {"language": "fr"})).data
        assert "Jeanne Roy" in {one["who"] for one in shown["told"]}
        assert shown["names"] == {person: "Jeanne Roy"}, "not everybody's"
        chain = (await door.call("journal.chain", {"id": "c" * 32, "language": "fr"})).data
        assert [one["who"] for one in chain["told"]] == ["Jeanne Roy"]

    opened(tmp_path, test)


def test_a_question_streams_its_events(tmp_path: Path) -> None:
    async def test(door: Door, rooms: FakeRooms) -> None:
        asked = {"question": "tarif ?", "spaces": ["mairie", "URBANISME"], "conversation": None, "language": "en"}
        items = [item.data async for item in door.stream("ask", asked)]
        assert [i["event"] for i in items] == ["started", "sources", *["text"] * 4, "closed"]
        assert items[1]["items"][0]["place"] == {"kind": "page", "page": 3}
        assert items[-1]["citations"] == [1, 2]
        assert rooms.assistant.asked == [("tarif ?", ("mairie", "urbanisme"), None, "en")]

    opened(tmp_path, test)


def test_leaving_the_stream_or_the_door_stops_the_answer(tmp_path: Path) -> None:
    async def test(door: Door, rooms: FakeRooms) -> None:
        rooms.assistant.words, rooms.assistant.pause = ["mot "] * 10_000, 0.001
        stream = door.stream("ask", {"question": "?"})
        async for item in stream:
            if item.data["event"] == "text":
                break
        await stream.aclose()
        await reached(lambda: rooms.assistant.settled == 1)
        again = door.stream("ask", {"question": "?"})
        await anext(again)
        await door.close()
        await reached(lambda: rooms.assistant.settled == 2)
        with pytest.raises(HouseDown):
            _ = [item async for item in again]

    opened(tmp_path, test)


@pytest.mark.parametrize("ended", [False, True])
def test_a_proof_whose_command_is_gone_no_longer_goes_on(tmp_path: Path, ended: bool) -> None:
    rooms = FakeRooms()

    async def test(door: Door, rooms: FakeRooms) -> None:
        async with Door(tmp_path) as other:
            await other.call("prove.begin")
            assert await rooms.journal.open_intentions()
            if ended:
                await other.call("prove.end", {"verdict": "blocked", "ladder": "A", "counts": {"blocked": 1}})
        await reached(lambda: bool(rooms.journal.named("walls-proved-closed")))
        assert not await rooms.journal.open_intentions(), "a killed proof would keep every other from beginning"
        assert await door.call("status")

    opened(tmp_path, test, rooms)
    outcomes = [entry.outcome for entry in rooms.journal.named("walls-proved-closed")]
    assert outcomes == ["done" if ended else "interrupted"]


async def reached(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(3):
        while not condition():  # noqa: ASYNC110 - what is waited for lives in a fake without events
            await asyncio.sleep(0.002)


def test_a_document_travels_as_a_stream_and_is_followed(tmp_path: Path) -> None:
    body = bytes(range(256)) * 60_000

    async def parts() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 1 << 20):
            yield body[start : start + (1 << 20)]

    async def test(door: Door, rooms: FakeRooms) -> None:
        answer = (await door.call("documents.add", {"space": "Mairie", "name": "gros.pdf"}, parts())).data
        document = answer["document"]
        assert (answer["new"], document["state"], document["space"]) == (True, "received", "mairie")
        assert rooms.shelves.received == {document["id"]: body}

        async def work() -> None:
            from dataclasses import replace

            for state in ("reading", "searchable", "ready"):
                await asyncio.sleep(0.25)
                rooms.shelves.rows[document["id"]] = replace(rooms.shelves.rows[document["id"]], state=state)

        working = asyncio.create_task(work())
        seen = [
            item.data["document"]["state"]
            async for item in door.stream("documents.wait", {"documents": [document["id"]]})
        ]
        await working
        assert seen[0] == "received"
        assert seen[-1] == "ready"
        listed = (await door.call("documents.list", {"space": None})).data["documents"]
        assert [d["id"] for d in listed] == [document["id"]]
        marks = (await door.call("documents.marks", {"document": document["id"], "language": "en"})).data
        assert marks == {"marks": [], "following": None}
        with pytest.raises(InputError):
            await door.call("documents.marks", {"document": document["id"], "first": -1})
        assert (await door.call("documents.show", {"document": document["id"]})).data["document"]["size"] == len(
            body
        )
        await door.call("documents.delete", {"document": document["id"]})
        with pytest.raises(DocumentAbsent):
            await door.call("documents.show", {"document": document["id"]})

    opened(tmp_path, test)


def test_tags_and_finding_through_the_door(tmp_path: Path) -> None:
    async def test(door: Door, rooms: FakeRooms) -> None:
        rooms.shelves.put("Tarifs.pdf")
        rooms.shelves.put("Autre.pdf")
        rooms.finder.texts["d1"] = "La salle est gratuite deux fois par an."
        assert (await door.call("documents.tag", {"documents": ["d1"], "add": ["Tarifs"]})).data == {"documents": 1}
        listed = (await door.call("documents.list", {"space": "Mairie", "tag": "tarifs"})).data["documents"]
        assert [(d["id"], d["tags"]) for d in listed] == [("d1", ["Tarifs"])]
        found = (await door.call("search", {"sought": "salle gratuite", "spaces": ["Mairie"]})).data
        (one,) = found["documents"]
        assert (one["name"], found["whole"], one["passages"][0]["url"]) == (
            *("Tarifs.pdf", 1),
            "/documents/d1/page/3?passage=7",
        )
        assert [p["text"] for p in one["passages"][0]["pieces"] if p["marked"]] == ["salle", "gratuite"]
        await door.call("search", {"sought": "salle", "document": "d2", "former": True})
        assert (rooms.finder.asked[-1][2].document, rooms.finder.asked[-1][2].former) == ("d2", True)
        with pytest.raises(InputError):
            await door.call("search", {"sought": ""})

    opened(tmp_path, test)


@pytest.mark.parametrize(
    ("op", "args"),
    [
        ("search", {"sought": "x", "spaces": "mairie"}),
        ("documents.tag", {"documents": "d1", "add": ["x"]}),
        ("ask", {"question": 4}),
        ("ask", {"question": "x", "spaces": "mairie"}),
        ("spaces.create", {}),
        ("spaces.create", {"name": "\ud800"}),
        ("documents.add", {"space": "mairie"}),
        ("documents.show", {"document": ["d1"]}),
        ("documents.wait", {"documents": ["d1"], "until": "never"}),
        ("link.create", {"login": "x" * 5000}),
    ],
)
def test_what_is_not_a_command_is_said(tmp_path: Path, op: str, args: dict[str, Any]) -> None:
    async def test(door: Door, rooms: FakeRooms) -> None:
        with pytest.raises(InputError):
            if op in ("ask", "documents.wait"):
                _ = [item async for item in door.stream(op, args)]
            else:
                await door.call(op, args)

    opened(tmp_path, test)


def test_without_a_journal_only_looking_works(tmp_path: Path) -> None:
    async def test(door: Door, rooms: FakeRooms) -> None:
        rooms.journal.failure = JournalUnavailable()
        assert (await door.call("status")).data["journal"] == "silent"
        checks = (await door.call("doctor")).data["checks"]
        verdicts = {c["name"].removeprefix("house-"): c["ok"] for c in checks}
        assert verdicts == {"journal": False, "supervisor": True, "documents": True}
        assert all(c["fr"] and c["en"] and c["fr"] != c["en"] for c in checks)
        for op in ("spaces.list", "link.create", "documents.list", "engines.reload"):
            with pytest.raises(JournalSilent):
                await door.call(op)
        with pytest.raises(JournalSilent):
            _ = [item async for item in door.stream("ask", {"question": "?"})]
        assert rooms.assistant.asked == []

    opened(tmp_path, test)


def test_another_user_is_refused_whatever_they_ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control, "_CREDENTIALS", Told(4242))

    async def test(door: Door, rooms: FakeRooms) -> None:
        for op in OPERATIONS:
            with pytest.raises(PeerRefused):
                await door.call(op)
        assert rooms.journal.entries == []

    opened(tmp_path, test)


@pytest.mark.parametrize(("mode", "let_in"), [(0o600, True), (0o660, False), (0o666, False)])
def test_a_user_unknown_to_the_namespace_needs_a_private_socket(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: int, let_in: bool
) -> None:
    monkeypatch.setattr(control, "_CREDENTIALS", Told(65534))

    async def test(door: Door, rooms: FakeRooms) -> None:
        if let_in:
            assert (await door.call("spaces.list")).data["spaces"]
            assert (rooms.journal.entries[0].actor, rooms.journal.entries[0].object) == ("uid:0", "root uid 0")
        else:
            with pytest.raises(PeerRefused):
                await door.call("spaces.list")

    opened(tmp_path, test, mode=mode)


@pytest.mark.parametrize(("mode", "let_in"), [(0o600, True), (0o620, False)])
def test_without_a_map_the_owner_is_written_with_the_doubt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: int, let_in: bool
) -> None:
    """Everybody is « nobody » there, this process included."""
    monkeypatch.setattr(control, "_CREDENTIALS", Told(65534))
    monkeypatch.setattr(control.os, "geteuid", lambda: 65534)

    async def test(door: Door, rooms: FakeRooms) -> None:
        if not let_in:
            with pytest.raises(PeerRefused):
                await door.call("spaces.list")
            return
        assert (await door.call("spaces.list")).data["spaces"]
        entry = rooms.journal.entries[0]
        assert entry.actor == "uid:987654"
        assert entry.object == "uid 987654, or root: not told apart here"

    opened(tmp_path, test, mode=mode, owner=987654)


def test_a_house_of_nobody_is_not_opened_to_every_unknown_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control, "_CREDENTIALS", Told(65534))

    async def test(door: Door, rooms: FakeRooms) -> None:
        with pytest.raises(PeerRefused):
            await door.call("spaces.list")

    opened(tmp_path, test, mode=0o666, owner=65534)


class Told:
    """The kernel's answer, with another uid."""

    size = struct.calcsize("iII")

    def __init__(self, uid: int) -> None:
        self._uid = uid

    def unpack(self, raw: bytes) -> tuple[int, int, int]:
        pid, _, gid = struct.unpack("iII", raw)
        return pid, self._uid, gid


def test_garbage_closes_that_connection_only(tmp_path: Path) -> None:
    async def test(door: Door, rooms: FakeRooms) -> None:
        raw = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        raw.connect(str(tmp_path / "run" / "control.sock"))
        raw.sendall(b"\xff" * 100)
        channel = await Channel(raw).start()
        await asyncio.wait_for(channel.closed.wait(), 3)
        await channel.close()
        assert (await door.call("spaces.list")).data["spaces"]

    opened(tmp_path, test)


def test_no_house_no_socket_or_nobody_behind_it_is_one_error(tmp_path: Path) -> None:
    async def go() -> None:
        with pytest.raises(HouseDown):
            await Door(tmp_path).open()
        (tmp_path / "run").mkdir()
        with pytest.raises(HouseDown):
            await Door(tmp_path).open()
        left = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        left.bind(str(tmp_path / "run" / "control.sock"))
        left.close()
        with pytest.raises(HouseDown) as caught:
            await Door(tmp_path).open()
        assert str(tmp_path) in caught.value.sentence("fr")
        with pytest.raises(HouseDown):
            await Door(tmp_path).call("status")

    asyncio.run(go())


def test_a_long_instance_path_is_reached(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 100) / ("e" * 100)
    (deep / "run").mkdir(parents=True)

    async def go() -> None:
        folder = os.open(deep / "run", os.O_PATH | os.O_DIRECTORY)
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(f"/proc/self/fd/{folder}/control.sock")
        os.close(folder)
        listener.listen()
        path = deep / "run" / "control.sock"
        serving = asyncio.create_task(ControlDoor(make_house(FakeRooms()), path, owner=ME).serve(listener))
        async with Door(deep) as door:
            assert (await door.call("spaces.list")).data["spaces"]
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
        listener.close()

    asyncio.run(go())


def test_the_house_going_away_is_told_as_such(tmp_path: Path) -> None:
    async def go() -> None:
        (tmp_path / "run").mkdir()
        path = tmp_path / "run" / "control.sock"
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        listener.bind(str(path))
        listener.listen()
        rooms = FakeRooms()
        rooms.assistant.pause = 60
        serving = asyncio.create_task(ControlDoor(make_house(rooms), path, owner=ME).serve(listener))
        async with Door(tmp_path) as door:
            stream = door.stream("ask", {"question": "?"})
            await anext(stream)
            await anext(stream)
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)
            with pytest.raises(HouseDown):
                _ = [item async for item in stream]
            await reached(lambda: rooms.assistant.settled == 1)
        listener.close()

    asyncio.run(go())


def test_a_route_that_cannot_be_read_holds_back_neither_the_status_nor_what_is_offered(tmp_path: Path) -> None:
    (tmp_path / "routes").mkdir()
    (tmp_path / "routes" / "base.toml").write_text("tls = ")
    line: Any = None  # nobody is asked anything
    ways = WaysOut(tmp_path, line, MemoryJournal(), lambda _actor: [])

    async def test(door: Door, _rooms: FakeRooms) -> None:
        (base,) = (await door.call("status")).data["routes"]
        assert base["id"] == "base" and not base["open"] and "base" in base["wrong"]["en"]
        assert await ways.offered() == []

    opened(tmp_path, test, ways_out=ways)
