"""Frames that leave together arrive one by one; a handler that is behind holds the connection back."""

import asyncio
import socket

from demeure.wire import Channel, Reply, Request
from demeure.wire.frame import Frame, encode


def test_fifty_answers_at_once_are_few_writes_and_all_arrive() -> None:
    async def go() -> None:
        gate = asyncio.Event()

        async def wait(request: Request) -> Reply:
            await gate.wait()
            return Reply({"n": request.args["n"]})

        a, b = socket.socketpair()
        asker, answerer = await Channel(a).start(), await Channel(b, {"wait": wait}).start()
        calls = [asyncio.create_task(asker.call("wait", {"n": n})) for n in range(50)]
        for _ in range(100):
            await asyncio.sleep(0)
        assert len(answerer._serving) == 50
        transport, writes = answerer._line._transport, []
        assert transport is not None
        written = transport.write
        transport.write = lambda data: (writes.append(len(data)), written(data))[1]  # type: ignore[method-assign]
        gate.set()
        assert [reply.data["n"] for reply in await asyncio.gather(*calls)] == list(range(50))
        assert len(writes) <= 5
        assert answerer._serving == {} and asker._waiting == {}
        await asker.close()
        await answerer.close()

    asyncio.run(go())


def test_a_handler_that_is_behind_holds_its_peer_back_and_catches_up() -> None:
    async def go() -> None:
        received: list[int] = []
        start = asyncio.Event()

        async def slow(request: Request) -> Reply:
            await start.wait()
            async for part in request.body():
                received.append(len(part))
                await asyncio.sleep(0)
            return Reply()

        a, b = socket.socketpair()
        asker, answerer = await Channel(a).start(), await Channel(b, {"slow": slow}).start()
        sent = 0

        async def parts():  # type: ignore[no-untyped-def]
            nonlocal sent
            for _ in range(200):
                sent += 1
                yield b"x" * (1 << 16)

        call = asyncio.create_task(asker.call("slow", {}, parts()))
        await asyncio.sleep(0.2)
        assert sent < 60, "kernel buffers and a few parts, not the whole body"
        start.set()
        await asyncio.wait_for(call, 10)
        assert sum(received) == 200 << 16
        await asker.close()
        await answerer.close()

    asyncio.run(go())


def test_a_call_and_its_cancel_in_one_packet_leave_nothing_behind() -> None:
    async def go() -> None:
        async def never(request: Request) -> Reply:
            await asyncio.Event().wait()
            return Reply()

        a, b = socket.socketpair()
        answerer = await Channel(b, {"never": never}).start()
        call = Frame(1, "call", {"op": "never", "args": {}, "more": False})
        a.sendall(encode(call) + encode(Frame(1, "cancel")))
        await asyncio.sleep(0.05)
        assert answerer._serving == {} and not answerer.closed.is_set()
        a.sendall(encode(Frame(2, "call", {"args": {}})))
        await asyncio.wait_for(answerer.closed.wait(), 2)
        a.close()
        await answerer.close()

    asyncio.run(go())


def test_leaving_a_call_cancels_its_handler() -> None:
    async def go() -> None:
        ended = asyncio.Event()

        async def hang(request: Request) -> Reply:
            try:
                await asyncio.Event().wait()
            finally:
                ended.set()
            return Reply()

        a, b = socket.socketpair()
        asker, answerer = await Channel(a).start(), await Channel(b, {"hang": hang}).start()
        call = asyncio.create_task(asker.call("hang"))
        await asyncio.sleep(0.02)
        call.cancel()
        await asyncio.wait_for(ended.wait(), 2)
        await asker.close()
        await answerer.close()

    asyncio.run(go())


def test_what_was_sent_before_a_close_still_arrives() -> None:
    async def go() -> None:
        a, b = socket.socketpair()
        asker = await Channel(a).start()
        asker._line.send(Frame(1, "cancel"))
        asker._line.send(Frame(2, "cancel"))
        await asker.close()
        b.settimeout(2)
        received = b""
        while piece := b.recv(4096):
            received += piece
        assert received == encode(Frame(1, "cancel")) + encode(Frame(2, "cancel"))
        b.close()

    asyncio.run(go())
