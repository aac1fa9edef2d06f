"""A mail folder (Maildir): each message one document, whatever mail programs do with its name."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from demeure.reader import Ignoring, message_key
from demeure.testing.folders import Watched
from demeure.testing.house import AGENT, small_house
from demeure.workshop import Part, ReadLimits, ReadSummary
from demeure.workshop.answers import checked_part, checked_summary
from demeure.workshop.jobs import read
from demeure.workshop.parts import Facts


async def reading(
    stream: AsyncIterator[bytes], *, name: str, limits: ReadLimits, **told: str
) -> AsyncIterator[Part | ReadSummary]:
    """The real readers, without their process."""
    data, characters, parts = bytearray(b"".join([piece async for piece in stream])), 0, 0
    for kind, frame in list(read(data, name, told.get("format", ""), limits, Facts())):
        answer = json.loads(json.dumps(frame))
        if kind == "end":
            yield checked_summary(answer, limits, characters, parts)
            continue
        part = checked_part(answer, limits)
        characters, parts = characters + len(part.text), parts + 1
        yield part


def letter(subject: str, text: str, attached: str = "") -> bytes:
    made = EmailMessage()
    made["From"], made["To"] = "Léa Morin <lea@exemple.invalid>", "accueil@exemple.invalid"
    made["Subject"], made["Date"] = subject, "Thu, 25 Jun 2026 11:42:00 +0200"
    made.set_content(text)
    if attached:
        made.add_attachment(attached.encode(), maintype="text", subtype="plain", filename="devis.txt")
    return bytes(made)


def box(place: Path) -> Path:
    for name in ("cur", "new", "tmp"):
        (place / name).mkdir(parents=True, exist_ok=True)
    return place


@asynccontextmanager
async def mailbox(folder: Path, **options: Any) -> AsyncGenerator[Watched]:
    place = box(folder / "Maildir")
    async with small_house(folder / "instance", **options) as house:
        house.workshop.read = reading  # type: ignore[method-assign]
        yield Watched(house, place)


def told(scan: Any) -> dict[str, int]:
    return {what: n for what, n in scan.counts.items() if n}


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("cur/1782380520.M1P2.hote:2,RS", ("", "1782380520.M1P2.hote")),
        ("new/1782380520.M1P2.hote", ("", "1782380520.M1P2.hote")),
        (".Envoyés/cur/1782380520.M1P2.hote,S=12;2,S", (".Envoyés", "1782380520.M1P2.hote,S=12")),
        ("new/rapport.pdf", None),
        ("new/20261126.v2.pdf", None),
        ("1782380520.M1P2.hote:2,S", None),
        ("docs/1782380520.M1P2.hote", None),
        ("cur/msg-41:2,", ("", "msg-41")),
        ("Archives/cur/courriel.eml!2,RS", ("Archives", "courriel.eml")),
        ("docs/msg-41:2,S", None),
        ("cur/:2,S", None),
    ],
)
def test_a_message_is_known_by_its_own_name(path: str, key: object) -> None:
    assert message_key(path) == key


def test_each_message_is_a_document_and_keeps_being_the_same(tmp_path: Path) -> None:
    async def go() -> None:
        async with mailbox(tmp_path) as it:
            new, cur = it.place / "new", it.place / "cur"
            first, second = "1782380520.M1P2.hote", "1782380521.M1P2.hote"
            (new / first).write_bytes(letter("Devis de la chaudière", "Bonjour, canari1.", "Montant : canari2."))
            (cur / f"{second}:2,S").write_bytes(letter("Réunion / mardi", "À mardi, canari3."))
            (it.place / "tmp" / "1782380522.M1P2.hote").write_bytes(b"From: en route")
            (it.place / "dovecot.index.log").write_bytes(b"...")
            scan = await it.scan()
            assert told(scan) == {"added": 2, "ignored": 2} and {w for _, w in scan.report["ignored"]} == {
                "mail-own"
            }
            await it.read()
            names = [
                "Devis de la chaudière (Léa Morin, 2026-06-25).eml",
                "Réunion ∕ mardi (Léa Morin, 2026-06-25).eml",
            ]
            assert it.names() == names
            ids = {row.id for row in it.every()}
            found = await it.house.searcher.search(AGENT, "canari2", ["mairie"], 3)
            assert found.hits[0].document == names[0] and found.hits[0].place["inside"] == ["devis.txt"]
            it.reader.reads = []
            (new / first).rename(cur / f"{first}:2,")
            assert told(await it.scan()) == {"moved": 1, "unchanged": 1, "ignored": 2}
            (cur / f"{first}:2,").rename(cur / f"{first}:2,RS")
            (cur / f"{second}:2,S").rename(cur / f"{second}:2,FS")
            assert told(await it.scan()) == {"moved": 2, "ignored": 2}
            assert it.reader.reads == [], "marks change; what a message says never does"
            await it.read()
            assert {row.id for row in it.every()} == ids and it.names() == names
            (cur / f"{first}:2,RS").unlink()
            assert told(await it.scan()) == {"deleted": 1, "unchanged": 1, "ignored": 2}

    asyncio.run(go())


@pytest.mark.parametrize("own", ["msg-41", "courriel.eml", "1782380520.M1P2.hote", "1782380520.M1P2.hote,S=412"])
def test_a_message_keeps_its_document_and_title_whatever_its_program_called_it(tmp_path: Path, own: str) -> None:
    async def go() -> None:
        async with mailbox(tmp_path) as it:
            cur, titles = it.place / "cur", ["Devis (Léa Morin, 2026-06-25).eml"]
            (cur / f"{own}:2,").write_bytes(letter("Devis", "Bonjour, canari1."))
            await it.scan()
            await it.read()
            (row,) = it.every()
            assert it.names() == titles
            for former, marks in (("", "S"), ("S", "RS"), ("RS", "FRS")):
                (cur / f"{own}:2,{former}").rename(cur / f"{own}:2,{marks}")
                assert told(await it.scan()) == {"moved": 1, "ignored": 1}
                await it.read()
                assert [one.id for one in it.every()] == [row.id] and it.names() == titles
            found = await it.house.searcher.search(AGENT, "canari1", ["mairie"], 3)
            assert [hit.document for hit in found.hits] == titles

    asyncio.run(go())


def test_folders_inside_a_mail_folder_are_followed_and_other_hidden_ones_are_not(tmp_path: Path) -> None:
    async def go() -> None:
        async with mailbox(tmp_path, work=False) as it:
            sent, hidden = box(it.place / ".Envoyés"), it.place / ".cache"
            hidden.mkdir()
            (hidden / "notes.txt").write_text("rien")
            path = sent / "cur" / "1782380520.M1P2.hote:2,S"
            path.write_bytes(letter("Réponse", "Oui."))
            assert told(await it.scan()) == {"added": 1, "ignored": 3}
            assert told(await it.scan()) == {"unchanged": 1, "ignored": 3}
            assert not Ignoring().passes_over(".Envoyés/cur/x") and Ignoring().passes_over(".cache/notes.txt")

    asyncio.run(go())


def test_a_message_that_is_marked_while_it_is_listed_is_not_taken_for_gone(tmp_path: Path) -> None:
    async def go() -> None:
        async with mailbox(tmp_path, work=False) as it:
            cur, name = it.place / "cur", "1782380520.M1P2.hote"
            (cur / f"{name}:2,").write_bytes(letter("Devis", "Bonjour."))
            await it.scan()
            opened = it.reader.open

            async def seeing_nothing(folder: str) -> Any:
                """Its first listing falls between two names of the message."""
                reader = await opened(folder)
                listing, times = reader.walk, 0

                def listed(ignore: Any) -> Any:
                    nonlocal times
                    times += 1
                    if times == 1:
                        (cur / f"{name}:2,").rename(tmp_path / "away")
                    elif times == 2:
                        (tmp_path / "away").rename(cur / f"{name}:2,S")
                    return listing(ignore)

                reader.walk = listed  # type: ignore[method-assign]
                return reader

            it.tools = type(it.tools)(**{**vars(it.tools), "open": seeing_nothing})
            assert told(await it.scan()) == {"ignored": 1}
            assert len(it.every()) == 1 and not it.every()[0].leaving
            it.tools = type(it.tools)(**{**vars(it.tools), "open": opened})
            assert told(await it.scan()) == {"moved": 1, "ignored": 1}

    asyncio.run(go())


def test_a_mailbox_file_that_grows_takes_its_own_place(tmp_path: Path) -> None:
    async def go() -> None:
        async with mailbox(tmp_path) as it:
            inbox = it.place.parent / "Maildir" / "cur" / "Inbox"  # any name: the content tells
            one = b"From lea@exemple.invalid Thu Jun 25 11:42:00 2026\n" + letter("Un", "canari1.") + b"\n"
            two = b"From lea@exemple.invalid Thu Jun 26 11:42:00 2026\n" + letter("Deux", "canari2.") + b"\n"
            inbox.write_bytes(one)
            await it.scan()
            await it.read()
            inbox.write_bytes(one + two)
            assert told(await it.scan())["changed"] == 1
            await it.read()
            found = await it.house.searcher.search(AGENT, "canari2", ["mairie"], 3)
            assert found.hits[0].document == "Inbox" and found.hits[0].place["number"] == 2

    asyncio.run(go())
