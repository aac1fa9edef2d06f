"""The built-in course of each role: lessons, questions, and how answers are counted. Pure."""

import hashlib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files

from demeure.accountability.law import law


@dataclass(frozen=True)
class Question:
    """``right``: index of the right answer."""

    said: str
    answers: tuple[str, ...]
    right: int
    why: str


@dataclass(frozen=True)
class Course:
    """``digest``: SHA-256 of what is taught and asked: names what was followed."""

    id: str
    title: str
    roles: frozenset[str]
    lessons: tuple[str, ...]
    questions: tuple[Question, ...]
    digest: str


_GOOD_DAYS = 366
"""A course is to be followed again after a year."""
_WORTH = (
    "Ce relevé dit qu’une personne a répondu à ces questions ce jour-là. Il ne dit rien d’autre de ce qu’elle sait."
)


def attested(course: Course, facts: Mapping[str, str]) -> str:
    """The record of a course as one page, in French. ``facts``: name, organisation, day, right, asked, chain."""
    who = facts["organisation"] or "L’organisation"
    lines = [
        f"{who} tient le relevé suivant, fait par Demeure d’après le journal de la maison.",
        "",
        f"- Personne\u00a0: {facts['name']}",
        f"- Formation\u00a0: {course.title}",
        f"- Réussie le {facts['day']}, {facts['right']} réponses justes sur {facts['asked']}",
        f"- Ce qui a été enseigné et demandé, empreinte SHA-256\u00a0: {course.digest}",
        f"- Au journal, suite {facts['chain']}",
        "",
        "## Ce qui a été enseigné",
        "",
        *(f"- {lesson}" for lesson in course.lessons),
        "",
        "## Ce que le droit en dit",
        "",
        f"- {law('ai-4').told}",
        "",
        _WORTH,
    ]
    return "\n".join(lines) + "\n"


@dataclass(frozen=True)
class Marked:
    """``wrong``: indexes of the questions answered otherwise."""

    right: int
    asked: int
    passed: bool
    wrong: tuple[int, ...]


def still_counts(passed: datetime | None, now: datetime) -> bool:
    """Does a course ``passed`` then (None: never) count today?"""
    return passed is not None and (now - passed).days <= _GOOD_DAYS


@cache
def _all() -> tuple[int, tuple[Course, ...]]:
    data = tomllib.loads((files("demeure.accountability") / "courses.toml").read_text(encoding="utf-8"))
    made = []
    for one in data["course"]:
        questions = tuple(Question(q["said"], tuple(q["answers"]), q["right"], q["why"]) for q in one["question"])
        told = repr((one["title"], one["lessons"], [(q.said, q.answers, q.right) for q in questions]))
        digest = hashlib.sha256(told.encode()).hexdigest()
        roles = frozenset(one["roles"])
        made.append(Course(one["id"], one["title"], roles, tuple(one["lessons"]), questions, digest))
    return int(data["pass_in_hundred"]), tuple(made)


def courses(role: str = "") -> tuple[Course, ...]:
    """Those of a role; all of them without one."""
    return tuple(one for one in _all()[1] if not role or role in one.roles)


def marked(course: Course, answers: Sequence[int | None]) -> Marked:
    """``answers``: one for each question, None where none was chosen."""
    given = [*answers, *[None] * len(course.questions)][: len(course.questions)]
    wrong = tuple(i for i, (one, said) in enumerate(zip(course.questions, given, strict=True)) if said != one.right)
    right = len(course.questions) - len(wrong)
    return Marked(right, len(course.questions), right * 100 >= _all()[0] * len(course.questions), wrong)
