"""A directory followed by a real, boxed house, from its commands: declared, looked at, followed, signed in by."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from airlock_ends import Authority
from ldap_ends import BASE, READER, READER_PASSWORD, SLAPD, certificate, group, person, slapd
from people import Person, entries, place

from demeure.store import create_instance

pytestmark = [
    pytest.mark.thorough,  # a whole house; the rooms are tried one by one elsewhere
    pytest.mark.skipif(SLAPD is None, reason="slapd is not installed (Debian: slapd, ldap-utils)"),
]
ME = Person(os.geteuid())
SECRET = "Trois-petits-chats-7"
ROUTE = [
    *("--kind", "directory", "--host", "annuaire.test", "--address", "127.0.0.1", "--account", READER),
    *("--owner", "DSI", "--purpose", "essai", "--contract", "aucun", "--country", "France", "--law", "RGPD"),
    *("--class", "public", "--expires", "2099-01-01", "--credential"),
]
FILE = f"""
route = "annuaire"
class = "public"
base = "{BASE}"
[[groups]]
dn = "cn=urba,ou=groupes,{BASE}"
name = "Urbanisme"
"""


@pytest.fixture
def instance() -> Iterator[Path]:
    with place(ME.uid) as folder:
        create_instance(folder / "instance")
        yield folder / "instance"


def test_a_house_follows_a_directory_and_lets_its_people_in(instance: Path, tmp_path: Path) -> None:
    from click.testing import CliRunner

    from demeure.cli.main import cli

    authority, folder = Authority(), instance.parent
    (folder / "ca.pem").write_text(authority.pem)
    (folder / "annuaire.toml").write_text(FILE)
    people = person("anne", "Anne Petit", SECRET) + person("bo", "Bo Éclair", "Autre-mot-9-de-passe")
    groups = group("urba", "anne")
    with slapd(tmp_path / "slapd", certificate(authority), people, groups) as server, ME.house(instance):
        text = ME.output(instance, "policy", "show")
        opened = text.replace('leaves = "never"\nroutes = []', 'leaves = "yes"\nroutes = ["annuaire"]', 1)
        assert opened != text
        (folder / "policy.toml").write_text(opened)
        where = ["--port", str(server.port), "--authority", str(folder / "ca.pem")]
        words = ["--instance", str(instance), "routes", "add", "annuaire", *where, *ROUTE]
        done = CliRunner().invoke(cli, words, input=READER_PASSWORD + "\n", catch_exceptions=False)
        assert done.exit_code == 0, done.output
        ME.tell(instance, "directory", "declare", "mairie", str(folder / "annuaire.toml"))
        assert "Rien n’est sorti" in ME.tell(instance, "directory", "check", "mairie", code=3)
        ME.tell(instance, "policy", "apply", str(folder / "policy.toml"), "--reason", "essai")
        assert "anne : ajouté Anne Petit, agent" in ME.tell(instance, "directory", "check", "mairie").replace(
            "\u00a0", " "
        )
        assert json.loads(ME.output(instance, "directory", "sync", "mairie", "--json"))["counts"]["added"] == 2
        assert "2/2" in ME.tell(instance, "directory", "status")
        home = ME.output(instance, "link").strip().split("/lien/")[0]
        with httpx.Client(trust_env=False, timeout=30) as anne:
            signing = {"login": "anne", "password": SECRET}
            assert anne.post(f"{home}/connexion", data=signing).status_code == 303
            assert "Anne Petit" in anne.get(f"{home}/compte").text
            assert anne.post(f"{home}/connexion", data={**signing, "password": "faux"}).status_code == 403
            server.modify(f"dn: uid=anne,ou=agents,{BASE}\nchangetype: delete\n\n")
            ME.tell(instance, "directory", "sync", "mairie")
            assert anne.get(f"{home}/compte").status_code == 401
        ME.tell(instance, "directory", "remove", "mairie", "--yes")
        assert "Aucun annuaire" in ME.tell(instance, "directory", "status")
    told = entries(instance)
    names = [entry["name"] for entry in told]
    for name in ("directory-declared", "directory-followed", "directory-removed", "person-closed", "route-request"):
        assert name in names, name
    assert SECRET not in json.dumps(told) and READER_PASSWORD not in json.dumps(told)
