"""Who one is, said to a directory server at the end of a route (LDAP simple bind, RFC 4513): the house's own
reading account, whose password the airlock alone may read; a person's, whose password passes here and is kept
nowhere.
"""

import asyncio
import secrets
from collections.abc import Sequence

from demeure.airlock import ber
from demeure.airlock.connecting import Dialler, Line
from demeure.airlock.errors import RouteFailed, RouteRefused
from demeure.airlock.passing import opened
from demeure.airlock.route import Route

SUCCESS, INVALID_CREDENTIALS = 0, 49
_FIRST_ID, _IDS = 1 << 16, (1 << 31) - (1 << 16)
"""Of a bind: one that nobody can guess, so that an answer given beforehand answers nothing. 1 is StartTLS's,
whoever reads goes on from 3."""
_BIND, _BOUND, _SIMPLE, _UNBIND = 0x60, 0x61, 0x80, 0x42
_SEARCH, _ENTRY, _DONE, _NO_ENTRY, _MOST = 0x63, 0x64, 0x65, 32, 20
_ANSWER = 16 << 10
COUNTED = 1024
"""Bytes that a person's bind counts for: its true size would tell the length of a password."""
_SAID = {
    8: ("il veut une connexion mieux protégée", "it wants a better protected connection"),
    INVALID_CREDENTIALS: ("le compte ou son mot de passe est refusé", "the account or its password is refused"),
    53: ("il ne veut pas répondre", "it will not answer"),
}


async def service(line: Line, route: Route, secret: str) -> None:
    """The reading account of the route. Raises RouteFailed: it is not let in."""
    code = await _bind(line, route, route.account, secret)
    if code != SUCCESS:
        raise _failed(route, *_SAID.get(code, (f"code {code}", f"code {code}")))


async def right(
    dialler: Dialler, route: Route, name: str, password: str, secret: str = "", looks: Sequence[bytes] = ()
) -> tuple[bool, list[bytes]]:
    """Is it the password of the entry ``name``? On a connection of its own. An empty one is never asked about: a
    server would take it for nobody's (RFC 4513, 5.1.2). When it is: the first entry, empty without, that answers
    each of ``looks`` (a search, as it is sent), as the reading account sees it; looked for first, so that a reading
    account that is not let in fails alike whatever the password. Raises RouteRefused (the password would pass in
    clear, a look is no search), RouteFailed and its kinds."""
    if any(look[:1] != bytes((_SEARCH,)) or len(look) > _ANSWER for look in looks):
        raise RouteRefused(route=route.id, rule="malformed", detail="Une recherche.", detail_en="A search.")
    if not route.tls and not all(address.startswith("127.") or address == "::1" for address in route.addresses):
        fr = "Un mot de passe ne passe pas en clair sur le réseau."
        en = "A password does not pass in clear over the network."
        raise RouteRefused(route=route.id, rule="password-in-clear", detail=fr, detail_en=en)
    if not name or not password:
        return False, []
    line = await opened(dialler, route)
    try:
        if looks and secret:
            await service(line, route, secret)
        found = [await _looked(line, route, look) for look in looks]
        code = await _bind(line, route, name, password)
        if code == SUCCESS:
            line.writer.write(ber.tlv(ber.SEQUENCE, ber.number(3), ber.tlv(_UNBIND)))
            await line.writer.drain()
    except OSError as problem:
        raise _failed(route, "connexion rompue", "broken connection") from problem
    finally:
        line.close()
    if code not in (SUCCESS, INVALID_CREDENTIALS):
        raise _failed(route, *_SAID.get(code, (f"code {code}", f"code {code}")))
    return code == SUCCESS, found if code == SUCCESS else []


async def _looked(line: Line, route: Route, look: bytes) -> bytes:
    """The content of the first entry; empty: none. Raises RouteFailed."""
    number, found = _FIRST_ID + secrets.randbelow(_IDS), b""
    try:
        async with asyncio.timeout(route.limits.silence):
            line.writer.write(ber.tlv(ber.SEQUENCE, ber.number(number), look))
            await line.writer.drain()
            for _ in range(_MOST):
                parts = iter(ber.elements(await _message(line)))
                if ber.whole(ber.expect(next(parts, None), ber.INTEGER)) != number:
                    raise ValueError("another message")
                kind, content = next(parts, (0, b""))
                if kind == _DONE:
                    code = ber.whole(ber.expect(next(ber.elements(content), None), ber.ENUMERATED))
                    if code not in (SUCCESS, _NO_ENTRY):
                        raise _failed(route, *_SAID.get(code, (f"code {code}", f"code {code}")))
                    return found if code == SUCCESS else b""
                found = found or (content if kind == _ENTRY else b"")
            raise ValueError("too many entries")
    except TimeoutError as problem:
        raise _failed(route, "il se tait", "it is silent") from problem
    except (OSError, EOFError, ValueError) as problem:
        fr, en = "ce n’est pas la réponse d’un annuaire", "this is no answer of a directory"
        raise _failed(route, fr, en) from problem


async def _bind(line: Line, route: Route, name: str, password: str) -> int:
    """The result code. Raises RouteFailed: what came is no answer to it."""
    number = _FIRST_ID + secrets.randbelow(_IDS)
    asked = ber.tlv(_BIND, ber.number(3), ber.octets(name), ber.octets(password, _SIMPLE))
    try:
        async with asyncio.timeout(route.limits.silence):
            line.writer.write(ber.tlv(ber.SEQUENCE, ber.number(number), asked))
            await line.writer.drain()
            return _code(await _message(line), number)
    except TimeoutError as problem:
        raise _failed(route, "il se tait", "it is silent") from problem
    except (OSError, EOFError, ValueError) as problem:
        fr, en = "ce n’est pas la réponse d’un annuaire", "this is no answer of a directory"
        raise _failed(route, fr, en) from problem


async def _message(line: Line) -> bytes:
    """The content of one message. Raises ValueError, EOFError."""
    data = bytearray(await line.reader.readexactly(2))
    while (found := ber.header(data)) is None:
        data += await line.reader.readexactly(1)
    tag, _, size = found
    if tag != ber.SEQUENCE or size > _ANSWER:
        raise ValueError("no message")
    return await line.reader.readexactly(size)


def _code(message: bytes, number: int) -> int:
    parts = iter(ber.elements(message))
    if ber.whole(ber.expect(next(parts, None), ber.INTEGER)) != number:
        raise ValueError("another message")
    return ber.whole(ber.expect(next(ber.elements(ber.expect(next(parts, None), _BOUND)), None), ber.ENUMERATED))


def _failed(route: Route, fr: str, en: str) -> RouteFailed:
    return RouteFailed(route=route.id, detail=fr, detail_en=en)
