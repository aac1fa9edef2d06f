"""How fast an engine reads and writes, as whoever reads its words sees it: prompts of several lengths, answers
behind several contexts, several at once.

Words come one by one, as the house has them come: whoever relays them works on the same cores, and that is part of
what people wait. Prompts are lists of tokens of exact length, none seen before; answers are written to their length
whatever they say, and long enough to be timed. Each pace is the median of its rounds: the best one is not what
people see."""

import asyncio
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from demeure.engine.client import ChatClient, EmbedClient, events
from demeure.engine.errors import EngineRefused
from demeure.engine.handed import Connect
from demeure.engine.measure import SENTENCE

LENGTHS = (128, 512, 2048)
BATCHES = (1, 2, 8, 4, 3, 6)  # in the order of what they teach
SHORT, ANSWER = 8, 32  # tokens: prompts of all answers at once are read in one pass of the engine
BEHIND = (4, 256)
"""(answers at once, tokens behind each): each goes through what the others keep too."""
LASTS, MOST = 1.5, 96
"""An answer is measured that long, in seconds, if so many tokens suffice."""
LONG = 3.0
"""Seconds of a round that is long: it varies less, and fewer are made."""
BEGIN = 6
"""Tokens in which the beginnings of prompts differ."""
SLOTS = max(BATCHES)
CONTEXT = 8192


@dataclass(frozen=True)
class Pace:
    """``worked``: the same rate by the processor time of the engine, as if it had had all its cores to itself:
    what a loaded machine still tells; None: not known. ``what``: « prefill » of ``tokens``, or « decode » of
    ``streams`` answers at once, each behind ``tokens``; « embed »: passages of ``tokens``, ``streams`` at a time.
    ``rate``: tokens a second, of each answer when it is decoding, of all together otherwise. ``answer``: tokens of
    each answer, 0 when none is timed."""

    what: str
    tokens: int
    streams: int
    rate: float
    worked: float | None = None
    answer: int = 0

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


async def chat_paces(
    connect: Connect, seconds: float, rounds: int = 3, spent: Callable[[], float] | None = None
) -> list[Pace]:
    """Those that fit in about ``seconds``: what teaches most first, and only what the time left suffices for. Each
    is the median of ``rounds``, two where one is long. ``spent``: processor seconds of the engine so far, divided
    by its cores."""
    client = ChatClient(connect)
    bench = _Bench(client, time.perf_counter() + seconds, rounds, spent or (lambda: 0.0))
    try:
        await bench.prepare()
        for tokens in LENGTHS[:2]:
            await bench.length(tokens)
        for streams in BATCHES[1:3]:
            await bench.batch(streams)
        for tokens in LENGTHS[2:]:
            await bench.length(tokens)
        for streams in BATCHES[3:4]:
            await bench.batch(streams)
        await bench.batch(*BEHIND)
        for streams in BATCHES[4:]:
            await bench.batch(streams)
        return bench.found
    finally:
        await client.aclose()


@dataclass(frozen=True)
class _Told:
    """One answer: seconds to its first word, from there to its last, and the engine's own in both (``spent``: its
    count at both). ``words``: when each came."""

    first: float
    rest: float
    read: float
    written: float
    words: Sequence[float]
    spent: tuple[float, float]


def fresh(words: Sequence[int], number: int, tokens: int) -> list[int]:
    """A prompt of ``tokens`` made of ``words``, whose beginning is that of no other ``number``: the engine keeps
    what it read, also of prompts that lost their place, and reads no beginning twice."""
    kinds = list(dict.fromkeys(words))
    begin = [kinds[number // len(kinds) ** at % len(kinds)] for at in range(BEGIN)][:tokens]
    return [*begin, *(list(words) * (1 + tokens // len(words)))[: tokens - len(begin)]]


class _Bench:
    def __init__(self, client: ChatClient, end: float, rounds: int, spent: Callable[[], float]) -> None:
        self.client, self.end, self.rounds, self.spent = client, end, rounds, spent
        self.found: list[Pace] = []
        self._tokens: list[int] = []
        self._number = 0
        self._second = 0.0  # seconds a token of a prompt, so far
        self._each = 0.0  # seconds a token of one answer, so far

    async def prepare(self) -> None:
        """Tokens to make prompts of; one answer that nobody counts: the first is never like the others."""
        answer = await self.client.http.ask("/tokenize", {"content": SENTENCE * 140, "add_special": False})
        self._tokens = [int(token) for token in answer["tokens"]]
        told = await self.ask(self.prompt(LENGTHS[0] // 2), ANSWER // 2, 0)
        self._second, self._each = told.first / (LENGTHS[0] // 2), told.rest / (ANSWER // 2 - 1)

    def prompt(self, tokens: int) -> list[int]:
        """A prompt that begins as no other did."""
        self._number += 1
        return fresh(self._tokens, self._number, tokens)

    async def ask(self, prompt: Sequence[int], answer: int, slot: int) -> _Told:
        """Raises EngineRefused when no word comes."""
        body = {
            "prompt": list(prompt),
            "n_predict": answer,
            "id_slot": slot,
            "cache_prompt": True,
            "ignore_eos": True,
            "temperature": 0.0,
            "stream": True,
        }
        begin, before, first, between = time.perf_counter(), self.spent(), 0.0, 0.0
        words = []
        async with self.client.http.request("POST", "/completion", body) as told:
            async for _ in events(told):
                words.append(time.perf_counter())
                if not first:
                    first, between = words[0], self.spent()
        if not first:
            raise EngineRefused(engine=self.client.http.peer, status="/completion")
        rest, after = time.perf_counter() - first, self.spent()
        return _Told(first - begin, rest, between - before, after - between, words, (between, after))

    def plan(self, read: float, each: float, most: int) -> tuple[int, int] | None:
        """(rounds, tokens of an answer) that fit in the time left, an answer long enough to be timed if possible;
        None: not even one. ``read``: seconds to read a round's prompts, ``each``: of a token of its answers."""
        long = max(ANSWER, min(MOST, round(LASTS / max(each, 1e-6))))
        most = min(most, 2) if read + long * each > LONG else most
        for rounds, answer in ((most, long), (most, ANSWER), (1, ANSWER)):
            if time.perf_counter() + (read + answer * each) * rounds < self.end:
                return rounds, answer
        return None

    async def length(self, tokens: int) -> None:
        """Reading that many, then writing behind them."""
        plan = self.plan(tokens * self._second, self._each, self.rounds if tokens <= 512 else 1)
        if plan is None:
            return
        rounds, answer = plan
        told = [await self.ask(self.prompt(tokens), answer, 0) for _ in range(rounds)]
        first, rest = (statistics.median(getattr(one, name) for one in told) for name in ("first", "rest"))
        read, written = (statistics.median(getattr(one, name) for one in told) for name in ("read", "written"))
        self._second, self._each = first / tokens, rest / (answer - 1)
        self.found.append(Pace("prefill", tokens, 1, tokens / first, _worked(tokens, read)))
        self.found.append(Pace("decode", tokens, 1, (answer - 1) / rest, _worked(answer - 1, written), answer))

    async def batch(self, streams: int, tokens: int = SHORT) -> None:
        """Several answers at once, each behind ``tokens``, timed while all of them are being written."""
        plan = self.plan(
            streams * tokens * self._second, streams * self._each, self.rounds if tokens == SHORT else 1
        )
        if plan is None:
            return
        (rounds, answer), found = plan, []
        for _ in range(rounds):
            told = await asyncio.gather(*(self.ask(self.prompt(tokens), answer, slot) for slot in range(streams)))
            found.append(_together(told, answer))
        rate, worked = (statistics.median(one[place] for one in found) for place in (0, 1))
        self.found.append(Pace("decode", tokens, streams, rate, worked or None, answer))


def _together(told: Sequence[_Told], answer: int) -> tuple[float, float]:
    """Tokens a second of each answer, by the wall and by the engine's own time (0: not known), from when the last
    of them began to when the first of them ended."""
    begin, end = max(one.words[0] for one in told), min(one.words[-1] for one in told)
    written = []
    for one in told:
        inside = [at for at in one.words if begin <= at <= end]
        each = (answer - 1) / max(1, len(one.words) - 1)  # a word may be of several tokens
        if len(inside) > 1:
            written.append((each * (len(inside) - 1), inside[-1] - inside[0]))
    spent = min(one.spent[1] for one in told) - max(one.spent[0] for one in told)
    if not written:  # one had ended when another began
        return statistics.median((answer - 1) / one.rest for one in told), 0.0
    rate = statistics.median(tokens / seconds for tokens, seconds in written)
    return rate, rate * (end - begin) / spent if spent > 0 else 0.0


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
