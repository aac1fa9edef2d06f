"""What a workshop says of a hostile file: read, flagged, refused, stopped, or a failure without a name."""

import re
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

from demeure.errors import DemeureError
from demeure.testing.workshop import LoneWorkshop
from demeure.workshop import (
    DocumentUnreadable,
    JobTooBig,
    JobTooLong,
    ReadLimits,
    ReadSummary,
)
from demeure.workshop.errors import WORDS

_PIECE = 1 << 20
_CLASS = re.compile(r"[A-Z][A-Za-z]+")


@dataclass(frozen=True)
class Verdict:
    """``outcome``: read, flagged (read, and ``flags`` say what was noticed), refused (a fact about the file),
    stopped (by a limit of time or memory), died (its process ended by itself), surprised (a reader failed in a way
    that nobody foresaw). ``why``: the code of the error and its detail."""

    outcome: str
    seconds: float
    why: str = ""
    flags: tuple[str, ...] = ()

    @property
    def named(self) -> bool:
        return self.outcome in ("read", "flagged", "refused", "stopped")


async def verdict(shop: LoneWorkshop, name: str, data: bytes, limits: ReadLimits) -> Verdict:
    """Reads ``data`` in one job of ``shop``."""
    begin = time.monotonic()

    def spent() -> float:
        return round(time.monotonic() - begin, 3)

    try:
        last = None
        async for answer in shop.asker().read(_pieces(data), name=name, limits=limits):
            last = answer
    except DemeureError as problem:
        return Verdict(outcome_of(problem), spent(), why_of(problem))
    assert isinstance(last, ReadSummary)
    return Verdict("flagged" if last.flags else "read", spent(), flags=tuple(sorted(last.flags)))


def outcome_of(problem: DemeureError) -> str:
    """Of a job that gave nothing."""
    if isinstance(problem, JobTooLong | JobTooBig):
        return "stopped"
    if not isinstance(problem, DocumentUnreadable):
        return "died"
    detail = problem.params.get("detail")
    unforeseen = isinstance(detail, str) and detail not in WORDS and _CLASS.fullmatch(detail)
    return "surprised" if unforeseen else "refused"


def why_of(problem: DemeureError) -> str:
    """The code of the error and its detail."""
    detail = problem.params.get("detail") or problem.params.get("found") or ""
    return f"{problem.code()} {detail}".strip()


async def _pieces(data: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(data), _PIECE):
        yield data[start : start + _PIECE]
