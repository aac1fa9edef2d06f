"""How long a proof of the walls takes, step by step. JSON, last line.

    python benchmarks/prove.py [--rounds N] [--mutations] [--no-browser] [--instance FOLDER] [--json]

``boxes``: every probe without walls, then from inside every box; ``elsewhere``: the same towards addresses that are
not the loopback's; ``facts``: of the house, its models hashed again; ``browser``: the hostile page, in Chromium.
``processor``: seconds of this process and of the children that it waited for (the twins' own are not in it).
``--instance``: whose facts are read (default: none, so that no model is hashed).
"""

import argparse
import json
import os
import resource
import time
import traceback
from pathlib import Path
from typing import Any

from demeure.proof import browser, prove
from demeure.settings import Settings, load
from measure import finish, parser, say, spread


def main() -> None:
    options = parser(__doc__ or "")
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--mutations", action="store_true")
    options.add_argument("--no-browser", action="store_true")
    options.add_argument("--instance", type=Path, default=Path("/nonexistent"))
    chosen = options.parse_args()
    if chosen.no_browser:
        browser.BROWSERS = ()
    rounds = []
    for number in range(chosen.rounds):
        rounds.append(_apart(chosen))
        say(chosen, f"round {number + 1}: {rounds[-1]}")
    steps = {name: spread([one["steps"][name] for one in rounds]) for name in rounds[0]["steps"]}
    finish(
        "prove",
        {
            "whole_s": spread([one["whole"] for one in rounds]),
            "steps_s": steps,
            "processor_s": spread([one["processor"] for one in rounds]),
            **{name: rounds[-1][name] for name in ("verdict", "ladder", "conclusive", "counts")},
        },
    )


def _apart(chosen: argparse.Namespace) -> dict[str, Any]:
    """One proof, in a process of its own."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.write(writing, json.dumps(_proof(chosen)).encode())
        except Exception:  # noqa: BLE001 - told, then the whole is given up
            traceback.print_exc()
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as said:
        told = said.read()
    os.waitpid(pid, 0)
    if not told:
        raise SystemExit("the proof could not be made: run demeure prove to see why")
    return dict(json.loads(told))


def _proof(chosen: argparse.Namespace) -> dict[str, Any]:
    settings = load(chosen.instance / "demeure.toml") if chosen.instance.is_dir() else Settings()
    marks: list[tuple[str, float]] = []

    def progress(step: str, _done: int, _whole: int) -> None:
        if not marks or marks[-1][0] != step:
            marks.append((step, time.monotonic()))

    found = prove(chosen.instance, settings, mutations=chosen.mutations, progress=progress)
    ends = [moment for _, moment in marks[1:]] + [time.monotonic()]
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return {
        "whole": ends[-1] - marks[0][1],
        "steps": {step: round(end - began, 3) for (step, began), end in zip(marks, ends, strict=True)},
        "processor": sum(one.ru_utime + one.ru_stime for one in used),
        "verdict": found.verdict,
        "ladder": found.ladder,
        "conclusive": len(found.conclusive()),
        "counts": found.counts(),
    }


if __name__ == "__main__":
    main()
