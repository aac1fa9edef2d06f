"""Rebuild the sample documents from their text sources.

    python sample/build.py [--out FOLDER]

Every file under ``sources/`` makes one file under ``documents/``. Dates and
identifiers are fixed, so that two builds with the same libraries are equal.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from sample_builder.docx_file import build_docx
from sample_builder.mail import build_mail
from sample_builder.odt_file import build_odt
from sample_builder.pdf import build_pdf
from sample_builder.scan import build_scan
from sample_builder.sheets import build_ods, build_xlsx
from sample_builder.slides import build_pptx
from sample_builder.source import Source, read_source
from sample_builder.web import build_html, build_text

HERE = Path(__file__).resolve().parent

BUILDERS: dict[str, Callable[[Source], bytes]] = {
    "docx": build_docx,
    "eml": build_mail,
    "html": build_html,
    "md": build_text,
    "odt": build_odt,
    "ods": build_ods,
    "pdf": build_pdf,
    "pptx": build_pptx,
    "txt": build_text,
    "xlsx": build_xlsx,
}


def build_all(sources: Path, out: Path) -> list[Path]:
    """Build every source in name order; return the files written."""
    written = []
    for path in sorted(sources.rglob("*.md")):
        source = read_source(path)
        builder = build_scan if source.layout == "scan" else BUILDERS[source.suffix]
        target = out / source.output
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(builder(source))
        written.append(target)
    return written


def main() -> None:
    """Read the command line, build, and say what was written."""
    parser = argparse.ArgumentParser(description="Rebuild the sample documents.")
    parser.add_argument("--out", type=Path, default=HERE / "documents")
    out = parser.parse_args().out
    for path in build_all(HERE / "sources", out):
        print(f"{path.stat().st_size:>9,}  {path.relative_to(out)}")


if __name__ == "__main__":
    main()
