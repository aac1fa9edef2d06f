"""A regular expression of a JSON schema, read and written again as one that the engine's grammar holds (pure).

The engine copies what it is given into a grammar of its own: it passes over in silence what it does not know
(``\\d``, anchors inside), writes what JSON must escape as it is, and follows every way through a text that has
several. So each sign becomes a class of ranges in hexadecimal, without quotes, backslashes and control signs, and
what could cost without end is refused.

Source: RFC 9485 (I-Regexp) for the signs; the usual ``\\d \\w \\s``, ``(?:…)``, ``^`` and ``$`` besides.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

MOST_SIGNS, MOST_PLACES, MOST_DOUBTS = 200, 1_000, 2
"""Of the expression; of the text's places once repeated; of the places where a sign can be read in two ways.

What is repeated holds no such place at all: the engine follows both ways, and both again at the next turn.
With ``([^a]+)+`` and ``([^a]{1,3}){1,20}`` an answer of twenty words was not there after three minutes."""
Range = tuple[int, int]
_LAST = 0x10FFFF
_NEVER: Sequence[Range] = ((0, 0x1F), (0x22, 0x22), (0x5C, 0x5C), (0x7F, 0x9F), (0xD800, 0xDFFF))
"""What a text of JSON holds escaped, or not at all."""
_DIGITS: Sequence[Range] = ((0x30, 0x39),)
_WORDS: Sequence[Range] = ((0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A))
_SPACES: Sequence[Range] = (
    *((0x09, 0x0D), (0x20, 0x20), (0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A), (0x2028, 0x2029)),
    *((0x202F, 0x202F), (0x205F, 0x205F), (0x3000, 0x3000), (0xFEFF, 0xFEFF)),
)
_KINDS = {"d": _DIGITS, "w": _WORDS, "s": _SPACES}
_LINES: Sequence[Range] = ((0x0A, 0x0A), (0x0D, 0x0D), (0x2028, 0x2029))
_SPECIAL = "^$.*+?()[]{}|\\"


class NotHeld(ValueError):
    """The grammar would not hold it. ``at``: the sign, from 0."""

    def __init__(self, at: int) -> None:
        super().__init__(at)
        self.at = at


@dataclass(frozen=True)
class _Part:
    """``text``: as the engine is given it. ``first``: signs that may begin it; ``more``: that may go on after a
    whole match. ``empty``: may it be nothing? ``places``, ``doubts``: see MOST_…"""

    text: str
    first: Sequence[Range] = ()
    more: Sequence[Range] = ()
    empty: bool = False
    places: int = 1
    doubts: int = 0


def written(pattern: str) -> str:
    """From ``^`` to ``$``: every text that matches it matches ``pattern``. Raises NotHeld."""
    if len(pattern) > MOST_SIGNS:
        raise NotHeld(MOST_SIGNS)
    reading = _Reading(pattern)
    return f"^{reading.whole().text}$"


class _Reading:
    def __init__(self, pattern: str) -> None:
        self._signs, self._at = pattern, 0

    def whole(self) -> _Part:
        self._take("^")
        part = self._sequence()
        self._take("$")
        if self._at != len(self._signs):
            raise NotHeld(self._at)
        return part

    @property
    def _next(self) -> str:
        return self._signs[self._at : self._at + 1]

    def _take(self, sign: str) -> None:
        if self._next != sign:
            raise NotHeld(self._at)
        self._at += 1

    def _passed(self, sign: str) -> bool:
        if self._next != sign:
            return False
        self._at += 1
        return True

    def _either(self) -> _Part:
        branches = [self._sequence()]
        while self._passed("|"):
            branches.append(self._sequence())
        doubts = sum(one.doubts for one in branches)
        for at, one in enumerate(branches):
            doubts += any(_meet(one.first, other.first) for other in branches[:at])
        whole = _Part(
            "|".join(one.text for one in branches),
            [one for branch in branches for one in branch.first],
            [one for branch in branches for one in branch.more],
            any(one.empty for one in branches),
            sum(one.places for one in branches),
            doubts,
        )
        return self._bounded(whole)

    def _sequence(self) -> _Part:
        parts = list[_Part]()
        while self._next and self._next not in "|)$":
            parts.append(self._repeated(self._one()))
        whole = _Part("", empty=True, places=0)
        for part in reversed(parts):
            whole = _joined(part, whole)
        return self._bounded(whole)

    def _one(self) -> _Part:
        start = self._at
        if self._passed("("):
            if self._passed("?"):
                self._take(":")
            inside = self._either()
            self._take(")")
            if not inside.text or inside.text.startswith("|") or inside.text.endswith("|") or "||" in inside.text:
                raise NotHeld(start)  # an empty branch: the engine has no word for it
            return replace(inside, text=f"({inside.text})")
        if self._passed("["):
            return self._class(start)
        if self._passed("."):
            return self._sign(_without([(0, _LAST)], _LINES), start)
        return self._sign(self._single(), start)

    def _single(self) -> Sequence[Range]:
        """The ranges of one sign, or of a kind of signs."""
        start = self._at
        sign = self._next
        self._at += 1
        if sign == "\\":
            escaped = self._next
            self._at += 1
            if escaped in _KINDS:
                return _KINDS[escaped]
            if escaped.lower() in _KINDS and escaped:
                return _without([(0, _LAST)], _KINDS[escaped.lower()])
            if not escaped or escaped.isalnum() or not 0x20 <= ord(escaped) < 0x7F:
                raise NotHeld(start)
            return ((ord(escaped), ord(escaped)),)
        if not sign or sign in _SPECIAL:
            raise NotHeld(start)
        return ((ord(sign), ord(sign)),)

    def _class(self, start: int) -> _Part:
        negative, ranges = self._passed("^"), list[Range]()
        while not self._passed("]"):
            first = self._inside()
            if self._next == "-" and self._signs[self._at + 1 : self._at + 2] not in ("]", ""):
                self._at += 1
                last = self._inside()
                low, high = first[0][0], last[-1][1]
                if len(first) > 1 or len(last) > 1 or first[0][0] != first[0][1] or low > high:
                    raise NotHeld(start)
                ranges.append((low, high))
            else:
                ranges.extend(first)
        if not ranges:
            raise NotHeld(start)
        return self._sign(_without([(0, _LAST)], ranges) if negative else ranges, start)

    def _inside(self) -> Sequence[Range]:
        """One sign of a class, where most special signs are ordinary."""
        sign = self._next
        if not sign or sign == "[":
            raise NotHeld(self._at)
        if sign == "\\":
            return self._single()
        self._at += 1
        return ((ord(sign), ord(sign)),)

    def _sign(self, ranges: Sequence[Range], start: int) -> _Part:
        kept = _without(ranges, _NEVER)
        if not kept or any(low <= 0x5C <= high or low <= 0x22 <= high for low, high in ranges if low == high):
            raise NotHeld(start)
        text = "".join(_shown(low) if low == high else f"{_shown(low)}-{_shown(high)}" for low, high in kept)
        return _Part(f"[{text}]", kept)

    def _repeated(self, part: _Part) -> _Part:
        start = self._at
        if self._next == "{":
            least, most = self._counts()
        elif self._next and self._next in "*+?":
            least, most = {"*": (0, None), "+": (1, None), "?": (0, 1)}[self._next]
            self._at += 1
        else:
            return part
        if self._next and self._next in "*+?{":
            raise NotHeld(start)  # lazy, possessive, repeated twice
        if most != 1 and (part.empty or part.doubts or _meet(part.more, part.first)):
            raise NotHeld(start)  # where one turn ends and the next begins could be read in two ways
        return self._bounded(
            _Part(
                part.text + self._signs[start : self._at],
                part.first,
                part.more if least == most or most == 1 else [*part.more, *part.first],
                part.empty or least == 0,
                part.places * max(least + 1 if most is None else most, 1),
                part.doubts,
            )
        )

    def _counts(self) -> tuple[int, int | None]:
        start = self._at
        end = self._signs.find("}", start)
        first, comma, last = self._signs[start + 1 : max(end, 0)].partition(",")
        numbers = [one for one in (first, last) if one]
        if end < 0 or not first or not all(one.isascii() and one.isdigit() and len(one) <= 4 for one in numbers):
            raise NotHeld(start)
        self._at = end + 1
        least = int(first)
        most = least if not comma else int(last) if last else None
        if most is not None and (most < least or most == 0):
            raise NotHeld(start)
        return least, most

    def _bounded(self, part: _Part) -> _Part:
        if part.places > MOST_PLACES or part.doubts > MOST_DOUBTS:
            raise NotHeld(min(self._at, len(self._signs)))
        return part


def _joined(part: _Part, rest: _Part) -> _Part:
    """``part``, then ``rest``."""
    doubts = part.doubts + rest.doubts + _meet([*part.more, *(part.first if part.empty else ())], rest.first)
    return _Part(
        part.text + rest.text,
        [*part.first, *(rest.first if part.empty else ())],
        [*rest.more, *([*part.more, *rest.first] if rest.empty else ())],
        part.empty and rest.empty,
        part.places + rest.places,
        doubts,
    )


def _meet(ones: Sequence[Range], others: Sequence[Range]) -> bool:
    """Has a sign both?"""
    return any(low <= last and first <= high for low, high in ones for first, last in others)


def _without(ranges: Sequence[Range], gone: Sequence[Range]) -> list[Range]:
    """``ranges`` in order and apart, less ``gone``."""
    kept = list[Range]()
    for low, high in sorted(ranges):
        if kept and low <= kept[-1][1] + 1:
            kept[-1] = (kept[-1][0], max(kept[-1][1], high))
        else:
            kept.append((low, high))
    for first, last in gone:
        parts = [((low, min(high, first - 1)), (max(low, last + 1), high)) for low, high in kept]
        kept = [one for both in parts for one in both if one[0] <= one[1]]
    return kept


def _shown(code: int) -> str:
    if code < 0x80 and chr(code).isalnum():
        return chr(code)
    return f"\\x{code:02X}" if code < 0x100 else f"\\u{code:04X}" if code < 0x10000 else f"\\U{code:08X}"
