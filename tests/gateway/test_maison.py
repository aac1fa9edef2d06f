"""La maison shows what the supervisor says, differences first, and never claims a proof."""

import asyncio
import re
from collections.abc import Callable
from typing import Any

import pytest

from demeure.supervisor import RoleDown
from demeure.testing.administration import process
from demeure.testing.gateway import FakeRooms

from .conftest import Live


def test_the_table_says_roles_memory_and_facts(live: Live) -> None:
    with live.client() as client:
        page = client.get("/maison").text
    assert "Moteur de rédaction" in page
    assert "1,9\u00a0Go" in page
    assert "NoNewPrivs: 1" in page
    assert "Chaque programme est enfermé comme déclaré" in page
    assert "pas encore une preuve" in page
    assert "Rien ne sort" not in page


@pytest.mark.parametrize("page", ["/maison", "/souverainete"])
def test_the_launcher_is_told_in_the_same_words_everywhere(serve: Callable[..., Live], page: str) -> None:
    rooms = FakeRooms()
    rooms.porter.state["processes"].insert(0, process("launcher", 4099, 20_000_000))
    with serve(rooms).client() as client:
        shown = client.get(page).text
    row = re.search(r"<tr><th[^>]*>Lanceur.*?</tr>", shown, re.DOTALL)
    assert row and "Sans murs\u00a0: il les bâtit" in row[0] and "Comme déclaré" not in row[0]
    assert "le lanceur, qui bâtit les murs, n’en a pas" in shown


@pytest.mark.parametrize("page", ["/maison", "/souverainete"])
def test_where_nothing_is_confined_no_program_is_as_declared(serve: Callable[..., Live], page: str) -> None:
    rooms = FakeRooms()
    rooms.porter.state["ladder"] = "D"
    with serve(rooms, ladder="D").client() as client:
        shown = client.get(page).text
    assert "Comme déclaré" not in shown and "enfermé comme déclaré" not in shown and "Sans murs" in shown


def test_differences_and_absences_are_loud(serve: Callable[..., Live]) -> None:
    rooms = FakeRooms()
    rooms.porter.state["ladder"] = "C"
    rooms.porter.state["processes"] = [
        process("gateway", 1, 1000, differences=[{"fr": "une prise de <trop>", "en": "a socket too many"}]),
        process("scribe", 0, 0, state="down", facts=None),
        process("future-role", 9, 1000, state="starting"),
    ]
    with serve(rooms).client() as client:
        page = client.get("/maison").text
    assert "une prise de &lt;trop&gt;" in page
    assert "1 écart avec ce qui est déclaré" in page
    assert "Arrêté" in page
    assert "Se prépare" in page
    assert "Niveau C" in page
    assert "Chaque programme est enfermé" not in page


def test_why_a_program_cannot_run_is_shown_in_the_language_of_the_page(serve: Callable[..., Live]) -> None:
    rooms = FakeRooms()
    failure = {"code": "ModelHashWrong", "fr": "m.gguf est refusé : <script>", "en": "m.gguf is refused"}
    down = process("engine-chat", 0, 0, state="down", facts=None, failure=failure)
    rooms.porter.state["processes"] = [down, process("engine-embed", 1, 1000, failure=None)]
    live = serve(rooms)
    with live.client() as client:
        assert "m.gguf est refusé : &lt;script&gt;" in client.get("/maison").text
        assert client.get("/api/status").json()["processes"][0]["failure"] == failure
    with live.client(**{"Accept-Language": "en"}) as client:
        assert "m.gguf is refused" in client.get("/maison").text


def test_a_silent_supervisor_is_unknown_not_good(serve: Callable[..., Live]) -> None:
    rooms = FakeRooms()
    rooms.porter.failure = RoleDown(role="supervisor")
    with serve(rooms).client() as client:
        page = client.get("/maison")
        status = client.get("/api/status").json()
    assert page.status_code == 200
    assert "L’état de la maison n’est pas connu" in page.text
    assert "comme déclaré" not in page.text
    assert status["supervisor"] is False


def test_a_full_disk_is_said_on_every_page_until_there_is_room(serve: Callable[..., Live]) -> None:
    left = [3 << 20]
    with serve(FakeRooms(), room=lambda: left[0]).client() as client:
        for path in ("/", "/documents", "/maison"):
            assert "Le disque est presque plein" in client.get(path).text
        assert client.get("/api/status").json()["disk"] == {"free": 3 << 20, "full": True}
        left[0] = 1 << 30
        for path in ("/", "/documents", "/maison"):
            assert "Le disque est presque plein" not in client.get(path).text


def test_whoever_waits_for_the_model_sees_their_place_and_no_one_elses(live: Live) -> None:
    queue = live.rooms.queue

    async def hold(mine: str) -> tuple[str, dict[str, Any], str]:
        """Two places are taken, three wait: one of « a », one of whoever looks, one of « c »."""
        people = (("a", "question"), ("b", "question"), ("a", "question"), ("c", "question"), (mine, "task"))
        held = [queue.place(*one) for one in people]  # kept: a place that nobody holds is given back
        waiting = [asyncio.create_task(one.__aenter__()) for one in held]
        await asyncio.sleep(0)
        pages = await asyncio.to_thread(look)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        for one in held[:2]:
            await one.__aexit__(None, None, None)
        return pages

    def look() -> tuple[str, dict[str, Any], str]:
        with live.client() as client:
            french, status = client.get("/maison").text, client.get("/api/status").json()["queue"]
            client.cookies.set("demeure-language", "en")
            return french, status, client.get("/maison").text

    with live.client() as client:
        me = client.get("/api/session").json()["id"]
    french, status, english = asyncio.run(hold(me))
    assert status["waiting"] == {"question": 2, "task": 1} and status["people"] == 3
    assert status["mine"] == [{"kind": "task", "ahead": 1}]
    assert "Votre rédaction\u00a0: 1 demande passe avant." in french
    assert "Your draft: 1 request goes first." in english
    assert "Votre question" not in french
