"""How long one waits: processor time of ``demeure --help``, seconds from ``demeure up`` to a page. JSON, last line.

    python benchmarks/start.py [--rounds N] [--cases FILE] [--json]

``help``: user and system time of the whole process, as the kernel counts it. ``up``: an instance made beforehand,
its models chosen when there are some, until GET /connexion answers 200; ``first`` is the start that makes the
databases. ``--cases``: other commands whose processor time is measured ("models list"), texts of a JSON list, or
one JSON text a line.
"""

import argparse
import contextlib
import http.client
import os
import shlex
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from demeure.cli.house import stop
from houses import furnish
from measure import fetched, finish, parser, say, spread, texts

PATIENCE = 60.0


def main() -> None:
    options = parser(__doc__ or "")
    options.add_argument("--rounds", type=int, default=7)
    options.add_argument("--cases", type=Path)
    chosen = options.parse_args()
    commands = texts(chosen.cases, "command") if chosen.cases else ["--help"]
    with tempfile.TemporaryDirectory(prefix="demeure-start-") as scratch:
        finish("start", measure(chosen, commands, Path(scratch) / "instance"))


def measure(options: argparse.Namespace, commands: list[str], instance: Path) -> dict[str, Any]:
    """Commands, then the house on an instance made here."""
    used = {words: spread([processor(words, instance) for _ in range(options.rounds)], 1) for words in commands}
    say(options, f"processor milliseconds: {used}")
    model = furnished(instance)
    waits = [page(instance) for _ in range(options.rounds + 1)]
    say(options, f"seconds to a page: {waits}")
    return {
        "processor_ms": used,
        "up_to_a_page_s": {"first": round(waits[0], 2), **spread(waits[1:])},
        "median_s": round(statistics.median(waits), 2),
        "chat_model": model,
    }


def processor(words: str, instance: Path) -> float:
    """Milliseconds of processor, user and system, of one command. Raises SystemExit when it fails."""
    command = [sys.executable, "-m", "demeure.cli.main", "--instance", str(instance), *shlex.split(words)]
    pid = os.posix_spawn(
        sys.executable,
        command,
        os.environ,
        file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)],
    )
    _, status, used = os.wait4(pid, 0)
    if code := os.waitstatus_to_exitcode(status):
        raise SystemExit(f"demeure {words}: exit code {code}")
    return 1e3 * (used.ru_utime + used.ru_stime)


def furnished(instance: Path) -> str | None:
    """The chat model in use; None: there are no models, and the house starts without engines."""
    from demeure.cli.instance import prepare

    try:
        model = fetched("chat", None, "starter-chat", "small-chat")[0]
    except SystemExit:
        prepare(instance, "fr")
        return None
    furnish(instance, model)
    return model


def page(instance: Path) -> float:
    """Seconds from the command to the first page, with the house stopped afterwards."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    command = [sys.executable, "-m", "demeure.cli.main", "--instance", str(instance), "up", "--port", str(port)]
    begin = time.perf_counter()
    with (instance.parent / "log").open("ab") as log:
        house = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        while time.perf_counter() - begin < PATIENCE and house.poll() is None:
            with contextlib.suppress(OSError, http.client.HTTPException):
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
                connection.request("GET", "/connexion")
                if connection.getresponse().status == 200:
                    return time.perf_counter() - begin
            time.sleep(0.01)
        raise SystemExit(f"no page: {(instance.parent / 'log').read_text(errors='replace')[-1000:]}")
    finally:
        stop(house)


if __name__ == "__main__":
    main()
