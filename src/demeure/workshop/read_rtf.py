"""RTF by a small machine of its own: groups, control words, characters; nothing embedded is ever opened.

Kept: paragraphs, headings (outline levels), tables, notes, characters of every code page. Left out: pictures,
objects, fields' instructions, deleted and hidden text (counted).
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from demeure.workshop.errors import DocumentBomb, DocumentCorrupt, DocumentTooLarge
from demeure.workshop.outline import Outline
from demeure.workshop.parts import Facts, Part, ReadLimits

_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?\d{1,10})?[ ]?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])|[\r\n]+|([^\\{}\r\n]+)",
    re.DOTALL,
)
_SILENT = frozenset(
    b"""fonttbl colortbl stylesheet info pict object filetbl listtable listoverridetable rsidtbl generator xmlnstbl
    themedata colorschememapping datastore latentstyles fldinst header headerl headerr headerf footer footerl
    footerr footerf xe tc bkmkstart bkmkend annotation atnid atnauthor atndate atnref mmathPr wgrffmtfilter
    datafield nonshppict shpinst blipuid revtbl pgdsctbl userprops template""".split()
)
_SPOKEN = {
    b"par": "\n", b"line": "\n", b"sect": "\n", b"page": "\n", b"column": "\n", b"tab": " ", b"emdash": "—",
    b"endash": "–", b"lquote": "‘", b"rquote": "’", b"ldblquote": "“", b"rdblquote": "”", b"bullet": "•",
    b"enspace": " ", b"emspace": " ",
}  # fmt: skip
_SIGNS = {b"~": "\u00a0", b"_": "-", b"-": "", b"\\": "\\", b"{": "{", b"}": "}", b"\n": "\n", b"\r": "\n"}
_CHARSETS = {
    0: "cp1252", 77: "mac-roman", 128: "cp932", 129: "cp949", 134: "gbk", 136: "big5", 161: "cp1253", 162: "cp1254",
    163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 238: "cp1250",
}  # fmt: skip
_CODE_PAGES = {
    437: "cp437", 850: "cp850", 852: "cp852", 932: "cp932", 936: "gbk", 949: "cp949", 950: "big5",
    10000: "mac-roman", 65001: "utf-8", **{page: f"cp{page}" for page in range(1250, 1259)},
}  # fmt: skip
_DEPTH = 4_000
_TINY = 8  # half-points


@dataclass(frozen=True)
class _State:
    """What a group inherits and forgets at its end. ``skip``: characters that stand in for a Unicode one;
    ``doubled``: what a letter written in HTML repeats for readers of RTF."""

    silent: bool = False
    hidden: bool = False
    deleted: bool = False
    doubled: bool = False
    skip: int = 1
    font: int = -1
    fonts: bool = False
    title: bool = False


def read(data: bytearray, _name: str, limits: ReadLimits, facts: Facts) -> Iterator[Part]:
    """Yields parts with heading places."""
    outline = Outline(facts, limits)
    for _ in read_into(data, limits, facts, outline):
        yield from outline.drain()
    yield from outline.finish()
    facts.title = facts.title or outline.first_heading


def read_into(data: bytearray, limits: ReadLimits, facts: Facts, outline: Outline) -> Iterator[None]:
    """Says a text into ``outline``, a step at a time; the caller takes what is ready."""
    machine = _Machine(outline, facts)
    for at, token in enumerate(_TOKEN.finditer(data)):
        machine.take(token, data)
        if at % 4096 == 0:
            if machine.held > limits.characters:
                raise DocumentTooLarge(found=machine.held, limit=limits.characters, unit="characters")
            yield
    if not machine.seen:
        raise DocumentCorrupt(detail="rtf-damaged")
    machine.end()
    facts.title = facts.title or " ".join(machine.title.split())


class _Machine:
    """Characters into paragraphs, paragraphs into an outline."""

    def __init__(self, outline: Outline, facts: Facts) -> None:
        self._outline, self._facts = outline, facts
        self._stack: list[_State] = []
        self._now = _State()
        self._page = "cp1252"
        self._fonts: dict[int, str] = {}
        self._bytes = bytearray()
        self._text: list[str] = []
        self._level: int | None = None
        self._in_table = False
        self._cells: list[str] = []
        self._rows: list[list[str]] = []
        self._owed = 0
        self._ignorable = False
        self._jump = 0
        self._surrogate = ""
        self.title = ""
        self.held = 0
        self.seen = False

    def take(self, token: "re.Match[bytes]", data: bytearray) -> None:
        """One token; ``data``: to know the length of binary runs, which are jumped over."""
        if token.start() < self._jump:
            return
        word, number, code, sign, brace, run = token.groups()
        if word is not None:
            self._decode()
            if word == b"bin":
                self._jump = token.end() + max(min(int(number or 0), len(data)), 0)
            else:
                self._word(word, None if number is None else int(number))
        elif brace is not None:
            self._decode()
            self._brace(brace)
        elif code is not None:
            self._byte(bytes([int(code, 16)]))
        elif run is not None:
            self._ignorable = False
            self._byte(run)
        elif sign == b"*":
            self._ignorable = True
        elif sign is not None:
            self._decode()
            self._say(_SIGNS.get(sign, ""))

    def end(self) -> None:
        """Whatever is left."""
        self._decode()
        self._paragraph()
        self._close_table()

    def _brace(self, brace: bytes) -> None:
        if brace == b"{":
            if len(self._stack) >= _DEPTH:
                raise DocumentBomb(detail="nested-depth")
            self._stack.append(self._now)
        elif self._stack:
            self._now = self._stack.pop()
        self._owed = 0
        self._ignorable = False

    def _word(self, word: bytes, number: int | None) -> None:
        ignorable, self._ignorable = self._ignorable, False
        self.seen = self.seen or word == b"rtf"
        if word in _SILENT or (ignorable and word not in (b"footnote", b"shptxt", b"shppict")):
            self._now = replace(self._now, silent=True, fonts=word == b"fonttbl")
        elif word == b"title" and self._now.silent:
            self._now = replace(self._now, title=True)
        elif word in (b"u", b"uc", b"f", b"fcharset", b"ansicpg", b"mac", b"pc", b"pca"):
            self._characters(word, number if number is not None else 0)
        elif word in (b"v", b"deleted", b"htmlrtf"):
            name = {b"v": "hidden", b"deleted": "deleted", b"htmlrtf": "doubled"}[word]
            self._now = replace(self._now, **{name: number != 0})
        elif word == b"plain":
            self._now = replace(self._now, hidden=False, deleted=False)
        elif not self._now.silent:
            self._layout(word, number)

    def _characters(self, word: bytes, number: int) -> None:
        if word == b"u":
            self._unicode(number & 0xFFFF)
        elif word == b"uc":
            self._now = replace(self._now, skip=min(max(number, 0), 8))
        elif word == b"f":
            self._now = replace(self._now, font=number)
        elif word == b"fcharset" and self._now.fonts:
            if len(self._fonts) < 4096:
                self._fonts[self._now.font] = _CHARSETS.get(number, "")
        elif word == b"ansicpg":
            self._page = _CODE_PAGES.get(number, "cp1252")
        elif word == b"mac":
            self._page = "mac-roman"
        elif word in (b"pc", b"pca"):
            self._page = "cp437" if word == b"pc" else "cp850"

    def _layout(self, word: bytes, number: int | None) -> None:
        if word == b"pard":
            self._in_table, self._level = False, None
        elif word == b"intbl":
            self._in_table = True
        elif word == b"outlinelevel":
            self._level = min(max(number or 0, 0), 8) + 1
        elif word in (b"cell", b"nestcell"):
            self._cells.append(self._taken())
        elif word in (b"row", b"nestrow"):
            self._rows.append([*self._cells])
            self._cells.clear()
        elif word == b"footnote":
            self._say("(Note : " if self._text and self._text[-1].endswith(" ") else " (Note : ")
            # the group's own end does not tell: the parenthesis is closed by the paragraph that holds it
        elif word in (b"par", b"sect", b"page"):
            self._paragraph()
        elif word in _SPOKEN:
            self._say(_SPOKEN[word])

    def _unicode(self, code: int) -> None:
        self._owed = self._now.skip
        character = chr(code)
        if 0xD800 <= code < 0xDC00:
            self._surrogate = character
            return
        if 0xDC00 <= code < 0xE000:
            pair, self._surrogate = self._surrogate + character, ""
            character = pair.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
        self._say(character)

    def _byte(self, content: bytes) -> None:
        if self._owed:
            owed, self._owed = self._owed, max(self._owed - len(content), 0)
            content = content[owed:]
        self._bytes += content

    def _decode(self) -> None:
        if not self._bytes:
            return
        content, self._bytes = bytes(self._bytes), bytearray()
        if content.isascii():
            self._say(content.decode("ascii"))
            return
        page = self._fonts.get(self._now.font, "") or self._page
        self._say(codecs.decode(content, page, "replace"))

    def _say(self, text: str) -> None:
        if self._now.title:
            self.title = (self.title + text)[:1000]
        if self._now.silent or self._now.doubled or not text:
            return
        if self._now.hidden or self._now.deleted:
            name = "hidden-text" if self._now.hidden else "tracked-deletions"
            self._facts.flag(name, len(text.strip()) if self._now.hidden else 1)
            return
        self.held += len(text)
        self._text.append(text)

    def _taken(self) -> str:
        text = "".join(self._text)
        self._text.clear()
        return text + ")" * min(text.count("(Note : "), 8)

    def _paragraph(self) -> None:
        if self._in_table:
            self._say("\n")
            return
        text = self._taken()
        self._close_table()
        if not text.strip():
            return
        if self._level is not None:
            self._outline.heading(self._level, text)
        else:
            self._outline.line(text)

    def _close_table(self) -> None:
        if self._cells:
            self._rows.append([*self._cells])
            self._cells.clear()
        if self._rows:
            rows, self._rows = self._rows, []
            self._outline.table(rows)
