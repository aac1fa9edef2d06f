"""Administration, Modèles, and what administrators alone read of the house: by policy, through the fakes and for
real over a models folder."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from demeure.assistant.tasks.errors import ModelFalls
from demeure.engine.models.errors import ModelAbsent, StoreOutOfReach
from demeure.gateway.figures import VERIFIED, HouseFigures
from demeure.journal import Draft
from demeure.policy import Actor
from demeure.testing.administration import process
from demeure.testing.gateway import FakeRooms
from demeure.testing.journal import MemoryJournal

from .conftest import Live
from .test_root import threshold

PAGE = "/administration/modeles"
AGENT = Actor("person", "p2", "Jean Agent", frozenset({"agent"}))


def form(live: Live, path: str, **fields: str):  # type: ignore[no-untyped-def]
    from .conftest import TOKEN

    with live.client() as client:
        return client.post(path, data={"token": TOKEN, **fields}, headers={"Origin": live.url})


def test_the_page_says_what_runs_what_fits_and_which_command_fetches(live: Live) -> None:
    with live.client() as client:
        page = client.get(PAGE).text
    assert "Rédige les réponses" in page and "En réserve" in page
    assert "2,6\u00a0Go sur 14\u00a0Go disponibles" in page
    assert "demeure models pull huge-chat" in page
    assert page.count("Trop grand pour cette machine") == 1


def test_a_chosen_model_whose_file_is_gone_is_named_with_its_command(live: Live) -> None:
    """A restored house: backups hold no model."""
    lines = live.rooms.models.lines
    chosen = next(line for line in lines if line.used_for == "chat")
    lines[:] = [replace(line, installed=False) if line is chosen else line for line in lines]
    with live.client() as client:
        french = client.get(PAGE).text
        english = client.get(PAGE, headers={"Accept-Language": "en"}).text
    assert "n’est pas dans cette maison" in french and "is not in this house" in english
    for page in (french, english):
        assert f"<code>demeure models pull {chosen.id}</code>." in page


def test_a_manifest_out_of_reach_is_told_on_the_page(live: Live) -> None:
    live.rooms.models.unreadable = StoreOutOfReach(file="manifest.json")
    with live.client() as client:
        page = client.get(PAGE)
    assert page.status_code == StoreOutOfReach.http_status
    assert "un lien vers un endroit hors de ce dossier" in page.text and 'aria-current="page"' in page.text


def test_language_data_serves_without_being_chosen(live: Live) -> None:
    lines = live.rooms.models.lines
    lines[:] = [replace(line, kind="ocr") if line.id == "large-chat" else line for line in lines]
    with live.client() as client:
        page = client.get(PAGE).text
    row = page.split('name="model" value="large-chat"')
    assert "Lit les pages numérisées" in page
    assert len(row) == 2  # verified, never « used »


def test_choosing_and_verifying_go_through_the_room(live: Live) -> None:
    assert form(live, f"{PAGE}/utiliser", slot="chat", model="large-chat").status_code == 303
    assert live.rooms.models.chosen == [("chat", "large-chat")]
    assert form(live, f"{PAGE}/verifier", model="small-chat").status_code == 303
    with live.client() as client:
        assert "Vérification, 40" in client.get(PAGE).text
    live.rooms.models.failure = ModelAbsent(id="<x>")
    refused = form(live, f"{PAGE}/utiliser", slot="chat", model="<x>")
    assert refused.status_code == ModelAbsent.http_status
    assert "Rien n’a été changé" in refused.text and "<x>" not in refused.text
    live.rooms.models.failure = ModelFalls(model="large-chat", lost=1, cases="salle", before="90 %", after="80 %")
    fallen = form(live, f"{PAGE}/utiliser", slot="chat", model="large-chat")
    assert fallen.status_code == 409 and "fait moins bien sur vos cas" in fallen.text
    assert "Le prendre quand même" in fallen.text and "--anyway" not in fallen.text
    assert form(live, f"{PAGE}/utiliser", slot="chat", model="large-chat", anyway="1").status_code == 303
    assert len(live.rooms.models.chosen) == 2


def test_who_does_not_administer_sees_nothing_of_it(serve: Callable[..., Live]) -> None:
    rooms = FakeRooms()
    rooms.reception.sessions["jean"] = AGENT
    live = serve(rooms)
    with live.client("jean") as client:
        assert client.get(PAGE).status_code == 403
        page = client.get("/maison").text
        assert PAGE not in page and "Bases de données" not in page and "9f9f" not in page
        for path in (f"{PAGE}/utiliser", f"{PAGE}/verifier"):
            from demeure.gateway.visit import form_token

            token = form_token("jean")
            answer = client.post(path, data={"token": token, "model": "x"}, headers={"Origin": live.url})
            assert answer.status_code == 403
    assert rooms.models.chosen == []


def test_the_state_page_of_an_administrator(serve: Callable[..., Live]) -> None:
    rooms = FakeRooms()
    facts = {
        "no_new_privs": 1,
        "seccomp_mode": 2,
        "seccomp_filters": 2,
        "landlock_reported": 7,
        "capabilities_effective": "0000000000000000",
        "capabilities_permitted": "0000000000000000",
        "interfaces": ["lo"],
    }
    rooms.porter.state["processes"] = [process("gateway", 1, 1000, facts=facts)]
    live = serve(rooms, threshold=threshold())
    with live.client() as client:
        page = client.get("/maison").text
        assert "Système" not in page
        for words in (
            "320\u00a0Go sur 500\u00a0Go",
            "84\u00a0Mo",
            "1\u202f284 entrées",
            "24\u00a0novembre 2026",
            PAGE,
            "/racine",
        ):
            assert words in page, words
        assert "encore 396 jours" in page or "encore 397 jours" in page
        for sentence in ("Ne voit aucune carte réseau", "Aucun pouvoir d’administrateur", "Appels système filtrés"):
            assert sentence in page
        facts |= {"interfaces": ["lo", "eth0"], "capabilities_effective": "?", "seccomp_mode": 0}
        page = client.get("/maison").text
        for sentence in ("Ne voit aucune carte réseau", "Aucun pouvoir d’administrateur", "Appels système filtrés"):
            assert sentence not in page, "what is not known to hold is not said"
        rooms.gauge.figures = replace(rooms.gauge.figures, verified=None)
        assert "demeure journal verify" in client.get("/maison").text
        rooms.gauge.figures = replace(rooms.gauge.figures, entries=None, root="", verified=None)
        page = client.get("/maison").text
        assert "demeure journal verify" not in page, "when it was verified is not known: « never » would be a lie"
        assert page.count("le journal n’a pas répondu à temps") == 2


class _Frozen:
    async def head(self) -> None:
        await asyncio.Event().wait()


def test_figures_are_read_from_the_folder_and_the_journal(tmp_path: Path) -> None:
    turned = {"spaces/b/g2/space.db": 30, "spaces/b/g2/blobs/y": 5, "spaces/b/g2/snapshots/z": 9}  # another key
    sizes = {"house/house.db": 1000, "spaces/a/space.db": 500, "spaces/a/blobs/x": 70, **turned}
    for name, size in sizes.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x" * size)

    async def go() -> None:
        journal = MemoryJournal()
        gauge = HouseFigures(tmp_path, journal)
        found = await gauge.read()
        assert (found.databases, found.originals, found.entries, found.verified) == (1530, 75, 0, None)
        assert (found.ready, found.ready_bytes) == (1, 9)
        assert 0 < found.free <= found.disk
        await journal.record(Draft("administration", VERIFIED, chain="c", actor="uid:0"))
        for _ in range(250):
            await journal.record(Draft("administration", "engines-told", chain="c", actor="uid:0"))
        found = await gauge.read()
        assert found.entries == 251
        assert found.verified is not None
        assert abs(found.verified - datetime.now(UTC)) < timedelta(days=3650)
        gauge.seconds, began = 0.05, time.monotonic()
        gauge.journal = _Frozen()  # type: ignore[assignment]
        found = await gauge.read()
        assert (found.entries, found.verified) == (None, None) and found.disk
        assert time.monotonic() - began < 5, "one frozen process must not hold the page that says so"

    asyncio.run(go())
