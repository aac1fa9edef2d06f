"""The built-in course of each role: lessons, questions, and how answers are counted. Pure."""

import hashlib
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


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


@dataclass(frozen=True)
class Marked:
    """``wrong``: indexes of the questions answered otherwise."""

    right: int
    asked: int
    passed: bool
    wrong: tuple[int, ...]


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
