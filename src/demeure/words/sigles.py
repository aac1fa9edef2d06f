"""Sigles that everybody uses, for the search of an organisation that wrote none of them down. Pure."""

import functools
import tomllib
from importlib import resources

from demeure.words.glossary import Glossary
from demeure.words.terms import Term


@functools.cache
def common() -> Glossary:
    """The sigles of sigles.toml, each with what it stands for."""
    told = resources.files("demeure.words").joinpath("sigles.toml").read_text(encoding="utf-8")
    rows = tomllib.loads(told)["sigles"]
    return Glossary(tuple(Term(sigle, "acronym", forms[0], tuple(forms[1:])) for sigle, forms in rows.items()))
