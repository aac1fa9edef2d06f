"""The antivirus before the reading: seen, refused and not kept, waited for, or let through aloud."""

import asyncio
from pathlib import Path

import pytest

from demeure.antivirus import DocumentInfected
from demeure.library import AlreadyPresent, screening
from demeure.library.errors import DocumentUnseen
from demeure.testing.antivirus import EICAR, NAME, FakeAntivirus
from demeure.testing.house import ADMINISTRATOR, SmallHouse, pieces, small_house

TEXT = "La cantine ferme à 14 heures."
INFECTED = f"{TEXT}\n{EICAR.decode()}"


def told(house: SmallHouse, name: str) -> list[tuple[str, str | None]]:
    return [(entry.name, entry.outcome) for entry in house.journal.entries if entry.name.startswith(name)]


def kept(house: SmallHouse) -> int:
    return len(list(house.rooms.blobs("mairie").list()))


def test_what_it_has_seen_is_read_and_says_so(tmp_path: Path) -> None:
    async def go() -> None:
        antivirus = FakeAntivirus()
        async with small_house(tmp_path, antivirus=antivirus) as house:
            row = await house.add("a.txt", TEXT)
            assert row.state == "ready" and row.infected == ""
            assert row.antivirus is not None and (row.antivirus["verdict"], row.antivirus["by"]) == (
                "clean",
                "Fake 1/2",
            )
            assert antivirus.seen == [len(TEXT.encode())]
            assert told(house, "document-screened") == [
                ("document-screened", None),
                ("document-screened-closed", "done"),
            ]
            await house.library.original(ADMINISTRATOR, row.id)

    asyncio.run(go())


def test_what_it_recognises_is_refused_by_its_name_before_any_reader_and_is_not_kept(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path, antivirus=FakeAntivirus()) as house:
            row = await house.add("virus.txt", INFECTED)
            assert row.state == "failed" and row.reason == ("DocumentInfected", {"name": NAME})
            assert row.passages == 0 and house.workshop.names == []
            await asyncio.sleep(0.1)
            assert kept(house) == 0
            assert told(house, "document-screened")[-1] == ("document-screened-closed", "refused")
            with pytest.raises(DocumentInfected) as refused:
                await house.library.original(ADMINISTRATOR, row.id)
            assert NAME in refused.value.sentence("fr")
            with pytest.raises(DocumentInfected):
                await house.library.add(ADMINISTRATOR, "mairie", "encore.txt", pieces(INFECTED.encode()))
            assert kept(house) == 0
            again = await house.add("a.txt", TEXT)
            assert again.state == "ready"
            assert isinstance(
                await house.library.add(ADMINISTRATOR, "mairie", "b.txt", pieces(TEXT.encode())), AlreadyPresent
            )

    asyncio.run(go())


def test_away_it_is_waited_for_and_what_it_did_not_see_is_read_once_it_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screening, "LOOK_SECONDS", 0.05)

    async def go() -> None:
        antivirus = FakeAntivirus()
        antivirus.up = False
        async with small_house(tmp_path, antivirus=antivirus) as house:
            added = await house.library.add(ADMINISTRATOR, "mairie", "a.txt", pieces(TEXT.encode()))
            assert not isinstance(added, AlreadyPresent)
            with pytest.raises(DocumentUnseen):
                await house.library.original(ADMINISTRATOR, added.id)
            row = await house.settled(added.id, ("failed",))
            assert row.reason is not None and row.reason[0] == "AntivirusAbsent"
            assert house.workshop.names == []
            antivirus.up = True
            assert (await house.settled(added.id, ("ready",))).state == "ready"

    asyncio.run(go())


def test_away_it_is_done_without_when_the_settings_say_so_and_the_document_says_it(tmp_path: Path) -> None:
    async def go() -> None:
        antivirus = FakeAntivirus()
        antivirus.up = False
        async with small_house(tmp_path, antivirus=antivirus, unseen_allowed=True) as house:
            row = await house.add("a.txt", TEXT)
            assert row.state == "ready"
            assert row.antivirus is not None and row.antivirus["verdict"] == "unseen"

    asyncio.run(go())


def test_without_an_antivirus_nothing_is_said_of_it(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            row = await house.add("virus.txt", INFECTED)
            assert row.state == "ready" and row.antivirus is None
            assert told(house, "document-screened") == []

    asyncio.run(go())
