"""A search with its misspelt words put right, from the words of the spaces that are searched and of no other.

A word is proposed only when a document that the search could show holds it. Blocking.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from demeure.library.listing import Cards
from demeure.library.rooms import Rooms
from demeure.library.search.lexical import Lexicon, token
from demeure.library.search.query import French, fold
from demeure.library.search.seeking import Sought
from demeure.library.search.suggest import SHORTEST, nearest, steps, steps_allowed
from demeure.library.vocabulary import begins, held, known, of_about
from demeure.store import Database

_LOOKED_AT = 10  # passages with the word, to see that one of their documents may be shown
_WORDS = 6  # of one search that are put right at most
_KEPT = 64  # spaces whose counts are kept, and searches of several whose words are
_LEARNT = 5000  # words of one search of several spaces


_LONG = 8  # letters
_LETTERS = re.compile(r"(?<![\w-])[^\W\d_]+(?![\w-])")
_ENGLISH = frozenset("are can does how is the what when where which who why with".split())  # noqa: SIM905
_ENDINGS = frozenset(
    # of one word: « inscrire » is not « inscrite » misspelt, though no document says « inscrire »
    """ai aient ais ait ant ante antes ants ement ements ent er era eraient erait erez eront es eur eurs
    euse euses ez ie ier iere ieres iers ies if ifs ion ions ir ira irait irez iront is issent issons it ite
    ites ive ives ment ons ont ra re rent res rez ront te tes teur teurs tion tions trice trices ts u ue ues
    us
    """.split()  # noqa: SIM905
)
_SHORTENED = 3
"""Letters that « biblio » lacks, or « sono », and « bibliothequ » does not."""


@dataclass
class _Learnt:
    """What was looked at of the words that people use, in one state of the spaces that they search: the same words
    come back in most questions, and to look for what is near one is thousands of comparisons."""

    states: tuple[int, ...]
    heard: dict[str, bool] = field(default_factory=dict)
    near: dict[str, str | None] = field(default_factory=dict)


class Spelling:
    """``allowed``: ids of the documents that may be shown, by space; None: all of them."""

    def __init__(self, rooms: Rooms, cards: Cards, french: French) -> None:
        self._rooms, self._cards, self._french = rooms, cards, french
        self._lexicons: dict[str, tuple[Database, Lexicon]] = {}
        self._learnt: dict[tuple[str, ...], _Learnt] = {}

    def meant(
        self, asked: Sought, spaces: Sequence[str], allowed: Mapping[str, Collection[str]] | None
    ) -> str | None:
        """The search that was probably meant; None when its words are all known, or near nothing."""
        text = asked.text
        for word in asked.words[:_WORDS]:
            better = self._better(word, spaces, allowed)
            if better is not None:
                text = _replaced(text, word, better)
        return text if text != asked.text else None

    def put_right(self, question: str, spaces: Sequence[str]) -> str | None:
        """``question`` with the words that no document of ``spaces`` holds, in any form, replaced by what was
        probably meant; None when there is none, or when it is not in French."""
        text = " ".join(question.split())
        said = dict.fromkeys(_LETTERS.findall(text))
        if _ENGLISH.intersection(word.casefold() for word in said):
            return None
        better = text
        real = self._french.surface(text)  # looked at once
        doubted = [word for word in said if _doubtful(word, text) and word.casefold() in real]
        with self._rooms.together(spaces):
            learnt = self._known_of(spaces)
            fresh = [word for word in doubted if word not in learnt.heard]
            unheard = set(self._unheard(fresh, spaces))
            learnt.heard |= {word: word not in unheard for word in fresh}
            for word in [word for word in doubted if not learnt.heard[word]][:_WORDS]:
                if word not in learnt.near:
                    learnt.near[word] = self._nearest(word, spaces)
                meant = learnt.near[word]
                if meant is not None and slip(fold(word.casefold()), fold(meant)):
                    better = _replaced(better, word, meant) if self._shown(meant, spaces, None) else better
        return better if better != text else None

    def _known_of(self, spaces: Sequence[str]) -> _Learnt:
        """Of these spaces as they stand now."""
        states = tuple(self._lexicon(space).generation() for space in spaces)
        learnt = self._learnt.get(tuple(spaces))
        if learnt is None or learnt.states != states or len(learnt.heard) > _LEARNT:
            if len(self._learnt) > _KEPT:
                self._learnt.clear()
            learnt = self._learnt[tuple(spaces)] = _Learnt(states)
        return learnt

    def _unheard(self, said: Sequence[str], spaces: Sequence[str]) -> list[str]:
        """The words of ``said`` that are, in this form and any other of the same stem, in none of the spaces, nor
        short for one of theirs."""
        left = {word: fold(word.casefold()) for word in said}
        left = {word: one for word, one in left.items() if steps_allowed(one)}
        for space in spaces:
            if not left:
                break
            database, lexicon = self._rooms.database(space), self._lexicon(space)
            there = held(database, left.values())
            left = {word: one for word, one in left.items() if one not in there}
            stems = {word: self._french.terms(word) for word in left}
            shares = lexicon.rarity([stem for some in stems.values() for stem in some])
            left = {word: one for word, one in left.items() if not any(shares[stem] for stem in stems[word])}
            left = {w: one for w, one in left.items() if not begins(database, one, len(one) + _SHORTENED)}
        return list(left)

    def _lexicon(self, space: str) -> Lexicon:
        """What it has counted is kept, as long as the database stays open."""
        database = self._rooms.database(space)
        kept = self._lexicons.get(space)
        if kept is None or kept[0] is not database:
            if len(self._lexicons) > _KEPT:
                self._lexicons.clear()
            kept = self._lexicons[space] = (database, Lexicon(database))
        return kept[1]

    def _better(
        self, word: str, spaces: Sequence[str], allowed: Mapping[str, Collection[str]] | None
    ) -> str | None:
        better = self._nearest(word, spaces)
        return better if better is not None and self._shown(better, spaces, allowed) else None

    def _nearest(self, word: str, spaces: Sequence[str]) -> str | None:
        """The word of the spaces nearest to it, if one is near enough, whoever may see it."""
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
        return nearest(word, ((one, form, n) for one, (form, n) in counts.items()), held)

    def _shown(self, word: str, spaces: Sequence[str], allowed: Mapping[str, Collection[str]] | None) -> bool:
        expression = " AND ".join(f'"{token(stem)}"' for stem in self._french.terms(word))
        for space in spaces:
            documents = None if allowed is None else allowed.get(space, ())
            if not expression or (documents is not None and not documents):
                continue
            found = self._lexicon(space).passages(expression, documents, _LOOKED_AT)
            if self._cards.visible([one.document for one in found]):
                return True
        return False


def _doubtful(word: str, text: str) -> bool:
    """May it be misspelt? Four letters are near everything, and a name is what it is."""
    named = word[0].isupper() and not word.isupper() and not text.startswith(word)
    return len(word) > SHORTEST and not named


def slip(typed: str, meant: str) -> bool:
    """Is ``typed`` near enough to be ``meant`` (pure)? Nearer than for a suggestion, which one may decline: two
    steps only in a long word that begins alike, and never from one form of a word to another."""
    pairs = zip(typed, meant, strict=False)
    shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    if shared >= 4 and {typed[shared:], meant[shared:]} <= _ENDINGS:
        return False
    return steps(typed, meant, 1) == 1 or (len(typed) >= _LONG and shared >= 1)


def _replaced(text: str, word: str, better: str) -> str:
    return re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", lambda _: better, text)
