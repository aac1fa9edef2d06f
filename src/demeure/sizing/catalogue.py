"""Open models for French work, as the data file tells them: every fact with its source, what is unknown left
out."""

from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, cast

from demeure.sizing.errors import OpenModelUnknown
from demeure.sizing.facts import Fact, table

Task = Literal["chat", "embed", "rerank", "speech"]
FILE = "open_models.toml"
EUROPE = frozenset({"FR", "DE", "EU", "CH"})
"""Seats that count as Europe here: the Union, and Switzerland, whose law is found adequate by the Commission."""
BITS = {"q4_k_m": 4.9, "q8_0": 8.5, "f16": 16.0}
"""Effective bits a weight of each quantisation (docs/sizing.md), for a file whose bytes are not known."""


@dataclass(frozen=True)
class OpenModel:
    """``facts``: name → fact, of those that are known (see the head of the data file). ``file``: id of the file
    that Demeure fetches, when it is one of them. ``good_fr`` and ``good_en`` are a judgement."""

    id: str
    task: Task
    good_fr: str
    good_en: str
    file: str
    facts: dict[str, Fact]

    def get(self, name: str) -> Any:
        """The value of a fact; None when it is unknown."""
        fact = self.facts.get(name)
        return None if fact is None else fact.value

    def number(self, name: str) -> float | None:
        """The same, when it is a number."""
        value = self.get(name)
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None

    @property
    def seats(self) -> frozenset[str]:
        """Countries of the publisher's seats; empty when unknown."""
        return frozenset(str(self.get("country") or "").split())

    @property
    def european(self) -> bool:
        """Has every seat of the publisher a European country?"""
        return bool(self.seats) and self.seats <= EUROPE

    @property
    def state_unknown(self) -> bool:
        """Has it recurrent layers whose fixed bytes a stream nobody published? Its memory is then a lower bound."""
        recurrent = any(word in str(self.get("attention")) for word in ("DeltaNet", "Mamba", "convolution"))
        return recurrent and self.get("state_bytes") is None

    def weights(self, quantisation: str) -> tuple[int, bool] | None:
        """Bytes of its file, and whether they are of a real file (True) or computed from its parameters and BITS;
        None when neither is known."""
        exact = self.number(quantisation)
        if exact:
            return int(exact), True
        parameters = self.number("parameters")
        if parameters is None or quantisation not in BITS:
            return None
        return int(parameters * BITS[quantisation] / 8), False

    def good(self, language: str) -> str:
        return self.good_en if language == "en" else self.good_fr

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "task": self.task,
            "good": {"fr": self.good_fr, "en": self.good_en},
            "file": self.file or None,
            "facts": {name: fact.as_json() for name, fact in self.facts.items()},
        }


@cache
def open_models() -> tuple[OpenModel, ...]:
    """The whole catalogue, in the order of the file."""
    return tuple(
        OpenModel(
            id=own["id"],
            task=cast("Task", own["task"]),
            good_fr=own["good"]["fr"],
            good_en=own["good"]["en"],
            file=own.get("file", ""),
            facts=facts,
        )
        for own, facts in table(FILE, "models")
    )


def open_model(name: str) -> OpenModel:
    """The model of that id, or of that file of Demeure's. Raises OpenModelUnknown."""
    for one in open_models():
        if name in (one.id, one.file):
            return one
    raise OpenModelUnknown(name=name)
