"""The assistant's search: a question with misspelt words is also searched with them put right, from the words of
the spaces searched; the documents say which was meant.

A question whose words are all known is searched as it stands, by the same path as ever.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from demeure.library.listing import Cards
from demeure.library.rooms import Rooms
from demeure.library.search.query import French
from demeure.library.search.search import Hit, Retrieval, Searcher
from demeure.library.search.shut import Shut
from demeure.library.search.spelling import Spelling
from demeure.policy import Actor

THIRD = 3
GAIN, AWAY = 0.15, 0.002
"""Coverage that is gained, cosine that may be lost. Of 24 misspelt questions over the sample documents, the gain is
0.175 at least; 236 well-written ones, most about something else than these documents, whose words are near others
of theirs, gain less, or go away, or find nothing (benchmarks/typos.py)."""


class Corrected:
    """Composed of a searcher and of what knows the words. Any number of searches at once."""

    def __init__(self, searcher: Searcher, rooms: Rooms, cards: Cards) -> None:
        self._searcher, self._spelling = searcher, Spelling(rooms, cards, French())

    async def search(
        self, actor: Actor, question: str, spaces: Sequence[str], limit: int, former: bool = False, model: str = ""
    ) -> Retrieval:
        """As Searcher.search, which raises the same; ``spelt`` of the answer is what was searched instead of
        ``question``, when some of its words were put right."""
        plain, better = await asyncio.gather(
            self._searcher.search(actor, question, spaces, limit, former, model),
            asyncio.to_thread(self._better, actor, question, spaces, model),
        )
        if better is None:
            return plain
        corrected = await self._searcher.search(actor, better, spaces, limit, former, model)
        if not closer(corrected, plain):
            return plain
        return replace(corrected, spelt=better, hits=both(corrected.hits, plain.hits)[:limit])

    def shut(self, actor: Actor, spaces: Sequence[str]) -> Shut:
        """As Searcher.shut."""
        return self._searcher.shut(actor, spaces)

    def _better(self, actor: Actor, question: str, spaces: Sequence[str], model: str) -> str | None:
        self._searcher.allow(actor, spaces, model)  # no word of a space that the actor may not read is looked at
        return self._spelling.put_right(question, spaces)


def both(hits: Sequence[Hit], alone: Sequence[Hit]) -> tuple[Hit, ...]:
    """``hits``, with the best of the question as it was typed third at least: a word put right by mistake costs no
    answer."""
    kept = [hit for hit in alone[:1] if hit.passage_id not in {one.passage_id for one in hits[:THIRD]}]
    rest = [hit for hit in hits if hit not in kept]
    return (*rest[: THIRD - len(kept)], *kept, *rest[THIRD - len(kept) :])


def closer(corrected: Retrieval, plain: Retrieval) -> bool:
    """Do the documents say more of the question once its words were put right, and something that may answer it?
    What is a word elsewhere and unknown here (« stage », « stade ») gains little, or goes away from them."""
    one, other = corrected.features, plain.features
    away = 0.0 if one.cosine is None or other.cosine is None else other.cosine - one.cosine
    return corrected.found and one.coverage - other.coverage >= GAIN and away <= AWAY
