"""A figure that a source has elsewhere, but not in the sentence that the answer copies, is wrong. Pure."""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from demeure.assistant.grounding.claims import Claim

_PIECE = re.compile(r"[^\W_]+|[.!?;:|\n]+")
FIGURE = "#"
WHOLE, LONG, AHEAD = 4, 8, 2
"""Words around a figure that make two sentences the same: when both begin and end there; when they go on; and how
many more than around the same figure elsewhere."""
_FAR, _TRIED = 16, 30  # words compared on each side; places tried for one figure


@dataclass
class Context:
    """The words of a text, each figure one sign. ``edges[n]``: something ends before word ``n``, the text included;
    ``places``: index in ``words`` of each claim; ``beside``: claims by the words on their two sides."""

    words: list[str] = field(default_factory=list)
    edges: list[bool] = field(default_factory=list)
    places: list[tuple[int, Claim]] = field(default_factory=list)
    beside: dict[tuple[str, str], list[tuple[int, Claim]]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def of(cls, text: str, claims: Sequence[Claim]) -> "Context":
        """``claims``: figures of ``text`` (folded), in order and apart from each other."""
        made = cls()
        starts = [claim.start for claim in claims]
        edge, reached = True, 0
        for piece in _PIECE.finditer(text):
            if piece.start() < reached:
                continue
            after = bisect_left(starts, piece.end()) - 1
            claim = claims[after] if after >= 0 and claims[after].end > piece.start() else None
            if claim is not None:
                made.places.append((len(made.words), claim))
                reached = claim.end
            elif not piece[0][0].isalnum():
                edge = edge or _ends(text, piece)
                continue
            made.words.append(FIGURE if claim else piece[0])
            made.edges.append(edge)
            edge = False
        made.edges.append(True)
        for at, claim in made.places:
            made.beside[made._sides(at)].append((at, claim))
        return made

    def same(self, other: "Context", at: int) -> Iterator[tuple[int, bool, Claim]]:
        """Claims of ``self`` written like the claim ``at`` of ``other``: words in common around them, whether that
        is the whole sentence, and the claim."""
        for place, claim in self.beside.get(other._sides(at), ())[:_TRIED]:
            left, begun = self._shared(place, other, at, -1)
            right, ended = self._shared(place, other, at, 1)
            yield left + right, begun and ended, claim

    def _sides(self, at: int) -> tuple[str, str]:
        before = "" if self.edges[at] else self.words[at - 1]
        return before, "" if self.edges[at + 1] else self.words[at + 1]

    def _shared(self, at: int, other: "Context", there: int, step: int) -> tuple[int, bool]:
        """Equal words going one way, and whether the other's sentence ends there in both."""
        count, edge = 0, max(step, 0)
        while count < _FAR:
            here_ends, there_ends = self.edges[at + edge], other.edges[there + edge]
            if here_ends or there_ends:
                return count, here_ends and there_ends
            at, there = at + step, there + step
            if self.words[at] != other.words[there]:
                return count, False
            count += 1
        return count, False


def _ends(text: str, piece: re.Match[str]) -> bool:
    """A point inside a word or an abbreviation ends nothing."""
    return piece[0] != "." or text[piece.end() : piece.end() + 1].isspace() or piece.end() == len(text)
