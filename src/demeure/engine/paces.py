"""How fast an engine reads and writes: prompts of several lengths, answers behind several contexts, several at
once.

Tokens are counted by the engine itself (its ``timings``), prompts are lists of tokens of exact length, none seen
before; answers are written to their length whatever they say."""

import asyncio
import itertools
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from demeure.engine.client import ChatClient, EmbedClient
from demeure.engine.errors import EngineRefused
from demeure.engine.handed import Connect
from demeure.engine.measure import SENTENCE

LENGTHS = (128, 512, 2048)
BATCHES = (1, 2, 4, 8)
SHORT, ANSWER = 128, 32  # tokens
SLOTS = max(BATCHES)
CONTEXT = 8192


@dataclass(frozen=True)
class Pace:
    """``worked``: the same rate by the processor time of the engine, as if it had had all its cores to itself:
    what a loaded machine still tells; None: not known. ``what``: « prefill » of ``tokens``, or « decode » of
    ``streams`` answers at once, each behind ``tokens``; « embed »: passages of ``tokens``, ``streams`` at a time.
    ``rate``: tokens a second, of each answer when it is decoding, of all together otherwise."""

    what: str
    tokens: int
    streams: int
    rate: float
    worked: float | None = None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


async def chat_paces(
    connect: Connect, seconds: float, rounds: int = 2, spent: Callable[[], float] | None = None
) -> list[Pace]:
    """Those that fit in about ``seconds``: the shortest first, a longer one only when what is left suffices. Each
    is the best of ``rounds``. ``spent``: processor seconds of the engine so far, divided by its cores."""
    client = ChatClient(connect)
    bench = _Bench(client, time.perf_counter() + seconds, rounds, spent or (lambda: 0.0))
    try:
        await bench.prepare()
        for tokens in LENGTHS:
            await bench.length(tokens)
        for streams in BATCHES[1:]:
            await bench.batch(streams)
        return bench.found
    finally:
        await client.aclose()


class _Bench:
    def __init__(self, client: ChatClient, end: float, rounds: int, spent: Callable[[], float]) -> None:
        self.client, self.end, self.rounds, self.spent = client, end, rounds, spent
        self.found: list[Pace] = []
        self._tokens: list[int] = []
        self._number = 0
        self._second = 0.0  # seconds a token of a prompt, so far

    async def prepare(self) -> None:
        answer = await self.client.http.ask("/tokenize", {"content": SENTENCE * 140, "add_special": False})
        self._tokens = [int(token) for token in answer["tokens"]]

    def prompt(self, tokens: int) -> list[int]:
        """A prompt that begins as no other did."""
        self._number += 1
        begin = [self._tokens[(self._number * 7 + at * self._number) % 23] for at in range(6)]
        return [*begin, *(self._tokens * (1 + tokens // len(self._tokens)))[: tokens - len(begin)]]

    async def ask(self, prompt: Sequence[int], answer: int, slot: int) -> dict[str, Any]:
        """The engine's own timings."""
        body = {
            "prompt": list(prompt),
            "n_predict": answer,
            "id_slot": slot,
            "cache_prompt": True,
            "ignore_eos": True,
            "temperature": 0.0,
        }
        told = await self.client.http.ask("/completion", body)
        timings = told.get("timings") if isinstance(told, dict) else None
        if not isinstance(timings, dict):
            raise EngineRefused(engine=self.client.http.peer, status="/completion")
        return timings

    def fits(self, tokens: float) -> bool:
        return time.perf_counter() + tokens * self._second < self.end

    async def length(self, tokens: int) -> None:
        """Reading that many, then writing behind them."""
        rounds = self.rounds if tokens <= 512 else 1
        if not self.fits(tokens * rounds * 1.2):
            return
        read, written, spent = [], [], [self.spent()]
        for _ in range(rounds):
            prompt = self.prompt(tokens)
            read.append(float((await self.ask(prompt, 1, 0))["prompt_per_second"]))
            spent.append(self.spent())
            written.append(float((await self.ask(prompt, ANSWER, 0))["predicted_per_second"]))
            spent.append(self.spent())
        self._second = 1 / max(read)
        least = [min(b - a for a, b in list(itertools.pairwise(spent))[at::2]) for at in (0, 1)]
        self.found.append(Pace("prefill", tokens, 1, max(read), _worked(tokens, least[0])))
        self.found.append(Pace("decode", tokens, 1, max(written), _worked(ANSWER, least[1])))

    async def batch(self, streams: int) -> None:
        """Several answers at once, each behind SHORT tokens that were read before."""
        if not self.fits(streams * SHORT * 1.3):
            return
        prompts = [self.prompt(SHORT) for _ in range(streams)]
        for slot, prompt in enumerate(prompts):
            await self.ask(prompt, 1, slot)
        rates, spent = [], [self.spent()]
        for _ in range(self.rounds):
            both = [self.ask(prompt, ANSWER, slot) for slot, prompt in enumerate(prompts)]
            told = await asyncio.gather(*both)
            rates.append(statistics.median(float(one["predicted_per_second"]) for one in told))
            spent.append(self.spent())
        least = min(b - a for a, b in itertools.pairwise(spent))
        self.found.append(Pace("decode", SHORT, streams, max(rates), _worked(ANSWER, least)))


def _worked(tokens: int, spent: float) -> float | None:
    return tokens / spent if spent > 0 else None


async def embed_paces(connect: Connect) -> list[Pace]:
    """Passages, four at a time."""
    from demeure.engine.measure import embed_speed

    client = EmbedClient(connect)
    try:
        speed = await embed_speed(client, passages=16)
    finally:
        await client.aclose()
    return [Pace("embed", speed.passage_tokens, 4, speed.throughput)]
