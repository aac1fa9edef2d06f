"""Words with a capital, in the groups they stand in, each with what the lists say of it."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib import resources

from demeure.personal.words import fold, is_first_name, is_frequent, is_place, is_plain_word, is_surname

WORDS = tomllib.loads(resources.files("demeure.personal").joinpath("names_words.toml").read_text(encoding="utf-8"))
TITLES = frozenset(WORDS["titles"] + WORDS["plural_titles"])
CIVIL = frozenset(WORDS["civil_titles"])
"""Titles that are nobody's surname."""
CHARGES, NEVER = frozenset(WORDS["charges"]), frozenset(WORDS["never"])
_ROLES = frozenset(WORDS["roles"]) | frozenset(WORDS["close_labels"])
PARTICLES, STRONG = frozenset(WORDS["particles"]), frozenset(WORDS["strong_particles"])

UP = "A-ZÀ-ÖØ-ÞŒ"
_SP = r"[ \u00a0\u202f]"
_WORD = rf"[{UP}](?:\.(?:[ ]?-?[{UP}]\.){{0,2}}|[^\W\d_]{{0,30}}(?:[-’'][^\W\d_]{{1,30}}){{0,3}})"
_PARTICLE = r"de la|de|du|des|d['’]|le|la|van der|van den|van|von|den|der|ben|el|al|da|dos|di|del|bint|ould|y"
_GLUED = rf"(?<=\.)(?=[{UP}][^\W\d_]{{2}})"
"""« M.Dupont », « J.Dupont »: no blank after the full stop."""
_GROUP = re.compile(
    rf"[{UP}](?<!\w.)(?:\.(?:[ ]?-?[{UP}]\.){{0,2}}|[^\W\d_]{{0,30}}(?:[-’'][^\W\d_]{{1,30}}){{0,3}}\.?)"
    rf"(?:(?:{_SP}{{1,2}}|\n|{_GLUED})(?:(?:{_PARTICLE}){_SP}?)?{_WORD}){{0,6}}"
)
_TOKEN = re.compile(rf"(?:(?:{_PARTICLE}){_SP}?)?(?P<word>{_WORD}\.?)")
_FULL_LINE = 50
"""Characters from which a line is taken to have been broken for want of room."""
_SIGLE = 4
_VOWEL = re.compile("[aeiouy]")
_ELIDED = frozenset(("L", "C", "S", "N", "J", "M", "T", "Qu", "Lorsqu", "Puisqu", "Jusqu"))
_ELIDING = frozenset("aeiouyh")
_CLITIC = re.compile(
    r"-(?:ci|la|je|tu|il|elle|on|nous|vous|ils|elles|moi|toi|le|les|lui|leur|en|y|ce|t|meme|uni|unis)$"
)


@dataclass(frozen=True)
class Token:
    """One capitalised word of a group, with the particle before it (« de »)."""

    text: str
    start: int
    word_start: int
    end: int
    stopped: bool = False
    led: str = ""
    """« de », « du » or « des », before it: a word of the sentence, when it is a title."""

    @cached_property
    def folded(self) -> str:
        return fold(self.text.rstrip("."))

    @cached_property
    def title(self) -> bool:
        """« Mme », and that of « Demande de Mme Durand », « Rapport du Dr Petit »; « Le Maître » is a surname."""
        alone = self.start == self.word_start
        led = (self.led and self.folded in CIVIL) or (self.led == "de" and self.folded == "maitre")
        return self.folded in TITLES and (alone or led)

    @cached_property
    def initial(self) -> bool:
        return "." in self.text and len(self.text.replace(".", "").replace("-", "").replace(" ", "")) <= 2

    @cached_property
    def capitals(self) -> bool:
        letters = [c for c in self.text if c.isalpha()]
        return len(letters) > 1 and all(c.isupper() for c in letters)

    @cached_property
    def first(self) -> bool:
        return is_first_name(self.folded)

    @cached_property
    def last(self) -> bool:
        return is_surname(self.folded)

    @cached_property
    def frequent(self) -> bool:
        """Surnames so frequent that they name somebody wherever a name is expected, words of French too."""
        return is_frequent(self.folded)

    @cached_property
    def plain(self) -> bool:
        if self.elided or _CLITIC.search(self.folded):
            return True
        return self.folded in NEVER or self.folded in _ROLES or is_plain_word(self.folded)

    @cached_property
    def place(self) -> bool:
        return is_place(self.folded) or self.folded.startswith(("saint-", "sainte-"))

    @cached_property
    def sigle(self) -> bool:
        """A few capitals that no list knows, or capitals that nobody could say."""
        if not self.capitals or self.last or self.first:
            return False
        return len(self.text) <= _SIGLE or not _VOWEL.search(self.folded)

    @cached_property
    def unknown(self) -> bool:
        """In no list at all: a name nobody wrote down, or a brand, or a slip."""
        return not (self.plain or self.place or self.sigle or self.initial or self.title) and len(self.text) > 2

    @cached_property
    def elided(self) -> bool:
        """« L’avis », « C’est », « L’Ofpra »; « D’Orsac » may name somebody, and so does « N’Diaye »: nothing is
        elided before a consonant."""
        head, mark, rest = self.text.replace("’", "'").partition("'")
        if not mark or not fold(rest)[:1] or fold(rest)[0] not in _ELIDING:
            return False
        return head in _ELIDED or (head == "D" and rest[:1].islower())

    @cached_property
    def with_article(self) -> bool:
        """« M. L’Hostis », « Mme L’Hermitte »: after a title, a name begins so too."""
        head, _, rest = self.text.replace("’", "'").partition("'")
        said = fold(rest)
        return head == "L" and rest[:1].isupper() and said not in CHARGES | NEVER and not is_plain_word(said)

    @cached_property
    def stops(self) -> bool:
        """Words of one name never stand on both sides of it: a full stop follows, and it is no initial."""
        return self.stopped and not self.initial and not self.title

    @cached_property
    def particle(self) -> bool:
        """« De », « El », « Ben »: a part of the surname that follows."""
        return self.folded in PARTICLES

    @cached_property
    def nameable(self) -> bool:
        """May be part of a name once something else says that there is one."""
        if self.particle or self.initial:
            return True
        if self.elided:
            return False
        if self.folded in CHARGES or self.title or len(self.folded) < 2:
            return False
        return self.folded not in NEVER or self.frequent  # « M. Noël », « Mme Paris »

    @cached_property
    def sure_first(self) -> bool:
        return self.first and not self.plain and not self.place


def groups(text: str) -> list[list[Token]]:
    """Words with a capital that stand together, in the order of the text."""
    return [group for found in _GROUP.finditer(text) for group in lines(text, tokens(text, found))]


def tokens(text: str, found: re.Match[str]) -> list[Token]:
    """The words of a group. A closing full stop is none of theirs, an initial's is."""
    made_: list[Token] = []
    at = found.start()
    while at < found.end() and (token := _TOKEN.match(text, at, found.end())) is not None:
        word = token["word"]
        stopped = word.endswith(".")
        if word.endswith(".") and len(word) > 2 and fold(word[:-1]) not in TITLES and "." not in word[:-1]:
            word = word[:-1]
        before = text[token.start() : token.start("word")].strip()
        led = before if before in ("de", "du", "des") else ""
        made_.append(Token(word, token.start(), token.start("word"), token.start("word") + len(word), stopped, led))
        at = token.end()
        while at < found.end() and text[at] in " \u00a0\u202f\n":
            at += 1
    return made_


def lines(text: str, group: list[Token]) -> Iterator[list[Token]]:
    """The group, cut where a line ends; not where a long line goes on in the next."""
    begun = 0
    for at in range(1, len(group)):
        if group[at - 1].stops:
            yield group[begun:at]
            begun = at
            continue
        gap = text.find("\n", group[at - 1].end, group[at].start)
        if gap >= 0 and not full(text, gap):
            yield group[begun:at]
            begun = at
    yield group[begun:]


def full(text: str, gap: int) -> bool:
    """Whether the line that ends at ``gap`` is long enough to have been broken for want of room."""
    return gap >= _FULL_LINE and text.rfind("\n", gap - _FULL_LINE, gap) < 0
