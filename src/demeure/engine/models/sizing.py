"""Does a model fit this machine? Figures from the file's own header and from what the kernel grants this process.

Memory of a loaded model = the file + K and V of the whole context at 16 bits + working buffers. Sliding windows and
shared layers are not deducted. The plain attention (engine/spec.py) writes what each token of a pass gives to each
token of the context, for each head and once for the mask, at 32 bits: llama.cpp reserves it when it loads, and it
becomes resident as a text grows. Measured, starter model (12 heads): 108.8 MiB of working buffer for a context of
16,384 tokens, 212.8 for 32,768, the 104 of difference that are counted here; fused attention: 24.9 for 32,768.

Measured as a whole before that: 353 MB for 520 planned, 821 for 1,100, 763 for 709 (E5), 2,200 for 1,960 (1.5B:
llama.cpp repacks weights for the processor, and the kernel also counts the mapped file, which it can drop).
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from demeure.engine.models.gguf_header import HeaderFacts
from demeure.engine.spec import CHAT_BATCH

KV_BYTES = 2  # f16
BATCH = 512  # tokens llama.cpp works on at once (n_ubatch)
FIXED = 150 << 20  # interpreter, llama.cpp, HTTP server: measured 130-150 MB around small models
HOUSE = 512 << 20  # launcher, supervisor, gateway, worker, scribe, workshop together (promise: 450 MB)
SYSTEM = 512 << 20  # left to the host


@dataclass(frozen=True)
class Machine:
    """``memory``: bytes this process may use (host or cgroup, the smaller); ``cores``: physical ones allowed."""

    memory: int
    cores: int


@dataclass(frozen=True)
class Need:
    """Bytes of memory, part by part."""

    weights: int
    context: int
    buffers: int

    @property
    def total(self) -> int:
        return self.weights + self.context + self.buffers


@dataclass(frozen=True)
class Fit:
    """``needed`` against ``available`` (what the machine has once the house and the host are served), in bytes."""

    needed: int
    available: int

    @property
    def fits(self) -> bool:
        return self.needed <= self.available


def need(facts: HeaderFacts, file_bytes: int, context: int) -> Need:
    """Memory of ``facts`` loaded with ``context`` tokens shared by its slots."""
    wide = max(facts.vocabulary, 4 * facts.feed_forward)  # llama.cpp reserves one output row per token
    buffers = FIXED + BATCH * wide * 4 + scores(facts.heads, context) * facts.causal
    return Need(file_bytes, context * facts.kv_elements * KV_BYTES * facts.causal, buffers)


def scores(heads: int, context: int) -> int:
    """Bytes that the plain attention works in, ``context`` tokens behind a pass."""
    return (heads + 1) * context * CHAT_BATCH * 4


def fit(needed: int, machine: Machine) -> Fit:
    """Compare with the memory left by the house itself."""
    return Fit(needed, max(0, machine.memory - HOUSE - SYSTEM))


def this_machine(root: Path = Path("/")) -> Machine:
    """Read /proc and /sys under ``root`` (absent files: no limit, all processors)."""
    allowed = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set(range(os.cpu_count() or 1))
    return Machine(_memory(root), _cores(root, allowed))


def _memory(root: Path) -> int:
    found = re.search(r"MemTotal:\s+(\d+) kB", _read(root / "proc/meminfo"))
    total = int(found[1]) * 1024 if found else os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return min([total, *_limits(root)])


def _limits(root: Path) -> list[int]:
    """Memory limits of our control group and its parents (v2), or of v1."""
    group = re.search(r"^0::(/.*)$", _read(root / "proc/self/cgroup"), re.MULTILINE)
    folder, top = root / "sys/fs/cgroup", root / "sys/fs/cgroup"
    if group:
        folder = top / group[1].strip("/")
    limits = [
        _read(place / "memory.max").strip() for place in (folder, *folder.parents) if place.is_relative_to(top)
    ]
    limits.append(_read(top / "memory/memory.limit_in_bytes").strip())
    return [int(limit) for limit in limits if limit.isdigit() and int(limit) > 0]


def _cores(root: Path, allowed: set[int]) -> int:
    """Physical cores among ``allowed`` processors: two threads of one core count once."""
    cores = set()
    for processor in allowed:
        place = root / f"sys/devices/system/cpu/cpu{processor}/topology"
        siblings = _read(place / "core_cpus_list") or _read(place / "thread_siblings_list")
        cores.add(siblings.strip() or str(processor))
    return max(1, min(len(cores), _quota(root)))


def _quota(root: Path) -> int:
    """Whole processors granted by cgroup v2 ``cpu.max``; a large number when unlimited."""
    words = _read(root / "sys/fs/cgroup/cpu.max").split()
    if len(words) == 2 and words[0].isdigit() and words[1].isdigit() and int(words[1]):
        return max(1, -(-int(words[0]) // int(words[1])))
    return 1 << 16


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
