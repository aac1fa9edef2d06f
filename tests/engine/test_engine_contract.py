"""The law of the ports, on every adapter: llama.cpp (when its test models are here) and the fakes."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
import pytest
from engine_models import run

from demeure.engine import ChatClient, ContextTooLong, Delta, EmbedClient, Embedder, Engine, EngineDown
from demeure.engine.trial import Trial, trial
from demeure.testing.engine import FakeEmbedder, FakeEngine

ASKED = [{"role": "user", "content": "Count from one to ten, in words."}]
LONG = "Un, deux, trois, quatre, cinq, six, sept, huit, neuf, dix, onze, douze, treize, quatorze, quinze."
KINDS = [pytest.param("fake"), pytest.param("real", marks=pytest.mark.model)]

OpenEngine = Callable[[], Any]


@pytest.fixture(params=KINDS)
def engines(request: pytest.FixtureRequest) -> OpenEngine:
    """An engine opened inside the test's loop."""

    @asynccontextmanager
    async def opened() -> AsyncIterator[Engine]:
        if request.param == "fake":
            yield FakeEngine(LONG * 40, delay=0.001)
            return
        client = ChatClient(request.getfixturevalue("chat_engine").connect)
        yield client
        await client.aclose()

    if request.param == "real":
        request.getfixturevalue("chat_engine")
    return opened


@pytest.fixture(params=KINDS)
def embedders(request: pytest.FixtureRequest) -> OpenEngine:
    @asynccontextmanager
    async def opened() -> AsyncIterator[Embedder]:
        if request.param == "fake":
            yield FakeEmbedder()
            return
        client = EmbedClient(request.getfixturevalue("embed_engine").connect)
        yield client
        await client.aclose()

    if request.param == "real":
        request.getfixturevalue("embed_engine")
    return opened


async def answer(engine: Engine, **options: Any) -> list[Delta]:
    given: dict[str, Any] = {"max_tokens": 12, "temperature": 0.0, **options}
    return [delta async for delta in engine.chat(ASKED, **given)]


def test_an_answer_ends_once_and_says_how(engines: OpenEngine) -> None:
    async def go() -> None:
        async with engines() as engine:
            deltas = await answer(engine)
            assert [d.finish for d in deltas if d.finish] == ["length"]
            assert deltas[-1].finish == "length"
            assert "".join(d.text for d in deltas)
            assert len([d for d in deltas if d.text]) <= 12

    run(go)


def test_the_same_seed_gives_the_same_answer(engines: OpenEngine) -> None:
    async def go() -> None:
        async with engines() as engine:
            first, second = await answer(engine, seed=5), await answer(engine, seed=5)
            assert "".join(d.text for d in first) == "".join(d.text for d in second)

    run(go)


def test_a_stop_text_ends_the_answer_and_is_not_in_it(engines: OpenEngine) -> None:
    async def go() -> None:
        async with engines() as engine:
            whole = "".join(d.text for d in await answer(engine, max_tokens=40))
            mark = whole[len(whole) // 2 :][:3]
            cut = await answer(engine, max_tokens=40, stop=(mark,))
            assert mark not in "".join(d.text for d in cut)
            assert cut[-1].finish == "stop"

    run(go)


def test_questions_at_once_are_all_answered(engines: OpenEngine) -> None:
    async def go() -> None:
        async with engines() as engine:
            answers = await asyncio.gather(*[answer(engine, max_tokens=8) for _ in range(5)])
            assert all(deltas[-1].finish for deltas in answers)

    run(go)


def test_a_closed_answer_frees_its_place(engines: OpenEngine) -> None:
    async def go() -> None:
        async with engines() as engine:
            for _ in range(6):  # more than there are places: a place kept would be missed
                stream = engine.chat(ASKED, max_tokens=1500, temperature=0.0)
                assert await anext(stream)
                await stream.aclose()
            begin = time.monotonic()
            assert (await answer(engine, max_tokens=2))[-1].finish
            assert time.monotonic() - begin < 10

    run(go)


def test_a_prompt_that_does_not_fit_is_named(engines: OpenEngine) -> None:
    async def go() -> None:
        async with engines() as engine:
            with pytest.raises(ContextTooLong) as refusal:
                async for _ in engine.chat([{"role": "user", "content": "mot " * 9000}], max_tokens=4):
                    pass
            assert int(str(refusal.value.params["found"])) > int(str(refusal.value.params["limit"]))
            assert (await answer(engine, max_tokens=2))[-1].finish

    run(go)


def test_tokens_are_counted(engines: OpenEngine) -> None:
    async def go() -> None:
        async with engines() as engine:
            assert await engine.ready()
            assert await engine.count("") == 0
            assert 0 < await engine.count("Bonjour") <= await engine.count("Bonjour à tous, chers voisins")

    run(go)


def test_vectors_have_the_house_s_shape(embedders: OpenEngine) -> None:
    async def go() -> None:
        async with embedders() as embedder:
            found = await embedder.embed(["le chat dort", "", "x" * 60_000, "deux\n\nlignes 🐈"], "passage")
            assert found.shape == (4, 384) and found.dtype == np.float32
            assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-4)
            assert (await embedder.embed([], "query")).shape == (0, 384)
            assert await embedder.ready()

    run(go)


def test_a_vector_does_not_depend_on_its_company(embedders: OpenEngine) -> None:
    async def go() -> None:
        async with embedders() as embedder:
            texts = [
                "Le prix du repas à la cantine est de 3,20 euros.",
                "La réunion du conseil est publique.",
                "mot " * 2000,
            ]
            together = await embedder.embed(texts, "passage")
            alone = np.concatenate([await embedder.embed([text], "passage") for text in texts])
            assert (together * alone).sum(axis=1).min() > 0.999

    run(go)


def test_a_question_is_closer_to_its_passage(embedders: OpenEngine) -> None:
    async def go() -> None:
        async with embedders() as embedder:
            passages = await embedder.embed(
                [
                    "Le tarif du repas à la cantine scolaire est fixé à 3,20 euros.",
                    "La déchèterie est ouverte du mardi au samedi, de 9 h à 18 h.",
                    "Le permis de construire s’instruit en deux mois.",
                ],
                "passage",
            )
            (query,) = await embedder.embed(["quel est le tarif du repas à la cantine"], "query")
            assert int((passages @ query).argmax()) == 0

    run(go)


def test_a_long_text_is_its_beginning(embedders: OpenEngine) -> None:
    async def go() -> None:
        async with embedders() as embedder:
            begin = "Le conseil municipal fixe le tarif de la cantine. " * 70
            long, longer, other = await embedder.embed(
                [begin, begin + "Autre chose tout à fait. " * 200, "déchèterie " * 600], "passage"
            )
            assert long @ longer > 0.999 > long @ other + 0.01

    run(go)


def test_an_engine_that_is_away_says_so() -> None:
    async def go() -> None:
        async def refuse(_: str) -> Any:
            raise ConnectionRefusedError

        for engine in (FakeEngine(up=False), ChatClient(refuse)):
            assert not await engine.ready()
            for action in (answer(engine), engine.count("x")):
                with pytest.raises(EngineDown):
                    await action
        for embedder in (FakeEmbedder(up=False), EmbedClient(refuse)):
            assert not await embedder.ready()
            with pytest.raises(EngineDown):
                await embedder.embed(["x"], "query")

    run(go)


def test_the_fake_tells_what_happened_to_it() -> None:
    async def go() -> None:
        waited: list[float] = []

        async def sleep(seconds: float) -> None:
            waited.append(seconds)

        engine = FakeEngine(lambda messages: messages[-1]["content"].upper(), delay=2.0, sleep=sleep)
        deltas = [d async for d in engine.chat([{"role": "user", "content": "un deux"}], max_tokens=9)]
        assert deltas == [Delta("UN"), Delta(" DEUX"), Delta("", "stop")]
        assert waited == [2.0, 2.0] and (engine.active, engine.closed) == (0, 0)
        stream = engine.chat(ASKED, max_tokens=9)
        await anext(stream)
        assert engine.active == 1
        await stream.aclose()
        assert (engine.active, engine.closed) == (0, 1)
        engine.dies_after = 1
        with pytest.raises(EngineDown):
            await answer(engine)
        assert len(engine.prompts) == 3

    run(go)


# --- llama.cpp alone


async def busy(engine: ChatClient) -> int:
    async with engine.http.request("GET", "/slots", None) as reply:
        slots = json.loads(await reply.aread())
    return sum(slot["is_processing"] for slot in slots)


async def until_free(engine: ChatClient) -> float:
    """Seconds until no slot works. The engine has no event to wait for: it is asked, often."""
    begin = time.perf_counter()
    while await busy(engine):  # noqa: ASYNC110 - see above
        await asyncio.sleep(0.001)
    return time.perf_counter() - begin


@pytest.mark.model
def test_llama_frees_the_slot_within_milliseconds(chat_engine: Trial) -> None:
    async def go() -> None:
        client = ChatClient(chat_engine.connect)
        times = []
        for _ in range(5):
            stream = client.chat(ASKED, max_tokens=1500, temperature=0.0)
            await anext(stream)
            assert await busy(client) == 1
            await stream.aclose()
            times.append(await until_free(client))
        await client.aclose()
        assert min(times) < 0.25, times  # a token or two, and the polling itself

    run(go)


@pytest.mark.model
@pytest.mark.thorough
def test_llama_stops_reading_the_prompt_of_a_reader_who_left(chat_engine: Trial) -> None:
    async def go() -> None:
        client = ChatClient(chat_engine.connect)
        begin = time.perf_counter()
        whole = [d async for d in client.chat([{"role": "user", "content": "un " + "mot " * 1200}], max_tokens=1)]
        prefill = time.perf_counter() - begin
        assert whole[-1].finish
        asked = [{"role": "user", "content": "deux " + "mot " * 1200}]
        waiting = asyncio.ensure_future(anext(client.chat(asked, max_tokens=4)))
        await asyncio.sleep(0.1)
        assert await busy(client) == 1
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert await until_free(client) < 0.7 * prefill + 1  # the batch begun is finished, not the prompt
        await client.aclose()

    run(go)


@pytest.mark.model
def test_a_stable_beginning_is_read_once(chat_engine: Trial) -> None:
    """The system text is in the slot's cache: the second question is read from where it differs."""

    async def go() -> None:
        client = ChatClient(chat_engine.connect)
        system = "You answer with the passages given, and nothing else. " * 30
        read = []
        for question in (
            "Where is the town hall?",
            "When does it open?",
            "Who is the mayor?",
            "Which number?",
        ):
            body = {"messages": [{"role": "system", "content": system}, {"role": "user", "content": question}]}
            reply = await client.http.ask("/v1/chat/completions", {**body, "max_tokens": 1})
            read.append(reply["timings"]["prompt_n"])
        await client.aclose()
        assert read[0] > 300 and max(read[2:]) < 60, read

    run(go)


@pytest.mark.model
def test_llama_killed_midway_then_started_again(chat_engine: Trial) -> None:
    from engine_models import spec_of

    async def until_death(running: Trial) -> None:
        import os
        import signal

        client = ChatClient(running.connect)
        stream = client.chat(ASKED, max_tokens=1500)
        assert (await anext(stream)).finish is None
        os.kill(running.pid, signal.SIGKILL)
        with pytest.raises(EngineDown):
            async for _ in stream:
                pass
        with pytest.raises(EngineDown):
            await client.count("x")
        await client.aclose()

    with trial(spec_of("chat")) as running:
        run(lambda: until_death(running))

    async def again() -> None:
        client = ChatClient(chat_engine.connect)
        assert (await answer(client))[-1].finish
        await client.aclose()

    run(again)
