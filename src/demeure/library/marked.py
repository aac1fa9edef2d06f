"""What is marked as personal data in a document, and why: found again from its text when somebody who may read it
asks. Nothing of it is kept.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from demeure.personal import Detection, Kind, examine, explained

EXAMINED = 60_000
"""Characters looked at in one go: a second at most."""
WRITTEN = 80
"""Characters of a mark that are shown."""


@dataclass(frozen=True)
class Mark:
    """``written``: as it stands where it is first found, on one line; ``place``: of that; ``times``: how often it
    was found; ``found``: what says why."""

    written: str
    place: Mapping[str, Any]
    times: int
    found: Detection

    @property
    def kind(self) -> Kind:
        return self.found.kind

    def why(self, language: str) -> str:
        return explained(self.found, language)


@dataclass(frozen=True)
class Marked:
    """Different values, in their order. ``following``: the number of the part to go on from; None: that was all."""

    marks: tuple[Mark, ...]
    following: int | None = None


def marked(parts: Iterable[tuple[int, Mapping[str, Any], str]]) -> Marked:
    """``parts``: (number, place, text), in their order; those beyond EXAMINED characters are left for another
    look."""
    seen: dict[tuple[str, str], Mark] = {}
    size = 0
    for number, place, text in parts:
        if size and size + len(text) > EXAMINED:
            return Marked(tuple(seen.values()), number)
        size += len(text)
        for one in examine(text):
            key = (one.kind, one.value)
            seen[key] = _again(seen[key]) if key in seen else Mark(_line(text[one.start : one.end]), place, 1, one)
    return Marked(tuple(seen.values()))


def _again(mark: Mark) -> Mark:
    return replace(mark, times=mark.times + 1)


def _line(text: str) -> str:
    written = " ".join(text.split())
    return written if len(written) <= WRITTEN else f"{written[: WRITTEN - 1]}…"
