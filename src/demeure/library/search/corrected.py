"""The assistant's search: a question with misspelt words is put right first, from the words of the spaces searched.

A question whose words are all known is searched as it stands, by the same path as ever.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from demeure.library.listing import Cards
from demeure.library.rooms import Rooms
from demeure.library.search.query import French
from demeure.library.search.search import Retrieval, Searcher
from demeure.library.search.spelling import Spelling
from demeure.policy import Actor


class Corrected:
    """Composed of a searcher and of what knows the words. Any number of searches at once."""

    def __init__(self, searcher: Searcher, rooms: Rooms, cards: Cards) -> None:
        self._searcher, self._spelling = searcher, Spelling(rooms, cards, French())

    async def search(
        self, actor: Actor, question: str, spaces: Sequence[str], limit: int, former: bool = False
    ) -> Retrieval:
        """As Searcher.search, which raises the same; ``spelt`` of the answer is what was searched instead of
        ``question``, when some of its words were put right."""
        plain, better = await asyncio.gather(
            self._searcher.search(actor, question, spaces, limit, former),
            asyncio.to_thread(self._better, actor, question, spaces),
        )
        if better is None:
            return plain
        corrected = await self._searcher.search(actor, better, spaces, limit, former)
        import os
        if os.environ.get("TYPO_DEBUG"):
            print("DBG", plain.features, corrected.features, plain.found, corrected.found, better)
        return replace(corrected, spelt=better) if closer(corrected, plain) else plain

    def _better(self, actor: Actor, question: str, spaces: Sequence[str]) -> str | None:
        self._searcher.allow(actor, spaces)  # no word of a space that the actor may not read is looked at
        return self._spelling.put_right(question, spaces)


def closer(corrected: Retrieval, plain: Retrieval) -> bool:
    """Is the question nearer to what the documents say once its words were put right?"""
    one, other = corrected.features, plain.features
    if one.cosine is None or other.cosine is None:
        return one.coverage > other.coverage
    return one.cosine + 0.1 * one.coverage > other.cosine + 0.1 * other.coverage
