"""Workshop: milliseconds a job (forked from the zygote, or a fresh interpreter), pages a second. JSON, last line.

    python benchmarks/workshop.py [--files FILE…] [--rounds N] [--open] [--json]

``--files``: documents to read instead of the small ones made here. ``--open``: jobs without their own box.
"""

import argparse
import asyncio
import io
import subprocess
import sys
import time
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from demeure.errors import DemeureError
from demeure.testing.workshop import LoneWorkshop
from demeure.workshop import ReadLimits, ReadSummary
from measure import finish, parser, say, spread

FRESH = """
import sys
from demeure.workshop import jobs
from demeure.workshop.parts import Facts, ReadLimits
data = bytearray(sys.stdin.buffer.read())
for _ in jobs.read(data, sys.argv[1], "", ReadLimits(), Facts()):
    pass
"""
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def samples() -> dict[str, bytes]:
    """A small text, DOCX and PDF: what a job costs when there is little to read."""
    from reportlab.pdfgen.canvas import Canvas

    sentence = "Le conseil municipal se réunit le 9 juin à 18 h 30 dans la salle des fêtes."
    page = io.BytesIO()
    canvas = Canvas(page)
    for line in range(30):
        canvas.drawString(72, 760 - 20 * line, sentence)
    canvas.save()
    office = io.BytesIO()
    with zipfile.ZipFile(office, "w", zipfile.ZIP_DEFLATED) as archive:
        paragraphs = f"<w:p><w:r><w:t>{sentence}</w:t></w:r></w:p>" * 30
        archive.writestr("word/document.xml", f"<w:document {W}><w:body>{paragraphs}</w:body></w:document>")
    return {"a.txt": sentence.encode() * 30, "a.docx": office.getvalue(), "a.pdf": page.getvalue()}


async def forked(shop: LoneWorkshop, name: str, data: bytes) -> tuple[float, ReadSummary]:
    """Milliseconds from connection to summary, and the summary."""

    async def stream() -> AsyncIterator[bytes]:
        for start in range(0, len(data), 1 << 20):
            yield data[start : start + (1 << 20)]

    started = time.perf_counter()
    answers = [
        part async for part in shop.asker("worker").read(stream(), name=name, limits=ReadLimits(seconds=300))
    ]
    elapsed, summary = (time.perf_counter() - started) * 1e3, answers[-1]
    assert isinstance(summary, ReadSummary)
    return elapsed, summary


def fresh(name: str, data: bytes) -> float:
    """Milliseconds for a new interpreter that imports the readers and reads once."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", FRESH, name], input=data, check=True)
    return (time.perf_counter() - started) * 1e3


def measured(shop: LoneWorkshop, name: str, data: bytes, options: argparse.Namespace) -> dict[str, Any]:
    """One document: both ways, alternating so that a busy moment costs both."""
    ours: list[float] = []
    theirs: list[float] = []
    asyncio.run(forked(shop, name, data))
    for _ in range(options.rounds):
        elapsed, summary = asyncio.run(forked(shop, name, data))
        ours.append(elapsed)
        theirs.append(fresh(name, data))
    one, other = spread(ours), spread(theirs)
    result: dict[str, Any] = {
        "bytes": len(data),
        "characters": summary.characters,
        "forked_ms": one,
        "fresh_ms": other,
        "fresh_over_forked": round(other["p50"] / one["p50"], 2),
    }
    if summary.pages:
        result |= {"pages": summary.pages, "pages_per_second": round(summary.pages / one["p50"] * 1e3, 1)}
    say(options, f"{name}: {one['p50']} ms forked, {other['p50']} ms fresh")
    return result


def outside(files: list[Path]) -> dict[str, bytes]:
    """Name → content. Raises SystemExit on a file that cannot be read."""
    try:
        return {path.name: path.read_bytes() for path in files}
    except OSError as problem:
        raise SystemExit(f"{problem.filename}: {problem.strerror}") from problem


def main() -> None:
    options = parser(__doc__ or "")
    options.add_argument("--files", nargs="*", type=Path, default=[])
    options.add_argument("--rounds", type=int, default=12)
    options.add_argument("--open", action="store_true")
    given = options.parse_args()
    cases = outside(given.files) or samples()
    results: dict[str, Any] = {}
    with LoneWorkshop(tight=not given.open) as shop:
        for name, data in cases.items():
            try:
                results[name] = measured(shop, name, data, given)
            except DemeureError as problem:
                results[name] = {"refused": problem.code()}
    finish("workshop", {"boxed": not given.open, "rounds": given.rounds, "documents": results})


if __name__ == "__main__":
    main()
