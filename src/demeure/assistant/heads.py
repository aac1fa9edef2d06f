"""The header of a table, quoted by the model before it answers (« Tranche Quotient familial Prix du repas » [1]).
It proves nothing, and is left out as the answer streams. Pure.

Only a line that is one quotation and nothing else waits for its end, and only as long as it may be a header.
"""

import re
from collections.abc import Iterable

_QUOTED = re.compile(r"\s*(?:\[\d{1,3}\]\s*)?[«“\"]")
_SKIPPED = re.compile(r"[\s«»“”\"|]+")
_NUMBER = re.compile(r"^\[\d{1,3}\]")
_AFTER = re.compile(r"(?:\[\d{0,3}(?:\]|$)|[.,:;])*")
_LEAST = 8  # characters of a header


class WithoutHeads:
    """Lets an answer through as it streams, less the lines that only quote one of ``heads``. An answer that says
    nothing else is given back whole."""

    def __init__(self, heads: Iterable[str]) -> None:
        self._heads = {told for head in heads if len(told := _SKIPPED.sub("", head)) >= _LEAST}
        self._held, self._begun, self._left, self._said = "", not self._heads, "", False

    def feed(self, delta: str) -> str:
        """Text that may go on."""
        if not self._heads:
            return delta
        shown = ""
        for piece in re.split(r"(\n)", delta):
            if piece == "\n":
                shown += self._ended("\n")
            elif self._begun:
                shown += piece
            else:
                self._held += piece
                if not self._may_be_a_head(self._held):
                    shown, self._held, self._begun = shown + self._held, "", True
        self._said = self._said or bool(shown.strip())
        return shown

    def finish(self) -> str:
        """What was held back; the whole answer when it was nothing but headers."""
        text = self._ended("")
        return text if self._said or text.strip() else self._left

    def _ended(self, end: str) -> str:
        """The end of a line: what was held of it is a header, or goes on."""
        line, self._held, self._begun = self._held, "", not self._heads
        told = _NUMBER.sub("", _SKIPPED.sub("", line))
        if any(told.startswith(head) and _AFTER.fullmatch(told[len(head) :]) for head in self._heads):
            self._left += line + end
            return ""
        return line + end

    def _may_be_a_head(self, line: str) -> bool:
        if not line.strip():
            return True
        if not _QUOTED.match(line):
            return line.strip()[0] == "[" and len(line) < _LEAST
        told = _NUMBER.sub("", _SKIPPED.sub("", line))
        return any(
            head.startswith(told) or (told.startswith(head) and _AFTER.fullmatch(told[len(head) :]))
            for head in self._heads
        )
