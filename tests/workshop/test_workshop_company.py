"""Several small texts in one job: each says what it says alone, and a doubt about one sends that one back alone."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from demeure.errors import InputError
from demeure.testing.workshop import LoneWorkshop
from demeure.wire import blocking as plain
from demeure.wire.frame import Frame, encode
from demeure.workshop import (
    Companion,
    HandedWorkshop,
    JobDied,
    JobLied,
    Part,
    Reading,
    ReadSummary,
    company,
    jobs,
)
from demeure.workshop.parts import Facts

FILES = [
    Companion("a.md", "md", "# Cantine\n\nLe repas coûte 3,20 €.\n\n## Retard\n\nPrévenir avant 9 h.".encode()),
    Companion("b.txt", "txt", "Première ligne.\nSeconde ligne\u200b.".encode()),
    Companion("c.csv", "csv", b"Nom;Tarif\nEnfant;3,20\nAdulte;6,10\n"),
]


@pytest.fixture(scope="module")
def lone() -> Iterator[LoneWorkshop]:
    with LoneWorkshop(tight=True) as workshop:
        yield workshop


def alone(lone: LoneWorkshop, one: Companion) -> Reading:
    async def go() -> Reading:
        async def stream() -> Any:
            yield one.data

        *parts, summary = [a async for a in lone.asker().read(stream(), name=one.name, format=one.format)]
        assert isinstance(summary, ReadSummary)
        return Reading(tuple(part for part in parts if isinstance(part, Part)), summary)

    return asyncio.run(go())


def test_in_company_each_says_what_it_says_alone(lone: LoneWorkshop) -> None:
    found = asyncio.run(lone.asker().read_together(FILES))
    assert found == [alone(lone, one) for one in FILES]
    second = found[1]
    assert second is not None and second.summary.flags == {"invisible-characters": 1}
    bare = asyncio.run(lone.asker().read_together(FILES, marked=False))
    assert [one and (one.parts, one.summary.personal) for one in bare] == [
        one and (one.parts, None) for one in found
    ]


BAD = {
    "a PDF under a text's name": Companion("x.md", "md", b"%PDF-1.4\n1 0 obj"),
    "nothing": Companion("x.txt", "txt", b"  \n"),
    "no byte": Companion("x.txt", "txt", b""),
    "no text": Companion("x.txt", "txt", bytes(range(256)) * 40),
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
def test_one_that_is_not_plainly_read_is_left_alone_and_the_others_say_the_same(
    lone: LoneWorkshop, bad: Companion
) -> None:
    first, middle, last = asyncio.run(lone.asker().read_together([FILES[0], bad, FILES[2]]))
    assert middle is None
    assert [first, last] == [alone(lone, FILES[0]), alone(lone, FILES[2])]


def told(*files: Companion) -> list[Any]:
    announced = [company.Announced(one.name, one.format, len(one.data)) for one in files]
    body = bytearray(b"".join(one.data for one in files))

    def read(data: bytearray, name: str, declared: str) -> Any:
        return jobs.read(data, name, declared, company.LIMITS, Facts())

    return list(company.told(body, announced, jobs._format, read))


def test_only_what_python_alone_reads_is_read_in_company() -> None:
    """The bytes decide: a page of HTML called .txt is read as a text; a message or a mailbox is not read here."""
    assert company.FORMATS == ("txt", "md", "csv")
    letter = b"From: a@b.fr\nTo: c@d.fr\nSubject: x\nDate: Mon, 2 Mar 2026 10:00:00 +0100\n\nBonjour\n"
    for name in ("a.html", "a.eml", "a.pdf"):
        form = name.partition(".")[2]
        with pytest.raises(InputError):
            company.announced({"files": [[name, form, 5]]})
    (_, answer), _ = told(Companion("lettre", "txt", letter))
    assert answer["parts"][0]["kind"] == "lines", "read as the text that its name says"


@pytest.mark.parametrize(
    "files",
    [
        *(None, [], [["a.txt", "txt"]], [["a.txt", "txt", -1]], [["a.txt", "txt", True]], [[3, "txt", 1]]),
        *([["a.txt", "txt", company.FILE_BYTES + 1]], [["a.txt", "txt", 1]] * (company.FILES + 1)),
        [["a.txt", "txt", company.FILE_BYTES]] * 17,
    ],
)
def test_what_is_no_list_of_small_texts_is_refused(files: Any) -> None:
    with pytest.raises(InputError):
        company.announced({"files": files})


def test_an_answer_that_no_frame_could_hold_is_left_alone() -> None:
    deep = "\n\n".join(f"{'#' * level} {'x' * 250}" for level in range(1, 7))
    long = deep + "".join(f"\n\n###### {n}\n\nmot" for n in range(600))
    (_, answer), _ = told(Companion("a.md", "md", long.encode()))
    assert answer == {"at": 0}
    (_, worst), _ = told(Companion("a.txt", "txt", "\U0001f600".encode() * (company.FILE_BYTES // 4)))
    encode(Frame(1, "item", {"data": worst}))


GOOD = {"place": {"kind": "lines", "from": 1, "to": 1}, "text": "Bonjour", "kind": "lines"}
END = {"pages": 0, "title": "Titre", "language": "fr", "flags": [], "characters": 7}


def item(at: int, **changes: Any) -> bytes:
    return encode(Frame(1, "item", {"data": {"at": at, "parts": [GOOD], "end": END, **changes}}))


def answered(*frames: bytes) -> list[Reading | None]:
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
        return asyncio.run(HandedWorkshop(connect).read_together(FILES[:2]))
    finally:
        liar.join()


DONE = encode(Frame(1, "end", {"data": {"files": 2}}))


def test_an_honest_answer_passes() -> None:
    first, second = answered(item(0), encode(Frame(1, "item", {"data": {"at": 1}})), DONE)
    assert first is not None and first.parts[0].text == "Bonjour" and second is None


LIES = {
    "two answers for one file": (item(0), item(0), DONE),
    "the second before the first": (item(1), item(0), DONE),
    "one missing": (item(0), DONE),
    "one too many": (item(0), item(1), item(2), DONE),
    "a picture": (item(0, parts=[{**GOOD, "kind": "image"}]), item(1), DONE),
    "a count that is not the text's": (item(0, end={**END, "characters": 8}), item(1), DONE),
    "a control character": (item(0, parts=[{**GOOD, "text": "Bonjo\x1b"}]), item(1), DONE),
    "a verdict on another": (item(0, problem="DocumentEmpty"), item(1), DONE),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_lie_about_one_is_a_lie_about_all(lie: str) -> None:
    with pytest.raises(JobLied):
        answered(*LIES[lie])


def test_a_job_that_leaves_in_the_middle_says_nothing_of_any() -> None:
    with pytest.raises(JobDied):
        answered(item(0), item(1))
