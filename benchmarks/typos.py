"""Are questions with misspelt words understood, and are well-written ones left alone? With real vectors.

    python benchmarks/typos.py [--cases FILE] [--clean FILE] [--foreign FILE] [--documents FOLDER]
        [--model FILE] [--json]

``--cases``: {"id", "space", "question", "document"} a line, misspelt; ``--clean``: the same, well written, of which
none should change (``document`` null: nothing answers). ``--foreign``: a list of {"q"}, well-written questions
about something else than these documents, whose words are mostly unknown here: the hardest to leave alone.
``--documents``: a folder; each sub-folder is a space. Only the embedding model is needed.
"""

import argparse
import asyncio
import json
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from demeure.engine import EmbedClient
from demeure.engine.trial import trial
from demeure.library import Cards, Corrected, EmbeddingModel, Retrieval
from demeure.testing.workshop import LoneWorkshop
from followups import ACTOR, Made, sha256
from measure import fetched, finish, parser, read_cases, say, spread

SEEN = 5


def main() -> None:
    options = parser(str(__doc__))
    options.add_argument("--cases", type=Path, default=Path("tests/data/questions-typos.jsonl"))
    options.add_argument("--clean", type=Path, default=Path("tests/data/questions.jsonl"))
    options.add_argument("--foreign", type=Path)
    options.add_argument("--documents", type=Path, default=Path("sample/documents"))
    options.add_argument("--model", type=Path, help="GGUF of the embedding model")
    given = options.parse_args()
    model = (given.model or fetched("embed", None)[1]).resolve()
    with tempfile.TemporaryDirectory(prefix="demeure-typos-") as folder:
        finish("typos", asyncio.run(measured(given, model, Path(folder))))


async def measured(options: argparse.Namespace, model: Path, folder: Path) -> dict[str, Any]:
    cases, clean = read_cases(options.cases), read_cases(options.clean)
    foreign = json.loads(options.foreign.read_text(encoding="utf-8")) if options.foreign else []
    spec: dict[str, Any] = {"id": "e5", "path": str(model), "sha256": sha256(model)}
    spec |= {"kind": "embed", "context": 512, "slots": 4}
    with trial(spec, settings={}) as engine, LoneWorkshop() as workshop:
        embedder = EmbedClient(engine.connect)
        try:
            known = EmbeddingModel(spec["id"], spec["sha256"])
            made = Made(folder, embedder, known, workshop, {case["space"] for case in cases})
            await made.load(options)
            result = await judged(options, made, cases, clean, [one["q"] for one in foreign])
        finally:
            await embedder.aclose()
    made.close()
    return result


async def judged(
    options: argparse.Namespace, made: Made, cases: list[Any], clean: list[Any], foreign: list[str]
) -> dict[str, Any]:
    right = Corrected(made.searcher, made.rooms, Cards(made.instance.house))
    spent: dict[str, list[float]] = {"plain": [], "corrected": []}

    async def both(question: str, spaces: Sequence[str]) -> tuple[Retrieval, Retrieval]:
        found = []
        for name, searcher in (("plain", made.searcher), ("corrected", right)):
            begin = time.perf_counter()
            found.append(await searcher.search(ACTOR, question, spaces, SEEN))
            spent[name].append(1000 * (time.perf_counter() - begin))
        return found[0], found[1]

    ranks: dict[str, list[int]] = {"plain": [], "corrected": []}
    for case in cases:
        pair = await both(case["question"], [case["space"]])
        for name, found in zip(ranks, pair, strict=True):
            ranks[name].append(rank(found, case["document"]) if found.found else 0)
        say(options, f"{case['id']} {ranks['plain'][-1]} → {ranks['corrected'][-1]} {pair[1].spelt}")
    changed = []
    for case in clean:
        plain, corrected = await both(case["question"], [case["space"]])
        if corrected.spelt:
            changed.append({"id": case["id"], "spelt": corrected.spelt, "found": [plain.found, corrected.found]})
    elsewhere, opened = [], 0
    for question in foreign:
        plain, corrected = await both(question, sorted(made.spaces))
        opened += corrected.found and not plain.found
        if corrected.spelt:
            elsewhere.append(corrected.spelt)
            say(options, f"{question} → {corrected.spelt} {plain.found} {corrected.found}")
    return {
        "cases": len(cases),
        **{name: shares(found) for name, found in ranks.items()},
        "clean": {"questions": len(clean), "changed": len(changed), "which": changed},
        "foreign": {"questions": len(foreign), "changed": len(elsewhere), "found_because_of_it": opened},
        "ms": {name: spread(values) for name, values in spent.items()},
    }


def rank(found: Retrieval, document: str) -> int:
    """Place of the document among the passages, from 1; 0: not there."""
    names = [hit.document for hit in found.hits]
    return names.index(document) + 1 if document in names else 0


def shares(ranks: Sequence[int]) -> dict[str, float]:
    """``first``: the document came first; ``seen``: among the passages, of a search taken for an answer."""
    return {
        "first": round(sum(one == 1 for one in ranks) / len(ranks), 3),
        "seen": round(sum(one > 0 for one in ranks) / len(ranks), 3),
    }


if __name__ == "__main__":
    main()
