"""From the text of a draft (a little Markdown) to paragraphs, and from two texts to the smallest edits. Pure."""

import difflib
import re

_TOKEN = re.compile(r"\n+|[^\W_]+|[ \t\u00a0\u202f]+|.", re.DOTALL)
_INLINE = re.compile(
    r"(\*\*(?=\S).+?(?<=\S)\*\*|(?<![\w*])\*(?=[^\s*]).+?(?<=[^\s*])\*(?![\w*])|\[\d{1,3}\])", re.DOTALL
)
_HEADING = re.compile(r"(#{1,6})\s+(.*)")
_ITEM = re.compile(r"\s*(?:[-*•]|(\d{1,3}[.)]))\s+(.*)")
_RULE = re.compile(r"\|?[\s:|-]+\|?")


class Run:
    """Words said one way; ``note``: n of a source ``[n]`` instead of words."""

    def __init__(self, text, bold=False, italic=False, note=0):
        self.text, self.bold, self.italic, self.note = text, bold, italic, note

    def __repr__(self):
        return f"Run({self.text!r}, {self.bold}, {self.italic}, {self.note})"

    def __eq__(self, other):
        return isinstance(other, Run) and vars(self) == vars(other)

    __hash__ = None


def paragraphs(text, known=()):
    """Lists of Runs, one a line. Titles are bold, items of lists begin with a dash, cells of tables are apart by
    tabs. ``known``: numbers of the sources; ``[n]`` of another is left as it is."""
    found = []
    for line in text.replace("\r\n", "\n").split("\n"):
        heading, item = _HEADING.fullmatch(line), _ITEM.fullmatch(line)
        if heading:
            found.append([Run(run.text, True, run.italic, run.note) for run in _runs(heading[2], known)])
        elif item:
            found.append(_runs((item[1] or "–") + "\u00a0" + item[2], known))
        elif line.lstrip().startswith("|"):
            cells = "\t".join(cell.strip() for cell in line.strip().strip("|").split("|"))
            found += [] if _RULE.fullmatch(line.strip()) else [_runs(cells, known)]
        elif line.strip():
            found.append(_runs(line.strip(), known))
    return found


def _runs(text, known):
    made = []
    for piece in _INLINE.split(text):
        if not piece:
            continue
        if re.fullmatch(r"\[\d{1,3}\]", piece) and int(piece[1:-1]) in known:
            if made and not made[-1].note:
                made[-1].text = made[-1].text.rstrip(" \u00a0")  # a note sticks to its word
            made.append(Run("", note=int(piece[1:-1])))
        elif piece.startswith("**") and len(piece) > 4:
            made.append(Run(piece[2:-2], bold=True))
        elif piece.startswith("*") and piece.endswith("*") and len(piece) > 2:
            made.append(Run(piece[1:-1], italic=True))
        else:
            made.append(Run(piece))
    return [run for run in made if run.text or run.note]


def edits(before, after):
    """(start, end, words) of each change that makes ``before`` into ``after``, first to last, in characters of
    ``before``; None when the two do not have the same paragraphs: then the whole is to be replaced."""
    old, new = _lines(before), [line for line in after.split("\n") if line.strip()]
    if len(old) != len(new):
        return None
    return [one for (at, line), other in zip(old, new) for one in _within(at, line, other.strip())]


def _lines(text):
    """(where it begins, its words) of each paragraph that says something, spaces around left out."""
    found, at = [], 0
    for line in text.split("\n"):
        if line.strip():
            found.append((at + len(line) - len(line.lstrip()), line.strip()))
        at += len(line) + 1
    return found


def _within(at, old, new):
    was, now = _TOKEN.findall(old), _TOKEN.findall(new)
    starts = [0]
    for token in was:
        starts.append(starts[-1] + len(token))
    found = []
    for kind, first, last, begin, end in difflib.SequenceMatcher(None, was, now, autojunk=False).get_opcodes():
        if kind != "equal":
            found.append((at + starts[first], at + starts[last], "".join(now[begin:end])))
    return found
