"""What a process that answers people made at its beginning is left alone by the collector; what it makes is not."""

import subprocess
import sys

LIFE = """
import gc, weakref
from demeure.gateway.pace import COLLECTED, composed
class Thing: pass
composed()
assert gc.get_freeze_count() > 1000 and gc.get_threshold() == COLLECTED
thing = Thing()
thing.itself = thing  # a cycle, made since
seen = weakref.ref(thing)
del thing
kept = [[] for _ in range(3 * COLLECTED[0])]
assert seen() is None
"""


def test_cycles_made_since_are_still_collected() -> None:
    subprocess.run([sys.executable, "-c", LIFE], check=True)  # in a process of its own: freezing is for good
