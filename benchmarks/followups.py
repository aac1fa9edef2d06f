"""Are follow-up questions understood? The right document and place, with and without the conversation.

    python benchmarks/followups.py [--cases FILE] [--documents FOLDER] [--model FILE] [--json]

A case: {"id", "space", "turns": [question, …], "document", "place": {"page"} or {"heading"} or null, "kind"}: the
last question of ``turns`` is judged; ``kind`` is free (``leaning``, ``alone``…) and groups the figures.
``--documents``: a folder; each sub-folder is a space. Only the embedding model is needed.
"""

import argparse
import asyncio
import contextlib
import hashlib
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

from demeure.assistant import Turn, find_leaning, lean
from demeure.clock import SystemClock
from demeure.engine import EmbedClient
from demeure.engine.trial import trial
from demeure.identity import Membership
from demeure.library import Document, EmbeddingModel, French, Hit, Library, Parts, Pipeline, Rooms, Searcher, Shelf
from demeure.policy import machine_actor
from demeure.testing.house import pieces
from demeure.testing.journal import MemoryJournal
from demeure.testing.store import add_space, make_instance
from demeure.testing.workshop import LoneWorkshop
from measure import fetched, field, finish, parser, read_cases, say, spread
from questions import READABLE, at_place

SEEN = 4
"""Passages looked at; the assistant may add two of further documents, as when it answers."""
ACTOR = machine_actor(0, 0, "benchmark")
Way = Callable[[str, list[Turn], list[str]], Awaitable[tuple[str, list[Hit]]]]


def main() -> None:
    options = parser(str(__doc__))
    options.add_argument("--cases", type=Path, default=Path("tests/data/followups.jsonl"))
    options.add_argument("--documents", type=Path, default=Path("sample/documents"))
    options.add_argument("--model", type=Path, help="GGUF of the embedding model")
    given = options.parse_args()
    cases = [checked(given.cases, case) for case in read_cases(given.cases)]
    model = (given.model or fetched("embed", None)[1]).resolve()
    with tempfile.TemporaryDirectory(prefix="demeure-followups-") as folder:
        finish("followups", asyncio.run(measured(given, cases, model, Path(folder))))


def checked(path: Path, case: Any) -> dict[str, Any]:
    """Raises SystemExit on what is not a case."""
    for name in ("id", "space", "document"):
        field(path, case, name)
    turns = case.get("turns")
    if not isinstance(turns, list) or len(turns) < 2 or not all(isinstance(t, str) and t.strip() for t in turns):
        raise SystemExit(f"{path}: case {case['id']} needs two or more questions under 'turns'")
    return {"place": None, "kind": "all", **case}


async def measured(
    options: argparse.Namespace, cases: Sequence[dict[str, Any]], model: Path, folder: Path
) -> dict[str, Any]:
    """Index the documents, then judge each case in each way."""
    spec: dict[str, Any] = {"id": "e5", "path": str(model), "sha256": sha256(model)}
    spec |= {"kind": "embed", "context": 512, "slots": 4}
    with trial(spec, settings={}) as engine, LoneWorkshop() as workshop:
        embedder = EmbedClient(engine.connect)
        try:
            known = EmbeddingModel(spec["id"], spec["sha256"])
            made = Made(folder, embedder, known, workshop, {case["space"] for case in cases})
            await made.load(options)
            result = await judged(options, cases, made)
        finally:
            await embedder.aclose()
    made.close()
    return result


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Made:
    """A library over the documents, with real reading and real vectors."""

    def __init__(
        self, folder: Path, embedder: EmbedClient, model: EmbeddingModel, workshop: LoneWorkshop, spaces: set[str]
    ) -> None:
        clock, first, *others = SystemClock(), *sorted(spaces)
        self.instance = make_instance(folder, first)
        for space in others:
            add_space(folder, self.instance.keys, self.instance.house, space)
        self.spaces, membership = spaces, Membership(self.instance.house)
        self.rooms, self.shelf = Rooms(folder, self.instance.keys), Shelf(self.instance.house, clock)
        asker, journal = workshop.asker("worker"), MemoryJournal()
        self.pipeline = Pipeline(
            Parts(
                rooms=self.rooms,
                shelf=self.shelf,
                journal=journal,
                workshop=asker,
                embedder=embedder,
                model=lambda: model,
                clock=clock,
            )
        )
        self.library = Library(
            rooms=self.rooms,
            shelf=self.shelf,
            membership=membership,
            journal=journal,
            clock=clock,
            upload_megabytes=50,
            nudge=self.pipeline.nudge,
        )
        self.searcher = Searcher(self.rooms, self.shelf, membership, embedder)

    async def load(self, options: argparse.Namespace) -> None:
        """Every readable document of the spaces, until all are ready."""
        running = asyncio.create_task(self.pipeline.run())
        rows = []
        for space in sorted(self.spaces):
            for path in readable(options.documents / space):
                added = await self.library.add(ACTOR, space, path.name, pieces(path.read_bytes()))
                rows.append(added if isinstance(added, Document) else added.document)
        say(options, f"{len(rows)} documents: reading")
        while not all(self._settled(row.id) for row in rows):  # noqa: ASYNC110 - the row is the only sign
            await asyncio.sleep(0.1)
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running

    def _settled(self, document: str) -> bool:
        row = self.shelf.document(document)
        return row is not None and row.state in ("ready", "failed")

    def close(self) -> None:
        self.rooms.close()
        self.instance.close()


def readable(folder: Path) -> list[Path]:
    """The documents of a space."""
    return sorted(path for path in folder.iterdir() if path.suffix[1:] in READABLE)


async def judged(options: argparse.Namespace, cases: Sequence[dict[str, Any]], made: Made) -> dict[str, Any]:
    """Each case alone, glued to the question before, and as the assistant does."""
    ways = {"alone": alone(made), "glued": glued(made), "conversation": conversation(made)}
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in ways}
    spent: list[float] = []
    for case in cases:
        for name, way in ways.items():
            turns: list[Turn] = []
            for number, question in enumerate(case["turns"]):
                begin = time.perf_counter()
                searched, hits = await way(question, turns, [case["space"]])
                if name == "conversation" and number:
                    spent.append(1000 * (time.perf_counter() - begin))
                turns.append(Turn(str(number), question, "", searched=searched))
            rows[name].append(row(case, turns[-1].searched, hits))
        say(options, line(case, {name: rows[name][-1] for name in ways}))
    kinds = ["all", *dict.fromkeys(case["kind"] for case in cases if case["kind"] != "all")]
    return {
        "cases": len(cases),
        **{name: {kind: shares(found, kind) for kind in kinds} for name, found in rows.items()},
        "search_ms": spread(spent),
        "misses": [r for r in rows["conversation"] if not r["place_seen"]],
    }


def alone(made: Made) -> Way:
    """The question as it was typed."""

    async def way(question: str, _turns: list[Turn], spaces: list[str]) -> tuple[str, list[Hit]]:
        return "", list((await made.searcher.search(ACTOR, question, spaces, SEEN)).hits)

    return way


def glued(made: Made) -> Way:
    """The question before, then this one, always: the plain way, to compare with."""

    async def way(question: str, turns: list[Turn], spaces: list[str]) -> tuple[str, list[Hit]]:
        both = f"{turns[-1].question} {question}" if turns else question
        return both, list((await made.searcher.search(ACTOR, both, spaces, SEEN)).hits)

    return way


def conversation(made: Made) -> Way:
    """As the assistant searches."""
    french = French()

    async def way(question: str, turns: list[Turn], spaces: list[str]) -> tuple[str, list[Hit]]:
        leaning = lean(question, turns, french.stems)
        found = await find_leaning(made.searcher, ACTOR, question, leaning, spaces, SEEN, french.stems)
        return found.searched, list(found.retrieval.hits)

    return way


def row(case: dict[str, Any], searched: str, hits: Sequence[Hit]) -> dict[str, Any]:
    """What came, compared with what was expected."""
    right = [hit.document == case["document"] for hit in hits]
    place = [good and at_place(case["place"], dict(hit.place)) for good, hit in zip(right, hits, strict=True)]
    return {
        "id": case["id"],
        "kind": case["kind"],
        "turns": case["turns"],
        "searched": searched,
        "document_first": right[:1] == [True],
        "document_seen": any(right),
        "place_first": place[:1] == [True],
        "place_seen": any(place),
        "first": hits[0].document if hits else None,
    }


def shares(rows: Sequence[dict[str, Any]], kind: str) -> dict[str, float]:
    """Shares of the cases of a kind (``all``: every case)."""
    mine = [r for r in rows if kind in ("all", r["kind"])]
    names = ("document_first", "document_seen", "place_first", "place_seen")
    return {"n": len(mine)} | {name: round(sum(r[name] for r in mine) / len(mine), 3) for name in names}


def line(case: dict[str, Any], found: dict[str, dict[str, Any]]) -> str:
    """One case for people: document first / place seen in each way, and what was looked for."""
    marks = "  ".join(
        f"{name} {'+' if r['document_first'] else '-'}{'+' if r['place_seen'] else '-'}"
        for name, r in found.items()
    )
    return f"{case['id']} {case['kind']:8} {marks}  {case['turns'][-1]!r} → {found['conversation']['searched']!r}"


if __name__ == "__main__":
    main()
