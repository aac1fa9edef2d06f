"""A search with its misspelt words put right, from the words of the spaces that are searched and of no other.

A word is proposed only when a document that the search could show holds it. Blocking.
"""

from collections.abc import Collection, Mapping, Sequence

from demeure.library.listing import Cards
from demeure.library.rooms import Rooms
from demeure.library.search.lexical import Lexicon, token
from demeure.library.search.query import French, fold
from demeure.library.search.seeking import Sought
from demeure.library.search.suggest import nearest, steps_allowed
from demeure.library.vocabulary import known, of_about

_LOOKED_AT = 10  # passages with the word, to see that one of their documents may be shown
_WORDS = 6  # of one search that are put right at most


class Spelling:
    """``allowed``: ids of the documents that may be shown, by space; None: all of them."""

    def __init__(self, rooms: Rooms, cards: Cards, french: French) -> None:
        self._rooms, self._cards, self._french = rooms, cards, french

    def meant(
        self, asked: Sought, spaces: Sequence[str], allowed: Mapping[str, Collection[str]] | None
    ) -> str | None:
        """The search that was probably meant; None when its words are all known, or near nothing."""
        text = asked.text
        for word in asked.words[:_WORDS]:
            better = self._better(word, spaces, allowed)
            if better is not None:
                text = text.replace(word, better)
        return text if text != asked.text else None

    def _better(
        self, word: str, spaces: Sequence[str], allowed: Mapping[str, Collection[str]] | None
    ) -> str | None:
        plain = fold(word.casefold())
        most = steps_allowed(plain)
        if not most or not word.isalpha() or not self._french.surface(word):
            return None
        databases = [self._rooms.database(space) for space in spaces]
        held = sum(known(database, plain) for database in databases)
        counts: dict[str, tuple[str, int]] = {}
        for database in databases:
            for one, form, documents in of_about(database, len(plain), most):
                counts[one] = (form, counts.get(one, (form, 0))[1] + documents)
        better = nearest(word, ((one, form, n) for one, (form, n) in counts.items()), held)
        return better if better is not None and self._shown(better, spaces, allowed) else None

    def _shown(self, word: str, spaces: Sequence[str], allowed: Mapping[str, Collection[str]] | None) -> bool:
        expression = " AND ".join(f'"{token(stem)}"' for stem in self._french.terms(word))
        for space in spaces:
            documents = None if allowed is None else allowed.get(space, ())
            if not expression or (documents is not None and not documents):
                continue
            found = Lexicon(self._rooms.database(space)).passages(expression, documents, _LOOKED_AT)
            if self._cards.visible([one.document for one in found]):
                return True
        return False
