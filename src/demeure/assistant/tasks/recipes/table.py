"""The same questions asked to several documents: a table, each cell with its passage. Pure.

A cell is taken only when the passage holds its words and its figures; otherwise it stays empty: an answer too.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from demeure.assistant import grounding
from demeure.assistant.tasks.making import Composed, Job, Messages, Reading, Step
from demeure.assistant.tasks.recipes.sourcing import Sources, wrong
from demeure.assistant.tasks.repairs import plain

MOST_QUESTIONS, MOST_CELLS = 12, 240
READ = 2
"""Passages given for one cell."""
CELL = 160  # characters
HELD = 0.6
"""Share of a cell's words that its passage must hold."""
NOTHING = "—"
_ABSENT = re.compile(
    r"^\W*$|\b(?:non (?:précisé|indiqué|mentionné|trouvé)|pas (?:précisé|indiqué|mentionné|d.information)|"
    r"absent|inconnu|not (?:stated|mentioned|found))\b",
    re.IGNORECASE,
)


class Grid:
    """See making.Recipe. One step a cell, document after document."""

    def steps(self, job: Job) -> list[Step]:
        readings, asked = _cells(job)
        return [
            Step(
                f"{reading.name} : {question}"[:80],
                lambda _said, at=at, question=question: _asked(job, at, question),  # type: ignore[misc] # as above
                job.task.output,
                shown=lambda said, question=question: f"**{question}** {plain(said)}",  # type: ignore[misc]
                worded=False,
            )
            for at, reading in enumerate(readings)
            for question in asked
        ]

    def so_far(self, job: Job, said: Sequence[str]) -> str:
        return _table(job, said, Sources(job.language))[0]

    def composed(self, job: Job, said: Sequence[str]) -> Composed:
        sources = Sources(job.language)
        text, rows = _table(job, said, sources)
        _, asked = _cells(job)
        block = {"kind": "table", "columns": list(asked), "rows": rows}
        return Composed(job.finish(text), tuple(sources.listed), report=(block,))


def _cells(job: Job) -> tuple[list[Reading], list[str]]:
    readings = [one for several in job.readings.values() for one in several]
    asked = [line.strip() for line in job.values.get("questions", "").split("\n") if line.strip()][:MOST_QUESTIONS]
    return readings[: MOST_CELLS // max(1, len(asked))], asked


def _best(job: Job, reading: Reading, question: str) -> list[int]:
    """The passages whose words, and those above them, are most those of the question."""
    wanted = set(job.stems(question))
    shares = [len(wanted & _stems(job, stretch.text, stretch.headings)) for stretch in reading.stretches]
    order = sorted(range(len(shares)), key=lambda at: (-shares[at], at))
    return sorted(at for at in order[:READ])


def _stems(job: Job, text: str, headings: tuple[str, ...]) -> frozenset[str]:
    return _kept(job.stems, f"{' '.join(headings)} {text}")


@lru_cache(maxsize=4096)
def _kept(stems, text: str) -> frozenset[str]:  # type: ignore[no-untyped-def] # the job's function
    return frozenset(stems(text))


def _asked(job: Job, at: int, question: str) -> Messages | None:
    reading = _cells(job)[0][at]
    those = _best(job, reading, question)
    if not those:
        return None
    told = "\n".join(reading.stretches[one].text for one in those)
    return job.task.prompt(job.language).messages({"passage": told[: job.room], "asked": question})


def cell(job: Job, reading: Reading, question: str, said: str) -> tuple[str, int | None]:
    """(what is written in the cell, the passage that holds it); « — » when none does."""
    text = " ".join(plain(said).split("\n")[0].split())[:CELL].strip(" .")
    if not text or _ABSENT.search(text):
        return NOTHING, None
    wanted = set(job.stems(text))
    for at in _best(job, reading, question):
        passage = reading.stretches[at].text
        held = set(job.stems(passage))
        same = not wanted or len(wanted & held) / len(wanted) >= HELD
        if same and set(grounding.figures(text)) <= set(grounding.figures(passage)) and not wrong(text, [passage]):
            return text, at
    return NOTHING, None


def _table(job: Job, said: Sequence[str], sources: Sources) -> tuple[str, list[list[list[str]]]]:
    readings, asked = _cells(job)
    lines = [f"| Document | {' | '.join(map(_plain, asked))} |", f"|{'---|' * (len(asked) + 1)}"]
    rows: list[list[list[str]]] = []
    for at, reading in enumerate(readings):
        answers = said[at * len(asked) : (at + 1) * len(asked)]
        if not answers:
            break
        row: list[list[str]] = [[reading.name, ""]]
        for question, answer in zip(asked, answers, strict=False):
            text, place = cell(job, reading, question, answer)
            number = f"[{sources.number(reading, place)}]" if place is not None else ""
            row.append([text, number])
        rows.append(row)
        told = [f"{_plain(text)} {number}".strip() for text, number in row]
        lines.append(f"| {' | '.join(told)} |{' |' * (len(asked) + 1 - len(told))}")
    return "\n".join(lines), rows


def _plain(text: str) -> str:
    return text.replace("|", "/").replace("\n", " ")
