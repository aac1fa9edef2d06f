"""The Workshop port's law, on the fake and on the real one; and an asker that believes nothing."""

import asyncio
import json
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from demeure.testing.workshop import FakeWorkshop, LoneWorkshop
from demeure.wire import blocking as plain
from demeure.wire.frame import Frame, encode
from demeure.workshop import (
    DocumentEmpty,
    DocumentEncrypted,
    DocumentTooLarge,
    DocumentUnreadable,
    HandedWorkshop,
    JobDied,
    JobFailed,
    JobLied,
    JobTooLong,
    Part,
    ReadLimits,
    ReadSummary,
    Workshop,
)

USUAL = ReadLimits()
TEXT = "Première ligne du mémo.\nSeconde ligne, avec « 3,20 € ».".encode()


@pytest.fixture(scope="module")
def lone() -> Iterator[LoneWorkshop]:
    with LoneWorkshop() as workshop:
        yield workshop


@pytest.fixture(params=["fake", "real"])
def workshop(request: pytest.FixtureRequest, lone: LoneWorkshop) -> Workshop:
    return FakeWorkshop() if request.param == "fake" else lone.asker()


async def pieces(*made: bytes) -> AsyncIterator[bytes]:
    for piece in made:
        yield piece


async def everything(
    workshop: Workshop, *made: bytes, name: str = "a.txt", limits: ReadLimits = USUAL
) -> list[Part | ReadSummary]:
    return [answer async for answer in workshop.read(pieces(*made), name=name, limits=limits)]


def test_parts_then_exactly_one_summary(workshop: Workshop) -> None:
    answers = asyncio.run(everything(workshop, TEXT[:9], TEXT[9:]))
    assert [type(answer) for answer in answers] == [Part, ReadSummary]
    part, summary = answers
    assert isinstance(part, Part) and isinstance(summary, ReadSummary)
    assert part.text == TEXT.decode() and part.place == {"kind": "lines", "from": 1, "to": 2}
    assert summary.characters == len(part.text) and summary.title == "Première ligne du mémo."


def test_a_fact_about_the_file_is_a_named_error(workshop: Workshop) -> None:
    with pytest.raises(DocumentEmpty):
        asyncio.run(everything(workshop))
    with pytest.raises(DocumentTooLarge):
        asyncio.run(everything(workshop, TEXT * 99, limits=ReadLimits(characters=100)))
    with pytest.raises(DocumentUnreadable):
        asyncio.run(everything(workshop, b"\xff\x00\x01" * 999))


def test_calls_are_independent_and_concurrent(workshop: Workshop) -> None:
    async def go() -> list[list[Part | ReadSummary]]:
        texts = [f"Texte numéro {number} du lot.".encode() for number in range(6)]
        return await asyncio.gather(*(everything(workshop, text) for text in texts))

    for number, answers in enumerate(asyncio.run(go())):
        assert isinstance(answers[0], Part) and f"numéro {number}" in answers[0].text


@pytest.mark.parametrize("error", [KeyError, OSError, TimeoutError, EOFError])
def test_the_callers_own_failure_comes_back_to_it(workshop: Workshop, error: type[Exception]) -> None:
    async def failing() -> AsyncIterator[bytes]:
        yield b"debut"
        raise error("blob")

    async def go() -> None:
        async for _ in workshop.read(failing(), name="a.txt"):
            pass

    with pytest.raises(error):
        asyncio.run(go())


def test_leaving_early_is_allowed(workshop: Workshop) -> None:
    async def go() -> None:
        answers = workshop.read(pieces(TEXT), name="a.txt")
        assert isinstance(await anext(answers), Part)
        await answers.aclose()  # type: ignore[attr-defined]

    asyncio.run(go())
    assert asyncio.run(everything(workshop, TEXT))


# --- an answer is hostile until checked

GOOD = {"place": {"kind": "page", "page": 1}, "text": "Bonjour", "kind": "text"}
END = {"pages": 1, "title": "Titre", "language": "fr", "flags": [], "characters": 7}


def item(**changes: Any) -> bytes:
    return encode(Frame(1, "item", {"data": {**GOOD, **changes}}))


def end(**changes: Any) -> bytes:
    return encode(Frame(1, "end", {"data": {**END, **changes}}))


def answered(*frames: bytes) -> list[Part | ReadSummary]:
    """What the asker makes of a job that sends these bytes, then leaves."""
    mine, theirs = socket.socketpair()

    def lie() -> None:
        with theirs:
            plain.receive_call(theirs, 1 << 20)
            theirs.sendall(b"".join(frames))

    async def connect() -> socket.socket:
        return mine

    liar = threading.Thread(target=lie)
    liar.start()
    try:
        return asyncio.run(everything(HandedWorkshop(connect), TEXT, limits=ReadLimits(seconds=1)))
    finally:
        liar.join()


def test_an_honest_answer_passes() -> None:
    part, summary = answered(item(boxes=[[0, 7, 1, 2, 3, 4]], size=[595, 842], headings=["Tarifs"]), end())
    assert isinstance(part, Part) and part.boxes[0].end == 7 and part.size == (595.0, 842.0)
    assert isinstance(summary, ReadSummary) and summary.title == "Titre"


CELLS = {"kind": "cells", "sheet": "Tarifs", "range": "A1:F2", "hidden": True, "inside": ["pieces.zip", "t.xlsx"]}


def test_places_of_every_kind_pass_as_they_are() -> None:
    for place in (
        CELLS,
        {"kind": "cells", "range": "B4"},
        {"kind": "slide", "slide": 3, "title": "Recettes", "part": "notes"},
        {"kind": "message", "number": 2, "of": "Objet"},
    ):
        part, _ = answered(item(place=place), end())
        assert isinstance(part, Part) and part.place == place
    part, _ = answered(item(place=CELLS, rows=[2]), end())
    assert isinstance(part, Part) and part.rows == (2,)


LIES: dict[str, Callable[[], tuple[bytes, ...]]] = {
    "text of another type": lambda: (item(text=7), end()),
    "control character": lambda: (item(text="Bon\x07jour"), end()),
    "direction character": lambda: (item(text="Bon\u202ejour"), end()),
    "lone surrogate": lambda: (item(text="Bon\ud800jour"), end()),
    "not NFC": lambda: (item(text="e\u0301"), end(characters=2)),
    "part too long": lambda: (item(text="a" * 50_001), end(characters=50_001)),
    "blank part": lambda: (item(text="  "), end(characters=2)),
    "unknown field": lambda: (item(html="<b>"), end()),
    "unknown kind": lambda: (item(kind="script"), end()),
    "unknown place": lambda: (item(place={"kind": "url", "page": 1}), end()),
    "page zero": lambda: (item(place={"kind": "page", "page": 0}), end()),
    "page true": lambda: (item(place={"kind": "page", "page": True}), end()),
    "page beyond the limit": lambda: (item(place={"kind": "page", "page": 10**7}), end()),
    "lines backwards": lambda: (item(place={"kind": "lines", "from": 9, "to": 3}), end()),
    "slide zero": lambda: (item(place={"kind": "slide", "slide": 0}), end()),
    "a part of a slide of its own": lambda: (item(place={"kind": "slide", "slide": 1, "part": "<b>"}), end()),
    "a range of words": lambda: (item(place={"kind": "cells", "range": "A1:javascript"}), end()),
    "a range with more behind": lambda: (item(place={"kind": "cells", "range": "A1:B2\n"}), end()),
    "hidden by a word": lambda: (item(place={"kind": "cells", "range": "A1", "hidden": "yes"}), end()),
    "hidden by one": lambda: (item(place={"kind": "cells", "range": "A1", "hidden": 1}), end()),
    "sheet with a line end": lambda: (item(place={"kind": "cells", "range": "A1", "sheet": "a\nb"}), end()),
    "message zero": lambda: (item(place={"kind": "message", "number": 0}), end()),
    "inside nothing": lambda: (item(place={**GOOD["place"], "inside": []}), end()),
    "inside too much": lambda: (item(place={**GOOD["place"], "inside": ["a"] * 7}), end()),
    "inside a blank": lambda: (item(place={**GOOD["place"], "inside": [" "]}), end()),
    "inside one name": lambda: (item(place={**GOOD["place"], "inside": "a.zip"}), end()),
    "rows without cells": lambda: (item(rows=[1]), end()),
    "more rows than lines": lambda: (item(place=CELLS, rows=[1, 2]), end()),
    "a row outside": lambda: (item(place=CELLS, rows=[3]), end()),
    "rows backwards": lambda: (item(place=CELLS, text="a\nb", rows=[2, 1]), end(characters=3)),
    "path too deep": lambda: (item(place={"kind": "heading", "path": ["x"] * 13}), end()),
    "title with a line end": lambda: (item(), end(title="a\nb")),
    "box outside the text": lambda: (item(boxes=[[0, 8, 0, 0, 1, 1]]), end()),
    "box of words": lambda: (item(boxes=[["a"] * 6]), end()),
    "infinite box": lambda: (item(boxes=[[0, 1, 1e400, 0, 1, 1]]), end()),
    "wrong count": lambda: (item(), end(characters=8)),
    "nothing said": lambda: (end(characters=0),),
    "unknown flag": lambda: (item(), end(flags=[{"name": "<script>", "count": 1}])),
    "negative flag": lambda: (item(), end(flags=[{"name": "macros", "count": -1}])),
    "too many pages": lambda: (item(), end(pages=10**9)),
    "another exchange": lambda: (encode(Frame(2, "item", {"data": GOOD})),),
    "a call": lambda: (encode(Frame(1, "call", {"op": "read", "args": {}})),),
    "raw bytes in a frame": lambda: (encode(Frame(1, "item", {"data": GOOD}, b"x")),),
    "garbage": lambda: (b"\x00\x00\x00\x05\x00\x00\x00\x00hello",),
    "a header of a gigabyte": lambda: (b"\x40\x00\x00\x00\x00\x00\x00\x00",),
    "an error of another room": lambda: (error("WrongPassword"),),
    "an error that is no error": lambda: (error("__class__"),),
}


def error(code: str, /, **params: Any) -> bytes:
    return encode(Frame(1, "error", {"code": code, "params": params}))


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_ends_the_reading(lie: str) -> None:
    with pytest.raises(JobLied):
        answered(*LIES[lie]())


def test_a_job_that_leaves_before_the_end_died() -> None:
    with pytest.raises(JobDied):
        answered(item())
    with pytest.raises(JobDied):
        answered(item()[:20])


def test_the_jobs_own_errors_arrive_with_harmless_words() -> None:
    with pytest.raises(DocumentEncrypted):
        answered(error("DocumentEncrypted"))
    with pytest.raises(JobFailed) as caught:
        answered(error("JobDied", detail="a\x1b[31m\u202eb" + "x" * 900, self="x"))
    assert "\x1b" not in caught.value.sentence() and len(caught.value.sentence()) < 400


def test_a_job_that_says_nothing_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("demeure.workshop.client._GRACE", 0.1)
    mine, theirs = socket.socketpair()

    async def connect() -> socket.socket:
        return mine

    with theirs, pytest.raises(JobTooLong):
        asyncio.run(everything(HandedWorkshop(connect), TEXT, limits=ReadLimits(seconds=0.2)))


def test_frames_are_plain_json() -> None:
    assert json.loads(item()[8:])["data"] == GOOD
