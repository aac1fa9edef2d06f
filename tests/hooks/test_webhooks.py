"""Webhooks through the airlock in its boxes: what is told, signed how, tried again how often, and what never is."""

import asyncio
import contextlib
import hashlib
import hmac
import json
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from airlock_ends import Authority
from airlock_house import House, house, policy, route
from airlock_services import answer, http

from demeure.airlock import RouteFailed, RouteRefused
from demeure.airlock.line import asked
from demeure.gateway.hook_room import HookRoom
from demeure.gateway.telling import nameless
from demeure.hooks import WAITS, HookInvalid, HookUnknown, Places, keep, read
from demeure.journal import Draft
from demeure.policy import Actor, Role
from demeure.testing.clock import StillClock
from demeure.testing.journal import MemoryJournal
from demeure.testing.store import make_instance

OPEN = policy(interne=("yes", ["far"]), secret=("never", []))
SECRET, ME = "whsec-0123456789", Actor("person", "p1", "Jean", frozenset({Role.ADMINISTRATOR}))
FILE = 'route = "far"\nclass = "interne"\nevents = ["person-*", "backup-made"]\n'


@dataclass
class Town:
    home: House
    room: HookRoom
    places: Places
    journal: MemoryJournal
    clock: StillClock

    async def happens(self, *names: str) -> None:
        for name in names:
            draft = Draft("administration", name, chain="c", actor="p1", object="x9", payload=b"a content")
            await self.journal.record(draft)

    def declare(self, text: str = FILE) -> None:
        keep(self.home.instance, "supervision", text)


@contextlib.asynccontextmanager
async def town(
    folder: Path, port: int, authority: Authority, secret: str = SECRET, **more: Any
) -> AsyncIterator[Town]:
    clock, journal = StillClock(), MemoryJournal()
    instance = make_instance(folder / "data", clock=clock)
    async with house(folder, OPEN) as home:
        told = {"kind": "webhook", "host": "hook.test", "model": "", "path": "/events", **more}
        home.declare(route(port, authority.pem, **told), secret=secret)
        places = Places(instance.house, clock)
        made = Town(home, HookRoom(home.instance, places, home.line, journal, clock), places, journal, clock)
        made.declare()
        try:
            await made.happens("person-added")  # before it was begun: not told
            await made.room.tell()
            yield made
        finally:
            instance.close()


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


def lived(
    folder: Path, authority: Authority, law: Any, serve: Callable[[bytes, bytes], bytes] | None = None, **more: Any
) -> list[bytes]:
    async def go(port: int) -> None:
        async with town(folder, port, authority, **more) as there:
            await law(there)

    with http(authority.context("hook.test"), serve or (lambda *_: answer("204 No Content"))) as server:
        asyncio.run(go(server.port))
        return list(server.heard)


def bodies(heard: list[bytes]) -> list[dict[str, Any]]:
    return [json.loads(one.split(b"\r\n\r\n", 1)[-1] or one[one.index(b"{") :]) for one in heard]


def test_chosen_events_are_told_once_in_order_signed_and_without_content(
    authority: Authority, tmp_path: Path
) -> None:
    async def law(there: Town) -> None:
        await there.happens("person-closed", "answer-opened", "route-request", "backup-made", "person-role")
        await there.room.tell()
        await there.room.tell()
        (row,) = await there.room.listed(ME)
        assert (row["sent"], row["lost"], row["error"], row["next"]) == (3, 0, "", 6)
        assert there.home.scribe.names().count("route-request-closed:done") == 3
        assert "sha256" in json.loads(there.home.scribe.payloads[0])

    heard = lived(tmp_path, authority, law)
    told = [json.loads(one[one.index(b"{") :]) for one in heard]
    assert [(one["event"], one["index"]) for one in told] == [
        ("person-closed", 1),
        ("backup-made", 4),
        ("person-role", 5),
    ]
    assert set(told[0]) == {"hook", "event", "index", "time", "kind", "phase", "outcome"}, "neither who nor what"
    for one in heard:
        assert one.startswith(b"POST /events HTTP/1.1") and b"a content" not in one
        head, body = one[: one.index(b"{")].decode(), one[one.index(b"{") :]
        said = dict(part.split("=") for part in head.split("X-Demeure-Signature: ")[1].split("\r\n")[0].split(","))
        right = hmac.new(SECRET.encode(), said["t"].encode() + b"." + body, hashlib.sha256).hexdigest()
        assert said["v1"] == right and SECRET not in head


def test_who_and_what_are_told_only_where_the_file_says_so(authority: Authority, tmp_path: Path) -> None:
    async def law(there: Town) -> None:
        there.declare(FILE + "ids = true\n")
        await there.happens("person-closed")
        await there.room.tell()

    (one,) = lived(tmp_path, authority, law)
    told = json.loads(one[one.index(b"{") :])
    assert (told["actor"], told["object"], told["chain"]) == ("p1", "x9", "c")


@pytest.mark.parametrize(
    "said",
    [
        answer("500 Oops"),
        answer("302 Found"),
        answer("404 Not Found"),
        b"garbage\r\n\r\n",
        answer("200 OK", b"x" * 200_000),
    ],
)
def test_a_receiver_that_fails_is_tried_again_later_and_what_follows_waits(
    authority: Authority, tmp_path: Path, said: bytes
) -> None:
    answers = [said, said]

    def serve(*_: bytes) -> bytes:
        return answers.pop(0) if answers else answer("200 OK")

    async def law(there: Town) -> None:
        await there.happens("person-closed", "person-role")
        await there.room.tell()
        await there.room.tell()
        (row,) = await there.room.listed(ME)
        assert (row["sent"], row["tries"], row["next"], row["error"]) == (0, 1, 1, "RouteFailed"), (
            "not before its time"
        )
        assert row["why"]["fr"].startswith("La route") and row["why"]["en"].startswith("The route")
        assert "local" not in row["why"]["en"]
        there.clock.forward(seconds=WAITS[0] + 1)
        await there.room.tell()
        there.clock.forward(seconds=WAITS[1] + 1)
        await there.room.tell()
        (row,) = await there.room.listed(ME)
        assert (row["sent"], row["tries"], row["lost"], row["why"]["fr"]) == (2, 0, 0, "")

    lived(tmp_path, authority, law, serve)


def test_tries_are_bounded_and_giving_up_is_written(authority: Authority, tmp_path: Path) -> None:
    async def law(there: Town) -> None:
        await there.happens("person-closed")
        for wait in (*WAITS, 0):
            await there.room.tell()
            there.clock.forward(seconds=wait + 1)
        await there.room.tell()
        (row,) = await there.room.listed(ME)
        assert (row["sent"], row["lost"], row["tries"]) == (0, 1, 0)
        (entry,) = there.journal.named("hook-given-up")
        assert entry.object == "supervision 1"
        await there.room.tell()

    heard = lived(tmp_path, authority, law, lambda *_: answer("503 Busy"))
    assert len(heard) == len(WAITS) + 1


def test_a_receiver_that_says_nothing_is_left(authority: Authority, tmp_path: Path) -> None:
    import time

    def slow(*_: bytes) -> bytes:
        time.sleep(3)
        return answer("200 OK")

    async def law(there: Town) -> None:
        await there.happens("person-closed")
        await there.room.tell()
        (row,) = await there.room.listed(ME)
        assert (row["sent"], row["tries"]) == (0, 1)

    lived(tmp_path, authority, law, slow, limits={"silence": 1, "seconds": 2})


def test_what_the_policy_keeps_or_nobody_signed_does_not_leave(authority: Authority, tmp_path: Path) -> None:
    async def law(there: Town) -> None:
        there.declare(FILE.replace("interne", "secret"))
        await there.happens("person-closed")
        await there.room.tell()
        (row,) = await there.room.listed(ME)
        assert (row["sent"], row["error"]) == (0, "RouteRefused")

    async def unsigned(there: Town) -> None:
        with pytest.raises(RouteRefused, match="not-signed"):
            await there.room.test(ME, "supervision")

    (tmp_path / "b").mkdir()
    assert not lived(tmp_path, authority, law)
    assert not lived(tmp_path / "b", authority, unsigned, secret="")


def test_nothing_else_than_an_event_leaves_by_that_way(authority: Authority, tmp_path: Path) -> None:
    from airlock_house import ME as ASKER

    async def law(there: Town) -> None:
        for body in (
            {"event": "x", "text": "Jean habite ici"},
            {"event": {"a": 1}},
            ["x"],
            {"event": "x", "index": [1]},
            {},
        ):
            with pytest.raises(RouteRefused, match="malformed"):
                await there.home.line.call("hook", asked(ASKER, "far"), json.dumps(body).encode())
        assert (await there.room.test(ME, "supervision"))["status"] == 204
        with pytest.raises(HookUnknown):
            await there.room.test(ME, "autre")
        assert RouteFailed

    (one,) = lived(tmp_path, authority, law)
    assert b"hook-tested" in one


def test_a_webhook_taken_away_and_declared_again_begins_from_now(authority: Authority, tmp_path: Path) -> None:
    async def law(there: Town) -> None:
        await there.room.changed(ME, "removed", "supervision")
        await there.happens("person-closed")
        await there.room.changed(ME, "declared", "supervision")
        await there.room.tell()
        assert [e.name for e in there.journal.entries if e.name.startswith("hook-") and e.phase == "intention"] == [
            "hook-removed",
            "hook-declared",
        ]

    assert not lived(tmp_path, authority, law)


def test_a_name_that_no_entry_bears_is_refused_with_those_like_it() -> None:
    """A webhook of such names was declared, and never told anything."""
    for fine in ("person-*", "person-added", "backup-checked-closed", "control-opened", "document-*"):
        assert nameless(("backup-made", fine)) == ("", ""), fine
    name, like = nameless(("person-*", "people-added"))
    assert name == "people-added" and "person-added" in like.split(", ")
    assert nameless(("zzz-*",))[0] == "zzz-*"


@pytest.mark.parametrize(
    "text",
    [
        "",
        'route = "far"\nclass = "interne"\nevents = []',
        'route = "far"\nclass = "interne"\nevents = ["route-request"]',
        'route = "far"\nclass = "interne"\nevents = ["Person"]',
        'route = "far"\nclass = "interne"\nevents = ["person-*"]\nids = 1',
        'route = "far"\nclass = "interne"\nevents = ["person-*"]\nurl = "https://x"',
        'route = "far"\nevents = ["person-*"]',
    ],
)
def test_a_declaration_that_says_nonsense_tells_nothing(text: str) -> None:
    with pytest.raises(HookInvalid):
        read("supervision", text)


def test_what_telling_writes_is_never_told() -> None:
    every = read("supervision", FILE.replace('"person-*", "backup-made"', '"r*", "h*", "person-*"'))
    assert not every.wants("route-request") and not every.wants("hook-given-up") and every.wants("person-closed")


def test_a_failure_kept_by_a_former_version_is_still_shown(authority: Authority, tmp_path: Path) -> None:
    async def law(there: Town) -> None:
        there.places.failed("supervision", 1, "RouteFailed")
        (row,) = await there.room.listed(ME)
        assert (row["error"], row["why"]["fr"]) == ("RouteFailed", "RouteFailed")

    lived(tmp_path, authority, law)


def test_nobody_there_is_told_in_words(authority: Authority, tmp_path: Path) -> None:
    async def law() -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]  # free again once this is over
        async with town(tmp_path, port, authority) as there:
            await there.happens("person-closed")
            await there.room.tell()
            (row,) = await there.room.listed(ME)
        assert row["error"] == "RouteUnreachable"
        assert "rien n’écoute à cette adresse et à ce port (ECONNREFUSED)" in row["why"]["fr"]
        assert "nothing listens at that address and port" in row["why"]["en"]

    asyncio.run(law())


def test_one_that_fails_keeps_no_other_from_being_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = StillClock()
    for name in ("a", "b"):
        keep(tmp_path, name, FILE)
    none: Any = None
    room, tried = HookRoom(tmp_path, none, none, MemoryJournal(), clock), list[str]()

    async def some(hook: Any) -> bool:
        tried.append(hook.id)
        raise ValueError("a database that is away")

    monkeypatch.setattr(room, "_some", some)
    monkeypatch.setattr("demeure.gateway.hook_room.LOOK", 0.01)

    async def law() -> None:
        with pytest.raises(ValueError, match="away"):
            await room.tell()
        assert tried == ["a", "b"]
        keeping = asyncio.ensure_future(room.keep())
        async with asyncio.timeout(5):
            while len(tried) < 6:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        assert not keeping.done()
        keeping.cancel()

    asyncio.run(law())
