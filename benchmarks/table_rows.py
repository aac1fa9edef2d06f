"""Figures of the sample base's tables told under their own row, and under another: what ``grounding.py`` marks.

The tables stand in ``sample/sources``; what the check reads is what the workshop's readers find in the built
documents. Sound answers name a row and give its figure; altered ones give that of another row, same column.
"""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from demeure.assistant.grounding import check
from demeure.workshop.jobs import READERS
from demeure.workshop.parts import Facts, ReadLimits

SAMPLE = Path(__file__).parents[1] / "sample"
_OUTPUT = re.compile(r'^output = "(.+)"$', re.MULTILINE)
_TABLE = re.compile(r"(?:^\|.+\|\n)+", re.MULTILINE)
_RANGE = re.compile(r"De ([\d ]+) à ([\d ]+)")
_FIGURE = re.compile(r"\d")


@dataclass(frozen=True)
class Cell:
    """One figure of a table. ``others``: figures of other rows in its column, none of them in its own row;
    ``inside``: numbers that its row's bounds hold, with the column's name; ``beside``: label and figure of
    another row; ``row``: names and figures of the whole row."""

    label: str
    header: str
    value: str
    others: tuple[str, ...]
    beside: tuple[str, str]
    row: tuple[tuple[str, str], ...]
    inside: tuple[str, str] | None
    passage: str


def measured(seed: int, examples: int) -> dict[str, Any]:
    """``flagged``: share of altered answers whose figure is marked; ``false_marks``: share of sound answers that
    have such a mark; ``other_marks``: another one, made without looking at rows."""
    rng = random.Random(seed)
    asked: dict[str, list[int]] = {}
    marked: list[dict[str, str]] = []
    missed: list[dict[str, str]] = []
    sound = false = other_marks = wanted = flagged = 0
    for cell in cells():
        for how, question, answer in told(cell, cell.value):
            found = check(answer, [cell.passage], question)
            sound += 1
            rows = [f for f in found if f.row]
            false, other_marks = false + bool(rows), other_marks + (len(rows) < len(found))
            if found:
                one = (rows or found)[0]
                marked.append(
                    {
                        "how": how,
                        "question": question,
                        "in": answer,
                        "span": one.said,
                        "row": one.row,
                        "near": one.nearest,
                    }
                )
        if not cell.others:
            continue
        other = rng.choice(cell.others)
        for how, question, answer in told(cell, other, altered=True):
            at = answer.index(other)
            hit = any(f.start < at + len(other) and at < f.end for f in check(answer, [cell.passage], question))
            wanted, flagged = wanted + 1, flagged + hit
            asked.setdefault(how, [0, 0])[0] += 1
            asked[how][1] += hit
            if not hit:
                missed.append({"how": how, "question": question, "in": answer})
    return {
        "flagged": round(flagged / wanted, 4),
        "false_marks": round(false / sound, 4),
        "other_marks": round(other_marks / sound, 4),
        "sound": sound,
        "kinds": {
            how: {"wanted": n, "flagged": hits, "share": round(hits / n, 4)}
            for how, (n, hits) in sorted(asked.items())
        },
        "examples": {
            "misses": rng.sample(missed, min(len(missed), 2 * examples)),
            "false": rng.sample(marked, min(len(marked), 4 * examples)),
        },
    }


def told(cell: Cell, value: str, *, altered: bool = False) -> Iterator[tuple[str, str, str]]:
    """(how, question, answer): the ways of saying ``value`` of a row."""
    label, header = cell.label, cell.header
    yield "named", "", f"{header} pour {label[:1].lower()}{label[1:]} : {value} [1]."
    yield "listed", "", f"Voici ce que dit le document :\n- **{label}** : {value}"
    yield "asked", f"{header} : combien pour « {label} » ?", f"{value} [1]."
    if cell.inside:
        number, column = cell.inside
        yield "bounds", "", f"Avec un {column.lower()} de {number}, {header.lower()} : {value} [1]."
        yield "bounds asked", f"Combien avec un {column.lower()} de {number} ?", f"C'est {value} [1]."
    if altered:
        return
    other, theirs = cell.beside
    yield "compared", "", f"{header} : {value} pour {label}, contre {theirs} pour {other} [1]."
    yield "row", "", f"{label} : {', '.join(f'{name} {figure}' for name, figure in cell.row)}."
    yield "turned", "", f"C'est {value} que l'on compte pour {label} [1]."


def cells() -> Iterator[Cell]:
    """Every figure of every table, in the order of the files."""
    for source in sorted(SAMPLE.glob("sources/*/*.md")):
        text = source.read_text(encoding="utf-8")
        output = _OUTPUT.search(text)
        built = SAMPLE / "documents" / output[1] if output else source
        if built.suffix[1:] not in READERS or not built.is_file():
            continue
        passages = [
            part.text
            for part in READERS[built.suffix[1:]](bytearray(built.read_bytes()), built.name, ReadLimits(), Facts())
        ]
        for table in _TABLE.findall(text):
            lines = [line for line in table.splitlines() if not line.startswith("|--")]
            rows = [[cell.strip().replace("**", "") for cell in line.strip("|").split("|")] for line in lines]
            yield from _cells(rows, passages)


def _cells(rows: list[list[str]], passages: list[str]) -> Iterator[Cell]:
    head, body = rows[0], [row for row in rows[1:] if len(row) == len(rows[0])]
    said = [_squeezed(cell) for row in body for cell in row]
    passage = next((p for p in passages if all(cell in _squeezed(p) for cell in said)), "")
    if len(body) < 2 or not passage:
        return
    for row in body:
        bounds = next(((m, head[n]) for n, cell in enumerate(row) if (m := _RANGE.fullmatch(cell))), None)
        for column in range(1, len(head)):
            value = row[column]
            if not _FIGURE.search(value) or _RANGE.fullmatch(value) or len(value) > 25:
                continue
            others = [other for other in body if other is not row and _FIGURE.search(other[column])]
            if not others or len(others[0][column]) > 25:
                continue
            names = [n for n in range(1, len(head)) if _FIGURE.search(row[n])]
            yield Cell(
                row[0],
                head[column],
                value,
                tuple(o[column] for o in others if o[column] not in row),
                (others[0][0], others[0][column]),
                tuple((head[n], row[n]) for n in names),
                (str((_number(bounds[0][1]) + _number(bounds[0][2])) // 2), bounds[1]) if bounds else None,
                passage,
            )


def _number(text: str) -> int:
    return int(text.replace(" ", ""))


def _squeezed(text: str) -> str:
    return re.sub(r"[^\w]+", "", text).lower()
