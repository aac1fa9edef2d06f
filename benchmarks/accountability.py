"""Registers and the pack of evidence of a real house, on a journal of many entries.

    python benchmarks/accountability.py [--entries 20000] [--spaces 20] [--rounds 3] [--json]

A house in a folder of its own gets ``--spaces`` spaces and a journal of ``--entries`` entries, then opens behind
its walls (no listener, no model). ``pack_seconds``: ``demeure evidence pack``, from an open door to the whole
folder, summary as PDF/A included; ``start_seconds``: opening that house before, which the command also does when
none runs. ``documents_ms``: each document made from facts gathered once (checks, merge, Markdown), the slowest of
``--rounds``; ``pdf_ms``: each as PDF/A by the workshop, through the door.
"""

import asyncio
import os
import tempfile
import time
from pathlib import Path
from typing import Any

from demeure.accountability import document, markdown, parts, run, titles
from demeure.cli.evidence_parts import Packing
from demeure.cli.house import private_house
from demeure.cli.instance import prepare
from demeure.journal.checkpoint import Signer
from demeure.journal.entry import Draft, Stamp, leaf
from demeure.journal.log import Log
from demeure.journal.staging import Record
from demeure.store import Keys, keys_folder, open_house, read_house_key
from demeure.testing.store import add_space
from measure import finish, parser, say

_STEP = 1000


def main() -> None:
    options = parser(__doc__ or "")
    options.add_argument("--entries", type=int, default=20_000)
    options.add_argument("--spaces", type=int, default=20)
    options.add_argument("--rounds", type=int, default=3)
    given = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="demeure-accountability-") as folder:
        found = asyncio.run(measured(Path(folder) / "instance", given.entries, given.spaces, given.rounds))
    say(
        given,
        f"pack {found['pack_seconds']} s of {found['entries']} entries, slowest document {found['slowest_ms']} ms",
    )
    finish("accountability", found)


async def measured(instance: Path, entries: int, spaces: int, rounds: int) -> dict[str, Any]:
    await asyncio.to_thread(lived_in, instance, entries, spaces)
    began = time.perf_counter()
    async with private_house(instance, "fr") as door:
        await door.call("journal.head")  # the door is there before the house answers
        opened = time.perf_counter()
        target = instance.with_name("pack")
        target.mkdir()
        pieces = await Packing(door, instance, target, None).pieces()
        packed = time.perf_counter()
        lines = sum(1 for _ in (target / "journal" / "entries.jsonl").open(encoding="utf-8"))
        pdf: dict[str, int] = {}
        for name in titles():
            start = time.perf_counter()
            async for _ in door.stream("registers.file", {"document": name, "format": "pdf"}):
                pass
            pdf[name] = round((time.perf_counter() - start) * 1000)
    made = await asyncio.to_thread(documents, spaces, rounds)
    return {
        "entries": lines,
        "spaces": spaces,
        "pieces": [one.name for one in pieces if not one.absent],
        "start_seconds": round(opened - began, 2),
        "pack_seconds": round(packed - opened, 2),
        "pack_megabytes": round(sum(p.stat().st_size for p in target.rglob("*") if p.is_file()) / 1e6, 1),
        "documents_ms": made,
        "slowest_ms": max(made.values()),
        "pdf_ms": pdf,
    }


def lived_in(instance: Path, entries: int, spaces: int) -> None:
    """An instance with its spaces, and a journal that was written: questions, documents, refusals, in turn."""
    prepare(instance, "fr")
    keys = Keys(read_house_key(instance), keys_folder(instance))
    house = open_house(instance, keys)
    for number in range(spaces):
        add_space(instance, keys, house, f"espace-{number}")
    house.close()
    seed = (instance / "keys" / "journal.key").read_bytes()
    (instance / "journal").mkdir(mode=0o700, exist_ok=True)
    log = Log(instance / "journal", Signer(seed), reserve_bytes=0)
    kinds = (("request", "question-asked"), ("retrieval", "document-viewed"), ("filter", "way-refused"))
    stamp = "2026-11-24T09:30:00.000000Z"
    try:
        for first in range(0, entries, _STEP):
            records = []
            for n in range(first, min(entries, first + _STEP)):
                kind, name = kinds[n % 3]
                draft = Draft(
                    kind, name, chain=f"{n:032x}", actor=f"p{n % 50}", space=f"espace-{n % max(1, spaces)}"
                )
                records.append(Record(os.urandom(16), leaf(draft, Stamp(stamp, "b" * 36, n, "gateway"), None)))
            log.append(records)
        log.publish()
    finally:
        log.close()


def documents(spaces: int, rounds: int) -> dict[str, float]:
    """Document → milliseconds, the slowest of the rounds."""
    from demeure.accountability import ClassFact, Facts, SpaceFact
    from demeure.clock import SystemClock

    there = tuple(SpaceFact(f"s{n}", f"Espace {n}", "interne", n, 1, n) for n in range(spaces))
    facts = Facts(
        SystemClock().now(), organisation="Mairie", spaces=there, classes=(ClassFact("interne", "Interne"),)
    )
    slowest: dict[str, float] = {}
    for _ in range(rounds):
        for name in titles():
            start = time.perf_counter()
            markdown(parts(document(name, facts), {}), run(facts), facts, "projet")
            spent = (time.perf_counter() - start) * 1000
            slowest[name] = round(max(slowest.get(name, 0.0), spent), 2)
    return slowest


if __name__ == "__main__":
    os.environ.setdefault("PYTHONDONTWRITEBYTECODE", "1")
    main()
