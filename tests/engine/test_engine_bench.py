"""What « demeure bench machine » measures: the machine quickly, an engine through its own timings."""

import asyncio
import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from engine_models import model_file

from demeure.engine import hardware, paces
from demeure.engine.hardware import Others, measured, processor_seconds
from demeure.engine.models.gguf_header import read_facts
from demeure.engine.paces import chat_paces
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
    """An engine of known speeds, at the place of its HTTP door: prompts 1 ms a token, answers 10 ms a token."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.peer = "fake"

    async def ask(self, target: str, body: dict[str, Any]) -> Any:
        if target == "/tokenize":
            return {"tokens": list(range(4000))}
        self.asked.append(body)
        return {"timings": {"prompt_per_second": 1000.0, "predicted_per_second": 100.0}}

    async def aclose(self) -> None:
        return None


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
        *(("decode", 128, n) for n in (2, 4, 8)),
    }  # fmt: skip
    read = [tuple(one["prompt"]) for one in engine.asked if one["n_predict"] == 1]
    assert {len(one) for one in read} == {128, 512, 2048} and len(set(read)) == len(read)
    assert all(one["ignore_eos"] and one["cache_prompt"] for one in engine.asked)


def test_a_slow_engine_is_measured_on_short_prompts_only(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = _Engine()
    monkeypatch.setattr(paces, "ChatClient", lambda _connect: _Client(engine))
    found = asyncio.run(chat_paces(None, 0.9))  # type: ignore[arg-type]
    assert ("prefill", 128, 1) in {(one.what, one.tokens, one.streams) for one in found}
    assert not [one for one in found if one.tokens > 512]


@pytest.mark.model
def test_a_real_engine_tells_its_paces_and_they_calibrate(
    chat_engine: Trial, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(paces, "LENGTHS", (128,))
    monkeypatch.setattr(paces, "BATCHES", (1, 2))
    monkeypatch.setattr(paces, "ANSWER", 8)
    found = asyncio.run(chat_paces(chat_engine.connect, 60.0, rounds=1))
    rows = [one.as_json() for one in found]
    assert [(one["what"], one["streams"]) for one in rows] == [("prefill", 1), ("decode", 1), ("decode", 2)]
    assert all(one["rate"] > 0 for one in rows)
    path = model_file("chat")
    shape = shape_of_file("test", read_facts(path).as_json(), path.stat().st_size)
    fitted = calibrated(replace(this_machine(24 << 30, 2), bandwidth=10e9, rate=50e9), [(shape, rows)])
    errors = [abs(one.error) for one in compared(fitted, [(shape, rows)]) if one.fitted]
    assert errors and max(errors) < 0.1
