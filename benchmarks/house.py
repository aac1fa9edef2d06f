"""The whole house against the bare engine, in one run: time added before the first word, decoding, memory, start.

    python benchmarks/house.py [--cases FILE] [--documents DIR] [--docs FILE] [--passages N] [--json]

A space of ``--passages`` passages: bodies of ``--docs`` ({"id", "body"} a line; vectors from the cache that
retrieval.py keeps), else synthetic ones with random vectors; and the ``--documents``, really read by the house.
``--cases``: questions about them (texts, or objects with ``question`` or ``q``; a JSON list or one a line).

Added time to the first word: the house, then the same messages to the same engine, question by question; with a
small model and short prompts, since a long prefill is both a noise larger than what is measured and a cover for
it. ``slow_disk``: the same with 10 ms added to every fsync of every process. Then decoding and ingestion with the
model of ``--model``: while documents are read without a pause and embedded behind them, the house answers.
"""

import argparse
import asyncio
import contextlib
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from demeure.assistant import prompt
from demeure.assistant.evidence import Told, evidence
from demeure.assistant.prompt import Extract
from demeure.library import French
from demeure.settings import Settings
from houses import SPACE, Answered, Filled, Open, crowd, fill, furnish, opened, settle, synthetic
from measure import fetched, finish, parser, say, spread, texts

FRENCH = French()
SHORT = Settings(prompt_tokens=400, answer_tokens=48)
SLOW = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>
static int late(const char *name, int fd) {
    struct timespec pause = {0, 10000000};
    nanosleep(&pause, 0);
    return ((int (*)(int))dlsym(RTLD_NEXT, name))(fd);
}
int fsync(int fd) { return late("fsync", fd); }
int fdatasync(int fd) { return late("fdatasync", fd); }
"""
PAUSE = 2.0  # seconds between two questions: embedding, which waits for readers, is at work again when one comes
NEWS = 150  # passages of a document brought during the measure
HOUSE = ("launcher", "supervisor", "gateway", "worker", "scribe", "workshop")


def main() -> None:
    options = parser(__doc__ or "")
    options.add_argument("--cases", type=Path, default=Path("tests/data/questions.jsonl"))
    options.add_argument("--documents", type=Path, default=Path("sample/documents"))
    options.add_argument("--docs", type=Path, help='lines of {"id", "body"}')
    options.add_argument("--cache", type=Path, default=Path("cache"), help="where retrieval.py keeps vectors")
    options.add_argument("--passages", type=int, default=24_000)
    options.add_argument("--rounds", type=int, default=60, help="questions of each measure of the first word")
    options.add_argument("--long-rounds", type=int, default=8, help="questions of each measure with --model")
    options.add_argument("--model", help="chat model that decodes (default: starter-chat)")
    options.add_argument("--quick-model", help="chat model of the first word (default: test-chat)")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="demeure-house-") as scratch:
        finish("house", asyncio.run(run(chosen, Path(scratch))))


async def run(options: argparse.Namespace, scratch: Path) -> dict[str, Any]:
    instance, asked = scratch / "instance", Questions(texts(options.cases))
    quick = fetched("chat", options.quick_model, "test-chat", "small-chat")[0]
    main_model = fetched("chat", options.model, "starter-chat", "small-chat")[0]
    furnish(instance, quick)
    settle(instance, prompt_tokens=SHORT.prompt_tokens, answer_tokens=SHORT.answer_tokens)
    filled = await asyncio.to_thread(fill_space, instance, options)
    say(options, f"{filled.passages} passages written, {filled.real_vectors} with the vector of a model")
    result: dict[str, Any] = {
        "chat_models": {"first_word": quick, "decoding and ingestion": main_model},
        "first_word_settings": {"prompt_tokens": SHORT.prompt_tokens, "answer_tokens": SHORT.answer_tokens},
        "passages": filled._asdict(),
    }
    async with opened(instance) as house:
        result["documents"] = await house.bring(sorted(p for p in options.documents.rglob("*") if p.is_file()))
        result["first_word"] = first_words(await rounds(house, asked, options.rounds, SHORT))
    say(options, f"first word: {result['first_word']}")
    if slow := slow_library(scratch):
        async with opened(instance, preload=slow) as house:
            result["slow_disk"] = first_words(await rounds(house, asked, options.rounds, SHORT))
        say(options, f"slow disk: {result['slow_disk']}")
    furnish(instance, main_model)
    settle(instance)
    async with opened(instance) as house:
        idle = await rounds(house, asked, options.long_rounds, Settings())
        resident = [await memory(house)]
        result |= {"decoding": decoding(idle)}
        say(options, f"decoding: {result['decoding']}")
        result["ingestion"] = await beside_ingestion(house, [ours for ours, _ in idle])
        resident.append(await memory(house))
    result["resident_mb"] = dict(zip(("idle", "after_ingestion"), resident, strict=True))
    return result


def fill_space(instance: Path, options: argparse.Namespace) -> Filled:
    """Vectors of ``--docs`` as retrieval.py kept them."""
    from retrieval import VectorCache, sha256

    path = options.cache / f"e5-{sha256(fetched('embed', None)[1])[:16]}.vectors"
    kept = VectorCache(path) if options.docs and path.exists() else None
    known = (lambda text: kept.get(text, "passage")) if kept else (lambda _: None)
    return fill(instance, crowd(options.docs), options.passages, known)


class Questions:
    """The cases over and over, each time with another number: the house answers as to a new one."""

    def __init__(self, cases: Sequence[str]) -> None:
        self._cases, self._next = cases, 0

    def __next__(self) -> str:
        self._next += 1
        case = self._cases[(self._next - 1) % len(self._cases)]
        return f"{case} ({self._next})"


async def rounds(house: Open, asked: Questions, count: int, settings: Settings) -> list[tuple[Answered, Answered]]:
    """(through the house, bare engine) of ``count`` questions that reach the engine; one more before, untold, warms
    everything."""
    rows: list[tuple[Answered, Answered]] = []
    for _ in range(20 + 4 * count):
        ours = await house.ask(next(asked))
        if not ours.declined:
            told = messages(ours, settings.prompt_tokens)
            rows.append((ours, await house.straight(told, settings.answer_tokens)))
        if len(rows) > count:
            return rows[1:]
    raise SystemExit("the house declines nearly every question: are the cases about the documents?")


def messages(ours: Answered, budget: int) -> list[dict[str, str]]:
    """What the house gave the engine, but for the heading, another word of as many tokens: the engine keeps the
    system's words hot, as for any new question, and reads the extracts anew."""
    lines = evidence(
        ours.question,
        [Told(s["document_id"], "", s["quote"]) for s in ours.sources],
        FRENCH.stems,
        prompt.characters_about(budget),
    )
    extracts = [
        Extract(", ".join(filter(None, (s["document"], s["place_label"]))), text, s["number"])
        for s, text in zip(ours.sources, lines, strict=True)
        if text
    ]
    built = prompt.build(
        ours.question,
        extracts,
        organisation="Ma mairie",
        language="fr",
        budget=2 * budget,
        count=prompt.tokens_about,
    )
    told = [dict(message) for message in built.messages]
    told[-1]["content"] = told[-1]["content"].replace("Extraits :", "Passages :", 1)
    return told


def first_words(rows: Sequence[tuple[Answered, Answered]]) -> dict[str, Any]:
    """Milliseconds that the house adds before the first word, question by question."""
    return {
        "added_ms": spread([1e3 * (ours.first - bare.first) for ours, bare in rows]),
        "bare_ms": spread([1e3 * bare.first for _, bare in rows]),
        "sources_shown_ms": spread([1e3 * ours.shown for ours, _ in rows]),
    }


def decoding(rows: Sequence[tuple[Answered, Answered]]) -> dict[str, Any]:
    """Tokens a second through the house ÷ bare, answers of a dozen tokens or more."""
    both = [(ours.speed, bare.speed) for ours, bare in rows if min(ours.tokens, bare.tokens) >= 12]
    if not both:
        return {"ratio": None, "answers": 0}
    return {
        "ratio": round(statistics.median(ours / bare for ours, bare in both), 3),
        "ratios": spread([ours / bare for ours, bare in both], 3),
        "bare_tokens_per_second": round(statistics.median(bare for _, bare in both), 1),
        "answers": len(both),
        "first_word_ratio": round(statistics.median(ours.first / bare.first for ours, bare in rows), 3),
    }


async def memory(house: Open) -> dict[str, int]:
    """Resident MB of each process, and of the house without its engines."""
    found = {role: row["resident_kb"] // 1024 for role, row in (await house.processes()).items()}
    return {**found, "house": sum(found[role] for role in HOUSE)}


async def beside_ingestion(house: Open, idle: Sequence[Answered]) -> dict[str, Any]:
    """The same questions again (their prompts left the engine's cache long ago) while documents keep coming."""
    news = News(house)
    feeding = asyncio.create_task(news.feed())
    try:
        await asyncio.wait({feeding, asyncio.create_task(news.several.wait())}, return_when=asyncio.FIRST_COMPLETED)
        begin, read, embedded = time.perf_counter(), news.read, await news.embedded()
        busy = []
        for before in idle:
            await asyncio.sleep(PAUSE)
            busy.append(await house.ask(f"{before.question} ?"))
        spent = time.perf_counter() - begin
        read, embedded = news.read - read, await news.embedded() - embedded
    finally:
        feeding.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await feeding  # its own failure is ours
    pairs = [pair for pair in zip(busy, idle, strict=True) if not pair[0].declined]
    told = [(now.speed, then.speed) for now, then in pairs if min(now.tokens, then.tokens) >= 12]
    return {
        "first_word_ratio": round(statistics.median(now.first / then.first for now, then in pairs), 3),
        "first_word_ratios": spread([now.first / then.first for now, then in pairs], 3),
        "decode_ratio": round(statistics.median(now / then for now, then in told), 3) if told else None,
        "decode_ratios": spread([now / then for now, then in told], 3) if told else None,
        "seconds": round(spent, 1),
        "passages_read": read * NEWS,
        "passages_embedded": embedded,
    }


class News:
    """Documents brought one after the other, the next as soon as the last can be searched."""

    def __init__(self, house: Open) -> None:
        self._house, self._texts = house, synthetic(11)
        self._ids: list[str] = []
        self.several = asyncio.Event()

    @property
    def read(self) -> int:
        """Documents that came to be searchable."""
        return len(self._ids)

    async def feed(self) -> None:
        """Until cancelled."""
        while True:
            body = "\n\n".join(islice(self._texts, NEWS)).encode()
            args = {"space": SPACE, "name": f"nouvelles-{len(self._ids)}.txt"}
            row = (await self._house.door.call("documents.add", args, body)).data["document"]["id"]
            async for _ in self._house.door.stream("documents.wait", {"documents": [row], "until": "searchable"}):
                pass
            self._ids.append(row)
            if len(self._ids) == 3:
                self.several.set()

    async def embedded(self) -> int:
        """Passages of them that have their vector."""
        rows = [(await self._house.door.call("documents.show", {"document": i})).data for i in list(self._ids)]
        return sum(row["document"]["embedded"] for row in rows)


def slow_library(scratch: Path) -> Path | None:
    """Where to find the fsync that takes 10 ms more; None without a C compiler, said aloud."""
    source, library = scratch / "late.c", scratch / "late.so"
    source.write_text(SLOW, encoding="ascii")
    try:
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", library, source], check=True)
    except (OSError, subprocess.CalledProcessError) as problem:
        print(f"no slow disk: {problem}", file=sys.stderr)
        return None
    return library


if __name__ == "__main__":
    main()
