"""What an answer says that no source holds, where, and what the source says instead. Pure; no model.

This finds what is nowhere in the sources. It does not prove that a sentence is true: « 12 480 € » may be in a
source about something else.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter
from typing import Any

from demeure.assistant.grounding.claims import Claim, Date, Quantity
from demeure.assistant.grounding.context import AHEAD, LONG, WHOLE, Context
from demeure.assistant.grounding.dates import weekday_of
from demeure.assistant.grounding.held import Held, about, agree, held_by, plural, read, stem
from demeure.assistant.grounding.labelled import Labelled
from demeure.assistant.grounding.lexicon import words
from demeure.assistant.grounding.plain import Plain, answer_text, folded, in_place
from demeure.assistant.grounding.quotations import Squeezed, nearest_words
from demeure.assistant.grounding.rows import Misread, Rows
from demeure.assistant.grounding.sums import named_before, written_out

_COUNTING = frozenset(stem(word) for word in words("counting"))
_FILE_NAME = re.compile(r"\.[a-z]{2,4}(?= |$)", re.IGNORECASE)
_AFFIRMS = re.compile(r"\W*(?:oui|yes|effectivement|en effet|exact|absolument|indeed)\b", re.IGNORECASE)
_DENIES = re.compile(r"\b(?:non|pas|ne|n'|not|no|aucun|sans|contrairement|plutôt|instead)\b", re.IGNORECASE)
NEAREST, COMPARED = 40, 200
"""Findings told with what is nearest, figures compared in their sentence: beyond, hostile answers cost seconds."""


@dataclass(frozen=True)
class Finding:
    """A piece of the answer, ``text[start:end]`` as shown. ``kind``: amount, date, name…; ``said``: how it is read;
    ``nearest``: what source ``source`` says instead, empty when nothing is near; ``weekday``: the day of the week
    that the date really is, when that is what is wrong; ``sum``: how sources give it, when it is computed;
    ``elsewhere``: sources hold it, but not in the sentence that the answer copies. ``row``: they hold it, but in
    another row or column of the table than this one, which the answer names."""

    start: int
    end: int
    kind: str
    said: str
    nearest: str = ""
    source: int = 0
    weekday: int | None = None
    sum: str = ""
    elsewhere: bool = False
    row: str = ""

    def told(self) -> dict[str, Any]:
        """For JSON."""
        return {
            name: value
            for name, value in vars(self).items()
            if value is not None and value is not False and value != ""
        }


def check(
    answer: str, sources: Sequence[str], question: str = "", titles: Sequence[str] = (), cited: Sequence[int] = ()
) -> tuple[Finding, ...]:
    """What ``answer`` (Markdown, with its ``[n]``) says and neither ``sources`` (from 1), their ``titles`` nor the
    ``question`` hold, in order, apart from each other. ``cited`` sources are looked at first for what is near."""
    return Grounds(sources, question, titles, cited).check(answer)


def unsupported(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Those that the sources do not give by a sum."""
    return tuple(f for f in findings if not f.sum)


def computed(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Those that the sources give by a sum."""
    return tuple(f for f in findings if f.sum)


def told(findings: Sequence[Finding]) -> dict[str, list[dict[str, Any]]]:
    """Both, for the journal."""
    return {
        "unsupported": [f.told() for f in unsupported(findings)],
        "computed": [f.told() for f in computed(findings)],
    }


class Grounds:
    """Sources read once, before any answer is checked."""

    def __init__(
        self, sources: Sequence[str], question: str = "", titles: Sequence[str] = (), cited: Sequence[int] = ()
    ) -> None:
        numbered = [(held_by(text), number) for number, text in enumerate(sources, 1)]
        self._numbers: dict[Held, int] = {}
        for held, number in sorted(numbered, key=lambda each: each[1] not in cited):
            self._numbers.setdefault(held, number)
        self.sources = list(self._numbers)
        self.question = held_by(question)
        named = [_FILE_NAME.sub(" ", title).replace("_", " ") + f"\n{title}" for title in titles if title]
        self.all = [*self.sources, *map(held_by, named), self.question]

    @cached_property
    def years(self) -> set[int]:
        """Those that anything read names."""
        return {day.year for held in self.all for day in held.learnt.days if day.year}

    @cached_property
    def rows(self) -> Rows:
        """The tables of the sources."""
        return Rows(
            sorted(((number, held) for held, number in self._numbers.items()), key=itemgetter(0)), self.years
        )

    @cached_property
    def labelled(self) -> Labelled:
        """Their rows that say what each figure is."""
        return Labelled(self.sources, self.years)

    def check(self, answer: str) -> tuple[Finding, ...]:
        """The findings, by place."""
        plain = answer_text(answer)
        claims = read(plain.text, quoted=True, named=True)
        context = Context.of(in_place(plain.text), [c for c in claims if isinstance(c.value, Quantity | Date)])
        places = {claim: at for at, claim in context.places[:COMPARED]}
        missing: list[tuple[Claim, Claim | Misread | None, int]] = []
        supported: list[Claim] = []
        sound = reached = 0
        for claim in claims:
            if claim.start < reached or claim.end <= sound:
                continue  # inside what is already marked, or inside a verbatim quotation
            held = self._holds(claim, plain.text, self.all[:-1] if _asserts(claim, plain.text) else self.all)
            instead, source = self._misplaced(claim, context, places, plain.text, claims) if held else (None, 0)
            if held and instead is None:
                supported.append(claim)
                sound = max(sound, claim.end) if claim.kind == "quotation" else sound
            else:
                missing.append((claim, instead, source))
                reached = claim.end
        told = [self._finding(*each, plain, supported, claims) for each in missing[:NEAREST]]
        rest = [(claim, *plain.written(claim.start, claim.end)) for claim, _, _ in missing[NEAREST:]]
        return (*told, *(Finding(start, end, claim.kind, claim.said) for claim, start, end in rest))

    def _misplaced(
        self, claim: Claim, context: Context, places: Mapping[Claim, int], text: str, claims: Sequence[Claim]
    ) -> tuple[Claim | Misread | None, int]:
        """What a source has where the answer puts this figure: in the same sentence, or in the row it names."""
        instead, source = self._instead(claim, context, places)
        figure = isinstance(claim.value, Quantity | Date)  # else no table need be read
        if figure and instead is None and (row := self.rows.misread(claim, text, claims, self.question)):
            return row, row.source
        if figure and instead is None and (told := self.labelled.mistaken(claim, text, claims)):
            label, other, held = told
            return Misread(label, other, self._numbers[held]), self._numbers[held]
        return instead, source

    def _instead(self, claim: Claim, context: Context, places: Mapping[Claim, int]) -> tuple[Claim | None, int]:
        """What a source has in the very sentence that the answer copies, when it is not this figure."""
        best: tuple[int, Claim | None, int] = (0, None, 0)
        same = 0
        for held in self.all if claim in places else ():
            for shared, whole, other in held.context.same(context, places[claim]):
                if agree(claim, other, self.years):
                    same = max(same, shared)
                elif (shared >= LONG or (whole and shared >= WHOLE)) and shared > best[0] and held in self._numbers:
                    best = (shared, other, self._numbers[held])
        return best[1:] if best[0] >= same + AHEAD else (None, 0)

    # -- is it held ------------------------------------------------------------------------------------------------

    def _holds(self, claim: Claim, text: str, among: Sequence[Held]) -> bool:
        match claim.kind, claim.value:
            case "quotation", _:
                return _quoted(str(claim.value), among)
            case (("name" | "acronym"), _):
                return any(held.name(claim) for held in among) or _spelled_out(claim, text)
            case _, Date() as day:
                return any(held.date(day, self.years) for held in among)
            case _, Quantity() as quantity:
                counts = not _claims(claim, quantity, text) or self._counting(quantity)
                return counts or self._quantity(quantity, claim.said, among)
            case _:
                return any(held.text_form(claim) for held in among)

    def _counting(self, wanted: Quantity) -> bool:
        """« les trois conditions », where no source numbers its conditions: the answer counts for itself."""
        noun = stem(wanted.noun)
        return (
            noun in _COUNTING
            and wanted.values[0] <= 12
            and not any(noun in held.learnt.nouns for held in self.sources)
        )

    def _quantity(self, wanted: Quantity, said: str, among: Sequence[Held]) -> bool:
        alike = False
        for held in among:
            if (verdict := held.quantity(wanted)) == "yes":
                return True
            alike = alike or verdict == "alike"
        if not alike:
            return (
                wanted.values == (1.0,) and not said[:1].isdigit() and any(_alone(held, wanted) for held in among)
            )
        beside = stem(wanted.noun or wanted.label)
        numbered = [held for held in self.sources if beside in held.learnt.nouns]
        return not numbered or any(held.beside(beside, wanted.values) for held in numbered)

    # -- what is told about what is not ----------------------------------------------------------------------------

    def _finding(
        self,
        claim: Claim,
        instead: Claim | Misread | None,
        source: int,
        plain: Plain,
        supported: Sequence[Claim],
        claims: Sequence[Claim],
    ) -> Finding:
        start, end = plain.written(claim.start, claim.end)
        if isinstance(instead, Misread):
            return Finding(start, end, claim.kind, claim.said, instead.instead.said, source, row=instead.row)
        if instead is not None:
            return Finding(start, end, claim.kind, claim.said, instead.said, source, elsewhere=True)
        shown, apart = self._sum(claim, supported, claims, plain.text)
        if shown:
            return Finding(start, end, claim.kind, claim.said, sum=shown)
        if apart is not None:
            return Finding(start, end, claim.kind, claim.said, apart[0], self._numbers[apart[1]])
        wrong = self._wrong_weekday(claim)
        if wrong is not None:
            return Finding(start, end, claim.kind, claim.said, weekday=wrong)
        nearest, source = self._nearest(claim, plain.text)
        return Finding(start, end, claim.kind, claim.said, nearest, source)

    def _sum(
        self, claim: Claim, supported: Sequence[Claim], claims: Sequence[Claim], text: str
    ) -> tuple[str, tuple[str, Held] | None]:
        """How the sources give it; else what they have that may not be added to give it, and where."""
        if not isinstance(claim.value, Quantity):
            return "", None
        apart: list[tuple[str, Held]] = []

        def adds(terms: Sequence[Claim]) -> bool:
            found = self.labelled.instead(terms, self.question)
            apart.extend([found] if found else [])
            return found is None

        written = written_out(claim, claims, text, lambda term: self._holds(term, text, self.all), adds)
        return written or named_before(claim, supported, adds), next(iter(apart), None)

    def _wrong_weekday(self, claim: Claim) -> int | None:
        day = claim.value
        if not isinstance(day, Date) or day.weekday is None or not day.day:
            return None
        without = day._replace(weekday=None)
        if not any(held.date(without, self.years) for held in self.all):
            return None
        years = [
            d.year
            for held in self.all
            for d in held.learnt.days
            if (d.month, d.day) == (day.month, day.day) and d.year
        ]
        real = weekday_of(day if day.year else day._replace(year=years[0] if years else None))
        return real if real != day.weekday else None

    def _nearest(self, claim: Claim, text: str) -> tuple[str, int]:
        if claim.kind == "quotation":
            for held in self.sources:
                if near := nearest_words(str(claim.value), held.text):
                    return near, self._numbers[held]
            return "", 0
        if claim.kind in ("name", "acronym"):
            return self._nearest_name(claim)
        subject = about(in_place(text), claim.start, claim.end)
        best: tuple[float, str, int] = (0.0, "", 0)
        for held in self.sources:
            for other, there in held.subjects:
                if other.said == claim.said or not (common := len(subject & there)):
                    continue
                score = common / len(subject) * _likeness(claim, other)
                if score > best[0]:
                    best = (score, other.said, self._numbers[held])
        return best[1:] if best[0] >= 0.3 else ("", 0)

    def _nearest_name(self, claim: Claim) -> tuple[str, int]:
        wanted = set(str(claim.value).split())
        for held in self.sources:
            for other in held.names if not wanted.isdisjoint(held.words) else ():
                if wanted & set(str(other.value).split()):
                    return other.said, self._numbers[held]
        return "", 0


def _asserts(claim: Claim, text: str) -> bool:
    """« La caution est-elle de 500 € ? » « Oui, 500 €. »: a figure that the question cannot support by itself."""
    if isinstance(claim.value, str) or not _AFFIRMS.match(text):
        return False
    begin = max(text.rfind(stop, 0, claim.start) for stop in ".!?\n") + 1
    return not _DENIES.search(text, begin, claim.end + 60)


def _quoted(quoted: str, among: Sequence[Held]) -> bool:
    """Word for word; a single word may be in another number."""
    if any(held.squeezed.holds(quoted) for held in among):
        return True
    edges = Squeezed.of(quoted).edges
    return len(edges) == 2 and any(held.word(folded(quoted.strip(" .,;:!?"))) for held in among)


def _alone(held: Held, wanted: Quantity) -> bool:
    """« une année » where the source has « par an »: the unit, never with another number."""
    if not wanted.unit or wanted.unit in "€$£%" or _counted(held, wanted.unit):
        return False
    words = {"an": r"(?:an|annee|annuel|annuelle|annuellement|year)", "h": "(?:heure|hour)"}
    return bool(re.search(rf"(?:^|[^\d\s]\s|'){words.get(wanted.unit, wanted.unit)}(?!\w)", held.lower))


def _spelled_out(claim: Claim, text: str) -> bool:
    """« plan local d'urbanisme (PLU) »: the answer itself says what the letters stand for."""
    if text[claim.start - 1 : claim.start] != "(":
        return False
    before = re.findall(r"[^\W\d_]+", folded(text[max(0, claim.start - 120) : claim.start]))
    letters = "".join(word[0] for word in before if len(word) > 2)
    return letters.endswith(str(claim.value)) or "".join(word[0] for word in before).endswith(str(claim.value))


def _counted(held: Held, unit: str) -> bool:
    return any(
        isinstance(c.value, Quantity) and c.value.unit == unit and 1.0 not in c.value.values for c in held.claims
    )


def _claims(claim: Claim, quantity: Quantity, text: str) -> bool:
    """Whether a number says something to check: « les deux », « trois étapes », « un service » do not."""
    written = claim.said[:1].isdigit() or claim.said[:1] in "€$£"
    noun = quantity.noun
    if quantity.ordinal:
        following = re.findall(r"\w+", text[claim.end : claim.end + 14])
        counts = bool(following) and stem(following[0]) in _COUNTING
        return not counts and (written or quantity.values[0] > 2)
    if written or quantity.unit == "fraction" or quantity.about:
        return True
    if quantity.values[0] <= 1:
        return quantity.values == (1.0,) and quantity.unit in (
            "mois",
            "an",
            "semaine",
            "h",
            "€",
            "trimestre",
            "semestre",
        )
    return bool(quantity.unit) or (bool(noun) and plural(noun)) or quantity.values[0] > 10


def _likeness(claim: Claim, other: Claim) -> float:
    """How much two claims could be one another: same kind, better with the same unit."""
    a, b = claim.value, other.value
    if isinstance(a, Quantity) and isinstance(b, Quantity):
        if a.values == b.values:
            return 1.2
        same = a.unit == b.unit and (a.unit or not a.noun or stem(a.noun) == stem(b.noun))
        return 1.0 if same else 0.6 if claim.kind == other.kind else 0.0
    if isinstance(a, Date) and isinstance(b, Date):
        return 1.0 if [p is None for p in a[:3]] == [p is None for p in b[:3]] else 0.5
    return 1.0 if claim.kind == other.kind else 0.0
