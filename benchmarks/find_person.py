"""How well and how fast is one person found? Whole names of the frozen sets, looked for in all their documents.

    python benchmarks/find_person.py [--names N] [--json]

Each clue is a name of two words or more that a document holds, as it stands there. Found: its own document is, as
certain or likely. False: a document that is certain or likely of it although no name in it holds both its first
first name (or its initial) and its surname. Speed: megabytes a second of processor time over all the texts, of a
name and of a number, against one plain search of a word in the same texts.

Exit code 1 when less than 0.99 is found.
"""

import gzip
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from demeure.personal.clues import Clue, clue, clues
from demeure.personal.errors import ClueUnusable
from demeure.personal.seeking import LIKELY, Seeker
from demeure.personal.words import fold
from measure import finish, parser

HERE = Path(__file__).parent / "personal"
REPEATS, MISSES = 5, 20


def main() -> int:
    options = parser(__doc__ or "")
    options.add_argument("--names", type=int, default=300)
    args = options.parse_args()
    documents = [one for path in sorted(HERE.glob("*.jsonl.gz")) for one in read(path)]
    texts = [one["text"] for one in documents]
    named = [names(one) for one in documents]
    wanted = chosen(named, args.names)
    found = false = 0
    missed: list[str] = []
    for at, looked in wanted:
        seeker = Seeker([looked])
        for other, text in enumerate(texts):
            seen = any(one.sure >= LIKELY for one in seeker.find(text))
            found += seen and other == at
            if other == at and not seen and len(missed) < MISSES:
                missed.append(looked.said)
            false += seen and other != at and not any(same(looked, name) for name in named[other])
    figures = {
        "clues": len(wanted),
        "documents": len(texts),
        "found": found,
        "false": false,
        "missed": missed,
    } | speeds(texts)
    good = found >= 0.99 * len(wanted)
    finish("find_person", figures)
    return 0 if good else 1


def read(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in gzip.decompress(path.read_bytes()).decode().splitlines()]


def names(document: dict[str, Any]) -> list[str]:
    """Names that it holds, as they stand."""
    return [" ".join(document["text"][a:b].split()) for a, b, kind in document["spans"] if kind == "name"]


def chosen(named: list[list[str]], count: int) -> list[tuple[int, Clue]]:
    """(document, clue), spread over the documents, each name once."""
    found: dict[tuple[str, ...], tuple[int, Clue]] = {}
    for at, listed in enumerate(named):
        for name in listed:
            try:
                looked = clue(name)
            except ClueUnusable:
                continue
            if looked.kind == "name" and looked.first and len(looked.first[0]) > 2 and len(looked.last[0]) > 2:
                found.setdefault((*sorted((*looked.first, *looked.last)),), (at, looked))
    every = list(found.values())
    return every[:: max(1, len(every) // count)][:count]


def same(looked: Clue, name: str) -> bool:
    words = fold(name).replace("-", " ").replace(".", " ").replace(",", " ").split()
    first = looked.first[0]
    return looked.last[-1] in words and (first in words or first[0] in words)


def speeds(texts: list[str]) -> dict[str, float]:
    size = sum(len(text.encode()) for text in texts) / 1e6

    def rate(look: Callable[[str], Any]) -> float:
        best = 1e9
        for _ in range(REPEATS):
            begun = time.process_time()
            for text in texts:
                look(text)
            best = min(best, time.process_time() - begun)
        return round(size / best, 1)

    name, number = Seeker(clues(["Maëlys Quervalouette"])), Seeker(clues(["06 12 34 56 78"]))
    plain = rate(lambda text: "quervalouette" in text.lower())
    return {
        "megabytes": round(size, 2),
        "plain_MB_s": plain,
        "name_MB_s": rate(name.find),
        "number_MB_s": rate(number.find),
    }


if __name__ == "__main__":
    raise SystemExit(main())
