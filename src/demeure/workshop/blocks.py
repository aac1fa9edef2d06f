"""A text in Markdown as blocks to write in a file: headings, paragraphs, lists, tables, code, quotations (pure).

No HTML, no images; a link becomes its words and its address, inert; ``[n]`` becomes the note of source n. Blocks
and runs are plain dictionaries: the typesetter reads them as data.
"""

import re
from collections.abc import Collection, Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from demeure.workshop.columns import shares, turned, whole

Block = dict[str, Any]
Run = dict[str, Any]

COLUMNS = 40
"""Of a table; the last one gathers the rest."""
_MARKER = re.compile(r"\s?\[(\d{1,3}(?:\s*[,;]\s*\d{1,3})*)\]")
_DEEPEST = 3
THIN = "\u202f"


def parser() -> MarkdownIt:
    """The same small subset as the pages."""
    made = MarkdownIt("commonmark", {"html": False, "linkify": False, "typographer": False, "maxNesting": 24})
    made.enable(["table", "strikethrough"])
    made.disable(["html_block", "html_inline", "reference", "image", "autolink", "entity"])
    return made


def blocks(text: str, known: Collection[int] = ()) -> list[Block]:
    """``known``: numbers of the sources; a marker that names none stays as text."""
    made = _Reader(parser().parse(text), frozenset(known)).until("")
    _levelled(made, [])
    return made


def sheets(found: Sequence[Block]) -> list[tuple[bool, list[Block]]]:
    """The blocks by pages of one way: is it laid on its side, and what is on it; at least one. A part with a table
    too wide for an upright page is laid on its side from its heading to the next, and the headings over it too."""
    parts: list[list[Block]] = [[]]
    for block in found:
        if block["kind"] == "heading" and any(one["kind"] != "heading" for one in parts[-1]):
            parts.append([])
        parts[-1].append(block)
    told: list[tuple[bool, list[Block]]] = []
    for part in parts:
        side = any(one.get("turned") for one in part)
        if told and told[-1][0] == side:
            told[-1][1].extend(part)
        else:
            told.append((side, part))
    return told


def _levelled(found: Sequence[Block], above: list[int]) -> None:
    """Headings in steps of one, from the first level on, as readers of tagged files and of outlines want them."""
    for block in found:
        if block["kind"] == "heading":
            while above and above[-1] >= block["level"]:
                above.pop()
            above.append(block["level"])
            block["level"] = len(above)
        _levelled(block.get("blocks", ()), above)
        for item in block.get("items", ()):
            _levelled(item, above)


class _Reader:
    def __init__(self, tokens: Sequence[Token], known: frozenset[int]) -> None:
        self._tokens, self._known, self._at = tokens, known, 0

    def until(self, end: str) -> list[Block]:
        """The blocks up to the token of type ``end``, which is taken."""
        made: list[Block] = []
        while self._at < len(self._tokens):
            token = self._take()
            if token.type == end:
                break
            made += self._block(token)
        return made

    def _take(self) -> Token:
        token = self._tokens[self._at]
        self._at += 1
        return token

    def _block(self, token: Token) -> list[Block]:
        match token.type:
            case "heading_open":
                level = min(int(token.tag[1]), 4)
                return [{"kind": "heading", "level": level, "runs": self._inline("heading_close")}]
            case "paragraph_open":
                return [{"kind": "paragraph", "runs": self._inline("paragraph_close")}]
            case "bullet_list_open":
                return [self._list(False, 1, "bullet_list_close")]
            case "ordered_list_open":
                start = token.attrGet("start")
                return [self._list(True, int(start) if start is not None else 1, "ordered_list_close")]
            case "blockquote_open":
                return [{"kind": "quote", "blocks": _upright(self.until("blockquote_close"))}]
            case "table_open":
                return [self._table()]
            case "fence" | "code_block":
                return [{"kind": "code", "text": token.content.rstrip("\n")}]
            case "hr":
                return [{"kind": "rule"}]
            case "inline":
                return [{"kind": "paragraph", "runs": self._runs(token)}]
        return []

    def _inline(self, end: str) -> list[Run]:
        runs: list[Run] = []
        while (token := self._take()).type != end:
            runs += self._runs(token)
        return runs

    def _list(self, ordered: bool, start: int, end: str) -> Block:
        items: list[list[Block]] = []
        while (token := self._take()).type != end:
            if token.type == "list_item_open":
                items.append(_upright(self.until("list_item_close")))
        return {"kind": "list", "ordered": ordered, "start": min(max(start, 0), 99_999), "items": items}

    def _table(self) -> Block:
        header: list[list[Run]] = []
        rows: list[list[list[Run]]] = []
        while (token := self._take()).type != "table_close":
            if token.type == "tr_open":
                rows.append([])
            elif token.type == "inline":
                if len(rows[-1]) < COLUMNS:
                    rows[-1].append(self._runs(token))
                else:
                    rows[-1][-1] += [_text(" | "), *self._runs(token)]
            elif token.type == "thead_close":
                header = rows.pop()
        many = max([len(header), *map(len, rows)])
        header, rows = header + [[]] * (many - len(header)), [row + [[]] * (many - len(row)) for row in rows]
        wide = shares([header, *rows])
        told = {"shares": wide, "whole": [whole(row, wide) for row in rows], "turned": turned([header, *rows])}
        return {"kind": "table", "header": header, "rows": rows, **told}

    def _runs(self, token: Token) -> list[Run]:
        runs: list[Run] = []
        style: dict[str, int] = {"strong": 0, "em": 0, "s": 0}
        addresses: list[str] = []
        for child in token.children or ():
            name, _, turn = child.type.rpartition("_")
            if name in style and turn in ("open", "close"):
                style[name] += 1 if turn == "open" else -1
            elif child.type == "link_open":
                addresses.append(str(child.attrGet("href") or ""))
            elif child.type == "link_close":
                runs += [_text(f" ({address})")] if (address := addresses.pop()) else []
            elif child.type == "code_inline":
                runs.append(_text(child.content, style, code=True))
            elif child.type in ("softbreak", "hardbreak"):
                runs.append(_text(" ", style) if child.type == "softbreak" else {"kind": "break"})
            else:
                runs += self._noted(child.content, style)
        return runs

    def _noted(self, text: str, style: dict[str, int]) -> list[Run]:
        runs: list[Run] = []
        at = 0
        for found in _MARKER.finditer(text):
            numbers = [n for n in map(int, re.findall(r"\d+", found[1])) if n in self._known]
            if not numbers:
                continue
            runs += _rest(text[at : found.start()], style)
            for number in numbers:  # « ²³ » would be read as twenty-three
                runs += [_text(THIN)] if runs and runs[-1]["kind"] == "note" else []
                runs.append({"kind": "note", "number": number})
            at = found.end()
        return [*runs, *_rest(text[at:], style)]


def _upright(found: list[Block]) -> list[Block]:
    """Of a list or a quotation: no page is turned for a table that is inside."""
    for block in found:
        if block["kind"] == "table":
            block["turned"] = False
    return found


def _rest(text: str, style: dict[str, int]) -> list[Run]:
    return [_text(text, style)] if text else []


def _text(text: str, style: dict[str, int] | None = None, *, code: bool = False) -> Run:
    style = style or {}
    return {
        "kind": "text",
        "text": text,
        "strong": style.get("strong", 0) > 0,
        "em": style.get("em", 0) > 0,
        "strike": style.get("s", 0) > 0,
        "code": code,
    }


def depth_shown(depth: int) -> int:
    """Lists are indented three times at most."""
    return min(depth, _DEEPEST)


def plain(runs: Sequence[Run]) -> str:
    """The words of ``runs``."""
    return "".join(run["text"] if run["kind"] == "text" else " " * (run["kind"] == "break") for run in runs)
