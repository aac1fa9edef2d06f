"""What conversations quoted of a document leaves with it; the answers' own words and the other sources stay."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from demeure.assistant.conversations import Conversations, Opening
from demeure.assistant.events import Source
from demeure.clock import SystemClock
from demeure.store.tables import messages
from demeure.testing.canary import Canary
from demeure.testing.house import ADMINISTRATOR, AGENT, SmallHouse, small_house


def quoting(number: int, document: str, quote: str, space: str = "mairie") -> dict[str, Any]:
    place = {"kind": "heading", "path": [f"titre {quote}"]}
    return vars(Source(number, document, f"{quote}.txt", space, place, f"titre {quote}", quote, 0.5, read=quote))


async def answered(house: SmallHouse, sources: list[dict[str, Any]]) -> str:
    conversations = Conversations(house.instance.house, SystemClock())
    conversation, answer = await conversations.begin(AGENT.id, None, Opening("chain", "Quel oiseau ?"))
    await conversations.end(answer, "Un oiseau [1].", "done", sources)
    return conversation


def kept(house: SmallHouse) -> list[list[dict[str, Any]]]:
    with house.instance.house.read() as db:
        return [row for row in db.execute(sa.select(messages.c.sources)).scalars() if row]


def test_a_deleted_document_is_quoted_nowhere_any_more(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            stays = await house.add("perroquet.txt", "Le perroquet reste.")
            gone = await house.add("canari.txt", "Le canari part.")
            sources = [quoting(1, gone.id, "canari"), quoting(2, stays.id, "perroquet")]
            conversation = await answered(house, sources)
            await answered(house, [quoting(1, stays.id, "perroquet")])
            assert "canari" in json.dumps(kept(house))
            await house.library.delete(ADMINISTRATOR, gone.id)
            assert "canari" not in json.dumps(kept(house)) and gone.id not in json.dumps(kept(house))
            first, second = kept(house)
            assert first[1] == json.loads(json.dumps(sources[1])) and second[0]["quote"] == "perroquet"
            assert first[0] | {"score": 0.5} == first[0] and first[0]["gone"] and first[0]["space"] == "mairie"
            rows = await Conversations(house.instance.house, SystemClock()).messages(AGENT.id, conversation)
            read = [Source(**source) for source in rows[1]["sources"]]
            assert [source.number for source in read] == [1, 2] and rows[1]["text"] == "Un oiseau [1]."

    asyncio.run(go())


def test_a_deleted_space_is_quoted_nowhere_any_more(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            gone = await house.add("canari.txt", "Le canari part.")
            await answered(house, [quoting(1, gone.id, "canari")])
            await house.library.delete_space(ADMINISTRATOR, "mairie")
            assert "canari" not in json.dumps(kept(house))

    asyncio.run(go())


@pytest.mark.parametrize("whole_space", [False, True])
def test_nor_in_the_log_of_the_house(tmp_path: Path, whole_space: bool) -> None:
    """Its name and its quotations leave the write-ahead log, and the pages under it, with it."""

    async def go() -> None:
        async with small_house(tmp_path) as house:
            gone = await house.add("zirconium.txt", "Le zirconium part.")
            await answered(house, [quoting(1, gone.id, "zirconium")])
            canary = Canary(tmp_path, house.instance.keys, "zirconium")
            assert {"house.db", "house.db-wal"} & canary.seen().keys()
            if whole_space:
                await house.library.delete_space(ADMINISTRATOR, "mairie")
            else:
                await house.library.delete(ADMINISTRATOR, gone.id)
            assert canary.seen() == {}

    asyncio.run(go())


def test_an_answer_that_ended_after_the_deletion_is_emptied_when_the_house_opens(tmp_path: Path) -> None:
    async def go() -> None:
        async with small_house(tmp_path) as house:
            gone = await house.add("canari.txt", "Le canari part.")
            await house.library.delete(ADMINISTRATOR, gone.id)
            await answered(house, [quoting(1, gone.id, "canari")])
            assert "canari" in json.dumps(kept(house))
            await house.library.recover()
            assert "canari" not in json.dumps(kept(house))

    asyncio.run(go())
