"""Scanned pages: word error rate, confidence, seconds a page, at what confidence a page is bad. JSON, last line.

    python benchmarks/ocr.py [--pdf FILE…] [--pages N] [--ways NAME…] [--cases FILE] [--seed N] [--json]

Pages of French PDFs whose text is known are drawn, spoilt in several ways (noise, blur, few points an inch, skew,
turned pages, uneven light, one bit a pixel, JPEG), and read by a real boxed job. ``--cases``: outside material, a
JSON list or one JSON value a line: {"file": an image or PDF, "page": 1, "text": what it says}; a path is relative
to the file of cases.
"""

import argparse
import asyncio
import io
import random
import re
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pypdfium2 as pdfium
from PIL import Image, ImageFilter

from demeure.engine.models import LanguageData
from demeure.library.recognising import POOR
from demeure.testing.workshop import LoneWorkshop
from demeure.workshop import Language, Part, ReadLimits
from measure import absent, field, finish, models_folder, parser, percentile, read_cases, say, spread

SAMPLE = Path(__file__).resolve().parents[1] / "sample" / "documents"
PDFS = (
    "mairie/pv-conseil-2026-04-23.pdf",
    "mairie/rapport-activite-2025.pdf",
    "mairie/tarifs-periscolaires-2026-2027.pdf",
)
BAD = 0.15
"""Share of words lost from which a reader should be told to look at the picture."""

_WORD = re.compile(r"\w+(?:['’.,/-]\w+)*")
Spoil = Callable[[Image.Image, random.Random], tuple[Image.Image, int]]


@dataclass(frozen=True)
class Case:
    """``way``: how it was spoilt; ``data``: the file given to the job; ``text``: what its page says."""

    way: str
    name: str
    data: bytes
    page: int
    text: str


def noisy(sigma: float, blur: float, dpi: int, skew: float = 0.0, turn: int = 0) -> Spoil:
    """At ``dpi``, tilted, turned clockwise, blurred, with Gaussian noise."""

    def spoil(page: Image.Image, chance: random.Random) -> tuple[Image.Image, int]:
        size = (round(page.width * dpi / 300), round(page.height * dpi / 300))
        image = page.resize(size, Image.Resampling.BOX)
        angle = skew * chance.choice((-1, 1))
        image = image.rotate(angle, Image.Resampling.BICUBIC, expand=True, fillcolor=255)
        image = image.filter(ImageFilter.GaussianBlur(blur * dpi / 300)).rotate(-turn, expand=True)
        grey = np.asarray(image, np.float32) * 0.86 + 24
        grey += np.random.default_rng(chance.randrange(1 << 32)).normal(0, sigma, grey.shape)
        return Image.fromarray(np.clip(grey, 0, 255).astype(np.uint8), "L"), dpi

    return spoil


def photographed(page: Image.Image, chance: random.Random) -> tuple[Image.Image, int]:
    """Light from one side, a little perspective and tilt, as by hand over a desk."""
    image, dpi = noisy(9, 1.2, 220)(page, chance)
    wide, high = image.size
    lean = 0.02 * wide
    corners = (-lean, 0, lean, high, wide - lean, high, wide + lean, 0)
    image = image.transform(image.size, Image.Transform.QUAD, corners, Image.Resampling.BICUBIC, fillcolor=90)
    light = (
        np.linspace(0.45, 1.0, wide, dtype=np.float32)[None, :]
        * np.linspace(1.0, 0.8, high, dtype=np.float32)[:, None]
    )
    return Image.fromarray((np.asarray(image, np.float32) * light).astype(np.uint8), "L"), dpi


def faxed(page: Image.Image, chance: random.Random) -> tuple[Image.Image, int]:
    """One bit a pixel at 200 points an inch, with specks."""
    image, dpi = noisy(28, 1.5, 200)(page, chance)
    return image.point(lambda v: 255 if v > 128 else 0), dpi


WAYS: dict[str, Spoil] = {
    "clean": noisy(0, 0, 300),
    "office scanner": noisy(12, 1.0, 300, 0.5),
    "150 dpi": noisy(12, 1.2, 150, 0.5),
    "noise": noisy(45, 1.5, 200, 0.5),
    "tilted 3°": noisy(12, 1.0, 300, 3.0),
    "lying": noisy(12, 1.0, 300, 0.5, 90),
    "upside down": noisy(12, 1.0, 300, 0.5, 180),
    "lying, other side": noisy(12, 1.0, 300, 0.5, 270),
    "photograph": photographed,
    "fax": faxed,
    "100 dpi": noisy(20, 1.5, 100, 0.5),
    "soft": noisy(20, 2.6, 200, 0.5),
    "softer": noisy(25, 3.2, 200, 0.5),
    "softest": noisy(25, 3.8, 200, 0.5),
    "blurred": noisy(20, 5.0, 200, 0.5),
    "ruined": noisy(70, 4.0, 120, 1.0),
}


def drawn(options: argparse.Namespace) -> list[Case]:
    """Every page in every way."""
    cases = []
    chance = random.Random(options.seed)
    for path in options.pdf or [SAMPLE / name for name in PDFS]:
        document = pdfium.PdfDocument(path)
        for number in range(min(len(document), options.pages)):
            page = document[number]
            text = page.get_textpage().get_text_bounded().replace("\ufffe", "-")
            if len(_WORD.findall(text)) < 40:
                continue
            image = page.render(scale=300 / 72, grayscale=True).to_pil()
            for way in options.ways or WAYS:
                spoilt, dpi = WAYS[way](image, chance)
                file = io.BytesIO()
                spoilt.save(file, "JPEG", quality=70, dpi=(dpi, dpi))
                cases.append(Case(way, "page.jpg", file.getvalue(), 1, text))
    return cases


def given(path: Path) -> list[Case]:
    """The cases of a file. Raises SystemExit."""
    cases = []
    for case in read_cases(path):
        file = path.parent / field(path, case, "file")
        try:
            data = file.read_bytes()
        except OSError as problem:
            raise SystemExit(f"{path}: {file}: {problem.strerror}") from problem
        page = case.get("page", 1)
        if type(page) is not int or page < 1:
            raise SystemExit(f"{path}: a page is a whole number from 1; found {page!r}")
        cases.append(Case(str(case.get("way", "given")), file.name, data, page, field(path, case, "text")))
    return cases


def words(text: str) -> list[str]:
    """Comparable words: hyphens at line ends joined, one kind of apostrophe."""
    joined = re.sub(r"-\s*\n\s*(?=[a-zà-ÿ])", "", text.replace("\r", "")).replace("’", "'")
    return _WORD.findall(joined)


def error_rate(truth: Sequence[str], read: Sequence[str]) -> float:
    """Words to insert, delete or replace, for each true word."""
    before = list(range(len(read) + 1))
    for row, word in enumerate(truth, 1):
        after = [row]
        for column, other in enumerate(read, 1):
            cheapest = min(before[column] + 1, after[-1] + 1, before[column - 1] + (word != other))
            after.append(cheapest)
        before = after
    return before[-1] / max(len(truth), 1)


def lost(truth: Sequence[str], read: Sequence[str]) -> float:
    """Share of the true words that are nowhere on the page, whatever the order."""
    return sum((Counter(truth) - Counter(read)).values()) / max(len(truth), 1)


async def recognised(shop: LoneWorkshop, case: Case, languages: Sequence[Language]) -> tuple[float, Part]:
    """Seconds of the whole job, and the page."""

    async def stream() -> AsyncIterator[bytes]:
        yield case.data

    started = time.perf_counter()
    limits = ReadLimits(seconds=300)
    answers = shop.asker("gateway").recognise(
        stream(), name=case.name, pages=[case.page], languages=languages, limits=limits
    )
    parts = [answer async for answer in answers if isinstance(answer, Part)]
    return time.perf_counter() - started, parts[0]


def measured(
    shop: LoneWorkshop, cases: Sequence[Case], languages: Sequence[Language], options: Any
) -> list[dict[str, Any]]:
    """One row a page."""
    rows = []
    for case in cases:
        seconds, part = asyncio.run(recognised(shop, case, languages))
        truth, read = words(case.text), words(part.text)
        row = {
            "way": case.way,
            "seconds": seconds,
            "confidence": part.place["confidence"],
            "turn": part.place.get("turn", 0),
            "word_error_rate": error_rate(truth, read),
            "words_lost": lost(truth, read),
        }
        rows.append(row)
        figures = f"{seconds:5.2f} s  {row['confidence']:3}  lost {row['words_lost']:.3f}  turn {row['turn']}"
        say(options, f"{case.way:20} {figures}")
    return rows


def by_way(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Means of each way."""
    found: dict[str, Any] = {}
    for way in dict.fromkeys(row["way"] for row in rows):
        mine = [row for row in rows if row["way"] == way]
        found[way] = {
            "pages": len(mine),
            "word_error_rate": round(sum(r["word_error_rate"] for r in mine) / len(mine), 4),
            "words_lost": round(sum(r["words_lost"] for r in mine) / len(mine), 4),
            "confidence": round(sum(r["confidence"] for r in mine) / len(mine), 1),
            "seconds": round(percentile([r["seconds"] for r in mine], 0.5), 2),
            "turns": sorted({r["turn"] for r in mine}),
        }
    return found


def threshold(rows: Sequence[dict[str, Any]], at: int) -> dict[str, Any]:
    """What telling pages under ``at`` would do: bad pages that are told, good pages that are told for nothing."""
    bad = [row for row in rows if row["words_lost"] > BAD]
    good = [row for row in rows if row["words_lost"] <= BAD]
    return {
        "confidence": at,
        "bad_pages": len(bad),
        "bad_told": sum(row["confidence"] < at for row in bad),
        "good_pages": len(good),
        "good_told": sum(row["confidence"] < at for row in good),
    }


def main() -> None:
    options = parser(__doc__ or "")
    options.add_argument("--pdf", type=Path, nargs="+", help="PDFs with text, drawn and spoilt")
    options.add_argument("--pages", type=int, default=3, help="pages of each PDF")
    options.add_argument("--ways", nargs="+", choices=list(WAYS), metavar="NAME", help=", ".join(WAYS))
    options.add_argument("--cases", type=Path, help="a file of cases")
    options.add_argument("--seed", type=int, default=1)
    asked = options.parse_args()
    cases = given(asked.cases) if asked.cases else drawn(asked)
    with models_folder() as folder:
        languages = LanguageData(folder)()
        if not languages:
            absent("No language data: `demeure models pull ocr-fra ocr-eng`.")
        with LoneWorkshop(tight=True, data=folder) as shop:
            rows = measured(shop, cases, languages, asked)
    finish(
        "ocr",
        {
            "languages": [language.code for language in languages],
            "pages": len(rows),
            "seconds_a_page": spread([row["seconds"] for row in rows]),
            "ways": by_way(rows),
            "threshold": threshold(rows, POOR),
            "other_thresholds": [threshold(rows, at) for at in (60, 70, 75, 80, 90)],
        },
    )


if __name__ == "__main__":
    main()
