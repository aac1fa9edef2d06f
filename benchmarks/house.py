"""The whole house against the bare engine, in one run: time added before the first word, decoding, memory, start.

    python benchmarks/house.py [--cases FILE] [--documents DIR] [--docs FILE] [--passages N] [--json]

A space of ``--passages`` passages: bodies of ``--docs`` ({"id", "body"} a line; vectors from the cache that
retrieval.py keeps), else synthetic ones with random vectors; and the ``--documents``, really read by the house.
``--cases``: questions about them (texts, or objects with ``question`` or ``q``; a JSON list or one a line).

Added time to the first word: the whole wait less the engine's own for the same answer, seen at the engine's door;
and the same messages to the bare engine, question by question. With a small model and short prompts, since a long
prefill is a cover for what is measured. ``slow_disk``: the same with 10 ms added to every fsync of every process.
Then decoding and ingestion with the model of ``--model``: the house answers while documents are read without a
pause and embedded behind them.
"""

import argparse
import asyncio
import contextlib
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Sequence
from itertools import count
from pathlib import Path
from typing import Any

from houses import SPACE, Answered, Filled, Open, crowd, fill, furnish, opened, settle
from ingestion import long_pdf
from measure import fetched, finish, parser, say, spread, texts

SHORT = {"prompt_tokens": 400, "answer_tokens": 48}
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
NEWS, PAGES = 8, 100  # different documents brought during the measure, and their pages
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
    settle(instance, **SHORT)
    filled = await asyncio.to_thread(fill_space, instance, options)
    say(options, f"{filled.passages} passages written, {filled.real_vectors} with the vector of a model")
    result: dict[str, Any] = {
        "chat_models": {"first_word": quick, "decoding and ingestion": main_model},
        "first_word_settings": SHORT,
        "passages": filled._asdict(),
    }
    async with opened(instance) as house:
        result["documents"] = await house.bring(sorted(p for p in options.documents.rglob("*") if p.is_file()))
        result["first_word"] = first_words([r async for r in rounds(house, asked, options.rounds)])
    say(options, f"first word: {result['first_word']}")
    if slow := slow_library(scratch):
        async with opened(instance, preload=slow) as house:
            result["slow_disk"] = first_words([r async for r in rounds(house, asked, options.rounds)])
        say(options, f"slow disk: {result['slow_disk']}")
    furnish(instance, main_model)
    settle(instance)
    async with opened(instance) as house:
        idle, hot = [], []
        async for ours, bare in rounds(house, asked, options.long_rounds):
            idle.append((ours, bare))
            hot += await again(house, ours)
        resident = [await memory(house)]
        result |= {"decoding": decoding([*idle, *hot])}
        say(options, f"decoding: {result['decoding']}")
        result["ingestion"] = await beside_ingestion(house, [ours for ours, _ in idle])
        resident.append(await memory(house))
    result["resident_mb"] = dict(zip(("idle", "after_ingestion"), resident, strict=True))
    return result


def fill_space(instance: Path, options: argparse.Namespace) -> Filled:
    """Vectors of ``--docs`` as retrieval.py kept them."""
    from corpora import VectorCache, sha256

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


Pair = tuple[Answered, Answered]


async def rounds(house: Open, asked: Questions, wanted: int) -> AsyncGenerator[Pair]:
    """(through the house, bare engine) of questions that reach the engine; one more before, untold, warms
    everything."""
    made = -1
    for _ in range(20 + 4 * wanted):
        ours = await house.ask(next(asked))
        if not (ours.engine and ours.pieces):
            continue  # declined: the base has nothing, the engine was not asked
        bare = await house.straight(anew(ours.engine.body))
        if (made := made + 1) > 0:
            yield ours, bare
        if made == wanted:
            return
    raise SystemExit("the house declines nearly every question: are the cases about the documents?")


def anew(body: dict[str, Any]) -> dict[str, Any]:
    """What the house asked of its engine, but for the heading of the extracts, another word of as many tokens: the
    engine keeps the stable beginning hot, as for any new question, and reads the extracts anew."""
    *before, last = body["messages"]
    content = last["content"].replace("Extraits", "Passages", 1)
    return {**body, "messages": [*before, {**last, "content": content}]}


async def again(house: Open, ours: Answered) -> list[Pair]:
    """The question just asked, to both, its prompts still in the engine's cache: decoding alone, in the order
    ABBA."""
    body = anew(ours.engine.body) if ours.engine else {}
    bare, first = await house.straight(body), await house.ask(ours.question)
    second, last = await house.ask(ours.question), await house.straight(body)
    return [(first, bare), (second, last)]


def first_words(rows: Sequence[Pair]) -> dict[str, Any]:
    """Milliseconds that the house adds before the first word: the whole wait less the engine's own, answer by
    answer; then the same by comparison with the bare engine, whose noise is that of two prefills."""
    seen = [(ours, ours.engine) for ours, _ in rows if ours.engine]
    before = [1e3 * (engine.asked - ours.begun) for ours, engine in seen]
    after = [1e3 * (ours.begun + ours.first - engine.first) for ours, engine in seen]
    return {
        "added_ms": spread([one + other for one, other in zip(before, after, strict=True)]),
        "before_the_engine_ms": spread(before),
        "after_the_engine_ms": spread(after),
        "engine_ms": spread([1e3 * (engine.first - engine.asked) for _, engine in seen]),
        "sources_shown_ms": spread([1e3 * ours.shown for ours, _ in rows]),
        "against_bare_ms": spread([1e3 * (ours.first - bare.first) for ours, bare in rows]),
        "against_bare_ratio": round(statistics.median(ours.first / bare.first for ours, bare in rows), 3),
    }


def decoding(rows: Sequence[Pair]) -> dict[str, Any]:
    """Tokens a second through the house ÷ bare engine, by turns, answers of a dozen tokens or more; and at the
    reader's ÷ at the engine's door, of the same answers."""
    both = [(ours, bare) for ours, bare in rows if min(ours.pieces, bare.pieces) >= 12]
    if not both:
        return {"ratio": None, "answers": 0}
    ratios = [ours.speed / bare.speed for ours, bare in both]
    passed = [(o.engine.last - o.engine.first) / (o.last - o.first) for o, _ in both if o.engine]
    return {
        "ratio": round(statistics.median(ratios), 3),
        "ratios": spread(ratios, 3),
        "reader_over_engine": round(statistics.median(passed), 3),
        "bare_tokens_per_second": round(statistics.median(bare.speed for _, bare in both), 1),
        "answers": len(both),
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
        begin, before, busy = time.perf_counter(), await news.count(), []
        for then in idle:
            await asyncio.sleep(PAUSE)
            busy.append(await house.ask(f"{then.question} ?"))
        spent = time.perf_counter() - begin
        after = await news.count()
    finally:
        feeding.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await feeding  # its own failure is ours
    waits = [now.first / then.first for now, then in zip(busy, idle, strict=True)]
    speeds = [
        now.speed / then.speed for now, then in zip(busy, idle, strict=True) if min(now.pieces, then.pieces) >= 12
    ]
    return {
        "first_word_ratio": round(statistics.median(waits), 3),
        "first_word_ratios": spread(waits, 3),
        "decode_ratio": round(statistics.median(speeds), 3) if speeds else None,
        "decode_ratios": spread(speeds, 3) if speeds else None,
        "seconds": round(spent, 1),
        "read_meanwhile": {name: after[name] - before[name] for name in after},
    }


class News:
    """PDF documents brought one after the other, the next as soon as the last can be searched."""

    def __init__(self, house: Open) -> None:
        self._house = house
        self._files = [long_pdf(PAGES, first=1 + n * PAGES) for n in range(NEWS)]
        self._ids: list[str] = []
        self.several = asyncio.Event()

    async def feed(self) -> None:
        """Until cancelled."""
        for number in count():
            body = self._files[number % NEWS] + b"\n%% " + str(number).encode()  # other bytes: another document
            args = {"space": SPACE, "name": f"nouvelles-{number}.pdf"}
            row = (await self._house.door.call("documents.add", args, body)).data["document"]["id"]
            async for item in self._house.door.stream(
                "documents.wait", {"documents": [row], "until": "searchable"}
            ):
                if item.data["document"]["state"] == "failed":
                    raise SystemExit(f"a document could not be read: {item.data['document']}")
            self._ids.append(row)
            if number == 1:
                self.several.set()

    async def count(self) -> dict[str, int]:
        """Documents of them that can be searched, their passages, those that have their vector."""
        rows = [(await self._house.door.call("documents.show", {"document": i})).data for i in list(self._ids)]
        found = [row["document"] for row in rows]
        return {
            "documents": len(found),
            "passages": sum(row["passages"] for row in found),
            "embedded": sum(row["embedded"] for row in found),
        }


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
