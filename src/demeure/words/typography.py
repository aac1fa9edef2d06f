"""French typography of what the house writes, as it streams (pure): spaces that hold before ; : ! ? », after «, in
numbers; apostrophes, guillemets, suspension points.

Idempotent, and the same whatever pieces the text comes in. Left as they are: code, addresses, links, file names,
what is between guillemets (a quotation is its author's), and the names that it is told to keep. Words and figures
never change, only the signs and spaces around them: what is compared with a source stays comparable.
"""

import re
from collections.abc import Iterable

THIN = "\u202f"
"""Narrow no-break space."""
BOUND = "\u00a0"
"""No-break space, after « n° » and « M. »."""

_BLANK = " \t\u00a0\u202f\u2009"
_BLANKS = re.compile(f"[{_BLANK}]+")
_SPACE = _BLANK + "\n\r"
_TOKEN = re.compile(rf"[^{_SPACE}]+")
_LETTERS = re.compile(r"[^\W\d_]+")
_OPENING = re.compile(rf"([^\W\d_]+)[{_BLANK}]*")
_BACKQUOTES = re.compile(r"`+")
_FENCE = re.compile(r"`{3,}|~{3,}")
_ENTITY = re.compile(r"&#?\w{1,12};")
_ADDRESS = re.compile(
    r"^[a-z][a-z0-9+.-]*://|^www\.|^mailto:|[^@]@[^@]|^[A-Za-z]?:?[\w.-]*\\|^\.{0,2}/\w|\]\(", re.IGNORECASE
)
_FILE = re.compile(r"\w[\w'’().-]*\.[A-Za-z][A-Za-z0-9]{1,4}(?=[\])»\"’.,;:!?*_…]*$)")
_AFTER = '.,;:!?»"…'
_OPENERS = "([{«*_\"|’'"
_WORD = re.compile(r"[\w)\]»%€*’'…°]")
_GROUP = re.compile(r"\d{3}(?!\d)")
_LEADING = re.compile(rf"(?<![\w,.])\d{{1,3}}(?:{THIN}\d{{3}})*$")
_UNIT = re.compile(r"[€%$£](?!\w)|euros?\b")
_TITLE = re.compile(rf"(?:^|[{_BLANK}(«])(?:MM?\.|Mmes?|Mlles?|[nN]°)$")
_MONEY = re.compile(r"[1-9]\d{4,11}(?=(?:,\d{1,2})?[ \u00a0\u202f]?(?:€|euros?\b))")
_SENTENCE_ENDS = ".!?…]"
_TWO_WORDS = re.compile(rf"(?:^|[{_SPACE}])[^\W\d_]+[{_BLANK}]+[^\W\d_][^{_SPACE}]*[{_SPACE}]*$")
_PERHAPS = re.compile(r"[/\\@]|www\.|\d\.$|\]$(?<!\d\])", re.IGNORECASE)
_REMEMBERED = 48
"""Characters of the line that decide what comes next."""


def typographic(text: str, keep: Iterable[str] = ()) -> str:
    """``text`` (Markdown) with French signs and spaces. ``keep``: names left as they are wherever they stand."""
    hand = Typographer(keep)
    return hand.feed(text) + hand.finish()


class Typographer:
    """The same, piece by piece: the last two words wait, and the beginning of a kept name. The letters that open a
    line do not: nothing that follows changes them."""

    def __init__(self, keep: Iterable[str] = ()) -> None:
        self._keep = sorted({name.strip() for name in keep} - {""}, key=len, reverse=True)
        self._held = ""
        self._line = ""  # the end of what was written of the current line
        self._begun = False  # the line has something else than blanks and marks of quotation
        self._opened = ""  # letters that opened the line, written before their word was whole
        self._fence = ""
        self._code = ""  # the backquotes that opened a code span, until a blank line
        self._quotes: list[str] = []  # what opened the quotations one is in, until a blank line

    def feed(self, piece: str) -> str:
        """What may be shown now."""
        self._held += piece
        upto = _settled(self._held, self._keep)
        if not upto and (letters := self._opening()):
            self._opened, upto = letters, len(letters)
        return self._write(upto)

    def settle(self) -> str:
        """What waits, when it ends a sentence: it is shown at once. Not what may become an address, a kept name, or
        the beginning of a number."""
        begun = self._opened if self._line == self._opened else ""
        word = (begun + self._held).rsplit(None, 1)[-1:]
        ended = self._held.rstrip("*_)»")[-1:] in (*_SENTENCE_ENDS,)
        if (
            not ended
            or _PERHAPS.search(word[0])
            or _begun_name(self._held, len(self._held), self._keep) is not None
        ):
            return ""
        return self.finish()

    def finish(self) -> str:
        """The rest."""
        return self._write(len(self._held))

    def _opening(self) -> str:
        """The first letters of a line, when nothing but blanks follows and they begin no kept name."""
        found = _OPENING.fullmatch(self._held) if not (self._line or self._begun) else None
        return found[1] if found and not self._may_be_kept(found[1]) else ""

    def _may_be_kept(self, letters: str) -> bool:
        return any(name.startswith(letters) or letters.startswith(name) for name in self._keep)

    def _write(self, upto: int) -> str:
        text, made, at = self._held, [], 0
        while at < upto:
            piece, at = self._next(text, at)
            made.append(piece)
            self._remember(piece)
        self._held = text[at:]
        return "".join(made)

    def _remember(self, piece: str) -> None:
        if piece == "\n":
            if not self._begun:
                self._code, self._quotes = "", []
            self._line, self._begun, self._opened = "", False, ""
            return
        self._line = (self._line + piece)[-_REMEMBERED:]
        self._begun = self._begun or bool(piece.strip(f"{_SPACE}>"))

    def _next(self, text: str, at: int) -> tuple[str, int]:
        """One step: what is written, and where to go on."""
        char = text[at]
        if char == "\n":
            return char, at + 1
        if not self._begun and (fence := _FENCE.match(text, at)):
            return self._fenced(fence[0]), fence.end()
        if self._fence:
            return char, at + 1
        if self._quotes:
            return self._quoted(text, at)
        if char == "`" and (run := _BACKQUOTES.match(text, at)):
            self._code = "" if self._code == run[0] else self._code or run[0]
            return run[0], run.end()
        if self._code:
            return char, at + 1
        if kept := self._kept(text, at):
            return kept, at + len(kept)
        if blanks := _BLANKS.match(text, at):
            return self._between(blanks[0], text, blanks.end()), blanks.end()
        if letters := _LETTERS.match(text, at):
            return letters[0], letters.end()
        return self._sign(text, at)

    def _fenced(self, marks: str) -> str:
        if not self._fence:
            self._fence = marks
        elif marks[0] == self._fence[0] and len(marks) >= len(self._fence):
            self._fence = ""
        return marks

    def _kept(self, text: str, at: int) -> str:
        """What stands here and must not change: a kept name, an address, a file's name, an entity."""
        begun = self._opened if self._line == self._opened else ""
        if not begun and self._line and self._line[-1] not in _SPACE and self._line[-1] not in _OPENERS:
            entity = _ENTITY.match(text, at) if text[at] == "&" else None
            return entity[0] if entity else ""
        for name in self._keep if not begun else ():
            if text.startswith(name, at):
                return name
        token = _TOKEN.match(text, at)
        if token and begun and (entity := _ENTITY.match(text, at)):
            return entity[0]
        return _left_alone(begun + token[0])[len(begun) :] if token else ""

    def _between(self, blanks: str, text: str, end: int) -> str:
        """The blanks between what is written of the line and what stands at ``end``."""
        line, sign = self._line, text[end : end + 1]
        if not self._begun or not sign or sign in "\r\n":
            return blanks
        if sign == "»" or (sign in ";:!?" and _WORD.match(line[-1:]) and _ends(text, end)):
            return THIN
        if line[-1:].isdigit() and (_UNIT.match(text, end) or self._grouped(blanks, text, end)):
            return THIN
        if len(blanks) == 1 and _TITLE.search(line) and (sign.isupper() or sign.isdigit()):
            return BOUND
        return blanks

    def _grouped(self, blanks: str, text: str, end: int) -> bool:
        return len(blanks) == 1 and bool(_GROUP.match(text, end) and _LEADING.search(self._line))

    def _sign(self, text: str, at: int) -> tuple[str, int]:
        char, before, after = text[at], self._line[-1:], text[at + 1 : at + 2]
        if char == "«" or (char == '"' and _opens(before, after)):
            return self._open(char, text, at)
        if char == "'" and before.isalpha() and after.isalpha():
            return "’", at + 1
        if char == "»" and before and before not in _BLANK:
            return f"{THIN}»", at + 1
        if char in ";:!?" and _WORD.match(before) and _ends(text, at):
            return THIN + char, at + 1
        if char == "." and text.startswith("...", at) and "." not in (before, text[at + 3 : at + 4]):
            return "…", at + 3
        if char in "%€" and before.isdigit() and not after.isalnum():
            return THIN + char, at + 1
        apart = not (before.isalnum() or (before and before in ",._-/"))
        if apart and (money := _MONEY.match(text, at)) and not _LEADING.search(self._line.rstrip(_BLANK)):
            return f"{int(money[0]):,}".replace(",", THIN), money.end()  # not in « 12 500010 € »
        return char, at + 1

    def _open(self, char: str, text: str, at: int) -> tuple[str, int]:
        blanks = _BLANKS.match(text, at + 1)
        end = blanks.end() if blanks else at + 1
        self._quotes.append(char)
        following = text[end : end + 1]
        if not following or following in "\r\n":
            return f"«{text[at + 1 : end]}", end
        return f"«{THIN}", end

    def _quoted(self, text: str, at: int) -> tuple[str, int]:
        """Inside guillemets nothing changes but the space that closes them."""
        outer, straight = len(self._quotes) == 1, self._quotes[-1] == '"'
        blanks = _BLANKS.match(text, at)
        end = blanks.end() if blanks else at
        char = text[end : end + 1]
        if char == "»" or (char == '"' and straight):
            self._quotes.pop()
            return (f"{THIN}»" if outer and self._line[-1:] != THIN else text[at:end] + "»"), end + 1
        if blanks:
            return blanks[0], end
        if char == "«":
            self._quotes.append(char)
        return char, end + 1


def _left_alone(token: str) -> str:
    """What of a word is an address, a file's name or an entity."""
    if _ADDRESS.search(token):
        return token.rstrip(_AFTER) or token
    found = _FILE.match(token) or _ENTITY.match(token)
    return found[0] if found else ""


def _opens(before: str, after: str) -> bool:
    return (not before or before in _SPACE or before in "(*_|[") and bool(after) and after not in _SPACE


def _ends(text: str, at: int) -> bool:
    """The sign at ``at`` ends something: « ? » does, that of « 12:30 » or of « ![image] » does not."""
    while at < len(text) and text[at] in ";:!?":
        at += 1
    suspended = text.startswith("...", at) and text[at + 3 : at + 4] != "."
    return at == len(text) or suspended or text[at] in _SPACE or text[at] in '*_)»"…'


def _settled(text: str, keep: list[str]) -> int:
    """How much of ``text`` no later character can change: all but its last two words, or the last alone when both
    begin as words do (a number may still have a unit)."""
    cut = len(text)
    plain = _TWO_WORDS.search(text)
    for _ in range(1 if plain else 2):
        while cut and text[cut - 1] in _SPACE:
            cut -= 1
        while cut and text[cut - 1] not in _SPACE:
            cut -= 1
    while cut and text[cut - 1] in _BLANK:
        cut -= 1
    begun = _begun_name(text, cut, keep)
    return cut if begun is None else begun


def _begun_name(text: str, cut: int, keep: list[str]) -> int | None:
    """Where, before ``cut``, a kept name begins that ``text`` has not whole yet."""
    for name in keep:
        for at in range(max(0, cut - len(name)), cut):
            if name.startswith(text[at : at + len(name)]) and at + len(name) > len(text):
                return at
    return None
