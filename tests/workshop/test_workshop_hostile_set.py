"""All hostile files made here through one boxed workshop: a verdict that has a name each time, in its limits."""

import asyncio
import os
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator

import hostile_files
import pytest

from demeure.testing.hostility import Verdict, verdict
from demeure.testing.workshop import LoneWorkshop
from demeure.workshop import DocumentCorrupt, ReadLimits

LIMITS = ReadLimits(seconds=12, memory_mb=700, characters=5_000_000, pages=5_000)
CASES = hostile_files.everything()
STRIDE = 1 if os.environ.get("DEMEURE_ENDURANCE") else 2
"""One file of two in make test, all of them in make endurance."""
MOST = 4
"""Files that need the limits to be stopped, at most: circular drawings and floods of shared texts."""


@pytest.fixture(scope="module")
def shop() -> Iterator[LoneWorkshop]:
    with LoneWorkshop(tight=True) as workshop:
        yield workshop


def test_there_are_enough_of_them() -> None:
    assert len(CASES) - len(hostile_files.good()) * hostile_files.SPOILT >= 120


@pytest.mark.timeout(600)
@pytest.mark.endurance
def test_each_ends_with_a_verdict_that_has_a_name_and_the_workshop_serves_on(shop: LoneWorkshop) -> None:
    found: dict[str, Verdict] = {}
    for case, (name, make) in list(CASES.items())[::STRIDE]:
        begin = time.monotonic()
        found[case] = asyncio.run(verdict(shop, name, make(), LIMITS))
        assert time.monotonic() - begin < LIMITS.seconds + 10, case
    assert {case: one for case, one in found.items() if not one.named} == {}
    told = Counter(one.outcome for one in found.values())
    assert told["read"] + told["flagged"] > 30 // STRIDE
    assert told["refused"] > 60 // STRIDE
    assert told["stopped"] <= MOST, [case for case, one in found.items() if one.outcome == "stopped"]
    for name, made in hostile_files.good().items():
        assert asyncio.run(verdict(shop, name, made, LIMITS)).outcome in ("read", "flagged"), name


def test_an_unnamed_failure_would_be_told() -> None:
    class Surprised:
        def asker(self) -> "Surprised":
            return self

        async def read(self, *_: object, **__: object) -> AsyncIterator[object]:
            raise DocumentCorrupt(detail="KeyError")
            yield

    assert not asyncio.run(verdict(Surprised(), "a.pdf", b"x", LIMITS)).named  # type: ignore[arg-type]
