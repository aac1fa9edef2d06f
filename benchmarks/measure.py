"""What every benchmark shares: the machine in one dict, percentiles, the last line of JSON."""

import argparse
import json
import os
import platform
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any


def machine() -> dict[str, Any]:
    """Processor, cores seen, memory in GiB, kernel, Python."""
    model = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "processor": model,
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(memory, 1),
        "kernel": platform.release(),
        "python": platform.python_version(),
    }


def percentile(values: Sequence[float], share: float) -> float:
    """Nearest-rank percentile, ``share`` in 0…1. Raises ValueError on no value."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def spread(values: Sequence[float], digits: int = 2) -> dict[str, float]:
    """p50, p95, smallest and largest, and how many."""
    return {
        "p50": round(percentile(values, 0.50), digits),
        "p95": round(percentile(values, 0.95), digits),
        "min": round(min(values), digits),
        "max": round(max(values), digits),
        "n": len(values),
    }


def parser(purpose: str) -> argparse.ArgumentParser:
    """The options every benchmark has."""
    options = argparse.ArgumentParser(description=purpose)
    options.add_argument("--json", action="store_true", help="print nothing but the JSON object")
    return options


def say(options: argparse.Namespace, sentence: str) -> None:
    """A line of progress, unless only JSON was asked for."""
    if not options.json:
        print(sentence, file=sys.stderr, flush=True)


def finish(name: str, result: dict[str, Any]) -> None:
    """One JSON object, last, on one line."""
    print(json.dumps({"benchmark": name, "machine": machine(), **result}, ensure_ascii=False), flush=True)


@contextmanager
def models_folder() -> Iterator[Path]:
    """Where the fetched models are: DEMEURE_MODELS, else the demonstration's instance. Raises SystemExit."""
    for candidate in (os.environ.get("DEMEURE_MODELS"), "instance/models"):
        if candidate and (Path(candidate) / "manifest.json").exists():
            yield Path(candidate).absolute()
            return
    raise SystemExit("No models: run `make demo` once, or set DEMEURE_MODELS to the models folder of an instance.")
