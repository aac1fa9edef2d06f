"""A document on its way in: seconds until its words are found, passages embedded against the bare engine.

    python benchmarks/ingestion.py [--document FILE.pdf] [--model e5.gguf] [--json]

The product's own pipeline, store and workshop (a real zygote) on an instance made for the occasion; only the
journal is in memory. Without ``--document``, a long PDF is made here. ``bare``: the same passages given to the same
engine in batches of 32, nothing else; both are measured in turns, the medians compared. ``held``: milliseconds
between someone beginning to wait and the engine being free.
"""

import argparse
import asyncio
import contextlib
import hashlib
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from demeure.clock import SystemClock
from demeure.engine import EmbedClient, Embedded, Embedder, EngineDown, LeaseGate, TextKind, YieldingEmbedder
from demeure.engine.trial import trial
from demeure.identity import Membership
from demeure.library import Document, EmbeddingModel, Library, Parts, Pipeline, Rooms, Searcher, Shelf
from demeure.library.indexing import unembedded
from demeure.policy import machine_actor
from demeure.testing.house import pieces
from demeure.testing.journal import MemoryJournal
from demeure.testing.store import Instance, make_instance
from demeure.testing.workshop import LoneWorkshop
from demeure.wire import Request
from demeure.workshop import Workshop
from measure import fetched, finish, parser, say, spread

Vectors = NDArray[np.float32]
BATCH = 32
ACTOR = machine_actor(0, 0, "benchmark")


class Absent:
    """No embedding model: the first line is measured alone."""

    async def embed(self, texts: Sequence[str], kind: TextKind) -> Vectors:
        del texts, kind
        raise EngineDown(engine="benchmark")

    async def embedded(self, texts: Sequence[str], kind: TextKind) -> Embedded:
        return Embedded("", await self.embed(texts, kind))

    async def ready(self) -> bool:
        return False


class Timed:
    """Passes through, and remembers when it was busy."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder, self.busy = embedder, False

    async def embed(self, texts: Sequence[str], kind: TextKind) -> Vectors:
        return (await self.embedded(texts, kind)).vectors

    async def embedded(self, texts: Sequence[str], kind: TextKind) -> Embedded:
        self.busy = True
        try:
            return await self._embedder.embedded(texts, kind)
        finally:
            self.busy = False

    async def ready(self) -> bool:
        return await self._embedder.ready()


@dataclass
class House:
    """What is open for one round."""

    instance: Instance
    rooms: Rooms
    shelf: Shelf
    journal: MemoryJournal
    library: Library


def open_house(folder: Path) -> House:
    instance, clock, journal = make_instance(folder), SystemClock(), MemoryJournal()
    rooms, shelf = Rooms(folder, instance.keys), Shelf(instance.house, clock)
    library = Library(
        rooms=rooms,
        shelf=shelf,
        membership=Membership(instance.house),
        journal=journal,
        clock=clock,
        upload_megabytes=320,
    )
    return House(instance, rooms, shelf, journal, library)


@contextlib.asynccontextmanager
async def at_work(house: House, workshop: Workshop, embedder: Embedder, model: str) -> AsyncIterator[Pipeline]:
    """The pipeline, running."""
    parts = Parts(
        rooms=house.rooms,
        shelf=house.shelf,
        journal=house.journal,
        workshop=workshop,
        embedder=embedder,
        model=lambda: EmbeddingModel(model, model),
        clock=SystemClock(),
    )
    pipeline = Pipeline(parts)
    running = asyncio.create_task(pipeline.run())
    try:
        yield pipeline
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def until(house: House, document: str, *states: str) -> Document:
    while True:
        row = await asyncio.to_thread(house.shelf.document, document)
        if row is None or row.state in states:
            break
        await asyncio.sleep(0.005)
    if row is None or row.state == "failed":
        raise SystemExit(f"the document was not read: {row.reason if row else 'gone'}")
    return row


async def searchable(options: argparse.Namespace, workshop: LoneWorkshop, data: bytes) -> tuple[float, Document]:
    """Seconds from the first byte of the upload to a search that finds the document by its words, engine absent."""
    with tempfile.TemporaryDirectory(prefix="demeure-ingestion-") as folder:
        house = open_house(Path(folder))
        searcher = Searcher(house.rooms, house.shelf, Membership(house.instance.house), Absent())
        async with at_work(house, workshop.asker("worker"), Absent(), "none") as pipeline:
            await asyncio.sleep(0.2)
            begin = time.perf_counter()
            added = await house.library.add(ACTOR, "mairie", options.document_name, pieces(data, 1 << 20))
            pipeline.nudge()  # as the gateway does
            assert isinstance(added, Document)
            row = await until(house, added.id, "searchable", "failed")
            database = house.rooms.database("mairie")
            wanted = (await asyncio.to_thread(unembedded, database, row.id, "none", 0, 1))[0].text[:200]
            found = await searcher.search(ACTOR, wanted, ["mairie"], 5)
            spent = time.perf_counter() - begin
        if row.id not in {hit.document_id for hit in found.hits}:
            raise SystemExit("the document is not found")
        house.rooms.close()
        house.instance.close()
    return spent, row


async def embedding(
    options: argparse.Namespace, workshop: LoneWorkshop, data: bytes, model: Path
) -> dict[str, Any]:
    """Passages a second, bare and through the product, in turns."""
    spec = {"id": "e5", "path": str(model), "sha256": sha256(model), "kind": "embed", "context": 512, "slots": 4}
    bare: list[float] = []
    product: list[float] = []
    with trial(spec, settings={"engine_threads": options.threads}) as engine:
        client = EmbedClient(engine.connect)
        texts = await passages_of(options, workshop, data)
        await client.embed(texts[:BATCH], "passage")  # the first call after loading is slower
        for turn in range(options.rounds):
            bare.append(await bare_rate(client, texts))
            product.append(await product_rate(options, workshop, data, client))
            say(options, f"round {turn + 1}: bare {bare[-1]:.1f}, product {product[-1]:.1f} passages/s")
        held = await waiting(client, texts)
        await client.aclose()
    return {
        "bare_passages_per_second": round(statistics.median(bare), 1),
        "product_passages_per_second": round(statistics.median(product), 1),
        "product_over_bare": round(statistics.median(product) / statistics.median(bare), 3),
        "characters_per_second": round(statistics.median(product) * sum(map(len, texts)) / len(texts)),
        "held_ms": spread(held, 0),
    }


async def passages_of(options: argparse.Namespace, workshop: LoneWorkshop, data: bytes) -> list[str]:
    with tempfile.TemporaryDirectory(prefix="demeure-ingestion-") as folder:
        house = open_house(Path(folder))
        async with at_work(house, workshop.asker("worker"), Absent(), "none"):
            added = await house.library.add(ACTOR, "mairie", options.document_name, pieces(data, 1 << 20))
            assert isinstance(added, Document)
            row = await until(house, added.id, "searchable", "failed")
        found = unembedded(house.rooms.database("mairie"), row.id, "none", 0, 1_000_000)
        house.rooms.close()
        house.instance.close()
    return list({p.digest: p.text for p in found}.values())[: options.passages]


async def bare_rate(client: EmbedClient, texts: Sequence[str]) -> float:
    begin = time.perf_counter()
    for at in range(0, len(texts), BATCH):
        await client.embed(texts[at : at + BATCH], "passage")
    return len(texts) / (time.perf_counter() - begin)


async def product_rate(
    options: argparse.Namespace, workshop: LoneWorkshop, data: bytes, client: EmbedClient
) -> float:
    """From the document searchable to as many of its passages embedded as the bare engine was given."""
    with tempfile.TemporaryDirectory(prefix="demeure-ingestion-") as folder:
        house = open_house(Path(folder))
        model = (await client.embedded(["."], "passage")).model
        async with at_work(house, workshop.asker("worker"), Absent(), model):
            added = await house.library.add(ACTOR, "mairie", options.document_name, pieces(data, 1 << 20))
            assert isinstance(added, Document)
            row = await until(house, added.id, "searchable", "failed")
        wanted = min(row.passages, options.passages)
        async with at_work(house, workshop.asker("worker"), YieldingEmbedder(client, LeaseGate()), model):
            begin, done = time.perf_counter(), 0
            while done < wanted:
                await asyncio.sleep(0.01)
                current = await asyncio.to_thread(house.shelf.document, row.id)
                done = current.embedded if current else 0
            spent = time.perf_counter() - begin
        house.rooms.close()
        house.instance.close()
    return done / spent


async def waiting(client: EmbedClient, texts: Sequence[str]) -> list[float]:
    """Milliseconds from a lease taken at a random instant to an engine that does nothing else."""
    gate = LeaseGate(hold=0.0)
    timed = Timed(client)
    background = YieldingEmbedder(timed, gate)

    async def for_ever() -> None:
        while True:
            await background.embed(texts[: 4 * BATCH], "passage")

    working = asyncio.create_task(for_ever())
    spent = []
    for turn in range(20):
        await asyncio.sleep(0.35 + 0.037 * (turn % 7))
        begin = time.perf_counter()
        lease = gate.handler(Request("lease", {}, "gateway"))
        await anext(aiter(lease))
        while timed.busy:  # noqa: ASYNC110 - what is measured is when it stops being busy
            await asyncio.sleep(0.001)
        spent.append(1000 * (time.perf_counter() - begin))
        await lease.aclose()  # type: ignore[attr-defined]
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    return spent


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def long_pdf(pages: int, first: int = 1) -> bytes:
    """A PDF of ``pages`` pages of invented minutes, numbered from ``first``, about 2,000 characters each."""
    import io

    from reportlab.lib.pagesizes import A4
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4)
    for page in range(first, first + pages):
        text = canvas.beginText(50, 800)
        for line in range(28):
            text.textLine(
                f"Point {page}.{line} : le conseil examine la mesure {page * 31 + line} du budget communal."
            )
        canvas.drawText(text)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def brought(path: Path) -> bytes:
    """Raises SystemExit on a file that cannot be read."""
    try:
        return path.read_bytes()
    except OSError as problem:
        raise SystemExit(f"{path}: {problem.strerror}") from problem


def measure(options: argparse.Namespace) -> dict[str, Any]:
    data = brought(options.document) if options.document else long_pdf(287)
    options.document_name = options.document.name if options.document else "long.pdf"
    model = options.model or fetched("embed", None)[1].resolve()
    with LoneWorkshop() as workshop:
        seconds, row = [], None
        for _ in range(options.rounds):
            spent, row = asyncio.run(searchable(options, workshop, data))
            seconds.append(spent)
        assert row is not None
        say(options, f"{row.pages} pages, {row.passages} passages, searchable in {min(seconds):.2f} s")
        rates = asyncio.run(embedding(options, workshop, data, model))
    return {
        "document": options.document_name,
        "megabytes": round(len(data) / 1e6, 2),
        "pages": row.pages,
        "characters": row.characters,
        "passages": row.passages,
        "searchable_seconds": spread(seconds),
        "embedding": rates,
        "targets": {"searchable_seconds": 4, "product_over_bare": 0.9, "held_ms": 300},
    }


def main() -> None:
    options = parser(str(__doc__))
    options.add_argument("--document", type=Path, help="file to bring in; default: a PDF of 287 pages made here")
    options.add_argument("--model", type=Path, help="GGUF of the embedding model")
    options.add_argument("--passages", type=int, default=384, help="passages embedded in one round")
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--threads", type=int, default=0, help="of the engine; 0: all physical cores")
    finish("ingestion", measure(options.parse_args()))


if __name__ == "__main__":
    main()
