"""Sigles that everybody uses, for the search of an organisation that wrote none of them down. Pure."""

import functools
import tomllib
from importlib import resources
from typing import Any

from demeure.words.glossary import Glossary
from demeure.words.terms import Term


@functools.cache
def common() -> Glossary:
    """The sigles of sigles.toml, each with what it stands for."""
    rows = _told()["sigles"]
    return Glossary(tuple(Term(sigle, "acronym", forms[0], tuple(forms[1:])) for sigle, forms in rows.items()))


def others(text: str) -> list[tuple[str, tuple[str, ...]]]:
    """As ``Glossary.others``. A sigle that is also a word (« ares », “are”) counts in capitals only; of one that
    means two things the sigle alone says both: « vélo à assistance électrique » never finds the other VAE."""
    words, twice = {one.casefold() for one in _told()["in_capitals"]}, set(_told()["two_meanings"])
    return [
        (said, forms)
        for said, forms in common().others(text)
        if (said.isupper() or said.casefold().removesuffix("s") not in words) and not twice.intersection(forms)
    ]


@functools.cache
def _told() -> dict[str, Any]:
    return tomllib.loads(resources.files("demeure.words").joinpath("sigles.toml").read_text(encoding="utf-8"))
