"""What leaves the house as a file: a text in Markdown, its sources, who says it, how it was made. Pure.

The asker fills it in, already in words; a job of the workshop writes it (``export``). Nothing of it is a program.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from demeure.errors import InputError
from demeure.workshop.answers import AnswerInvalid, checked_answering
from demeure.workshop.replying import Answering

FORMATS = ("docx", "odt", "pdf", "md")
SHEET_FORMATS = ("ods", "csv")
"""Of the tables of a text alone."""
MAIL_FORMATS = ("eml",)
"""A draft that a mail program opens, of a text that answers or begins a message."""
LANGUAGES = ("fr", "en")
LETTER_BYTES = 8 << 20
_TEXT, _LINE, _SOURCES, _LINES, _FACTS = 2_000_000, 8_000, 2_000, 40, 60
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]{0,40}")
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff\U000f0000-\U0010ffff]")


HEADING_COLOUR = "2C3C44"
"""Of titles and headings, in every format (letter.typ: « wall »)."""
HEADING_POINTS = (14, 13, 12, 11, 11, 11)
"""Size of headings of each level, bold and upright, in DOCX and ODT."""


@dataclass(frozen=True)
class LetterSource:
    """``number``: n of ``[n]`` in the text; ``where``: its page or its part, in words; ``quote``: the passage."""

    number: int
    document: str
    where: str = ""
    quote: str = ""


@dataclass(frozen=True)
class Letter:
    """``letterhead``, ``closing``, ``signature``: lines. ``mention``: the sentence that says that an AI took part;
    ``review``: who read it again and when, or that nobody did. ``facts``: (name, value) for machines, ``name`` of
    letters and digits. ``code``: what the printed code of its receipt holds, ``caption``: its words. ``issued``:
    seconds since 1970, the date that the file bears. ``answering``: the message that it answers. ``headed``: its
    title stands above the text; it names the file all the same."""

    language: str
    title: str
    organisation: str
    text: str
    issued: int
    sources: tuple[LetterSource, ...] = ()
    letterhead: tuple[str, ...] = ()
    closing: tuple[str, ...] = ()
    signature: tuple[str, ...] = ()
    mention: str = ""
    review: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    code: str = ""
    caption: str = ""
    answering: Answering | None = None
    headed: bool = True

    def data(self) -> bytes:
        """As it travels to the job; what has no UTF-8 (a lone surrogate) becomes “?”."""
        told = asdict(self) | {"answering": self.answering.data() if self.answering else None}
        return json.dumps(told, ensure_ascii=False).encode("utf-8", "replace")


def read_letter(data: bytes | bytearray) -> Letter:
    """The letter that arrived, without signs that a file of text cannot hold. Raises InputError."""
    if len(data) > LETTER_BYTES:
        raise InputError(detail="letter")
    try:
        told = json.loads(data.decode())
    except (ValueError, RecursionError) as problem:
        raise InputError(detail="letter") from problem
    if not isinstance(told, dict) or told.keys() != {field.name for field in fields(Letter)}:
        raise InputError(detail="letter")
    if told["language"] not in LANGUAGES:
        raise InputError(detail="language")
    if type(told["issued"]) is not int or not 0 <= told["issued"] < 1 << 36:
        raise InputError(detail="issued")
    if type(told["headed"]) is not bool:
        raise InputError(detail="headed")
    lines: dict[str, Any] = {name: _lines(told[name], name) for name in ("letterhead", "closing", "signature")}
    words: dict[str, Any] = {
        name: _line(told[name], name) for name in ("title", "organisation", "mention", "review", "caption")
    }
    return Letter(
        language=told["language"],
        headed=told["headed"],
        issued=told["issued"],
        text=_text(told["text"], "text", _TEXT),
        code=_text(told["code"], "code", 2_953),
        sources=tuple(map(_source, _rows(told["sources"], "sources", _SOURCES))),
        facts=tuple(map(_fact, _rows(told["facts"], "facts", _FACTS))),
        answering=_answering(told["answering"]),
        **lines,
        **words,
    )


def _answering(value: Any) -> Answering | None:
    try:
        return checked_answering(value)
    except AnswerInvalid as problem:
        raise InputError(detail="answering") from problem


def _source(value: Any) -> LetterSource:
    if not isinstance(value, Mapping) or value.keys() != {field.name for field in fields(LetterSource)}:
        raise InputError(detail="sources")
    if type(value["number"]) is not int or not 0 < value["number"] < 1000:
        raise InputError(detail="sources")
    document, where = _line(value["document"], "sources"), _line(value["where"], "sources")
    return LetterSource(value["number"], document, where, _text(value["quote"], "sources", 60_000))


def _fact(value: Any) -> tuple[str, str]:
    name, told = _rows(value, "facts", 2) if isinstance(value, list) and len(value) == 2 else ("", "")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise InputError(detail="facts")
    return name, _line(told, "facts")


def _lines(value: Any, name: str) -> tuple[str, ...]:
    return tuple(_line(one, name) for one in _rows(value, name, _LINES))


def _rows(value: Any, name: str, most: int) -> list[Any]:
    if not isinstance(value, list) or len(value) > most:
        raise InputError(detail=name)
    return value


def _line(value: Any, name: str) -> str:
    return " ".join(_text(value, name, _LINE).split("\n"))


def _text(value: Any, name: str, most: int) -> str:
    if type(value) is not str or len(value) > most:
        raise InputError(detail=name)
    return legible(value)


def legible(text: str) -> str:
    """Without control signs, surrogates and private signs, which XML refuses or which show nothing."""
    return _UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", "    "))
