"""Office turns said plainly, wherever they stand: a small model leaves some, or copies all. Pure; French alone.

What is between guillemets is its author's, and stays.
"""

import re
import tomllib
from functools import cache
from importlib import resources

_QUOTED = re.compile(r"«[^«»]{0,4000}»|“[^“”]{0,4000}”")


@cache
def _turns() -> tuple[tuple[re.Pattern[str], str], ...]:
    text = resources.files("demeure.assistant.tasks").joinpath("plain_words.toml").read_text(encoding="utf-8")
    return tuple((_whole(one["said"]), one["plain"]) for one in _read(text))


def _whole(said: str) -> re.Pattern[str]:
    """Whole words; a turn that begins or ends with a space has its bounds already."""
    before = "" if said.startswith("(?: ") else r"(?<!\w)"
    after = "" if said.endswith((")", " ")) else r"(?!\w)"
    return re.compile(f"{before}{said}{after}", re.IGNORECASE)


def _read(text: str) -> list[dict[str, str]]:
    return list(tomllib.loads(text)["fr"])


def plainer(text: str) -> str:
    """``text`` with each turn that has a plain equivalent said so."""
    made, at = [], 0
    for quoted in _QUOTED.finditer(text):
        made += [_said(text[at : quoted.start()]), quoted[0]]
        at = quoted.end()
    return "".join([*made, _said(text[at:])])


def _said(text: str) -> str:
    for pattern, plain in _turns():
        text = pattern.sub(lambda found, plain=plain: _in_place(found, plain), text)  # type: ignore[misc]
    return text


def _in_place(found: re.Match[str], plain: str) -> str:
    """With its capital where it begins a sentence."""
    told = found.expand(plain)
    return told[:1].upper() + told[1:] if found[0].lstrip()[:1].isupper() and told else told
