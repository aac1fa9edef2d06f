"""The same documents for a reader of English: headings, states, explanations, questions. The text of a document,
which is exported and signed, stays in French. Pure; words in english.toml."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

from demeure.accountability.checking import Result
from demeure.accountability.courses import Course
from demeure.accountability.documents import ASK, LAW, TO_FILL, Section
from demeure.accountability.law import Law, day_of, laws, texts
from demeure.accountability.live import COLON

_OURS = f"À l’organisation{COLON}"
_NUMBERED = re.compile(r"R(\d+)\u00a0: ")


_REFERENCES = (
    ("paragraphe", "paragraph"),
    ("annexe", "annex"),
    ("recommandations", "recommendations"),
    ("décret", "decree"),
    ("conseil", "advice"),
    ("avis", "opinion"),
    (" du ", " of "),
    (" et ", " and "),
    (" à ", " to "),
    ("n°\u00a0", "no. "),
    ("\u00a0;", ";"),
)
"""Words of references: the article is named as the French one names it."""


@cache
def _raw() -> dict[str, Any]:
    return tomllib.loads((files("demeure.accountability") / "english.toml").read_text(encoding="utf-8"))


def title(document: str) -> str:
    """Raises KeyError: a document that nobody put in English (a test looks)."""
    return str(_raw()["documents"][document])


def lead(document: str) -> str:
    """What it is for."""
    return str(_raw()["leads"][document])


def heading(section: Section) -> str:
    """Its title; the French one where its words are unknown (a part whose document says it otherwise now)."""
    if numbered := _NUMBERED.match(section.title):
        return f"R{numbered[1]}: {_raw()['recommendations'][numbered[1]][0]}"
    for pattern, english in _headings():
        if found := pattern.fullmatch(section.title):
            return english.format(**found.groupdict())
    return section.title


def questions(section: Section) -> list[str]:
    """What the organisation is asked in it, whether it answered or not."""
    known, numbered = _raw()["questions"], _NUMBERED.match(section.title)
    told = []
    for one in section.proposal:
        if one.kind != ASK:
            continue
        if numbered and one.text.startswith(_OURS):
            told.append(str(_raw()["recommendations"][numbered[1]][1]))
        else:
            asked = one.text.removesuffix(f"{COLON}{TO_FILL}")
            told.append(str(known.get(_plain(asked), asked)))
    return told


def asked_by(section: Section) -> list[str]:
    """What the law says of it, with its reference."""
    return [law_told(laws()[one.trace[0]]) for one in section.proposal if one.kind == LAW]


def law_told(one: Law) -> str:
    """What it says, its reference, since when, and whether somebody read it."""
    since = one.since or texts()[one.text].since
    article = one.article
    for french, english in _REFERENCES:
        article = article.replace(french, english)
    parts = [
        f"{_raw()['acts'][one.text]}, {article}",
        f"from {day_of(since)}" if since else "date not found",
        f"read on {day_of(one.verified)}" if one.verified else "to be verified, text not read",
    ]
    return f"{_raw()['law'][one.id]} ({'; '.join(parts)})."


def measure(name: str) -> str:
    return str(_raw()["measures"][name])


def state(name: str) -> str:
    """« effective », « not effective », « not verified »."""
    return str(_raw()["states"][name])


def explained(check: str) -> str:
    """What a check that holds says."""
    return str(_raw()["checks"][check])


def told(results: Mapping[str, Result], check: str, now: datetime) -> str:
    """« proof-recent (that trial still counts): held, 2 days ago, tried on 25/11/2026 »."""
    one = results[check]
    days = one.age(now)
    age = "" if days is None else ", today" if days == 0 else f", {days} day{'s' if days > 1 else ''} ago"
    more = f", {phrase(one.told)}" if one.told else ""
    return f"{check} ({explained(check)}): {_raw()['checked'][one.state]}{age}{more}"


def phrase(french: str) -> str:
    """What a check tells; the French words where they are unknown."""
    for pattern, english in _phrases():
        if found := pattern.fullmatch(_plain(french)):
            return english.format(*found.groups())
    return french


def field(name: str) -> tuple[str, str]:
    """(label, hint) of a field of an incident's form."""
    label, hint = _raw()["incident"][name]
    return str(label), str(hint)


def course(one: Course) -> Course:
    """The same course: the same digest, the right answers at the same places."""
    told = _raw()["courses"][one.id]
    asked = tuple(
        replace(question, said=str(en["said"]), answers=tuple(en["answers"]), why=str(en["why"]))
        for question, en in zip(one.questions, told["questions"], strict=True)
    )
    return replace(one, title=str(told["title"]), lessons=tuple(told["lessons"]), questions=asked)


@cache
def _headings() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple(
        (re.compile(re.escape(one["fr"]).replace(r"\{name\}", "(?P<name>.+)"), re.DOTALL), str(one["en"]))
        for one in _raw()["headings"]
    )


@cache
def _phrases() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple(
        (re.compile(re.escape(french).replace(r"\{\}", "(.+?)")), str(english))
        for french, english in _raw()["phrases"].items()
    )


def _plain(text: str) -> str:
    """Keys of the file have plain spaces."""
    return text.replace("\u00a0", " ")
