"""What the audit hook of the boxes costs: an event it has no use for, an open(), an attempt that it counts.

    python benchmarks/refused.py [--rounds 7] [--json]

Two processes, one with the hook and one without, alternate: nanoseconds of ``id()`` (the cheapest call that raises
an event), microseconds of an open() and close(), of a refused connect() called through two packages.
"""

import json
import subprocess
import sys
from typing import Any

from measure import finish, parser, percentile, say

CHILD = r"""
import json, socket, sys, time
from demeure.confinement import Board, hook
if sys.argv[1] == "with":
    board = Board()
    hook.install(board, listens=False)

def best(act, times):
    found = []
    for _ in range(5):
        begun = time.perf_counter()
        for _ in range(times):
            act()
        found.append((time.perf_counter() - begun) / times)
    return min(found)

def opened():
    open("/dev/null", "rb").close()

way = socket.socketpair()[0]

def connect():
    try:
        way.connect("/nowhere/at/all")
    except OSError:
        pass

def through(name, call):
    room = {"__name__": name, "call": call}
    exec("def here(): call()", room)
    return room["here"]

thing = object()
library = through("posthog.client", through("httpcore.pool", connect))
told = {
    "event_ns": best(lambda: id(thing), 200_000) * 1e9,
    "open_us": best(opened, 20_000) * 1e6,
    "refused_us": best(library, 5_000) * 1e6,
}
print(json.dumps(told))
"""


def once(way: str) -> dict[str, float]:
    """One process."""
    run = subprocess.run([sys.executable, "-c", CHILD, way], capture_output=True, text=True, check=True)
    return dict(json.loads(run.stdout))


def main() -> None:
    options = parser(__doc__ or "")
    options.add_argument("--rounds", type=int, default=7)
    given = options.parse_args()
    found: dict[str, list[dict[str, float]]] = {"with": [], "without": []}
    for _ in range(given.rounds):
        for way, rows in found.items():
            rows.append(once(way))
    result: dict[str, Any] = {}
    for name in found["with"][0]:
        result[name] = {way: round(percentile([row[name] for row in rows], 0.5), 2) for way, rows in found.items()}
        say(given, f"{name}: {result[name]}")
    finish("refused", result)


if __name__ == "__main__":
    main()
