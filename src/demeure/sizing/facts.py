"""A fact and where it comes from. Of the two tables of this room: a value without a source is not written at
all."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

MEMORY = "memory"


@dataclass(frozen=True)
class Fact:
    """``value`` as written; ``source``: where it was read. ``read_again``: False when it was written from memory
    and nobody read it again."""

    value: Any
    source: str
    read_again: bool

    def as_json(self) -> dict[str, Any]:
        return {"value": self.value, "source": self.source, "read_again": self.read_again}


def table(name: str, rows: str) -> list[tuple[Mapping[str, Any], dict[str, Fact]]]:
    """The rows of the data file ``name``: what each has of its own, and its facts. A fact is ``[value,
    source]``."""
    data = tomllib.loads((files("demeure.sizing") / name).read_text(encoding="utf-8"))
    known: Mapping[str, str] = data["sources"]
    found: list[tuple[Mapping[str, Any], dict[str, Fact]]] = []
    for row in data[rows]:
        facts = {entry: _fact(value, known) for entry, value in row.items() if _is_fact(value)}
        found.append(({entry: value for entry, value in row.items() if entry not in facts}, facts))
    return found


def said(source: str, sources: Mapping[str, str]) -> str:
    """A source in full."""
    return source if source == MEMORY else sources[source]


def sources(name: str) -> Mapping[str, str]:
    """Key → source, of the data file ``name``."""
    found: Mapping[str, str] = tomllib.loads((files("demeure.sizing") / name).read_text(encoding="utf-8"))[
        "sources"
    ]
    return found


def _is_fact(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and isinstance(value[1], str)


def _fact(value: list[Any], known: Mapping[str, str]) -> Fact:
    return Fact(value[0], said(value[1], known), value[1] != MEMORY)
