"""Names of people: a title, a first name, capitals, what the text says just before, and what was told once already.

Words with a capital are taken in groups; each group is judged by what its words are (lists, words.py) and by what
stands before it. Told from shape alone, a name of nobody's list is found too, with less confidence.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib import resources

from demeure.personal.detection import Detection
from demeure.personal.words import fold, is_first_name, is_place, is_plain_word, is_surname

_DATA = tomllib.loads(resources.files("demeure.personal").joinpath("names_words.toml").read_text(encoding="utf-8"))
TITLES, PLURAL_TITLES = frozenset(_DATA["titles"] + _DATA["plural_titles"]), frozenset(_DATA["plural_titles"])
CHARGES, STREETS, NEVER = frozenset(_DATA["charges"]), frozenset(_DATA["streets"]), frozenset(_DATA["never"])
_ROLES, _CLOSE, _CLOSINGS = frozenset(_DATA["roles"]), frozenset(_DATA["close_roles"]), frozenset(_DATA["closings"])

PARTICLES = frozenset(_DATA["particles"])

_UP = "A-ZÀ-ÖØ-ÞŒ"
_SP = r"[ \u00a0\u202f]"
_WORD = rf"[{_UP}](?:\.(?:[ ]?-?[{_UP}]\.){{0,2}}|[^\W\d_]{{0,30}}(?:[-’'][^\W\d_]{{1,30}}){{0,3}})"
_PARTICLE = r"de la|de|du|des|d['’]|le|la|van der|van den|van|von|den|der|ben|el|al|da|dos|di|del|bint|ould|y"
_GROUP = re.compile(
    rf"[{_UP}](?<!\w.)(?:\.(?:[ ]?-?[{_UP}]\.){{0,2}}|[^\W\d_]{{0,30}}(?:[-’'][^\W\d_]{{1,30}}){{0,3}}\.?)"
    rf"(?:(?:{_SP}{{1,2}}|\n)(?:(?:{_PARTICLE}){_SP}?)?{_WORD}){{0,6}}"
)
_TOKEN = re.compile(rf"(?:(?:{_PARTICLE}){_SP}?)?(?P<word>{_WORD}\.?)")
_LOWER_TITLE = re.compile(
    r"(?:^|[^\w])(m\.|mr\.?|mme|mlle|monsieur|madame|mademoiselle|ma[îi]tre|docteure?|dr\.?|professeure?|me)[ \u00a0\n]{1,2}(?P<particle>(?:de la|de|du|des|d['’]|le|la|van|von|ben|el)[ \u00a0]?)?$",
    re.IGNORECASE,
)
_BEFORE, _OPENING = 48, 40
_GUESS = 0.6
"""A name told from its shape alone teaches nothing about the rest of the text."""
_FULL_LINE = 50
"""Characters from which a line is taken to have been broken for want of room."""
_SIGLE = 4
_VOWEL = re.compile("[aeiouy]")
_ELIDED = frozenset(("L", "C", "S", "N", "J", "M", "T", "Qu", "Lorsqu", "Puisqu", "Jusqu"))
_CLITIC = re.compile(
    r"-(?:ci|la|je|tu|il|elle|on|nous|vous|ils|elles|moi|toi|le|les|lui|leur|en|y|ce|t|meme|uni|unis)$"
)
_STRONG = frozenset(_DATA["strong_particles"])


@dataclass(frozen=True)
class Token:
    """One capitalised word of a group, with the particle before it (« de »)."""

    text: str
    start: int
    word_start: int
    end: int
    stopped: bool = False

    @cached_property
    def folded(self) -> str:
        return fold(self.text.rstrip("."))

    @cached_property
    def title(self) -> bool:
        return self.folded in TITLES and (self.text != "M" or True) and self.start == self.word_start

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
    def plain(self) -> bool:
        if self.elided or _CLITIC.search(self.folded):
            return True
        return self.folded in NEVER or is_plain_word(self.folded)

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
        """« L’avis », « C’est », « L’Ofpra »; « D’Orsac » may name somebody."""
        head, mark, rest = self.text.replace("’", "'").partition("'")
        return mark != "" and (head in _ELIDED or (head == "D" and rest[:1].islower()))

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
        return self.folded not in NEVER and self.folded not in CHARGES and not self.title and len(self.folded) > 1

    @cached_property
    def sure_first(self) -> bool:
        return self.first and not self.plain and not self.place


Found = tuple[int, int, str, float]
"""Start, end, rule, confidence."""


def detect(text: str) -> Iterator[Detection]:
    """Every name, title left out, in no order; spans may touch the same words twice."""
    known: dict[str, str] = {}
    groups = [group for m in _GROUP.finditer(text) for group in lines(text, tokens(text, m))]
    next_titled = next_listed = -1
    for group in groups:
        plural, listed = group[0].start == next_titled, group[0].start == next_listed
        found = list(judged(text, group, plural=plural, listed=listed))
        for start, end, rule, confidence in found:
            yield made(text, start, end, rule, confidence)
            if confidence > _GUESS:
                learn(text, group, start, end, known)
        if found and (plural or any(one.folded in PLURAL_TITLES for one in group)):
            next_titled = _listed_until(text, group[-1].end)
        if found and (listed or found[-1][2] == "name-role" or text[group[-1].end : group[-1].end + 2] == " ("):
            next_listed = _listed_until(text, group[-1].end)
    yield from again(text, groups, known)


def tokens(text: str, found: re.Match[str]) -> list[Token]:
    """The words of a group. A closing full stop is none of theirs, an initial's is."""
    made_: list[Token] = []
    at = found.start()
    while at < found.end() and (token := _TOKEN.match(text, at, found.end())) is not None:
        word = token["word"]
        stopped = word.endswith(".")
        if word.endswith(".") and len(word) > 2 and fold(word[:-1]) not in TITLES and "." not in word[:-1]:
            word = word[:-1]
        made_.append(Token(word, token.start(), token.start("word"), token.start("word") + len(word), stopped))
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
        if gap >= 0 and not _full(text, gap):
            yield group[begun:at]
            begun = at
    yield group[begun:]


def _full(text: str, gap: int) -> bool:
    """Whether the line that ends at ``gap`` is long enough to have been broken for want of room."""
    return gap >= _FULL_LINE and text.rfind("\n", gap - _FULL_LINE, gap) < 0


def judged(text: str, group: list[Token], *, plural: bool, listed: bool) -> Iterator[Found]:
    """Names inside one group. ``plural``, ``listed``: it goes on a list that a title, or a label, began."""
    at = 0
    lower = None if group[0].title else _LOWER_TITLE.search(text, max(0, group[0].start - 22), group[0].start)
    titled = plural or lower is not None
    begins = lower.start("particle") if lower is not None and lower["particle"] else group[0].start
    while at < len(group):
        if group[at].title:
            titled, at = True, at + 1
            continue
        if titled:
            end = _run(group, at)
            titled = False
            if end > at:
                yield begins if at == 0 else group[at].start, group[end - 1].end, "name-title", 0.95
                at = end
                continue
        found = untitled(text, group, at, listed=listed and at == 0)
        if found is None:
            at += 1
            continue
        start, end, rule, confidence = found
        yield (
            group[start].start if start > at or start == 0 else group[start].word_start,
            group[end - 1].end,
            rule,
            confidence,
        )
        at = end


def _run(group: list[Token], at: int) -> int:
    """Where the words after a title stop being a name."""
    end = at
    while end < len(group) and end - at < 6 and group[end].nameable:
        if group[end].particle:
            end += 1
            continue
        if (
            end > at
            and not group[end - 1].particle
            and group[end].plain
            and not (group[end].last or group[end].first or group[end].capitals)
        ):
            break
        end += 1
    while end > at and group[end - 1].particle:
        end -= 1
    return end


def untitled(text: str, group: list[Token], at: int, *, listed: bool) -> tuple[int, int, str, float] | None:
    """A name that begins at ``at`` without a title: (first, after the last, rule, confidence)."""
    token = group[at]
    lead = at
    while lead + 1 < len(group) and group[lead].folded in _STRONG:
        lead += 1
    if lead > at and (found := untitled(text, group, lead, listed=listed)) is not None and found[0] == lead:
        return (at, *found[1:])
    if not token.nameable or token.particle or _of_a_place(text, group, at):
        return None
    said = _told(text, group, at, listed)
    if said:
        end = max(_run(group, at), at + 1)
        if any(one.unknown or one.first or (one.last and not one.plain) for one in group[at:end]):
            return (at, end, said, 0.8)
    pair = _paired(group, at)
    if pair is not None:
        return pair
    if len(group) == 1 and token.unknown and not token.capitals and _salutes(text, token):
        return (at, at + 1, "name-signed", 0.6)
    if _called(text, group, at):
        return (at, at + 1, "name-called", 0.5)
    if token.sure_first and len(token.text) > 2 and (at + 1 == len(group)) and at == 0:
        return (at, at + 1, "name-first", 0.5)
    return None


_AFTER_NAME = re.compile(
    r"[ \u00a0]?:[ \u00a0][a-zà-ÿ]|[ ](?:a|est|était|et sa|et son|et ses|qui|dit|va|peut|doit|me|te|nous|vous|m['’]a|l['’]a|n['’]a|n['’]est)[ ]"
)


def _salutes(text: str, token: Token) -> bool:
    """A word alone on the first line with a comma, or alone on the last: whom a message is for, who signed it."""
    before, after = text[max(0, token.start - 3) : token.start], text[token.end : token.end + 3]
    opens = (token.start < _OPENING and (not before.strip() or before.endswith("\n"))) and after.startswith(
        (",\n", ", \n")
    )
    closes = before.endswith("\n") and not text[token.end : token.end + _OPENING].split("\n--", maxsplit=1)[0].strip()
    return opens or closes


_ARTICLE = re.compile(
    r"(?:['’]|(?<!\w)(?:le|la|les|un|une|des|du|au|aux|ce|cet|cette|ces|de|en|son|sa|notre|votre|convention|carte|vignette|inscription|sur)[ \u00a0\n])$",
    re.IGNORECASE,
)


def _called(text: str, group: list[Token], at: int) -> bool:
    """A word that nothing knows, alone, and what follows is said of somebody: « Maëlwenn : apporter les clés »."""
    token = group[at]
    return (
        len(group) == 1
        and token.unknown
        and not token.capitals
        and _AFTER_NAME.match(text, token.end) is not None
        and not _ARTICLE.search(text, max(0, token.start - 12), token.start)
    )


def _told(text: str, group: list[Token], at: int, listed: bool) -> str:
    """The rule by which what stands before ``at`` makes it a name: a list, a label, « l’agent », « Bonjour »."""
    if listed:
        return "name-listed"
    while at > 0 and group[at - 1].particle:
        at -= 1
    if at == 0:
        return _said_before(text, group[0])
    before = group[at - 1].folded
    return "name-role" if before in _CLOSE or before.rpartition("'")[2] in _CLOSE else ""


def _paired(group: list[Token], at: int) -> tuple[int, int, str, float] | None:
    """A first name and a surname, in either order; a capital and a full stop; two words that nothing knows."""
    token = group[at]
    end = at + 1
    if token.initial or (token.first and not (token.plain and token.place)):
        while (
            end < len(group)
            and end - at < 4
            and (group[end].initial or group[end].first)
            and not group[end].capitals
        ):
            end += 1
    beyond = end
    while beyond < len(group) and group[beyond].particle and beyond - end < 3:
        beyond += 1
    after = group[beyond] if beyond < len(group) else None
    linked = beyond > end
    if after is None and end - at >= 2 and not group[end - 1].plain:
        return (at, end, "name-first-last", 0.85)
    if after is None or not after.nameable:
        return (at, end, "name-first-last", 0.8) if end - at >= 2 and not token.plain else None
    if token.capitals and not token.plain and not token.sigle and after.first and not after.capitals:
        return (at, beyond + 1, "name-last-first", 0.85)
    if token.initial:
        return (at, _more(group, beyond), "name-initial", 0.75) if linked or _surname_like(after) else None
    if token.first:
        strong = not token.plain or after.capitals or after.last
        if strong and _surname_like(after, known_first=not token.plain):
            return (at, _more(group, beyond), "name-first-last", 0.9 if not token.plain else 0.7)
        return None
    if after.first and not after.plain and (token.last or token.capitals) and not token.plain and not token.sigle:
        return (at, end + 1, "name-last-first", 0.85)
    return _by_shape(group, at, beyond)


def _by_shape(group: list[Token], at: int, beyond: int) -> tuple[int, int, str, float] | None:
    """Two words that no list of plain words or places knows, a particle maybe between."""
    token, after = group[at], group[beyond]
    if not token.unknown or not after.unknown:
        return None
    if token.capitals != after.capitals:
        return (at, _more(group, beyond), "name-capitals", 0.75)
    sure = 0.7 if after.last or token.last else 0.55
    return (at, _more(group, beyond), "name-shape", sure)


def _surname_like(token: Token, *, known_first: bool = False) -> bool:
    if token.sigle or token.title or not token.nameable:
        return False
    if token.last or token.unknown or token.start != token.word_start:
        return True
    return known_first and not token.place and (token.capitals or not token.plain)


def _more(group: list[Token], at: int) -> int:
    """A second surname after the one at ``at``."""
    end = at + 1
    while end + 1 < len(group) and group[end].particle and group[end + 1].unknown:
        end += 2
    if (
        end < len(group)
        and group[end].nameable
        and (group[end].last or group[end].unknown)
        and not group[end].plain
    ):
        if group[end].capitals == group[at].capitals:
            end += 1
    return end


def _of_a_place(text: str, group: list[Token], at: int) -> bool:
    """« rue Jean Moulin », « École Jules Ferry »: a place or an institution bears that name."""
    if any(one.folded.rpartition("'")[2] in STREETS for one in group[max(0, at - 2) : at]):
        return True
    if at:
        return False
    words = [
        fold(word)
        for word in re.split(r"[ \u00a0’']+", text[max(0, group[0].start - 30) : group[0].start])[-4:]
        if word
    ]
    while words and words[-1] in ("de", "du", "d", "des", "la", "le", "l"):
        words.pop()
    return bool(words) and words[-1].strip('(«"\n') in STREETS


def _said_before(text: str, token: Token) -> str:
    """The rule by which what stands before makes this a name, or nothing."""
    before = text[max(0, token.start - _BEFORE) : token.start]
    line = before.rstrip(' \t\u00a0\u202f•-*"«')
    if line.endswith((":", ";")) or (line.endswith("\n") and line.rstrip().endswith(":")):
        return "name-role" if _labelled(line.rstrip().rstrip(":;")) else ""
    blank = before[len(before.rstrip()) :]
    if ("\n" not in blank or (blank == "\n" and _full(text, token.start - 1))) and _ends_with(
        fold(line.rstrip().rpartition("\n")[2].rstrip(",")), _CLOSE
    ):
        return "name-role"
    if line.endswith("\n"):
        above = text[max(0, token.start - 120) : token.start].rstrip().rpartition("\n")[2].rstrip(" .,")
        if fold(above).endswith(tuple(_CLOSINGS)):
            return "name-signed"
    return ""


def _labelled(before: str) -> bool:
    """« Nom : », « Secrétaire de séance : »; « À : » only where it begins its line."""
    label = (
        re.split(r"[\n,;:()|]|[ ]{3}", before.rstrip())[-1]
        if not before.rstrip().endswith(")")
        else before.rstrip()[:-3]
    )
    said = fold(label).strip()
    if said in ("de", "a", "from", "to", "cc", "cci"):
        return before.rpartition("\n")[2].strip() == label.strip()
    parts = said.split()
    return _ends_with(said, _ROLES) or (len(parts) <= _LABEL_WORDS and any(part in _LABELS for part in parts))


def _ends_with(said: str, words: frozenset[str]) -> bool:
    """The last one to four words of ``said``."""
    parts = re.split(r"[ \u00a0('\n]+", said.strip())
    return any(" ".join(parts[-count:]) in words for count in range(1, min(4, len(parts)) + 1))


_LABEL_WORDS = 6
_LABELS = _ROLES - {"de", "a", "to", "from"}
_LISTED = re.compile(r"[ \u00a0]?(?:,|;|et|ou|&|c/|contre|\()[ \u00a0]{0,2}\n?(?:[ \t]{0,4}[-•][ ])?")


def _listed_until(text: str, end: int) -> int:
    """Where the next name of a list (« MM. Durand, Petit et Roux ») begins; -1 when the list is over."""
    more = _LISTED.match(text, end)
    return more.end() if more else -1


def learn(text: str, group: list[Token], start: int, end: int, known: dict[str, str]) -> None:
    """Words of a name just found, so that each is known alone."""
    whole = text[start:end]
    for token in group:
        if start <= token.start < end and len(token.folded) > 2 and not token.initial and not token.title:
            if not token.plain or (token.last and token.capitals):
                known.setdefault(token.folded, whole)


def again(text: str, groups: list[list[Token]], known: dict[str, str]) -> Iterator[Detection]:
    """Words of a name that was found, said alone elsewhere."""
    if not known:
        return
    for group in groups:
        for at, token in enumerate(group):
            if token.folded in known and not _of_a_place(text, group, at):
                first = at
                while first > 0 and group[first - 1].folded in _STRONG:
                    first -= 1
                start = token.word_start if first == at else group[first].word_start
                yield made(text, start, token.end, "name-again", 0.7)


def made(text: str, start: int, end: int, rule: str, confidence: float) -> Detection:
    value = " ".join(fold(text[start:end]).split())
    return Detection("name", start, end, value, rule, None, confidence)
