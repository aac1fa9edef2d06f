"""A house of fake roles in a process of its own, and the way to talk to it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from run_house import table

from demeure.supervisor import connect_control, read_status

RUN = Path(__file__).with_name("run_house.py")
ALL = ["front", "echo", "dying", "forker", "engine-chat"]


class House:
    """``process`` is the launcher."""

    def __init__(self, instance: Path, process: "subprocess.Popen[str]") -> None:
        self.instance, self.process = instance, process

    def line(self) -> dict[str, Any]:
        """The next line the launcher printed."""
        assert self.process.stdout is not None
        text = self.process.stdout.readline()
        assert text, self.process.wait()
        return dict(json.loads(text))

    def ask(self, command: str) -> Any:
        """One command to the front role."""
        with connect_control(self.instance) as door, door.makefile("rw") as file:
            door.settimeout(20)
            file.write(command + "\n")
            file.flush()
            return json.loads(file.readline())

    def status(self, roles: list[str] | None = None) -> dict[str, Any]:
        """Read from outside."""
        return read_status(self.instance, table(roles or ALL))

    def process_of(self, role: str) -> dict[str, Any]:
        """The row of one role, the house seen from outside."""
        return next(p for p in self.status()["processes"] if p["role"] == role)

    def pid(self, role: str) -> int:
        return int(self.process_of(role)["pid"])

    def tree(self) -> list[int]:
        """Every pid of the house but the launcher's."""
        return [p["pid"] for p in self.status()["processes"] if p["pid"] and p["role"] != "launcher"]


def prepare(instance: Path) -> Path:
    """An instance with keys."""
    (instance / "keys").mkdir(parents=True, exist_ok=True)
    for name, byte in (("house", b"h"), ("journal", b"j")):
        (instance / "keys" / f"{name}.key").write_bytes(byte * 32)
    return instance


@contextmanager
def house(instance: Path, before: str = "", **options: Any) -> Iterator[House]:
    """Started, not waited for. ``before``: Python run in the launcher's process first."""
    source = f"import runpy\n{before}\nrunpy.run_path({str(RUN)!r}, run_name='__main__')"
    command = [sys.executable, "-c", source, str(instance), json.dumps(options)]
    places = os.pathsep.join(filter(None, [str(RUN.parent), os.environ.get("PYTHONPATH")]))
    environment = {**os.environ, "PYTHONPATH": places, "https_proxy": "http://proxy.invalid:1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            yield House(instance, process)
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
            process.wait()


def until(condition: Callable[[], Any], seconds: float = 10.0) -> Any:
    """The first true value of ``condition``; fails the test after ``seconds``."""
    deadline = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < deadline, "not in time"
        time.sleep(0.02)
    return value


def alive(pid: int) -> bool:
    """A process that is not a zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
