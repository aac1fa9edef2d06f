"""What every benchmark shares: the machine in one dict, percentiles, files of cases, the last line of JSON."""

import argparse
import asyncio
import json
import os
import platform
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

ABSENT = 77
"""Exit code of a benchmark whose material is not there: it measured nothing and says what is missing."""


def machine() -> dict[str, Any]:
    """Processor, cores seen, memory in GiB, kernel, Python, and how busy the machine is (load of the last minute:
    our own work included)."""
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
        "load": round(os.getloadavg()[0], 2),
    }


def percentile(values: Sequence[float], share: float) -> float:
    """Nearest-rank percentile, ``share`` in 0…1. Raises ValueError on no value."""
    ordered = sorted(values)
    if not ordered:
        raise ValueError("no value to take a percentile of")
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
    options = argparse.ArgumentParser(description=purpose, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--json", action="store_true", help="print nothing but the JSON object")
    return options


def say(options: argparse.Namespace, sentence: str) -> None:
    """A line of progress, unless only JSON was asked for."""
    if not options.json:
        print(sentence, file=sys.stderr, flush=True)


def finish(name: str, result: dict[str, Any]) -> None:
    """One JSON object, last, on one line."""
    print(json.dumps({"benchmark": name, "machine": machine(), **result}, ensure_ascii=False), flush=True)


def absent(sentence: str) -> NoReturn:
    """What is measured is not there."""
    print(sentence, file=sys.stderr)
    raise SystemExit(ABSENT)


def read_cases(path: Path) -> list[Any]:
    """The cases of a file: a JSON list, or one JSON value a line. Raises SystemExit with the line that is wrong."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise SystemExit(f"{path}: cannot be read: {problem}") from problem
    try:
        found = json.loads(text)
    except ValueError:
        lines = [(n, line) for n, line in enumerate(text.split("\n"), 1) if line.strip()]  # texts hold U+2028
        found = [_value(path, number, line) for number, line in lines]
    else:
        found = found if isinstance(found, list) else [found]
    if not found:
        raise SystemExit(f"{path}: no case in it")
    return found


def _value(path: Path, number: int, line: str) -> Any:
    try:
        return json.loads(line)
    except ValueError as problem:
        raise SystemExit(
            f"{path}, line {number}: neither a JSON list nor one JSON value a line ({problem})"
        ) from problem


def field(path: Path, case: Any, *names: str) -> str:
    """The text of the object ``case`` under the first of ``names`` that it has. Raises SystemExit with what was
    expected."""
    for name in names if isinstance(case, dict) else ():
        if isinstance(case.get(name), str) and case[name].strip():
            return str(case[name])
    shown = json.dumps(case, ensure_ascii=False)[:80]
    raise SystemExit(f"{path}: a case needs a text under {' or '.join(map(repr, names))}, found {shown}")


def texts(path: Path, *names: str) -> list[str]:
    """Cases that are texts, or objects with a text under one of ``names`` (none given: ``question``, ``q``). Raises
    SystemExit."""
    wanted = names or ("question", "q")
    cases = read_cases(path)
    return [case if isinstance(case, str) and case.strip() else field(path, case, *wanted) for case in cases]


def figures(path: Path, case: Any, usual: dict[str, int]) -> dict[str, int]:
    """``usual`` with the whole numbers of the object ``case`` in their place. Raises SystemExit with what was
    expected."""
    known = isinstance(case, dict) and case.keys() <= usual.keys()
    if not known or any(type(value) is not int or value < 1 for value in case.values()):
        raise SystemExit(f"{path}: a case is an object of whole numbers among {', '.join(usual)}; found {case}")
    return {**usual, **case}


@contextmanager
def models_folder() -> Iterator[Path]:
    """Where the fetched models are: DEMEURE_MODELS, the demonstration's instance, else the small ones of the tests.
    Ends the benchmark when there are none."""
    test = os.environ.get("DEMEURE_TEST_MODELS")
    for candidate in (os.environ.get("DEMEURE_MODELS"), "instance/models", test, "cache/test/models"):
        if candidate and (Path(candidate) / "manifest.json").exists():
            yield Path(candidate).absolute()
            return
    absent("No models: run `make demo` once, or set DEMEURE_MODELS to the models folder of an instance.")


def models(kind: str) -> dict[str, Path]:
    """Fetched models of that kind (``chat`` or ``embed``): id → file."""
    with models_folder() as folder:
        rows = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["models"]
        return {row["id"]: folder / row["file"] for row in rows if row["kind"] == kind}


def fetched(kind: str, wanted: str | None, *usual: str) -> tuple[str, Path]:
    """``wanted``, else the first of ``usual`` that is there, else any: its id and file. Ends the benchmark without
    one."""
    there = models(kind)
    if wanted and wanted not in there:
        absent(f"No {kind} model {wanted!r} here, only: {', '.join(there) or 'none'}.")
    found = wanted or next((name for name in (*usual, *there) if name in there), None)
    if not found:
        absent(f"No {kind} model: run `make demo` once, or set DEMEURE_MODELS to the models folder of an instance.")
    return found, there[found]


async def engines_ready(door: Any) -> None:
    """Wait until both models answer. Raises SystemExit after two minutes."""
    states: dict[str, str] = {}
    for _ in range(600):
        states = {p["role"]: p["state"] for p in (await door.call("status")).data["processes"]}
        if states.get("engine-chat") == "running" and states.get("engine-embed") == "running":
            return
        await asyncio.sleep(0.2)
    raise SystemExit(f"the engines did not become ready: {states}")
