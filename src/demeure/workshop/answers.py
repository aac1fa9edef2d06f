"""The shape of a job's answer, checked field by field. Pure: dictionaries in, parts and summaries out."""

import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

from demeure.personal import KINDS
from demeure.workshop.flags import FLAGS
from demeure.workshop.parts import (
    INSIDE_DEPTH,
    PART_BOXES,
    PART_CHARACTERS,
    PART_ROWS,
    PATH_DEPTH,
    TITLE_CHARACTERS,
    Box,
    Part,
    ReadLimits,
    ReadSummary,
)
from demeure.workshop.properties import AUTHOR_CHARACTERS, day
from demeure.workshop.recordings import RATE, WIDTH, Said
from demeure.workshop.replying import ADDRESSES, REFERENCES, Answering, is_address, is_name

_KINDS = ("text", "lines", "table", "image")
_TURNS = (90, 180, 270)
_FORBIDDEN = frozenset(("Cc", "Cf", "Cs", "Co", "Cn"))
_HEADER = 10 * TITLE_CHARACTERS
_LINES = 1_000_000_000
_POINTS = 1_000_000.0
_NO_BREAK = {0xA0: " ", 0x202F: " "}
_BLANK = {**_NO_BREAK, 0x09: " ", 0x0A: " "}
"""Of what no sign is refused, and is no « printable » one for Python."""
CELL_RANGE = re.compile(r"([A-Z]{1,3})([1-9]\d{0,6})(?::([A-Z]{1,3})([1-9]\d{0,6}))?")
"""« B4 » or « A12:F15 »."""


class AnswerInvalid(ValueError):
    """A field is missing, too long, of the wrong type, or holds what no honest job would send."""


def checked_part(data: Any, limits: ReadLimits) -> Part:
    """A part out of an item's data. Raises AnswerInvalid."""
    _keys(data, {"place", "text", "kind"}, {"header", "headings", "boxes", "size", "rows"})
    text = _text(data["text"], PART_CHARACTERS, "text", newlines=True)
    if data["kind"] not in _KINDS:
        raise AnswerInvalid("kind")
    place = _place(data["place"], limits)
    if not text.strip() and data["kind"] != "image":
        raise AnswerInvalid("text")
    return Part(
        place=place,
        text=text,
        kind=data["kind"],
        header=_text(data.get("header", ""), _HEADER, "header"),
        headings=_path(data.get("headings", []), "headings"),
        boxes=_boxes(data.get("boxes", []), len(text)),
        size=_size(data.get("size")),
        rows=_rows(data.get("rows"), text, place),
    )


def checked_summary(data: Any, limits: ReadLimits, characters: int, parts: int) -> ReadSummary:
    """The end of an answer; ``characters`` and ``parts``: what was really received. Raises AnswerInvalid."""
    optional = {"language", "author", "written_on", "answering", "personal"}
    _keys(data, {"pages", "title", "flags", "characters"}, optional)
    if data["characters"] != characters or parts == 0:
        raise AnswerInvalid("characters")
    if data.get("language", "") not in ("fr", "en", ""):
        raise AnswerInvalid("language")
    written_on = data.get("written_on", "")
    if not isinstance(written_on, str) or day(written_on) != written_on:
        raise AnswerInvalid("written_on")
    flags = data["flags"]
    if not isinstance(flags, list) or len(flags) > len(FLAGS):
        raise AnswerInvalid("flags")
    found: dict[str, int] = {}
    for flag in flags:
        _keys(flag, {"name", "count"}, set())
        if flag["name"] not in FLAGS:
            raise AnswerInvalid("flags")
        found[flag["name"]] = _integer(flag["count"], 1, 1 << 40, "flags")
    return ReadSummary(
        pages=_integer(data["pages"], 0, limits.pages, "pages"),
        title=_text(data["title"], TITLE_CHARACTERS, "title"),
        language=data.get("language", ""),
        flags=found,
        characters=characters,
        author=_text(data.get("author", ""), AUTHOR_CHARACTERS, "author"),
        written_on=written_on,
        answering=checked_answering(data.get("answering")),
        personal=_personal(data.get("personal")),
    )


def checked_answering(data: Any) -> Answering | None:
    """What answering a message needs, None where there is nothing. Raises AnswerInvalid."""
    if data is None:
        return None
    _keys(data, {"to", "subject", "name", "before"}, set())
    to, before = data["to"], data["before"]
    if not isinstance(to, list) or len(to) > ADDRESSES or not isinstance(before, list) or len(before) > REFERENCES:
        raise AnswerInvalid("answering")
    people = []
    for one in to:
        if not isinstance(one, list) or len(one) != 2 or not isinstance(one[1], str) or not is_address(one[1]):
            raise AnswerInvalid("answering")
        people.append((_text(one[0], 100, "answering"), one[1]))
    if any(
        not isinstance(one, str) or not is_name(one) for one in (*before, *([data["name"]] if data["name"] else []))
    ):
        raise AnswerInvalid("answering")
    return Answering(
        tuple(people), _text(data["subject"], TITLE_CHARACTERS, "answering"), data["name"], tuple(before)
    )


def _personal(value: Any) -> dict[str, int] | None:
    """Kind of personal data → how many; None: not examined."""
    if value is None:
        return None
    if not isinstance(value, dict) or not value.keys() <= set(KINDS):
        raise AnswerInvalid("personal")
    return {kind: _integer(count, 1, 1 << 40, "personal") for kind, count in value.items()}


def checked_said(data: Any, length: int, segments: int, characters: int) -> list[Said]:
    """The words of a window of ``length`` bytes. Raises AnswerInvalid."""
    _keys(data, {"said"}, set())
    if not isinstance(data["said"], list) or len(data["said"]) > segments:
        raise AnswerInvalid("said")
    found: list[Said] = []
    most = length * 1000 // (RATE * WIDTH)
    for one in data["said"]:
        if not isinstance(one, list) or len(one) != 3:
            raise AnswerInvalid("said")
        start = _integer(one[0], found[-1].start if found else 0, most, "said")
        text = _text(one[2], characters, "said")
        if not text.strip():
            raise AnswerInvalid("said")
        found.append(Said(start, _integer(one[1], start, most, "said"), text))
    return found


def harmless(text: str, limit: int) -> str:
    """``text`` without control, invisible or unpaired characters, cut to ``limit``."""
    return "".join(c for c in text[:limit] if unicodedata.category(c) not in _FORBIDDEN)


def _keys(data: Any, needed: set[str], allowed: set[str]) -> None:
    if not isinstance(data, dict) or not needed <= data.keys() or not data.keys() <= needed | allowed:
        raise AnswerInvalid("fields")


def _text(value: Any, limit: int, what: str, *, newlines: bool = False) -> str:
    if not isinstance(value, str) or len(value) > limit:
        raise AnswerInvalid(what)
    if value.isascii() and value.isprintable():
        return value
    spared = "\n\t" if newlines else ""
    shown = value.translate(_BLANK if newlines else _NO_BREAK)  # most texts: told at once, not sign by sign
    if not shown.isprintable() and any(
        unicodedata.category(c) in _FORBIDDEN and c not in spared for c in set(value)
    ):
        raise AnswerInvalid(what)
    if not unicodedata.is_normalized("NFC", value):
        raise AnswerInvalid(what)
    return value


def _place(value: Any, limits: ReadLimits) -> Mapping[str, Any]:
    kind = value.get("kind") if isinstance(value, dict) else None
    check = _PLACES.get(kind) if isinstance(kind, str) else None
    if check is None:
        raise AnswerInvalid("place")
    here = dict(value)
    inside = _inside(here.pop("inside")) if "inside" in here else None
    place = {"kind": kind, **check(here, limits)}
    return place if inside is None else {**place, "inside": inside}


def _page(value: dict[str, Any], limits: ReadLimits) -> dict[str, Any]:
    _keys(value, {"kind", "page"}, {"turn", "confidence"})
    place = {"page": _integer(value["page"], 1, limits.pages, "place")}
    if "turn" in value:
        if _integer(value["turn"], 90, 270, "place") not in _TURNS:
            raise AnswerInvalid("place")
        place["turn"] = value["turn"]
    if "confidence" in value:
        place["confidence"] = _integer(value["confidence"], 0, 100, "place")
    return place


def _heading(value: dict[str, Any], _limits: ReadLimits) -> dict[str, Any]:
    _keys(value, {"kind", "path"}, set())
    return {"path": list(_path(value["path"], "place"))}


def _lines(value: dict[str, Any], _limits: ReadLimits) -> dict[str, Any]:
    _keys(value, {"kind", "from", "to"}, set())
    first = _integer(value["from"], 1, _LINES, "place")
    return {"from": first, "to": _integer(value["to"], first, _LINES, "place")}


def _slide(value: dict[str, Any], limits: ReadLimits) -> dict[str, Any]:
    _keys(value, {"kind", "slide"}, {"part", "title"})
    place: dict[str, Any] = {"slide": _integer(value["slide"], 1, limits.pages, "place")}
    if "title" in value:
        place["title"] = _text(value["title"], TITLE_CHARACTERS, "place")
    if "part" in value:
        place["part"] = _one_of(value["part"], ("notes",))
    return place


def _cells(value: dict[str, Any], _limits: ReadLimits) -> dict[str, Any]:
    _keys(value, {"kind", "range"}, {"sheet", "hidden"})
    if not isinstance(value["range"], str) or not CELL_RANGE.fullmatch(value["range"]):
        raise AnswerInvalid("place")
    place: dict[str, Any] = {"range": value["range"]}
    if "sheet" in value:
        place["sheet"] = _text(value["sheet"], TITLE_CHARACTERS, "place")
    if "hidden" in value:
        place["hidden"] = _one_of(value["hidden"], (True,))
    return place


def _message(value: dict[str, Any], _limits: ReadLimits) -> dict[str, Any]:
    _keys(value, {"kind", "number"}, {"of", "by", "on"})
    place: dict[str, Any] = {"number": _integer(value["number"], 1, _LINES, "place")}
    place |= {name: _text(value[name], TITLE_CHARACTERS, "place") for name in ("of", "by") if name in value}
    if "on" in value:
        if not isinstance(value["on"], str) or not value["on"] or day(value["on"]) != value["on"]:
            raise AnswerInvalid("place")
        place["on"] = value["on"]
    return place


_PLACES: Mapping[str, Callable[[dict[str, Any], ReadLimits], dict[str, Any]]] = {
    "page": _page, "heading": _heading, "lines": _lines, "slide": _slide, "cells": _cells, "message": _message,
}  # fmt: skip


def _inside(value: Any) -> list[str]:
    if not isinstance(value, list) or not 1 <= len(value) <= INSIDE_DEPTH:
        raise AnswerInvalid("place")
    names = [_text(name, TITLE_CHARACTERS, "place") for name in value]
    if not all(name.strip() for name in names):
        raise AnswerInvalid("place")
    return names


def _one_of(value: Any, allowed: tuple[Any, ...]) -> Any:
    if type(value) is not type(allowed[0]) or value not in allowed:
        raise AnswerInvalid("place")
    return value


def _rows(value: Any, text: str, place: Mapping[str, Any]) -> tuple[int, ...]:
    """One row a line, ascending, all inside the place's range."""
    if value is None:
        return ()
    found = CELL_RANGE.fullmatch(place.get("range", ""))
    if not isinstance(value, list) or found is None or len(value) != text.count("\n") + 1 or len(value) > PART_ROWS:
        raise AnswerInvalid("rows")
    last = int(found[4] or found[2])
    least = int(found[2])
    for number in value:
        least = _integer(number, least, last, "rows")
    return tuple(value)


def _path(value: Any, what: str) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > PATH_DEPTH:
        raise AnswerInvalid(what)
    return tuple(_text(title, TITLE_CHARACTERS, what) for title in value)


def _boxes(value: Any, length: int) -> tuple[Box, ...]:
    if not isinstance(value, list) or len(value) > PART_BOXES:
        raise AnswerInvalid("boxes")
    boxes = []
    for box in value:
        if not isinstance(box, list) or len(box) != 6:
            raise AnswerInvalid("boxes")
        start = _integer(box[0], 0, length, "boxes")
        end = _integer(box[1], start, length, "boxes")
        boxes.append(Box(start, end, *(_number(side, "boxes") for side in box[2:])))
    return tuple(boxes)


def _size(value: Any) -> tuple[float, float] | None:
    if value is None:
        return None
    if not isinstance(value, list) or len(value) != 2:
        raise AnswerInvalid("size")
    return (_number(value[0], "size"), _number(value[1], "size"))


def _integer(value: Any, least: int, most: int, what: str) -> int:
    if type(value) is not int or not least <= value <= most:
        raise AnswerInvalid(what)
    return value


def _number(value: Any, what: str) -> float:
    if type(value) not in (int, float) or not math.isfinite(value) or abs(value) > _POINTS:
        raise AnswerInvalid(what)
    return float(value)
