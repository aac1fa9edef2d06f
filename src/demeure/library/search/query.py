"""French text to comparable terms, the same for a passage and for a question (pure).

NFKC, casefold, elision, stop words, Snowball stems without accents; numbers and references (« 2026-034 »,
« 12,50 ») are kept whole as well as in parts, so that a reference finds its decision before its neighbours, and
articles, acts and telephone numbers in one form, however they were spaced (references.py).
"""

import re
import threading
import unicodedata
from dataclasses import dataclass

import Stemmer

from demeure.library.search.references import forms

_ELISION = re.compile(r"\b(?:[cdjlmnst]|qu|jusqu|lorsqu|puisqu|quoiqu|quelqu|presqu|entr)['’ʼ](?=[^\W\d_])")
_GROUPED = re.compile(r"(?<=\d) (?=\d{3}(?!\d))")
_TERM = re.compile(r"[^\W_]+(?:[-/.,:*][^\W_]+)*")
_SEPARATOR = re.compile(r"[-/.,:*]")
_DIGIT = re.compile(r"\d")
_SHORTEST = 3  # letters of a word that may be suggested
_CAPITALS = re.compile(r"(?<!\w)[^\W\d_a-zà-öø-ÿœ]{5,}(?!\w)")
_LONGEST = 64  # characters; beyond this it is an encoded blob, not a word
_REMEMBERED = 50_000  # terms whose stems are kept; 24,000 French administrative passages hold about 30,000

_NAMED = re.compile(
    r"(?:\b(?:les?|la|une?|des?|du|aux?|ce|cet|cette|ces|[mts]on|[mts]a|[mts]es|nos|notre|vos|votre|leurs?)\s+|\b[ld]['’ʼ])"
    r"(?P<word>[^\W\d_]{4,})",
    re.IGNORECASE,
)
_VERBAL = re.compile(r"(?:er|ir|oir|re|ons|ez)$")
_GENERAL = frozenset(
    # nouns that ask or turn a phrase and name nothing
    """bout carré cas coût date délai distance durée façon fait fois heure jour journée longueur manière mesure mois
    moment montant moyen nom nombre numéro ordre part personne plage poids pourcentage prix quantité question raison
    sens somme sorte suite sujet surface taille tarif taux temps total type valeur volume""".split()  # noqa: SIM905
)
_STOP = frozenset(
    """
    a ai aie aient ait alors apres as au aucun aucune aujourd aura auraient aurait auront aussi autre autres
    aux avaient avait avant avec avez avoir avons ayant beaucoup bien c ca car ce ceci cela celle celles celui
    cependant certain certaine certaines certains ces cet cette ceux chaque chez ci combien comme comment d
    dans de deja depuis des deux doit doivent dois donc dont du elle elles en encore entre es est et etaient
    etait etant etc ete etes etre eu eux fait faire faut font fut hui il ils j je jusque l la le les leur
    leurs lors lorsque lui m ma mais me meme memes mes moi moins mon ne ni non nos notre nous n on ont or ou
    ont par parce pas pendant peu peut peuvent peux plus plusieurs plutot pour pourquoi pourrait pouvez
    pouvoir puis puisque qu quand que quel quelle quelles quels qui quoi s sa sans se sera serait seront ses
    si sinon soi soient sois soit sommes son sont sous sur t ta tandis te tel telle telles tels tes toi ton
    tous tout toute toutes tres tu un une va vers voici voila vont vos votre vous y
    """.split()  # noqa: SIM905 - a hundred and fifty quoted words would hide the list
)


@dataclass(frozen=True)
class Question:
    """``text``: NFKC, single spaces. ``stems``: distinct terms in order, references included.
    ``exact``: the terms among them that hold a digit. ``named``: those of nouns that name what is asked about
    (« la *sono* », « d'une *pétanque* »): general ones and what looks like a verb are left out. ``same``: what some
    of its stems also mean, see synonyms.py."""

    text: str
    stems: tuple[str, ...]
    exact: tuple[str, ...]
    named: tuple[str, ...] = ()
    same: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = ()

    @property
    def embedded(self) -> str:
        """What the embedder is given."""
        return lowered(self.text)

    @property
    def phrases(self) -> tuple[str, ...]:
        """Stems between spaces, to look for one after another."""
        return tuple(dict.fromkeys(phrase for _, phrases in self.same for phrase in phrases))


_TEXTS, _SHORT_TEXT = 1000, 1500
"""Texts whose stems are remembered, of so many characters at most: a question, what it found and their lines
are looked at by each of the rules that read them, a hundred times in all."""


class French:
    """Analyser of passages and questions. Safe from several threads (one lock: the stemmer is not)."""

    def __init__(self) -> None:
        self._stemmer = Stemmer.Stemmer("french")
        self._known: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {}
        self._texts: dict[str, tuple[str, ...]] = {}
        self._former: dict[str, tuple[str, ...]] = {}  # those before them: what is asked again and again stays
        self._lock = threading.Lock()

    def stems(self, text: str) -> list[str]:
        """Terms of ``text`` in order, repeats kept, stop words out: lower-case letters, digits and ``-/.,:*``; then
        the forms of its references that are not among them."""
        known = self._texts.get(text)
        if known is None:
            known = self._former.get(text) or tuple(self.indexed(text)[0])
            if len(text) <= _SHORT_TEXT:
                if len(self._texts) >= _TEXTS:
                    self._former, self._texts = self._texts, {}
                self._texts[text] = known
        return list(known)

    def indexed(self, text: str) -> tuple[list[str], set[str]]:
        """``stems`` and ``surface`` of a passage, its words looked at once."""
        terms, said = self._looked_at(text)
        found = forms(text)
        if found:
            known = set(terms)
            terms += [form for form in found if form not in known]
        return terms, said

    def terms(self, text: str) -> list[str]:
        """As ``stems``, without the forms of references: neighbours in the text are neighbours here."""
        return self._looked_at(text)[0]

    def surface(self, text: str) -> set[str]:
        """The words of ``text`` as people write them: lower case, accents kept, three letters at least, no stop
        word, nothing with a digit."""
        return self._looked_at(text)[1]

    def question(self, text: str) -> Question:
        """What search needs to know of a question. Any string is accepted; an empty one has no stems."""
        stems = tuple(dict.fromkeys(self.stems(text)))
        exact = tuple(stem for stem in stems if _DIGIT.search(stem))
        plain = " ".join(unicodedata.normalize("NFKC", text).split())
        return Question(plain, stems, exact, self._named(plain))

    def _named(self, text: str) -> tuple[str, ...]:
        words = [found["word"].casefold() for found in _NAMED.finditer(text)]
        nouns = [w for w in words if w not in _GENERAL and w.rstrip("s") not in _GENERAL and not _VERBAL.search(w)]
        return tuple(dict.fromkeys(stem for noun in nouns for stem in self.terms(noun)))

    def _looked_at(self, text: str) -> tuple[list[str], set[str]]:
        """Stems and words; a text says most of its terms again and again."""
        plain = unicodedata.normalize("NFKC", text).casefold()
        plain = _GROUPED.sub("", _ELISION.sub("", plain))
        stems: list[str] = []
        said: list[str] = []
        with self._lock:
            known = self._known
            for term in _TERM.findall(plain):
                found = known.get(term) or self._remembered(term)
                stems += found[0]
                said += found[1]
        return stems, set(said)

    def _remembered(self, term: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Its stems, and its words."""
        if len(term) > _LONGEST:
            return (), ()
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        parts = _SEPARATOR.split(term)
        stems = [term] if len(parts) > 1 and _DIGIT.search(term) else []
        stems += filter(None, map(self._stem, parts))
        words = tuple(p for p in parts if len(p) >= _SHORTEST and p.isalpha() and fold(p) not in _STOP)
        found = self._known[term] = tuple(stems), words
        return found

    def _stem(self, word: str) -> str:
        folded = fold(word)
        if folded in _STOP:
            return ""
        return folded if _DIGIT.search(word) else fold(self._stemmer.stemWord(word))


def lowered(text: str) -> str:
    """What is compared by meaning: words typed in capitals (« CANTINE TARIF ») as they are written elsewhere, for
    models take them for others. Shorter ones are acronyms, and stay."""
    return _CAPITALS.sub(lambda found: found[0].lower(), text)


def fold(text: str) -> str:
    """Without accents and ligatures: « cœur » → ``coeur``, « été » → ``ete``."""
    opened = text.replace("œ", "oe").replace("æ", "ae")
    return "".join(c for c in unicodedata.normalize("NFKD", opened) if not unicodedata.combining(c))
