"""Hostile and broken files through a real zygote: each ends in its named state, and the zygote serves on."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import format_files as formats
import pytest
import workshop_files as files

from demeure.errors import DemeureError
from demeure.testing.workshop import LoneWorkshop
from demeure.workshop import DocumentTooLarge, DocumentWrongFormat, Part, ReadLimits, ReadSummary

HOSTILE = files.HOSTILE | formats.HOSTILE
LIMITS = ReadLimits(seconds=20, memory_mb=700, characters=5_000_000, pages=5_000)


@pytest.fixture(scope="module", params=[False, True], ids=["open", "boxed"])
def shop(request: pytest.FixtureRequest) -> Iterator[LoneWorkshop]:
    with LoneWorkshop(tight=request.param) as workshop:
        yield workshop


async def pieces(made: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(made), 1 << 20):
        yield made[start : start + (1 << 20)]


async def read(
    shop: LoneWorkshop, name: str, stream: AsyncIterator[bytes], limits: ReadLimits = LIMITS
) -> tuple[list[Part], ReadSummary]:
    got = [answer async for answer in shop.asker().read(stream, name=name, limits=limits)]
    assert isinstance(got[-1], ReadSummary)
    return [part for part in got if isinstance(part, Part)], got[-1]


def outcome(shop: LoneWorkshop, name: str, made: bytes) -> str:
    try:
        asyncio.run(read(shop, name, pieces(made)))
    except DemeureError as problem:
        assert problem.sentence("fr") and "?" not in problem.sentence("fr").replace("\u00a0?", "")
        return problem.code()
    return "read"


def still_serves(shop: LoneWorkshop) -> None:
    parts, summary = asyncio.run(read(shop, "bon.docx", pieces(files.good_docx())))
    assert "9 juin" in parts[0].text
    assert summary.characters == len(parts[0].text)


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_file_ends_in_its_named_state(shop: LoneWorkshop, case: str) -> None:
    name, make, allowed = HOSTILE[case]
    started = time.monotonic()
    assert outcome(shop, name, make()) in allowed
    assert time.monotonic() - started < LIMITS.seconds + 10
    still_serves(shop)


def test_300_megabytes_are_streamed_and_refused(shop: LoneWorkshop) -> None:
    async def zeros() -> AsyncIterator[bytes]:
        for _ in range(300):
            yield bytes(1 << 20)

    async def letters() -> AsyncIterator[bytes]:
        for _ in range(300):
            yield b"a b " * (1 << 18)

    with pytest.raises(DocumentWrongFormat):
        asyncio.run(read(shop, "zero.txt", zeros()))
    with pytest.raises(DocumentTooLarge):
        asyncio.run(read(shop, "lettres.txt", letters()))
    still_serves(shop)


def test_the_zygote_stays_flat(shop: LoneWorkshop) -> None:
    for made in (files.good_pdf(), files.good_docx(), files.good_odt()):
        asyncio.run(read(shop, "", pieces(made)))
    before = resident(shop.pid)
    for _ in range(15):
        for name, made in (
            ("a.pdf", files.good_pdf()),
            ("a.docx", files.good_docx()),
            ("a.pdf", files.recursive_tree()),
        ):
            outcome(shop, name, made)
    assert resident(shop.pid) - before < 2 << 20
    assert len(list(Path(f"/proc/{shop.pid}/fd").iterdir())) < 12
    assert len(list(Path(f"/proc/{shop.pid}/task").iterdir())) == 1


def resident(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096
