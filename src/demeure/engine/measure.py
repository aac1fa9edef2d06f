"""How fast an engine is, from outside: first token, prefill, decode, embeddings."""

import statistics
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from demeure.engine.client import ChatClient, EmbedClient
from demeure.engine.port import Engine

SENTENCE = "Le conseil municipal a délibéré sur le budget de la cantine, la voirie communale et les horaires. "


@dataclass(frozen=True)
class ChatSpeed:
    """Medians of ``rounds``: seconds to the first token of a prompt of ``prompt_tokens``, tokens per second."""

    rounds: int
    prompt_tokens: int
    answer_tokens: int
    first_token: float
    prefill: float
    decode: float

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class EmbedSpeed:
    """``throughput``: tokens/s on passages of ``passage_tokens``; ``query``: seconds for one short text."""

    passages: int
    passage_tokens: int
    throughput: float
    query: float

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class _Round:
    first: float
    prefill: float
    decode: float
    answer: int


async def chat_speed(
    engine: Engine,
    *,
    prompts: Sequence[str] = (),
    prompt_tokens: int = 400,
    answer_tokens: int = 48,
    rounds: int = 3,
) -> ChatSpeed:
    """Prompts never seen before (no cache helps), one after the other. ``prompts``: cases of one's own."""
    per_sentence = await engine.count(SENTENCE)
    cases = list(prompts) or [
        f"Cas {number}. " + SENTENCE * max(1, prompt_tokens // per_sentence) + "Résume." for number in range(rounds)
    ]
    length = statistics.median([await engine.count(case) for case in cases])
    done = [await _round(engine, case, answer_tokens) for case in cases]
    return ChatSpeed(
        rounds=len(done),
        prompt_tokens=int(length),
        answer_tokens=int(statistics.median(r.answer for r in done)),
        first_token=statistics.median(r.first for r in done),
        prefill=statistics.median(r.prefill for r in done),
        decode=statistics.median(r.decode for r in done),
    )


async def _round(engine: Engine, case: str, answer_tokens: int) -> _Round:
    length = await engine.count(case)
    begin = time.perf_counter()
    stream = engine.chat([{"role": "user", "content": case}], max_tokens=answer_tokens, temperature=0.0)
    times = [time.perf_counter() async for delta in stream if delta.text]
    if len(times) < 2:
        raise ValueError("an answer of two pieces at least is needed to measure")
    first = times[0] - begin
    return _Round(first, length / first, (len(times) - 1) / (times[-1] - times[0]), len(times))


async def embed_speed(embedder: EmbedClient, *, passages: int = 32, batch: int = 4) -> EmbedSpeed:
    """Passages of about 256 tokens, ``batch`` at a time, one request after the other."""
    texts = [f"Passage {number}. " + SENTENCE * 11 for number in range(passages)]
    answer = await embedder.http.ask("/tokenize", {"content": texts[0], "add_special": True})
    length = len(answer["tokens"])
    await embedder.embed(texts[:batch], "passage")
    begin = time.perf_counter()
    for at in range(0, passages, batch):
        await embedder.embed(texts[at : at + batch], "passage")
    seconds = time.perf_counter() - begin
    queries = []
    for number in range(9):
        begin = time.perf_counter()
        await embedder.embed([f"horaires de la cantine {number}"], "query")
        queries.append(time.perf_counter() - begin)
    return EmbedSpeed(passages, length, passages * length / seconds, statistics.median(queries))


async def speed_of(kind: str, connect: Any, **options: Any) -> dict[str, Any]:
    """Measure the engine behind ``connect`` (see ``trial``) and let it go."""
    client = ChatClient(connect) if kind == "chat" else EmbedClient(connect)
    try:
        if isinstance(client, ChatClient):
            return (await chat_speed(client, **options)).as_json()
        return (await embed_speed(client, **options)).as_json()
    finally:
        await client.aclose()
