"""A corpus to search in, indexed as the product does, and the vectors that a model gave it, kept between runs.

``--docs``: one {"id", "body"} a line; ``--queries``: a list of {"id", "q"}, where ``id`` is the one relevant
document. Only bodies are indexed, never titles.
"""

import argparse
import asyncio
import hashlib
import os
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from demeure.clock import SystemClock
from demeure.engine import EmbedClient, Embedded, EngineDown, TextKind
from demeure.engine.port import PREFIXES
from demeure.engine.trial import trial
from demeure.library import Document, EmbeddingModel, French, Rooms, Shelf
from demeure.library.indexing import embedded_count, index, store_vectors, unembedded
from demeure.library.vector_source import adopt
from demeure.testing.store import Instance, make_instance
from demeure.workshop import Part
from measure import fetched, field, read_cases, say

Vectors = NDArray[np.float32]
DIMENSIONS = 384
BATCH = 32
MODEL = EmbeddingModel("benchmark", "benchmark")
SAMPLE = 96  # passages embedded to time the engine when every vector is known


class VectorCache:
    """Vectors of texts already embedded, in one append-only file: 32 bytes of SHA-256, then 384 float32. A record
    cut by a kill is dropped at the next opening."""

    RECORD = 32 + 4 * DIMENSIONS

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        data = path.read_bytes() if path.exists() else b""
        whole = len(data) // self.RECORD
        if whole * self.RECORD != len(data):
            os.truncate(path, whole * self.RECORD)
        self._known = {
            data[at : at + 32]: np.frombuffer(data, "<f4", DIMENSIONS, at + 32)
            for at in range(0, whole * self.RECORD, self.RECORD)
        }
        self._file = path.open("ab")

    @staticmethod
    def _key(text: str, kind: TextKind) -> bytes:
        return hashlib.sha256(b"e5\0" + (PREFIXES[kind] + text).encode()).digest()

    def get(self, text: str, kind: TextKind) -> Vectors | None:
        return self._known.get(self._key(text, kind))

    def put(self, text: str, kind: TextKind, vector: Vectors) -> None:
        key = self._key(text, kind)
        self._known[key] = vector
        self._file.write(key + vector.astype("<f4").tobytes())

    def flush(self) -> None:
        self._file.flush()


class Kept:
    """An ``Embedder`` whose vectors were all made before: what is measured is search, not the model. ``up`` False:
    the model is away, and search works by words alone."""

    def __init__(self, cache: VectorCache) -> None:
        self._cache, self.up = cache, True

    async def embed(self, texts: Sequence[str], kind: TextKind) -> Vectors:
        if not self.up:
            raise EngineDown(engine="benchmark")
        rows = [self._cache.get(text, kind) for text in texts]
        return np.array([row for row in rows if row is not None], np.float32)

    async def embedded(self, texts: Sequence[str], kind: TextKind) -> Embedded:
        return Embedded(MODEL.sha256, await self.embed(texts, kind))

    async def ready(self) -> bool:
        return self.up


@dataclass(frozen=True)
class Case:
    """A question and the id of its one relevant document."""

    document: str
    question: str


@dataclass
class Made:
    """The instance under measure and what making it cost."""

    instance: Instance
    rooms: Rooms
    documents: int = 0
    passages: int = 0
    index_seconds: float = 0.0
    vector_seconds: float = 0.0

    def close(self) -> None:
        self.rooms.close()
        self.instance.close()


def read_corpus(options: argparse.Namespace) -> tuple[list[dict[str, str]], list[Case]]:
    """Documents and the questions about them, cut by ``--limit``."""
    docs = [document(options.docs, case) for case in read_cases(options.docs)]
    asked = [(field(options.queries, q, "id"), field(options.queries, q, "q")) for q in read_cases(options.queries)]
    queries = [Case(identity, text) for identity, text in asked]
    wanted = {case.document for case in queries}
    relevant = [d for d in docs if d["id"] in wanted]
    others = [d for d in docs if d["id"] not in wanted]
    if options.limit:
        random.Random(7).shuffle(others)
        docs = (relevant + others)[: options.limit]
    present = {d["id"] for d in docs}
    return docs, [case for case in queries if case.document in present]


def document(path: Path, case: Any) -> dict[str, str]:
    """Raises SystemExit on a line that is not a document."""
    return {"id": field(path, case, "id"), "body": field(path, case, "body")}


def parts_of(body: str) -> list[Part]:
    """A body as the workshop would give a text: one part, its ``## `` lines included."""
    return [Part({"kind": "lines", "from": 1, "to": body.count("\n") + 1}, body)]


def index_all(made: Made, docs: Sequence[dict[str, Any]], most: int = 0) -> None:
    """Rows, parts, passages and stems, as the worker writes them; of the first documents only when there are to be
    no more than about ``most`` passages."""
    shelf, french = Shelf(made.instance.house, SystemClock()), French()
    database = made.rooms.database(made.instance.space_id)
    for doc in docs:
        if most and made.passages >= most:
            return
        made.documents += 1
        name, body = doc["id"], doc["body"]
        shelf.add(
            Document(
                id=name,
                space=made.instance.space_id,
                name=name,
                format="txt",
                size=len(body),
                sha256=hashlib.sha256(name.encode()).hexdigest(),
                state="received",
                chain=name,
                added_by="benchmark",
                added_at=shelf.now(),
            ),
            lambda: True,
        )
        begin = time.perf_counter()
        count = index(database, french, name, "", parts_of(body))
        made.index_seconds += time.perf_counter() - begin
        made.passages += count
        shelf.update(name, durable=False, state="ready", passages=count, embedded=count)


def missing_texts(
    made: Made, docs: Sequence[dict[str, Any]], cases: Sequence[Case], cache: VectorCache
) -> Iterator[tuple[str, TextKind]]:
    """What the model still has to embed."""
    database = made.rooms.database(made.instance.space_id)
    asked = French()
    for case in cases:
        text = asked.question(case.question).embedded
        if cache.get(text, "query") is None:
            yield text, "query"
    for doc in docs:
        for passage in unembedded(database, doc["id"], MODEL.sha256, 0, 1_000_000):
            if cache.get(passage.text, "passage") is None:
                yield passage.text, "passage"


def sample(made: Made, docs: Sequence[dict[str, Any]]) -> list[tuple[str, TextKind]]:
    """Passages spread over the corpus, to time the engine."""
    database = made.rooms.database(made.instance.space_id)
    chosen = docs[:: max(1, len(docs) // SAMPLE)][:SAMPLE]
    found = [p.text for doc in chosen for p in unembedded(database, doc["id"], MODEL.sha256, 0, 1)]
    return [(text, "passage") for text in found]


async def embed_missing(
    texts: Sequence[tuple[str, TextKind]], model: Path, cache: VectorCache, options: argparse.Namespace
) -> float | None:
    """Embed and keep; the engine's seconds for 1,000 passages (None: no passage was among ``texts``)."""
    spec = {"id": "e5", "path": str(model), "sha256": sha256(model), "kind": "embed", "context": 512, "slots": 4}
    with trial(spec, settings={"engine_threads": options.threads}) as engine:
        client = EmbedClient(engine.connect)
        spent, done = 0.0, 0
        try:
            for kind in ("query", "passage"):
                group = list(dict.fromkeys(text for text, of in texts if of == kind))
                for at in range(0, len(group), BATCH):
                    batch = group[at : at + BATCH]
                    begin = time.perf_counter()
                    vectors = await client.embed(batch, kind)
                    if kind == "passage":
                        spent, done = spent + time.perf_counter() - begin, done + len(batch)
                    for text, vector in zip(batch, vectors, strict=True):
                        cache.put(text, kind, vector)
                    cache.flush()
                    if at % (BATCH * 20) == 0:
                        say(options, f"embedding {kind}: {at} of {len(group)}")
        finally:
            await client.aclose()
    return round(1000 * spent / done, 1) if done else None


def store_all(made: Made, docs: Sequence[dict[str, Any]], cache: VectorCache) -> None:
    """Every passage's vector, as the worker writes them."""
    database = made.rooms.database(made.instance.space_id)
    adopt(database, MODEL)
    for doc in docs:
        found = unembedded(database, doc["id"], MODEL.sha256, 0, 1_000_000)
        if not found:
            continue
        rows = np.array([cache.get(p.text, "passage") for p in found if p.cached is None], np.float32)
        begin = time.perf_counter()
        store_vectors(database, MODEL.sha256, found, rows.reshape(-1, DIMENSIONS))
        made.vector_seconds += time.perf_counter() - begin
        if embedded_count(database, doc["id"]) == 0:
            raise SystemExit(f"no vector was kept for {doc['id']}")


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def model_path(options: argparse.Namespace) -> Path:
    """The embedding model's file. Ends the benchmark when there is none."""
    return (options.model or fetched("embed", None)[1]).resolve()


def options_of(options: argparse.ArgumentParser) -> None:
    """The options of a benchmark over a corpus."""
    options.add_argument("--docs", type=Path, required=True)
    options.add_argument("--queries", type=Path, required=True)
    options.add_argument("--limit", type=int, default=0, help="documents to keep, the relevant ones first")
    options.add_argument("--model", type=Path, help="GGUF of the embedding model")
    options.add_argument("--cache", type=Path, default=Path("cache"), help="folder of the vectors already made")
    options.add_argument("--threads", type=int, default=0, help="of the engine; 0: all physical cores")


def furnished(
    options: argparse.Namespace, folder: Path, most: int = 0
) -> tuple[Made, list[Case], VectorCache, float | None]:
    """The corpus of ``options`` (``most`` passages of it) indexed in ``folder``, every passage with its vector; its
    questions; the engine's milliseconds a passage. Ends the benchmark when no question has its document."""
    docs, cases = read_corpus(options)
    if not cases:
        raise SystemExit("No question has its document in the corpus.")
    model = model_path(options)
    cache = VectorCache(options.cache / f"e5-{sha256(model)[:16]}.vectors")
    instance = make_instance(folder)
    made = Made(instance, Rooms(folder, instance.keys))
    say(options, f"{len(docs)} documents, {len(cases)} questions: indexing")
    index_all(made, docs, most)
    docs = docs[: made.documents]
    present = {doc["id"] for doc in docs}
    cases = [case for case in cases if case.document in present]
    missing = list(missing_texts(made, docs, cases, cache))
    say(options, f"{made.passages} passages, {len(missing)} texts to embed")
    if sum(kind == "passage" for _, kind in missing) < SAMPLE:  # all known already: a sample is embedded again
        missing += sample(made, docs)
    engine = asyncio.run(embed_missing(missing, model, cache, options))
    store_all(made, docs, cache)
    return made, cases, cache, engine
