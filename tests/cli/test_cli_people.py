"""People through a real, boxed house: made in the terminal, in by the pages, closed again, all of it written."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from people import Person, entries, place

from demeure.policy import Role
from demeure.store import create_instance
from demeure.testing.people import CHOICE, PASSWORD

ME = Person(os.geteuid())
JEANNE = "quatre chaises bleues sans dossier"


@pytest.fixture
def instance() -> Iterator[Path]:
    """Mine, without models."""
    with place(ME.uid) as folder:
        create_instance(folder / "instance")
        yield folder / "instance"


def client() -> httpx.Client:
    return httpx.Client(trust_env=False, timeout=30)


def every_key(instance: Path, reader: httpx.Client, documents: str) -> None:
    """Told, one replaced while the house serves, an unknown algorithm named."""

    def told(code: int = 0) -> dict[str, list[dict[str, object]]]:
        found = json.loads(ME.output(instance, "keys", "list", "--json", code=code))
        return {kind: [one for one in found["house"] if one["kind"] == kind] for kind in ("space", "application")}

    (before,) = told()["space"]
    home = documents.removesuffix("/api/documents")
    (space,) = reader.get(f"{home}/api/spaces").json()["spaces"]
    (row,) = reader.get(documents, params={"space": space["id"]}).json()["documents"]
    ME.tell(instance, "spaces", "rekey", "Mairie")
    (after,) = told()["space"]
    assert (before["generation"], after["generation"], after["known"]) == (1, 2, True) and after["rotated"]
    assert reader.get(f"{home}/documents/{row['id']}/original").content == b"Bonjour."
    key = instance / "keys" / "routes" / "x.sealed"
    key.write_bytes(b"dms\x01\x09")
    assert "keys/routes/x.sealed (? (1.9))" in ME.tell(instance, "keys", "list", code=1)
    key.unlink()


def lists_charter_and_rights(instance: Path, folder: Path) -> None:
    """A list with a wrong line is told and adds nobody; who may what; sessions; the charter, withdrawn again."""
    people = folder / "gens.csv"
    people.write_text("nom;identifiant;rôle\nLou;lou;élu\nX;jeanne;\n", encoding="utf-8")
    told = json.loads(ME.output(instance, "people", "import", str(people), "--dry-run", "--json", code=2))
    assert [one["line"] for one in told["mistakes"]] == [3] and told["people"][0]["role"] == "elected"
    assert "Ligne 3" in ME.tell(instance, "people", "import", str(people), code=2).replace("\u00a0", " ")
    rights = json.loads(ME.output(instance, "people", "rights", "--json"))
    assert "jeanne" in {one["login"] for one in rights} and "lou" not in {one["login"] for one in rights}
    assert "127.0.0.1" in ME.tell(instance, "people", "sessions", "jeanne")
    assert "Aucune lecture" in ME.tell(instance, "people", "readings")


def test_a_house_is_set_up_and_a_person_comes_and_goes(instance: Path) -> None:
    with ME.house(instance), client() as boss, client() as jeanne:
        link = ME.output(instance, "link").strip()
        home = link.split("/lien/")[0]
        assert boss.get(link).status_code == 200
        assert boss.post(link, data=CHOICE).headers["location"] == "/"
        assert "Claire Morvan" in boss.get(f"{home}/").text
        made = json.loads(ME.output(instance, "people", "add", "jeanne", "--name", "Jeanne Martin", "--json"))
        assert made["person"]["role"] == "agent"
        choice = {"password": JEANNE, "again": JEANNE}
        assert jeanne.post(made["url"], data=choice).status_code == 303
        assert "Jeanne Martin" in jeanne.get(f"{home}/compte").text
        assert jeanne.get(f"{home}/administration/personnes").status_code == 403
        ME.tell(instance, "spaces", "create", "Mairie")
        assert jeanne.get(f"{home}/api/spaces").json()["spaces"] == []
        assert "rédacteur" in ME.tell(instance, "spaces", "give", "mairie", "Jeanne", "Redacteur")
        assert "Mairie (rédacteur)" in ME.tell(instance, "people", "rights")
        assert [s["name"] for s in jeanne.get(f"{home}/api/spaces").json()["spaces"]] == ["Mairie"]
        given = ME.output(instance, "keys", "add", "courrier", "--owner", "jeanne", "--space", "mairie", "--json")
        program = {"Authorization": f"Bearer {json.loads(given)['secret']}"}
        letter = {"params": {"space": "Mairie", "name": "lettre.txt", "tags": "courrier"}, "content": b"Bonjour."}
        with httpx.Client(trust_env=False, timeout=30, headers=program) as business:
            assert business.post(f"{home}/api/documents", **letter).status_code == 201
            assert business.get(f"{home}/api/documents").status_code == 403
            assert "en vigueur" in ME.tell(instance, "keys", "list")
            every_key(instance, jeanne, f"{home}/api/documents")
            ME.tell(instance, "keys", "revoke", "courrier")
            assert business.post(f"{home}/api/documents", **letter).status_code == 401
        ME.tell(instance, "people", "groups", "create", "Écoles")
        assert "jeanne en est" in ME.tell(instance, "people", "groups", "add", "écoles", "Jeanne")
        assert "jeanne" in ME.tell(instance, "people", "groups", "list")
        assert json.loads(ME.output(instance, "people", "groups", "list", "--json"))[0]["people"] == ["jeanne"]
        ME.tell(instance, "people", "groups", "remove", "écoles", "jeanne")
        assert "Rien n’a été effacé" in ME.tell(instance, "people", "groups", "delete", "Écoles", code=1)
        ME.tell(instance, "people", "groups", "delete", "Écoles", "--yes")
        assert "Écoles" in ME.tell(instance, "people", "groups", "delete", "Écoles", "--yes", code=2)
        ME.tell(instance, "people", "role", "jeanne", "referent")
        assert jeanne.get(f"{home}/administration/espaces").status_code == 200
        listed = ME.tell(instance, "people", "list")
        assert "référent" in listed and "ouvert" in listed
        ME.tell(instance, "people", "role", "jeanne", "dpo")
        assert "délégué à la protection des données" in ME.tell(instance, "people", "list")
        assert "data protection officer" in ME.tell(instance, "--language", "en", "people", "list")
        assert jeanne.get(f"{home}/administration/espaces").status_code == 403
        assert "Claire Morvan" in jeanne.get(f"{home}/journal?tous=1").text
        may = json.loads(ME.output(instance, "people", "roles", "--json"))
        assert set(may) == {role.value for role in Role} and "faire la preuve des murs" in may["dpo"]
        lists_charter_and_rights(instance, instance.parent)
        asked_for(instance)
        assert "have the walls proven" in ME.tell(instance, "--language", "en", "people", "roles")
        ME.tell(instance, "people", "close", "jeanne")
        assert jeanne.get(f"{home}/").status_code == 401
        signing = {"login": "jeanne", "password": JEANNE}
        assert jeanne.post(f"{home}/connexion", data=signing).status_code == 403
        assert "closed" in ME.tell(instance, "--language", "en", "people", "list")
        ME.tell(instance, "people", "reopen", "jeanne")
        assert jeanne.post(f"{home}/connexion", data=signing).status_code == 303
        assert "dernier administrateur" in ME.tell(instance, "people", "close", "claire", code=3)
        assert "« personne »" in ME.tell(instance, "people", "link", "personne", code=2).replace("\u00a0", " ")
    names = [entry["name"] for entry in entries(instance)]
    for name in ("link-presented", "person-added", "space-shared", "person-role", "person-closed", "signed-in"):
        assert name in names, name
    assert "password-refused" in names
    assert PASSWORD not in json.dumps(entries(instance))


@pytest.mark.thorough
def test_a_locked_account_stays_locked_when_the_house_opens_again(instance: Path) -> None:
    with ME.house(instance), client() as boss:
        link = ME.output(instance, "link").strip()
        home = link.split("/lien/")[0]
        boss.post(link, data=CHOICE)
        wrong = {"login": "claire", "password": "ce n’est pas lui"}
        with client() as stranger:
            codes = [stranger.post(f"{home}/connexion", data=wrong).status_code for _ in range(7)]
        assert codes == [403] * 5 + [429] * 2
        assert boss.get(f"{home}/").status_code == 200, "who is in stays in"
    with ME.house(instance), client() as stranger:
        link = ME.output(instance, "link").strip()
        home = link.split("/lien/")[0]
        right = {"login": "claire", "password": PASSWORD}
        told = stranger.post(f"{home}/connexion", data=right)
        assert (told.status_code, "retry-after" in told.headers) == (429, True)
        assert stranger.post(link, data={"password": JEANNE, "again": JEANNE}).status_code == 303
        assert stranger.post(f"{home}/connexion", data={"login": "claire", "password": JEANNE}).status_code == 303


def asked_for(instance: Path) -> None:
    """A person looked for, who asks to be erased; a text without their name, which comes back."""
    assert "trois lettres" in ME.tell(instance, "people", "find", "Jeanne Martin", "--why", "a", code=2)
    told = json.loads(ME.output(instance, "people", "find", "MARTIN, Jeanne", "--why", "demande du 3", "--json"))
    assert "account" in {row["kind"] for row in told["found"]} and told["looked"]["account"] == 2
    ME.tell(instance, "people", "requests", "open", "erasure", "Jeanne Martin", "--note", "guichet")
    assert "compte" in ME.tell(instance, "people", "requests", "search", "1").casefold()
    assert "à décider encore" in ME.tell(instance, "people", "requests", "erase", "1", "--yes", code=2)
    given, made = instance.parent / "lettre.txt", instance.parent / "sans.txt"
    given.write_text("M. Paul Durand rappelle Jeanne Martin.")
    ME.tell(instance, "personal", "pseudonymise", str(given), "--space", "mairie", "--to", str(made))
    assert "Durand" not in made.read_text()
    assert ME.output(instance, "personal", "restore", str(made), "--space", "mairie") == given.read_text()
