"""Markdown by markdown-it-py: headings, paragraphs, lists and tables as text; raw HTML loses its tags, links their
targets."""

import re
from collections.abc import Iterator, Sequence
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

from demeure.workshop.outline import Outline
from demeure.workshop.parts import Facts, Part, ReadLimits
from demeure.workshop.read_text import load

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_TITLE = re.compile(r"^(?:title|titre)\s*:\s*[\"']?(.+?)[\"']?\s*$", re.MULTILINE | re.IGNORECASE)
_TAG = re.compile(r"<!--.*?-->|<(script|style)\b.*?</\1\s*>|<[^<>]{0,2000}>", re.DOTALL | re.IGNORECASE)
_SPACES = re.compile(r"[ \t]{2,}")
_NESTING = 20


def read(data: bytearray, name: str, limits: ReadLimits, facts: Facts) -> Iterator[Part]:
    """Yields parts with heading places."""
    text = load(data, name, limits, facts)
    front = _FRONT_MATTER.match(text)
    if front:
        text = text[front.end() :]
        title = _TITLE.search(front[1])
        facts.title = title[1] if title else ""
    tokens = _parser().parse(text)
    outline = Outline(facts, limits)
    walker = _Walker(outline)
    for at in range(len(tokens)):
        walker.take(tokens, at)
        yield from outline.drain()
    yield from outline.finish()
    facts.title = facts.title or outline.first_heading


@cache
def _parser() -> MarkdownIt:
    """One for all the texts of a job: it keeps nothing of them."""
    return MarkdownIt("commonmark", {"maxNesting": _NESTING}).enable("table")


class _Walker:
    """One pass over the flat list of tokens."""

    def __init__(self, outline: Outline) -> None:
        self._outline = outline
        self._lists: list[int] = []  # next number of each open list, 0 for bullets
        self._mark = ""
        self._rows: list[list[str]] | None = None

    def take(self, tokens: Sequence[Token], at: int) -> None:
        token = tokens[at]
        if token.type == "inline":
            self._inline(token, tokens[at - 1])
        elif token.type in ("fence", "code_block"):
            self._outline.line(token.content)
        elif token.type == "html_block":
            self._outline.line(_SPACES.sub(" ", _TAG.sub(" ", token.content)))
        elif token.type in ("bullet_list_open", "ordered_list_open"):
            start = int(token.attrGet("start") or 1) if token.type.startswith("ordered") else 0
            self._lists.append(start)
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            self._lists.pop()
        elif token.type == "list_item_open":
            self._item()
        else:
            self._table(token)

    def _inline(self, token: Token, opener: Token) -> None:
        text = _plain(token)
        if self._rows is not None:
            self._rows[-1].append(text)
        elif opener.type == "heading_open":
            self._outline.heading(int(opener.tag[1:]), text)
        else:
            self._outline.line(self._mark + text)
            self._mark = ""

    def _item(self) -> None:
        number = self._lists[-1]
        self._mark = f"{number}. " if number else "• "
        if number:
            self._lists[-1] += 1

    def _table(self, token: Token) -> None:
        if token.type == "table_open":
            self._rows = []
        elif token.type == "tr_open" and self._rows is not None:
            self._rows.append([])
        elif token.type == "table_close" and self._rows is not None:
            rows, self._rows = self._rows, None
            self._outline.table(rows, header=True)


def _plain(token: Token) -> str:
    pieces: list[str] = []
    for child in token.children or []:
        if child.type in ("text", "code_inline", "image"):
            pieces.append(child.content)
        elif child.type == "softbreak":
            pieces.append(" ")
        elif child.type == "hardbreak":
            pieces.append("\n")
    return "".join(pieces)
