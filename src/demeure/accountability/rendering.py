"""A document as one text in Markdown: what people kept, and beside it the measures with their checks. Pure."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from demeure.accountability.checking import Result
from demeure.accountability.documents import Document, Section, measure_lines
from demeure.accountability.facts import Facts
from demeure.accountability.measures import STATES, measures
from demeure.accountability.merge import Conflict, Merged, merge

HIDDEN = "(occulté)"
_TO_CHOOSE = "> À choisir avant de signer. La maison dit maintenant\u00a0:"
_WORTH = (
    "Ce document aide à rendre compte\u00a0: il ne remplace ni la lecture des textes ni une décision. Chaque "
    "mesure nomme les contrôles qui la prouvent et leur âge."
)


@dataclass(frozen=True)
class Kept:
    """What people made of a part: ``text``, written on the generated ``base``. ``number``: of its row, never given
    twice; ``section``: the part."""

    base: str
    text: str
    by: str = ""
    at: str = ""
    number: int = 0
    section: str = ""


@dataclass(frozen=True)
class Part:
    """A section as it stands. ``conflicts``: what people wrote against what is generated now; ``taken``: the text
    with what is generated now at those places alone."""

    section: Section
    text: str
    conflicts: tuple[Conflict, ...] = ()
    kept: Kept | None = None
    taken: str = ""


def parts(generated: Document, kept: Mapping[str, Kept]) -> list[Part]:
    """Every section with its merged text. A part that people wrote and that is no longer generated (a space that
    was deleted) stays, under its key: nothing that was written is lost."""
    found = []
    for section in generated.sections:
        own = kept.get(section.key)
        made = merge(own.base, own.text, section.text) if own else Merged(section.text)
        found.append(Part(section, made.text, made.conflicts, own, made.taken))
    known = {section.key for section in generated.sections}
    for key, own in kept.items():
        if key not in known and own.text != own.base:
            found.append(Part(Section(key, f"Partie qui n’a plus d’objet\u00a0: {key}", ()), own.text, (), own))
    return found


def markdown(written: Sequence[Part], results: Mapping[str, Result], facts: Facts, version: str) -> str:
    """The whole file, without its title. ``version``: « version 3 », « projet »."""
    made = f"établi le {facts.now:%d/%m/%Y} par Demeure {facts.version}, {version}"
    lines = [f"{facts.organisation or 'Organisation'} – {made}. {_WORTH}", ""]
    for part in written:
        lines += [f"## {part.section.title}", ""]
        if part.text:
            lines += [part.text, ""]
        for one in part.conflicts:
            new = one.new.strip() or "- (rien)"
            lines += [_TO_CHOOSE, ">", *(f"> {line}" for line in new.split("\n")), ""]
        if part.section.measures:
            lines += [*table(part.section.measures, results, facts), ""]
    return "\n".join(lines).strip() + "\n"


def table(wanted: Sequence[str], results: Mapping[str, Result], facts: Facts) -> list[str]:
    """Measures as a table: the measure, its state, its checks with their ages."""
    rows = ["| Mesure | État | Contrôles |", "|---|---|---|"]
    for name, line in zip(wanted, measure_lines(wanted, results, facts), strict=True):
        one = measures()[name]
        said = line.text.partition(". Contrôle")[2].lstrip("s").lstrip("\u00a0: ").removesuffix(".")
        rows.append(f"| {_cell(one.fr)} | {STATES[one.state(results)]} | {_cell(said)} |")
    return rows


def communicable(written: Sequence[Part], names: Sequence[str]) -> list[Part]:
    """The same parts for whoever asks for them (CADA): no table of measures, no ``names`` of accounts written in
    full, whatever their case; one of a single word, which may be a word of the language too (« Accueil »), as it is
    spelt, in capitals, or with a capital: « accueil » stays. Other names stay: somebody reads it again before it
    leaves."""
    hidden = _hiding(names)
    found = []
    for part in written:
        bare = Section(part.section.key, hidden(part.section.title), part.section.proposal)
        both = tuple(Conflict(hidden(one.base), hidden(one.mine), hidden(one.new)) for one in part.conflicts)
        text = hidden(part.text) or (f"- {HIDDEN}" if part.section.measures else "")
        found.append(Part(bare, text, both, part.kept))
    return found


def _hiding(names: Sequence[str]) -> Callable[[str], str]:
    """First name and name in either order, whatever stands between them. A name without a letter is nobody's: an
    account whose name was erased has a dash."""
    lettered = (one for one in names if any(map(str.isalpha, one)))
    words = [one.split() for one in sorted(lettered, key=len, reverse=True)]
    orders = dict.fromkeys(_pattern(way) for one in words for way in (one, one[::-1]))
    if not orders:
        return lambda text: text
    known = re.compile(rf"(?<!\w)(?:{'|'.join(orders)})(?!\w)")
    return lambda text: known.sub(HIDDEN, text)


def _pattern(words: Sequence[str]) -> str:
    if len(words) > 1:
        told = r"\s+".join(map(re.escape, words))
        return f"(?i:{told})"
    word = words[0]
    ways = dict.fromkeys((word, word.upper(), word.capitalize(), word.title()))
    return "|".join(map(re.escape, ways))


def _cell(text: str) -> str:
    return text.replace("|", "/").replace("\n", " ")
