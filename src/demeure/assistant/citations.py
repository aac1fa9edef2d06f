"""``[n]`` markers: the model only writes numbers, the server decides which source each one names. Pure."""

import re
from collections.abc import Callable, Mapping, Sequence

from demeure.assistant.grounding import amounts, figures
from demeure.assistant.placing import AfterSentences, FullStops

_MARKER = re.compile(r"\s*\[\s*(\d{1,3}(?:\s*[,;]\s*\d{1,3})*)\s*\]")
_OPEN_TAIL = re.compile(r"\s*(?:\[[\d\s,;]{0,16})?$")
_ANNOUNCES = re.compile(r"[:：]\s*$")
BULLETS = "•●▪–- "
_LINES = 12  # at most, of what an answer announces
_KEPT = 600  # characters of text before a marker that decide what it names

Resolve = Callable[[str, tuple[int, ...]], tuple[int, ...]]
"""(text since the last marker, numbers written that exist) → numbers shown."""


def as_written(said: str, numbers: tuple[int, ...]) -> tuple[int, ...]:
    """The numbers, as the model wrote them."""
    del said
    return numbers


def numbers_in(text: str) -> tuple[int, ...]:
    """The sources that a shown text cites, in order, without repeats."""
    return tuple(dict.fromkeys(int(n) for marker in _MARKER.findall(text) for n in re.findall(r"\d+", marker)))


def unmarked(text: str) -> str:
    """A text being written, without the numbers of its sources nor what may still become one: nobody can follow
    them before it is over. What follows only lengthens what was shown."""
    plain = _MARKER.sub("", text)
    tail = _OPEN_TAIL.search(plain)
    return plain[: tail.start()] if tail else plain


def announced(shown: str, read: Mapping[int, str], cited: Sequence[int]) -> str:
    """What an answer that stops on a colon (« Les horaires sont les suivants : [5] ») announced and did not say:
    the lines that the model ``read`` of the source it cites, else of the first one, as a list to add. Empty for any
    other answer."""
    number = next((n for n in (*cited[-1:], *read) if n in read), None)
    if number is None or not _ANNOUNCES.search(_MARKER.sub("", shown)):
        return ""
    lines = [line.strip() for line in read[number].splitlines() if line.strip(" …")][:_LINES]
    return "".join(f"\n- {line}" for line in lines) + (f" [{number}]" if lines else "")


def the_rest(shown: str, rows: Sequence[str], number: int, opening: str) -> str:
    """Of a list of prices ``rows`` (source ``number``) of which the question named none, those that an answer left
    out: a small model gives the first one as if it were the only one. Empty when it gave all of them, or none: it
    then answered from something else. Of the only row that gives a price, that row unless the answer gives it.
    ``opening``: what announces them."""
    said = set(figures(shown))
    left = [
        row for row in rows if not said & amounts(row) and row.lstrip(BULLETS) not in shown
    ]  # « gratuit » has no figure
    if not left or (len(left) == len(rows) > 1) or len(left) > _LINES:
        return ""
    return f"\n\n{opening}" + "".join(f"\n- {row.lstrip(BULLETS)}" for row in left) + f" [{number}]"


class MarkerFilter:
    """Lets text through as it streams; drops markers that name no source, corrects those that name the wrong one;
    each stands after its sentence, which ends with a full stop (see placing).

    A tail that may still become a marker (``… [1``) is held back, at most 20 characters, until it is decided.
    """

    def __init__(self, known: int, resolve: Resolve = as_written) -> None:
        self._known, self._resolve = known, resolve
        self._held = ""
        self._said = ""  # since the last marker
        self._last: tuple[str, list[int]] = ("", [])  # what the last markers were put after, and their numbers
        self._places, self._stops = AfterSentences(), FullStops()
        self.cited: list[int] = []
        self.dropped: list[int] = []

    def feed(self, delta: str) -> str:
        """Text that may be shown now."""
        return self._stops.feed(self._filtered(self._places.feed(delta)))

    def _filtered(self, delta: str) -> str:
        text = self._held + delta
        tail = _OPEN_TAIL.search(text)
        cut = tail.start() if tail else len(text)
        if len(text) - cut > 20:
            cut = len(text)
        self._held = text[cut:]
        return self._through(text[:cut])

    def finish(self) -> str:
        """What was held back; an unfinished marker is dropped."""
        text = self._filtered(self._places.finish())
        text += re.sub(r"\s*\[[\d\s,;]*$", "", self._through(self._held)).rstrip()
        self._held = ""
        return self._stops.feed(text).rstrip() + self._stops.finish()

    def _through(self, text: str) -> str:
        shown, at = "", 0
        for match in _MARKER.finditer(text):
            shown += self._hear(text[at : match.start()]) + self._marker(match)
            at = match.end()
        return shown + self._hear(text[at:])

    def _hear(self, text: str) -> str:
        self._said = (self._said + text)[-_KEPT:]
        return text

    def _marker(self, match: re.Match[str]) -> str:
        numbers = [int(n) for n in re.findall(r"\d+", match.group(1))]
        kept = [n for n in numbers if 1 <= n <= self._known]
        self.dropped += [n for n in numbers if n not in kept]
        if kept and self._said.strip(" .,;:"):
            self._last, self._said = (self._said, []), ""
        said, there = self._last
        if kept and said:
            kept = [n for n in self._resolve(said, tuple(kept)) if n not in there]
            there += kept
        self.cited += [n for n in dict.fromkeys(kept) if n not in self.cited]
        return " " + "".join(f"[{n}]" for n in kept) if kept else ""
