"""What a red proof found, told apart: something got out, or a fact of the house is not as it must be."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

LEAK, UNNOTICED = "leak", "unnoticed"
_BROWSER = "browser"
"""The fact that is a leak by itself: the canary server was visited."""

WORDS = {
    LEAK: "threshold.red_leak",
    "live-processes": "threshold.red_live",
    "listeners": "threshold.red_listeners",
    "keys": "threshold.red_keys",
    "models": "threshold.red_models",
    "product": "threshold.red_product",
    "page-headers": "threshold.red_headers",
    UNNOTICED: "threshold.red_unnoticed",
}
"""What is red → its few words; « threshold.red_some » for what has none here."""


@dataclass(frozen=True)
class Red:
    """``what``: a key of WORDS, or the name of a later fact. ``told``: the sentence of the proof; ``mend``: what to
    do, empty when the proof does not say."""

    what: str
    told: str
    mend: str = ""


def reds(told: Mapping[str, Any], language: str = "fr") -> list[Red]:
    """Everything that is red in the facts of a statement, leaks first."""
    return [*_leaks(told, language), *_facts(told, language), *_unnoticed(told, language)]


def leaked(counts: Mapping[str, int], told: Mapping[str, Any]) -> bool:
    """Did anything get out? ``told``: the statement's facts, empty when they can no longer be read."""
    return counts.get("open", 0) > 0 or _state(told, _BROWSER) == "open"


def few_words(told: Mapping[str, Any], say: Callable[[str], str]) -> str:
    """What the threshold of every page says of a red proof where nothing got out."""
    kinds = list(dict.fromkeys(red.what for red in reds(told)))
    if len(kinds) == 1 and kinds[0] in WORDS:
        return say(WORDS[kinds[0]])
    return say("threshold.red_some")


def _state(told: Mapping[str, Any], name: str) -> str:
    return str(told.get("facts", {}).get(name, {}).get("state", ""))


def _leaks(told: Mapping[str, Any], language: str) -> list[Red]:
    found: dict[str, list[str]] = {}
    for probe in told.get("probes", ()):
        if probe["code"] == "open":
            found.setdefault(probe["name"], []).append(probe["role"])
    lines = [Red(LEAK, f"{name} ({', '.join(roles)})") for name, roles in found.items()]
    if _state(told, _BROWSER) == "open":
        lines.append(_of_fact(LEAK, told["facts"][_BROWSER], language))
    return lines


def _facts(told: Mapping[str, Any], language: str) -> list[Red]:
    rows = told.get("facts", {}).items()
    return [_of_fact(name, row, language) for name, row in rows if row["state"] == "open" and name != _BROWSER]


def _of_fact(what: str, row: Mapping[str, Any], language: str) -> Red:
    return Red(what, row[language], row.get("mend", {}).get(language, ""))


def _unnoticed(told: Mapping[str, Any], language: str) -> list[Red]:
    return [Red(UNNOTICED, one[language]) for one in told.get("mutations", ()) if not one["ok"]]
