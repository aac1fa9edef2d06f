"""What the model says again before it answers: the question (« La piscine est-elle ouverte le mardi ? » [1]), the
header of a table (« Tranche Quotient familial Prix du repas » [1]). It proves nothing, and is left out as the
answer streams. Pure.

Only a line that is one quotation and nothing else waits for its end, and only as long as it may be a header; the
first words wait as long as they are those of the question.
"""

import re
from collections.abc import Iterable

_QUOTED = re.compile(r"\s*(?:\[\d{1,3}\]\s*)?[«“\"]")
_SKIPPED = re.compile(r"[\s«»“”\"|]+")
_NUMBER = re.compile(r"^\[\d{1,3}\]")
_AFTER = re.compile(r"(?:\[\d{0,3}(?:\]|$)|[.,:;])*")
_LEAST = 8  # characters of a header
_CITED = re.compile(r"[\s»”\"]*(?:\[\d{1,3}\][\s.]*)*")
_OPENED = re.compile(r"\[\d{0,3}")


class WithoutQuestion:
    """Lets an answer through as it streams, less ``question`` when it begins with it. An answer that says nothing
    else is given back whole."""

    def __init__(self, question: str) -> None:
        self._asked, self._held = _letters(question), ""
        self._begun = not self._asked

    def feed(self, delta: str) -> str:
        """Text that may go on."""
        if self._begun:
            return delta
        self._held += delta
        said, mark, rest = self._held.partition("?")
        if mark and _letters(said) == self._asked:
            cited = _CITED.match(rest)
            rest = rest[cited.end() :] if cited else rest
            if not rest or _OPENED.fullmatch(rest):
                return ""
            self._held = rest
        elif not mark and self._asked.startswith(_letters(said)):
            return ""
        return self.finish()

    def finish(self) -> str:
        """What was held back."""
        text, self._held, self._begun = self._held, "", True
        return text


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


class WithoutHeads:
    """Lets an answer through as it streams, less the lines that only quote one of ``heads``, and ``question`` at
    its beginning. An answer that says nothing else is given back whole."""

    def __init__(self, heads: Iterable[str], question: str = "") -> None:
        self._again = WithoutQuestion(question)
        self._heads = {told for head in heads if len(told := _SKIPPED.sub("", head)) >= _LEAST}
        self._held, self._begun, self._left, self._said = "", not self._heads, "", False

    def feed(self, delta: str) -> str:
        """Text that may go on."""
        return self._through(self._again.feed(delta))

    def _through(self, delta: str) -> str:
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
        text = self._through(self._again.finish()) + self._ended("")
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
