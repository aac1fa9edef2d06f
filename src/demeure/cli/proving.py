"""A proof that the running house asks for: the launcher starts ``demeure prove`` beside itself, one at a time."""

import os
import subprocess
import sys
from pathlib import Path

LOG = "prove.log"


class Proofs:
    """Of one life of the house. What the command says goes to run/prove.log, replaced each time."""

    def __init__(self, instance: Path, language: str) -> None:
        self._instance, self._language = instance, language
        self._running: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Do not wait for it; nothing when one goes on."""
        if self._running is not None and self._running.poll() is None:
            return
        command = [sys.executable, "-m", "demeure.cli.main", "--instance", str(self._instance)]
        command += ["--language", self._language, "prove"]
        descriptor = os.open(self._instance / "run" / LOG, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            self._running = subprocess.Popen(  # noqa: S603 - our own interpreter, our own module
                command,
                env=dict(os.environ),
                stdin=subprocess.DEVNULL,
                stdout=descriptor,
                stderr=descriptor,
                start_new_session=True,
            )
        finally:
            os.close(descriptor)

    def stop(self) -> None:
        """The house is closed: a proof that goes on ends too, in order."""
        if self._running is not None and self._running.poll() is None:
            self._running.terminate()
