"""Characters out of a picture, by Tesseract in this very process: lines with their places, and how sure it is.

Tesseract opens its language data by name in one folder, which the zygote's box lets it read; it starts no thread.
"""

import contextlib
import hashlib
import itertools
import math
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

os.environ.setdefault("OMP_THREAD_LIMIT", "1")  # a build with OpenMP reads it when it is loaded

import tesserocr  # type: ignore[import-untyped]
from PIL import Image

from demeure.workshop.errors import LanguageDataAltered
from demeure.workshop.legible import legible, tilt
from demeure.workshop.parts import Language
from demeure.workshop.pdf_layout import Line
from demeure.workshop.pictures import Picture, turned

CODE = re.compile(r"[a-z]{3}(?:_[a-z]{2,8})?")
SURE = 80
"""Confidence above which a page is not tried in other positions: upside down, pages reach 35 to 50."""

_FIRST = re.compile(r"^ler(?=\W*$)")  # no French word: « le 1er juin », « Article 1er »
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
        # Left alone it would open /dev/null for writing, which a job may not, and die of the refusal.
        self._tesseract.SetVariable("debug_file", "")

    def page(self, picture: Picture) -> Seen:
        """The page as it is when it reads well; else in the position in which it reads best."""
        image, sound = legible(picture.image)
        if not sound:
            return Seen(picture.width, picture.height)
        picture = replace(picture, image=image)
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
        angle = tilt(image)
        level = image.rotate(angle, Image.Resampling.BICUBIC, expand=True, fillcolor=255) if angle else image
        _gather(seen, self._words(level, round(picture.zoom * 72)))
        for line in seen.lines:
            _put_back(line, angle, level.size, image.size, picture.zoom)
        return seen

    def _words(self, image: Image.Image, dpi: int) -> list["Word"]:
        self._tesseract.SetImageBytes(image.tobytes(), image.width, image.height, 1, image.width)
        self._tesseract.SetSourceResolution(min(max(dpi, 70), 2400))
        with _silent():
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
            text = _FIRST.sub("1er", at.GetUTF8Text(level).strip())
            found.append(Word(text, round(at.Confidence(level)), begins, *box))
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


def _gather(seen: Seen, words: Sequence[Word]) -> None:
    """Words into lines, in pixels; confidence weighed by characters."""
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
    seen.lines = [_line(row) for row in rows]


def _line(row: Sequence[Word]) -> Line:
    gaps = [b.x0 - a.x1 for a, b in itertools.pairwise(row)]
    return Line(
        " ".join(word.text for word in row),
        min(word.x0 for word in row),
        min(word.y0 for word in row),
        max(word.x1 for word in row),
        max(word.y1 for word in row),
        gap=max([0, *gaps]),
    )


def _put_back(line: Line, angle: float, level: tuple[int, int], size: tuple[int, int], zoom: float) -> None:
    """From pixels of the levelled picture to points of the page: the upright box around the tilted line."""
    if angle:
        sine, cosine = math.sin(math.radians(angle)), math.cos(math.radians(angle))
        corners = [(x - level[0] / 2, y - level[1] / 2) for x in (line.x0, line.x1) for y in (line.y0, line.y1)]
        across = [x * cosine - y * sine + size[0] / 2 for x, y in corners]
        down = [x * sine + y * cosine + size[1] / 2 for x, y in corners]
        line.x0, line.x1, line.y0, line.y1 = min(across), max(across), min(down), max(down)
    line.x0, line.y0, line.x1, line.y1 = (side / zoom for side in (line.x0, line.y0, line.x1, line.y1))
    line.gap /= zoom


def _better(one: Seen, other: Seen) -> bool:
    """More of it is read, and more surely."""
    return one.confidence * min(one.letters, 400) > other.confidence * min(other.letters, 400)


@contextlib.contextmanager
def _silent() -> Iterator[None]:
    """Tesseract thinks aloud on standard error, which is the house's log: there is nothing to write to now."""
    kept, nothing = os.dup(2), os.open("/dev/null", os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.dup2(nothing, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(nothing)
        os.close(kept)


def _check(path: Path, language: Language) -> None:
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as problem:
        raise LanguageDataAltered(language=language.code) from problem
    if digest != language.sha256:
        raise LanguageDataAltered(language=language.code)
