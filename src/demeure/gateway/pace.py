"""How the interpreter shares its time in the process that answers people."""

import gc
import sys

TURN = 0.0002
"""Seconds that a thread computes while another waits (Python's own: 0.005), so that a search does not hold back the
words of other answers. What it gains is not settled: see docs/measures.md."""
COLLECTED = (10_000, 20, 20)
"""Objects made before a look for cycles among them, and such looks before one further back (Python's own: 700, 10,
10). A look at everything held every answer back for 100 to 150 ms, every few seconds while a hundred people asked,
on a busy machine; what that gains in the first word at p95 is not shown (docs/measures.md)."""


def composed() -> None:
    """What was made until now is there for good: the collector does not go through it again and again."""
    sys.setswitchinterval(TURN)
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTED)
