"""The words of words.toml, read once. Pure."""

import tomllib
from importlib import resources

_TEXT = resources.files("demeure.assistant.grounding").joinpath("words.toml").read_text(encoding="utf-8")
_LISTS: dict[str, frozenset[str]] = {name: frozenset(words.split()) for name, words in tomllib.loads(_TEXT).items()}


def words(name: str) -> frozenset[str]:
    """One list."""
    return _LISTS[name]
