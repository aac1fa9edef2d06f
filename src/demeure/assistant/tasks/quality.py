"""Cases of quality: what a task is given, what its draft must be. Judged by rules alone, no model. Pure.

A case counts facts that must be there, facts that must not, format, length, language, how the reader is spoken to,
forms to avoid, figures that nothing holds and that no mark tells, and citations whose passage holds their line.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from demeure.assistant import grounding
from demeure.assistant.citations import numbers_in
from demeure.assistant.tasks.errors import CasesUnreadable
from demeure.assistant.tasks.lines import Table
from demeure.assistant.tasks.recipes.sourcing import HARD, support
from demeure.assistant.tongue import asked_in

BYTES = 4 << 20
MOST_CASES = 2000
_SPOKEN = {
    "vous": re.compile(r"\b(?:tu|toi|te|tes)\b", re.IGNORECASE),
    "tu": re.compile(r"\b(?:vous|votre|vos)\b", re.IGNORECASE),
}
_LINE_CITED = re.compile(r"\[\d{1,3}\][.»\s|]*$")


@dataclass(frozen=True)
class QualityCase:
    """``facts``: each by any of its spellings; ``never``: spellings of what must not be said; ``form``: regular
    expressions that the text matches; ``avoid``: forms that a glossary replaces. ``words``: at least, at most (0:
    any)."""

    id: str
    task: str
    fields: Mapping[str, str]
    facts: tuple[tuple[str, ...], ...] = ()
    never: tuple[str, ...] = ()
    form: tuple[str, ...] = ()
    avoid: tuple[str, ...] = ()
    words: tuple[int, int] = (0, 0)
    language: str = "fr"
    address: str = ""


@dataclass(frozen=True)
class Verdict:
    """``facts``: (there, wanted); ``invented``: figures and dates that neither the form nor the sources hold and
    that nothing marks; ``citations``: (right, given). ``wrong``: what else is not as the case wants, in words."""

    case: str
    task: str
    state: str
    facts: tuple[int, int] = (0, 0)
    invented: tuple[str, ...] = ()
    citations: tuple[int, int] = (0, 0)
    spoken: bool = True
    wrong: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """All that the case wants."""
        there, wanted = self.facts
        right, given = self.citations
        whole = self.state == "done" and there == wanted and right == given and self.spoken
        return whole and not self.invented and not self.wrong


@dataclass
class Score:
    """The sums of one task. Shares are None when nothing was asked of them."""

    cases: int = 0
    passed: int = 0
    facts: list[int] = field(default_factory=lambda: [0, 0])
    citations: list[int] = field(default_factory=lambda: [0, 0])
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
        for sums, told in ((self.facts, one.facts), (self.citations, one.citations)):
            sums[0] += told[0]
            sums[1] += told[1]

    def told(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "cases": self.cases,
            "passed": self.passed,
            "facts": _share(self.facts),
            "invented_unflagged": self.invented,
            "language": _share([self.french, self.cases]),
            "citations": _share(self.citations),
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


def read_cases(text: str, file: str) -> tuple[QualityCase, ...]:
    """The cases of a TOML file. Raises CasesUnreadable, TaskEntryMissing, TaskEntryWrong: with the line."""
    if len(text.encode()) > BYTES:
        raise CasesUnreadable(file=file, line=1, detail="> 4 Mio")
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as problem:
        at = re.search(r"at line (\d+)", str(problem))
        raise CasesUnreadable(file=file, line=at[1] if at else "?", detail=str(problem)) from problem
    top = Table(data, file, text, "")
    top.only("case")
    found = tuple(map(_case, top.tables("case", least=1)))[:MOST_CASES]
    if len({one.id for one in found}) < len(found):
        top.wrong("case", "de noms différents", "of different names")
    return found


def _case(table: Table) -> QualityCase:
    table.only(
        *(
            "id",
            "task",
            "fields",
            "facts",
            "never",
            "form",
            "avoid",
            "least_words",
            "most_words",
            "language",
            "address",
        )
    )
    given = table.table("fields")
    form = table.words("form")
    for one in form:
        try:
            re.compile(one)
        except re.error:
            table.wrong("form", "des expressions régulières", "regular expressions")
    address = table.text("address", "")
    if address not in ("", *_SPOKEN):
        table.wrong("address", "tu ou vous", "tu or vous")
    return QualityCase(
        id=table.line("id", 60),
        task=table.line("task", 40),
        fields={name: given.text(name) for name in given.data},
        facts=tuple(tuple(one.split("|")) for one in table.words("facts")),
        never=tuple(table.words("never")),
        form=tuple(form),
        avoid=tuple(table.words("avoid")),
        words=(table.whole("least_words", 0, 100_000, 0), table.whole("most_words", 0, 100_000, 0)),
        language=table.text("language", "fr"),
        address=address,
    )


def judge(case: QualityCase, draft: Mapping[str, Any]) -> Verdict:
    """``draft``: as the API tells one."""
    text = str(draft["text"])
    plain = folded(text)
    missing = tuple(one[0] for one in case.facts if not any(folded(each) in plain for each in one))
    quotes = {int(one["number"]): str(one["quote"]) for one in draft["sources"]}
    return Verdict(
        case=case.id,
        task=case.task,
        state=str(draft["state"]),
        facts=(len(case.facts) - len(missing), len(case.facts)),
        invented=invented(case, text, list(quotes.values()), draft["details"].get("findings", ())),
        citations=cited(text, quotes),
        spoken=asked_in(text[:4000], case.language) == case.language if text else False,
        wrong=tuple(_wrong(case, text, plain)),
        missing=missing,
    )


def _wrong(case: QualityCase, text: str, plain: str) -> list[str]:
    told = [f"≠ {one}" for one in (*case.never, *case.avoid) if folded(one) in plain]
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


def folded(text: str) -> str:
    """Case, apostrophes and kinds of spaces do not count."""
    return re.sub(r"[\s\u00a0\u202f]+", " ", text.casefold().replace("’", "'"))
