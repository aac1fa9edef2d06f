"""A space of many documents: what nearly identical documents, versions, health and a comparison cost.

    python benchmarks/collection.py [--documents 10000] [--json]

Documents are written straight into a store made for the occasion (400 words each, one in twenty nearly the same as
another, one in a hundred its newer version), then the product's own step outlines them one after the other; no
journal but one in memory. ``step_ms``: the whole step of one document: sketch, neighbours, versions. ``health_ms``:
the report of the space. ``search_ms``: which documents a search may show, for 100 candidates. ``compare_s``: two
texts of 300 pages, one word in a hundred changed, then two that have nothing in common.
"""

import asyncio
import random
import tempfile
import time
from pathlib import Path
from typing import Any

from demeure.clock import SystemClock, iso
from demeure.library.comparing import Text, compare
from demeure.library.standing import NOT_OLDER, Older
from demeure.library.steps import OwnWork
from demeure.library.versions.links import Links
from demeure.library.versions.outline import every_twin
from demeure.library.versions.outlining import Outlining
from demeure.store.space_tables import parts
from demeure.store.tables import documents
from demeure.testing.house import ADMINISTRATOR, SmallHouse, compose
from measure import finish, parser, percentile, say, spread

WORDS = [f"mot{n}" for n in range(8_000)] + ["de", "la", "les", "du", "en"] * 400


def texts(count: int, chance: random.Random) -> list[tuple[str, str]]:
    """(name, text): one in twenty nearly repeats one of the former fifty, one in fifty is its new version."""
    made: list[tuple[str, str]] = []
    for number in range(count):
        words = [chance.choice(WORDS) for _ in range(400)]
        name = f"Guide du sujet {number:05}x 2024.txt"
        if made and number % 20 == 7:
            former, text = made[-1 - chance.randrange(min(50, len(made)))]
            words = text.split()
            words[chance.randrange(400)] = "autre"
            name = former.replace("2024", "2026") if number % 50 == 27 else f"Copie {number}.txt"
        made.append((name, " ".join(words)))
    return made


def furnish(house: SmallHouse, made: list[tuple[str, str]]) -> None:
    now = iso(SystemClock().now())
    rows, pages = [], []
    for number, (name, text) in enumerate(made):
        one = f"{number:032x}"
        rows.append(
            {
                "id": one,
                "space": "mairie",
                "name": name,
                "format": "txt",
                "size": len(text),
                "state": "ready",
                "sha256": one,
                "chain": one,
                "added_by": "uid:0",
                "added_at": now,
                "updated_at": now,
            }
        )
        pages.append({"document": one, "ordinal": 0, "place": {"kind": "lines", "from": 1, "to": 9}, "text": text})
    with house.instance.house.write() as db:
        db.execute(documents.insert(), rows)
    with house.worker_rooms.database("mairie").write() as db:
        db.execute(parts.insert(), pages)


async def measured(folder: Path, count: int, told: Any) -> dict[str, Any]:
    house = compose(folder)
    furnish(house, texts(count, random.Random(7)))
    told(f"{count} documents written")
    shared: Any = house.pipeline._p
    links = Links(house.instance.house, SystemClock())
    step = Outlining(shared, OwnWork(house.shelf, house.journal), links).step
    spent = []
    for number, row in enumerate(house.shelf.documents("mairie")):
        began = time.perf_counter()
        await step(row)
        spent.append(1000 * (time.perf_counter() - began))
        if number % 2000 == 1999:
            told(f"  {number + 1} outlined, last thousand at {sum(spent[-1000:]) / 1000:.1f} ms")
    health = []
    for _ in range(5):
        began = time.perf_counter()
        report = await house.health.report(ADMINISTRATOR, "mairie")
        health.append(1000 * (time.perf_counter() - began))
    ids = [f"{n:032x}" for n in random.Random(3).sample(range(count), min(100, count))]
    search: dict[str, list[float]] = {"usual": [], "year": []}
    for name, older in (("usual", NOT_OLDER), ("year", Older(years=frozenset({"2024"})))):
        for _ in range(30):
            began = time.perf_counter()
            house.shelf.names(set(ids), older)
            search[name].append(1000 * (time.perf_counter() - began))
    pairs = len(every_twin(house.rooms.database("mairie")))
    house.worker_rooms.close()
    house.rooms.close()
    house.instance.close()
    return {
        "documents": count,
        "step_ms": spread(spent),
        "step_ms_last_thousand": spread(spent[-1000:]),
        "step_s_in_all": round(sum(spent) / 1000, 1),
        "twins": pairs,
        "counts": dict(report.counts),
        "health_ms": spread(health),
        "search_ms": {name: round(percentile(values, 0.5), 2) for name, values in search.items()},
    }


def compared() -> dict[str, Any]:
    """Two texts of 300 pages."""
    chance = random.Random(5)
    pages = [[chance.choice(WORDS) for _ in range(450)] for _ in range(300)]
    former = [Text({"kind": "page", "page": n}, _sentences(words)) for n, words in enumerate(pages, 1)]
    for words in pages:
        for at in chance.sample(range(450), 4):
            words[at] = "changé"
    newer = [Text({"kind": "page", "page": n}, _sentences(words)) for n, words in enumerate(pages, 1)]
    other = [Text({"kind": "page", "page": n}, one.text[::-1]) for n, one in enumerate(former, 1)]
    result = {}
    for name, side in (("edited", newer), ("unrelated", other)):
        began = time.perf_counter()
        found = compare(former, side)
        result[name] = {
            "seconds": round(time.perf_counter() - began, 2),
            "changes": len(found.changes),
            "added": found.added,
            "removed": found.removed,
        }
    return result


def _sentences(words: list[str]) -> str:
    return " ".join(f"{' '.join(words[at : at + 18]).capitalize()}." for at in range(0, len(words), 18))


def main() -> None:
    options = parser(__doc__ or "")
    options.add_argument("--documents", type=int, default=10_000)
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        result = asyncio.run(measured(Path(folder), asked.documents, lambda line: say(asked, line)))
    finish("collection", {**result, "compare_s": compared()})


if __name__ == "__main__":
    main()
