"""How well are personal data found? Recall and precision of each kind, documents wholly masked, misses, speed.

    python benchmarks/personal_data.py [--set FILE…] [--sheets docs.jsonl] [--misses N] [--json]

A set is JSON, one document a line: ``text``, ``spans`` ([start, end, kind] in characters), and maybe ``id``; packed
with gzip when its name ends so. Without --set: the three frozen sets. « first »: the rules were made on it.
« held » and « fresh »: other templates, each written once the rules stood, measured, and only then learned from
(both figures: docs/personal-data.md).

A span is found when every letter and figure of it is in detections of its kind; masked when of any kind. A
detection is right when more than half of it lies in spans of its kind. A document is wholly masked when all its
spans are. --sheets: public sheets ({"title", "body"}), where each mark of a kind that names a person is false; per
page of 3,000 characters. Then the most frequent surnames of France, many of them words too, each in the forms that
letters, forms and lists write. Speed: processor time of this process over the text, in UTF-8; memory: the most it
held.

Exit code 1 when a target is missed: recall 0.99 of kinds with check digits, e-mail, telephone; addresses and names
0.90.
"""

import gzip
import json
import resource
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from demeure.personal import CHECKED, SENSITIVE, Detection, examine
from demeure.personal.examining import by_rules, resolved
from measure import absent, finish, parser
from personal.frequent import made

HERE = Path(__file__).parent / "personal"
TARGETS = {**dict.fromkeys((*CHECKED, "email", "phone"), 0.99), "address": 0.90, "name": 0.90}
SETS = ("first", "held", "fresh")
PAGE = 3000
SPOKEN_FOR = 1_500_000
"""Bytes that the speed is measured on."""


def main() -> int:
    options = parser(__doc__ or "")
    options.add_argument("--set", type=Path, nargs="*", default=[HERE / f"{n}.jsonl.gz" for n in SETS])
    options.add_argument("--sheets", type=Path)
    options.add_argument("--misses", type=int, default=12, help="misses and wrong marks listed of each kind")
    given = options.parse_args()
    for path in (*given.set, *([given.sheets] if given.sheets else [])):
        if not path.exists():
            absent(f"no set at {path}")
    result: dict[str, Any] = {
        "sets": {path.name: measured(list(documents(path)), given.misses) for path in given.set}
    }
    result["frequent"] = frequent()
    texts = [one["text"] for path in given.set for one in documents(path)]
    if given.sheets:
        sheets = [f"{one.get('title', '')}\n{one.get('body', '')}" for one in documents(given.sheets)]
        result["sheets"] = marks(sheets, given.misses)
        texts += sheets
    result["speed"] = speed(texts)
    result["kept"] = all(kept(one) for one in result["sets"].values())
    result["kept"] &= result["frequent"]["recall"] >= TARGETS["name"]
    if not given.json:
        told(result)
    finish("personal_data", result)
    return 0 if result["kept"] else 1


def frequent() -> dict[str, Any]:
    """The most frequent surnames: recall of each form they are written in, and which surnames are missed."""
    tally: dict[str, Counter[str]] = defaultdict(Counter)
    missed: dict[str, list[str]] = defaultdict(list)
    for form, text, start, end in made():
        covered = {at for one in examine(text) if one.kind == "name" for at in range(one.start, one.end)}
        found = all(at in covered for at in range(start, end) if text[at].isalpha())
        tally[form]["spans"] += 1
        tally[form]["found"] += found
        if not found:
            missed[form].append(text[start:end])
    whole = sum(tally.values(), Counter[str]())
    forms = {form: round(one["found"] / one["spans"], 4) for form, one in tally.items()}
    return {"recall": round(whole["found"] / whole["spans"], 4), "forms": forms, "missed": dict(missed)}


def documents(path: Path) -> Iterator[dict[str, Any]]:
    """Lines of a set. Raises SystemExit naming the line that is none."""
    with (gzip.open if path.suffix == ".gz" else open)(path, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            try:
                yield json.loads(line)
            except ValueError:
                raise SystemExit(f"{path}, line {number}: not JSON") from None


def measured(made: Sequence[dict[str, Any]], misses: int) -> dict[str, Any]:
    """Figures of one set."""
    tally: dict[str, Counter[str]] = defaultdict(Counter)
    missed: dict[str, list[str]] = defaultdict(list)
    wrong: dict[str, list[str]] = defaultdict(list)
    whole = 0
    for one in made:
        text, spans = one["text"], one["spans"]
        found = [d for d in examine(text) if d.kind not in SENSITIVE]
        whole += compared(text, spans, found, (tally, missed, wrong))
    return {
        "documents": len(made),
        "wholly_masked": round(whole / max(1, len(made)), 4),
        "kinds": {kind: shown(counts) for kind, counts in sorted(tally.items())},
        "missed": {kind: lines[:misses] for kind, lines in sorted(missed.items())},
        "wrong": {kind: lines[:misses] for kind, lines in sorted(wrong.items())},
    }


Tallies = tuple[dict[str, Counter[str]], dict[str, list[str]], dict[str, list[str]]]


def compared(text: str, spans: Sequence[Sequence[Any]], found: Sequence[Detection], tallies: Tallies) -> bool:
    """Counts one document; True when all its spans are masked."""
    tally, missed, wrong = tallies
    covered: dict[str, set[int]] = defaultdict(set)
    for one in found:
        covered[one.kind].update(range(one.start, one.end))
    anything = set().union(*covered.values()) if covered else set()
    gold: dict[str, set[int]] = defaultdict(set)
    whole = True
    for start, end, kind in spans:
        signs = {at for at in range(start, end) if text[at].isalnum()}
        gold[kind] |= signs
        tally[kind]["spans"] += 1
        tally[kind]["found"] += signs <= covered[kind]
        tally[kind]["masked"] += signs <= anything
        whole = whole and signs <= anything
        if not signs <= covered[kind]:
            missed[kind].append(shown_at(text, start, end))
    for one in found:
        signs = {at for at in range(one.start, one.end) if text[at].isalnum()}
        right = 2 * len(signs & gold[one.kind]) > len(signs)
        tally[one.kind]["marks"] += 1
        tally[one.kind]["right"] += right
        if not right:
            wrong[one.kind].append(f"{one.rule}: {shown_at(text, one.start, one.end)}")
    return whole


def shown_at(text: str, start: int, end: int) -> str:
    around = f"{text[max(0, start - 24) : start]}⟦{text[start:end]}⟧{text[end : end + 16]}"
    return around.replace("\n", "⏎")


def shown(counts: Counter[str]) -> dict[str, Any]:
    spans, marked = counts["spans"], counts["marks"]
    return {
        "spans": spans,
        "recall": round(counts["found"] / spans, 4) if spans else None,
        "masked": round(counts["masked"] / spans, 4) if spans else None,
        "marks": marked,
        "precision": round(counts["right"] / marked, 4) if marked else None,
    }


def marks(sheets: Sequence[str], misses: int) -> dict[str, Any]:
    """Marks on public sheets, of each kind, per page of 3,000 characters."""
    pages = sum(len(text) for text in sheets) / PAGE
    count: Counter[str] = Counter()
    examples: dict[str, list[str]] = defaultdict(list)
    for text in sheets:
        for one in examine(text):
            count[one.kind] += 1
            examples[one.kind].append(f"{one.rule}: {shown_at(text, one.start, one.end)}")
    return {
        "pages": round(pages),
        "marks": dict(count),
        "per_page": {kind: round(times / pages, 4) for kind, times in sorted(count.items())},
        "names_per_page": round(count["name"] / pages, 4),
        "examples": {kind: lines[:: max(1, len(lines) // misses)][:misses] for kind, lines in examples.items()},
    }


def speed(texts: Sequence[str]) -> dict[str, Any]:
    """MB/s of the rules alone and with names, of processor time, over texts as they are."""
    chosen, size = [], 0
    while size < SPOKEN_FOR:
        for text in texts:
            chosen.append(text)
            size += len(text.encode())
            if size >= SPOKEN_FOR:
                break
    examine(chosen[0])  # lists are read once
    begun = time.process_time()
    for text in chosen:
        resolved(by_rules(text))
    rules = time.process_time() - begun
    begun = time.process_time()
    for text in chosen:
        examine(text)
    names = time.process_time() - begun
    return {
        "bytes": size,
        "rules_mb_per_second": round(size / 1e6 / rules, 2),
        "with_names_mb_per_second": round(size / 1e6 / names, 2),
        "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def kept(one: dict[str, Any]) -> bool:
    kinds = one["kinds"]
    return all(kinds[k]["recall"] >= least for k, least in TARGETS.items() if kinds.get(k, {}).get("spans"))


def told(result: dict[str, Any]) -> None:
    """For people."""
    for name, one in result["sets"].items():
        print(f"{name}: {one['documents']} documents, wholly masked {one['wholly_masked']}")
        for kind, row in one["kinds"].items():
            print(
                f"  {kind:9} {row['spans']:>5} recall {row['recall']} masked {row['masked']} "
                f"precision {row['precision']}"
            )
        for title in ("missed", "wrong"):
            for kind, lines in one[title].items():
                for line in lines:
                    print(f"  {title} {kind}: {line}")
    if "sheets" in result:
        print(f"sheets: {result['sheets']['pages']} pages, marks per page {result['sheets']['per_page']}")
        for kind, lines in result["sheets"]["examples"].items():
            for line in lines:
                print(f"  mark {kind}: {line}")
    print(f"speed: {result['speed']}\n")


if __name__ == "__main__":
    raise SystemExit(main())
