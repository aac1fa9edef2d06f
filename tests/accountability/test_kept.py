"""What people wrote and signed is there after a kill: nothing acknowledged is missing, nothing is half written."""

import signal
import subprocess
import sys
from pathlib import Path

from demeure.accountability import CourseRecords, Incidents, Registers, digest
from demeure.testing.clock import StillClock
from demeure.testing.store import make_instance, reopen_instance

WRITER = """
import sys
from pathlib import Path
from demeure.accountability import Incidents, Registers, seen
from demeure.clock import SystemClock
from demeure.testing.store import reopen_instance
instance = reopen_instance(Path(sys.argv[1]))
kept, incidents = Registers(instance.house, SystemClock()), Incidents(instance.house, SystemClock())
text = ""
for number in range(1, 10_000):
    former, text = text, f"texte {number}"
    kept.write("registre", "responsable", text, "base", "p1", seen(former, "base"))
    kept.sign("registre", number, f"version {number}" * 500, "p1", "c")
    incidents.open(SystemClock().now(), {"title": text}, {}, "p1", "c", practice=False)
    print(number, flush=True)
"""


def test_what_was_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    make_instance(tmp_path).close()
    command = [sys.executable, "-c", WRITER, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        for line in writer.stdout:
            last = int(line)
            if last >= 8:
                writer.send_signal(signal.SIGKILL)
                break
    instance = reopen_instance(tmp_path)
    try:
        kept = Registers(instance.house, StillClock())
        texts = [one.text for one in reversed(kept.former("registre", "responsable"))]
        assert texts[:last] == [f"texte {n}" for n in range(1, last + 1)]
        assert len(texts) - last in (0, 1, 2), "what was on its way is whole, or not there"
        versions = kept.versions("registre")
        assert sorted(one.number for one in versions)[:last] == list(range(1, last + 1))
        assert all(digest(one.body) == one.digest for one in versions)
        assert {one.number for one in Incidents(instance.house, StillClock()).all()} >= set(range(1, last + 1))
        assert CourseRecords(instance.house, StillClock()).of() == []
    finally:
        instance.close()
