"""Votre compte, Administration, and the members of a space: forms without scripts, mistakes told beside them."""

import re
from collections.abc import Callable

import pytest

from demeure.identity import Member, Person, SignInLocked
from demeure.policy import Actor, Right, Role
from demeure.testing.gateway import FakeRooms
from demeure.testing.people import PASSWORD

from .conftest import TOKEN, Live

NEW = "sept autres mots sans rapport"
AGENT = Actor("person", "p2", "Anne Petit", frozenset({"agent"}))
REFERENT = Actor("person", "p3", "Paul Roux", frozenset({"referent"}))


@pytest.fixture
def town(serve: Callable[..., Live]) -> Live:
    rooms = FakeRooms()
    rooms.register.put(Person("p2", "Anne Petit", "anne", Role.AGENT), PASSWORD)
    rooms.register.put(Person("p3", "Paul Roux", "paul", Role.REFERENT), PASSWORD)
    rooms.register.put(Person("p4", "Zoé Blanc", "zoe", Role.AGENT, open=False))
    rooms.reception.sessions |= {"anne": AGENT, "paul": REFERENT}
    return serve(rooms)


def post(live: Live, path: str, session: str = "claire", **fields: str):  # type: ignore[no-untyped-def]
    from demeure.gateway.visit import form_token

    with live.client(session) as client:
        return client.post(path, data={"token": form_token(session), **fields})


def test_the_navigation_shows_administration_to_those_who_may(town: Live) -> None:
    for session, seen in (("claire", True), ("paul", True), ("anne", False)):
        with town.client(session) as client:
            assert ('href="/administration"' in client.get("/").text) is seen
            assert 'href="/compte"' in client.get("/").text
    with town.client("anne") as client:
        for path in ("", "/personnes", "/groupes", "/espaces"):
            assert client.get(f"/administration{path}").status_code == 403
    with town.client("paul") as client:
        assert client.get("/administration").headers["location"] == "/administration/espaces"
        assert client.get("/administration/personnes").status_code == 403
        page = client.get("/administration/espaces").text
    assert "/administration/personnes" not in page, "no tab that does not open"
    refused = [e.object for e in town.rooms.journal.named("way-refused")]
    assert refused == [
        *("GET /administration", "GET /administration/personnes", "GET /administration/groupes"),
        *("GET /administration/espaces", "GET /administration/personnes"),
    ]


def test_an_agent_changes_nothing_of_the_house(town: Live) -> None:
    before = dict(town.rooms.register.people)
    for path, fields in (
        ("/administration/personnes", {"name": "X", "login": "xx", "role": "administrator"}),
        ("/administration/personnes/p2/role", {"role": "administrator"}),
        ("/administration/personnes/p1/fermer", {}),
        ("/administration/personnes/p1/lien", {}),
        ("/administration/groupes", {"name": "X"}),
    ):
        for session in ("anne", "paul"):
            assert post(town, path, session, **fields).status_code == 403, (path, session)
    assert town.rooms.register.people == before
    assert len(town.rooms.register.links) == 1


def test_a_person_is_added_and_the_link_is_shown_once(town: Live) -> None:
    page = post(town, "/administration/personnes", name="Bruno Vidal", login="Bruno", role="referent")
    assert page.status_code == 200
    (link,) = re.findall(r'value="(http://[^"]+/lien/[^"]+)"', page.text)
    assert "Remettez ce lien à Bruno Vidal" in page.text
    assert town.rooms.register.people["p5"].role is Role.REFERENT
    with town.client() as client:
        assert link not in client.get("/administration/personnes").text
    with town.client(None) as client:
        welcome = client.get(link).text
    assert "Bienvenue, Bruno Vidal" in welcome and 'value="bruno" autocomplete="username" readonly' in welcome


@pytest.mark.parametrize(
    ("fields", "words", "status"),
    [
        ({"name": "", "login": "xx", "role": "agent"}, "Un nom compte", 400),
        ({"name": "X", "login": "x y", "role": "agent"}, "sans espace", 400),
        ({"name": "X", "login": "ANNE", "role": "agent"}, "appartient déjà", 409),
        ({"name": "X", "login": "xx", "role": "king"}, "pas de rôle", 400),
    ],
)
def test_a_mistake_is_told_and_what_was_typed_stays(
    town: Live, fields: dict[str, str], words: str, status: int
) -> None:
    page = post(town, "/administration/personnes", **fields)
    assert page.status_code == status
    assert words in page.text
    assert f'value="{fields["login"]}"' in page.text
    assert len(town.rooms.register.people) == 4


def test_accounts_are_closed_reopened_renamed_and_given_roles(town: Live) -> None:
    people = town.rooms.register.people
    at = "/administration/personnes/p2"
    assert post(town, f"{at}/fermer").headers["location"].endswith("?fait=ferme")
    assert not people["p2"].open
    assert post(town, f"{at}/rouvrir").status_code == 303
    assert post(town, f"{at}/role", role="referent").status_code == 303
    assert post(town, f"{at}/nom", name="Anne Petit-Roux").status_code == 303
    assert (people["p2"].open, people["p2"].role, people["p2"].name) == (True, Role.REFERENT, "Anne Petit-Roux")
    last = post(town, "/administration/personnes/p1/fermer")
    assert (last.status_code, people["p1"].open) == (409, True)
    assert "dernier administrateur" in last.text
    assert post(town, "/administration/personnes/inconnu/fermer").status_code == 404
    shown = post(town, f"{at}/lien")
    assert "Remettez ce lien à Anne Petit-Roux" in shown.text


def test_groups_are_made_filled_renamed_and_removed(town: Live) -> None:
    made = post(town, "/administration/groupes", name="Urbanisme")
    assert made.headers["location"] == "/administration/groupes/g1"
    assert post(town, "/administration/groupes", name="Urbanisme").status_code == 409
    assert post(town, "/administration/groupes/g1/personnes", person="p2").status_code == 303
    with town.client() as client:
        page = client.get("/administration/groupes/g1").text
        assert "Anne Petit" in page
        assert client.get("/administration/groupes/autre").status_code == 404
    assert post(town, "/administration/groupes/g1/retirer", person="p2").status_code == 303
    assert post(town, "/administration/groupes/g1/nom", name="Urbanisme et voirie").status_code == 303
    assert town.rooms.directory.teams == {"g1": ("Urbanisme et voirie", set())}
    assert post(town, "/administration/groupes/g1/nom", name=" ").status_code == 400
    assert post(town, "/administration/groupes/g1/supprimer").status_code == 303
    assert town.rooms.directory.teams == {}


def test_a_space_is_created_shared_renamed_and_deleted_by_its_name(town: Live) -> None:
    rooms = town.rooms
    made = post(town, "/espaces", "paul", nom="Voirie")
    assert made.headers["location"] == "/documents?espace=voirie"
    with town.client() as client:
        assert 'href="/espaces/nouveau"' in client.get("/administration/espaces").text, (
            "spaces are made in one place"
        )
        page = client.get("/espaces/mairie").text
        assert 'value="person:p2"' in page, "to whom it could be opened"
        assert "Membres et réglages" in client.get("/documents?espace=mairie").text
    assert post(town, "/espaces/mairie/membres", who="person:p2", right="contribute").status_code == 303
    assert Member("person", "p2", "Anne Petit", Right.CONTRIBUTE) in rooms.directory.members["mairie"]
    alone = post(town, "/espaces/mairie/membres", who="person:p1", right="none")
    assert (alone.status_code, "Plus personne ne gérerait" in alone.text) == (409, True)
    assert post(town, "/espaces/mairie/membres", who="person:p2", right="king").status_code == 400
    assert post(town, "/espaces/mairie/nom", name="La mairie").status_code == 303
    assert rooms.shelves.names["mairie"] == "La mairie"
    wrong = post(town, "/espaces/mairie/supprimer", name="voirie")
    assert (wrong.status_code, "mairie" in rooms.shelves.names) == (400, True)
    assert "Rien n’a été effacé" in wrong.text
    assert post(town, "/espaces/mairie/supprimer", name=" la MAIRIE ").status_code == 303
    assert "mairie" not in rooms.shelves.names
    assert post(town, "/espaces/nulle-part/nom", name="X").status_code == 404


def test_one_s_own_account(town: Live) -> None:
    with town.client() as client:
        page = client.get("/compte").text
        assert "Firefox, Windows" in page and "Cette session" in page and "Safari, iPhone" in page
    assert post(town, "/compte/nom", name="Claire M.").headers["location"] == "/compte?fait=nom"
    assert town.rooms.register.people["p1"].name == "Claire M."
    assert post(town, "/compte/nom", name=" ").status_code == 400
    change = {"password": NEW, "again": NEW}
    wrong = post(town, "/compte/mot-de-passe", old="faux", **change)
    assert (wrong.status_code, "actuel n’est pas le bon" in wrong.text) == (403, True)
    differ = post(town, "/compte/mot-de-passe", old=PASSWORD, password=NEW, again="x")
    assert (differ.status_code, "deux fois le même" in differ.text) == (400, True)
    assert NEW not in differ.text
    assert post(town, "/compte/mot-de-passe", old=PASSWORD, **change).status_code == 303
    assert town.rooms.register.passwords["p1"] == NEW
    assert town.rooms.account.closed == ["b2"], "the other sessions end"
    assert post(town, "/compte/sessions/b2/fermer").status_code == 404
    town.rooms.account.failure = SignInLocked(seconds=90, minutes=2)
    waits = post(town, "/compte/mot-de-passe", old=NEW, **change)
    assert (waits.status_code, waits.headers["retry-after"]) == (429, "90")


def test_sessions_are_closed_one_by_one_or_all_the_others(town: Live) -> None:
    assert post(town, "/compte/sessions/b2/fermer").headers["location"] == "/compte?fait=session"
    assert town.rooms.account.closed == ["b2"]
    town.rooms.account.closed.clear()
    assert post(town, "/compte/sessions/fermer-les-autres").status_code == 303
    assert town.rooms.account.closed == ["b2"]


def test_every_form_of_these_pages_carries_the_token(town: Live) -> None:
    town.rooms.directory.teams["g1"] = ("Voirie", {"p2"})
    with town.client() as client:
        for path in (
            *("/compte", "/administration/personnes", "/administration/groupes", "/administration/groupes/g1"),
            *("/espaces/nouveau", "/espaces/mairie", "/espaces/mairie/supprimer"),
        ):
            page = client.get(path)
            assert page.status_code == 200, path
            forms = re.findall(r"<form\b.*?</form>", page.text, re.DOTALL)
            assert len(forms) >= 2, path
            for form in forms:
                assert f'name="token" value="{TOKEN}"' in form, (path, form)


def test_in_english_too(town: Live) -> None:
    with town.client(**{"Accept-Language": "en"}) as client:
        assert "Your account" in client.get("/compte").text
        assert "Administering is not reading" in client.get("/administration/personnes").text
    with town.client(None, **{"Accept-Language": "en"}) as client:
        assert "do not open the house" in client.post("/connexion", data={"login": "x", "password": "y"}).text


def test_an_administrator_names_who_manages_a_space_that_nobody_does_and_never_themselves(town: Live) -> None:
    members = town.rooms.directory.members
    at = "/administration/espaces/mairie/referent"
    refused = post(town, at, person="p2")
    assert (refused.status_code, "lui seul dit qui y entre" in refused.text) == (409, True)
    members["mairie"] = []
    with town.client() as client:
        page = client.get("/administration/espaces").text
    assert "Sans référent" in page and 'value="p2"' in page and 'value="p1"' not in page, "not oneself"
    assert post(town, at, person="p1").status_code == 409
    assert members["mairie"] == []
    assert post(town, at, "anne", person="p2").status_code == 403
    assert post(town, at, person="p2").headers["location"] == "/administration/espaces?nomme"
    assert members["mairie"] == [Member("person", "p2", "Anne Petit", Right.MANAGE)]
    with town.client() as client:
        assert "inscrite au journal" in client.get("/administration/espaces?nomme").text


def test_who_came_in_by_a_link_sees_who_made_it_then_and_later(town: Live) -> None:
    post(town, "/administration/personnes/p2/lien")
    (token,) = [link for link, person in town.rooms.register.links.items() if person == "p2"]
    choice = {"password": "huit chaises vertes au grenier", "again": "huit chaises vertes au grenier"}
    with town.client(None) as client:
        assert "Un lien de connexion a été créé par Claire Morvan le" in client.get(f"/lien/{token}").text
        entered = client.post(f"/lien/{token}", data=choice)
        assert entered.headers["location"] == "/compte?fait=lien"
    for path in ("/compte?fait=lien", "/compte"):
        with town.client("anne") as client:
            page = client.get(path).text
            assert "Un lien de connexion a été créé par Claire Morvan le" in page and "Il ne sert plus" in page
            assert ("Vous êtes entré par un lien" in page) is ("fait" in path)
    with town.client() as client:
        assert "Liens de connexion" not in client.get("/compte").text, "nobody made one for Claire"


def test_roles_say_what_they_may_do_where_they_are_chosen(town: Live) -> None:
    from demeure.policy import ROLE_NAMES, powers

    with town.client("claire") as client:
        french = client.get("/administration/personnes").text
        english = client.get("/administration/personnes", headers={"accept-language": "en"}).text
    assert '<option value="dpo"' in french and "Délégué à la protection des données" in french
    for role in ROLE_NAMES:
        for fr, en in powers(role):
            assert fr[1:] in french and en[1:] in english
    assert post(town, "/administration/personnes/p2/role", role="dpo").status_code == 303
    assert town.rooms.register.people["p2"].role is Role.DPO
    with town.client("anne") as client:
        page = client.get("/compte").text
    assert "Délégué à la protection des données." in page and powers(Role.DPO)[0][0][1:] in page
