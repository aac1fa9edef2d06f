"""Many people asking at once, over HTTP, before a stub engine: what the house itself adds, its errors, its memory.

    python benchmarks/crowd.py [--people 100] [--rounds 6] [--passages 5000] [--json]

A real house with every wall. Its people and their sessions are written in its database beforehand. The stub
stands at the engines' sockets and takes a fixed time for everything; it notes when each question came and when its
answer began, so that the engine's own time is known and taken away, question by question.
Two shapes: ``at_once`` (everybody in the same instant, nobody before the last is served) and ``arriving``
(everybody within ten seconds, as after a meeting). ``added_ms``: from the question to the sources and to the first
word, less the engine's. ``cpu_ms_a_question``: processor time of each process, which a busy machine does not change
much. ``resident_mb``: of each process, before and after each round.
"""

import argparse
import asyncio
import base64
import contextlib
import dataclasses
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from houses import SPACE, crowd, fill, furnish, settle
from measure import engines_ready, fetched, finish, parser, say, spread, texts

EMBEDDING, PREFILL, WORD, WORDS = 0.02, 0.3, 0.03, 40  # seconds of the stub, and words of its answers
SPAN = 10.0
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
    options.add_argument("--rounds", type=int, default=6, help="of each shape; the first of each is not counted")
    options.add_argument("--passages", type=int, default=5000)
    options.add_argument("--cases", type=Path, default=Path("tests/data/questions.jsonl"))
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="demeure-crowd-") as scratch:
        finish("crowd", asyncio.run(run(chosen, Path(scratch))))


async def run(options: argparse.Namespace, scratch: Path) -> dict[str, Any]:
    instance = scratch / "instance"
    furnish(instance, fetched("chat", None, "test-chat", "small-chat")[0])
    settle(instance, answer_tokens=64)
    filled = await asyncio.to_thread(fill, instance, crowd(None), options.passages)
    people = await asyncio.to_thread(inhabit, instance, options.people)
    say(options, f"{filled.passages} passages, {len(people)} people")
    questions = texts(options.cases)
    async with house(instance, scratch) as (door, port, noted):
        memory = [await resident(door)]
        spent = await processor(door)
        result: dict[str, Any] = {"people": len(people), "passages": filled.passages}
        number = 0
        for shape, span in (("at_once", 0.0), ("arriving", SPAN)):
            rows: list[Asked] = []
            for turn in range(options.rounds):
                asked = [
                    Asked(f"{questions[(number + n) % len(questions)]} n°{number + n}") for n in range(len(people))
                ]
                number += len(people)
                await asyncio.gather(*(one.ask(port, who, span) for one, who in zip(asked, people, strict=True)))
                rows += asked if turn or options.rounds == 1 else []
                memory.append(await resident(door))
            await asyncio.sleep(1.0)  # the last notes, the last closings
            now = await processor(door)
            result[shape] = told(rows, noted())
            asked_all = options.rounds * len(people)
            result[shape]["cpu_ms_a_question"] = {
                r: round(1000 * (now[r] - spent[r]) / asked_all, 1) for r in ROLES
            }
            spent = now
            say(options, f"{shape}: {result[shape]}")
        result["resident_mb"] = {role: [row[role] for row in memory] for role in ROLES}
    return result


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

    async def ask(self, port: int, session: str, span: float) -> None:
        """As a browser does, over a connection of its own."""
        await asyncio.sleep(random.random() * span)
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


def told(rows: Sequence[Asked], noted: dict[str, dict[str, float]]) -> dict[str, Any]:
    """The figures of one shape."""
    good = [row for row in rows if not row.problem]
    problems: dict[str, int] = {}
    for row in rows:
        if row.problem:
            problems[row.problem] = problems.get(row.problem, 0) + 1
    to_sources, to_word = [], []
    for row in good:
        seen = noted.get(row.number, {})
        embedding = seen.get("embed_out", 0.0) - seen.get("embed_in", 0.0)
        writing = seen["chat_first"] - seen["chat_in"] if "chat_first" in seen else 0.0
        to_sources.append(1000 * (row.sources - row.begun - embedding))
        to_word.append(1000 * (row.first - row.begun - embedding - writing))
    if not good:
        return {"asked": len(rows), "errors": problems}
    return {
        "asked": len(rows),
        "errors": problems,
        "added_ms": {"sources": spread(to_sources), "first_word": spread(to_word)},
        "kept": spread(to_word)["p95"] <= TARGET_MS and not problems,
    }


# -- the house and its stub ----------------------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def house(instance: Path, scratch: Path) -> AsyncGenerator[tuple[Any, int, Any]]:
    """A house whose engines are a stub: its control door, the port of its pages, and what the stub noted."""
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

        def noted() -> dict[str, dict[str, float]]:
            return dict(json.loads((instance / "run" / "noted.json").read_text()))

        yield door, port, noted
        await door.close()
    finally:
        if stand_in is not None:
            stand_in.kill()
            stand_in.wait()
        await asyncio.to_thread(stop, life)
    del scratch


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
    """Answers as llama-server does, in a time that does not depend on how many ask."""

    def __init__(self, instance: Path) -> None:
        self._instance = instance
        self.noted: dict[str, dict[str, float]] = {}
        sources = (Path(__file__).parents[1] / "sample" / "sources").rglob("*.md")
        self._words = sorted(
            {w for path in sources for w in path.read_text(encoding="utf-8").split() if w.isalpha()}
        )
        vector = np.random.default_rng(3).standard_normal(384).astype("<f4")
        self._vector = base64.b64encode((vector / np.linalg.norm(vector)).tobytes()).decode()

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
        data = [{"index": n, "embedding": self._vector} for n in range(count)]
        row["embed_out"] = time.monotonic()
        await self._plain(writer, json.dumps({"data": data}).encode())

    async def _chat(self, writer: asyncio.StreamWriter, row: dict[str, float]) -> None:
        row["chat_in"] = time.monotonic()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
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
