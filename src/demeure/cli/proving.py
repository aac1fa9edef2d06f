"""Commands that the running house asks for: the launcher starts them beside itself, one of each at a time."""

import os
import subprocess
import sys
from pathlib import Path

COMMANDS = {
    "prove": ("prove",),
    "backup": ("backup", "run", "--due"),
    "rehearse": ("backup", "rehearse"),
    "verify": ("backup", "verify", "--every"),
}
"""Errand → the command. What it says goes to run/ERRAND.log, replaced each time."""


class Errands:
    """Of one life of the house."""

    def __init__(self, instance: Path, language: str) -> None:
        self._instance, self._language = instance, language
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, errand: str) -> None:
        """Do not wait for it; nothing when one goes on."""
        known = self._running.get(errand)
        if known is not None and known.poll() is None:
            return
        command = [sys.executable, "-m", "demeure.cli.main", "--instance", str(self._instance)]
        command += ["--language", self._language, *COMMANDS[errand]]
        log = self._instance / "run" / f"{errand}.log"
        descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            self._running[errand] = subprocess.Popen(  # noqa: S603 - our own interpreter, our own module
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
        """The house is closed: what goes on ends too, in order."""
        for running in self._running.values():
            if running.poll() is None:
                running.terminate()
