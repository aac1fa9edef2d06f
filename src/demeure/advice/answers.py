"""Answers: checked one by one, written as a file that is read again, changed, and finished another day. Pure."""

import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from demeure import toml
from demeure.advice.errors import AnswersUnreadable, AnswerWrong, QuestionUnknown
from demeure.advice.questions import Question, questions, sections

LINE = 120


@dataclass(frozen=True)
class Answers:
    """``given``: question → answer, of those that somebody answered."""

    given: Mapping[str, Any] = field(default_factory=dict)

    def get(self, name: str) -> Any:
        """What was answered, or what is usual."""
        return self.given.get(name, questions()[name].usual)

    def number(self, name: str) -> float:
        return float(self.get(name))

    def chose(self, name: str, option: str) -> bool:
        """Is ``option`` the answer, or one of them?"""
        value = self.get(name)
        return option in value if isinstance(value, tuple) else bool(option == value)

    def answered(self, name: str, value: Any) -> "Answers":
        """With one more answer. Raises QuestionUnknown, AnswerWrong."""
        if name not in questions():
            raise QuestionUnknown(question=name)
        return Answers({**self.given, name: _checked(questions()[name], value)})

    @property
    def missing(self) -> list[Question]:
        """Those that nobody answered, in order."""
        return [one for section in sections() for one in section.questions if one.id not in self.given]

    def as_toml(self) -> str:
        """The file, in the order of the questions; those without an answer are left out."""
        lines = ["# Demeure: answers of the first meeting (demeure assess --answers FILE)"]
        asked = (one for section in sections() for one in section.questions if one.id in self.given)
        lines += [f"{one.id} = {_written(self.given[one.id])}  # {one.ask('fr')}" for one in asked]
        return "\n".join(lines) + "\n"


def read_answers(text: str, file: str) -> Answers:
    """Raises AnswersUnreadable, QuestionUnknown, AnswerWrong."""
    try:
        text.encode()
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, UnicodeEncodeError, RecursionError) as problem:
        detail, detail_en = toml.told(problem)
        line = toml.line_of(problem, text)
        raise AnswersUnreadable(file=file, line=line, detail=detail, detail_en=detail_en) from problem
    found = Answers()
    for name, value in data.items():
        found = found.answered(name, value)
    return found


def from_words(question: Question, words: Iterable[str]) -> Any:
    """The answer that was typed or ticked: numbers as people write them, options by id, rank or name. Raises
    AnswerWrong."""
    given = [word.strip() for word in words if word.strip()]
    if question.kind == "several":
        return _checked(question, [_option(question, word) for word in given])
    text = given[0] if given else ""
    if question.kind == "line":
        return _checked(question, text)
    if question.kind == "choice":
        return _checked(question, _option(question, text))
    plain = text.replace("\u202f", "").replace("\u00a0", "").replace(" ", "").replace(",", ".")
    try:
        value = float(plain)
    except ValueError:
        raise _wrong(question, text) from None
    return _checked(question, value, text)


def _option(question: Question, word: str) -> str:
    if word.isascii() and word.isdigit() and 1 <= int(word) <= len(question.options):
        return question.options[int(word) - 1].id
    if word in {one.id for one in question.options}:
        return word
    named = [one.id for one in question.options if _plain(word) in (_plain(one.fr), _plain(one.en))]
    if len(named) != 1:
        raise _wrong(question, word, ranks=True)
    return named[0]


def _plain(name: str) -> str:
    return name.casefold().replace("’", "'").replace("\u00a0", " ").replace("\u202f", " ")


def _checked(question: Question, value: Any, typed: str = "") -> Any:
    """``typed``: as people wrote it, told when it is refused."""
    ids = [one.id for one in question.options]
    if question.kind == "line":
        if isinstance(value, str) and len(value) <= LINE and value.isprintable():
            return value.strip()
    elif question.kind == "choice":
        if value in ids:
            return value
    elif question.kind == "several":
        known = isinstance(value, list | tuple) and all(one in ids for one in value)
        if known and len(value) >= question.least:
            return tuple(one for one in ids if one in value)
    elif (
        isinstance(value, int | float) and not isinstance(value, bool) and question.least <= value <= question.most
    ):
        if question.decimals:
            return float(value)
        if value == int(value):
            return int(value)
    raise _wrong(question, typed or value)


def _wrong(question: Question, value: Any, *, ranks: bool = False) -> AnswerWrong:
    if question.kind == "number":
        kind, kind_en = ("nombre", "number") if question.decimals else ("nombre entier", "whole number")
        fr = f"un {kind} de {question.least:.0f} à {question.most:.0f}"
        en = f"a {kind_en} from {question.least:.0f} to {question.most:.0f}"
    elif question.kind == "line":
        fr, en = f"une ligne de {LINE} caractères au plus", f"one line of {LINE} characters at most"
    elif question.kind == "several" and value in ([], ()):
        fr, en = "une réponse au moins", "one answer at least"
    else:
        ids = ", ".join(one.id for one in question.options)
        fr, en = f"à prendre dans {ids}", f"to be taken from {ids}"
        if ranks:
            many = len(question.options)
            fr, en = f"un numéro de 1 à {many}, ou l’un de {ids}", f"a number from 1 to {many}, or one of {ids}"
    found = {"found": str(value)[:80]} if value not in ([], ()) else {"found": "rien", "found_en": "nothing"}
    return AnswerWrong(question=question.fr, question_en=question.en, expected=fr, expected_en=en, **found)


def _written(value: Any) -> str:
    if isinstance(value, tuple):
        return "[" + ", ".join(json.dumps(one, ensure_ascii=False) for one in value) + "]"
    return json.dumps(value, ensure_ascii=False)
