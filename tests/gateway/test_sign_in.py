"""The threshold as people meet it: both doors, what is told when they stay shut, and where one arrives."""

import re
from collections.abc import Callable

import pytest

from demeure.identity import HashingBusy, Person, SignInLocked
from demeure.policy import Role
from demeure.testing.gateway import FakeRooms
from demeure.testing.people import PASSWORD

from .conftest import TOKEN, Live

RIGHT = {"login": "claire", "password": PASSWORD}


def test_a_login_and_a_password_open_the_wanted_page(live: Live) -> None:
    with live.client(None) as client:
        assert 'name="password"' in client.get("/connexion").text
        entered = client.post("/connexion", data={**RIGHT, "login": " Claire ", "retour": "/documents"})
        assert (entered.status_code, entered.headers["location"]) == (303, "/documents")
        assert "SameSite=strict" in entered.headers["set-cookie"]
        assert client.get("/documents").status_code == 200
        assert client.get("/connexion").headers["location"] == "/"
    assert live.rooms.reception.tried == [(" Claire ", "127.0.0.1")]


@pytest.mark.parametrize("back", ["//evil.example", "http://evil.example", "/\\evil.example", "javascript:x", ""])
def test_one_arrives_at_home_rather_than_elsewhere(live: Live, back: str) -> None:
    with live.client(None) as client:
        assert client.post("/connexion", data={**RIGHT, "retour": back}).headers["location"] == "/"


def test_unknown_and_wrong_are_told_in_the_same_words_and_the_login_stays_typed(live: Live) -> None:
    with live.client(None) as client:
        pages = [
            client.post("/connexion", data={"login": login, "password": "wrong wrong wrong"})
            for login in ("claire", "personne")
        ]
    assert [page.status_code for page in pages] == [403, 403]
    assert pages[0].text.replace('value="claire"', "") == pages[1].text.replace('value="personne"', "")
    assert "n’ouvrent pas la maison" in pages[0].text
    assert 'value="claire"' in pages[0].text
    assert "wrong wrong" not in pages[0].text
    assert "set-cookie" not in pages[0].headers


@pytest.mark.parametrize(
    ("problem", "words", "seconds"),
    [
        (SignInLocked(seconds=121, minutes=3), "Patientez 3\N{NO-BREAK SPACE}min", "121"),
        (HashingBusy(seconds=5), "dans 5 secondes", "5"),
    ],
)
def test_whoever_must_wait_is_told_how_long(live: Live, problem: Exception, words: str, seconds: str) -> None:
    live.rooms.reception.failure = problem  # type: ignore[assignment]
    with live.client(None) as client:
        for path, data in (
            ("/connexion", RIGHT),
            ("/lien/premier-lien", {"password": PASSWORD, "again": PASSWORD}),
        ):
            page = client.post(path, data=data)
            assert (page.status_code, page.headers["retry-after"]) == (429, seconds)
            assert words in page.text


def test_a_session_that_ended_says_so_and_leads_back(live: Live) -> None:
    with live.client("over") as client:
        page = client.get("/documents")
    assert page.status_code == 401
    assert "Vous n’êtes plus connecté" in page.text
    assert 'name="retour" value="/documents"' in page.text
    with live.client("over") as client:
        entered = client.post("/connexion", data=RIGHT)
        assert entered.status_code == 303, "an old cookie does not stand in the way"


def test_the_first_link_sets_the_house_up(serve: Callable[..., Live]) -> None:
    rooms = FakeRooms()
    rooms.register.passwords.clear()
    rooms.register.put(Person("p1", "Administrateur", "administrateur", Role.ADMINISTRATOR))
    live = serve(rooms)
    choice = {"name": " Claire  Morvan ", "login": "Claire.Morvan", "password": PASSWORD, "again": PASSWORD}
    with live.client(None) as client:
        page = client.get("/lien/premier-lien").text
        assert "Ouvrir la maison" in page and 'value="Administrateur"' not in page
        for wrong, words in (
            ({"name": ""}, "Un nom compte"),
            ({"login": "a b"}, "sans espace"),
            ({"again": "autre"}, "deux fois le même"),
            ({"password": "court", "again": "court"}, "trop court"),
            ({"password": "azertyuiop123456", "again": "azertyuiop123456"}, "se devine"),
        ):
            told = client.post("/lien/premier-lien", data=choice | wrong)
            assert told.status_code == 400
            assert words in told.text
            assert PASSWORD not in told.text
        assert rooms.reception.used == set(), "a mistake does not use the link up"
        assert client.post("/lien/premier-lien", data=choice).status_code == 303
    person = rooms.register.one("p1")
    assert (person.name, person.login, person.has_password) == ("Claire Morvan", "claire.morvan", True)


def test_a_later_link_changes_the_password_and_neither_name_nor_login(live: Live) -> None:
    with live.client(None) as client:
        page = client.get("/lien/premier-lien").text
        assert "Un nouveau mot de passe" in page and "readonly" in page
        new = "sept autres mots sans rapport"
        data = {"name": "X", "login": "x", "password": new, "again": new}
        assert client.post("/lien/premier-lien", data=data).status_code == 303
    person = live.rooms.register.one("p1")
    assert (person.name, person.login) == ("Claire Morvan", "claire")
    assert live.rooms.register.passwords["p1"] == new


def test_a_guess_at_a_link_waits_while_the_holder_of_a_good_one_enters(live: Live) -> None:
    with live.client(None) as client:
        assert [client.get(f"/lien/essai-{n}").status_code for n in range(12)] == [403] * 10 + [429] * 2
        assert client.get("/lien/premier-lien").status_code == 200
    assert len(live.rooms.reception.refused) == 10, "the journal is not flooded"


def test_the_pages_carry_no_secret_of_their_own(live: Live) -> None:
    with live.client() as client:
        page = client.get("/compte").text
        assert TOKEN in page
        assert PASSWORD not in page
        assert not re.search(r'type="password"[^>]*value=', page)
