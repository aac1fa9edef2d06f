"""Names of people: a title, a first name, capitals, what the text says just before, and what was told once already.

Words with a capital are taken in groups; each group is judged by what its words are (lists, words.py) and by what
stands before it. Told from shape alone, a name of nobody's list is found too, with less confidence.
"""

import re
from collections.abc import Iterable, Iterator

from demeure.personal import announced, bearing, pairs
from demeure.personal.capitals import CHARGES, NEVER, STRONG, WORDS, Token, groups
from demeure.personal.detection import Detection
from demeure.personal.words import fold, is_first_name, is_frequent, is_plain_word, is_surname

PLURAL_TITLES = frozenset(WORDS["plural_titles"])

_LOWER_TITLE = re.compile(
    r"(?:^|[^\w])(m\.|m\(me\)|mr\.?|mme|m(?:e?l)?le|monsieur|madame|mademoiselle|ma[îi]tre|docteure?|dr\.?"
    r"|professeure?|me)[ \u00a0\n]{1,2}(?P<particle>(?:de la|de|du|des|d['’]|l['’]|le|la|van|von|ben"
    r"|el)[ \u00a0]?)?$",
    re.IGNORECASE,
)
_NEAR = 40
"""Characters before a word that tell whether all is in capitals there."""
_GUESS = 0.6
"""A name told from its shape alone teaches nothing about the rest of the text."""
Found = tuple[int, int, str, float]
"""Start, end, rule, confidence."""


def detect(text: str, known: dict[str, str] | None = None, *, alike: bool = False) -> Iterator[Detection]:
    """Every name, title left out, in no order; spans may touch the same words twice. ``known``: words of names
    found in other texts, folded, to which those of this one are added. ``alike``: what is a name in one place is
    one in all, a guess too: a name left where it stands again tells what its pseudonym hides."""
    known = {} if known is None else known
    every = groups(text)
    next_titled = next_listed = -1
    for group in every:
        plural, listed = group[0].start == next_titled, group[0].start == next_listed
        found = list(judged(text, group, plural=plural, listed=listed))
        for start, end, rule, confidence in found:
            yield made(text, start, end, rule, confidence)
            if confidence > _GUESS or (alike and rule == "name-called"):
                learn(text, group, start, end, known)
        if found and (plural or any(one.folded in PLURAL_TITLES for one in group)):
            next_titled = announced.listed_until(text, group[-1].end)
        if found and (listed or found[-1][2] == "name-role" or text[group[-1].end : group[-1].end + 2] == " ("):
            next_listed = announced.listed_until(text, group[-1].end)
    yield from again(text, every, known)
    yield from small(text)


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
            end = pairs.run(group, at)
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


def untitled(text: str, group: list[Token], at: int, *, listed: bool) -> tuple[int, int, str, float] | None:
    """A name that begins at ``at`` without a title: (first, after the last, rule, confidence)."""
    token = group[at]
    lead = at
    while lead + 1 < len(group) and group[lead].folded in STRONG:
        lead += 1
    if lead > at and (found := untitled(text, group, lead, listed=listed)) is not None and found[0] == lead:
        return (at, *found[1:])
    if not token.nameable or token.particle or announced.of_a_place(text, group, at):
        return None
    said = "" if announced.of_a_thing(text, token) else announced.told(text, group, at, listed)
    sure = bool(said) and announced.by_name(text, token)
    if said and (sure or token.folded not in NEVER or announced.greeted(text, token, said)):
        end = max(pairs.run(group, at), at + 1)
        given = announced.by_first_name(text, token)
        if given or any(
            one.unknown or one.first or (one.last if sure else bears(text, one)) for one in group[at:end]
        ):
            return (at, end, said, 0.8)
    pair = pairs.paired(group, at)
    if pair is not None:
        return pair
    if len(group) == 1 and token.unknown and not token.capitals and announced.salutes(text, token):
        return (at, at + 1, "name-signed", 0.6)
    if announced.called(text, group, at):
        return (at, at + 1, "name-called", 0.5)
    if token.sure_first and len(token.text) > 2 and (at + 1 == len(group)) and at == 0:
        return (at, at + 1, "name-first", 0.5)
    return None


def bears(text: str, token: Token) -> bool:
    """A surname where a name is expected; one that is a word too when it is among the most frequent, or written in
    capitals amid small letters."""
    if not token.last or not token.plain or token.frequent:
        return token.last
    beside = re.split(r"[.;|\n]", text[max(0, token.start - _NEAR) : token.start])[-1]
    return token.capitals and any(c.islower() for c in beside)


_NOBODY = NEVER | CHARGES
_SMALL = re.compile(
    r"[mM](?<!\w.)(?:(?i:onsieur|adame|ademoiselle|me|e?lle|r|aître)\.?|\.)[ \u00a0]{1,2}"
    r"(?P<name>(?:(?:de|da|dos|le|la|du|van|ben|el)[ \u00a0])?[a-zà-ÿ][a-zà-ÿ'’\-]{2,30})(?!\w)"
)


_CALLED = re.compile(
    r"(?:je m['’ ]appelle|je me nomme|mon nom est|je soussignée?)[ \u00a0]{1,2}"
    r"(?P<first>[a-zà-ÿ][a-zà-ÿ\-]{2,30})[ \u00a0]{1,2}(?P<last>[a-zà-ÿ][a-zà-ÿ'’\-]{2,30})(?!\w)",
    re.IGNORECASE,
)


def small(text: str) -> Iterator[Detection]:
    """« je m'appelle sylvie marchetti »; « monsieur dupont », as people type: a surname of the list that is no word
    of French, or a frequent one."""
    for found in _CALLED.finditer(text):
        words = [fold(one) for one in (found["first"], found["last"])]
        if is_first_name(words[0]) and (is_surname(words[1]) or not is_plain_word(words[1])):
            yield made(text, found.start("first"), found.end("last"), "name-role", 0.8)
    for found in _SMALL.finditer(text):
        said = " ".join(fold(found["name"]).split())
        likely = is_frequent(said) or (is_surname(said) and not is_plain_word(said))
        if likely and said not in _NOBODY:
            yield made(text, *found.span("name"), "name-title", 0.7)


def learn(text: str, group: list[Token], start: int, end: int, known: dict[str, str]) -> None:
    """Words of a name just found, so that each is known alone."""
    whole = text[start:end]
    for token in group:
        if not start <= token.start < end or len(token.folded) < 3 or token.initial or token.title:
            continue
        if not token.plain or (token.last and token.capitals) or token.frequent or token.first:
            known.setdefault(token.folded, whole)


_PART = re.compile(r"[^\W\d_]+(?:[-’'][^\W\d_]+)*")


def learned(text: str, found: Iterable[Detection], known: dict[str, str]) -> None:
    """Words of names that other detectors found, so that each is known alone; a word of French too where it was all
    of a name, or one of a surname and a first name."""
    for one in found:
        if one.kind != "name":
            continue
        said = text[one.start : one.end]
        words = _PART.findall(said)
        sure = len(words) == 1 or bearing.whole(said)
        for word in words:
            folded = fold(word)
            own = is_frequent(folded) or is_first_name(folded) or not bearing.common(folded)
            if len(folded) > 2 and (own or (sure and not bearing.nobody(word))):
                known.setdefault(folded, said)


def elsewhere(text: str, known: dict[str, str]) -> Iterator[Detection]:
    """Words of names that other texts told (see ``detect``), in this one."""
    small = fold(text)
    if any(word in small for word in known):
        yield from again(text, groups(text), known)


def again(text: str, every: list[list[Token]], known: dict[str, str]) -> Iterator[Detection]:
    """Words of a name that was found, said alone elsewhere."""
    if not known:
        return
    for group in every:
        for at, token in enumerate(group):
            if token.folded in known and not announced.of_a_place(text, group, at) and _again(text, group, at):
                first = at
                while first > 0 and group[first - 1].folded in STRONG:
                    first -= 1
                start = token.word_start if first == at else group[first].word_start
                yield made(text, start, token.end, "name-again", 0.7)
    yield from uncapped(text, known)


_BEGINS = re.compile(r"(?:^|[.!?:…«“\n•–-])[\s\u00a0*]*$")


def _again(text: str, group: list[Token], at: int) -> bool:
    """A name that is a word of French too says nothing where any word has a capital, unless it is frequent."""
    token = group[at]
    if not token.plain or token.capitals or token.frequent or at > 0 or announced.acts(text, token):
        return True
    return not _BEGINS.search(text, max(0, token.start - 6), token.start)


_UNCAPPED = re.compile(r"(?<![\w’'-])[a-zà-öø-ÿœ][^\W\d_]{2,30}(?:[-’'][^\W\d_]{1,30}){0,3}(?!\w)")


def uncapped(text: str, known: dict[str, str]) -> Iterator[Detection]:
    """« et quervalouette ? », as people type: words of a name that was found, without a capital, unless they are
    words of French too."""
    for found in _UNCAPPED.finditer(text):
        word = found[0] if found[0].isascii() else fold(found[0])
        if word in known and not is_plain_word(word):
            yield made(text, *found.span(), "name-again", 0.7)


def made(text: str, start: int, end: int, rule: str, confidence: float) -> Detection:
    value = " ".join(fold(text[start:end]).split())
    return Detection("name", start, end, value, rule, None, confidence)
