"""Channel: calls, streams, cancels, large bodies, a peer that dies, garbage."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator

import pytest

from demeure import logs
from demeure.errors import InputError, Surprise
from demeure.logs import tracing, well_formed
from demeure.wire import Channel, ChannelClosed, OperationUnknown, Reply, Request
from demeure.wire import blocking as plain
from demeure.wire.frame import BODY_LIMIT, DATA_LIMIT, Frame, FrameInvalid, decode, encode, lengths


async def echo(request: Request) -> Reply:
    return Reply({"args": request.args}, await request.whole_body())


async def refuse(request: Request) -> Reply:
    raise InputError(detail="non")


async def count(request: Request) -> AsyncIterator[Reply]:
    for n in range(request.args["to"]):
        yield Reply({"n": n})


class Endless:
    def __init__(self) -> None:
        self.stopped = asyncio.Event()

    async def __call__(self, request: Request) -> AsyncIterator[Reply]:
        try:
            while True:
                yield Reply({"tick": True})
                await asyncio.sleep(0.001)
        finally:
            self.stopped.set()


async def pair(**handlers: object) -> tuple[Channel, Channel]:
    a, b = socket.socketpair()
    return await Channel(a, peer="b").start(), await Channel(b, handlers, peer="a").start()  # type: ignore[arg-type]


def run(test: object) -> None:
    asyncio.run(test)  # type: ignore[arg-type]


def test_call_carries_arguments_and_a_body_larger_than_one_frame() -> None:
    async def go() -> None:
        asker, answerer = await pair(echo=echo)
        body = b"x" * (BODY_LIMIT + 5)

        async def parts() -> AsyncIterator[bytes]:
            for start in range(0, len(body), 1 << 20):
                yield body[start : start + (1 << 20)]

        small = await asker.call("echo", {"a": 1}, b"abc")
        assert (small.data, small.body) == ({"args": {"a": 1}}, b"abc")
        whole: list[int] = []

        async def measure(request: Request) -> Reply:
            whole.append(len(await request.whole_body()))
            return Reply()

        answerer._handlers["measure"] = measure
        await asker.call("measure", {}, body)
        await asker.call("measure", {}, parts())
        assert whole == [len(body), len(body)]
        await asker.close()
        await answerer.close()

    run(go())


def test_errors_cross_with_their_class_and_unknown_operations_are_named() -> None:
    async def go() -> None:
        asker, answerer = await pair(refuse=refuse)
        with pytest.raises(InputError) as caught:
            await asker.call("refuse")
        assert caught.value.sentence("fr") == "La demande n’est pas valable\u00a0: non."
        with pytest.raises(OperationUnknown):
            await asker.call("absent")
        await asker.close()
        await answerer.close()

    run(go())


def test_a_surprise_says_what_to_do_and_where_the_log_has_it(capfd: pytest.CaptureFixture[str]) -> None:
    """In a sentence, with the id that the log has, the asker's own when there is one; never the message."""

    async def broken(request: Request) -> Reply:
        raise LookupError("le contenu d’un document secret")

    async def go() -> None:
        asker, answerer = await pair(broken=broken)
        with tracing("0123456789abcdef"), pytest.raises(Surprise) as known:
            await asker.call("broken")
        with pytest.raises(Surprise) as anew:
            await asker.call("broken")
        for caught, wanted in (
            (known.value, "0123456789abcdef"),
            (anew.value, str(anew.value.params["reference"])),
        ):
            for language in ("fr", "en"):
                sentence = caught.sentence(language)
                assert f"demeure logs --id {wanted}" in sentence and "LookupError" in sentence
                assert "secret" not in sentence and "?" not in sentence
        assert well_formed(anew.value.params["reference"])
        await asker.close()
        await answerer.close()

    logs._structured, before = True, logs._structured
    try:
        run(go())
    finally:
        logs._structured = before
    rows = [json.loads(line) for line in capfd.readouterr().err.splitlines() if line.startswith("{")]
    assert [row["said"].partition(" at ")[0] for row in rows] == ["LookupError"] * 2
    assert rows[0]["id"] == "0123456789abcdef" and well_formed(rows[1]["id"])


def test_who_asks_is_told_that_another_channel_behind_closed() -> None:
    """The part that it asks has lost another part: it was told nothing, and waited for ever."""

    async def go() -> None:
        async def lost(request: Request) -> Reply:
            raise ChannelClosed(peer="airlock")

        async def lost_later(request: Request) -> AsyncIterator[Reply]:
            yield Reply({"n": 0})
            raise ChannelClosed(peer="airlock")

        asker, answerer = await pair(lost=lost, later=lost_later, echo=echo)
        async with asyncio.timeout(5):
            with pytest.raises(ChannelClosed):
                await asker.call("lost")
            with pytest.raises(ChannelClosed):
                [item async for item in asker.stream("later")]
            assert not asker.closed.is_set() and (await asker.call("echo", {"a": 1})).data["args"] == {"a": 1}
        await asker.close()
        await answerer.close()

    run(go())


def test_stream_yields_all_items_and_leaving_cancels_the_handler() -> None:
    async def go() -> None:
        endless = Endless()
        asker, answerer = await pair(count=count, endless=lambda r: endless(r))
        assert [r.data["n"] async for r in asker.stream("count", {"to": 3})] == [0, 1, 2]
        stream = asker.stream("endless")
        assert (await anext(stream)).data == {"tick": True}
        await stream.aclose()
        await asyncio.wait_for(endless.stopped.wait(), 2)
        await asker.close()
        await answerer.close()

    run(go())


def test_a_body_that_cannot_be_read_to_its_end_fails_its_call_and_cancels_the_handler() -> None:
    async def go() -> None:
        cancelled = asyncio.Event()

        async def swallow(request: Request) -> Reply:
            try:
                return Reply({}, await request.whole_body())
            except asyncio.CancelledError:
                cancelled.set()
                raise

        async def torn() -> AsyncIterator[bytes]:
            yield b"the beginning"
            raise OSError(5, "Input/output error")

        asker, answerer = await pair(swallow=swallow, echo=echo)
        with pytest.raises(OSError, match="Input/output"):
            await asyncio.wait_for(asker.call("swallow", {}, torn()), 2)
        await asyncio.wait_for(cancelled.wait(), 2)
        assert (await asker.call("echo", {}, b"abc")).body == b"abc", "the connection goes on"
        await asker.close()
        await answerer.close()

    run(go())


def test_a_dead_peer_fails_what_waits() -> None:
    async def go() -> None:
        forever = asyncio.Event()

        async def hang(request: Request) -> Reply:
            await forever.wait()
            return Reply()

        asker, answerer = await pair(hang=hang)
        waiting = asyncio.create_task(asker.call("hang"))
        await asyncio.sleep(0.01)
        await answerer.close()
        with pytest.raises(ChannelClosed):
            await asyncio.wait_for(waiting, 2)
        with pytest.raises(ChannelClosed):
            await asker.call("hang")
        await asker.close()

    run(go())


def test_garbage_closes_the_channel_and_nothing_else() -> None:
    async def go() -> None:
        a, b = socket.socketpair()
        channel = await Channel(b, {"echo": echo}).start()
        a.sendall(b"\xff" * 64)
        await asyncio.wait_for(channel.closed.wait(), 2)
        a.close()
        await channel.close()

    run(go())


def test_limits_are_checked_before_memory_is_taken() -> None:
    with pytest.raises(FrameInvalid):
        lengths(b"\xff" * 8)
    with pytest.raises(FrameInvalid):
        encode(Frame(1, "call", {}, b"x" * (BODY_LIMIT + 1)))


def test_an_answer_whose_data_are_longer_than_a_header_arrives_whole() -> None:
    """The links of 5,000 people who were just added were lost: « mal formé »."""
    link = "https://x/" + "y" * 300
    people = [{"login": f"m{number:05}", "name": "Zélie Numéro", "url": link} for number in range(5000)]

    async def many(_request: Request) -> Reply:
        return Reply({"people": people})

    async def each(_request: Request) -> AsyncIterator[Reply]:
        yield Reply({"people": people})
        yield Reply({"long": True}, b"kept")

    async def go() -> None:
        a, b = socket.socketpair()
        here, there = await Channel(a).start(), await Channel(b, {"many": many, "each": each}).start()
        answer = await here.call("many")
        assert answer.data == {"people": people} and answer.body == b""
        items = [item async for item in here.stream("each")]
        assert [item.data for item in items] == [{"people": people}, {"long": True}] and items[1].body == b"kept"
        await here.close()
        await there.close()

    run(go())
    with pytest.raises(FrameInvalid):
        encode(Frame(1, "end", {"data": {"text": "x" * DATA_LIMIT}}))
    with pytest.raises(FrameInvalid):
        decode(b'{"id":1,"kind":"end","long":true}', b" " * (DATA_LIMIT + 1))
    with pytest.raises(FrameInvalid):
        encode(Frame(1, "call", {"args": {"text": "x" * BODY_LIMIT}}))


def test_a_blocking_end_speaks_to_an_asyncio_end() -> None:
    async def go() -> None:
        a, b = socket.socketpair()
        channel = await Channel(b, {"count": count, "echo": echo}).start()
        frames = await asyncio.to_thread(lambda: list(plain.ask(a, "count", {"to": 2})))
        assert [f.kind for f in frames] == ["item", "item", "end"]
        frames = await asyncio.to_thread(lambda: list(plain.ask(a, "echo", {}, b"y" * (BODY_LIMIT - 9))))
        assert len(frames[-1].body) == BODY_LIMIT - 9
        a.close()
        await channel.close()

    run(go())


def test_a_handler_that_ignores_a_large_body_does_not_block_the_connection() -> None:
    async def go() -> None:
        async def deaf(request: Request) -> Reply:
            await asyncio.sleep(0.05)
            raise InputError(detail="trop gros")

        asker, answerer = await pair(deaf=deaf, echo=echo)

        async def endless() -> AsyncIterator[bytes]:
            for _ in range(64):
                yield b"z" * (1 << 18)

        with pytest.raises(InputError):
            await asker.call("deaf", {}, endless())
        reply = await asyncio.wait_for(asker.call("echo", {"still": True}), 2)
        assert reply.data == {"args": {"still": True}}
        await asker.close()
        await answerer.close()

    run(go())
