"""What the sources hold, and whether they hold a claim. Pure."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property, lru_cache
from itertools import pairwise

from demeure.assistant.grounding.claims import Claim, Date, Quantity, Sheet
from demeure.assistant.grounding.context import Context
from demeure.assistant.grounding.dates import dates, days_between, weekday_of, weekdays, years
from demeure.assistant.grounding.names import name_words, names
from demeure.assistant.grounding.numbers import quantities, readings
from demeure.assistant.grounding.plain import folded, in_place, source_text
from demeure.assistant.grounding.quotations import Squeezed, quotations
from demeure.assistant.grounding.references import article, case_number, references
from demeure.assistant.grounding.units import counted

_ARTICLES = frozenset({"un", "une", "one"})
_NOTHING = frozenset({"date", "article", "page", "p", "§", "ligne", "lignes", "chapitre", "section"})
"""Numbers with these before them count nothing."""
_RANKS = frozenset(
    [
        "tranche",
        "lot",
        "zone",
        "categorie",
        "niveau",
        "groupe",
        "annexe",
        "etape",
        "phase",
        "classe",
        "salle",
        "band",
    ]
)
"""Nor have these a unit: « 1,00 € » is not in « tranche 1 »."""
_UNITLESS = _NOTHING | _RANKS
_BESIDE, _WIDTH = 40, 80  # characters: to a noun that may be counted; on each side, what a claim is about
_LONG_WORD = re.compile(r"[^\W\d_]{4,}")
_GROUPS = re.compile(r"\d{1,3}(?: \d{3})+")
_SMALL = frozenset(
    ["d", "de", "du", "des", "l", "la", "le", "les", "et", "en", "a", "au", "aux", "of", "the", "and", "pour"]
)
_PASSAGE = 4000  # characters: a longer source is of one piece of work, and is not kept for others
NEAR, ALIKE = 0.05, 5
"""Share by which « environ » may round; words that may be between those of one name."""


def read(text: str, *, quoted: bool = False, named: bool = False) -> list[Claim]:
    """Every claim of ``text`` (plain), in order; quotations and names on request."""
    sheet = Sheet(text)
    found = list(quotations(sheet)) if quoted else []
    found += references(sheet)
    found += dates(sheet)
    found += years(sheet)
    found += quantities(sheet)
    found += weekdays(sheet)
    if named:
        found += names(sheet)
    return sorted(found, key=lambda c: (c.start, -c.end))


def held_by(text: str) -> "Held":
    """A source as it is written, read: the same passages, and the same names of documents, serve many answers."""
    return _passage(text) if len(text) <= _PASSAGE else Held(text)


@lru_cache(maxsize=128)
def _passage(text: str) -> "Held":
    return Held(text)


class Held:
    """One source: its text and what it claims, ready to be asked; what few questions need is made when asked.
    Nothing of it changes once made."""

    def __init__(self, text: str) -> None:
        self.text = source_text(text)

    @cached_property
    def claims(self) -> tuple[Claim, ...]:
        """Its figures, dates and references, in order."""
        return tuple(read(self.text))

    @cached_property
    def learnt(self) -> "Learnt":
        """What they say, and what the cells of its rows may say."""
        return Learnt(self.text, self.claims)

    @cached_property
    def lower(self) -> str:
        """Folded."""
        return folded(self.text)

    @cached_property
    def low(self) -> str:
        """Folded as far as every character keeps its place."""
        return in_place(self.text)

    @cached_property
    def digits(self) -> str:
        """With the figures of one number written together."""
        return re.sub(r"(?<=\d)[ .-](?=\d)", "", self.text)

    @cached_property
    def squeezed(self) -> Squeezed:
        """For quotations."""
        return Squeezed.of(self.text)

    @cached_property
    def sequence(self) -> list[str]:
        """Its words, folded, particles left out."""
        return [w for w in name_words(self.text) if w not in _SMALL]

    @cached_property
    def words(self) -> set[str]:
        """The same and their parts, without order."""
        found = set(self.sequence)
        for word in [w for w in found if "-" in w]:
            found |= {word.replace("-", ""), *word.split("-")}
        return found

    @cached_property
    def names(self) -> list[Claim]:
        """Its proper names."""
        return [claim for claim in names(Sheet(self.text)) if claim.kind == "name"]

    @cached_property
    def subjects(self) -> list[tuple[Claim, frozenset[str]]]:
        """Its claims, with the stems of the words around them."""
        return [(claim, about(self.low, claim.start, claim.end)) for claim in self.claims]

    @cached_property
    def context(self) -> Context:
        """Its figures in their sentences."""
        return Context.of(self.low, [c for c in self.claims if not isinstance(c.value, str)])

    @cached_property
    def weekdays(self) -> set[int]:
        """Days of the week that its ranges hold."""
        return days_between(self.text)

    # -- whether a claim is held ----------------------------------------------------------------------------------

    def quantity(self, wanted: Quantity) -> str:
        """« yes »; « alike » when only the noun or the label beside differs; empty."""
        verdicts = {_compared(wanted, q) for value in wanted.values for q in self.learnt.by_value.get(value, ())}
        if wanted.near or wanted.about:
            verdicts |= {_compared(wanted, q) for q in self._near(wanted)}
        if "yes" in verdicts:
            return "yes"
        return "alike" if "alike" in verdicts else ""

    def beside(self, noun: str, values: Sequence[float]) -> bool:
        """Whether one of ``values`` is written near ``noun`` (its stem)."""
        for claim in self.claims:
            if isinstance(claim.value, Quantity) and set(claim.value.values) & set(values):
                around = folded(self.text[max(0, claim.start - _BESIDE) : claim.end + _BESIDE])
                if noun in around:
                    return True
        return False

    def _near(self, wanted: Quantity) -> Iterator[Quantity]:
        """Numbers that « environ », « près de » or « une quinzaine » may round."""
        share = 0.1 if wanted.about else NEAR
        for value, found in self.learnt.by_value.items():
            if any(v >= 10 and abs(value - v) <= share * v for v in wanted.values):
                yield from found

    def date(self, wanted: Date, years: set[int]) -> bool:
        """``years``: those that any source names; a day without a year may be of any of them."""
        if wanted.weekday is not None and not wanted.day:
            return wanted.weekday in self.weekdays or any(d.weekday == wanted.weekday for d in self.learnt.days)
        return any(_same_day(wanted, day, years) for day in self.learnt.days) or self._as_number(wanted)

    def _as_number(self, wanted: Date) -> bool:
        return wanted.year is not None and not wanted.month and float(wanted.year) in self.learnt.by_value

    def text_form(self, claim: Claim) -> bool:
        """Articles, references, telephones, identifiers, postal codes, addresses: the same normal form."""
        form = str(claim.value)
        if form in self.learnt.known:
            return True
        match claim.kind:
            case "phone" | "identifier" | "postcode":
                return bool(re.search(rf"(?<!\d){re.escape(form)}(?!\d)", self.digits, re.IGNORECASE))
            case "address":
                return any(
                    k == form or k.startswith(f"{form}/") or k.endswith(f"@{form}") for k in self.learnt.known
                ) or (form in self.lower)
            case "article":
                return any(article(k) == form for k in self.learnt.known) or self._numbered(form)
            case "reference":
                return any(case_number(k) == form for k in self.learnt.known) or self._numbered(form)
        return False

    def _numbered(self, form: str) -> bool:
        return form.isdigit() and any(
            q.label != "date" and not q.unit for q in self.learnt.by_value.get(float(form), ())
        )

    def name(self, claim: Claim) -> bool:
        """Every word of the name, near each other when there are two or three."""
        wanted = str(claim.value).split()
        if claim.kind == "acronym" and self._initials(wanted[0]):
            return True
        if not all(self.word(w) for w in wanted):
            return False
        return not 2 <= len(wanted) <= 3 or self._together(wanted)

    def word(self, word: str) -> bool:
        return any(form in self.words for form in forms(word)) or (
            "-" in word and all(part in self.words for part in word.split("-"))
        )

    def _together(self, wanted: Sequence[str]) -> bool:
        places = [
            {n for n, word in enumerate(self.sequence) if word in forms(w) or w in word.split("-")} for w in wanted
        ]
        if not all(places):
            return True  # written in another way (a hyphen, a line break): the words are there
        apart = len(wanted) if len(wanted) == 2 else ALIKE
        return any(all(any(abs(n - first) <= apart for n in place) for place in places[1:]) for first in places[0])

    def _initials(self, acronym: str) -> bool:
        if len(acronym) < 3:
            return False
        letters = "".join(w[0] for w in self.sequence)
        return acronym in letters and (len(acronym) >= 4 or self._opens_name(acronym, letters))

    def _opens_name(self, acronym: str, letters: str) -> bool:
        first = self.sequence[letters.index(acronym)]
        return bool(re.search(rf"\b{first[0].upper()}", self.text)) and first[0].upper() + first[1:] in self.text


class Learnt:
    """Of the claims of one text: numbers by value, days, normal forms, and values by the noun they count."""

    def __init__(self, text: str, claims: Sequence[Claim]) -> None:
        self.by_value: dict[float, set[Quantity]] = defaultdict(set)
        self.days: list[Date] = []
        self.known: set[str] = set()
        self.nouns: dict[str, set[float]] = defaultdict(set)
        for claim in claims:
            self._learn(claim)
        self._split_cells(text)

    def _learn(self, claim: Claim) -> None:
        match claim.value:
            case Quantity() as quantity:
                if claim.said.lower() in _ARTICLES and not quantity.unit:
                    quantity = replace(quantity, label="article")
                for value in quantity.values:
                    self.by_value[value].add(quantity)
                    if quantity.noun:
                        self.nouns[stem(quantity.noun)].add(value)
            case Date() as day:
                self.days.append(day)
                for part in (day.year, day.day if not day.month else None):
                    if part is not None:
                        self.by_value[float(part)].add(Quantity((float(part),), label="date"))
            case str() as form:
                self.known.add(form)
                if claim.kind == "postcode":
                    self.by_value[float(form)].add(Quantity((float(form),)))

    def _split_cells(self, text: str) -> None:
        """« 3 250 400 » in a row of a table may be two cells: each reading is held, with the last one's unit."""
        for line in text.split("\n"):
            if len(line.split()) > 12 or line.rstrip().endswith("."):
                continue
            for found in _GROUPS.finditer(line):
                parts = found[0].split()
                unit = counted(line, found.end()).unit
                if unit and len(parts) > 2 and len(parts[0]) == 3:  # « 398 381 178 kg »: three cells, or two
                    ends = (parts[-1], unit), (" ".join(parts[1:]), unit)
                    for part, its in ((parts[0], ""), (parts[1], ""), *ends):
                        for value in readings(part):
                            self.by_value[value].add(Quantity((value,), its))
                if not unit:
                    for part in {*parts, *(" ".join(p) for p in pairwise(parts))} - {found[0]}:
                        for value in readings(part):
                            self.by_value[value].add(Quantity((value,)))


def about(text: str, start: int, end: int) -> frozenset[str]:
    """Stems of the words around a claim of ``text``, folded."""
    around = text[max(0, start - _WIDTH) : start] + " " + text[end : end + _WIDTH]
    return frozenset([w[:6].rstrip("sx") for w in _LONG_WORD.findall(around)])


def stem(word: str) -> str:
    """Enough of a word to know it in the plural."""
    return folded(word)[:6].rstrip("sx")


def forms(word: str) -> tuple[str, ...]:
    """A folded word and what it may be in the singular, the plural or without its hyphens."""
    bare = word.replace("-", "")
    return (word, bare, f"{word}s", word.rstrip("s") or word, f"{word}e", word.removesuffix("e") or word)


def agree(wanted: Claim, found: Claim, years: set[int]) -> bool:
    """Whether a figure of a source says that of the answer."""
    a, b = wanted.value, found.value
    if isinstance(a, Quantity) and isinstance(b, Quantity):
        return bool(set(a.values) & set(b.values)) and _compared(a, b) == "yes"
    if isinstance(a, Date) and isinstance(b, Date):
        return a == b or _same_day(a, b, years)
    return False


def _compared(wanted: Quantity, found: Quantity) -> str:
    """« yes », « alike » (what is counted has another name), or empty."""
    if (found.about and not wanted.about) or wanted.ordinal != found.ordinal:
        return "yes" if wanted.ordinal != found.ordinal and not (wanted.unit or found.unit) and wanted.label else ""
    if wanted.unit:
        return _same_unit(wanted, found)
    if found.unit:
        return "yes" if not (wanted.noun and plural(wanted.noun)) else "alike" if found.unit == "fois" else ""
    if wanted.noun and found.label in _NOTHING and not found.noun:
        return ""
    if wanted.noun and found.noun:
        return "yes" if stem(wanted.noun) == stem(found.noun) else "alike"
    if wanted.label and found.label and not wanted.noun:
        return "yes" if stem(wanted.label) == stem(found.label) else "alike"
    return "yes"


def _same_unit(wanted: Quantity, found: Quantity) -> str:
    if found.unit:
        same = wanted.unit == found.unit and (
            not wanted.working or not found.working or wanted.working == found.working
        )
        return "yes" if same else ""
    if found.label in _UNITLESS or (found.noun and plural(found.noun)):
        return ""
    return "yes"


def plural(noun: str) -> bool:
    """Whether a noun seems to be one of several."""
    return noun.endswith(("s", "x"))


def _same_day(wanted: Date, found: Date, years: set[int]) -> bool:
    if found.weekday is not None and not found.day:
        return False
    if wanted.year and found.year != wanted.year and (found.year or wanted.year not in years or not wanted.month):
        return False
    if wanted.month and wanted.month != found.month:
        return False
    if wanted.day and wanted.day != found.day:
        return False
    if wanted.weekday is None or wanted.weekday == found.weekday:
        return True
    real = weekday_of(found) if found.year else weekday_of(wanted)
    return found.weekday is None and (real is None or real == wanted.weekday)
