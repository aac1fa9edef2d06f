"""What is said to the assistant itself: a greeting, thanks, an insult, « qui es-tu ? où partent mes données ? ».

Pure; no model, no search: a small model would improvise what it is, and documents know nothing of it. Only a
message of which every clause is one is taken so: « Bonjour, combien coûte la cantine ? » is a question.
"""

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

LONGEST = 200
"""Characters; beyond, somebody tells something."""
_SAID: dict[str, dict[str, dict[str, Any]]] = tomllib.loads(
    resources.files("demeure.assistant").joinpath("asides.toml").read_text(encoding="utf-8")
)
_CLAUSES = re.compile(r"[.!?;,…\n]+")
_OTHER = re.compile(r"[^a-z0-9']+")
_ORDER = ("greeting", "thanks", "insult", "self", "model", "data")
_LEAST = ("greeting", "thanks", "insult")
"""Said only when nothing else is to be: « Bonjour ! Qui es-tu ? » is answered on who it is."""


@dataclass(frozen=True)
class Aside:
    """``kinds``: what was recognised, in the order it is answered; ``language``: that of the words."""

    kinds: tuple[str, ...]
    language: str


def heard(message: str, language: str) -> Aside | None:
    """``message`` as an aside, ``language`` tried first; None when any clause of it is something else."""
    if len(message) > LONGEST:
        return None
    clauses = [said for part in _CLAUSES.split(message) if (said := _plain(part))]
    for spoken in dict.fromkeys((language, "fr", "en")):
        kinds = {_kind(clause, spoken) for clause in clauses}
        if kinds and None not in kinds:
            return Aside(tuple(kind for kind in _ORDER if kind in kinds), spoken)
    return None


def reply(aside: Aside, organisation: str, model: str) -> str:
    """What is answered: one paragraph for each thing that was asked."""
    said = _SAID[aside.language]["reply"]
    kinds = [kind for kind in aside.kinds if kind not in _LEAST] or list(aside.kinds[-1:])
    if "self" in kinds and model:
        kinds.insert(kinds.index("self") + 1, "model")
    if "greeting" in aside.kinds and "greeting" not in kinds:
        kinds.insert(0, "hello")
    return "\n\n".join(said[kind].format(organisation=organisation, model=model) for kind in kinds)


def _plain(clause: str) -> str:
    """Lower case, no accents, « ' » for every apostrophe, single spaces."""
    told = clause.casefold().replace("œ", "oe").replace("’", "'").replace("ʼ", "'")
    told = "".join(c for c in unicodedata.normalize("NFKD", told) if not unicodedata.combining(c))
    return _OTHER.sub(" ", told).strip()


def _kind(clause: str, language: str) -> str | None:
    return next((kind for kind, pattern in _patterns(language).items() if pattern.fullmatch(clause)), None)


@cache
def _patterns(language: str) -> dict[str, re.Pattern[str]]:
    heard_as = _SAID[language]["heard"]
    return {kind: re.compile("|".join(f"(?:{one})" for one in some)) for kind, some in heard_as.items()}
