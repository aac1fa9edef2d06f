"""Lists of people, the charter of use, the review of rights: real rooms behind the pages, in process."""

import asyncio
import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from demeure.gateway.pages.people_lists import links_csv, safe_cell
from demeure.gateway.visit import form_token
from demeure.identity import (
    CharterMoved,
    GroupUnknown,
    PeopleFileInvalid,
    PeopleFileWrong,
    RightsMoved,
    read_people,
)
from demeure.policy import CHARTER, Right, Role
from demeure.settings import Settings

from .test_second_factor import Town, held

CSV = """nom;identifiant;rôle;groupes
Zoé Blanc;zoe;élu;
Paul Noir; Paul.Noir ;;Voirie | Accueil
Inès Ray;ines;referent;Accueil
"""
CHARTE = "# Charte\n\nOn ne colle **aucun** secret dans une question.\n\n<script>alert(1)</script>"


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = Town(tmp_path, Settings())
    yield made
    asyncio.run(made.entrance.aclose())
    made.instance.close()


def test_a_list_is_read_as_spreadsheets_write_it() -> None:
    groups = {"Voirie": "g1", "Accueil": "g2"}
    for data in (CSV.encode(), CSV.encode("utf-8-sig"), CSV.encode("cp1252"), CSV.replace(";", ",").encode()):
        found = read_people(data, ["anne"], groups)
        assert not found.mistakes
        assert [(e.line, e.name, e.login, e.role, e.groups) for e in found.entries] == [
            (2, "Zoé Blanc", "zoe", Role.ELECTED, ()),
            (3, "Paul Noir", "paul.noir", Role.AGENT, ("g1", "g2")),
            (4, "Inès Ray", "ines", Role.REFERENT, ("g2",)),
        ]
    unicode_text = CSV.replace(";", "\t").encode("utf-16")
    assert read_people(unicode_text, ["anne"], groups).entries == found.entries, (
        "what spreadsheets call Unicode text"
    )
    (wide,) = read_people(b"nom,identifiant,groupes\nA,aa,Accueil,Voirie\nB,bb,Accueil,\n", [], groups).mistakes
    assert wide.line == 2 and "3 colonnes" in wide.fr and "3 columns" in wide.en, "a group would be lost"
    for unmarked in ("utf-16-le", "utf-16-be"):
        assert read_people(CSV.encode(unmarked), ["anne"], groups).entries == found.entries, unmarked
    several = read_people(b"nom;identifiant;groupes\nA;aa;Accueil, voirie\n", [], groups)
    assert several.entries[0].groups == ("g2", "g1")
    one = read_people(b"nom;identifiant;groupes\nA;aa;Accueil, voirie\n", [], {"Accueil, Voirie": "g9", **groups})
    assert one.entries[0].groups == ("g9",)
    for bad in (b"", b"a\0b", b"nom;age\nZ;3\n", b"nom;identifiant\n", b"x" * (1 << 20) + b"x", b'"' * 99):
        with pytest.raises(PeopleFileInvalid):
            read_people(bad, [], {})


def test_each_wrong_line_is_named_with_what_is_wrong() -> None:
    lines = [
        "nom,identifiant,role,groupes",
        "A,anne,,",
        ",b2,,",
        "C,c c,,",
        "D,dd,roi,",
        "E,ee,,Nulle part",
        "F,ff,,",
    ]
    found = read_people("\n".join([*lines, "G,FF,,"]).encode(), ["anne"], {})
    assert [(one.line, one.fr.replace("\u00a0", " ")[:24]) for one in found.mistakes] == [
        (2, "L’identifiant « anne » a"),
        (3, "Un nom compte de 1 à 80 "),
        (4, "Un identifiant compte de"),
        (5, "Il n’y a pas de rôle « r"),
        (6, "Il n’y a pas de groupe «"),
        (8, "« ff » est déjà à la lig"),
    ]
    assert [one.login for one in found.entries] == ["ff"] and all(one.en for one in found.mistakes)


def test_garbage_is_told_and_nothing_worse() -> None:
    dice = random.Random(8)
    for _ in range(300):
        data = CSV.encode() if dice.random() < 0.5 else b""
        noise = bytes(dice.randrange(256) for _ in range(dice.randrange(120)))
        at = dice.randrange(len(data) + 1)
        try:
            found = read_people(data[:at] + noise + data[at:], ["zoe"], {})
        except PeopleFileInvalid:
            continue
        assert len(found.entries) + len(found.mistakes) > 0


def test_a_list_is_added_whole_or_not_at_all(town: Town) -> None:
    lists, jean = town.entrance.safeguards.lists, town.jean.actor
    groups = {name: town.entrance.groups.add(name).id for name in ("Voirie", "Accueil")}

    async def law() -> None:
        before = len(town.people.everyone())
        with pytest.raises(PeopleFileWrong) as told:
            await lists.bring(jean, (CSV + "X;anne;;\n").encode())
        assert "Ligne 5" in told.value.sentence("fr") and "Line 5" in told.value.sentence("en")
        assert len(town.people.everyone()) == before
        found = await lists.look(jean, CSV.encode())
        town.entrance.groups.remove(groups["Voirie"])  # between the look and the act
        with pytest.raises(GroupUnknown):
            town.people.add_all(found.entries, jean.id, 60)
        assert len(town.people.everyone()) == before, "one transaction"
        town.entrance.groups.add("Voirie")
        made = await lists.bring(jean, CSV.encode())
        assert [person.login for person in made.people] == ["zoe", "paul.noir", "ines"]
        for person, token in zip(made.people, made.links, strict=True):
            assert town.people.look(token).person.id == person.id
        assert town.entrance.membership.groups(made.people[1].actor) == ["Accueil", "Voirie"]
        assert links_csv("https://x", made).splitlines()[0].startswith("Zoé Blanc;zoe;https://x/lien/")
        assert safe_cell("=1+1") == "'=1+1"

    asyncio.run(law())
    assert [e.decision for e in town.journal.named("people-imported") if e.decision == "administrator"]


def test_the_page_of_lists_adds_nobody_before_it_is_asked_to(town: Town) -> None:
    at = "/administration/personnes/importer"

    async def law() -> None:
        town.entrance.groups.add("Voirie")
        town.entrance.groups.add("Accueil")
        jean = held(await town.sign_in("jean"))
        for data, words in ((CSV, "Ajouter 3 personnes"), (CSV + "X;anne;;\n", "Ligne 5")):
            async with town.client(jean) as client:
                files = {"file": ("gens.csv", data.encode("cp1252"), "text/csv")}
                page = await client.post(at, data={"token": form_token(jean)}, files=files)
            assert page.status_code == 200 and words in page.text and town.people.find("zoe") is None
        assert "Ajouter" not in page.text.split("Ligne 5", 1)[1]
        done = await town.post(jean, f"{at}/ajouter", list=CSV)
        assert "3 personnes ajoutées" in done.text and len(re.findall(r"/lien/[\w-]{43}", done.text)) == 3
        assert (await town.post(held(await town.sign_in("anne")), f"{at}/ajouter", list=CSV)).status_code == 403

    asyncio.run(law())


def test_the_charter_is_accepted_first_and_again_when_it_changes(town: Town) -> None:
    async def law() -> None:
        jean, anne = held(await town.sign_in("jean")), held(await town.sign_in("anne"))
        assert "aucune charte" in (await town.get(anne, "/charte")).text
        short = await town.post(jean, "/droits/charte", text="Trop court.", after="0")
        assert short.status_code == 400 and "Trop court." in short.text
        assert (await town.post(anne, "/droits/charte", text=CHARTE, after="0")).status_code == 403
        assert (await town.post(jean, "/droits/charte", text=CHARTE, after="0")).status_code == 303
        answer = await town.get(anne, "/documents")
        assert (answer.status_code, answer.headers["location"]) == (303, "/charte")
        page = (await town.get(anne, "/charte")).text
        assert "<strong>aucun</strong>" in page and "<script>alert" not in page
        assert (await town.post(anne, "/charte", number="7")).status_code == 409, "not the one that was shown"
        assert (await town.post(anne, "/charte", number="1")).status_code == 303
        assert (await town.get(anne, "/documents")).status_code == 200
        await town.post(jean, "/charte", number="1")
        second = await town.post(jean, "/droits/charte", text=CHARTE + "\n\nEncore.", after="1")
        assert second.status_code == 303 and (await town.get(anne, "/")).headers["location"] == "/charte"
        await town.post(jean, "/charte", number="2")
        late = await town.post(jean, "/droits/charte", text=CHARTE + "\n\nAutre.", after="1")
        assert late.status_code == 409 and "Autre." in late.text, "somebody wrote one meanwhile"
        told = (await town.get(jean, "/droits/charte")).text
        assert "1 personne ne l’a pas encore acceptée" in told and "Anne Petit" in told
        charters = town.entrance.safeguards.charter
        assert "Anne Petit" not in (await charters.versions(town.jean.actor, 1))[1], "she accepted that one"
        twin = town.people.add("Anne Petit", "anne2", Role.AGENT)
        waiting = (await charters.versions(town.jean.actor))[1]
        assert {"Anne Petit (anne)", "Anne Petit (anne2)"} <= set(waiting), "two of one name"
        town.people.close_account(twin.id)
        same = await town.post(jean, "/droits/charte", text=CHARTE + "\n\nEncore.", after="2")
        assert same.status_code == 409 and "celui de la version 2" in same.text, "nobody is asked again"
        await town.post(jean, "/droits/charte", text="", after="2")
        assert (await town.get(anne, "/documents")).status_code == 200, "nothing is asked any more"

    asyncio.run(law())
    kept = [e.object for e in town.journal.entries if e.name == "charter-accepted" and e.object]
    assert kept[0] == "7" and "1" in kept


def test_each_accepts_for_themselves_alone(town: Town) -> None:
    others = [town.people.add(f"Zoé {at}", f"zoe{at}") for at in range(3)]
    sessions = [town.people.redeem(town.people.create_link(one.id)).token for one in (town.anne, *others)]

    async def asked() -> list[bool]:
        return [(await town.get(one, "/documents")).headers.get("location") == "/charte" for one in sessions]

    async def law() -> None:
        jean = held(await town.sign_in("jean"))
        for version in range(1, 3):
            text = f"{CHARTE}\n\nVersion {version}."
            await town.post(jean, "/droits/charte", text=text, after=str(version - 1))
            await town.post(jean, "/charte", number=str(version))
            assert await asked() == [True] * 4, "Jean accepted for nobody else"
            assert "Vous l’avez acceptée" not in (await town.get(sessions[1], "/charte")).text
            for at in (2, 0):
                await town.post(sessions[at], "/charte", number=str(version))
            assert await asked() == [False, True, False, True]
            told = (await town.get(jean, "/droits/charte")).text
            assert "2 personnes ne l’ont pas encore acceptée" in told
            for at in (1, 3):
                await town.post(sessions[at], "/charte", number=str(version))

    asyncio.run(law())


def test_two_who_write_the_charter_at_once_one_is_told(town: Town) -> None:
    room = town.entrance.safeguards.charter

    async def law() -> list[object]:
        works = (room.write(town.jean.actor, f"{CHARTE} {n}", 0) for n in range(2))
        return list(await asyncio.gather(*works, return_exceptions=True))

    assert sum(isinstance(one, CharterMoved) for one in asyncio.run(law())) == 1
    session = town.people.redeem(town.people.create_link(town.anne.id))
    actor = town.people.session(session.token)
    assert actor is not None and actor.owes == {CHARTER}


def test_the_review_is_signed_for_the_sheet_that_was_shown_and_its_lateness_is_seen(town: Town) -> None:
    rights = town.entrance.safeguards.rights

    async def law() -> None:
        jean = held(await town.sign_in("jean"))
        page = (await town.get(jean, "/droits")).text
        digest = re.findall(r'name="digest" value="([0-9a-f]{64})"', page)[0]
        town.entrance.membership.grant("mairie", town.anne.id, Right.READ)
        late = await town.post(jean, "/droits/revue", digest=digest, note="Tout va bien")
        assert late.status_code == 409 and 'value="Tout va bien"' in late.text, "rights changed meanwhile"
        assert rights.sheet is not None
        shown = await rights.sheet(town.jean.actor)
        assert shown.digest != digest and not shown.reviews
        done = await town.post(jean, "/droits/revue", digest=shown.digest, note="Tout va bien")
        assert done.status_code == 303
        told = (await town.get(jean, "/droits")).text
        assert (
            "Signée par Jean Roux" in told
            and "Tout va bien" in told
            and "revue des droits est en retard" not in told
        )
        town.clock.forward(days=32)
        jean = held(await town.sign_in("jean"))
        assert "revue des droits est en retard" in (await town.get(jean, "/droits")).text
        assert (
            "revue des droits est en retard"
            not in (await town.get(held(await town.sign_in("anne")), "/compte")).text
        )
        shown = await rights.sheet(town.jean.actor)
        assert shown.standing.late
        await rights.sign(town.jean.actor, shown.digest, "")
        assert "revue des droits est en retard" not in (await town.get(jean, "/droits")).text
        with pytest.raises(RightsMoved):
            await rights.sign(town.jean.actor, "0" * 64, "")

    asyncio.run(law())
    signed = [e for e in town.journal.named("rights-reviewed") if e.object.startswith("sha256:")]
    assert len(signed) >= 2
