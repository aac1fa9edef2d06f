"""The HTTP client: every cut of the stream, every way an engine can fail, and nothing left behind."""

import asyncio
import base64
import json
import struct
from contextlib import aclosing
from typing import Any

import pytest
from engine_models import run
from llama import Exchange, Llama, event

from demeure.engine import (
    ChatClient,
    ContextTooLong,
    Delta,
    EmbedClient,
    EngineBusy,
    EngineDown,
    EngineFailed,
    EngineLoading,
    EngineRefused,
)
from demeure.engine.client import prepared
from demeure.errors import InputError
from demeure.supervisor import DoorForbidden, RoleDown, RoleFailed, RoleStarting

ASKED = [{"role": "user", "content": "Combien coûte la cantine ?"}]
WHOLE = event("Le prix") + event(" est de 3 €") + event(finish="stop") + b"data: [DONE]\n\n"


async def collect(client: ChatClient, **options: Any) -> list[Delta]:
    return [delta async for delta in client.chat(ASKED, max_tokens=10, **options)]


def streaming(*pieces: bytes, end: bool = True) -> Llama:
    async def answer(exchange: Exchange) -> None:
        await exchange.stream(*pieces, end=end)
        if not end:
            exchange.writer.transport.abort()

    return Llama(answer)


CUTS = {
    "whole": [WHOLE],
    "byte by byte": [WHOLE[n : n + 1] for n in range(len(WHOLE))],
    "in the middle of a letter": [WHOLE[:80], WHOLE[80:81], WHOLE[81:]],
    "windows lines": [WHOLE.replace(b"\n", b"\r\n")],
    "comments and other fields": [b": ping\n\nid: 3\nretry: 5\n", WHOLE.replace(b"data: ", b"event: x\ndata:")],
    "usage after the end": [WHOLE.replace(b"data: [DONE]", b'data: {"choices": [], "usage": {}}\n\ndata: [DONE]')],
    "role first": [b'data: {"choices": [{"delta": {"role": "assistant", "content": null}}]}\n\n', WHOLE],
    "data on two lines": [b'data: {"choices":\ndata: []}\n\n', WHOLE],
}


@pytest.mark.parametrize("name", CUTS)
def test_a_stream_is_read_however_it_is_cut(name: str) -> None:
    async def go() -> None:
        llama = streaming(*CUTS[name])
        client = ChatClient(llama.connect)
        assert await collect(client) == [Delta("Le prix"), Delta(" est de 3 €"), Delta("", "stop")]
        await client.aclose()
        await llama.close()

    run(go)


def test_a_lone_surrogate_does_not_enter_the_house() -> None:
    async def go() -> None:
        llama = streaming(b'data: {"choices": [{"delta": {"content": "a\\ud800b"}}]}\n\n', event(finish="stop"))
        client = ChatClient(llama.connect)
        assert await collect(client) == [Delta("a?b"), Delta("", "stop")]
        await client.aclose()
        await llama.close()

    run(go)


def test_signs_that_move_a_cursor_or_turn_a_line_are_no_words() -> None:
    async def go() -> None:
        said = event("Le prix\x1b[2J\u202e est\x07\r\n\tde 3\u202f€ 👩\u200d🌾")
        llama = streaming(said, event(finish="stop"))
        client = ChatClient(llama.connect)
        assert (await collect(client))[0] == Delta("Le prix[2J est\n\tde 3\u202f€ 👩\u200d🌾")
        await client.aclose()
        await llama.close()

    run(go)


def test_the_request_carries_what_was_asked() -> None:
    async def go() -> None:
        llama = streaming(event("x", "length"))
        client = ChatClient(llama.connect)
        assert (await collect(client, temperature=0.0, seed=7, stop=("Q :",)))[-1] == Delta("x", "length")
        sent = llama.requests[0]
        assert sent["messages"] == ASKED and sent["stream"] is True and sent["cache_prompt"] is True
        assert (sent["max_tokens"], sent["temperature"], sent["seed"], sent["stop"]) == (10, 0.0, 7, ["Q :"])
        await client.aclose()
        await llama.close()

    run(go)


def test_whoever_may_be_served_at_any_place_is_said_before() -> None:
    async def go() -> None:
        llama = streaming(event("x", "length"))
        client = ChatClient(llama.connect)
        said: list[int] = []

        async def before() -> None:
            said.append(len(llama.requests))

        client.before = before
        await collect(client)
        assert said == [0], "before the engine hears of it"
        await collect(client, slot=1)
        assert said == [0] and llama.requests[1]["id_slot"] == 1
        async with aclosing(client.complete({"messages": ASKED})) as answer:
            async for _ in answer:
                pass
        assert said == [0, 2] and len(llama.requests) == 3
        await client.aclose()
        await llama.close()

    run(go)


FAILURES: dict[str, tuple[int, Any, type[Exception]]] = {
    "loading": (503, {"error": {"type": "unavailable_error", "message": "Loading model"}}, EngineDown),
    "context": (
        400,
        {"error": {"type": "exceed_context_size_error", "n_prompt_tokens": 9000, "n_ctx": 4096}},
        ContextTooLong,
    ),
    "refused": (400, {"error": {"message": "bad"}}, EngineRefused),
    "odd": (500, b"<html>", EngineRefused),
    "odder": (500, [1], EngineRefused),
}


@pytest.mark.parametrize("name", FAILURES)
def test_failures_have_names(name: str) -> None:
    status, body, expected = FAILURES[name]

    async def go() -> None:
        async def answer(exchange: Exchange) -> None:
            await exchange.answer(body, status)

        llama = Llama(answer)
        client = ChatClient(llama.connect)
        with pytest.raises(expected) as failure:
            await collect(client)
        if expected is ContextTooLong:
            assert "9000" in failure.value.sentence("fr") and "4096" in failure.value.sentence("fr")  # type: ignore[attr-defined]
        assert not await client.ready()
        await client.aclose()
        await llama.close()

    run(go)


BROKEN = {
    "dies midway": (event("Le prix"), EngineDown, False),
    "dies in an event": (event("Le prix")[:-9], EngineDown, False),
    "ends without a word of the end": (event("Le prix"), EngineDown, True),
    "error in the stream": (event("Le") + b'data: {"error": {"message": "x"}}\n\n', EngineDown, True),
    "old style error": (b'error: {"message": "x"}\n\n', EngineDown, True),
    "not json": (b"data: {nonsense\n\n", EngineRefused, True),
    "not an object": (b"data: [1]\n\n", EngineRefused, True),
    "endless line": (b"data: " + b"x" * (2 << 20), EngineRefused, True),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_stream_is_an_error_never_a_silent_end(name: str) -> None:
    data, expected, end = BROKEN[name]

    async def go() -> None:
        llama = streaming(data, end=end)
        client = ChatClient(llama.connect)
        with pytest.raises(expected):
            await collect(client)
        await client.aclose()
        await llama.close()

    run(go)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ({"code": 500, "message": "got exception: Unexpected empty grammar stack"}, EngineRefused),
        ({"code": 400, "message": "bad"}, EngineRefused),
        ({"code": 500, "message": "got exception"}, EngineDown),
    ],
)
def test_a_request_that_is_no_good_is_not_an_engine_that_is_down(
    error: dict[str, Any], expected: type[Exception]
) -> None:
    async def go() -> None:
        llama = streaming(event("Le") + b"data: " + json.dumps({"error": error}).encode() + b"\n\n", end=True)
        client = ChatClient(llama.connect)
        with pytest.raises(expected) as failure:
            async for _ in client.complete({"messages": []}):
                pass
        assert isinstance(failure.value, EngineDown) or failure.value.params["status"] == 400  # type: ignore[attr-defined]
        await client.aclose()
        await llama.close()

    run(go)


def test_the_reason_why_the_engine_cannot_run_reaches_whoever_asks() -> None:
    async def go() -> None:
        down = RoleFailed(role="engine-chat", detail="m.gguf est refusé.", detail_en="m.gguf is refused.")
        llama = Llama(lambda _: asyncio.sleep(0), down=down)
        client = ChatClient(llama.connect)
        with pytest.raises(EngineFailed) as caught:
            await collect(client)
        assert "m.gguf est refusé." in caught.value.sentence("fr")
        assert "m.gguf is refused." in caught.value.sentence("en")
        assert isinstance(caught.value, EngineDown) and caught.value.http_status == 503
        assert not await client.ready()
        await client.aclose()
        await llama.close()

    run(go)


def test_a_model_on_its_way_is_loading_not_broken() -> None:
    async def go() -> None:
        async def still(exchange: Exchange) -> None:
            error = {"code": 503, "message": "Loading model", "type": "unavailable_error"}
            await exchange.answer({"error": error}, 503)

        for llama in (Llama(lambda _: asyncio.sleep(0), down=RoleStarting(role="engine-chat")), Llama(still)):
            client = ChatClient(llama.connect)
            with pytest.raises(EngineLoading) as caught:
                await collect(client)
            assert isinstance(caught.value, EngineDown)
            assert not await client.ready()
            await client.aclose()
            await llama.close()

    run(go)


@pytest.mark.parametrize("problem", [ConnectionRefusedError(), RoleDown(role="engine-chat"), TimeoutError()])
def test_an_absent_engine_is_down(problem: Exception) -> None:
    async def go() -> None:
        llama = Llama(lambda _: asyncio.sleep(0), down=problem)
        client = ChatClient(llama.connect)
        with pytest.raises(EngineDown, match="engine-chat"):
            await collect(client)
        with pytest.raises(EngineDown):
            await client.count("x")
        assert not await client.ready()

    run(go)


def test_a_forbidden_door_is_not_taken_for_an_absent_engine() -> None:
    async def go() -> None:
        for problem in (DoorForbidden(role="engine-chat"), InputError(detail="x")):
            client = ChatClient(Llama(lambda _: asyncio.sleep(0), down=problem).connect)
            with pytest.raises(type(problem)):
                await client.count("x")

    run(go)


def test_a_restarted_engine_is_found_again_without_an_error() -> None:
    async def go() -> None:
        async def answer(exchange: Exchange) -> None:
            await exchange.answer({"tokens": [1, 2, 3]})

        llama = Llama(answer)
        client = ChatClient(llama.connect)
        for _ in range(3):
            assert await client.count("x") == 3
        assert llama.connections == 1  # kept between requests
        llama.kill()
        await asyncio.sleep(0.01)
        assert await client.count("x") == 3
        assert llama.connections == 2
        await client.aclose()
        await llama.close()

    run(go)


def test_a_connection_that_breaks_under_the_request_is_tried_once_more() -> None:
    async def go() -> None:
        async def answer(exchange: Exchange) -> None:
            if len(llama.requests) == 1:
                exchange.writer.transport.abort()
            else:
                await exchange.answer({"tokens": [1]})

        llama = Llama(answer)
        client = ChatClient(llama.connect)
        assert await client.count("x") == 1
        assert len(llama.requests) == 2
        await client.aclose()
        await llama.close()

    run(go)


@pytest.mark.parametrize("how", ["close", "cancel"])
def test_the_engine_learns_at_once_that_the_reader_left(how: str) -> None:
    async def go() -> None:
        async def answer(exchange: Exchange) -> None:
            await exchange.stream(event("Le"), end=False)
            await exchange.reader.read()

        llama = Llama(answer)
        client = ChatClient(llama.connect)
        stream = client.chat(ASKED, max_tokens=5)
        assert (await anext(stream)).text == "Le"
        loop = asyncio.get_running_loop()
        begin = loop.time()
        if how == "close":
            await stream.aclose()
        else:
            waiting = asyncio.ensure_future(anext(stream))
            await asyncio.sleep(0.01)
            begin = loop.time()
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
        await asyncio.wait_for(llama.left.wait(), 2)
        assert loop.time() - begin < 0.25
        await client.aclose()
        await llama.close()

    run(go)


def test_a_reader_who_leaves_before_the_first_word_frees_the_slot_too() -> None:
    async def go() -> None:
        async def answer(exchange: Exchange) -> None:
            await exchange.reader.read()

        llama = Llama(answer)
        client = ChatClient(llama.connect)
        waiting = asyncio.ensure_future(collect(client))
        await asyncio.sleep(0.02)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await asyncio.wait_for(llama.left.wait(), 2)
        await client.aclose()
        await llama.close()

    run(go)


def test_those_beyond_the_connections_are_served_in_the_order_they_came() -> None:
    async def go() -> None:
        served: list[str] = []

        async def answer(exchange: Exchange) -> None:
            served.append(exchange.body["content"])
            await exchange.answer({"tokens": [1]})

        llama = Llama(answer)
        client = ChatClient(llama.connect, connections=1)
        await asyncio.gather(*(client.count(name) for name in "abcdef"))
        assert served == list("abcdef")
        assert llama.connections == 1
        await client.aclose()
        await llama.close()

    run(go)


def test_too_many_at_once_is_busy_not_down() -> None:
    async def go() -> None:
        async def answer(exchange: Exchange) -> None:
            await exchange.reader.read()

        llama = Llama(answer)
        client = ChatClient(llama.connect, connections=1)
        client.http._connections._wait = 0.05
        first = asyncio.ensure_future(collect(client))
        await asyncio.sleep(0.02)
        with pytest.raises(EngineBusy):
            await client.count("x")
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        await client.aclose()
        await llama.close()

    run(go)


def test_lone_surrogates_do_not_stop_a_request() -> None:
    async def go() -> None:
        llama = streaming(WHOLE)
        client = ChatClient(llama.connect)
        async with aclosing(client.chat([{"role": "user", "content": "a\ud800b"}], max_tokens=3)) as stream:
            assert (await anext(stream)).text == "Le prix"
        await client.aclose()
        await llama.close()

    run(go)


# --- embeddings


def test_texts_are_prepared_as_the_model_learnt_them() -> None:
    assert prepared("ﬁche №5", "query") == "query: fiche No5"
    assert prepared("", "passage") == "passage: "
    assert prepared("\ud800", "query") == "query: ?"
    assert len(prepared("x" * 1_000_000, "passage")) < 21_000


def vector(first: float) -> str:
    return base64.b64encode(struct.pack("<384f", first, *[1.0] * 383)).decode()


def test_vectors_come_back_in_order_and_of_length_one() -> None:
    async def go() -> None:
        async def answer(exchange: Exchange) -> None:
            rows = [{"index": n, "embedding": vector(n)} for n in range(len(exchange.body["input"]))]
            await exchange.answer({"model": "4b1d", "data": rows[::-1]})

        llama = Llama(answer)
        client = EmbedClient(llama.connect)
        found = await client.embed(["a", "b", "c"], "passage")
        assert found.shape == (3, 384) and found.dtype == "float32"
        assert abs((found**2).sum(axis=1) - 1).max() < 1e-5
        assert found[0, 0] == 0 < found[1, 0] < found[2, 0]
        assert llama.requests[0]["input"] == ["passage: a", "passage: b", "passage: c"]
        assert (await client.embed([], "query")).shape == (0, 384)
        assert len(llama.requests) == 1
        assert (await client.embedded(["a"], "query")).model == "4b1d", "as llama.cpp tells its alias"
        await client.aclose()
        await llama.close()

    run(go)


@pytest.mark.parametrize(
    "error",
    [
        {"message": "input (600 tokens) is too large to process. increase the physical batch size"},
        {"type": "exceed_context_size_error", "n_prompt_tokens": 600, "n_ctx": 512},
    ],
)
def test_a_long_text_is_cut_on_a_token_never_refused(error: dict[str, Any]) -> None:
    async def go() -> None:
        async def answer(exchange: Exchange) -> None:
            if exchange.target == "/tokenize":
                length = 600 if "long" in exchange.body["content"] else 5
                await exchange.answer({"tokens": list(range(length))})
            elif isinstance(exchange.body["input"][0], str):
                await exchange.answer({"error": error}, 400 if "type" in error else 500)
            else:
                await exchange.answer({"data": [{"index": n, "embedding": vector(1)} for n in range(2)]})

        llama = Llama(answer)
        client = EmbedClient(llama.connect)
        assert (await client.embed(["long", "court"], "passage")).shape == (2, 384)
        cut, short = llama.requests[-1]["input"]
        assert len(cut) == 512 and cut[-1] == 599 and cut[:-1] == list(range(511))
        assert short == list(range(5))
        await client.aclose()
        await llama.close()

    run(go)


NONSENSE: dict[str, Any] = {
    "no data": {},
    "another width": {"data": [{"index": 0, "embedding": base64.b64encode(b"\0" * 400).decode()}]},
    "not base64": {"data": [{"index": 0, "embedding": "???"}]},
    "too few": {"data": []},
    "nothing": {"data": [{"index": 0, "embedding": base64.b64encode(b"\0" * 1536).decode()}]},
    "not a number": {"data": [{"index": 0, "embedding": vector(float("nan"))}]},
    "a list": [],
}


@pytest.mark.parametrize("name", NONSENSE)
def test_vectors_that_make_no_sense_are_refused(name: str) -> None:
    async def go() -> None:
        async def answer(exchange: Exchange) -> None:
            await exchange.answer(NONSENSE[name])

        llama = Llama(answer)
        client = EmbedClient(llama.connect)
        with pytest.raises(EngineRefused):
            await client.embed(["a"], "query")
        await client.aclose()
        await llama.close()

    run(go)
