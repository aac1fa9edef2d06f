"""The role as the house starts it: main(birth) in its real box, jobs in their own."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import format_files as formats
import pytest
import workshop_files as files

from demeure.confinement import PROFILES, box, ladder
from demeure.confinement.paths import role_lists
from demeure.errors import DemeureError
from demeure.settings import Settings
from demeure.supervisor.birth import Birth
from demeure.testing.workshop import LoneWorkshop
from demeure.workshop import Part, ReadLimits


class BoxedRole(LoneWorkshop):
    """A child that boxes itself with the workshop's profile, then runs ``zygote.main``."""

    def __init__(self, instance: Path) -> None:
        self._channel, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._pid = os.fork()
        if self._pid == 0:
            self._live(instance, other.fileno())
        other.close()
        self._channel.settimeout(30)

    def _live(self, instance: Path, channel: int) -> None:
        status = 1
        try:
            profile = PROFILES["workshop"]
            box(profile, role_lists(profile, instance, {}), {channel})
            from demeure.workshop.zygote import main

            main(Birth("workshop", instance, Settings(), channel))
            status = 0
        finally:
            os._exit(status)

    @property
    def pid(self) -> int:
        return self._pid

    def ready(self) -> bytes:
        return self._channel.recv(99)

    def close(self) -> int:
        self._channel.close()
        return os.waitpid(self._pid, 0)[1]


@pytest.fixture(scope="module")
def role(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BoxedRole]:
    made = BoxedRole(tmp_path_factory.mktemp("instance"))
    assert made.ready() == b'{"ready": true}'
    yield made
    assert made.close() == 0


def outcome(role: BoxedRole, name: str, made: bytes) -> str:
    async def stream() -> AsyncIterator[bytes]:
        yield made

    async def go() -> str:
        limits = ReadLimits(seconds=20, memory_mb=700)
        answers = [answer async for answer in role.asker("worker").read(stream(), name=name, limits=limits)]
        return "\n".join(answer.text for answer in answers if isinstance(answer, Part))

    try:
        return asyncio.run(go())
    except DemeureError as problem:
        return problem.code()


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("a.pdf", files.good_pdf()),
        ("a.docx", files.good_docx()),
        ("a.odt", files.good_odt()),
        ("a.html", "<p>Réunion le 9 juin</p>".encode("cp1252")),
        ("a.md", b"# Titre\n\n9 juin"),
        ("a.txt", "Réunion le 9 juin".encode("utf-16")),
        ("a.xlsx", formats.xlsx({"A": formats.rows(("Réunion", "le 9 juin"))})),
        (
            "a.ods",
            formats.ods(f'<table:table table:name="A">{formats.ods_rows(("Réunion", "9 juin"))}</table:table>'),
        ),
        ("a.csv", b"Objet;Jour\nReunion;9 juin\n"),
        ("a.pptx", formats.pptx([formats.shape("Réunion le 9 juin")])),
        ("a.odp", formats.odp("<draw:page><draw:frame><text:p>9 juin</text:p></draw:frame></draw:page>")),
        ("a.eml", formats.letter(text="Réunion le 9 juin\n").as_bytes()),
        ("a.mbox", b"From a@b Thu Jan  1 00:00:00 2026\nFrom: a@b\n\nle 9 juin\n"),
        ("a.msg", formats.ole(formats.msg(body="le 9 juin"))),
        ("a.epub", formats.epub({"a.xhtml": formats.chapter("Réunion", "le 9 juin")})),
        ("a.rtf", b"{\\rtf1 R\\'e9union le 9 juin\\par}"),
        ("a.zip", formats.archived({"a.docx": files.good_docx()})),
    ],
)
def test_every_format_is_read_inside_the_box(role: BoxedRole, name: str, made: bytes) -> None:
    assert "9 juin" in outcome(role, name, made)


def test_hostile_files_are_named_inside_the_box(role: BoxedRole) -> None:
    for case in (
        "truncated pdf",
        "locked pdf",
        "flat bomb",
        "external entity",
        "100,000 declared pages",
        "image only",
        "laughs in a sheet",
        "letter 3,000 deep",
        "zip of itself",
    ):
        name, make, allowed = (files.HOSTILE | formats.HOSTILE)[case]
        assert outcome(role, name, make()) in allowed


def test_the_role_is_confined_as_far_as_this_machine_goes(role: BoxedRole) -> None:
    status = dict(
        line.split(":\t", 1) for line in Path(f"/proc/{role.pid}/status").read_text().splitlines() if ":\t" in line
    )
    assert status["NoNewPrivs"].strip() == "1"
    assert status["Threads"].strip() == "1"
    assert ladder is not None and status["Seccomp"].strip() in ("0", "2")
