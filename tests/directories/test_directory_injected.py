"""Words in clear that arrive after a check and before TLS: they are never taken for words said under TLS."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from airlock_ends import Authority
from airlock_house import route
from ldap_ends import certificate

from demeure.airlock import RouteNotItself, ber, binding, mail, passing
from demeure.airlock.connecting import Dialler, Line, heard
from demeure.airlock.route import Route

STARTED = bytes.fromhex("300c02010178070a010004000400")
BOUND = ber.tlv(
    ber.SEQUENCE, ber.number(2), ber.tlv(0x61, ber.number(0, ber.ENUMERATED), ber.octets(""), ber.octets(""))
)


class Here(Dialler):
    """A dialler without a door: to loopback, in this process."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def open(self, route: Route, *, plain: bool = False) -> Line:
        assert plain
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        return Line(writer.get_extra_info("socket"), reader, writer)


async def late(
    monkeypatch: pytest.MonkeyPatch, pem: Path, greeting: bytes, ready: bytes, said: bytes
) -> tuple[asyncio.Server, int]:
    """A server that agrees on TLS, then says ``said`` in clear once the first check found nothing."""
    go = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(greeting)
        if greeting:
            await reader.readline()
            writer.write(b"250-x\r\n250 STARTTLS\r\n")
        await reader.read(4096)
        writer.write(ready)
        await go.wait()
        writer.write(said)
        await writer.drain()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        await writer.start_tls(context)
        await reader.read(4096)

    async def checked(line: Line) -> bool:
        found = await heard(line)
        go.set()
        async with asyncio.timeout(5):
            while not line.reader._buffer:  # type: ignore[attr-defined]  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        return found

    for module in (passing, mail):
        monkeypatch.setattr(module, "heard", checked)
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    return server, int(server.sockets[0].getsockname()[1])


Use = Callable[[Dialler, Any], Awaitable[Any]]


@pytest.mark.parametrize(
    ("more", "greeting", "ready", "said", "use"),
    [
        ({"kind": "directory"}, b"", STARTED, BOUND, lambda d, r: binding.right(d, r, "cn=x", "any password")),
        ({"kind": "postgresql"}, b"", b"S", b"R\0\0\0\x08\0\0\0\0", lambda d, r: passing.opened(d, r)),
        (
            {"kind": "relay", "sender": "a@b.test"},
            b"220 x\r\n",
            b"220 go\r\n",
            b"250 x\r\n" * 8,
            lambda d, r: mail.agreed(d, r),
        ),
    ],
    ids=["directory", "postgresql", "relay"],
)
def test_words_in_clear_that_come_late_end_the_connection(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    more: dict[str, Any],
    greeting: bytes,
    ready: bytes,
    said: bytes,
    use: Use,
) -> None:
    authority = Authority()
    (tmp_path / "s.pem").write_bytes(certificate(authority, "annuaire.test"))

    async def law() -> None:
        server, port = await late(monkeypatch, tmp_path / "s.pem", greeting, ready, said)
        async with server:
            there = route(port, authority.pem, host="annuaire.test", **{"model": "", **more})
            with pytest.raises(RouteNotItself, match="clear"):
                await use(Here(port), there)

    asyncio.run(law())


def test_an_answer_given_before_the_bind_answers_nothing() -> None:
    """Its number cannot be known beforehand."""
    sent = list[bytes]()

    class Writer:
        def write(self, data: bytes) -> None:
            sent.append(data)

        async def drain(self) -> None:
            return

    async def law() -> None:
        for number in range(1, 4):
            reader = asyncio.StreamReader()
            reader.feed_data(BOUND.replace(b"\x02\x01\x02", b"\x02\x01" + bytes((number,))))
            line = Line(None, reader, Writer())  # type: ignore[arg-type]
            with pytest.raises(binding.RouteFailed):
                await binding._bind(line, route(636, kind="directory", model=""), "cn=x", "wrong")

    asyncio.run(law())
    numbers = {ber.whole(next(iter(ber.elements(next(iter(ber.elements(one)))[1])))[1]) for one in sent}
    assert len(numbers) == 3 and min(numbers) > 3
