"""The law of Doors, on the real one (against a played supervisor) and on the fake."""

import asyncio
import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from demeure.settings import Settings
from demeure.supervisor import Birth, BlockingDoors, DoorForbidden, Doors, RoleDown
from demeure.testing.doors import FakeDoors


class Played:
    """A supervisor's end of a channel, answering as the messages' contract says."""

    def __init__(self) -> None:
        self.channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.channel.setblocking(False)
        self.birth = Birth("worker", Path("/nonexistent"), Settings(), theirs.detach())
        self.heard: list[dict[str, Any]] = []
        self.given: list[socket.socket] = []

    def answer(self) -> None:
        message = json.loads(self.channel.recv(4096))
        self.heard.append(message)
        if message.get("ask") == "peer" and message["name"] == "scribe":
            ours, theirs = socket.socketpair()
            self.given.append(ours)
            with theirs:
                socket.send_fds(
                    self.channel, [json.dumps({"id": message["id"], "ok": True}).encode()], [theirs.fileno()]
                )
        elif message.get("ask") == "peer":
            why = "down" if message["name"] == "workshop" else "forbidden"
            self.channel.send(json.dumps({"id": message["id"], "error": why}).encode())
        elif message.get("ask") == "status":
            self.channel.send(json.dumps({"id": message["id"], "ok": True, "status": {"ladder": "A"}}).encode())
        elif message.get("ask") in ("engines", "prove"):
            self.channel.send(json.dumps({"id": message["id"], "error": "forbidden"}).encode())

    def connect(self, who: str) -> socket.socket:
        ours, theirs = socket.socketpair()
        with theirs:
            message = json.dumps({"event": "peer", "from": who}).encode()
            socket.send_fds(self.channel, [message], [theirs.fileno()])
        return ours

    def close(self) -> None:
        self.channel.close()
        for end in self.given:
            end.close()


async def real(check: Callable[..., Any]) -> None:
    played = Played()
    loop = asyncio.get_running_loop()
    doors = await Doors(played.birth).start()
    loop.add_reader(played.channel, played.answer)
    try:
        await check(doors, played.connect, lambda: played.given[-1])
    finally:
        loop.remove_reader(played.channel)
        await doors.close()
        played.close()


async def fake(check: Callable[..., Any]) -> None:
    given: list[socket.socket] = []
    doors = FakeDoors({"scribe": given.append, "workshop": None}, {"ladder": "A"})
    await check(doors, doors.connect, lambda: given[-1])
    await doors.close()
    for end in given:
        end.close()


@pytest.mark.parametrize("adapter", [real, fake])
class TestLaw:
    def test_a_peer_is_a_connected_blocking_socket(self, adapter: Callable[..., Any]) -> None:
        async def check(doors: Any, _: Any, other: Callable[[], socket.socket]) -> None:
            with await doors.open("scribe") as connection:
                assert connection.getblocking() and connection.type == socket.SOCK_STREAM
                connection.sendall(b"bonjour")
                assert other().recv(20) == b"bonjour"

        asyncio.run(adapter(check))

    def test_refusals_have_names(self, adapter: Callable[..., Any]) -> None:
        async def check(doors: Any, *_: Any) -> None:
            with pytest.raises(RoleDown):
                await doors.open("workshop")
            with pytest.raises(DoorForbidden):
                await doors.open("engine-chat")

        asyncio.run(adapter(check))

    def test_many_at_once_are_not_mixed_up(self, adapter: Callable[..., Any]) -> None:
        async def check(doors: Any, *_: Any) -> None:
            names = ["scribe", "workshop", "engine-chat"] * 10
            answers = await asyncio.gather(*(doors.open(n) for n in names), return_exceptions=True)
            kinds = {"scribe": socket.socket, "workshop": RoleDown, "engine-chat": DoorForbidden}
            assert all(isinstance(a, kinds[n]) for n, a in zip(names, answers, strict=True))
            for answer in answers:
                if isinstance(answer, socket.socket):
                    answer.close()

        asyncio.run(adapter(check))

    def test_peers_that_came_early_are_kept(self, adapter: Callable[..., Any]) -> None:
        async def check(doors: Any, connect: Callable[[str], socket.socket], _: Any) -> None:
            met: list[str] = []
            done = asyncio.Event()

            async def welcome(who: str, connection: socket.socket) -> None:
                with connection:
                    met.append(who)
                if len(met) == 2:
                    done.set()

            with connect("gateway"):
                await asyncio.sleep(0.01)
                doors.on_peer(welcome)
                with connect("worker"):
                    await asyncio.wait_for(done.wait(), 5)
            assert met == ["gateway", "worker"]

        asyncio.run(adapter(check))

    def test_once_closed_everybody_is_down(self, adapter: Callable[..., Any]) -> None:
        async def check(doors: Any, *_: Any) -> None:
            await doors.close()
            with pytest.raises(RoleDown):
                await doors.open("scribe")
            assert doors.closed.is_set()

        asyncio.run(adapter(check))

    def test_status(self, adapter: Callable[..., Any]) -> None:
        async def check(doors: Any, *_: Any) -> None:
            assert await doors.status() == {"ladder": "A"}

        asyncio.run(adapter(check))


def test_waiting_askers_are_told_when_the_supervisor_goes() -> None:
    async def check() -> None:
        played = Played()
        doors = await Doors(played.birth).start()
        asking = asyncio.ensure_future(doors.open("scribe"))
        await asyncio.sleep(0.01)
        played.close()
        with pytest.raises(RoleDown):
            await asyncio.wait_for(asking, 5)
        assert doors.closed.is_set()

    asyncio.run(check())


def test_an_answer_that_nobody_waits_for_leaks_no_socket() -> None:
    async def check() -> None:
        played = Played()
        doors = await Doors(played.birth).start()
        asking = asyncio.ensure_future(doors.open("scribe"))
        await asyncio.sleep(0.01)
        asking.cancel()
        await asyncio.sleep(0)
        played.answer()
        await asyncio.sleep(0.01)
        assert played.given[0].recv(1) == b""  # the end that was handed over is closed
        await doors.close()
        played.close()

    asyncio.run(check())


def test_forbidden_administration() -> None:
    async def check(doors: Doors, *_: Any) -> None:
        with pytest.raises(DoorForbidden):
            await doors.reload_engines()
        with pytest.raises(DoorForbidden):
            await doors.prove()

    asyncio.run(real(check))


def test_blocking_doors() -> None:
    played = Played()
    doors = BlockingDoors(played.birth)
    assert doors.fileno() > 2
    doors.ready()
    assert json.loads(played.channel.recv(100)) == {"ready": True}
    with played.connect("worker") as theirs:
        received = doors.receive()
        assert received is not None
        who, connection = received
        with connection:
            connection.sendall(b"bonjour")
            assert (who, theirs.recv(20)) == ("worker", b"bonjour")
    played.close()
    assert doors.receive() is None
    doors.close()
