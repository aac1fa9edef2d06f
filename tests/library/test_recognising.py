"""Scanned pages behind everything else: in their place, once, kept across kills, said when they cannot be read."""
# ruff: noqa: ASYNC110 - what is waited for is a row of the database or a call counted by the fake

import asyncio
from pathlib import Path

import pytest
import sqlalchemy as sa

from demeure.library import Document, kinds_of, recognising, scans
from demeure.library.line import OWNER
from demeure.store.space_tables import parts, passages
from demeure.testing.house import ADMINISTRATOR, AGENT, SmallHouse, pieces, small_house
from demeure.testing.workshop import FakeWorkshop
from demeure.workshop import Box, DocumentEncrypted, JobDied, Language, LanguageDataMissing, Part

FRENCH = Language("fra", "a" * 64)


def page(number: int, text: str = "", kind: str = "text") -> Part:
    return Part({"kind": "page", "page": number}, text, kind)


def seen(number: int, text: str, confidence: int = 91, **more: int) -> Part:
    place = {"kind": "page", "page": number, "confidence": confidence, **more}
    return Part(place, text, boxes=(Box(0, len(text), 10.0, 20.0, 300.0, 32.0),))


MIXED = [
    page(1, "Sommaire du conseil."),
    page(2, "", "image"),
    page(3, "Reçu en préfecture", "image"),
    page(4, "Fin."),
]
TEXTS = {2: "La halle ferme à treize heures le canari2.", 3: "La cantine ouvre le canari3."}


def scan(house: SmallHouse, name: str = "pv.pdf", made: list[Part] | None = None) -> None:
    house.workshop._answers[name] = made or MIXED
    for number, text in TEXTS.items():
        house.workshop.pictures[(name, number)] = seen(number, text)


async def added(house: SmallHouse, name: str = "pv.pdf", content: bytes = b"%PDF") -> Document:
    row = await house.library.add(ADMINISTRATOR, "mairie", name, pieces(content))
    assert isinstance(row, Document)
    return row


async def found(house: SmallHouse, word: str) -> list[dict[str, object]]:
    hits = (await house.searcher.search(AGENT, word, ["mairie"], 3)).hits
    return [dict(hit.place) for hit in hits if word in hit.text]


def stored(house: SmallHouse, document: str) -> list[tuple[int, str]]:
    with house.rooms.database("mairie").read() as db:
        rows = db.execute(
            sa.select(parts.c.place, parts.c.text).where(parts.c.document == document).order_by(parts.c.ordinal)
        )
        return [(row.place["page"], row.text) for row in rows]


def test_scanned_pages_of_a_mixed_document_are_read_in_their_place(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            house.languages.append(FRENCH)
            scan(house)
            house.workshop.pictures[("pv.pdf", 3)] = seen(3, TEXTS[3], confidence=40, turn=180)
            reach = {1: "01 99 00 12 34", 2: "mairie@exemple.fr"}
            house.workshop._answers["pv.pdf"] = [page(1, f"{MIXED[0].text} {reach[1]}"), *MIXED[1:]]
            house.workshop.pictures[("pv.pdf", 2)] = seen(2, f"{TEXTS[2]} {reach[2]}")
            row = await house.settled((await added(house)).id)
            assert row.state == "ready" and row.passages == row.embedded == 4
            flags = {"pages-recognised": 2, "pages-poorly-recognised": 1, "pages-turned": 1}
            assert row.flags == flags | {"recognition-confidence": 66}
            assert kinds_of(row.personal) == {"phone": 1, "email": 1}, "of the text and of the pictures"
            texts = [f"{MIXED[0].text} {reach[1]}", f"{TEXTS[2]} {reach[2]}", TEXTS[3], "Fin."]
            assert stored(house, row.id) == list(enumerate(texts, 1))
            assert await found(house, "canari2") == [{"kind": "page", "page": 2, "confidence": 91}]
            assert await found(house, "canari3") == [{"kind": "page", "page": 3, "confidence": 40, "turn": 180}]
            names = [(e.name, e.outcome) for e in house.journal.entries if e.chain == row.chain]
            assert ("document-recognise", None) in names and ("document-recognise-closed", "done") in names

    asyncio.run(go())


def test_the_rest_of_the_document_is_found_before_its_scans_are_read(tmp_path: Path) -> None:
    class Waiting(FakeWorkshop):
        go = asyncio.Event()

        async def recognise(self, stream, **asked):  # type: ignore[no-untyped-def]
            await self.go.wait()
            async for answer in super().recognise(stream, **asked):
                yield answer

    async def go() -> None:
        async with small_house(tmp_path) as house:
            house.languages.append(FRENCH)
            scan(house)
            house.workshop.__class__ = Waiting
            row = await house.settled((await added(house)).id, ("searchable",))
            assert row.flags == {"pages-to-recognise": 2} and row.pages == 4
            assert await found(house, "Sommaire") and not await found(house, "préfecture")
            (await house.library.document(ADMINISTRATOR, row.id))
            other = await house.add("note.txt", "Une note pressée.")
            assert other.state == "ready", "new documents do not wait behind scans"
            Waiting.go.set()
            assert (await house.settled(row.id)).passages == 4

    asyncio.run(go())


def test_pages_done_are_kept_when_the_worker_is_killed(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path, work=False) as house:
            house.languages.append(FRENCH)
            made = [page(n, "", "image") for n in range(1, 7)]
            house.workshop._answers["scan.pdf"] = made
            for n in range(1, 7):
                house.workshop.pictures[("scan.pdf", n)] = seen(n, f"Page {n} du canari{n}.")
            row = await added(house, "scan.pdf")
            for stop in (2, 4):
                done = house.workshop.recognised
                working = asyncio.create_task(house.pipeline.run())
                while len({page for _, page in done}) < stop + 1:
                    await asyncio.sleep(0)
                working.cancel()  # as a kill: nothing is finished, leases stay
                await asyncio.gather(working, return_exceptions=True)
                left = scans.progress(house.rooms.database("mairie"), row.id)
                assert 6 - stop - 2 <= len(left.waiting) <= 6 - stop
                house.shelf.release_all(OWNER)
            working = asyncio.create_task(house.pipeline.run())
            end = await house.settled(row.id)
            assert end.state == "ready" and end.passages == 6 and end.flags == {
                "pages-recognised": 6, "recognition-confidence": 91,
            }  # fmt: skip
            again = [page for _, page in house.workshop.recognised]
            assert again == sorted(again) and len(again) <= 6 + 2, "a page is done again only if it was cut"
            with house.rooms.database("mairie").read() as db:
                texts = list(db.execute(sa.select(passages.c.text).order_by(passages.c.ordinal)).scalars())
            assert texts == [f"Page {n} du canari{n}." for n in range(1, 7)]
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)

    asyncio.run(go())


def test_a_page_that_breaks_its_job_is_left_without_text_and_the_others_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("demeure.library.line.PAUSE", recognising_pause())

    async def go() -> None:
        async with small_house(tmp_path) as house:
            house.languages.append(FRENCH)
            scan(house)
            house.workshop.pictures[("pv.pdf", 2)] = JobDied(detail="signal 11")
            row = await house.settled((await added(house)).id)
            assert row.state == "ready" and row.flags is not None and row.flags["pages-without-text"] == 1
            assert await found(house, "canari3") and stored(house, row.id)[1] == (2, "")

    asyncio.run(go())


def recognising_pause() -> object:
    from datetime import timedelta

    return timedelta(milliseconds=50)


def test_without_language_data_the_document_says_so_and_is_read_once_it_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recognising, "LOOK_SECONDS", 0.05)

    async def go() -> None:
        async with small_house(tmp_path) as house:
            scan(house)
            scan(house, "scan.pdf", [page(2, "", "image")])
            mixed = await house.settled((await added(house)).id)
            assert mixed.state == "ready" and mixed.flags == {"pages-without-language-data": 2}
            assert await found(house, "préfecture"), "what the file itself says of its pages is better than nothing"
            alone = await house.settled((await added(house, "scan.pdf", b"%PDF scan")).id)
            assert alone.state == "failed" and alone.reason == (LanguageDataMissing.code(), {})
            locked = DocumentEncrypted()
            house.workshop._answers["ferme.pdf"] = locked
            await house.settled((await added(house, "ferme.pdf", b"%PDF f")).id)
            house.languages.append(FRENCH)
            await read_again(house, mixed.id, alone.id)
            assert await found(house, "canari2") and await found(house, "canari3")
            assert house.workshop.names.count("ferme.pdf") == 1, "only what lacked the data is read again"

    asyncio.run(go())


async def read_again(house: SmallHouse, *documents: str) -> None:
    async with asyncio.timeout(10):
        for document in documents:
            while not ((row := house.shelf.document(document)) and (row.flags or {}).get("pages-recognised")):
                await asyncio.sleep(0.01)
            assert (await house.settled(document)).state == "ready"


def test_pictures_without_a_word_are_a_named_failure(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            house.languages.append(FRENCH)
            house.workshop._answers["photo.jpg"] = [page(1, "", "image")]
            row = await house.settled((await added(house, "photo.jpg", b"\xff\xd8\xff")).id)
            assert row.state == "failed" and row.reason is not None and row.reason[0] == "DocumentHasNoText"

    asyncio.run(go())


def test_a_scan_deleted_while_it_is_read_leaves_nothing(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            house.languages.append(FRENCH)
            made = [page(n, "", "image") for n in range(1, 200)]
            house.workshop._answers["scan.pdf"] = made
            for n in range(1, 200):
                house.workshop.pictures[("scan.pdf", n)] = seen(n, f"Page {n}.")
            row = await added(house, "scan.pdf")
            while len(house.workshop.recognised) < 3:
                await asyncio.sleep(0.005)
            await house.library.delete(ADMINISTRATOR, row.id)
            async with asyncio.timeout(10):
                while house.shelf.document(row.id) is not None:
                    await asyncio.sleep(0.02)
            assert stored(house, row.id) == []
            with house.rooms.database("mairie").read() as db:
                assert db.execute(sa.select(sa.func.count()).select_from(passages)).scalar_one() == 0

    asyncio.run(go())


def test_pictures_inside_attachments_are_read_in_their_place(tmp_path: Path) -> None:
    """Two pictures called « page 1 », each in its own attachment; the workshop is asked for them by their rank."""

    def photo(name: str) -> Part:
        return Part({"kind": "page", "page": 1, "inside": [name]}, "", "image")

    async def go() -> None:
        async with small_house(tmp_path) as house:
            said = Part({"kind": "message", "number": 1, "of": "x"}, "Bonjour.")
            house.workshop._answers["avec.eml"] = [said, photo("a.png"), photo("b.png")]
            house.workshop.pictures[("avec.eml", 1)] = seen(1, "Le devis canari4.")
            house.workshop.pictures[("avec.eml", 2)] = seen(2, "La facture canari5.", turn=90)
            unread = await house.add("avec.eml", "1")
            assert unread.state == "ready" and unread.flags == {"pages-without-language-data": 2}
            house.languages.append(FRENCH)
            house.workshop._answers["photos.zip"] = [photo("c.png")]
            house.workshop.pictures[("photos.zip", 1)] = seen(1, "Une borne canari6.")
            read = await house.add("photos.zip", "2")
            assert read.state == "ready" and read.passages == 1
            await house.library.delete(ADMINISTRATOR, unread.id)
            read = await house.add("avec.eml", "3")
            assert read.flags == {"pages-recognised": 2, "pages-turned": 1, "recognition-confidence": 91}
            inside = {"kind": "page", "page": 1, "confidence": 91}
            assert await found(house, "canari4") == [{**inside, "inside": ["a.png"]}]
            assert await found(house, "canari5") == [{**inside, "inside": ["b.png"], "turn": 90}]

    asyncio.run(go())


def test_pictures_beyond_the_most_are_said_to_be_unread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recognising, "ATTACHED_MOST", 2)

    async def go() -> None:
        async with small_house(tmp_path) as house:
            house.languages.append(FRENCH)
            photos = [Part({"kind": "page", "page": 1, "inside": [f"{n}.png"]}, "", "image") for n in range(3)]
            house.workshop._answers["photos.zip"] = photos
            for n in (1, 2):
                house.workshop.pictures[("photos.zip", n)] = seen(n, f"Texte {n}.")
            read = await house.add("photos.zip", "1")
            assert read.flags is not None and read.flags["attached-pictures"] == 1
            assert read.passages == 2 and [page for _, page in house.workshop.recognised] == [1, 2]

    asyncio.run(go())
