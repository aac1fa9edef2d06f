"""Every benchmark, one after the other: one JSON object each in artefacts/bench/, then a table against the targets.

    python benchmarks/run.py [--only NAME …] [--corpus DIR] [--quick] [--json]

``--corpus``: outside material, a folder with docs.jsonl and queries.json (or queries-dev.json) for ``retrieval``,
``scale`` and ``grounding``, and one PDF for ``ingestion``; without it the first two are skipped, aloud, the third
does with its written cases, and the fourth makes its own document. A benchmark without its models is skipped too.
``--quick``:
few rounds, to see that everything runs; the figures mean little, a target missed is shown and no more. Exit code 1
when a benchmark broke or, without ``--quick``, a target is missed.
"""

import argparse
import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from measure import ABSENT, machine, parser

HERE = Path(__file__).parent
ORDER = (
    *("start", "confined", "house", "ingestion", "retrieval", "scale", "followups", "questions", "grounding"),
    *("typos", "glossary", "cutting"),
    *(
        "engine",
        "journal",
        "store",
        "workshop",
        "sheets",
        "prove",
        "passwords",
        "refused",
        "crowd",
        "ocr",
        "sources",
        "speech",
    ),
    *("snapshots", "hostile", "injection", "bulk"),
    *("versions", "collection", "sizing", "api", "directory"),
)
QUICK = {
    "start": ["--rounds", "2"],
    "confined": ["--pairs", "2", "--seconds", "0.3"],
    "house": ["--passages", "2000", "--rounds", "6", "--long-rounds", "2"],
    "ingestion": ["--rounds", "1", "--passages", "64"],
    "retrieval": ["--limit", "60"],
    "scale": ["--limit", "60", "--sizes", "400", "2000", "--questions", "20"],
    "followups": [],
    "typos": [],
    "questions": ["--only", "q01", "q02", "q33"],
    "grounding": ["--count", "60"],
    "glossary": [],
    "cutting": ["--rounds", "1"],
    "engine": ["--rounds", "2"],
    "journal": ["--seconds", "0.3", "--rounds", "1", "--entries", "20000"],
    "store": [],
    "workshop": ["--rounds", "3"],
    "sheets": ["--rounds", "3"],
    "prove": ["--rounds", "1"],
    "refused": ["--rounds", "1"],
    "passwords": ["--tries", "200", "--at-once", "50", "--rounds", "2", "--seconds", "0.5"],
    "crowd": ["--people", "10", "--rounds", "1", "--passages", "500"],
    "ocr": ["--pages", "1", "--ways", "office scanner", "upside down"],
    "snapshots": ["--rounds", "1", "--cold", "1", "--tokens", "600"],
    "sources": ["--files", "400", "--folders", "8", "--rounds", "1"],
    "hostile": ["--offline", "--no-house", "--spoilt", "1"],
    "injection": ["--only", "lie"],
    "bulk": ["--sheets", "60", "--kills", "1"],
    "speech": ["--minutes", "1"],
    "versions": [],
    "directory": ["--people", "300"],
    "api": ["--rounds", "4", "--words", "20"],
    "collection": ["--documents", "400"],
    "sizing": ["--crowds", "4", "--seconds", "20", "--least", "6", "--budget", "40"],
}


@dataclass(frozen=True)
class Target:
    """One number of the promise: where it is in the JSON of its benchmark (steps joined by ``/``), and its bounds,
    both included."""

    words: str
    benchmark: str
    place: str
    least: float | None = None
    most: float | None = None

    def verdict(self, result: dict[str, Any]) -> tuple[str, str]:
        """(what was measured, kept, missed or not measured)."""
        found: Any = result
        for step in self.place.split("/"):
            found = found.get(step) if isinstance(found, dict) else None
        if isinstance(found, str) and found.split("/")[0].isdigit():
            found = int(found.split("/")[0])  # 6/8 refusals
        if not isinstance(found, int | float):
            return "-", "not measured"
        kept = (self.least is None or found >= self.least) and (self.most is None or found <= self.most)
        return f"{found:g}", "kept" if kept else "MISSED"

    @property
    def bounds(self) -> str:
        """For people."""
        if self.least is not None and self.most is not None:
            return f"{self.least:g} to {self.most:g}"
        return f">= {self.least:g}" if self.least is not None else f"<= {self.most:g}"


WALLS = {"least": 0.97, "most": 1.03}
TARGETS = (
    Target(
        "100 people within ten seconds: ms added to the first word, p95",
        "crowd",
        "arriving/added_ms/first_word/p95",
        most=150,
    ),
    Target("confined / unconfined, engine: tokens a second", "confined", "engine/tokens_per_second/ratio", **WALLS),
    Target("confined / unconfined, engine: first token", "confined", "engine/first_token_s/ratio", **WALLS),
    Target(
        "confined / unconfined, whole house: tokens a second", "confined", "house/tokens_per_second/ratio", **WALLS
    ),
    Target("confined / unconfined, house: first token", "confined", "house/first_token_s/ratio", **WALLS),
    Target("confined / unconfined, gateway: requests a second", "confined", "gateway/ratio", least=0.95),
    Target("a directory of 5,000 people followed, seconds", "directory", "first/seconds", most=60),
    Target("a look at an application's key, ms, p50", "api", "check/key_ms/p50", most=1),
    Target("a look at a session, ms, p50", "api", "check/session_ms/p50", most=1),
    Target("official client through /v1: ms added before the first word, p50", "api", "stream/added_ms", most=40),
    Target("official client through /v1 / bare engine: decoding", "api", "stream/decoding", least=0.97),
    Target("50 applications × 20 requests: 5xx", "api", "fair/server_errors", most=0),
    Target("50 applications × 20 requests: farthest from the mean", "api", "fair/unfair", most=0.2),
    Target("whole house / bare engine: decoding", "house", "decoding/ratio", least=0.97),
    Target("added before the first word, ms, p50", "house", "first_word/added_ms/p50", most=60),
    Target("added before the first word, ms, p95", "house", "first_word/added_ms/p95", most=120),
    Target("the same with fsync 10 ms slower, p50", "house", "slow_disk/added_ms/p50", most=60),
    Target("the same with fsync 10 ms slower, p95", "house", "slow_disk/added_ms/p95", most=120),
    Target("beside an ingestion / idle: first word", "house", "ingestion/first_word_ratio", most=1.5),
    Target("beside an ingestion / idle: decoding", "house", "ingestion/decode_ratio", least=0.7),
    Target("house without engines, resident MB, idle", "house", "resident_mb/idle/house", most=450),
    Target("the same after an ingestion", "house", "resident_mb/after_ingestion/house", most=450),
    Target("demeure up to a page, s", "start", "up_to_a_page_s/p50", most=3),
    Target("the same, first start", "start", "up_to_a_page_s/first", most=3),
    Target("demeure --help, ms of processor", "start", "processor_ms/--help/p50", most=150),
    Target("text cut in passages, MB a second of processor", "cutting", "cut_mb_per_second/p50", least=2.0),
    Target("long PDF searchable by words, s", "ingestion", "searchable_seconds/p50", most=4),
    Target("embedding, product / bare engine", "ingestion", "embedding/product_over_bare", least=0.9),
    Target("journal, 50 writers: ms to the receipt, p95", "journal", "fifty_writers/receipt_ms_p95", most=10),
    Target("the same with fsync 10 ms slower, p95", "journal", "fifty_writers/slow_disk/receipt_ms_p95", most=40),
    Target("journal appended, entries a second", "journal", "evidence/appended_per_second", least=20_000),
    Target(
        "journal's tree computed again, entries a second of processor",
        "journal",
        "evidence/tree_rebuilt_per_second",
        least=100_000,
    ),
    Target("journal verified, entries a second", "journal", "evidence/verified_per_second", least=100_000),
    Target("a proof of the walls, s", "prove", "whole_s/max", most=60),
    Target("document recall@1", "retrieval", "reranked/recall@1", least=0.77),
    Target("document recall@5", "retrieval", "reranked/recall@5", least=0.95),
    Target("document recall@10", "retrieval", "reranked/recall@10", least=0.97),
    Target("MRR@10", "retrieval", "reranked/mrr@10", least=0.84),
    Target("search without the question's embedding, ms, p95", "retrieval", "search_ms/p95", most=40),
    Target("misspelt questions put right: well-written ones changed", "typos", "clean/changed", most=0),
    Target("follow-ups that lean: right place read", "followups", "conversation/leaning/place_seen", least=0.95),
    Target(
        "follow-ups on a new subject: right place read", "followups", "conversation/alone/place_seen", least=0.95
    ),
    Target("sample questions: right document cited", "questions", "document", least=0.95),
    Target("sample questions: right page cited", "questions", "page", least=0.90),
    Target("sample questions: required facts", "questions", "facts", least=0.75),
    Target("scanned pages, office scanner: words lost", "ocr", "ways/office scanner/words_lost", most=0.03),
    Target("scanned pages, upside down: words lost", "ocr", "ways/upside down/words_lost", most=0.03),
    Target("sample questions: refusals of 8", "questions", "refusals", least=6),
    Target("written answers: wrong numbers and dates marked", "grounding", "cases/flagged", least=0.95),
    Target("written answers: false marks", "grounding", "cases/false_marks", most=0.05),
    Target("altered sheets: wrong numbers and dates marked", "grounding", "sheets/flagged", least=0.95),
    Target("altered sheets: false marks", "grounding", "sheets/false_marks", most=0.05),
    Target("20,000 watched files, scan without change, s", "sources", "unchanged_s/p50", most=20),
    Target("first word on a document kept ready, s, p50", "snapshots", "first_word_s/prepared/p50", most=0.6),
    Target("hostile files", "hostile", "files", least=400),
    Target("injections: canaries out", "injection", "out/canaries_out", most=0),
    Target("injections: links and pictures alive", "injection", "out/alive_out", most=0),
    Target("bulk: text searchable, MB a second", "bulk", "text_mb_per_second", least=1.0),
    Target("versions linked by themselves: precision", "versions", "all/linked_precision", least=1.0),
    Target("versions linked or proposed: recall", "versions", "all/recall_with_proposals", least=0.9),
    Target("health of 10,000 documents, ms, p50", "collection", "health_ms/p50", most=1000),
    Target("300 pages compared, s", "collection", "compare_s/edited/seconds", most=3),
    Target("an answer of 300 words checked, ms of processor, p50", "grounding", "milliseconds/p50", most=10),
)


def main() -> int:
    options = parser(__doc__ or "")
    options.add_argument("--only", nargs="*", choices=ORDER, default=ORDER, metavar="NAME", help=", ".join(ORDER))
    options.add_argument("--corpus", type=Path, default=Path("cache/bench"))
    options.add_argument("--quick", action="store_true")
    options.add_argument("--into", type=Path, default=Path("artefacts/bench"))
    chosen = options.parse_args()
    chosen.into.mkdir(parents=True, exist_ok=True)
    states: dict[str, str] = {}
    results: dict[str, dict[str, Any]] = {}
    for name in (n for n in ORDER if n in chosen.only):
        states[name], result = once(name, chosen)
        if result is not None:
            results[name] = result
            (chosen.into / f"{name}.json").write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n")
    rows = [(t, *t.verdict(results[t.benchmark])) for t in TARGETS if t.benchmark in results]
    if not chosen.json:
        table(states, rows)
    summary = {
        "benchmark": "all",
        "machine": machine(),
        "quick": chosen.quick,
        "benchmarks": states,
        "targets": [{"what": t.words, "measured": m, "target": t.bounds, "verdict": v} for t, m, v in rows],
    }
    print(json.dumps(summary, ensure_ascii=False))
    broken = any(state.startswith("broke") for state in states.values())
    missed = not chosen.quick and any(verdict == "MISSED" for _, _, verdict in rows)
    return 1 if broken or missed else 0


def once(name: str, options: argparse.Namespace) -> tuple[str, dict[str, Any] | None]:
    """Run one benchmark: how it went, and its JSON when it gave one."""
    arguments = material(name, options.corpus)
    if arguments is None:
        return said(name, f"skipped: no docs.jsonl and queries in {options.corpus} (--corpus)"), None
    command = [
        sys.executable,
        str(HERE / f"{name}.py"),
        "--json",
        *arguments,
        *(QUICK[name] if options.quick else []),
    ]
    begin = time.perf_counter()
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    spent = f"{time.perf_counter() - begin:.0f} s"
    why = (run.stderr.strip() or run.stdout.strip() or "?").splitlines()[-1]
    if run.returncode == ABSENT:
        return said(name, f"skipped: {why}"), None
    try:
        result = json.loads(run.stdout.splitlines()[-1])
    except (ValueError, IndexError):
        result = None
    if run.returncode or not isinstance(result, dict):
        return said(name, f"broke ({run.returncode}): {why}"), None
    return said(name, f"measured in {spent}"), result


def said(name: str, how: str) -> str:
    print(f"{name}: {how}", file=sys.stderr, flush=True)
    return how


def material(name: str, corpus: Path) -> list[str] | None:
    """Arguments that name outside material; None: the benchmark cannot do without what is missing."""
    queries = next((q for q in (corpus / "queries.json", corpus / "queries-dev.json") if q.exists()), None)
    if name in ("retrieval", "scale"):
        there = (corpus / "docs.jsonl").exists() and queries
        return ["--docs", str(corpus / "docs.jsonl"), "--queries", str(queries)] if there else None
    if name in ("bulk", "injection"):
        sheets = corpus / "docs.jsonl"
        return [{"bulk": "--docs", "injection": "--sheets"}[name], str(sheets)] if sheets.exists() else []
    if name == "grounding":
        sheets = corpus / "docs.jsonl"
        return ["--sheets", str(sheets)] if sheets.exists() else []
    if name == "ingestion":
        pdf = next(iter(sorted(corpus.glob("*.pdf"))), None)
        return ["--document", str(pdf)] if pdf else []
    return []


def table(states: dict[str, str], rows: list[tuple[Target, str, str]]) -> None:
    """For people."""
    width = max(len(t.words) for t in TARGETS)
    print(f"\n{'':{width}}  {'measured':>10}  {'target':>12}")
    for target, measured, verdict in rows:
        print(f"{target.words:{width}}  {measured:>10}  {target.bounds:>12}  {verdict}")
    for name, state in states.items():
        if not state.startswith("measured"):
            print(f"{name}: {state}")
    print()


if __name__ == "__main__":
    sys.exit(main())
