"""How long it takes to give a space another key, and what a kill in the middle costs. JSON, last line.

    python benchmarks/rekey.py [--originals N] [--kilobytes N] [--database-mb N] [--rounds N] [--json]

A space is filled with originals and a database of text; its key is replaced ``--rounds`` times. ``whole``:
seconds, and megabytes (of originals and database) a second; ``people_wait``: seconds during which nobody writes.
Then another process is killed (SIGKILL) once half of the originals are written again: ``resumed`` says how many of
them the next call kept, how long it took beside a whole one, and that every original was read again and has its
SHA-256. ``bare``: the same bytes read under one key and written under another by the store alone.
"""

import hashlib
import os
import signal
import tempfile
import time
from argparse import Namespace
from pathlib import Path
from typing import Any

from demeure.clock import SystemClock
from demeure.store import Blobs, Keys, Rekeyed, Vault, keys_folder, open_blobs, open_space, read_house_key, rekey
from demeure.store.instance import generation_folder
from demeure.testing.store import Instance, make_instance
from measure import finish, parser, say, spread

SPACE = "mairie"
_TEXT = 4000


def fill(instance: Instance, chosen: Namespace) -> None:
    """Originals of random bytes, and rows of text that no compression makes smaller."""
    for _ in range(chosen.originals):
        instance.blobs.put([os.urandom(chosen.kilobytes << 10)])
    rows = (chosen.database_mb << 20) // (2 * _TEXT)
    statement = "INSERT INTO parts(document, ordinal, place, text) VALUES (?, ?, ?, ?)"
    for first in range(0, rows, 500):
        batch = [(f"d{first}", at, "{}", os.urandom(_TEXT).hex()) for at in range(min(500, rows - first))]
        with instance.space.write() as connection:
            connection.exec_driver_sql(statement, batch)


def turned(folder: Path, keys: Keys) -> tuple[Rekeyed, float, float]:
    """What was made; seconds in all; seconds during which nobody else writes."""
    marks: dict[str, float] = {}
    began = time.perf_counter()
    made = rekey(folder, keys, SPACE, SystemClock(), step=lambda at: marks.setdefault(at, time.perf_counter()))
    return made, time.perf_counter() - began, marks["promoted"] - marks["alone"]


def killed(folder: Path, generation: int, half: int) -> dict[str, int]:
    """Another process turns the key and is killed once ``half`` originals are written; their names and inodes."""
    coming = generation_folder(folder, SPACE, generation) / "blobs"
    child = os.fork()
    if child == 0:
        try:
            rekey(folder, Keys(read_house_key(folder), keys_folder(folder)), SPACE, SystemClock())
        finally:
            os._exit(3)
    while len(found := written(coming)) < half:
        if os.waitpid(child, os.WNOHANG)[0]:
            raise SystemExit("it ended before it could be killed: more originals are needed")
        time.sleep(0.001)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return found


def written(blobs: Path) -> dict[str, int]:
    """Whole originals of a generation: file name → inode."""
    return {path.name: path.stat().st_ino for path in blobs.glob("[!.]*")} if blobs.is_dir() else {}


def whole(folder: Path, keys: Keys) -> int:
    """How many originals were read again, each with its SHA-256; the database too. Raises SystemExit."""
    blobs = open_blobs(folder, keys, SPACE)
    rows = list(blobs.list())
    for one in rows:
        digest = hashlib.sha256()
        for piece in blobs.open(one.sha256):
            digest.update(piece)
        if digest.hexdigest() != one.sha256:
            raise SystemExit(f"{one.sha256} is not what it was")
    database = open_space(folder, keys, SPACE)
    damages = database.damages()
    database.close()
    if damages:
        raise SystemExit(f"damaged: {damages}")
    return len(rows)


def bare(folder: Path, keys: Keys) -> float:
    """Megabytes a second of originals, from one key to another, without what makes it durable as a whole."""
    source = open_blobs(folder, keys, SPACE)
    target = Blobs(folder / "bare", Vault(os.urandom(32)))
    began, size = time.perf_counter(), 0
    for one in source.list():
        size += target.put(source.open(one.sha256)).size
    return size / 2**20 / (time.perf_counter() - began)


def measure(chosen: Namespace, folder: Path) -> dict[str, Any]:
    """Every figure of one run."""
    instance = make_instance(folder)
    fill(instance, chosen)
    keys, seconds, waits = instance.keys, [], []
    for number in range(chosen.rounds):
        made, took, alone = turned(folder, keys)
        seconds.append(took)
        waits.append(alone)
        say(chosen, f"round {number + 1}: {took:.2f} s, {alone:.2f} s alone")
    megabytes = (made.size + made.database) / 2**20
    before = killed(folder, made.generation + 1, max(1, chosen.originals // 2))
    again, took, _ = turned(folder, keys)
    after = written(generation_folder(folder, SPACE, again.generation) / "blobs")
    kept = sum(after.get(name) == inode for name, inode in before.items())
    found = {
        "originals": made.originals,
        "megabytes": round(megabytes, 1),
        "database_megabytes": round(made.database / 2**20, 1),
        "whole": {"seconds": spread(seconds), "megabytes_per_second": spread([megabytes / one for one in seconds])},
        "people_wait_seconds": spread(waits),
        "resumed": {
            "written_before_the_kill": len(before),
            "kept": kept,
            "seconds": round(took, 2),
            "of_a_whole_one": round(took / sorted(seconds)[len(seconds) // 2], 2),
            "originals_read_again": whole(folder, keys),
        },
        "bare_megabytes_per_second": round(bare(folder, keys), 1),
    }
    instance.close()
    return found


def main() -> None:
    options = parser(__doc__ or "")
    options.add_argument("--originals", type=int, default=200)
    options.add_argument("--kilobytes", type=int, default=1024, help="of one original")
    options.add_argument("--database-mb", type=int, default=100)
    options.add_argument("--rounds", type=int, default=3)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(dir=".") as folder:  # here and not /tmp, which may be memory
        finish("rekey", measure(chosen, Path(folder)))


if __name__ == "__main__":
    main()
