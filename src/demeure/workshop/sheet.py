"""What a page on paper says, already in words: the asker fills it in, a job of the workshop sets it as a PDF. Pure.

Every field is text and stays text: nothing of it is ever read as a program of the typesetter.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from demeure.errors import InputError

TONES = ("ok", "warn", "stop", "plain")
LANGUAGES = ("fr", "en")
SHEET_BYTES = 256 << 10
_LONGEST, _MOST = 8_000, 40


@dataclass(frozen=True)
class Code:
    """A printed code. ``svg``: as ``journal.paper.code_svg`` draws it; ``caption``: what it holds; ``told``: the
    same in signs, or nothing when it is long; ``wide``: millimetres."""

    svg: str
    caption: str
    told: str = ""
    wide: int = 34


@dataclass(frozen=True)
class Part:
    """A titled part: ``lines`` of text, or of signs to compare one by one (``signs``)."""

    title: str
    lines: tuple[str, ...]
    signs: bool = False


@dataclass(frozen=True)
class Steps:
    """What to do, in order: ``(sentence, command)``."""

    title: str
    lead: str
    items: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Sheet:
    """One page. ``verdict``: the sentence that is read from two metres, its ``tone`` one of TONES; ``lead``: what
    it means; ``asked``: what was tried; ``figures``: (number, what it counts); ``facts``: (name, value);
    ``parts``: in columns; ``issued``: seconds since 1970, the date that the file bears; ``foot``: one line."""

    language: str
    title: str
    organisation: str
    verdict: str
    lead: str
    issued: int
    asked: str = ""
    tone: str = "plain"
    figures: tuple[tuple[str, str], ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    parts: tuple[Part, ...] = ()
    steps: Steps | None = None
    code: Code | None = None
    foot: str = ""

    def data(self) -> bytes:
        """As it travels to the job."""
        return json.dumps(asdict(self), ensure_ascii=False).encode()


def read(data: bytes | bytearray) -> dict[str, Any]:
    """The fields of a sheet that arrived, for the typesetter. Raises InputError."""
    if len(data) > SHEET_BYTES:
        raise InputError(detail="sheet")
    try:
        told = json.loads(data.decode())
    except (ValueError, RecursionError) as problem:
        raise InputError(detail="sheet") from problem
    if not isinstance(told, dict) or told.keys() != {field.name for field in fields(Sheet)}:
        raise InputError(detail="sheet")
    if told["language"] not in LANGUAGES or told["tone"] not in TONES:
        raise InputError(detail="sheet")
    if type(told["issued"]) is not int or not 0 <= told["issued"] < 1 << 40:
        raise InputError(detail="issued")
    for name in ("title", "organisation", "verdict", "lead", "asked", "foot"):
        _text(told[name], name)
    for name in ("figures", "facts"):
        _pairs(told[name], name)
    _parts(told["parts"])
    _steps(told["steps"])
    _code(told["code"])
    return told


def _parts(value: Any) -> None:
    for part in _rows(value, "parts"):
        _shaped(part, Part, "parts")
        _text(part["title"], "parts")
        for line in _rows(part["lines"], "parts"):
            _text(line, "parts")
        if type(part["signs"]) is not bool:
            raise InputError(detail="parts")


def _steps(value: Any) -> None:
    if value is None:
        return
    _shaped(value, Steps, "steps")
    _text(value["title"], "steps")
    _text(value["lead"], "steps")
    _pairs(value["items"], "steps")


def _code(value: Any) -> None:
    if value is None:
        return
    _shaped(value, Code, "code")
    if type(value["svg"]) is not str or not value["svg"].startswith("<svg ") or len(value["svg"]) > SHEET_BYTES:
        raise InputError(detail="code")
    _text(value["caption"], "code")
    _text(value["told"], "code")
    if type(value["wide"]) is not int or not 10 <= value["wide"] <= 120:
        raise InputError(detail="code")


def _shaped(value: Any, kind: type, name: str) -> None:
    if not isinstance(value, Mapping) or value.keys() != {field.name for field in fields(kind)}:
        raise InputError(detail=name)


def _pairs(value: Any, name: str) -> None:
    for pair in _rows(value, name):
        if len(_rows(pair, name)) != 2:
            raise InputError(detail=name)
        for text in pair:
            _text(text, name)


def _rows(value: Any, name: str) -> list[Any]:
    if not isinstance(value, list) or len(value) > _MOST:
        raise InputError(detail=name)
    return value


def _text(value: Any, name: str) -> None:
    if type(value) is not str or len(value) > _LONGEST:
        raise InputError(detail=name)
