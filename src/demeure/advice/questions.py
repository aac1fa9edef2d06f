"""The questions of the first meeting and the uses they speak of, from their data files."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

Kind = Literal["line", "number", "choice", "several"]


@dataclass(frozen=True)
class Option:
    """One possible answer."""

    id: str
    fr: str
    en: str

    def name(self, language: str) -> str:
        return self.en if language == "en" else self.fr


@dataclass(frozen=True)
class Question:
    """``usual``: what holds until somebody answers. ``least``, ``most``, ``decimals``: of a number;
    ``least``: how many, of several."""

    id: str
    kind: Kind
    fr: str
    en: str
    usual: Any
    options: tuple[Option, ...] = ()
    least: float = 0
    most: float = 0
    decimals: bool = False

    def ask(self, language: str) -> str:
        return self.en if language == "en" else self.fr


@dataclass(frozen=True)
class Section:
    """Questions under one title."""

    id: str
    fr: str
    en: str
    questions: tuple[Question, ...]

    def title(self, language: str) -> str:
        return self.en if language == "en" else self.fr


@dataclass(frozen=True)
class KnownUse:
    """See the head of ``uses.toml``."""

    id: str
    fr: str
    en: str
    why_fr: str
    why_en: str
    value: int
    risk: int
    raised: tuple[str, ...]
    sensitivity: str
    share: int
    each: int
    prompt: int
    kept: int
    answer: int
    background: bool

    def name(self, language: str) -> str:
        return self.en if language == "en" else self.fr


@cache
def sections() -> tuple[Section, ...]:
    """All questions, in order."""
    data = _data("questions.toml")
    return tuple(
        Section(one["id"], one["title"]["fr"], one["title"]["en"], tuple(map(_question, one["questions"])))
        for one in data["sections"]
    )


@cache
def questions() -> dict[str, Question]:
    """By id."""
    return {one.id: one for section in sections() for one in section.questions}


@cache
def uses() -> tuple[KnownUse, ...]:
    """All uses, in the order of the file."""
    return tuple(map(_use, _data("uses.toml")["uses"]))


def _question(row: Mapping[str, Any]) -> Question:
    options = [Option(**one) for one in row.get("options", ())]
    if row["id"] == "uses":
        options = [Option(one.id, one.fr, one.en) for one in uses()]
    usual = tuple(row["usual"]) if row["kind"] == "several" else row["usual"]
    return Question(
        id=row["id"],
        kind=row["kind"],
        fr=row["ask"]["fr"],
        en=row["ask"]["en"],
        usual=usual,
        options=tuple(options),
        least=row.get("least", 0),
        most=row.get("most", 0),
        decimals=row.get("decimals", False),
    )


def _use(row: Mapping[str, Any]) -> KnownUse:
    own = {name: row[name] for name in ("id", "value", "risk", "share", "each", "prompt", "kept", "answer")}
    return KnownUse(
        fr=row["name"]["fr"],
        en=row["name"]["en"],
        why_fr=row["why"]["fr"],
        why_en=row["why"]["en"],
        raised=tuple(row["raised"]),
        sensitivity=row["class"],
        background=row.get("background", False),
        **own,
    )


def _data(name: str) -> dict[str, Any]:
    return tomllib.loads((files("demeure.advice") / name).read_text(encoding="utf-8"))
