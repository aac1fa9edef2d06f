"""Search in a growing base: milliseconds, what the cut of frequent words costs, memory, adding and deleting.

    python benchmarks/scale.py --docs docs.jsonl --queries queries.json [--sizes 24000 100000 500000] [--json]

The corpus of retrieval.py, cut to the first size, then grown to each of the others by documents in which no answer
is: each of their passages is half of one passage of the corpus and half of another (never of a relevant document),
with the vector half-way between theirs, so that words and vectors keep their distribution. ``uncut``: the same
questions with every frequent word kept. The bound: an answer's document may be lost from the first ten for one
question in a hundred.
"""

import argparse
import asyncio
import random
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import sqlalchemy as sa

from corpora import Case, Kept, Made, VectorCache, Vectors, furnished, options_of
from demeure.clock import SystemClock
from demeure.identity import Membership
from demeure.library import Document, French, Searcher, Shelf
from demeure.library.chunking import Passage
from demeure.library.erasing import erase
from demeure.library.indexing import index, passage_row, stems_of, store_passages, store_vectors, unembedded
from demeure.library.search.lexical import BUDGET
from demeure.library.search.vectors import quantised
from demeure.policy import machine_actor
from demeure.store.space_tables import passages, vectors
from demeure.store.tables import documents
from demeure.workshop import Part
from measure import finish, parser, percentile, say, spread

TOGETHER = 2000  # passages of one transaction
OF_A_DOCUMENT = 20
UNCUT = 10**12


class Half(NamedTuple):
    """Half a passage, and the vector of the whole."""

    text: str
    vector: Vectors


class Growth:
    """Documents that answer nothing, made of the corpus."""

    def __init__(self, made: Made, relevant: set[str], cache: VectorCache, seed: int = 11) -> None:
        self._made, self._french, self._draw = made, French(), random.Random(seed)
        self._halves = list(self._read(relevant, cache))

    def _read(self, relevant: set[str], cache: VectorCache) -> list[Half]:
        with self._made.rooms.database(self._made.instance.space_id).read() as db:
            rows = db.execute(sa.select(passages.c.document, passages.c.text)).all()
        found = []
        for row in rows:
            vector = cache.get(row.text, "passage") if row.document not in relevant else None
            if vector is not None:
                middle = row.text.find(" ", len(row.text) // 2)
                found += [Half(row.text[:middle], vector), Half(row.text[middle:], vector)]
        return found

    def to(self, size: int) -> None:
        """Add passages until the space has ``size`` of them."""
        number = self._made.documents
        while self._made.passages < size:
            count = min(TOGETHER, size - self._made.passages)
            self._write(number, count)
            number += -(-count // OF_A_DOCUMENT)
            self._made.passages += count
        self._made.documents = number

    def _write(self, number: int, count: int) -> None:
        space, made = self._made.instance.space_id, self._made
        pairs = [self._draw.sample(self._halves, 2) for _ in range(count)]
        texts = [f"{a.text}{b.text}" for a, b in pairs]
        mixed = np.array([a.vector + b.vector for a, b in pairs], np.float32)
        matrix, scales = quantised(mixed / np.linalg.norm(mixed, axis=1, keepdims=True))
        names = [f"grown{number + at // OF_A_DOCUMENT}" for at in range(count)]
        database, shelf = made.rooms.database(space), Shelf(made.instance.house, SystemClock())
        with made.instance.house.write() as db:
            usual = {"space": space, "format": "txt", "size": 1, "state": "ready", "added_by": "benchmark"}
            when = {"added_at": shelf.now(), "updated_at": shelf.now()}
            rows = [{"id": n, "name": n, "sha256": n, "chain": n, **usual, **when} for n in dict.fromkeys(names)]
            db.execute(documents.insert(), rows)
        with database.relaxed() as db:
            for first in range(0, count, OF_A_DOCUMENT):
                whole = [Passage(0, 0, len(t), t, "", {"kind": "lines"}) for t in texts[first:][:OF_A_DOCUMENT]]
                rows = [passage_row(names[first], n, one) for n, one in enumerate(whole)]
                store_passages(db, rows, stems_of(self._french, whole))
            mine = sa.select(passages.c.id).where(passages.c.document.in_(set(names))).order_by(passages.c.id)
            ids = db.execute(mine).scalars().all()
            made_of = zip(ids, matrix, scales, strict=True)
            db.execute(
                vectors.insert(), [{"passage": i, "vector": v.tobytes(), "scale": float(s)} for i, v, s in made_of]
            )


class Asked:
    """The same questions at each size."""

    def __init__(self, made: Made, cases: Sequence[Case], cache: VectorCache) -> None:
        self._made, self._cases, self._embedder = made, cases, Kept(cache)
        self._actor, self._spaces = machine_actor(0, 0, "benchmark"), [made.instance.space_id]
        self.product, self.uncut = self._searcher(BUDGET), self._searcher(UNCUT)

    def _searcher(self, budget: int) -> Searcher:
        house, clock = self._made.instance.house, SystemClock()
        shelf = Shelf(house, clock)
        return Searcher(self._made.rooms, shelf, Membership(house), self._embedder, budget=budget)

    async def one(self, searcher: Searcher, case: Case, limit: int) -> tuple[float, list[str], dict[str, float]]:
        """Milliseconds, documents in order, milliseconds by step."""
        begin = time.perf_counter()
        found = await searcher.search(self._actor, case.question, self._spaces, limit)
        spent = 1000 * (time.perf_counter() - begin)
        return spent, list(dict.fromkeys(hit.document_id for hit in found.hits)), dict(found.spent)

    async def speeds(self, searcher: Searcher, limit: int) -> dict[str, Any]:
        """Of each question, the matrix in memory."""
        answers = [await self.one(searcher, case, limit) for case in self._cases]
        steps = {step for _, _, spent in answers for step in spent if step != "meaning"}
        return {
            "search_ms": spread([ms for ms, _, _ in answers]),
            "steps_p95_ms": {
                s: round(percentile([a[2].get(s, 0.0) for a in answers], 0.95), 2) for s in sorted(steps)
            },
        }

    async def recall(self, searcher: Searcher) -> float:
        """Share of the questions whose document is among the first ten."""
        found = [(await self.one(searcher, case, 200))[1][:10] for case in self._cases]
        return sum(case.document in first for case, first in zip(self._cases, found, strict=True)) / len(found)

    async def change(self) -> dict[str, float]:
        """One document more, then less: milliseconds of each write and of the search that follows it."""
        space, house = self._made.instance.space_id, self._made.instance.house
        database, shelf = self._made.rooms.database(space), Shelf(house, SystemClock())
        case, name, told = self._cases[0], "added", dict[str, float]()
        vector = await self._embedder.embed([French().question(case.question).embedded], "query")
        text = f"{case.question} {'Réponse ajoutée à la base. ' * 20}\n" * OF_A_DOCUMENT
        row = Document(name, space, name, "txt", 1, name, "ready", name, "benchmark", shelf.now())

        def add() -> None:
            shelf.add(row, lambda: True)
            count = index(database, French(), name, "", [Part({"kind": "lines", "from": 1, "to": 1}, text)])
            found = unembedded(database, name, "benchmark", 0, count)
            store_vectors(database, "benchmark", found, np.repeat(vector, len(found), axis=0))
            shelf.update(name, state="ready", passages=count, embedded=count)

        for step, act, there in (
            ("add", add, True),
            ("delete", lambda: erase(self._made.rooms, shelf, row), False),
        ):
            begin = time.perf_counter()
            act()
            told[f"{step}_ms"] = round(1000 * (time.perf_counter() - begin), 1)
            told[f"search_after_{step}_ms"], found, _ = await self.one(self.product, case, 50)
            if (name in found) is not there:
                raise SystemExit(f"after {step}, the document is {'not ' if there else ''}found")
        return {key: round(value, 1) for key, value in told.items()}


def resident() -> float:
    """Megabytes of this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return round(pages * 4096 / 1e6, 1)


def measure(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Every size, in order; what is printed."""
    sizes = sorted(options.sizes)
    made, cases, cache, _ = furnished(options, folder, sizes[0])
    cases = random.Random(3).sample(cases, min(options.questions, len(cases)))
    growth = Growth(made, {case.document for case in cases}, cache)
    asked, rows = Asked(made, cases, cache), []
    for size in sizes:
        say(options, f"growing to {size} passages")
        growth.to(size)
        before = resident()
        begin = time.perf_counter()
        asyncio.run(asked.one(asked.product, cases[0], options.hits))
        first = 1000 * (time.perf_counter() - begin)
        say(options, f"{made.passages} passages: asking {len(cases)} questions")
        speeds = asyncio.run(asked.speeds(asked.product, options.hits))
        after = resident()
        cut, uncut = asyncio.run(asked.recall(asked.product)), asyncio.run(asked.recall(asked.uncut))
        rows.append(
            {
                "passages": made.passages,
                "documents": made.documents,
                **speeds,
                "first_search_ms": round(first, 1),
                "recall@10": round(cut, 4),
                "recall@10_uncut": round(uncut, 4),
                "recall_lost": round(uncut - cut, 4),
                "uncut": asyncio.run(asked.speeds(asked.uncut, options.hits))["search_ms"],
                "resident_mb": after,
                "grown_by_search_mb": round(after - before, 1),
                "file_mb": round(sum(f.stat().st_size for f in folder.rglob("*") if f.is_file()) / 1e6, 1),
                **asyncio.run(asked.change()),
            }
        )
        say(options, str(rows[-1]))
    made.close()
    targets = {"search p95 ms": {"24000": 40, "100000": 60, "500000": 200}, "recall@10 lost": 0.01}
    return {"questions": len(cases), "sizes": rows, "targets": targets}


def main() -> None:
    options = parser(str(__doc__))
    options_of(options)
    options.add_argument("--sizes", type=int, nargs="+", default=[24_000, 100_000, 500_000], help="passages")
    options.add_argument("--questions", type=int, default=200)
    options.add_argument("--hits", type=int, default=20, help="passages asked for when time is measured")
    given = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="demeure-scale-") as folder:
        finish("scale", measure(given, Path(folder)))


if __name__ == "__main__":
    main()
