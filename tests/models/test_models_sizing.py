"""Does it fit: figures from headers, and from what the kernel grants."""

import os
from dataclasses import replace
from pathlib import Path

from gguf_maker import CHAT, EMBED, gguf

from demeure.engine.models.gguf_header import HeaderFacts, read_facts
from demeure.engine.models.sizing import FIXED, HOUSE, SYSTEM, Machine, fit, need, this_machine

QWEN = HeaderFacts(  # the header of the starter model
    architecture="qwen2", name="", version=3, context=32768, layers=28, heads=12, kv_heads=2, embedding=1536,
    feed_forward=8960, vocabulary=151936, kv_elements=14336, tensors=339, parameters=1777088000, template=True,
    causal=True, pooling=0,
)  # fmt: skip


def test_memory_is_weights_and_context_and_buffers() -> None:
    needed = need(QWEN, 1117320768, 16384)
    assert needed.context == 16384 * 28672  # 28 KB a token at 16 bits
    assert needed.buffers == FIXED + 512 * 151936 * 4 + (104 << 20), (
        "of the attention: llama.cpp reserves 108.8 MiB"
    )
    assert 1.9e9 < needed.total < 2.4e9  # 2.2 GB measured
    assert need(QWEN, 1117320768, 32768).total - needed.total == 16384 * 28672 + (104 << 20), "212.8 - 108.8"


def test_a_model_of_many_heads_that_fits_without_its_attention_is_said_not_to_fit() -> None:
    """32 heads, 65,536 tokens: a gigabyte that the file, its K and V, and the output rows do not show."""
    many = replace(QWEN, heads=32, vocabulary=32000, feed_forward=8192)
    needed = need(many, 1 << 30, 65536)
    assert needed.total - need(many, 1 << 30, 1).total > 65536 * 28672 + 1.0e9
    weights_and_context = (1 << 30) + 65536 * 28672 + FIXED + 512 * 4 * 8192 * 4
    assert not fit(needed.total, Machine(HOUSE + SYSTEM + weights_and_context + (1 << 30), 2)).fits
    assert (
        need(replace(many, causal=False), 1 << 30, 65536).buffers == need(replace(many, causal=False), 1, 1).buffers
    )


def test_an_embedding_model_keeps_no_context(tmp_path: Path) -> None:
    (tmp_path / "m").write_bytes(gguf(EMBED))
    assert need(read_facts(tmp_path / "m"), 1000, 512).context == 0
    (tmp_path / "m").write_bytes(gguf(CHAT))
    assert need(read_facts(tmp_path / "m"), 1000, 512).context == 512 * 128 * 2


def test_the_house_and_the_host_are_served_first() -> None:
    machine = Machine(memory=4 << 30, cores=2)
    assert fit((4 << 30) - HOUSE - SYSTEM, machine).fits
    assert not fit((4 << 30) - HOUSE - SYSTEM + 1, machine).fits
    assert fit(1, Machine(memory=1 << 20, cores=1)).available == 0


def system(root: Path, files: dict[str, str]) -> Path:
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content)
    return root


def test_a_container_s_limits_count(tmp_path: Path) -> None:
    root = system(
        tmp_path,
        {
            "proc/meminfo": "MemTotal:       16000000 kB\n",
            "proc/self/cgroup": "0::/house/engine\n",
            "sys/fs/cgroup/house/engine/memory.max": "max\n",
            "sys/fs/cgroup/house/memory.max": f"{6 << 30}\n",
            "sys/fs/cgroup/cpu.max": "150000 100000\n",
        },
    )
    machine = this_machine(root)
    assert machine.memory == 6 << 30
    assert machine.cores == min(2, len(os.sched_getaffinity(0)))


def test_two_threads_of_one_core_count_once(tmp_path: Path) -> None:
    allowed = sorted(os.sched_getaffinity(0))
    files = {f"sys/devices/system/cpu/cpu{cpu}/topology/core_cpus_list": "0-99\n" for cpu in allowed}
    root = system(tmp_path, {"proc/meminfo": "MemTotal: 1000 kB\n", **files})
    assert this_machine(root) == Machine(1024000, 1)


def test_without_any_file_the_machine_is_still_described(tmp_path: Path) -> None:
    machine = this_machine(tmp_path)
    assert machine.memory > 0 and machine.cores == len(os.sched_getaffinity(0))
