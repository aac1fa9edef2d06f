"""Administration, Dossiers suivis: what is followed, its report, and what an administrator may ask of it."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from demeure.testing.gateway import FakeRooms
from demeure.testing.people import CLAIRE

from .conftest import TOKEN, Live

PAGE = "/administration/dossiers"


@pytest.fixture
def served(serve: Callable[..., Live]) -> Live:
    rooms = FakeRooms()
    rooms.folders.put("/srv/partage/<mairie>")
    rooms.shelves.put("tarifs 2026.xlsx", door="folder", path="Tarifs/tarifs 2026.xlsx", added_by="folder:1")
    rooms.folders.history["d1"] = [
        ("/srv/partage", "tarifs.xlsx", "found", "2026-11-20T12:00:00.000000Z"),
        ("/srv/partage", "Tarifs/tarifs 2026.xlsx", "moved", "2026-11-24T12:00:00.000000Z"),
    ]
    return serve(rooms)


def post(live: Live, what: str, **fields: str):  # type: ignore[no-untyped-def]
    folder = next(iter(live.rooms.folders.rows))
    with live.client() as client:
        data = {"token": TOKEN, **fields}
        return client.post(f"{PAGE}/{folder}/{what}", data=data, headers={"Origin": live.url})


def test_the_list_and_the_report_are_told(served: Live) -> None:
    with served.client() as client:
        told = client.get(PAGE).text
        assert "/srv/partage/&lt;mairie&gt;" in told and "À confirmer" in told and "toutes les 15 minutes" in told
        assert "demeure sources add" in told and "<form" not in re.sub(r"(?s).*<main", "", told)
        one = client.get(f"{PAGE}/{next(iter(served.rooms.folders.rows))}").text
        assert "12 fichiers ont disparu d’un coup." in one
        assert "Archives/2019/budget.pdf" in one and "permission refusée" in one and "et 10 autres" in one
        assert "lien, jamais suivi" in one and "dépasse la limite" in one
        english = client.get(PAGE, headers={"Cookie": f"{served.cookie}=claire; demeure-language=en"}).text
        assert "Needs confirmation" in english and "every 15 minutes" in english
        assert client.get(f"{PAGE}/rien").status_code == 404


@pytest.mark.parametrize(
    ("minutes", "fr", "en"),
    [
        (0, "sur demande", "when asked"),
        (1, "toutes les minutes", "every minute"),
        (60, "toutes les heures", "every hour"),
        (90, "toutes les 90 minutes", "every 90 minutes"),
        (120, "toutes les 2 heures", "every 2 hours"),
        (1440, "tous les jours", "every day"),
        (4320, "tous les 3 jours", "every 3 days"),
    ],
)
def test_how_often_is_told_as_people_say_it(served: Live, minutes: int, fr: str, en: str) -> None:
    rows = served.rooms.folders.rows
    one = next(iter(rows))
    rows[one] = replace(rows[one], folder=replace(rows[one].folder, every=minutes))
    with served.client() as client:
        assert f"Mairie, {fr}" in client.get(PAGE).text
        assert (
            f"Mairie, {en}"
            in client.get(PAGE, headers={"Cookie": f"{served.cookie}=claire; demeure-language=en"}).text
        )


def test_what_is_asked_goes_through_the_room(served: Live) -> None:
    folders = served.rooms.folders
    assert post(served, "passage").status_code == 303
    assert post(served, "passage", whole="1").status_code == 303
    assert post(served, "pause").status_code == 303
    assert post(served, "reprise").status_code == 303
    refused = post(served, "confirmer", count="11")
    assert refused.status_code == 409 and "12 attendent" in refused.text
    assert post(served, "confirmer", count="12").status_code == 303
    assert [what for what, _ in folders.asked] == ["scan", "verify", "pause", "resume", "agree"]


def test_no_page_declares_a_folder(served: Live) -> None:
    with served.client() as client:
        told = client.post(PAGE, data={"token": TOKEN, "path": "/etc"}, headers={"Origin": served.url})
        assert told.status_code == 405


def test_an_agent_sees_nothing_of_it(served: Live) -> None:
    from demeure.gateway.app import ways

    mine = [way for way in ways() if way.path.startswith(PAGE)]
    assert len(mine) == 6 and {way.action for way in mine} == {"folder.administer"}
    assert CLAIRE.roles == {"administrator"}


def test_a_document_tells_where_it_has_stood(served: Live) -> None:
    with served.client() as client:
        card = client.get("/documents/d1").text
    assert "par un dossier suivi" in card
    assert "/srv/partage/tarifs.xlsx" in card and "déplacé" in card
    assert "folder:1" not in card


def test_a_document_whose_place_was_taken_says_so_and_so_does_an_answer_that_quotes_it(served: Live) -> None:
    from dataclasses import replace

    from demeure.library import Standing

    rows = served.rooms.shelves.rows
    served.rooms.shelves.put("tarifs 2026 v2.xlsx", former="d1")
    told = Standing("superseded", newer="d2", name="tarifs 2026 v2.xlsx")
    rows["d1"] = replace(rows["d1"], newer="d2", standing=(told,))
    with served.client() as client:
        former, newer = client.get("/documents/d1").text, client.get("/documents/d2").text
        assert "Remplacé par «\u00a0tarifs 2026 v2.xlsx\u00a0»" in former and 'href="/documents/d2"' in former
        assert "Version précédente" in newer and 'href="/documents/d1"' in newer and "Remplacé par" not in newer
        served.rooms.assistant.words = ("La salle coûte 85 € [1].",)
        asked = client.post(
            "/demander", data={"token": TOKEN, "question": "Combien ?"}, headers={"Origin": served.url}
        ).text
    assert "Remplacé par «\u00a0tarifs 2026 v2.xlsx\u00a0»" in asked
