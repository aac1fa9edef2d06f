"""Where markers stand, as an answer streams: after their sentence, before its full stop. Pure.

A small model at times opens a line with ``[5]``, or goes from one sentence to the next with a marker for a full
stop.
"""

import re

_OPENING = re.compile(r"[^\S\n]*(?:[-*•]|\d{1,2}[.)]?)?[^\S\n]*(?:\[[\d\s,;]{0,16})?")
_OPENED = re.compile(r"([^\S\n]*(?:(?:[-*•]|\d{1,2}[.)])[^\S\n]+)?)(?=\[\s*\d[\d\s,;]{0,14}\])")
_MARKER = re.compile(r"\s*(\[\s*\d{1,3}(?:\s*[,;]\s*\d{1,3})*\s*\])")
_STOPPED = re.compile(r"[.!?…:][»”\"’')\s]*$")
_MARKED = re.compile(r"(?:\s*\[\d{1,3}\])+$")
_NEXT = re.compile(r"(?<=\])(?=[^\S\n]+[A-ZÀ-ÖØ-Þ])|(?<=\])(?=[^\S\n]*\n)")
_GAP = re.compile(r"(?<=\])[^\S\n]+$")
_CLAUSE = re.compile(r"[.!?…]\s+(?=[A-ZÀ-ÖØ-Þ«])")
_LISTED = re.compile(r"\s*(?:[-*•|#>]|\d{1,2}[.)]\s)")
_WORD = re.compile(r"[^\W\d_]+")
SENTENCE = 4
"""Words from which what a marker ends is a sentence, and not the row of a table or a name."""
_KEPT = 600  # characters of a line that decide


class AfterSentences:
    """Puts the marker that opens a line after the sentence it is about. A line so opened waits for its end; nothing
    else waits but what may still open one."""

    def __init__(self) -> None:
        self._held, self._begun = "", False

    def feed(self, delta: str) -> str:
        """Text that may go on."""
        shown = ""
        for piece in re.split(r"(\n)", delta):
            if piece == "\n":
                shown += moved(self._held) + "\n"
                self._held, self._begun = "", False
            elif self._begun:
                shown += piece
            else:
                self._held += piece
                if not _OPENING.fullmatch(self._held) and _OPENED.match(self._held) is None:
                    shown, self._held, self._begun = shown + self._held, "", True
        return shown

    def finish(self) -> str:
        """What was held back."""
        text, self._held, self._begun = moved(self._held), "", False
        return text


def moved(line: str) -> str:
    """``line`` with the markers that open it, and those that open its next sentences, after them. A line of markers
    alone is about what stands before: it stays."""
    opened = _OPENED.match(line)
    if opened is None or not _MARKER.sub("", line[opened.end() :]).strip():
        return line
    told, due = opened[1], ""
    pieces = _MARKER.split(line[opened.end() :])
    for said, marker in zip(pieces[::2], [*pieces[1::2], ""], strict=True):
        if not said.strip():
            due += marker
        elif due and not _STOPPED.search(said) and marker:
            told, due = told + f"{said.lstrip() if told == opened[1] else said} {due}{marker}", ""
        elif due:
            body = said.rstrip()
            end = body[-1] if body[-1] in ".!?" else ""
            body = body.removesuffix(end).rstrip()
            told, due = f"{told}{body.lstrip() if told == opened[1] else body} {due}{end}", marker
        else:
            told += said + (f" {marker}" if marker else "")
    return told + (f" {due}" if due and due not in told else "")


class FullStops:
    """Ends with a full stop the sentence that only a marker parts from the next one or from the end of its line
    (« … 83 places [1] Le badge… » → « … 83 places [1]. Le badge… »). Rows and list items end as they were
    written."""

    def __init__(self) -> None:
        self._line, self._gap = "", ""

    def feed(self, text: str) -> str:
        """``text``, its full stops added; the space after a marker waits for what follows."""
        whole, shown = self._line + self._gap + text, ""
        at = len(self._line)
        gap = _GAP.search(whole)
        self._gap = gap[0] if gap else ""
        whole = whole.removesuffix(self._gap) if gap else whole
        for found in _NEXT.finditer(whole, max(at - 1, 0)):
            end = found.start()
            if end >= at and _unended(whole[:end], last=not whole[end:].split("\n", 1)[0].strip()):
                shown, at = f"{shown}{whole[at:end]}.", end
        self._line = whole.rsplit("\n", 1)[-1][-_KEPT:]
        return shown + whole[at:]

    def finish(self) -> str:
        """The full stop of the last sentence, when a marker ends it."""
        return "." if _unended(self._line, last=True) else ""


def _unended(text: str, *, last: bool) -> bool:
    """Does ``text`` end with a sentence, a marker, and no full stop? ``last``: of its line."""
    line = text.rsplit("\n", 1)[-1]
    said = _MARKED.sub("", line)
    if said == line or _LISTED.match(line) or _STOPPED.search(said):
        return False
    clause = _CLAUSE.split(_MARKED.sub("", re.sub(r"\s*\[\d{1,3}\]\.", ".", said)))[-1].strip()
    if clause[-1:] in "»”":
        return not last and clause[:1] not in "«“"
    return len(_WORD.findall(clause)) >= SENTENCE
