"""Speed of a model file, unconfined, alone: first token, prefill, decode, or embeddings. JSON on the last line.

    python benchmarks/engine.py [MODEL.gguf] [--kind chat|embed] [--instance DIR] [--cases FILE] [--json]

Without MODEL, the chat model fetched by ``make demo``. ``--instance`` loads the engine built there (``demeure
engine build``) when it may be used. ``--cases``: prompts, instead of those made here (texts, or objects with
``prompt``, ``question`` or ``q``; a JSON list or one a line).
"""

import argparse
import asyncio
import time
from pathlib import Path
from typing import Any

from demeure.engine.measure import speed_of
from demeure.engine.models import sha256_of
from demeure.engine.models.gguf_header import read_facts
from demeure.engine.models.sizing import need
from demeure.engine.trial import trial
from measure import fetched, finish, parser, texts


def measure(given: argparse.Namespace) -> dict[str, Any]:
    """One engine in a process of its own; what is printed."""
    model: Path = given.model or fetched("chat", None, "starter-chat", "small-chat")[1]
    facts = read_facts(model)
    kind = given.kind or ("chat" if facts.causal else "embed")
    spec = {
        "id": model.stem,
        "path": str(model.resolve()),
        "sha256": sha256_of(model),
        "kind": kind,
        "context": given.context,
        "slots": 1,
    }
    options: dict[str, object] = {}
    if kind == "chat":
        options = {"rounds": given.rounds}
        if given.cases:
            options["prompts"] = texts(given.cases, "prompt", "question", "q")[: given.limit]
    begin = time.perf_counter()
    with trial(spec, instance=given.instance, settings={"engine_threads": given.threads}) as engine:
        load = time.perf_counter() - begin
        result = asyncio.run(speed_of(kind, engine.connect, **options))
        resident = engine.resident()
    planned = need(facts, model.stat().st_size, given.context if kind == "chat" else 512).total
    report: dict[str, Any] = {
        "model": model.name,
        "kind": kind,
        "load_seconds": load,
        "resident_bytes": resident,
        "planned_bytes": planned,
        **result,
    }
    return {name: round(value, 4) if isinstance(value, float) else value for name, value in report.items()}


def main() -> None:
    options = parser(str(__doc__))
    options.add_argument("model", type=Path, nargs="?")
    options.add_argument("--kind", choices=["chat", "embed"])
    options.add_argument("--instance", type=Path)
    options.add_argument("--cases", type=Path)
    options.add_argument("--limit", type=int, default=8, help="prompts of --cases that are measured")
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--threads", type=int, default=0, help="0: all physical cores")
    options.add_argument("--context", type=int, default=4096)
    finish("engine", measure(options.parse_args()))


if __name__ == "__main__":
    main()
