"""Data at rest: what encryption costs. Encrypted ÷ clear in one run, alternating; a file of cases may be given.

Cases (JSON): {"rows": 400, "row_bytes": 2000, "blob_megabytes": 32, "rounds": 5, "writers": 2}.
"""

import itertools
import os
import sqlite3
import tempfile
import time
from argparse import Namespace
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from demeure.store import Blobs, Database, Vault
from demeure.store.space_tables import metadata, parts
from measure import figures, finish, parser, percentile, read_cases, say, spread

CASES = {"rows": 400, "row_bytes": 2000, "blob_megabytes": 32, "rounds": 5, "writers": 2}
PIECE = 1 << 16


def rate(work: Callable[[], int]) -> float:
    """Units of work per second."""
    begun = time.perf_counter()
    done = work()
    return done / (time.perf_counter() - begun)


def clear_connection(path: Path) -> sqlite3.Connection:
    """The same settings as Database, without the cipher: SQLite of Python, 16 kB pages."""
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("page_size=16384", "journal_mode=wal", "synchronous=full", "secure_delete=on"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("CREATE TABLE IF NOT EXISTS parts (id INTEGER PRIMARY KEY, document, ordinal, place, text)")
    return connection


def clear_rows(connection: sqlite3.Connection, case: dict[str, int], document: str, batch: int) -> int:
    """``rows`` rows in transactions of ``batch``, each fsynced."""
    text = "x" * case["row_bytes"]
    for first in range(0, case["rows"], batch):
        connection.execute("BEGIN IMMEDIATE")
        for number in range(first, first + batch):
            row = (document, number, "{}", text)
            connection.execute("INSERT INTO parts(document, ordinal, place, text) VALUES (?, ?, ?, ?)", row)
        connection.execute("COMMIT")
    return case["rows"]


def house_rows(database: Database, case: dict[str, int], document: str, batch: int, way: str = "write") -> int:
    """The same rows through the store; ``raw`` statements, to compare the cipher and not SQLAlchemy's binding."""
    text = "x" * case["row_bytes"]
    for first in range(0, case["rows"], batch):
        with getattr(database, way)() as connection:
            rows = [(document, number, "{}", text) for number in range(first, first + batch)]
            connection.exec_driver_sql(
                "INSERT INTO parts(document, ordinal, place, text) VALUES (?, ?, ?, ?)", rows
            )
    return case["rows"]


def pieces(megabytes: int) -> Iterator[bytes]:
    block = os.urandom(PIECE)
    return itertools.repeat(block, (megabytes << 20) // PIECE)


def clear_file(folder: Path, megabytes: int) -> int:
    """What an unencrypted store would do: hash, write aside, fsync, rename, fsync the folder."""
    import hashlib

    digest, aside = hashlib.sha256(), folder / "aside"
    with aside.open("wb") as file:
        for piece in pieces(megabytes):
            digest.update(piece)
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    aside.rename(folder / digest.hexdigest())
    descriptor = os.open(folder, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)
    return megabytes


def waits(path: Path, key: bytes, case: dict[str, int]) -> list[float]:
    """Milliseconds of one short fsynced write while other processes write without a pause."""
    children = []
    for number in range(case["writers"] - 1):
        child = os.fork()
        if child == 0:
            database = Database(path, key, busy_seconds=60)
            for turn in range(4):
                house_rows(database, case, f"other{number}-{turn}", 1)
            os._exit(0)
        children.append(child)
    database, times = Database(path, key, busy_seconds=60), []
    for number in range(200):
        begun = time.perf_counter()
        with database.write() as connection:
            connection.execute(insert(parts).values(document="mine", ordinal=number, place={}, text="x"))
        times.append((time.perf_counter() - begun) * 1000)
        time.sleep(0.002)
    for child in children:
        os.waitpid(child, 0)
    database.close()
    return times


def measure(options: Namespace, case: dict[str, int], folder: Path) -> dict[str, Any]:
    """Every figure of one run; clear and encrypted alternate, so that the machine's mood falls on both."""
    key = os.urandom(32)
    database = Database(folder / "encrypted.db", key, create=True)
    with database.write() as connection:
        metadata.create_all(connection)
    clear = clear_connection(folder / "clear.db")
    blobs = Blobs(folder / "blobs", Vault(key))
    (folder / "clear").mkdir()
    rates: dict[str, list[float]] = {}

    def note(name: str, work: Callable[[], int]) -> None:
        rates.setdefault(name, []).append(rate(work))

    for turn in range(case["rounds"]):
        for batch in (1, 50):
            say(options, f"round {turn + 1}: {case['rows']} rows, {batch} a transaction")
            note(f"rows_{batch}_clear", lambda b=batch, t=turn: clear_rows(clear, case, f"{b}-{t}", b))
            note(f"rows_{batch}_encrypted", lambda b=batch, t=turn: house_rows(database, case, f"{b}-{t}", b))
        note("rows_1_relaxed", lambda t=turn: house_rows(database, case, f"relaxed-{t}", 1, "relaxed"))
        note("blob_clear", lambda: clear_file(folder / "clear", case["blob_megabytes"]))
        note("blob_encrypted", lambda: blobs.put(pieces(case["blob_megabytes"])).size >> 20)
    opening = []
    for _ in range(20):
        begun = time.perf_counter()
        fresh = Database(folder / "encrypted.db", key)
        with fresh.read() as connection:
            connection.exec_driver_sql("SELECT count(*) FROM generation").scalar_one()
        opening.append((time.perf_counter() - begun) * 1000)
        fresh.close()
    middle = {name: percentile(values, 0.5) for name, values in rates.items()}
    return {
        "case": case,
        "rows_per_second": {name: spread(values, 0) for name, values in rates.items() if "rows" in name},
        "blob_megabytes_per_second": {name: spread(values, 0) for name, values in rates.items() if "blob" in name},
        "ratio_encrypted_to_clear": {
            "row_by_row": round(middle["rows_1_encrypted"] / middle["rows_1_clear"], 3),
            "rows_by_50": round(middle["rows_50_encrypted"] / middle["rows_50_clear"], 3),
            "blob": round(middle["blob_encrypted"] / middle["blob_clear"], 3),
        },
        "open_and_read_ms": spread(opening),
        "write_beside_a_busy_process_ms": spread(waits(folder / "encrypted.db", key, case)),
        "note": "ratios are of the median rounds, which alternate; absolute figures are of this machine",
    }


def main() -> None:
    options = parser(__doc__ or "")
    options.add_argument("--cases", type=Path, help="JSON file that replaces the figures of CASES")
    chosen = options.parse_args()
    cases = [figures(chosen.cases, case, CASES) for case in read_cases(chosen.cases)] if chosen.cases else [CASES]
    if len(cases) != 1:
        raise SystemExit(f"{chosen.cases}: one JSON object is expected")
    with tempfile.TemporaryDirectory(dir=".") as folder:  # here and not /tmp, which may be memory
        finish("store", measure(chosen, cases[0], Path(folder)))


if __name__ == "__main__":
    main()
