"""The command line as people use it: a process of its own, on a real instance."""

import subprocess
import sys
from pathlib import Path

SECONDS = 60.0


def demeure(instance: Path, *words: str, code: int = 0, **options: object) -> str:
    """``demeure --instance INSTANCE WORDS``; what it printed. Fails on another exit code."""
    command = [sys.executable, "-m", "demeure.cli.main", "--instance", str(instance), *words]
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS, **options
    )  # type: ignore[call-overload]
    assert done.returncode == code, done.stdout + done.stderr
    return str(done.stdout)
