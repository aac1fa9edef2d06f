"""A summary along the document's own sections: what each says, with its page, then the whole in a few lines. Pure.

A statement whose figure or date is not in its section is left out, never shown; what a section says is taken word
for word when nothing of the model's is left. « Points à décider » are the document's own sentences.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from demeure.assistant import grounding
from demeure.assistant.prompt import harmless
from demeure.assistant.tasks.making import Composed, Job, Messages, Reading, Step, Stretch
from demeure.assistant.tasks.recipes.sourcing import (
    Sources,
    page_of,
    sentences,
    statements,
    support,
    weight,
    wrong,
)
from demeure.assistant.tasks.repairs import plain
from demeure.workshop import MARGINS

WORDS = {"lignes": 0, "demi": 260, "pages": 900}
"""Level → words of what the sections say; « lignes » is the overview alone."""
OVERVIEW = {"fr": "En bref", "en": "In short"}
LINE_WORDS, LINE_TOKENS, SPARE = 22, 48, 1.6
"""Of one statement: words, tokens at most; how many more are asked for than the level shows: some are left out."""
MOST_LINES = 3
PARTS = 0.75
"""Share of a text that a heading of it stands above at most, when headings of that level part it."""
PIECES = 8
"""Of a short text, at most about so many: each gives some lines, so that none of its sections is passed over."""
DASHES = {
    "fr": ("un seul tiret : le fait le plus important", "deux tirets", "deux ou trois tirets"),
    "en": ("one dash: the most important fact", "two dashes", "two or three dashes"),
}
NOTHING = {"fr": "Ce texte n’a pas de phrase à résumer.", "en": "This text holds no sentence to summarise."}
DETAIL = {"fr": "En détail", "en": "In detail"}
"""What stands after the overview of a text without headings."""
DECIDE = {"fr": "Points à décider", "en": "To be decided"}
OVERVIEW_TOKENS, OVERVIEW_NOTES, OVERVIEW_LINES = 170, 3600, 3
MOST_POINTS = 12
_DECIDES = re.compile(
    r"""\b(?: (?:est|sont)\ propos[ée]+s?(?!\ (?:aux|à)\ (?!conseil|élus|membres|l.assemblée|la\ d)|\ au\ public)
    | (?:il\ est\ )?demand[ée]+s?\ (?:au\ conseil|à\ l.assemblée|aux\ élus)
    | propos(?:e|ent)\ (?:au|de|d.) | (?:à|reste\ à|devra|devront|doit|doivent|faut|faudra)\ (?:\w+\ )?
      (?:décider|trancher|arbitrer|choisir|voter|valider|délibérer|se\ prononcer|approuver|autoriser)
    | (?:appelé|invité)e?s?\ à\ (?:délibérer|se\ prononcer|voter|statuer|choisir|décider)
    | décision\ à\ prendre | à\ l.arbitrage | deux\ options | plusieurs\ options
    | must\ decide | to\ be\ decided )\b""",
    re.IGNORECASE | re.VERBOSE,
)


@dataclass(frozen=True)
class Section:
    """``first`` to ``last``: stretches of the reading, both included."""

    title: str
    place: str
    first: int
    last: int
    text: str


class Summary:
    """See making.Recipe."""

    def steps(self, job: Job) -> list[Step]:
        reading = job.reading()
        found = sections(reading, job.room, job.language, PIECES)
        lines = lines_asked(job.chosen("niveau"), len(found))
        mapped = [
            Step(
                one.title,
                lambda _said, one=one: _asked(job, one, lines),  # type: ignore[misc] # mypy does not see the default
                min(job.task.output, (lines + 1) * LINE_TOKENS),
                place=one.place,
                shown=lambda said, one=one: f"### {one.title}\n\n{plain(said)}",  # type: ignore[misc]
                digest=one.text,
            )
            for one in found
        ]
        last = Step(
            OVERVIEW[job.language], lambda said: self._overview(job, found, said), OVERVIEW_TOKENS, shown=plain
        )
        return [*mapped, last]

    def so_far(self, job: Job, said: Sequence[str]) -> str:
        reading = job.reading()
        found = sections(reading, job.room, job.language, PIECES)
        told = [kept(reading, one, text) for one, text in zip(found, said, strict=False)]
        blocks = [
            f"### {one.title}\n\n" + "\n".join(f"- {line}" for line, _ in lines)
            for one, (lines, _) in zip(found, told, strict=False)
        ]
        return "\n\n".join(blocks)

    def composed(self, job: Job, said: Sequence[str]) -> Composed:
        reading, sources = job.reading(), Sources(job.language)
        found = sections(reading, job.room, job.language, PIECES)
        told = [kept(reading, one, text) for one, text in zip(found, said, strict=False)]
        lines = [line for each, _ in told for line in each]
        dropped = sum(number for _, number in told)
        brief = overview(said[len(found)] if len(said) > len(found) else "", lines)
        blocks = [
            f"## {OVERVIEW[job.language]}",
            "\n".join(f"- {_cited(line, at, reading, sources)}" for line, at in brief) or NOTHING[job.language],
        ]
        points = to_decide(reading) if job.chosen("releves") != "non" else []
        own = {_bare(one) for one, _ in points}
        if len(found) == 1:  # it would be said twice
            told = [([one for one in told[0][0] if one not in brief and _bare(one[0]) not in own], told[0][1])]
        blocks += self._sections(job, reading, found, told, sources)
        if points:
            listed = [f"{n}. {_cited(line, at, reading, sources)}" for n, (line, at) in enumerate(points, 1)]
            blocks += [f"## {DECIDE[job.language]}", "\n".join(listed)]
        text = job.finish("\n\n".join(blocks))
        titles = [job.organisation, reading.name, *(one.title for one in found)]
        findings = grounding.check(text, [str(one["quote"]) for one in sources.listed], "", titles)
        report = [{"kind": "dropped", "number": dropped}] if dropped else []
        return Composed(text, tuple(sources.listed), findings, tuple(report))

    def _sections(
        self,
        job: Job,
        reading: Reading,
        found: Sequence[Section],
        told: Sequence[tuple[list[tuple[str, int]], int]],
        sources: Sources,
    ) -> list[str]:
        """What the sections say, within the words of the level, each section having its turn."""
        room = WORDS.get(job.chosen("niveau"), WORDS["demi"])
        taken: list[list[tuple[str, int]]] = [[] for _ in found]
        for rank in range(8):
            for at, (lines, _) in enumerate(told):
                if rank < len(lines) and room > 0:
                    taken[at].append(lines[rank])
                    room -= len(lines[rank][0].split())
        blocks = []
        for one, lines in zip(found, taken, strict=True):
            if lines:
                listed = "\n".join(f"- {_cited(line, at, reading, sources)}" for line, at in lines)
                alone = len(found) == 1 and one.title == _nth(0, job.language)
                blocks += [f"## {DETAIL[job.language] if alone else one.title}", listed]
        return blocks

    def _overview(self, job: Job, found: Sequence[Section], said: Sequence[str]) -> Messages | None:
        reading = job.reading()
        notes, left = [], min(OVERVIEW_NOTES, job.room)
        for one, text in zip(found, said, strict=False):
            for line, _ in kept(reading, one, text)[0][: max(1, 24 // max(1, len(found)))]:
                if left > len(line):
                    notes.append(f"- {line}")
                    left -= len(line) + 3
        if not notes:
            return None
        told = job.task.prompt(job.language)
        asked = told.more["overview"].replace("{notes}", harmless("\n".join(notes)))
        return [{"role": "system", "content": told.more["overview_system"]}, {"role": "user", "content": asked}]


def lines_asked(level: str, parts: int) -> int:
    """Statements asked of each of so many parts: those that the level shows, and some to spare. A part of a long
    report that writes three when one is shown costs its reader minutes."""
    wanted = WORDS.get(level, WORDS["demi"]) or 12 * LINE_WORDS  # what the overview alone is made from
    return max(1, min(MOST_LINES, round(SPARE * wanted / LINE_WORDS / max(1, parts))))


def sections(reading: Reading, room: int, language: str, pieces: int = 1) -> list[Section]:
    """Along the headings; what has none, or is long, along the pages; not what stands in the margins of each page.
    Pieces of about ``room`` characters; short sections go together, as long as a short text is left in ``pieces``
    or so."""
    found: list[Section] = []
    first, size, level = 0, 0, _level(reading)
    small = min(room // 4, len(reading.text) // pieces)
    for at, stretch in enumerate(reading.stretches):
        before = reading.stretches[at - 1] if at else stretch
        another = _above(stretch, level) != _above(before, level) and size > small
        if at > first and (another or size + len(stretch.text) > room or _aside(stretch) != _aside(before)):
            found.append(_section(reading, first, at - 1, language, len(found)))
            first, size = at, 0
        size += len(stretch.text) + 1
    if reading.stretches:
        found.append(_section(reading, first, len(reading.stretches) - 1, language, len(found)))
    return [one for one in found if not _aside(reading.stretches[one.first])] or found


def _aside(stretch: Stretch) -> bool:
    return len(stretch.headings) == 1 and stretch.headings[0] in MARGINS


def _level(reading: Reading) -> int:
    """Of the headings that part the text: the title of a document stands above nearly all of it, and parts
    nothing."""
    body = [one for one in reading.stretches if not _aside(one)]
    deepest, parting = max((len(one.headings) for one in body), default=0), 0
    for level in reversed(range(deepest)):
        sizes: dict[str, int] = {}
        for one in body:
            above = _above(one, level)
            sizes[above] = sizes.get(above, 0) + len(one.text)
        if max(sizes.values()) <= PARTS * sum(sizes.values()):
            parting = level
    return parting


def _section(reading: Reading, first: int, last: int, language: str, before: int) -> Section:
    those = reading.stretches[first : last + 1]
    pages = [page for one in those if (page := page_of(one.place)) is not None]
    place = "" if not pages else f"p. {pages[0]}" if pages[0] == pages[-1] else f"p. {pages[0]}-{pages[-1]}"
    level = _level(reading)
    under = [one for one in those if len(one.headings) > level] or those  # the document's title, for want of better
    title = " · ".join(list(dict.fromkeys(filter(None, (_above(one, level) for one in under))))[:2])
    if not title:
        title = f"{'Pages' if place and '-' in place else 'Page'} {place[3:]}" if place else _nth(before, language)
    return Section(title, place, first, last, "\n".join(one.text for one in those))


def _bare(line: str) -> str:
    return re.sub(r"\W+", " ", line.casefold()).strip()


def _nth(before: int, language: str) -> str:
    return f"{'Part' if language == 'en' else 'Partie'} {before + 1}"


def _above(stretch: Stretch, level: int) -> str:
    """Its heading of that level, or its last one when it has fewer."""
    return " ".join(stretch.headings[: level + 1][-1].split())[:80] if stretch.headings else ""


def kept(reading: Reading, section: Section, said: str) -> tuple[list[tuple[str, int]], int]:
    """((statement, the stretch that supports it) …, how many were left out for a figure that is not there)."""
    texts = [one.text for one in reading.stretches[section.first : section.last + 1]]
    lines: list[tuple[str, int]] = []
    dropped = 0
    for line in map(_item, statements(plain(said))):
        if not line or line.endswith(":"):  # « Pièces à joindre : » announces what a line of its own says
            continue
        if wrong(line, texts, [reading.name, section.title]):
            dropped += 1
            continue
        at = support(line, texts)
        if at is not None and all(line != other for other, _ in lines):
            lines.append((line if line[-1] in ".!?…" else f"{line}.", section.first + at))
    if not lines:
        lines = _word_for_word(texts, section.first)
    return lines, dropped


def _item(line: str) -> str:
    """A line of a list, without what joined it to the next."""
    return line.rstrip(" \u00a0\u202f;,")


def _word_for_word(texts: Sequence[str], first: int) -> list[tuple[str, int]]:
    """The sentence of the section that tells most; nothing when it holds none."""
    told = [(weight(one), -at, one) for at, text in enumerate(texts) for one in sentences(text) if len(one) < 400]
    if not told:
        return []
    _, at, best = max(told)
    return [(f"« {best} »", first - at)]


def overview(said: str, lines: Sequence[tuple[str, int]]) -> list[tuple[str, int]]:
    """Three lines for the whole: the model's, each held by what the sections say; those missing, the lines that
    tell most."""
    texts = [line for line, _ in lines]
    found: list[tuple[str, int]] = []
    for line in filter(None, map(_item, statements(plain(said))[:OVERVIEW_LINES])):
        at = support(line, texts)
        if at is not None and not wrong(line, texts):
            found.append((line if line[-1] in ".!?…" else f"{line}.", lines[at][1]))
    for telling in sorted(lines, key=lambda each: -weight(each[0])):
        if len(found) >= min(OVERVIEW_LINES, len(lines)):
            break
        if all(telling[1] != other for _, other in found):
            found.append(telling)
    return found


def to_decide(reading: Reading) -> list[tuple[str, int]]:
    """The document's own sentences that ask for a decision, and where they are."""
    found: list[tuple[str, int]] = []
    for at, stretch in enumerate(reading.stretches):
        for one in sentences(stretch.text):
            if _DECIDES.search(one) and 25 < len(one) < 500 and all(one != other for other, _ in found):
                found.append((one, at))
    return found[:MOST_POINTS]


def _cited(line: str, at: int, reading: Reading, sources: Sources) -> str:
    return f"{line} [{sources.number(reading, at)}]"


def _asked(job: Job, section: Section, lines: int) -> Messages:
    values = {"passage": section.text, "heading": section.title, "organisation": job.organisation}
    values["dashes"] = DASHES[job.language][lines - 1]
    return job.task.prompt(job.language).messages(values)
