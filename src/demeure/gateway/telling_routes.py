"""What the airlock writes of a request (airlock/leaving.py: « route far; 2423 bytes; class interne; … »), in the
reader's language.
"""

import re
from collections.abc import Callable
from typing import Any

from demeure.personal import KINDS, kind_name

Say = Callable[..., str]
"""(language, key, parameters) → the sentence."""
_PARTS = (
    ("route", re.compile(r"route (?P<route>\S+)")),
    ("bytes", re.compile(r"(?P<n>[0-9]+) bytes")),
    ("class", re.compile(r"class (?P<name>[^-]\S*)")),
    ("found", re.compile(r"found (?P<found>[a-z]+ [0-9]+(?:, [a-z]+ [0-9]+)*)")),
    ("policy", re.compile(r"policy (?P<version>\S+)")),
    ("stayed", re.compile(r"out 0 bytes")),
    ("out", re.compile(r"out (?P<n>[0-9]+) bytes(?: sha256 (?P<digest>[0-9a-f]+))?")),
    ("back", re.compile(r"back (?P<n>[0-9]+) bytes")),
)
_NOTHING = ("class -", "found -")


def about_route(say: Say, language: str, object_: str) -> str:
    """Empty: it is no such line. A part that is not known stays as it is written."""
    parts = object_.split("; ")
    if not parts[0].startswith("route ") or len(parts) < 2:
        return ""
    return ", ".join(_part(say, language, part) for part in parts if part not in _NOTHING)


def _part(say: Say, language: str, part: str) -> str:
    for name, pattern in _PARTS:
        if found := pattern.fullmatch(part):
            told: dict[str, Any] = found.groupdict()
            if name == "found":
                told["found"] = ", ".join(_counted(one, language) for one in found["found"].split(", "))
            if name == "out" and not told["digest"]:
                return say(language, "told.by_route_out_alone", n=told["n"])
            told |= {"digest": told["digest"][:16]} if name == "out" else {}
            return say(language, f"told.by_route_{name}", **told)
    return part


def _counted(one: str, language: str) -> str:
    kind, count = one.split(" ")
    known = next((each for each in KINDS if each == kind), None)
    return one if known is None else f"{count} {kind_name(known, int(count), language)}"
