"""The whole house against the bare engine, in one run: time added before the first word, decoding, memory, start.

``--passages`` fills a space with that many passages (texts from ``--docs``, else words of the sample base;
vectors are random: only time is measured here). ``--ingest`` also measures while documents are being read.
"""

import argparse
import asyncio
import json
import random
import statistics
import tempfile
import time
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path
from typing import Any

import httpcore
import numpy as np

from demeure.assistant import prompt
from demeure.assistant.prompt import Extract
from demeure.cli.house import launched, wait_open
from measure import finish, parser, percentile, say, spread
from questions import borrow_models, engines_ready

WORDS = 130  # of a synthetic passage: about 900 characters


def main() -> None:
    options = parser(__doc__ or "")
    options.add_argument("--cases", type=Path, default=Path("tests/data/questions.jsonl"), help="questions to ask")
    options.add_argument("--docs", type=Path, default=None, help='lines of {"id", "body"}')
    options.add_argument("--passages", type=int, default=24_000)
    options.add_argument("--rounds", type=int, default=20)
    options.add_argument("--model", default=None, help="chat model id (default: the one in use)")
    options.add_argument("--ingest", action="store_true")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        finish("house", asyncio.run(run(chosen, Path(scratch) / "instance")))


async def run(options: argparse.Namespace, instance: Path) -> dict[str, Any]:
    borrow_models(instance, options.model)
    random.seed(7)
    space = await asyncio.to_thread(fill, instance, options)
    say(options, f"{options.passages} passages written")
    start = time.perf_counter()
    with launched(instance, "--port", "0") as house:
        door = await wait_open(instance, house)
        result: dict[str, Any] = {
            "door_open_s": round(time.perf_counter() - start, 2),
            "passages": options.passages,
        }
        try:
            await engines_ready(door)
            questions = [json.loads(line)["question"] for line in options.cases.read_text().splitlines()]
            await once(door, instance, space, "Combien de repas ?")  # loads the vectors, warms the slots
            result |= compare([await once(door, instance, space, q) for q in rounds(questions, options)])
            if options.ingest:
                result["ingestion"] = await during_ingestion(door, instance, space, questions, options)
            status = (await door.call("status")).data
            resident = {p["role"]: p["resident_kb"] // 1024 for p in status["processes"]}
            result["resident_mb"] = resident
            result["resident_without_engines_mb"] = sum(
                v for k, v in resident.items() if not k.startswith("engine")
            )
            result["ladder"] = status["ladder"]
        finally:
            await door.close()
    return result


def rounds(questions: list[str], options: argparse.Namespace) -> list[str]:
    return [f"{questions[n % len(questions)]} ({n})" for n in range(options.rounds)]


async def once(door: Any, instance: Path, space: str, question: str) -> dict[str, float]:
    """The same question through the house, then straight to the engine with the same extracts and a fresh start."""
    begin = time.perf_counter()
    first, last, pieces, extracts = 0.0, 0.0, "", []
    async for item in door.stream("ask", {"question": question, "spaces": [space], "language": "fr"}):
        if item.data["event"] == "sources":
            shown = time.perf_counter() - begin
            extracts = [
                Extract(", ".join(filter(None, (s["document"], s["place_label"]))), s["quote"])
                for s in item.data["items"]
            ]
        elif item.data["event"] == "text":
            first = first or time.perf_counter() - begin
            last, pieces = time.perf_counter() - begin, pieces + item.data["delta"]
    bare = await straight(instance, question, extracts)
    return {"house_first": first, "house_last": last, "house_text": float(len(pieces)), "sources": shown, **bare}


async def straight(instance: Path, question: str, extracts: list[Extract]) -> dict[str, float]:
    built = prompt.build(
        question, extracts, organisation="Ma mairie", language="fr", budget=10_000, count=prompt.tokens_about
    )
    messages = [dict(m) for m in built.messages]
    # a word that differs after the heading: the engine keeps the system prefix hot, as for any new question
    messages[1]["content"] = messages[1]["content"].replace(" :\n\n", f" {random.randrange(10**6)} :\n\n", 1)
    body = {"messages": messages, "max_tokens": 512, "temperature": 0.1, "seed": 1, "stream": True}
    begin, first, text = time.perf_counter(), 0.0, ""
    async for delta in events(instance, body):
        if delta:
            first = first or time.perf_counter() - begin
            text += delta
    last = time.perf_counter() - begin
    return {"bare_first": first, "bare_last": last, "bare_text": float(len(text))}


async def events(instance: Path, body: dict[str, Any]) -> AsyncGenerator[str]:
    socket_path = str(instance / "run" / "engine" / "chat" / "s.sock")
    async with httpcore.AsyncConnectionPool(uds=socket_path) as pool:
        content = json.dumps(body).encode()
        headers = [(b"content-type", b"application/json"), (b"host", b"engine")]
        async with pool.stream(
            "POST", "http://engine/v1/chat/completions", headers=headers, content=content
        ) as answer:
            waiting = b""
            async for chunk in answer.aiter_stream():
                *lines, waiting = (waiting + chunk).split(b"\n")
                for line in lines:
                    if line.startswith(b"data: {"):
                        choices = json.loads(line[6:])["choices"]
                        yield (choices[0]["delta"].get("content") or "") if choices else ""


def compare(rows: list[dict[str, float]]) -> dict[str, Any]:
    """Added milliseconds before the first word, and characters a second against the bare engine."""
    asked = [r for r in rows if r["house_first"] and r["bare_first"]]
    added = [(r["house_first"] - r["bare_first"]) * 1e3 for r in asked]

    def speed(row: dict[str, float], who: str) -> float:
        return row[f"{who}_text"] / max(row[f"{who}_last"] - row[f"{who}_first"], 1e-3)

    long = [r for r in asked if min(r["house_text"], r["bare_text"]) > 80]
    ratios = [speed(r, "house") / speed(r, "bare") for r in long]
    return {
        "added_first_token_ms": spread(added),
        "sources_shown_ms": spread([r["sources"] * 1e3 for r in asked]),
        "bare_first_token_ms": spread([r["bare_first"] * 1e3 for r in asked]),
        "first_token_ratio": round(statistics.median(r["house_first"] / r["bare_first"] for r in asked), 3),
        "decode_ratio": round(statistics.median(ratios), 3) if ratios else None,
    }


async def during_ingestion(
    door: Any, instance: Path, space: str, questions: list[str], options: argparse.Namespace
) -> dict[str, Any]:
    """The same questions idle, then while a large text is being read and embedded."""
    few = argparse.Namespace(**{**vars(options), "rounds": 6})
    idle = [await once(door, instance, space, q) for q in rounds(questions, few)]
    text = "\n".join(synthetic(4000)).encode()
    await door.call("documents.add", {"space": space, "name": "long.txt"}, text)
    busy = [await once(door, instance, space, q + " ?") for q in rounds(questions, few)]
    first = [[r["house_first"] for r in rows if r["house_first"]] for rows in (idle, busy)]
    speed = [
        [r["house_text"] / max(r["house_last"] - r["house_first"], 1e-3) for r in rows if r["house_text"] > 80]
        for rows in (idle, busy)
    ]
    return {
        "first_token_ratio": round(statistics.median(first[1]) / statistics.median(first[0]), 2),
        "decode_ratio": round(statistics.median(speed[1]) / statistics.median(speed[0]), 2) if all(speed) else None,
        "first_token_busy_p95_s": round(percentile(first[1], 0.95), 2),
    }


def synthetic(count: int) -> Iterator[str]:
    """Passages drawn from the words of the sample base."""
    words = [
        w
        for p in Path("sample/sources").rglob("*.md")
        for w in p.read_text(encoding="utf-8").split()
        if w.isalpha()
    ]
    for _ in range(count):
        yield " ".join(random.choices(words, k=WORDS)) + "."


def texts(options: argparse.Namespace) -> Iterator[str]:
    if options.docs is None:
        yield from synthetic(options.passages)
        return
    with options.docs.open(encoding="utf-8") as lines:
        for line in lines:
            body = json.loads(line)["body"]
            yield from (body[at : at + 950] for at in range(0, len(body), 950))


def fill(instance: Path, options: argparse.Namespace) -> str:
    """A space with that many passages, their stems, and random unit vectors; written with the house closed."""
    import sqlalchemy as sa

    from demeure.clock import SystemClock
    from demeure.identity import People
    from demeure.library import Document, Rooms, Shelf, indexing
    from demeure.library.search.query import French
    from demeure.store import Keys, keys_folder, open_house, read_house_key
    from demeure.store.space_tables import passages
    from demeure.workshop import Part

    keys = Keys(read_house_key(instance), keys_folder(instance))
    house, rooms = open_house(instance, keys), Rooms(instance, keys)
    shelf, space, french = Shelf(house, SystemClock()), "bench", French()
    People(house, SystemClock()).ensure_administrator()
    keys.create_space(space)
    shelf.add_space(space, "bench", None)
    database, made = rooms.database(space), 0
    source = texts(options)
    while made < options.passages:
        parts = [
            Part({"kind": "lines", "from": n + 1, "to": n + 1}, t) for n, t in zip(range(40), source, strict=False)
        ]
        if not parts:
            break
        name = f"{made:06}"
        row = Document(name, space, name + ".txt", "txt", 1, name, "ready", name, "bench", shelf.now())
        shelf.add(row)
        count = indexing.index(database, french, name, name, parts)
        shelf.update(name, state="ready", passages=count, embedded=count)
        made += count
    with database.read() as db:
        ids = list(db.execute(sa.select(passages.c.id)).scalars())
    drawn = np.random.default_rng(7).standard_normal((len(ids), 384)).astype(np.float32)
    drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
    for at in range(0, len(ids), 2000):
        rows = [indexing.Unembedded(i, "", i.to_bytes(32, "big"), None) for i in ids[at : at + 2000]]
        indexing.store_vectors(database, "bench", rows, drawn[at : at + 2000])
    rooms.close()
    house.close()
    return space


if __name__ == "__main__":
    main()
