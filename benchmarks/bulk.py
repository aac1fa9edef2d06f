"""Thousands of documents at once: text made searchable a second, memory, and the index after kills in the middle.

    python benchmarks/bulk.py [--docs FILE] [--sheets N] [--kills N] [--embedded N] [--json]

``--docs``: bodies ({"id", "body"} a line), the first ``--sheets`` of them; without it, synthetic ones of the same
size. The product's own library, pipeline and store, a real boxed workshop, a real scribe (a journal in memory in
the killed run). ``received_mb_per_second``: storing (hashed, encrypted, synced, journalled), one after another, as
one sender does. ``text_mb_per_second``: bytes of text in UTF-8 ÷ seconds from the start of the worker until every
document is searchable, no model embedding; ``processor_ms_per_document``: of the worker, the scribe and the jobs,
which a busy machine changes little. The same again with the worker killed (SIGKILL) at random moments:
``identical`` compares parts, passages, stems and rows, name by name. ``embedded``: that many sheets imported with
the embedding model in place, passages a second from the start of the worker to the last vector, against the bare
engine given the same passages in the same run.
"""

import asyncio
import os
import random
import resource
import signal
import socket
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from demeure.clock import SystemClock
from demeure.engine import EmbedClient, LeaseGate, YieldingEmbedder
from demeure.engine.trial import trial
from demeure.journal import Journal, ScribeJournal
from demeure.library import EmbeddingModel, Parts, Pipeline, Rooms, Shelf
from demeure.store import Database, Keys, keys_folder, open_house, read_house_key
from demeure.store.space_tables import passages
from demeure.store.tables import documents
from demeure.testing.house import pieces
from demeure.testing.journal import MemoryJournal
from demeure.testing.workshop import LoneWorkshop
from ingestion import ACTOR, BATCH, Absent, at_work, bare_rate, sha256
from ingestion import open_house as opened_house
from journal import scribe
from measure import fetched, finish, parser, read_cases, say

ROOT = Path(__file__).resolve().parents[1]
SPACE = "mairie"


def main() -> None:
    options = parser(__doc__ or "")
    options.add_argument("--docs", type=Path, help='lines of {"id", "body"}')
    options.add_argument("--sheets", type=int, default=3593, help="how many of them (default: 3593)")
    options.add_argument("--kills", type=int, default=5, help="deaths of the worker in the second run")
    options.add_argument("--embedded", type=int, default=0, help="sheets imported with an embedding model")
    options.add_argument("--model", type=Path, help="GGUF of the embedding model")
    chosen = options.parse_args()
    texts = bodies(chosen.docs, chosen.sheets)
    size = sum(len(text.encode()) for text in texts)
    with tempfile.TemporaryDirectory(prefix="demeure-bulk-") as scratch:
        whole, broken = Path(scratch) / "whole", Path(scratch) / "broken"
        begin = time.perf_counter()
        fill(whole, texts)
        brought = time.perf_counter() - begin
        say(chosen, f"{len(texts)} documents received in {brought:.0f} s")
        seconds, used, memory = undisturbed(whole)
        say(chosen, f"searchable in {seconds:.0f} s")
        result: dict[str, Any] = {
            "documents": len(texts),
            "text_mb": round(size / 1e6, 2),
            "received_s": round(brought, 1),
            "received_mb_per_second": round(size / 1e6 / brought, 3),
            "searchable_s": round(seconds, 1),
            "text_mb_per_second": round(size / 1e6 / seconds, 3),
            "documents_per_second": round(len(texts) / seconds, 1),
            "processor_ms_per_document": round(1000 * used / len(texts), 1),
            "worker_mb": memory,
        }
        if chosen.kills:
            fill(broken, texts)
            result["kills"] = killed(broken, chosen.kills, seconds)
            result["identical"] = exported(whole) == exported(broken)
        if chosen.embedded:
            result["embedding"] = embedding(Path(scratch) / "vectors", texts[: chosen.embedded], chosen.model)
    finish("bulk", result)


def bodies(docs: Path | None, count: int) -> list[str]:
    """Texts to import."""
    if docs:
        return [str(row["body"]) for row in read_cases(docs)[:count]]
    chance = random.Random(5)
    words = [
        *("la", "commune", "fixe", "le", "tarif", "de", "cantine", "pour", "chaque", "famille", "selon", "son")
    ]
    return [
        "\n\n".join(f"## Point {n} de la fiche {at}\n" + " ".join(chance.choices(words, k=90)) for n in range(11))
        for at in range(count)
    ]


def fill(folder: Path, texts: Sequence[str]) -> None:
    """An instance that has received them all and read none, in a process of its own."""

    async def go() -> None:
        house = opened_house(folder)
        for at, text in enumerate(texts):
            await house.library.add(ACTOR, SPACE, f"fiche-{at:05}.md", pieces(text.encode()))
        house.rooms.close()
        house.instance.close()

    _ended(_child(lambda: asyncio.run(go())))


def undisturbed(folder: Path) -> tuple[float, float, dict[str, int]]:
    """Seconds until all is searchable, and of processor; MB of the worker after a quarter, a half, at the end."""
    reading, writing = os.pipe()

    def body() -> None:
        told = asyncio.run(journalled(folder))
        os.write(writing, repr(told).encode())

    begin = time.perf_counter()
    used = _ended(_child(body))
    seconds = time.perf_counter() - begin
    os.close(writing)
    with os.fdopen(reading) as said:
        memory: dict[str, int] = eval(said.read(), {})  # our own child's words
    return seconds, used, memory


def killed(folder: Path, kills: int, seconds: float) -> list[float]:
    """The same work, its worker killed that many times, then left to end: after how many seconds each."""
    chance, moments = random.Random(7), []
    for _ in range(kills):
        pid = _child(lambda: asyncio.run(work(folder)))
        moment = chance.uniform(0.1, seconds / kills)
        time.sleep(moment)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        moments.append(round(moment, 2))
    _ended(_child(lambda: asyncio.run(work(folder))))
    return moments


async def work(folder: Path, journal: Journal | None = None) -> dict[str, int]:
    """Run the pipeline until every document is searchable."""
    keys = Keys(read_house_key(folder), keys_folder(folder))
    house = open_house(folder, keys)
    rooms, shelf = Rooms(folder, keys), Shelf(house, SystemClock())
    memory: dict[str, int] = {}
    with LoneWorkshop(tight=True) as shop:
        parts = Parts(
            rooms=rooms,
            shelf=shelf,
            journal=journal or MemoryJournal(role="worker"),
            workshop=shop.asker("worker"),
            embedder=Absent(),
            model=lambda: EmbeddingModel("none", "none"),
            clock=SystemClock(),
        )
        running = asyncio.create_task(Pipeline(parts).run())
        while True:
            states = counted(house)
            done, total = states["searchable"] + states["failed"], states.total()
            for name, share in (("quarter", 0.25), ("half", 0.5), ("end", 1.0)):
                if done >= share * total:
                    memory.setdefault(name, _resident())
            if done == total:
                break
            if running.done():
                running.result()
            await asyncio.sleep(0.1)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    rooms.close()
    house.close()
    return {**memory, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10}


async def journalled(folder: Path) -> dict[str, int]:
    """``work`` with a scribe in a process of its own."""
    pid, sock = scribe(folder, {"boot": "bench", "group": 1024, "sync_delay": 0.0})

    async def connect() -> socket.socket:
        return sock

    journal = ScribeJournal(connect, lambda *given: given[2], lambda *given: given[2])
    try:
        return await work(folder, journal)
    finally:
        await journal.aclose()
        os.kill(pid, signal.SIGTERM)
        os.waitpid(pid, 0)  # noqa: ASYNC222 - nothing else runs any more


def counted(house: Database) -> Counter[str]:
    """Documents by state."""
    with house.read() as db:
        query = sa.select(documents.c.state, sa.func.count()).group_by(documents.c.state)
        return Counter({str(row[0]): int(row[1]) for row in db.execute(query)})


def embedding(folder: Path, texts: Sequence[str], model: Path | None) -> dict[str, Any]:
    """Passages a second: of the whole import, its reading counted, and of the bare engine."""
    path = model or fetched("embed", None)[1].resolve()
    spec = {"id": "e5", "path": str(path), "sha256": sha256(path), "kind": "embed", "context": 512, "slots": 4}

    async def go() -> dict[str, Any]:
        with trial(spec, settings={"engine_threads": 0}) as engine, LoneWorkshop(tight=True) as shop:
            client = EmbedClient(engine.connect)
            house = opened_house(folder)
            for at, text in enumerate(texts):
                await house.library.add(ACTOR, SPACE, f"fiche-{at:05}.md", pieces(text.encode()))
            await client.embed(["Bonjour"] * BATCH, "passage")  # the first call after loading is slower
            begin = time.perf_counter()
            name = (await client.embedded(["."], "passage")).model
            async with at_work(house, shop.asker("worker"), YieldingEmbedder(client, LeaseGate()), name):
                while counted(house.instance.house)["ready"] < len(texts):  # noqa: ASYNC110 - another loop's work
                    await asyncio.sleep(0.05)
            spent = time.perf_counter() - begin
            with house.rooms.database(SPACE).read() as db:
                rows = db.execute(sa.select(passages.c.digest, passages.c.context, passages.c.text)).all()
            said = list(
                {row.digest: f"{row.context}\n{row.text}" if row.context else row.text for row in rows}.values()
            )
            bare = await bare_rate(client, said)
            await client.aclose()
            house.rooms.close()
            house.instance.close()
        rate = len(said) / spent
        return {
            "sheets": len(texts),
            "passages": len(said),
            "product_passages_per_second": round(rate, 1),
            "bare_passages_per_second": round(bare, 1),
            "product_over_bare": round(rate / bare, 3),
        }

    return asyncio.run(go())


def exported(folder: Path) -> dict[str, list[Any]]:
    """Everything the space holds, as the tests of kills compare it."""
    sys.path.insert(0, str(ROOT / "tests" / "worker"))
    from test_worker_kills import exported as all_of

    return all_of(folder)


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() >> 20


def _child(body: Any) -> int:
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            body()
            status = 0
        finally:
            os._exit(status)
    return pid


def _ended(pid: int) -> float:
    """Seconds of processor that it took, with all that it started."""
    _, status, used = os.wait4(pid, 0)
    if status:
        raise SystemExit("a process of the measure failed")
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
