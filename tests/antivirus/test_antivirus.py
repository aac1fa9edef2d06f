"""clamd's protocol: one suite on a server that speaks it, and on a real clamd where Debian's is there."""

import asyncio
import contextlib
import os
import shutil
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from demeure.antivirus import AntivirusAbsent, AntivirusDeclined, Clamd
from demeure.errors import DemeureError
from demeure.testing.antivirus import EICAR, FakeClamd, knocking, over

SIGNATURE = f"Eicar-Test-Signature:0:*:{EICAR.hex()}\n"


async def pieces(data: bytes, size: int = 1000) -> AsyncIterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


def client(path: Path, seconds: float = 20.0) -> Clamd:
    async def connect() -> socket.socket:
        try:
            return knocking(path)
        except OSError as problem:
            raise DemeureError() from problem

    return Clamd(connect, seconds)


async def judged(path: Path) -> None:
    antivirus = client(path)
    assert await antivirus.answers()
    clean = await antivirus.look(pieces("Le conseil se réunit.".encode() * 500))
    assert clean.name == "" and clean.by.startswith("ClamAV")
    assert (await antivirus.look(pieces(b""))).name == ""
    found = await antivirus.look(pieces(EICAR))
    assert "icar" in found.name and "FOUND" not in found.name
    with pytest.raises(AntivirusDeclined) as refused:
        await antivirus.look(pieces(bytes(3 << 20), 1 << 20))
    assert "limit" in refused.value.sentence("fr")


def test_a_server_that_speaks_the_protocol(tmp_path: Path) -> None:
    async def go() -> None:
        fake = FakeClamd()
        async with fake.listening(tmp_path / "c"):
            await judged(tmp_path / "c")
        assert b"zINSTREAM" in fake.asked and b"zVERSION" in fake.asked

    asyncio.run(go())


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A clamd with one signature, ours: a database is not needed, nor is the network."""
    program = os.environ.get("DEMEURE_CLAMD") or shutil.which("clamd", path=f"{os.environ['PATH']}:/usr/sbin")
    if not program:
        pytest.skip("no clamd here: apt install clamav-daemon, or set DEMEURE_CLAMD")
    folder = tmp_path_factory.mktemp("clamd")
    (folder / "db").mkdir()
    (folder / "db" / "ours.ndb").write_text(SIGNATURE)
    place = folder / "ctl"
    settings = {"LocalSocket": place, "DatabaseDirectory": folder / "db", "Foreground": "yes"}
    settings |= {"StreamMaxLength": "1M", "TemporaryDirectory": folder}
    (folder / "conf").write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
    with (folder / "log").open("wb") as log:
        clamd = subprocess.Popen([program, "-c", str(folder / "conf")], stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 30
        while not asyncio.run(client(place).answers()):
            assert clamd.poll() is None and time.monotonic() < deadline, (folder / "log").read_text()
            time.sleep(0.1)
        yield place
    finally:
        clamd.terminate()
        clamd.wait(20)


def test_a_real_clamd(real: Path) -> None:
    asyncio.run(judged(real))


def test_nobody_there_is_told(tmp_path: Path) -> None:
    antivirus = client(tmp_path / "nowhere")
    assert not asyncio.run(antivirus.answers())
    with pytest.raises(AntivirusAbsent):
        asyncio.run(antivirus.look(pieces(b"x")))


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (b"", AntivirusAbsent),
        (b"stream: OK", None),
        (b"stream: \xff\x00", AntivirusDeclined),
        (b"stream: \x1b[2J FOUND\0", None),
        (b"hello\0", AntivirusDeclined),
        (b"stream: OK\nstream: OK\0", AntivirusDeclined),
        (b"x" * 9000, AntivirusDeclined),
        (b"INSTREAM: Can't write to temporary file ERROR\0", AntivirusDeclined),
    ],
)
def test_a_strange_answer_is_no_verdict(tmp_path: Path, said: bytes, error: type[DemeureError] | None) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            if await reader.readuntil(b"\0") == b"zINSTREAM\0":
                writer.write(said)
                await writer.drain()
                await reader.readexactly(4 + 7 + 4)
        writer.close()

    async def go() -> None:
        server = await asyncio.start_unix_server(serve, tmp_path / "c")
        antivirus = client(tmp_path / "c")
        if error:
            with pytest.raises(error):
                await antivirus.look(pieces(b"Bonjour"))
        else:
            name = (await antivirus.look(pieces(b"Bonjour"))).name
            assert name == ("" if said.endswith(b"OK") else "[2J")
        await over(server)

    asyncio.run(go())


def test_one_that_hangs_is_left_after_its_time(tmp_path: Path) -> None:
    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async def go() -> None:
        server = await asyncio.start_unix_server(hang, tmp_path / "c")
        with pytest.raises(AntivirusAbsent):
            await client(tmp_path / "c", 0.2).look(pieces(b"x"))
        await over(server)

    asyncio.run(go())
