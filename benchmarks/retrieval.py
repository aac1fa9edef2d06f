"""Does search find the right document, and what does each step cost? Recall and MRR by words, by meaning, fused,
reranked, side by side; milliseconds of each step.

    python benchmarks/retrieval.py --docs docs.jsonl --queries queries.json [--limit N] [--json]

``docs.jsonl``: one {"id", "body"} a line; ``queries.json``: a list of {"id", "q"}, where ``id`` is the one relevant
document. Only bodies are indexed, never titles. ``--limit N``: N documents, the relevant ones first (queries whose
document is left out are not asked). The product's own code runs on a real encrypted instance made for the occasion;
vectors come from the real engine and are kept by content hash in ``--cache``. Larger bases: benchmarks/scale.py.

The embedding model: ``--model``, else the one fetched into DEMEURE_MODELS or the demonstration's instance.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from corpora import Case, Kept, Made, VectorCache, furnished, options_of
from demeure.clock import SystemClock
from demeure.identity import Membership
from demeure.library import French, Searcher, Shelf
from demeure.library.search.fuse import Float, Signals
from demeure.library.search.lexical import BUDGET, FREQUENT, Lexicon
from demeure.library.search.rerank import rerank
from demeure.policy import machine_actor
from measure import finish, parser, say, spread

DEEP = 200  # passages asked for when documents are ranked: enough for ten distinct documents
Reordering = Callable[[Float, Signals], Float]


def quality(ranks: Sequence[int | None]) -> dict[str, float]:
    """``ranks``: of the relevant document, from 1; None when it was not among those returned."""
    count = len(ranks)
    found = {f"recall@{k}": sum(r is not None and r <= k for r in ranks) / count for k in (1, 5, 10)}
    found["mrr@10"] = sum(1 / r for r in ranks if r is not None and r <= 10) / count
    return {name: round(value, 4) for name, value in found.items()}


def rank_of(documents: Iterator[str], wanted: str) -> int | None:
    """Place of ``wanted`` among distinct documents, from 1."""
    for place, document in enumerate(dict.fromkeys(documents), 1):
        if document == wanted:
            return place
    return None


def as_fused(fused: Float, _signals: Signals) -> Float:
    """The list as fusion gave it."""
    return fused


class Measure:
    """The same questions, asked in several ways."""

    def __init__(self, made: Made, cases: Sequence[Case], cache: VectorCache) -> None:
        self._embedder = Kept(cache)
        self._actor = machine_actor(0, 0, "benchmark")
        self._cases, self._made, self._cache = cases, made, cache
        self._spaces = [made.instance.space_id]

    def searcher(self, reorder: Reordering = rerank) -> Searcher:
        """The product's, or with another last step."""
        clock, house = SystemClock(), self._made.instance.house
        rooms = self._made.rooms
        return Searcher(rooms, Shelf(house, clock), Membership(house), self._embedder, reorder=reorder)

    async def ranks(self, searcher: Searcher, *, meaning: bool = True) -> list[int | None]:
        """Of the relevant documents, with or without the embedding model."""
        self._embedder.up = meaning
        ranks = []
        for case in self._cases:
            found = await searcher.search(self._actor, case.question, self._spaces, DEEP)
            ranks.append(rank_of((hit.document_id for hit in found.hits), case.document))
        return ranks

    def vectors_only(self) -> list[int | None]:
        """Ranks by cosine alone."""
        from demeure.library.search.vectors import SpaceVectors

        view = SpaceVectors(self._made.rooms.database(self._spaces[0])).snapshot()
        french, ranks = French(), []
        for case in self._cases:
            vector = self._cache.get(french.question(case.question).embedded, "query")
            if vector is None:
                raise SystemExit("a question has no vector")
            best = np.argsort(-view.cosines(vector), kind="stable")[: DEEP * 5]
            ranks.append(rank_of((view.document(int(row)) for row in best), case.document))
        return ranks

    def frequent_stems_dropped(self) -> list[int | None]:
        """Ranks by words alone when every stem of 8 % of passages or more is dropped: the price of that rule."""
        lexicon = Lexicon(self._made.rooms.database(self._spaces[0]), budget=0)
        french, ranks = French(), []
        names = self._documents()
        for case in self._cases:
            found = lexicon.search(french.question(case.question).stems, DEEP)
            ranks.append(rank_of((names[passage] for passage, _ in found), case.document))
        return ranks

    def _documents(self) -> dict[int, str]:
        from demeure.store.space_tables import passages

        with self._made.rooms.database(self._spaces[0]).read() as db:
            return {row.id: row.document for row in db.execute(passages.select())}

    async def milliseconds(self, searcher: Searcher, limit: int) -> dict[str, Any]:
        """Of each search as the assistant asks it (``limit`` passages, no query embedding), whole and step by step,
        the matrix in memory; and of the very first one, which loads it."""
        self._embedder.up = True
        begin = time.perf_counter()
        await searcher.search(self._actor, self._cases[0].question, self._spaces, limit)
        first = 1000 * (time.perf_counter() - begin)
        whole, steps = [], dict[str, list[float]]()
        for case in self._cases:
            begin = time.perf_counter()
            found = await searcher.search(self._actor, case.question, self._spaces, limit)
            whole.append(1000 * (time.perf_counter() - begin))
            for step, spent in found.spent.items():
                steps.setdefault(step, []).append(spent)
        steps.pop("meaning")  # vectors were made before
        return {
            "search_ms": spread(whole),
            "steps_ms": {step: spread(spent, 3) for step, spent in steps.items()},
            "first_search_ms": round(first, 1),
        }


def measure(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """The whole benchmark; what is printed."""
    made, cases, cache, engine = furnished(options, folder)
    asked = Measure(made, cases, cache)
    say(options, "asking")
    product, fused = asked.searcher(), asked.searcher(as_fused)
    speeds = asyncio.run(asked.milliseconds(product, options.hits))
    result = {
        "documents": made.documents,
        "passages": made.passages,
        "queries": len(cases),
        "lexical": quality(asyncio.run(asked.ranks(fused, meaning=False))),
        "lexical_reranked": quality(asyncio.run(asked.ranks(product, meaning=False))),
        "dense": quality(asked.vectors_only()),
        "fused": quality(asyncio.run(asked.ranks(fused))),
        "reranked": quality(asyncio.run(asked.ranks(product))),
        f"lexical_without_stems_above_{FREQUENT:.0%}": quality(asked.frequent_stems_dropped()),
        "postings_budget": BUDGET,
        **speeds,
        "seconds_per_1000_passages": {
            "index": round(1000 * made.index_seconds / made.passages, 2),
            "vectors_written": round(1000 * made.vector_seconds / made.passages, 2),
            "embedding": engine,
        },
        "targets": {
            "reranked recall@1, @5, @10, mrr@10": [0.77, 0.95, 0.97, 0.84],
            "search p95 ms at 24,000 passages": 40,
        },
    }
    made.close()
    return result


def main() -> None:
    options = parser(str(__doc__))
    options_of(options)
    options.add_argument("--hits", type=int, default=5, help="passages asked for when time is measured")
    given = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="demeure-retrieval-") as folder:
        finish("retrieval", measure(given, Path(folder)))


if __name__ == "__main__":
    main()
