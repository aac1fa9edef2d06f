"""Which passage supports a statement, and the numbered sources that a draft's ``[n]`` lead to. Pure."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from demeure.assistant import grounding
from demeure.assistant.grounding import Finding
from demeure.assistant.sources import place_label
from demeure.assistant.tasks.making import Reading, Stretch

LEAST = 0.25
"""Share of a statement's words and figures that its passage must hold to be named as its source."""
GIVEN = {"fr": "Texte fourni", "en": "Text given"}
"""What names a text that was pasted."""
HARD = frozenset({"amount", "quantity", "number", "percent", "date", "year", "weekday", "duration", "hour", "time"})
"""Kinds of findings that make a statement worthless; a name may be written in another way."""
_SENTENCE = re.compile(r"(?<=[.!?…])[»”]?\s+(?=[«A-ZÀ-Þ0-9])|\n+")


class Sources:
    """Numbered in the order they are first cited; ``listed``: those of a former draft, which keep their numbers."""

    def __init__(self, language: str, listed: Sequence[Mapping[str, Any]] = ()) -> None:
        self._language = language
        self._numbers: dict[tuple[str, int], int] = {}
        self.listed: list[dict[str, Any]] = [dict(one) for one in listed]
        for one in self.listed:
            if one.get("passage"):
                self._numbers[(one["document_id"], -one["passage"])] = one["number"]

    def number(self, reading: Reading, at: int) -> int:
        """The number of that stretch of that reading."""
        passage = reading.stretches[at].passage
        key = (reading.document or reading.name, -passage if passage else at)
        if key not in self._numbers:
            number = max((one["number"] for one in self.listed), default=0) + 1
            self._numbers[key] = number
            self.listed.append(self._source(reading, reading.stretches[at], number))
        return self._numbers[key]

    def _source(self, reading: Reading, stretch: Stretch, number: int) -> dict[str, Any]:
        return {
            "number": number,
            "document_id": reading.document,
            "document": reading.name or GIVEN[self._language],
            "space": reading.space,
            "place": dict(stretch.place),
            "place_label": place_label(stretch.place, self._language),
            "quote": stretch.text,
            "score": 1.0,
            "passage": stretch.passage,
        }


def support(statement: str, texts: Sequence[str]) -> int | None:
    """Index of the text that best supports ``statement``; None when none holds enough of it."""
    found = grounding.supporting(" ".join(statement.split()), texts, LEAST)
    return found[0] - 1 if found else None


def wrong(statement: str, texts: Sequence[str], titles: Sequence[str] = ()) -> list[Finding]:
    """The figures and dates of ``statement`` that no text holds."""
    found = grounding.check(statement, texts, "", titles)
    return [one for one in grounding.unsupported(found) if one.kind in HARD or re.search(r"\d", one.said)]


def statements(said: str) -> list[str]:
    """The lines of a list that a model wrote; the sentences of what is none."""
    lines = [line.strip() for line in said.split("\n") if line.strip()]
    listed = [
        re.sub(r"^(?:[-–•*]|\d{1,2}[.)])\s*", "", line).strip()
        for line in lines
        if re.match(r"[-–•*]|\d{1,2}[.)]", line)
    ]
    found = listed or [one for line in lines for one in _SENTENCE.split(line)]
    return [one.strip() for one in found if len(one.strip()) > 15]


def sentences(text: str) -> list[str]:
    """Of a passage, line breaks inside a sentence undone."""
    joined = re.sub(r"(?<![.!?:;])\n(?=[a-zà-ÿ(])", " ", text)
    return [" ".join(one.split()) for one in _SENTENCE.split(joined) if len(one.split()) > 3]


def weight(sentence: str) -> float:
    """How much a sentence tells by itself: figures, and a length that one reads."""
    words = len(sentence.split())
    return len(grounding.figures(sentence)) * 2.0 + (1.0 if 8 <= words <= 35 else 0.0)


def pieces(text: str, size: int = 900) -> list[str]:
    """A page in passages of about ``size`` characters, cut between lines, or between sentences."""
    found: list[str] = []
    for line in text.split("\n"):
        for part in _SENTENCE.split(line) if len(line) > size else [line]:
            if found and len(found[-1]) + len(part) < size:
                found[-1] += f"\n{part}"
            else:
                found.append(part)
    return [one.strip() for one in found if one.strip()]


def page_of(place: Mapping[str, Any]) -> int | None:
    return place["page"] if place.get("kind") == "page" and type(place.get("page")) is int else None
