"""What « demeure bench machine » measures: the machine quickly, an engine as whoever reads its words sees it."""

import asyncio
import contextlib
import os
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from engine_models import model_file

from demeure.engine import hardware, paces
from demeure.engine.hardware import Others, measured, processor_seconds
from demeure.engine.models.gguf_header import read_facts
from demeure.engine.paces import chat_paces, fresh
from demeure.engine.trial import Trial
from demeure.sizing import calibrated, compared, shape_of_file, this_machine


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hardware, "READ_BYTES", 8 << 20)
    monkeypatch.setattr(hardware, "MATRIX", 128)
    monkeypatch.setattr(hardware, "FILE_BYTES", 16 << 20)


@pytest.mark.usefixtures("small")
def test_the_machine_is_measured_and_nothing_is_left_behind(tmp_path: Path) -> None:
    found = measured(2, tmp_path)
    assert found.memory_read > 1e8 and found.matrix_rate > 1e7 and found.cores == 2
    assert found.disk_write and found.disk_read and found.sync is not None and found.sync >= 0
    assert list(tmp_path.iterdir()) == []
    assert measured(1, None).disk_write is None


def test_what_others_take_is_told_apart_from_what_we_take() -> None:
    others = Others()
    begin = time.process_time()
    while time.process_time() - begin < 0.3:
        pass
    share = others.share()
    assert share is None or 0 <= share <= 1
    assert processor_seconds(os.getpid()) > 0 and processor_seconds(1 << 30) == 0


class _Engine:
    """An engine of known speeds, at the place of its HTTP door: seconds a token of a prompt, of an answer."""

    def __init__(self, read: float = 2e-5, write: float = 1e-3) -> None:
        self.asked: list[dict[str, Any]] = []
        self.peer, self.read, self.write = "fake", read, write

    async def ask(self, target: str, _body: dict[str, Any]) -> Any:
        assert target == "/tokenize"
        return {"tokens": list(range(4000))}

    @contextlib.asynccontextmanager
    async def request(self, _method: str, target: str, body: dict[str, Any]) -> AsyncIterator[Any]:
        assert target == "/completion"
        self.asked.append(body)
        yield _Words(self, body)

    async def aclose(self) -> None:
        return None


class _Words:
    def __init__(self, engine: _Engine, body: dict[str, Any]) -> None:
        self.engine, self.body = engine, body

    async def aiter_stream(self) -> AsyncIterator[bytes]:
        await asyncio.sleep(len(self.body["prompt"]) * self.engine.read)
        for _ in range(self.body["n_predict"]):
            yield b'data: {"content": "x"}\n\n'
            await asyncio.sleep(self.engine.write)


class _Client:
    def __init__(self, engine: _Engine) -> None:
        self.http = engine

    async def aclose(self) -> None:
        await self.http.aclose()


def test_prompts_have_their_exact_length_and_none_was_seen_before(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = _Engine()
    monkeypatch.setattr(paces, "ChatClient", lambda _connect: _Client(engine))
    found = asyncio.run(chat_paces(None, 60.0))  # type: ignore[arg-type]
    assert {(one.what, one.tokens, one.streams) for one in found} == {
        *(("prefill", n, 1) for n in (128, 512, 2048)), *(("decode", n, 1) for n in (128, 512, 2048)),
        *(("decode", 8, n) for n in (2, 3, 4, 6, 8)), ("decode", 256, 4),
    }  # fmt: skip
    read = [tuple(one["prompt"]) for one in engine.asked if len(one["prompt"]) > 64]
    assert {len(one) for one in read} == {128, 256, 512, 2048} and len(set(read)) == len(read)
    begins = [tuple(one["prompt"][: paces.BEGIN]) for one in engine.asked]
    assert len(begins) > 30 and len(set(begins)) == len(begins), "the engine would not read it again"
    assert all(one.answer >= 32 for one in found if one.what == "decode")
    assert all(one["ignore_eos"] and one["stream"] and one["n_predict"] >= 32 for one in engine.asked[1:])
    alone = next(one.rate for one in found if (one.what, one.tokens) == ("decode", 512))
    assert 300 < alone < 1100, "a token a millisecond, as its reader sees it"


def test_beginnings_differ_in_a_language_of_few_words() -> None:
    words = [1, 2, 3, 2, 1, 1]
    found = [fresh(words, number, 40) for number in range(200)]
    assert {len(one) for one in found} == {40} and len({tuple(one[: paces.BEGIN]) for one in found}) == 200
    assert fresh(words, 5, 3) == found[5][:3]


def test_a_slow_engine_is_measured_on_short_prompts_only(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = _Engine(read=1e-3, write=1e-2)
    monkeypatch.setattr(paces, "ChatClient", lambda _connect: _Client(engine))
    found = asyncio.run(chat_paces(None, 1.2))  # type: ignore[arg-type]
    assert ("prefill", 128, 1) in {(one.what, one.tokens, one.streams) for one in found}
    assert not [one for one in found if one.tokens > 512]


def test_answers_at_once_are_timed_while_all_of_them_are_written() -> None:
    """The first is alone, and quicker, until the prompts of the others are read: that is not their pace."""
    early = [0.1 * at for at in range(11)] + [1.5, 2.0, 2.5, 3.0]
    late = [1.0 + 0.5 * at for at in range(15)]
    told = [
        paces._Told(one[0], one[-1] - one[0], 0.0, 0.0, one, (spent, 9.0))
        for one, spent in ((early, 0.0), (late, 5.0))
    ]
    assert paces._together(told, 15)[0] == pytest.approx(2.0)
    rate, worked = paces._together([told[1], told[1]], 15)
    assert rate == pytest.approx(2.0) and worked == pytest.approx(14 / 4.0)


@pytest.mark.model
def test_a_real_engine_tells_its_paces_and_they_calibrate(
    chat_engine: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paces, "LENGTHS", (128,))
    monkeypatch.setattr(paces, "BATCHES", (1, 2))
    monkeypatch.setattr(paces, "ANSWER", 8)
    found = asyncio.run(chat_paces(chat_engine.connect, 60.0, rounds=1))
    rows = [one.as_json() for one in found]
    told = [(one["what"], one["tokens"], one["streams"]) for one in rows]
    assert told == [("prefill", 128, 1), ("decode", 128, 1), ("decode", 8, 2), ("decode", 256, 4)]
    assert all(one["rate"] > 0 for one in rows)
    path = model_file("chat")
    shape = shape_of_file("test", read_facts(path).as_json(), path.stat().st_size)
    fitted = calibrated(replace(this_machine(24 << 30, 2), bandwidth=10e9, rate=50e9), [(shape, rows)])
    errors = [abs(one.error) for one in compared(fitted, [(shape, rows)]) if one.fitted]
    assert errors and max(errors) < 0.1
