"""Many people asking at once, over HTTP, before a stub engine: what the house itself adds, its errors, its memory.

    python benchmarks/crowd.py [--people 100] [--rounds 6] [--passages 5000] [--places 8] [--json]

A real house with every wall. Its people and their sessions are written in its database beforehand. The stub
stands at the engines' sockets and takes a fixed time for everything; it notes when each question came and when its
answer began, so that the engine's own time is known and taken away, question by question. Its embeddings are
vectors of passages: every question finds sources and nearly all reach the chat model.

``conversing``: all have a question open or read its answer; each asks, reads to the end, thinks for 2 to 8 seconds
and asks again. ``arriving``: all within ten seconds, as after a meeting. ``at_once``: all in the same instant,
before an engine that answers them all at the same time. ``queued``: the same instant, before one that answers
``--places`` at a time.

``answered_by_the_house_alone``: questions whose words are nowhere in what search found, told so without the model;
they are in no time below. ``added_ms``: from the question to the sources and to the first word, less the engine's.
Of ``queued``, the first words are compared one by one, in their order, with those that the same engine would have
given had the house taken no time: who waits for a place is not made to wait longer by a house that is done before
the place is free.
``cpu_ms_a_question``: processor time of each process, which a busy machine does not change much. ``resident_mb``:
of each process, before and after each round, in each of the two lives (``queued`` has its own: the house lets
through as many questions as its engine has places); ``grown_mb``: of the gateway, over the last thousand questions
of the first.
"""

import argparse
import asyncio
import base64
import contextlib
import dataclasses
import heapq
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import AsyncGenerator, Iterator, Sequence
from itertools import count, cycle
from pathlib import Path
from typing import Any

import numpy as np

from houses import SPACE, Vector, crowd, fill, furnish, settle
from measure import engines_ready, fetched, finish, parser, say, spread, texts

EMBEDDING, PREFILL, WORD, WORDS = 0.02, 0.3, 0.03, 40  # seconds of the stub, and words of its answers
SPAN, THOUGHT = 10.0, (2.0, 8.0)
SLOT_CONTEXT = 512  # tokens of each place of the engine that the stub stands for; it must start once
NEAR = 100  # passages whose vectors the stub gives
SHAPES = ("conversing", "arriving", "at_once", "queued")
TARGET_MS = 150.0
_NUMBER = re.compile(r"n°(\d+)")
_LENGTH = re.compile(rb"(?i)\r\ncontent-length: *(\d+)")
ROLES = ("gateway", "worker", "scribe", "supervisor")


def main() -> None:
    if sys.argv[1:2] == ["--stub"]:
        asyncio.run(stub(Path(sys.argv[2])))
        return
    options = parser(__doc__ or "")
    options.add_argument("--people", type=int, default=100)
    options.add_argument("--rounds", type=int, default=6, help="of each shape; the first is not counted")
    options.add_argument("--passages", type=int, default=5000)
    options.add_argument("--places", type=int, default=8, help="answers at a time, of the engine of « queued »")
    options.add_argument("--cases", type=Path, default=Path("tests/data/questions.jsonl"))
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="demeure-crowd-") as scratch:
        finish("crowd", asyncio.run(run(chosen, Path(scratch))))


async def run(options: argparse.Namespace, scratch: Path) -> dict[str, Any]:
    instance = scratch / "instance"
    furnish(instance, fetched("chat", None, "test-chat", "small-chat")[0])
    settle(instance, answer_tokens=64)
    filled = await asyncio.to_thread(fill, instance, crowd(None), options.passages, near(instance / "near.npy"))
    people = await asyncio.to_thread(inhabit, instance, options.people)
    say(options, f"{filled.passages} passages, {len(people)} people")
    result: dict[str, Any] = {"people": len(people), "passages": filled.passages, "resident_mb": {}}
    asking = Asking(people, texts(options.cases))
    for shapes, places in ((SHAPES[:-1], len(people)), (SHAPES[-1:], options.places)):
        # the house lets through as many questions as its engine has places: both are told the same number
        settle(instance, answer_tokens=64, engine_slots=places, engine_context=SLOT_CONTEXT * places)
        (instance / "run").mkdir(mode=0o700, exist_ok=True)
        (instance / "run" / "places").write_text(str(places))
        memory = await live(options, instance, asking, shapes, result)
        result["resident_mb"][shapes[0]] = {role: [row[role] for _, row in memory] for role in ROLES}
        if shapes[0] == SHAPES[0]:
            last, now_mb = memory[-1][0], memory[-1][1]["gateway"]
            before = [row["gateway"] for asked_by_then, row in memory if asked_by_then <= last - 1000]
            result["grown_mb"] = round(now_mb - before[-1], 1) if len(before) > 1 else None
    return result


async def live(
    options: argparse.Namespace, instance: Path, asking: "Asking", shapes: Sequence[str], result: dict[str, Any]
) -> list[tuple[int, dict[str, float]]]:
    """One life of the house: the figures of ``shapes`` into ``result``; (questions asked, megabytes), in order."""
    memory: list[tuple[int, dict[str, float]]] = []
    async with house(instance) as (door, port):
        asking.port = port
        await read_again(door)
        memory.append((asking.asked, await resident(door)))
        spent = await processor(door)
        for shape in shapes:
            rows: list[Asked] = []
            async for turn, asked in asking.rounds(shape, options.rounds):
                rows += asked if turn or options.rounds == 1 else []
                memory.append((asking.asked, await resident(door)))
            await asyncio.sleep(1.0)  # the last notes, the last closings
            now = await processor(door)
            noted = json.loads((instance / "run" / "noted.json").read_text())
            result[shape] = told(rows, noted, options.places if shape == "queued" else 0)
            result[shape]["cpu_ms_a_question"] = {
                role: round(1000 * (now[role] - spent[role]) / (options.rounds * len(asking.people)), 1)
                for role in ROLES
            }
            spent = now
            say(options, f"{shape}: {result[shape]}")
    return memory


def near(kept: Path) -> Vector:
    """A vector for one passage in forty, drawn from the passage; the first ``NEAR`` of them are kept in a file."""
    vectors: list[Any] = []

    def known(text: str) -> Any:
        seed = zlib.crc32(text.encode())
        if seed % 40 or len(vectors) == NEAR:
            return None
        vector = np.random.default_rng(seed).standard_normal(384).astype("<f4")
        vectors.append(vector / np.linalg.norm(vector))
        np.save(kept, np.array(vectors))
        return vectors[-1]

    return known


# -- people --------------------------------------------------------------------------------------------------------


def inhabit(instance: Path, count: int) -> list[str]:
    """So many readers of the space; the token of a session of each."""
    from demeure.clock import SystemClock
    from demeure.identity import Membership, People
    from demeure.policy import Right
    from demeure.store import Keys, keys_folder, open_house, read_house_key

    database = open_house(instance, Keys(read_house_key(instance), keys_folder(instance)))
    people, membership, tokens = People(database, SystemClock()), Membership(database), []
    for number in range(count):
        person = people.add(f"Agent {number}", f"agent{number}")
        membership.grant(SPACE, person.id, Right.READ)
        tokens.append(people.redeem(people.create_link(person.id)).token)
    database.close()
    return tokens


class Asking:
    """People with a session each, and questions without end, each with a number that the stub finds in it."""

    def __init__(self, people: Sequence[str], cases: Sequence[str]) -> None:
        self.port, self.people, self._cases = 0, people, cycle(cases)
        self._numbers = count()
        self.asked = 0

    async def rounds(self, shape: str, count: int) -> AsyncGenerator[tuple[int, "list[Asked]"]]:
        """So many questions of each person, as the shape says: the round, and what was asked in it."""
        if shape == "conversing":
            talks = await asyncio.gather(*(self._converse(who, count) for who in self.people))
            for number, asked in enumerate(zip(*talks, strict=True)):
                yield number, list(asked)
            return
        span = SPAN if shape == "arriving" else 0.0
        for number in range(count):
            asking = (self._ask(who, random.random() * span) for who in self.people)
            yield number, await asyncio.gather(*asking)

    async def _converse(self, who: str, count: int) -> "list[Asked]":
        return [await self._ask(who, random.uniform(*THOUGHT)) for _ in range(count)]

    async def _ask(self, who: str, wait: float) -> "Asked":
        """One question of one person, read to its end."""
        self.asked += 1
        one = Asked(f"{next(self._cases)} n°{next(self._numbers)}")
        await one.ask(self.port, who, wait)
        return one


@dataclasses.dataclass
class Asked:
    """One question and what became of it; moments on the machine's monotonic clock."""

    question: str
    begun: float = 0.0
    sources: float = 0.0
    first: float = 0.0
    last: float = 0.0
    problem: str = ""

    @property
    def number(self) -> str:
        return _NUMBER.findall(self.question)[-1]

    async def ask(self, port: int, session: str, wait: float) -> None:
        """As a browser does, over a connection of its own, after ``wait`` seconds."""
        await asyncio.sleep(wait)
        self.begun = time.monotonic()
        try:
            async with asyncio.timeout(120):
                await self._exchange(port, session)
        except (OSError, TimeoutError, EOFError) as problem:
            self.problem = type(problem).__name__
        if not self.problem and not (self.sources and self.first and self.last):
            self.problem = "cut"

    async def _exchange(self, port: int, session: str) -> None:
        from demeure.gateway.visit import form_token

        body = json.dumps({"question": self.question}).encode()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        head = (
            f"POST /api/ask HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: demeure-session-{port}={session}\r\n"
            f"X-Demeure-Token: {form_token(session)}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        )
        writer.write(head.encode() + body)
        try:
            status = await reader.readline()
            if b" 200 " not in status:
                self.problem = status.decode("latin-1").strip()
                return
            while line := await reader.readline():
                self._hear(line)
        finally:
            writer.close()

    def _hear(self, line: bytes) -> None:
        now = time.monotonic()
        if line.startswith(b"event: sources"):
            self.sources = now
        elif line.startswith(b"event: text"):
            self.first = self.first or now
        elif line.startswith(b"event: closed"):
            self.last = now
        elif line.startswith(b"event: problem"):
            self.problem = "problem"
        elif b'"outcome": "' in line and b'"outcome": "done"' not in line:
            self.problem = self.problem or "outcome"


def told(rows: Sequence[Asked], noted: dict[str, dict[str, float]], places: int) -> dict[str, Any]:
    """The figures of one shape."""
    whole = [row for row in rows if not row.problem]
    good = [row for row in whole if "chat_first" in noted.get(row.number, {})]
    problems: dict[str, int] = {}
    for row in rows:
        if row.problem:
            problems[row.problem] = problems.get(row.problem, 0) + 1
    if not good:
        return {"asked": len(rows), "errors": problems}
    to_sources, to_word = [], []
    for row in good:
        seen = noted.get(row.number, {})
        embedding = seen.get("embed_out", 0.0) - seen.get("embed_in", 0.0)
        writing = seen["chat_first"] - seen["chat_in"]
        to_sources.append(1000 * (row.sources - row.begun - embedding))
        to_word.append(1000 * (row.first - row.begun - embedding - writing))
    if places:
        to_word = list(behind(good, noted, places))
    return {
        "asked": len(rows),
        "answered_by_the_house_alone": len(whole) - len(good),
        "errors": problems,
        "added_ms": {"sources": spread(to_sources), "first_word": spread(to_word)},
        "kept": spread(to_word)["p95"] <= TARGET_MS and not problems,
    }


def behind(rows: Sequence[Asked], noted: dict[str, dict[str, float]], places: int) -> Iterator[float]:
    """Milliseconds of each first word after the one of its rank from the same engine, at the pace it really had,
    behind a house that takes no time. Rounds follow each other: each is its own queue."""
    rounds: list[list[Asked]] = []
    for row in sorted(rows, key=lambda row: row.begun):
        if not rounds or row.begun > max(one.last for one in rounds[-1]):
            rounds.append([])
        rounds[-1].append(row)
    for asked in rounds:
        free = [0.0] * places
        ideal = []
        for row in asked:
            seen = noted[row.number]
            start = max(heapq.heappop(free), row.begun + seen["embed_out"] - seen["embed_in"])
            ideal.append(start + seen["chat_first"] - seen["chat_place"])
            heapq.heappush(free, start + seen["chat_last"] - seen["chat_place"])
        for real, best in zip(sorted(row.first for row in asked), sorted(ideal), strict=True):
            yield 1000 * (real - best)


# -- the house and its stub ----------------------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def house(instance: Path) -> AsyncGenerator[tuple[Any, int]]:
    """A house whose engines are a stub: its control door and the port of its pages."""
    from demeure.cli.house import stop, wait_open

    (instance / "run").mkdir(mode=0o700, exist_ok=True)
    words = [sys.executable, "-m", "demeure.cli.main", "--instance", str(instance), "up", "--port", "0"]
    with (instance / "run" / "house.log").open("ab") as sink:
        life = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink)  # noqa: ASYNC220
    stand_in: subprocess.Popen[bytes] | None = None
    try:
        door = await wait_open(instance, life)
        await engines_ready(door)
        for kind in ("chat", "embed"):
            (instance / "run" / "engine" / kind / "s.sock").rename(instance / "run" / "engine" / kind / "real.sock")
        stand_in = subprocess.Popen([sys.executable, __file__, "--stub", str(instance)])  # noqa: ASYNC220
        while not all(  # noqa: ASYNC110 - another process makes them
            (instance / "run" / "engine" / kind / "s.sock").exists() for kind in ("chat", "embed")
        ):
            await asyncio.sleep(0.05)
        port = int((await door.call("status")).data["port"])
        yield door, port
        await door.close()
    finally:
        if stand_in is not None:
            stand_in.kill()
            stand_in.wait()
        await asyncio.to_thread(stop, life)


async def read_again(door: Any) -> None:
    """Wait until the worker has read again what was filled in beside it: it rests for three seconds on end."""
    resting, spent = 0, await processor(door)
    for _ in range(240):
        await asyncio.sleep(1.0)
        now = await processor(door)
        resting = resting + 1 if now["worker"] - spent["worker"] <= 0.03 else 0
        spent = now
        if resting == 3:
            return
    raise TimeoutError("the worker has not ended its own work within four minutes")


async def resident(door: Any) -> dict[str, float]:
    """Megabytes of each process of the house."""
    rows = (await door.call("status")).data["processes"]
    return {row["role"]: round(row["resident_kb"] / 1024, 1) for row in rows if row["role"] in ROLES}


async def processor(door: Any) -> dict[str, float]:
    """Processor seconds that each process has used: what stays true on a busy machine."""
    return {row["role"]: used(row["pid"]) for row in (await door.call("status")).data["processes"]}


def used(pid: int) -> float:
    """User and system time of one process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Stub:
    """Answers as llama-server does, so many at a time, in a time that does not depend on how many ask."""

    def __init__(self, instance: Path) -> None:
        from demeure.worker.role import embedding_model

        self._instance = instance
        self.noted: dict[str, dict[str, float]] = {}
        sources = (Path(__file__).parents[1] / "sample" / "sources").rglob("*.md")
        self._words = sorted(
            {w for path in sources for w in path.read_text(encoding="utf-8").split() if w.isalpha()}
        )
        self._vectors = [base64.b64encode(v.tobytes()).decode() for v in np.load(instance / "near.npy")]
        self._model = embedding_model(instance).sha256
        self._answering = 0
        self._place = asyncio.Condition()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, kept open."""
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int((_LENGTH.findall(head) or [b"0"])[0])
                body = (await reader.readexactly(length)).decode()
                row = self.noted.setdefault((_NUMBER.findall(body) or ["?"])[-1], {})
                target = head.split(b" ", 2)[1]
                if target == b"/v1/chat/completions":
                    await self._chat(writer, row)
                elif target == b"/v1/embeddings":
                    await self._embed(writer, row, len(json.loads(body)["input"]))
                else:
                    answer = json.dumps({"tokens": [1] * (len(body) // 4)}).encode()
                    await self._plain(writer, answer)
        writer.close()

    async def _embed(self, writer: asyncio.StreamWriter, row: dict[str, float], count: int) -> None:
        row["embed_in"] = time.monotonic()
        await asyncio.sleep(EMBEDDING)
        vector = self._vectors[len(self.noted) % len(self._vectors)]
        data = [{"index": n, "embedding": vector} for n in range(count)]
        row["embed_out"] = time.monotonic()
        await self._plain(writer, json.dumps({"data": data, "model": self._model}).encode())

    async def _chat(self, writer: asyncio.StreamWriter, row: dict[str, float]) -> None:
        row["chat_in"] = time.monotonic()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        async with self._place:
            await self._place.wait_for(lambda: self._answering < self._places())
            self._answering += 1
        row["chat_place"] = row["chat_last"] = time.monotonic()
        try:
            await self._write(writer, row)
        finally:
            row["chat_last"] = time.monotonic()
            async with self._place:
                self._answering -= 1
                self._place.notify_all()

    def _places(self) -> int:
        return int((self._instance / "run" / "places").read_text() or 1)

    async def _write(self, writer: asyncio.StreamWriter, row: dict[str, float]) -> None:
        await asyncio.sleep(PREFILL)
        row["chat_first"] = time.monotonic()
        for number in range(WORDS):
            word = (
                "[1]."
                if number == WORDS - 1
                else f"{self._words[(number * 7 + len(self.noted)) % len(self._words)]} "
            )
            self._event(writer, {"choices": [{"delta": {"content": word}}]})
            await writer.drain()
            await asyncio.sleep(WORD)
        self._event(writer, {"choices": [{"delta": {}, "finish_reason": "stop"}]})
        writer.write(b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n")
        await writer.drain()

    @staticmethod
    def _event(writer: asyncio.StreamWriter, data: dict[str, Any]) -> None:
        text = f"data: {json.dumps(data)}\n\n".encode()
        writer.write(f"{len(text):x}\r\n".encode() + text + b"\r\n")

    @staticmethod
    async def _plain(writer: asyncio.StreamWriter, body: bytes) -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()

    async def keep(self) -> None:
        """Write what was noted, four times a second, whole."""
        while True:
            fresh = self._instance / "run" / "noted.new"
            fresh.write_text(json.dumps(self.noted))
            fresh.rename(fresh.with_suffix(".json"))
            await asyncio.sleep(0.25)


async def stub(instance: Path) -> None:
    """Stand at both sockets until killed."""
    one = Stub(instance)
    for kind in ("chat", "embed"):
        await asyncio.start_unix_server(one.serve, instance / "run" / "engine" / kind / "s.sock", backlog=512)
    await one.keep()


if __name__ == "__main__":
    main()
