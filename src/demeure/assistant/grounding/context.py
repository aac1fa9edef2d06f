"""A figure that a source has elsewhere, but not in the sentence that the answer copies, is wrong. Pure."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from demeure.assistant.grounding.claims import Claim

_PIECE = re.compile(r"[^\W_]+|#|[.!?;:|\n]{2,}|[!?;:|\n]|\.(?=\s|\Z)")
"""A word, a figure, or what ends something: a point inside a word or an abbreviation ends nothing."""
_STUCK = re.compile(r"[^\W_]*")
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
        signed, shown = _signed(text, claims)
        figures = iter(shown)
        edge = True
        for piece in _PIECE.findall(signed):
            if piece == FIGURE:
                made.places.append((len(made.words), next(figures)))
            elif not piece[0].isalnum():
                edge = True
                continue
            made.words.append(piece)
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


def _signed(text: str, claims: Sequence[Claim]) -> tuple[str, list[Claim]]:
    """``text`` with each of ``claims`` made one sign, letters stuck to it included (« 2ème »); the claims shown:
    of two stuck together the last."""
    parts: list[str] = []
    shown: list[Claim] = []
    at = 0
    for claim in claims:
        after = max(at, _STUCK.match(text, claim.end).end())  # type: ignore[union-attr] # it always matches
        if shown and claim.start < at:
            shown[-1] = claim
        else:
            start = claim.start
            while start > at and text[start - 1].isalnum():
                start -= 1
            parts += [text[at:start].replace(FIGURE, " "), FIGURE]
            shown.append(claim)
        at = after
    return "".join([*parts, text[at:].replace(FIGURE, " ")]), shown
