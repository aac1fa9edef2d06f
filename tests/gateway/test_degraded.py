"""A house that lacks something says what is lost and what still works: on La maison, in both languages."""

import asyncio
from collections.abc import Callable

import pytest

from demeure.gateway.control import _check
from demeure.gateway.degraded import CHAT, DISK, EMBED, JOURNAL, LOST, WORKER, WORKS, WORKSHOP, missing
from demeure.gateway.locale import Sentences
from demeure.journal import JournalUnavailable
from demeure.testing.administration import FakePorter
from demeure.testing.gateway import FakeRooms, make_house

from .conftest import TOKEN, Live

TABLE = Sentences.load().table
ROLES = {CHAT: "engine-chat", EMBED: "engine-embed", WORKER: "worker", WORKSHOP: "workshop"}


@pytest.mark.parametrize("what", ROLES)
@pytest.mark.parametrize("gone", [True, False])
def test_a_role_that_is_not_there_or_down_is_told_with_what_works(
    serve: Callable[..., Live], what: str, gone: bool
) -> None:
    rooms = FakeRooms()
    rows = rooms.porter.state["processes"]
    if gone:
        rooms.porter.state["processes"] = [row for row in rows if row["role"] != ROLES[what]]
    else:
        next(row for row in rows if row["role"] == ROLES[what])["state"] = "down"
    live = serve(rooms)
    with live.client() as claire:
        page = claire.get("/maison").text
        english = claire.get("/maison", headers={"Accept-Language": "en"}).text
    for text, language in ((page, "fr"), (english, "en")):
        assert TABLE[LOST[what]][language] in text and TABLE[WORKS[what]][language] in text
        assert (TABLE["degraded.models_next"][language] in text) == (what in (CHAT, EMBED)), "what to do of models"
    others = [TABLE[LOST[one]]["fr"] for one in LOST if one != what]
    assert [one for one in others if one in page] == []


def test_a_whole_house_lacks_nothing(serve: Callable[..., Live]) -> None:
    with serve(FakeRooms()).client() as claire:
        assert TABLE["degraded.title"]["fr"] not in claire.get("/maison").text
    assert missing(FakePorter().state, "ok", disk_full=False) == []
    assert missing(None, "ok", disk_full=False) == [], "a silent supervisor says nothing of roles"


def test_a_full_disk_and_a_silent_journal(serve: Callable[..., Live]) -> None:
    rooms = FakeRooms()
    full = serve(rooms, room=lambda: 0)
    with full.client() as claire:
        assert TABLE[WORKS[DISK]]["fr"] in claire.get("/maison").text
        assert claire.get("/documents").status_code == 200, "one still reads"
        headers = {"X-Demeure-Token": TOKEN}
        asked = claire.post("/api/ask", json={"question": "Quel tarif ?", "spaces": []}, headers=headers)
        assert asked.status_code == 200, "one still asks"
    silent = FakeRooms()
    silent.journal.failure = JournalUnavailable()
    with serve(silent).client() as claire:
        assert TABLE[WORKS[JOURNAL]]["fr"] in claire.get("/maison").text
        assert claire.get("/documents").status_code == 503, "nothing is served"
    line = asyncio.run(_check("house-journal", make_house(silent).pulse.journal))
    assert line["ok"] is False and "n’écrit plus" in line["fr"] and "demeure logs" in line["en"]
    assert "doctor" not in line["fr"] + line["en"], "it is the doctor who says it"
    state = FakePorter().state
    assert [one.what for one in missing(state, "silent", disk_full=True)] == [JOURNAL, DISK]
