"""Everyday words and what documents call the same thing: « cantine », « restaurant scolaire ». Pure."""

import functools
import re
import tomllib
from importlib import resources
from typing import Any

from demeure.words.matching import Matcher

_INSTEAD = "instead"
_VERB = re.compile(r"[ei]r$")


def others(text: str) -> list[tuple[str, tuple[str, ...]]]:
    """As ``Glossary.others``: (word found in ``text``, what documents call it)."""
    found = {text[one.start : one.end]: str(one.what) for one in _matcher().find(text)}
    return [(said, forms()[word]) for said, word in found.items()]


def in_search(text: str) -> str:
    """``text`` with the everyday verbs that documents hardly use as these say them: « où se stationner ? » for « où
    se garer ? », whose stem is that of « la gare ». Nouns stay."""
    for one in reversed(list(_matcher().find(text))):
        if _VERB.search(str(one.what)):
            text = f"{text[: one.start]}{forms()[str(one.what)][0]}{text[one.end :]}"
    return text


def instead(text: str) -> str:
    """``text`` with its borrowed words as documents say them: « courriel suspect » for « phishing ». Empty when it
    has none."""
    told, at = "", 0
    for one in _borrowed().find(text):
        if one.start >= at:  # « mail » is inside « mail de phishing »
            told, at = f"{told}{text[at : one.start]}{one.what}", one.end
    return told + text[at:] if at else ""


@functools.cache
def forms() -> dict[str, tuple[str, ...]]:
    """The words of everyday.toml, each with its other names."""
    return {word: tuple(names) for word, names in _told().items() if word != _INSTEAD}


@functools.cache
def _told() -> dict[str, Any]:
    return tomllib.loads(resources.files("demeure.words").joinpath("everyday.toml").read_text(encoding="utf-8"))


@functools.cache
def _borrowed() -> Matcher:
    return Matcher(_told()[_INSTEAD].items())


@functools.cache
def _matcher() -> Matcher:
    return Matcher((word, word) for word in forms())
