"""The pack of evidence: each folder verifies alone with a stranger's tools; what cannot be made is told."""

import asyncio
import hashlib
import json
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from demeure.accountability import PersonFact, Registers
from demeure.accountability.measures import named
from demeure.accountability.summary import HOW, Piece, summary
from demeure.backup.plan import FOLDER
from demeure.cli.evidence_parts import Packing
from demeure.cli.evidence_windows import files_of, said_of
from demeure.gateway.control import Desk
from demeure.gateway.locale import Sentences
from demeure.gateway.rendering import Rendering
from demeure.journal import Draft
from demeure.store.register_tables import register_versions
from demeure.testing.clock import StillClock
from demeure.testing.contractors import FIRM, MOTIVE, Town
from demeure.testing.gateway import FakeRooms, make_house
from demeure.testing.registers import register_room
from demeure.testing.store import Instance, make_instance
from demeure.wire import Reply, Request

from .test_documents import ABOUT_A_MEASURE, BAD, BARE, GOOD, all_checks, run

PARTS = ("registres", "politique", "prestataires", "modeles", "composants", "controles")


class DeskDoor:
    """The control door without its socket: the same handlers, guarded the same way."""

    def __init__(self, desk: Desk) -> None:
        self._handlers = desk.handlers()

    async def call(self, op: str, args: dict[str, Any] | None = None, body: bytes = b"") -> Reply:
        request = Request(op, args or {}, "test")
        request.feed(body, last=True)
        reply: Reply = await self._handlers[op](request)  # type: ignore[misc]
        json.dumps(reply.data)  # as on the wire
        return reply

    async def stream(self, op: str, args: dict[str, Any] | None = None) -> AsyncIterator[Reply]:
        async for item in self._handlers[op](Request(op, args or {}, "test")):  # type: ignore[union-attr]
            yield item


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    made = make_instance(tmp_path)
    yield made
    made.close()


def door_of(instance: Instance, entries: int = 3) -> DeskDoor:
    rooms, clock = FakeRooms(), StillClock()
    rooms.models.lines = [replace(one, looked="same", looked_at=clock.now()) for one in rooms.models.lines]
    house = make_house(rooms, clock=clock, registers=register_room(instance.house, clock, rooms.journal))

    async def lived() -> None:
        for _ in range(entries):
            await rooms.journal.record(Draft("request", "question-asked", chain="c", actor="p1"))

    asyncio.run(lived())
    return DeskDoor(Desk(house, 1000, "demeure uid 1000"))


def packed(instance: Instance, folder: Path, since: str | None = None) -> list[Piece]:
    folder.mkdir()
    return asyncio.run(Packing(door_of(instance), instance.folder, folder, since).pieces())  # type: ignore[arg-type]


def test_each_folder_verifies_alone(instance: Instance, tmp_path: Path) -> None:
    drills = instance.folder / FOLDER / "drills"
    drills.mkdir(parents=True)
    (drills / "000001.json").write_bytes(b"{}")
    out = tmp_path / "pack"
    pieces = packed(instance, out)
    there = {one.name for one in pieces if not one.absent}
    assert there == {*PARTS, "journal", "sauvegardes"}
    assert [one.absent for one in pieces if one.name == "preuve"] == ["rien à montrer"], "none was ever made"
    for folder in (out, *(out / name for name in there)):
        listed = dict(reversed(line.split("  ")) for line in (folder / "SHA256SUMS").read_text().splitlines())
        names = {path.name for path in folder.iterdir() if path.is_file()} - {"SHA256SUMS", "SHA256SUMS.sig"}
        below = {f"{name}/SHA256SUMS" for name in there} if folder == out else set()
        assert set(listed) == names | below, "the root list covers every folder's"
        for name, digest in listed.items():
            assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
        if shutil.which("ssh-keygen"):
            asked = ["ssh-keygen", "-Y", "verify", "-f", "allowed_signers", "-I", "journal"]
            asked += ["-n", "demeure-attestation", "-s", "SHA256SUMS.sig"]
            with (folder / "SHA256SUMS").open("rb") as sums:
                assert (
                    subprocess.run(asked, check=False, stdin=sums, cwd=folder, capture_output=True).returncode == 0
                )
            changed = (folder / "SHA256SUMS").read_bytes().replace(b"0", b"1", 1)
            found = subprocess.run(asked, check=False, input=changed, cwd=folder, capture_output=True)
            assert found.returncode != 0, "a changed list is noticed"
        if folder != out / "journal":
            assert (folder / "DOSSIER.txt").read_text() == (out / "DOSSIER.txt").read_text()
    page = (out / "DOSSIER.txt").read_text()
    number = page.splitlines()[0].rpartition(" ")[2]
    assert len(number) == 32 and number in (out / "resume.md").read_text() and "2026-" in page
    told = json.loads((out / "composants" / "composants.cdx.json").read_text())
    assert told["bomFormat"] == "CycloneDX" and any(one["name"] == "cryptography" for one in told["components"])
    assert (out / "sauvegardes" / "drills-000001.json").read_bytes() == b"{}"
    assert len((out / "journal" / "entries.jsonl").read_text().splitlines()) >= 3
    assert {path.stem for path in (out / "registres").glob("*.md")} >= {"registre", "aipd", "risques"}
    assert "Ce que cela ne prouve pas" in (out / "resume.md").read_text()
    results = json.loads((out / "controles" / "controles.json").read_text())
    assert {one["check"]: one["name"] for one in results}["disk-encrypted"] == "disque chiffré"


def checked(folder: Path, name: str, data: bytes) -> bool:
    """As a stranger does."""
    asked = ["ssh-keygen", "-Y", "verify", "-f", "allowed_signers", "-I", "journal", "-n", "demeure-attestation"]
    asked += ["-s", f"{name}.sig"]
    return subprocess.run(asked, check=False, input=data, cwd=folder, capture_output=True).returncode == 0


def test_who_came_in_is_there_with_each_signed_report(tmp_path: Path) -> None:
    """A town with a real window: opened, used, closed, its report signed; another one goes on."""
    town = Town(tmp_path / "house", Rendering(Sentences.load()))
    house = replace(town.house, registers=register_room(town.instance.house, town.clock, town.journal))
    door, out = DeskDoor(Desk(house, 1000, "demeure uid 1000")), tmp_path / "pack"

    async def lived() -> list[Piece]:
        first = await town.opened()
        await town.typed("status")
        await town.room.close(town.roles["dpo"], first)
        await town.opened(scope="diagnosis")
        out.mkdir()
        return await Packing(door, town.instance.folder, out, None).pieces()  # type: ignore[arg-type]

    pieces = asyncio.run(lived())
    piece = next(one for one in pieces if one.name == "prestataires")
    assert "2 fenêtres d’intervention, 1 rapport signé" in piece.told and not piece.absent
    folder = out / "prestataires"
    told = json.loads((folder / "fenetre-1-rapport.json").read_text())["predicate"]
    assert told["company"]["name"] == FIRM.name and [one["typed"] for one in told["commands"]] == ["status"]
    assert not (folder / "fenetre-2-rapport.json").exists(), "it is not over"
    windows = json.loads((folder / "fenetres.json").read_text())
    assert [(one["number"], one["state"], one.get("file", "")) for one in windows] == [
        (1, "closed", "fenetre-1-rapport.json"),
        (2, "open", ""),
    ]
    table = (folder / "fenetres.md").read_text()
    assert f"| 1 | {FIRM.name} | " in table and "fermée par quelqu’un" in table and MOTIVE in table
    assert town.journal.named("recording-read"), "this look is written"
    if shutil.which("ssh-keygen"):
        report = (folder / "fenetre-1-rapport.json").read_bytes()
        assert checked(folder, "fenetre-1-rapport.json", report)
        assert not checked(folder, "fenetre-1-rapport.json", report.replace(b"status", b"update"))
    asyncio.run(town.aclose())


def test_windows_that_cannot_be_read_are_told(instance: Instance, tmp_path: Path) -> None:
    pieces = packed(instance, tmp_path / "pack")
    piece = next(one for one in pieces if one.name == "prestataires")
    assert "fenêtres d’intervention absentes\u00a0: " in piece.told and not piece.absent
    assert {path.name for path in (tmp_path / "pack" / "prestataires").glob("*.json")} == {"comptes.json"}


def test_a_signed_version_that_is_no_longer_the_same_is_told_and_the_last_is_the_highest(
    instance: Instance, tmp_path: Path
) -> None:
    clock = StillClock()
    kept = Registers(instance.house, clock)
    for number in (1, 2):
        kept.sign("registre", number, f"texte {number}", "p2", "c")
    kept.sign("aipd", 1, "un texte", "p2", "c")
    rows = register_versions
    with instance.house.write() as db:
        db.execute(rows.update().where(rows.c.number == 2).values(body="autre", at="2020-01-01T00:00:00.000000Z"))
    pieces = packed(instance, tmp_path / "pack")
    there = {path.name for path in (tmp_path / "pack" / "registres").iterdir()}
    assert {"registre-version-2-ALTEREE.md", "aipd-version-1.md"} <= there
    told = json.loads((tmp_path / "pack" / "registres" / "versions.json").read_text())
    assert (told["registre"]["number"], told["registre"]["state"]) == (2, "altérée")
    assert told["aipd"]["state"] == "signée"
    assert "altérée depuis sa signature\u00a0: registre n°\u00a02" in next(
        one.told for one in pieces if one.name == "registres"
    )


def test_a_part_that_cannot_be_made_is_told_and_the_rest_is_there(instance: Instance, tmp_path: Path) -> None:
    pieces = packed(instance, tmp_path / "pack", since="un jour")
    journal = next(one for one in pieces if one.name == "journal")
    assert "ne nomme pas n'est pas du dossier" in (tmp_path / "pack" / "VERIFIER.txt").read_text()
    assert journal.absent and not (tmp_path / "pack" / "journal").exists()
    assert f"absent\u00a0: {journal.absent}"[:20] in (tmp_path / "pack" / "resume.md").read_text()


@pytest.mark.parametrize("facts", [BARE, GOOD], ids=["bare", "good"])
def test_the_summary_names_a_check_for_each_measure(facts: Any) -> None:
    text = summary(
        facts, run(facts), [Piece("journal", "Extrait", "python3 verifier.py"), Piece("preuve", "x", absent="y")]
    )
    body = text.partition("## Chiffres")[0]
    for line in body.splitlines():
        if line.startswith("- ") or ABOUT_A_MEASURE.search(line):
            assert any(named(check) in line for check in all_checks.names()), line
    assert "- preuve, absent\u00a0: y\n" in text
    assert "- journal\u00a0: Extrait\u00a0; pour le vérifier\u00a0: python3 verifier.py\n" in text
    assert ("Ce qui ne tient pas" in text) is (facts is BARE)


def test_the_command_of_the_summary_is_as_a_shell_reads_it(instance: Instance, tmp_path: Path) -> None:
    """Typography makes French quotes of straight ones, but in code."""
    import pypdfium2

    from demeure.workshop import Letter
    from demeure.workshop.export import export

    journal = next(one for one in packed(instance, tmp_path / "pack") if one.name == "journal")
    text = summary(GOOD, run(GOOD), [journal])
    told = export(Letter("fr", "Résumé", "Mairie", text, 1_764_000_000).data(), "pdf")
    pages = [page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(told)]
    assert '--vkey "$(cat vkey)"' in " ".join("".join(pages).split())


CROWDED = replace(
    BAD,
    models=BAD.models * 9,  # type: ignore[operator]
    people=tuple(PersonFact(str(number), "Jean-Baptiste Lemaître", "contractor") for number in range(60)),
)


@pytest.mark.parametrize("facts", [GOOD, BAD, CROWDED], ids=["good", "bad", "crowded"])
def test_the_summary_has_two_pages_however_bad_the_house(facts: Any) -> None:
    import pypdfium2

    from demeure.workshop import Letter
    from demeure.workshop.export import export

    pieces = [Piece(name, "Extrait du journal, une preuve par entrée (20 260 entrées)", HOW) for name in PARTS * 2]
    text = summary(facts, run(facts), pieces[:9], "a" * 32)
    told = export(Letter("fr", "Ce que la maison prouve", "Mairie", text, 1_764_000_000).data(), "pdf")
    with pypdfium2.PdfDocument(told) as made:
        assert len(made) == 2


def test_a_measure_says_first_which_check_does_not_hold() -> None:
    facts = replace(GOOD, journal_verified=None)
    assert "(journal recalculé dans le mois\u00a0: jamais fait\u00a0; tenu\u00a0: journal qui s’écrit)" in summary(
        facts, run(facts), []
    )


WINDOW = {"number": 3, "firm": "Ouest", "worker": "Luc Petit", "login": "luc", "scope": "diagnosis update"}
WINDOW |= {
    "motive": "Panne",
    "asked_at": "2026-11-12T09:30:00",
    "asked_by": "uid:0",
    "asker": "uid:0",
    "approver": "",
}
WINDOW |= {"opened_at": None, "closed_at": None, "state": "dropped", "why": ""}


def test_windows_are_told_in_french_and_those_that_came_to_nothing_are_counted_apart() -> None:
    found = [{"window": WINDOW, "report": "", "signature": ""}]
    assert "1 fenêtre d’intervention dont 1 sans suite, 0 rapport" in said_of(found, "")
    row = files_of(found, None)["fenetres.md"].decode().splitlines()[-1]
    assert "| diagnostic sans contenus, mise à jour | Panne |" in row and "la machine (uid 0)" in row
    assert "update" not in row and "uid:" not in row


def test_the_policy_of_a_new_house_has_no_number() -> None:
    assert "Politique en vigueur\u00a0: celle d’une maison neuve" in summary(BAD, run(BAD), [])
    assert "Politique en vigueur\u00a0: version 3" in summary(GOOD, run(GOOD), [])
