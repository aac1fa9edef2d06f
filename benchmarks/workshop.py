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
    """A small file of each format: what a job costs when there is little to read."""
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
    return {
        "a.txt": sentence.encode() * 30,
        "a.docx": office.getvalue(),
        "a.pdf": page.getvalue(),
        **others(sentence),
    }


def others(sentence: str) -> dict[str, bytes]:
    """One small file of each other format, and a sheet of 20,000 cells, by the makers of the tests."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "workshop"))
    import format_files as made

    rows = [("Agent", "Service", "Bureau", "Poste"), *((f"Agent {n}", "Voirie", n, n * 7) for n in range(30))]
    many = [rows[0], *((f"Agent {n}", "Voirie", n, n * 7) for n in range(5_000))]
    frame = "<draw:frame><draw:text-box><text:p>{}</text:p></draw:text-box></draw:frame>".format
    cells = [[str(cell) for cell in row] for row in rows]
    letter = made.letter(text=f"{sentence}\n" * 30)
    with_sheet = made.with_file(made.letter(), "agents.xlsx", made.xlsx({"Agents": made.rows(*rows)})).as_bytes()
    return {
        "a.xlsx": made.xlsx({"Agents": made.rows(*rows)}),
        "20000-cells.xlsx": made.xlsx({"Agents": made.rows(*many)}),
        "a.ods": made.ods(f'<table:table table:name="Agents">{made.ods_rows(*cells)}</table:table>'),
        "a.csv": "\n".join(map(";".join, cells)).encode(),
        "a.pptx": made.pptx([made.shape("Titre", role="title") + made.shape(sentence)] * 15),
        "a.odp": made.odp(f"<draw:page>{frame(sentence)}</draw:page>" * 15),
        "a.eml": letter.as_bytes(),
        "with-sheet.eml": with_sheet,
        "a.mbox": b"".join(b"From a@b Thu Jan  1 00:00:00 2026\n" + letter.as_bytes() + b"\n" for _ in range(20)),
        "a.msg": made.ole(made.msg(body=f"{sentence}\n" * 30)),
        "a.epub": made.epub({f"{n}.xhtml": made.chapter(f"Chapitre {n}", sentence * 3) for n in range(10)}),
        "a.rtf": b"{\\rtf1 " + (sentence + "\\par ").encode("ascii", "ignore") * 30 + b"}",
        "a.zip": made.archived({"agents.csv": "\n".join(map(";".join, cells)).encode(), "lettre.eml": with_sheet}),
    }


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
