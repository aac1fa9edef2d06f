"""Characters out of a picture, by Tesseract in this very process: lines with their places, and how sure it is.

Tesseract opens its language data by name in one folder, which the zygote's box lets it read; it starts no thread.
"""

import hashlib
import itertools
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

os.environ.setdefault("OMP_THREAD_LIMIT", "1")  # a build with OpenMP reads it when it is loaded

import tesserocr  # type: ignore[import-untyped]
from PIL import Image

from demeure.workshop.errors import LanguageDataAltered
from demeure.workshop.parts import Language
from demeure.workshop.pdf_layout import Line
from demeure.workshop.pictures import Picture, turned

CODE = re.compile(r"[a-z]{3}(?:_[a-z]{2,8})?")
SURE = 80
"""Confidence above which a page is not tried in other positions: upside down, pages reach 35 to 50."""

_LEAST = 24  # pixels: nothing smaller holds a line
_SPECK = 45  # a sign that is no letter nor digit, less sure than that, is dust


@dataclass
class Seen:
    """What was recognised on a page: lines in points of the page set upright by ``turn`` degrees clockwise.
    ``confidence``: mean over the characters, 0 to 100; ``tall``: share of words that stand rather than lie."""

    width: float
    height: float
    turn: int = 0
    confidence: int = 0
    tall: float = 0.0
    lines: list[Line] = field(default_factory=list)

    @property
    def letters(self) -> int:
        return sum(character.isalnum() for line in self.lines for character in line.text)


class Recogniser:
    """Tesseract with some languages, for several pages of one job."""

    def __init__(self, folder: Path, languages: Sequence[Language]) -> None:
        """Raises LanguageDataAltered: a file is not there, or not the one that was installed."""
        for language in languages:
            _check(folder / f"{language.code}.traineddata", language)
        codes = "+".join(language.code for language in languages)
        try:
            self._tesseract = tesserocr.PyTessBaseAPI(
                path=f"{folder}/", lang=codes, psm=tesserocr.PSM.AUTO, oem=tesserocr.OEM.LSTM_ONLY
            )
        except RuntimeError as problem:
            raise LanguageDataAltered(language=codes) from problem

    def page(self, picture: Picture) -> Seen:
        """The page as it is when it reads well; else in the position in which it reads best."""
        best = self._look(picture, 0)
        if best.confidence >= SURE and best.tall < 0.5:
            return best
        for turn in (90, 270) if best.tall >= 0.5 else (180,):
            other = self._look(picture, turn)
            if best.tall >= 0.5 > other.tall or _better(other, best):
                best = other
            if best.turn and best.confidence >= SURE:
                break
        return best

    def _look(self, picture: Picture, turn: int) -> Seen:
        image = turned(picture.image, turn)
        sides = (picture.width, picture.height) if turn % 180 == 0 else (picture.height, picture.width)
        seen = Seen(*sides, turn=turn)
        if min(image.size) < _LEAST:
            return seen
        words = self._words(image, round(picture.zoom * 72))
        _gather(seen, words, picture.zoom)
        return seen

    def _words(self, image: Image.Image, dpi: int) -> list["Word"]:
        self._tesseract.SetImageBytes(image.tobytes(), image.width, image.height, 1, image.width)
        self._tesseract.SetSourceResolution(min(max(dpi, 70), 2400))
        self._tesseract.Recognize()
        level = tesserocr.RIL.WORD
        found: list[Word] = []
        reading = self._tesseract.GetIterator()
        if reading is None:
            return found
        for at in tesserocr.iterate_level(reading, level):
            begins = at.IsAtBeginningOf(tesserocr.RIL.TEXTLINE)
            box = at.BoundingBox(level)
            if box is None:
                continue
            found.append(Word(at.GetUTF8Text(level).strip(), round(at.Confidence(level)), begins, *box))
        self._tesseract.Clear()
        return found


@dataclass(frozen=True)
class Word:
    """A word of Tesseract, in pixels. ``begins``: the first of its line."""

    text: str
    confidence: int
    begins: bool
    x0: int
    y0: int
    x1: int
    y1: int

    @property
    def dust(self) -> bool:
        return not self.text or (self.confidence < _SPECK and not any(map(str.isalnum, self.text)))


def _gather(seen: Seen, words: Sequence[Word], zoom: float) -> None:
    """Words into lines, in points; confidence weighed by characters."""
    rows: list[list[Word]] = []
    begins = True
    for word in words:
        begins = begins or word.begins
        if word.dust:
            continue
        if begins:
            rows.append([])
            begins = False
        rows[-1].append(word)
    kept = [word for row in rows for word in row]
    characters = sum(len(word.text) for word in kept)
    if not characters:
        return
    seen.confidence = min(max(round(sum(w.confidence * len(w.text) for w in kept) / characters), 0), 100)
    long = [word for word in kept if len(word.text) >= 4]
    seen.tall = sum(word.y1 - word.y0 > word.x1 - word.x0 for word in long) / max(len(long), 1)
    seen.lines = [_line(row, zoom) for row in rows]


def _line(row: Sequence[Word], zoom: float) -> Line:
    gaps = [b.x0 - a.x1 for a, b in itertools.pairwise(row)]
    return Line(
        " ".join(word.text for word in row),
        min(word.x0 for word in row) / zoom,
        min(word.y0 for word in row) / zoom,
        max(word.x1 for word in row) / zoom,
        max(word.y1 for word in row) / zoom,
        gap=max([0, *gaps]) / zoom,
    )


def _better(one: Seen, other: Seen) -> bool:
    """More of it is read, and more surely."""
    return one.confidence * min(one.letters, 400) > other.confidence * min(other.letters, 400)


def _check(path: Path, language: Language) -> None:
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as problem:
        raise LanguageDataAltered(language=language.code) from problem
    if digest != language.sha256:
        raise LanguageDataAltered(language=language.code)
