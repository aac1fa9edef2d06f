"""What this machine gives: memory read, matrices, disk, and how much of it others take meanwhile. Seconds of
measure, not minutes; nothing is installed, one file is written beside the models and removed."""

import os
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

READ_BYTES = 256 << 20  # of each core: far above any cache
MATRIX = 1536
FILE_BYTES = 192 << 20
_PIECE = 8 << 20


@dataclass(frozen=True)
class Hardware:
    """``memory_read``: bytes/s, all cores together; ``matrix_rate``: operations/s on matrices of 32-bit floats;
    ``disk_write`` (synced), ``disk_read`` (not from the cache): bytes/s; ``sync``: seconds of the median fsync of
    4 KiB; ``cores``: threads used; ``load``: of the last minute, before. None: not measured."""

    cores: int
    memory_read: float
    matrix_rate: float
    disk_write: float | None
    disk_read: float | None
    sync: float | None
    load: float

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def measured(cores: int, folder: Path | None) -> Hardware:
    """Best of several tries for memory and matrices (what others take away is not the machine's). ``folder``:
    where a file may be written for the disk; None: not measured."""
    load = os.getloadavg()[0]
    written, read, sync = (None, None, None) if folder is None else _disk(folder)
    return Hardware(cores, memory_read(cores), matrix_rate(), written, read, sync, load)


def memory_read(cores: int, tries: int = 4) -> float:
    """Bytes/s of all cores reading their own memory at once."""
    import numpy as np

    words = READ_BYTES // 8
    parts = [np.ones(words, np.int64) for _ in range(cores)]
    with ThreadPoolExecutor(cores) as threads:
        return cores * READ_BYTES / _least(tries, lambda: list(threads.map(np.max, parts)))


def matrix_rate(tries: int = 4) -> float:
    """Operations/s of a product of two matrices of 32-bit floats, as the numerical library makes it on all
    cores."""
    import numpy as np

    left, right = np.ones((MATRIX, MATRIX), np.float32), np.ones((MATRIX, MATRIX), np.float32)
    return float(2 * MATRIX**3 / _least(tries, lambda: left @ right))


def _disk(folder: Path) -> tuple[float, float, float]:
    """(written bytes/s, read bytes/s, seconds of an fsync)."""
    piece = os.urandom(_PIECE)  # a disk that compresses or finds the same again would lie
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".demeure-bench-") as file:
        begin = time.perf_counter()
        for _ in range(FILE_BYTES // _PIECE):
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
        written = FILE_BYTES / (time.perf_counter() - begin)
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        file.seek(0)
        begin = time.perf_counter()
        while file.read(_PIECE):
            pass
        read = FILE_BYTES / (time.perf_counter() - begin)
        syncs = []
        for _ in range(21):
            file.write(piece[:4096])
            file.flush()
            begin = time.perf_counter()
            os.fsync(file.fileno())
            syncs.append(time.perf_counter() - begin)
    return written, read, sorted(syncs)[10]


def _least(tries: int, work: Callable[[], Any]) -> float:
    work()
    seconds = []
    for _ in range(tries):
        begin = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - begin)
    return min(seconds)


class Others:
    """How much of the processors other programs took, between two moments. ``mine``: processes that are ours."""

    def __init__(self, mine: tuple[int, ...] = ()) -> None:
        self._mine = mine
        self._busy, self._total, self._own = *_processors(), self._used()

    def share(self) -> float | None:
        """0 (alone) to 1; None where /proc does not tell."""
        busy, total = _processors()
        if total <= self._total:
            return None
        own = (self._used() - self._own) * os.sysconf("SC_CLK_TCK")
        return round(min(1.0, max(0.0, (busy - self._busy - own) / (total - self._total))), 3)

    def _used(self) -> float:
        times = os.times()
        return times.user + times.system + sum(processor_seconds(pid) for pid in self._mine)


def processor_seconds(pid: int) -> float:
    """Of a process and its threads so far; 0 when it is no longer there."""
    try:
        threads = [one.read_text(encoding="ascii") for one in Path(f"/proc/{pid}/task").glob("*/schedstat")]
        if threads:  # nanoseconds; the ticks below are hundredths
            return sum(int(one.split()[0]) for one in threads) / 1e9
    except (OSError, ValueError, IndexError):
        pass
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _processors() -> tuple[int, int]:
    """(busy, all) ticks of all processors since they started; (0, 0) where it is not told."""
    try:
        line = Path("/proc/stat").read_text(encoding="ascii", errors="replace").split("\n", 1)[0]
    except OSError:
        return 0, 0
    ticks = [int(word) for word in line.split()[1:9]]
    return sum(ticks) - ticks[3] - ticks[4], sum(ticks)
