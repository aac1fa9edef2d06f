"""A draft judged by the rules of its case, no model: facts, nothing invented, form, language, tone, citations.
Pure.

A spelling counts whatever its case, its apostrophes, its spaces and the way a figure is written: « 17h », « 17 h »,
« 1240 € », « 1 240 euros ». « 8 h » is not in « 18 h ».
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from demeure.assistant import grounding
from demeure.assistant.citations import numbers_in
from demeure.assistant.tasks.quality_cases import QualityCase
from demeure.assistant.tasks.recipes.sourcing import HARD, support
from demeure.assistant.tongue import asked_in

_SPOKEN = {
    "vous": re.compile(r"\b(?:tu|toi|te|tes)\b", re.IGNORECASE),
    "tu": re.compile(r"\b(?:vous|votre|vos)\b", re.IGNORECASE),
}
_LINE_CITED = re.compile(r"\[\d{1,3}\][.»\s|]*$")
_THOUSANDS = re.compile(r"(?<=\d)[ .](?=\d{3}(?!\d))")
_UNITS = (
    (re.compile(r"(?<=\d)\s?(?:€|euros?\b)"), " €"),
    (re.compile(r"(?<=\d)\s?%"), " %"),
    (re.compile(r"(?<=\d)\s?(?:h|heures?)\b(?:\s?00\b)?"), " h"),
    (re.compile(r"(?<=\d)\s?h\s?(?=\d\d\b)"), " h "),
    (re.compile(r"(?<=\d)h(?=\d\d\b)"), " h "),
    (re.compile(r"\bm2\b"), "m²"),
    (re.compile(r"\bm3\b"), "m³"),
)
_BOTH = re.compile(r"\b(?:[ldc]es|[nv]os|aux)\s+deux\b", re.IGNORECASE)
"""« Les deux textes »: both of what is spoken of, no figure."""
_FIGURE_BEFORE, _FIGURE_AFTER = r"(?<!\d)(?<!\d[.,])", r"(?!\d)(?![.,]\d)"


@dataclass(frozen=True)
class Verdict:
    """``facts``, ``tone``: (there, wanted); ``invented``: figures and dates that neither the form nor the sources
    hold and that nothing marks; ``citations``: (right, given); ``places``: facts cited from where they are, and how
    many were to be; ``words``: glossary forms respected, and how many were looked at. ``wrong``: what else is not
    as the case wants, in words."""

    case: str
    task: str
    state: str
    facts: tuple[int, int] = (0, 0)
    invented: tuple[str, ...] = ()
    citations: tuple[int, int] = (0, 0)
    places: tuple[int, int] = (0, 0)
    tone: tuple[int, int] = (0, 0)
    words: tuple[int, int] = (0, 0)
    spoken: bool = True
    wrong: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """All that the case wants."""
        counted = (self.facts, self.citations, self.places, self.tone, self.words)
        whole = self.state == "done" and all(there == wanted for there, wanted in counted) and self.spoken
        return whole and not self.invented and not self.wrong


COUNTED = ("facts", "citations", "places", "tone", "words")
"""Pairs of a verdict, summed by task."""


@dataclass
class Score:
    """The sums of one task. Shares are None when nothing was asked of them."""

    cases: int = 0
    passed: int = 0
    sums: dict[str, list[int]] = field(default_factory=lambda: {name: [0, 0] for name in COUNTED})
    invented: int = 0
    french: int = 0
    wrong: int = 0

    def add(self, one: Verdict) -> None:
        """One more case."""
        self.cases += 1
        self.passed += one.passed
        self.invented += len(one.invented)
        self.french += one.spoken
        self.wrong += len(one.wrong)
        for name, kept in self.sums.items():
            there, wanted = getattr(one, name)
            kept[0] += there
            kept[1] += wanted

    def told(self) -> dict[str, Any]:
        """For JSON."""
        shares = {name: _share(kept) for name, kept in self.sums.items()}
        return {
            "cases": self.cases,
            "passed": self.passed,
            "facts": shares["facts"],
            "invented_unflagged": self.invented,
            "language": _share([self.french, self.cases]),
            "citations": shares["citations"],
            "places": shares["places"],
            "tone": shares["tone"],
            "glossary": shares["words"],
            "other_faults": self.wrong,
        }


def _share(sums: Sequence[int]) -> float | None:
    return round(sums[0] / sums[1], 3) if sums[1] else None


def scores(verdicts: Sequence[Verdict]) -> dict[str, Score]:
    """By task, and ``*`` for all."""
    found: dict[str, Score] = {}
    for one in verdicts:
        for name in (one.task, "*"):
            found.setdefault(name, Score()).add(one)
    return found


def judge(case: QualityCase, draft: Mapping[str, Any]) -> Verdict:
    """``draft``: as the API tells one."""
    text = str(draft["text"])
    plain = folded(text)
    missing = tuple(one[0] for one in case.facts if not _any(one, plain))
    toneless = tuple(f"ton : {one[0]}" for one in case.tone if not _any(one, plain))
    worded = tuple(f"≠ {one}" for one in case.avoid if said(one, plain))
    quotes = {int(one["number"]): str(one["quote"]) for one in draft["sources"]}
    misplaced = [
        f"{fact}{' ' if fact else ''}@ {place}" for fact, place in case.cited if not _from(draft, fact, place)
    ]
    return Verdict(
        case=case.id,
        task=case.task,
        state=str(draft["state"]),
        facts=(len(case.facts) - len(missing), len(case.facts)),
        invented=invented(case, text, list(quotes.values()), draft["details"].get("findings", ())),
        citations=cited(text, quotes),
        places=(len(case.cited) - len(misplaced), len(case.cited)),
        tone=(len(case.tone) - len(toneless), len(case.tone)),
        words=(len(case.avoid) - len(worded), len(case.avoid)),
        spoken=asked_in(text[:4000], case.language) == case.language if text else False,
        wrong=tuple(_wrong(case, text, plain)),
        missing=(*missing, *toneless, *worded, *misplaced),
    )


def _any(spellings: Sequence[str], plain: str) -> bool:
    return any(said(one, plain) for one in spellings)


def _from(draft: Mapping[str, Any], fact: str, place: str) -> bool:
    """A line that says ``fact`` cites a source of that document or place."""
    wanted = folded(place)
    named = {
        int(one["number"]): folded(f"{one.get('document', '')}, {one.get('place_label', '')}")
        for one in draft["sources"]
    }
    for line in str(draft["text"]).split("\n"):
        if (not fact or said(fact, folded(line))) and any(
            said(wanted, named[number]) for number in numbers_in(line) if number in named
        ):
            return True
    return False


def _wrong(case: QualityCase, text: str, plain: str) -> list[str]:
    told = [f"≠ {one}" for one in case.never if said(one, plain)]
    told += [f"~ {one}" for one in case.form if not re.search(one, text.replace("\u202f", " "), re.MULTILINE)]
    least, most = case.words
    count = len(re.findall(r"\w+", text))
    if count < least or (most and count > most):
        told.append(f"{count} mots")
    if case.address and (other := _SPOKEN[case.address].search(re.sub(r"«[^«»]*»", "", text))):
        told.append(f"≠ {other[0]}")
    return told


def invented(
    case: QualityCase, text: str, quotes: Sequence[str], marked: Sequence[Mapping[str, Any]]
) -> tuple[str, ...]:
    """Figures and dates of ``text`` that neither what was given nor the quotes hold, and that no mark tells."""
    known = [(int(one["start"]), int(one["end"])) for one in marked]
    told = re.sub(r"(?m)^(?:#.*|\s*\d{1,2}[.)] )", lambda line: " " * len(line[0]), text)
    told = _BOTH.sub(lambda both: " " * len(both[0]), told)
    found = grounding.unsupported(grounding.check(told, [*case.fields.values(), *quotes]))
    return tuple(
        one.said
        for one in found
        if one.kind in HARD and not any(start < one.end and one.start < end for start, end in known)
    )


def cited(text: str, quotes: Mapping[int, str]) -> tuple[int, int]:
    """(right, given): lines that end with a citation, and those whose passage holds them."""
    right = given = 0
    for line in text.split("\n"):
        if not _LINE_CITED.search(line):
            continue
        given += 1
        told = [quotes[number] for number in numbers_in(line) if number in quotes]
        bare = re.sub(r"\[\d{1,3}\]|\((?:à vérifier|to be checked)\)|[|*«»\u202f]", " ", line)
        right += bool(told) and support(bare, told) is not None
    return right, given


def said(spelling: str, plain: str) -> bool:
    """``plain``: already folded. A figure is a whole one."""
    wanted = folded(spelling)
    before = _FIGURE_BEFORE if wanted[:1].isdigit() else ""
    after = _FIGURE_AFTER if wanted[-1:].isdigit() else ""
    return re.search(before + re.escape(wanted) + after, plain) is not None


def folded(text: str) -> str:
    """Case, apostrophes, kinds of spaces and the writing of figures do not count."""
    plain = re.sub(r"[\s\u00a0\u202f]+", " ", text.casefold().replace("’", "'").replace("**", "")).strip()
    plain = _THOUSANDS.sub("", plain)
    for unit, written in _UNITS:
        plain = unit.sub(written, plain)
    return plain
