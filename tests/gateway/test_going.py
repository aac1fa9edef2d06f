"""The answer being written, through the real gateway over real identity and rights: its asker follows it again, as
long as they may read it, and stops it; nobody else does either."""

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from demeure.gateway import entitled
from demeure.gateway.app import make_app
from demeure.gateway.entrance import Entrance
from demeure.gateway.locale import Sentences
from demeure.gateway.rendering import Rendering
from demeure.gateway.rooms import ConversationMemory, LibraryCatalogue, LibraryShelves
from demeure.gateway.visit import form_token
from demeure.identity import Person
from demeure.policy import Right, Role
from demeure.settings import Settings
from demeure.testing.clock import StillClock
from demeure.testing.gateway import FakeRooms, make_house
from demeure.testing.house import SmallHouse, small_house
from demeure.testing.identity import CHEAP

from .conftest import Live
from .test_application_keys import _own
from .test_asking import events, read_until, until

RENDERING = Rendering(Sentences.load())
QUESTION = "Combien coûte le repas enfant à la cantine ?"
WORDS = 120


@dataclass
class Reader:
    """One request in process: it can leave in the middle. ``body``: what came so far."""

    app: Any
    session: str
    status: int = 0
    body: bytes = b""
    leaving: asyncio.Event = field(default_factory=asyncio.Event)
    task: "asyncio.Task[None] | None" = None

    def ask(self, method: str, path: str, **body: Any) -> "Reader":
        return self._sent(method, path, "application/json", json.dumps(body).encode() if body else b"")

    def form(self, path: str, **fields: str) -> "Reader":
        return self._sent("POST", path, "application/x-www-form-urlencoded", urlencode(fields).encode())

    def _sent(self, method: str, path: str, kind: str, body: bytes) -> "Reader":
        token = form_token(self.session).encode()
        headers = [(b"host", b"127.0.0.1:8420"), (b"cookie", f"demeure-session-8420={self.session}".encode())]
        headers += [(b"x-demeure-token", token), (b"content-type", kind.encode())]
        scope = {"type": "http", "method": method, "path": path, "query_string": b"", "headers": headers}
        scope |= {
            "scheme": "http",
            "server": ("127.0.0.1", 8420),
            "client": ("127.0.0.1", 5),
            "http_version": "1.1",
        }
        told = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> dict[str, Any]:
            if told:
                return told.pop()
            await self.leaving.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            self.status = message.get("status", self.status)
            self.body += message.get("body", b"")

        self.task = asyncio.create_task(self.app(scope, receive, send))
        return self

    async def until(self, mark: bytes) -> None:
        async with asyncio.timeout(10):
            while mark not in self.body:
                assert self.task is not None
                assert not self.task.done(), self.body
                await asyncio.sleep(0.005)

    async def leave(self) -> None:
        self.leaving.set()
        await self.end()

    async def end(self) -> "Reader":
        assert self.task is not None
        await asyncio.wait_for(asyncio.shield(self.task), 15)
        return self

    @property
    def told(self) -> list[tuple[str, dict[str, Any]]]:
        return events(self.body.decode())


@dataclass
class Town:
    small: SmallHouse
    entrance: Entrance
    house: Any
    app: Any
    anne: Person
    sessions: dict[str, str]

    def of(self, who: str = "anne") -> Reader:
        return Reader(self.app, self.sessions[who])

    async def lose_right(self) -> None:
        self.entrance.membership.grant("mairie", self.anne.id, Right.NONE)

    async def sign_out(self) -> None:
        await self.entrance.reception.leave(self.sessions["anne"])

    async def begun(self) -> tuple[Reader, str]:
        """Anne's question, some words of its answer there; its conversation."""
        reader = self.of().ask("POST", "/api/ask", question=QUESTION, ticket="billet")
        await reader.until(b"event: text")
        return reader, reader.told[0][1]["conversation"]

    async def kept(self, conversation: str) -> Any:
        return (await self.small.conversations.messages(self.anne.id, conversation))[-1]


@contextlib.asynccontextmanager
async def town(folder: Path) -> AsyncGenerator[Town]:
    async with small_house(folder) as small:
        await small.add("tarifs.txt", "Le repas enfant à la cantine coûte 3,20 euros depuis septembre.")
        small.engine.script, small.engine.delay = "mot " * WORDS, 0.01
        entrance = Entrance(small.instance.house, StillClock(), Settings(), small.journal, parameters=CHEAP)
        house = replace(
            make_house(FakeRooms(), rendering=RENDERING),
            **entrance.ports(),
            shelves=LibraryShelves(small.library),
            catalogue=LibraryCatalogue(small.catalogue),
            assistant=small.assistant,
            memory=ConversationMemory(small.conversations, small.history, entrance.membership),
            journal=small.journal,
        )
        people = {name: entrance.people.add(name.title(), name, Role.AGENT) for name in ("anne", "jean")}
        for person in people.values():
            entrance.membership.grant("mairie", person.id, Right.READ)
        sessions = {n: entrance.people.redeem(entrance.people.create_link(p.id)).token for n, p in people.items()}
        yield Town(small, entrance, house, make_app(house), people["anne"], sessions)
        await house.going.drain()
        await small.assistant.drain()
        await entrance.aclose()


def test_its_asker_comes_back_and_hears_it_whole_while_nobody_else_hears_nor_stops_it(tmp_path: Path) -> None:
    async def go() -> None:
        async with town(tmp_path) as made:
            reader, conversation = await made.begun()
            await reader.leave()
            at = f"/api/conversations/{conversation}"
            assert (await made.of("jean").ask("GET", f"{at}/events").end()).status == 404
            assert (await made.of("jean").ask("POST", f"{at}/stop").end()).status == 404
            assert (await made.of("jean").ask("POST", "/api/conversations/billet/stop").end()).status == 404
            assert (await made.of("jean").ask("POST", f"/conversation/{conversation}/arreter").end()).status == 404
            page = (await made.of().ask("GET", f"/conversation/{conversation}").end()).body.decode()
            assert "La réponse est en cours d’écriture." in page and "mot" in page
            back, second = (made.of().ask("GET", f"{at}/events") for _ in range(2))
            for told in ((await back.end()).told, (await second.end()).told):
                assert [name for name, _ in told[:3]] == ["started", "sources", "text"]
                assert told[0][1] == reader.told[0][1] and "tarifs.txt" in told[1][1]["html"]
                closed = told[-1][1]
                assert closed["outcome"] == "done" and closed["text"].count("mot") == WORDS
                assert closed["text"] == "".join(data["delta"] for name, data in told if name == "text")
            assert (await made.kept(conversation))["state"] == "closed" and made.small.engine.closed == 0
            assert (await made.of().ask("GET", f"{at}/events").end()).status == 204, "over"
            assert not await made.small.journal.open_intentions() and not made.house.going.of(made.anne.id)

    asyncio.run(go())


def test_a_second_tab_stops_it_and_another_question_meets_it(tmp_path: Path) -> None:
    async def go() -> None:
        async with town(tmp_path) as made:
            made.small.engine.script = "mot " * 2000
            reader, conversation = await made.begun()
            busy = await made.of().ask("POST", "/api/ask", question=QUESTION, conversation=conversation).end()
            assert busy.status == 409 and "ConversationBusy" in busy.body.decode()
            assert "Arrêtez-la ou attendez sa fin" in busy.body.decode()
            stopped = await made.of().ask("POST", f"/api/conversations/{conversation}/stop").end()
            assert json.loads(stopped.body) == {"stopped": True} and made.small.engine.active == 0
            told = (await reader.end()).told
            assert told[-1][0] == "closed" and told[-1][1]["outcome"] == "interrupted"
            kept = await made.kept(conversation)
            assert kept["state"] == "interrupted" and kept["text"] == told[-1][1]["text"]
            assert made.small.journal.named("answer-closed")[-1].outcome == "interrupted"

    asyncio.run(go())


def test_a_right_that_is_withdrawn_and_a_session_that_ends_show_no_more_of_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(entitled, "LOOK", 0.05)

    async def go() -> None:
        async with town(tmp_path) as made:
            reader, conversation = await made.begun()
            await reader.leave()
            at = f"/api/conversations/{conversation}/events"
            back = made.of().ask("GET", at)
            await back.until(b"event: text")
            made.entrance.membership.grant("mairie", made.anne.id, Right.NONE)
            told = (await back.end()).told
            assert told[-1][0] == "text" and made.house.going.of(made.anne.id), "shown no more, while it goes on"
            assert (await made.of().ask("GET", at).end()).status == 204
            made.entrance.membership.grant("mairie", made.anne.id, Right.READ)
            back = made.of().ask("GET", at)
            await back.until(b"event: text")
            await made.entrance.reception.leave(made.sessions["anne"])
            assert [name for name, _ in (await back.end()).told[-2:]] == ["text", "problem"]
            assert back.told[-1][1]["code"] == "NotSignedIn"
            assert (await made.of().ask("GET", at).end()).status == 401
            assert (await made.of().ask("POST", f"/api/conversations/{conversation}/stop").end()).status == 401
            async with asyncio.timeout(10):
                while made.house.going.of(made.anne.id):  # noqa: ASYNC110 - nobody tells its end
                    await asyncio.sleep(0.02)
            assert (await made.kept(conversation))["text"].count("mot") == WORDS

    asyncio.run(go())


def test_who_asked_hears_no_more_of_it_either(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page that asked never left: its account is closed, or its right withdrawn, in the middle."""
    monkeypatch.setattr(entitled, "LOOK", 0.05)

    async def go() -> None:
        async with town(tmp_path) as made:
            members = made.entrance.membership
            reader, conversation = await made.begun()
            members.grant("mairie", made.anne.id, Right.NONE)
            told = (await reader.end()).told
            assert told[-1][0] == "text" and made.house.going.of(made.anne.id), "shown no more, while it goes on"
            await made.house.going.stop(made.anne.id, conversation)
            members.grant("mairie", made.anne.id, Right.READ)
            reader, _ = await made.begun()
            made.entrance.people.close_account(made.anne.id)
            told = (await reader.end()).told
            assert [name for name, _ in told[-2:]] == ["text", "problem"]
            assert told[-1][1]["code"] == "NotSignedIn" and made.house.going.of(made.anne.id)

    asyncio.run(go())


def test_a_plain_form_brings_nothing_to_who_lost_the_right_or_the_session(tmp_path: Path) -> None:
    async def go() -> None:
        async with town(tmp_path) as made:
            made.small.engine.script = "mot " * 30
            for lose, status in ((made.lose_right, 200), (made.sign_out, 401)):
                made.entrance.membership.grant("mairie", made.anne.id, Right.READ)
                reader = made.of().form("/demander", question=QUESTION, space="mairie")
                async with asyncio.timeout(10):
                    while not made.small.engine.active:  # noqa: ASYNC110 - nobody tells its beginning
                        await asyncio.sleep(0.005)
                await lose()
                page = (await reader.end()).body.decode()
                assert reader.status == status, page
                assert "mot mot" not in page and "3,20" not in page and QUESTION in page.replace("\xa0", " ")

    asyncio.run(go())


def test_a_program_that_leaves_stops_its_answer(serve: Callable[..., Live]) -> None:
    rooms = FakeRooms()
    rooms.assistant.words, rooms.assistant.pause = ["mot "] * 10_000, 0.005
    live, secret, body = serve(rooms), _own(rooms), b'{"question": "?"}'
    head = f"POST /api/ask HTTP/1.1\r\nHost: 127.0.0.1:{live.port}\r\nAuthorization: Bearer {secret}\r\n"
    head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    sock: socket.socket = live.connect()
    sock.sendall(head.encode() + body)
    read_until(sock, b"event: text")
    sock.close()
    assert until(lambda: rooms.assistant.stopped == 1) < 0.5
