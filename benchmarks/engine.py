"""Speed of a model file, unconfined, alone: first token, prefill, decode, or embeddings. JSON on the last line.

    python benchmarks/engine.py MODEL.gguf [--kind chat|embed] [--instance DIR] [--prompts FILE] [--json]

``--instance`` loads the engine built there (``demeure engine build``) when it may be used. ``--prompts``: a text
file, one prompt per line, or a JSON list of texts, instead of the prompts made here.
"""

import argparse
import asyncio
import json
import time
from pathlib import Path

from demeure.engine.measure import speed_of
from demeure.engine.models import sha256_of
from demeure.engine.models.gguf_header import read_facts
from demeure.engine.models.sizing import need
from demeure.engine.trial import trial


def cases(path: Path) -> list[str]:
    """Prompts of a file."""
    text = path.read_text(encoding="utf-8")
    if text.lstrip().startswith("["):
        return [
            item if isinstance(item, str) else str(item.get("q") or item["question"]) for item in json.loads(text)
        ]
    return [line for line in text.splitlines() if line.strip()]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("--kind", choices=["chat", "embed"])
    parser.add_argument("--instance", type=Path)
    parser.add_argument("--prompts", type=Path)
    parser.add_argument("--limit", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--context", type=int, default=4096)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    facts = read_facts(given.model)
    kind = given.kind or ("chat" if facts.causal else "embed")
    spec = {
        "id": given.model.stem,
        "path": str(given.model.resolve()),
        "sha256": sha256_of(given.model),
        "kind": kind,
        "context": given.context,
        "slots": 1,
    }
    options: dict[str, object] = {}
    if kind == "chat":
        options = {"rounds": given.rounds}
        if given.prompts:
            options["prompts"] = cases(given.prompts)[: given.limit]
    begin = time.perf_counter()
    with trial(spec, instance=given.instance, settings={"engine_threads": given.threads}) as engine:
        load = time.perf_counter() - begin
        result = asyncio.run(speed_of(kind, engine.connect, **options))
        resident = engine.resident()
    planned = need(facts, given.model.stat().st_size, given.context if kind == "chat" else 512).total
    report = {"model": given.model.name, "kind": kind, "load_seconds": round(load, 2), "resident_bytes": resident}
    report |= {"planned_bytes": planned, **result}
    if not given.json:
        for name, value in report.items():
            print(f"{name:>16} {value:.3f}" if isinstance(value, float) else f"{name:>16} {value}")
    print(json.dumps(report, ensure_ascii=False))


if __name__ == "__main__":
    main()
