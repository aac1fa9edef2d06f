"""What a question is about, and the passages that speak of something else while another speaks of it. Pure.

« Quel est le délai pour un passeport ? » has one word in common with every invoice: « délai ». The passage that
says that the town hall makes no passports is the one to read, even when it gives no delay.
"""

import re
from collections.abc import Sequence

from demeure.assistant import durations, prices
from demeure.assistant.families import kin
from demeure.assistant.followup import FRAME
from demeure.assistant.units import Stems, Told, split

IN_COMMON = 1 / 8
"""Share of the words of the shorter of two passages that both hold, at least, when they are of one thing: 0.29 for
the canteen's rules and its prices in the sample base, 0.11 at most for a passport and any list of prices."""
_MORE_FRAME = "longueur fréquence avance retard horaire long longtemps faire demander how long time day often"
_NOUN = re.compile(
    r"(?:\b(?:de|les?|la|une?|des?|du|aux?|ce|cet|cette|ces|[mts]on|[mts]a|[mts]es|nos|notre|vos|votre|leurs?"
    r"|an?|the|of)\s+|\b[ld]['’ʼ])(?P<word>[^\W\d_]{4,})",
    re.IGNORECASE,
)
_DOING = re.compile(r"\b(?:délais?|durée|temps)\s+(?:de\s+|d['’])[^\W\d_]{4,}", re.IGNORECASE)
_SOME = 2
_OF = re.compile(
    r"(?:\s+[^\W\d_]+)?\s+(?:(?:de|du|des|of)\s+(?:(?:la|the)\s+|l['’])?|d['’](?:une?\s+)?)", re.IGNORECASE
)
_VERBAL = re.compile(r"(?:er|ir|oir|re|ons|ez)$", re.IGNORECASE)
_WHEN = re.compile(r"\b(?:quand|heures?|horaires?|dates?|when|hours?)\b", re.IGNORECASE)


def words(question: str, stems: Stems) -> list[str]:
    """Stems of what ``question`` is about: without those that only ask (« délai », « prix », « heure »), nor
    figures."""
    frame = _frame(stems)
    return [stem for stem in dict.fromkeys(stems(question)) if stem not in frame and not stem[0].isdigit()]


def nouns(question: str, stems: Stems) -> list[str]:
    """Those of ``words`` that an article goes before (« un *passeport* », « d'*identité* »); « le délai de *remise*
    des clés » is about the keys."""
    for text in (_DOING.sub(". ", question), question):
        found = (one["word"] for one in _NOUN.finditer(text))
        named = {stem for word in found if not _VERBAL.search(word) for stem in stems(word)}
        if about := [stem for stem in words(question, stems) if stem in named]:
            return about
    return []


def things(question: str, stems: Stems) -> list[frozenset[str]]:
    """Its ``nouns``, those that « de » joins together: « carte nationale d'identité » is one thing."""
    about = set(nouns(question, stems))
    found: list[frozenset[str]] = []
    end = -1
    for one in _NOUN.finditer(question):
        mine = about.intersection(stems(one["word"]))
        if mine and end >= 0 and _OF.fullmatch(question, end, one.start("word")):
            found[-1] |= mine
        elif mine:
            found.append(frozenset(mine))
        end = one.end() if mine else -1
    return found


def holds(held: frozenset[str], thing: frozenset[str]) -> bool:
    """Are all the words of ``thing``, or others of their families, among ``held``?"""
    return all(stem in held or kin(stem, held) for stem in thing)


def heard(question: str, lines: Sequence[frozenset[str]], stems: Stems) -> list[frozenset[str]]:
    """Each of the ``words`` of ``question``, with those of its family that ``lines`` hold."""
    there = frozenset[str]().union(*lines)
    return [frozenset({stem}) | kin(stem, there) for stem in words(question, stems)]


def apart(question: str, passages: Sequence[Told], stems: Stems, several: bool = False) -> set[int]:
    """Passages that speak of something else than ``question``, which asks when, how long or for what price. Nothing
    is apart when no passage holds some noun of the question: it may be told there by another name (« cantine »,
    « restauration scolaire »).

    When a length of time is asked for, which any line may give: those that lack the rarest noun and hold no other
    than a passage that has it, unless a line of theirs gives one and names a thing of the question. Else, and when
    it asks ``several`` things: those that hold none of its nouns (of its words, for several), and have next to no
    word in common with a passage that does; a list of prices seldom names what it is of (« repas, tranche 2 »,
    beside the rules of the canteen)."""
    lasting, price = durations.asked_for(question), prices.asked_for(question)
    if not (lasting or price or _WHEN.search(question)):
        return set()
    about = nouns(question, stems)
    strict = bool(about) and lasting and not (price or several)
    wanted = about if about and not several else words(question, stems)
    there = [frozenset(stems(f"{told.context}\n{told.text}")) for told in passages]
    held = [frozenset(s for s in wanted if s in some or kin(s, some)) for some in there]
    if not any(held) or not set(about) <= frozenset[str]().union(*held):
        return set()
    if strict:
        return _lacking(question, passages, held, stems)
    plain = [frozenset(s for s in some - _frame(stems) if s.isalpha()) for some in there]
    speaking = [one for one, mine in zip(plain, held, strict=True) if mine]
    return {
        n for n, mine in enumerate(held) if not mine and not any(_of_one_thing(plain[n], one) for one in speaking)
    }


def _lacking(question: str, passages: Sequence[Told], held: Sequence[frozenset[str]], stems: Stems) -> set[int]:
    """Those that hold less than another: not its rarest noun, or only a part of a thing that it holds whole; but
    those with a line that gives a length of time for something asked about."""
    named, asked = things(question, stems), words(question, stems)
    about = frozenset[str]().union(*named)
    counts = {s: sum(s in mine for mine in held) for s in about}
    rarest = {s for s in about if counts[s] == min(counts.values(), default=0)}

    def less(mine: frozenset[str], other: frozenset[str]) -> bool:
        parts = any(mine & thing and not thing <= mine and thing <= other for thing in named)
        return mine < other and (parts or bool((other - mine) & rarest))

    return {
        n
        for n, mine in enumerate(held)
        if any(less(mine, other) for other in held) and not _tells(passages[n].text, named, asked, stems)
    }


def _tells(text: str, named: Sequence[frozenset[str]], asked: Sequence[str], stems: Stems) -> bool:
    """Has ``text`` a line that gives a length of time and names one of the things ``named``, or holds ``_SOME`` of
    the words ``asked`` (« la salle est réservée deux mois avant », for « réserver la salle des fêtes »)?"""
    for line in split(text):
        told = frozenset(stems(line)) if durations.given(line) else frozenset[str]()
        some = sum(holds(told, frozenset({stem})) for stem in asked) if told else 0
        if some >= _SOME or (told and any(holds(told, thing) for thing in named)):
            return True
    return False


def _of_one_thing(one: frozenset[str], other: frozenset[str]) -> bool:
    return len(one & other) >= IN_COMMON * min(len(one), len(other))


def _frame(stems: Stems) -> frozenset[str]:
    """Words that ask, and say nothing of what about."""
    return frozenset(stems(f"{FRAME} {_MORE_FRAME}"))
