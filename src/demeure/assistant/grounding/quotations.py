"""Quoted spans: verbatim up to typography, spaces, line breaks, case and cuts (« … », « [la commune] »). Pure."""

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field

from demeure.assistant.grounding.claims import Claim, Sheet
from demeure.assistant.grounding.plain import folded

_QUOTED = re.compile(r"«([^«»]{1,2000})»|“([^“”]{1,2000})”|(?<!\w)\"([^\"\n]{2,1000})\"(?!\w)")
_CUT = re.compile(r"…|\.{3}|\[[^\]]*\]|\(\s*\.\.\.\s*\)")
_TOKEN = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+|[€%$£]")


def quotations(sheet: Sheet) -> Iterator[Claim]:
    """Every quoted span, its marks included; nothing is taken: what is inside is still read."""
    for found in _QUOTED.finditer(sheet.text):
        said = (found[1] or found[2] or found[3] or "").strip()
        if any(c.isalnum() for c in said) and "\n\n" not in said:
            yield Claim("quotation", found.start(), found.end(), said, said)


def tokens(text: str) -> list[str]:
    """Words, figures and signs, folded but for accents."""
    return [t.lower().replace("œ", "oe").replace(",", ".") for t in _TOKEN.findall(text)]


@dataclass
class Squeezed:
    """A text without spaces nor punctuation, knowing where its words begin and end."""

    text: str = ""
    edges: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, text: str) -> "Squeezed":
        made, edges, at = tokens(text), [0], 0
        for token in made:
            at += len(token)
            edges.append(at)
        return cls("".join(made), edges)

    def find(self, wanted: str, begin: int = 0) -> int:
        """Where ``wanted`` ends, on whole words, from ``begin`` on; -1 when it is not there."""
        at = self.text.find(wanted, begin)
        while at >= 0:
            if self._edge(at) and self._edge(at + len(wanted)):
                return at + len(wanted)
            at = self.text.find(wanted, at + 1)
        return -1

    def holds(self, quoted: str) -> bool:
        """Whether every piece of ``quoted`` is there, in order."""
        at = 0
        for piece in _CUT.split(quoted):
            wanted = "".join(tokens(piece))
            if wanted and (at := self.find(wanted, at)) < 0:
                return False
        return True

    def _edge(self, at: int) -> bool:
        found = bisect_left(self.edges, at)
        return found < len(self.edges) and self.edges[found] == at


def nearest_words(quoted: str, text: str) -> str:
    """The piece of ``text`` that says almost the same as ``quoted``; empty when none does."""
    wanted = [folded(w) for w in re.findall(r"\w+", quoted)]
    words = list(re.finditer(r"\w+", text))
    if len(wanted) < 3 or len(words) < len(wanted):
        return ""
    there = [folded(w[0]) for w in words]
    known, size = set(wanted), len(wanted)
    score = sum(w in known for w in there[:size])
    best, at = score, 0
    for n in range(size, len(there)):
        score += (there[n] in known) - (there[n - size] in known)
        if score > best:
            best, at = score, n - size + 1
    if best < 0.6 * size:
        return ""
    return re.sub(r"\s+", " ", text[words[at].start() : words[at + size - 1].end()])
