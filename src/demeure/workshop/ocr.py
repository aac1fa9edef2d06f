"""The job ``ocr``: some pages of a document taken as pictures, recognised one after another for a few seconds."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from demeure.errors import InputError
from demeure.workshop.cleaning import clean, one_line
from demeure.workshop.errors import DocumentCorrupt, DocumentUnsupported
from demeure.workshop.nesting import Nest
from demeure.workshop.parts import Facts, Language, Part
from demeure.workshop.pdf_layout import Page, join_hyphens, page_parts
from demeure.workshop.pictures import Picture, frame_picture, open_pdf, page_picture
from demeure.workshop.recognition import CODE, Recogniser, Seen

ENOUGH = 5.0
"""Seconds after which a job begins no other page: whoever waits for the place has it soon."""

PAGES, LANGUAGES = 500, 8
_HASH = 64


@dataclass(frozen=True)
class Asked:
    """``pages``: 1-based, in the order wanted."""

    pages: tuple[int, ...]
    languages: tuple[Language, ...]


def asked(args: dict[str, Any]) -> Asked:
    """Raises InputError."""
    pages, languages = args.get("pages"), args.get("languages")
    if not isinstance(pages, list) or not 0 < len(pages) <= PAGES:
        raise InputError(detail="pages")
    if not all(type(page) is int and 0 < page <= 1_000_000 for page in pages):
        raise InputError(detail="pages")
    if not isinstance(languages, list) or not 0 < len(languages) <= LANGUAGES:
        raise InputError(detail="languages")
    return Asked(tuple(pages), tuple(map(_language, languages)))


def _language(value: Any) -> Language:
    if not isinstance(value, list) or len(value) != 2 or not all(isinstance(item, str) for item in value):
        raise InputError(detail="languages")
    if not CODE.fullmatch(value[0]) or len(value[1]) != _HASH:
        raise InputError(detail="languages")
    return Language(value[0], value[1])


def recognised(data: bytearray, kind: str, wanted: Asked, folder: Path | None, facts: Facts) -> Iterator[Part]:
    """One part a page; see Workshop.recognise. Raises the errors of errors.py."""
    if folder is None:
        raise InputError(detail="languages")
    picture = _pictures(data, kind)
    recogniser = Recogniser(folder, wanted.languages)
    until = time.monotonic() + ENOUGH
    for number in wanted.pages:
        yield _part(number, recogniser, picture, facts)
        facts.pages += 1
        if time.monotonic() > until:
            return


def enclosed(parts: Iterator[Part], nest: Nest, wanted: Asked, folder: Path | None, facts: Facts) -> Iterator[Part]:
    """The same for pictures inside attachments: ``parts`` is the reading of the file that holds them, and a page is
    counted among its pictures, in reading order (``wanted.pages`` ascending). Raises the errors of errors.py."""
    if folder is None:
        raise InputError(detail="languages")
    recogniser = Recogniser(folder, wanted.languages)
    until = time.monotonic() + ENOUGH
    left, rank = list(wanted.pages), 0
    for part in parts:
        rank += (picture := part.kind == "image" and "inside" in part.place)
        if not picture or rank != left[0]:
            continue
        form, held = nest.innermost
        yield _part(left.pop(0), recogniser, partial(_drawn, _pictures(held, form), part.place["page"]), facts)
        facts.pages += 1
        if not left or time.monotonic() > until:
            return


def _drawn(pictures: Callable[[int], Picture | None], page: int, _asked: int) -> Picture | None:
    """A page under the number that its own file gives it."""
    return pictures(page)


def _pictures(data: bytearray, kind: str) -> Callable[[int], Picture | None]:
    if kind == "pdf":
        document = open_pdf(data)
        return lambda number: page_picture(document, number)
    if kind in ("png", "jpeg", "tiff"):
        return lambda number: frame_picture(data, number)
    raise DocumentUnsupported(found=kind)


def _part(number: int, recogniser: Recogniser, pictures: Callable[[int], Picture | None], facts: Facts) -> Part:
    try:
        picture = pictures(number)
    except DocumentCorrupt:
        picture = None
    if picture is None:
        facts.flag("pages-unreadable")
        return Part({"kind": "page", "page": number, "confidence": 0}, "", "image")
    seen = recogniser.page(picture)
    return _placed(number, seen, facts)


def _placed(number: int, seen: Seen, facts: Facts) -> Part:
    """The first part that the layout makes: a recognised page longer than 50,000 characters does not exist."""
    page = Page(number, seen.width, seen.height)
    for line in seen.lines:
        line.text = one_line(clean(line.text, facts.flag))
        if line.text:
            page.lines.append(line)
    join_hyphens([page])
    parts: Sequence[Part] = list(page_parts(page, ()))
    place: dict[str, Any] = {"kind": "page", "page": number, "confidence": seen.confidence if parts else 0}
    if seen.turn and parts:
        place["turn"] = seen.turn
        facts.flag("pages-turned")
    if not parts:
        return Part(place, "", "image", size=(round(seen.width, 1), round(seen.height, 1)))
    return Part(place, parts[0].text, boxes=parts[0].boxes, size=parts[0].size)
