"""Reading a directory (RFC 4511, paged by RFC 2696) over a stream that is given: what comes is taken for hostile,
so everything is bounded, references to elsewhere are counted and never followed, and a part is never taken for the
whole.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from demeure.airlock import ber
from demeure.directories.errors import DirectoryAnswer, DirectoryNoEntry, DirectoryPartial

PAGE = 500
MESSAGE = 4 << 20
"""Bytes of one entry at most."""
MOST_VALUES, EMPTY_PAGES = 20_000, 20
BASE, SUBTREE = 0, 2
_SEARCH, _ENTRY, _DONE, _REFERENCE, _EXTENDED, _UNBIND = 0x63, 0x64, 0x65, 0x73, 0x78, 0x42
_CONTROLS = 0xA0
_PAGED = "1.2.840.113556.1.4.319"
_SUCCESS, _NO_SUCH_OBJECT, _REFERRAL = 0, 32, 10
_PARTS = {3: ("temps dépassé", "time limit"), 4: ("nombre dépassé", "size limit"), 11: ("limite", "limit")}
_SAID = {
    1: ("erreur de l’annuaire", "error of the directory"),
    _REFERRAL: ("il renvoie ailleurs, ce qui n’est pas suivi", "it sends elsewhere, which is not followed"),
    12: ("il ne sait pas donner par pages", "it cannot give pages"),
    49: ("il faut un compte de lecture", "a reading account is needed"),
    50: ("le compte de lecture n’a pas ce droit", "the reading account has no right to it"),
    51: ("il est occupé", "it is busy"),
    52: ("il est indisponible", "it is unavailable"),
    53: ("il refuse de répondre", "it refuses to answer"),
}


PRESENT = ber.octets("objectClass", 0x87)
"""The filter that every entry passes."""


class Stream(Protocol):
    """The port: ``airlock.RouteStream``, or a socket in tests."""

    async def write(self, data: bytes) -> None: ...

    async def read(self) -> bytes:
        """What came; empty at the end."""
        ...


@dataclass(frozen=True)
class Entry:
    """``values``: attribute in lower case → its values."""

    dn: str
    values: dict[str, list[bytes]] = field(default_factory=dict)

    def first(self, *names: str) -> bytes:
        """The first value of the first of these attributes that has one; empty without."""
        return next((self.values[n.lower()][0] for n in names if self.values.get(n.lower())), b"")

    def text(self, *names: str) -> str:
        return self.first(*names).decode("utf-8", "replace")


@dataclass(frozen=True)
class Asked:
    """``filter``: as ``filter_of`` gives it. ``most``: entries at most."""

    base: str
    filter: bytes
    attributes: Sequence[str]
    scope: int = SUBTREE
    most: int = 20_000


class Reader:
    """One connection, one question at a time. ``elsewhere``: references that were not followed. ``seconds``: of
    silence at most."""

    def __init__(self, stream: Stream, directory: str, seconds: float = 60.0) -> None:
        self._stream, self._directory, self._seconds = stream, directory, seconds
        self._left, self._number = bytearray(), 2
        self.elsewhere = 0

    async def search(self, asked: Asked) -> list[Entry]:
        """Every entry. Raises DirectoryAnswer; DirectoryPartial: there were others, that were not given."""
        found, cookie, empty = list[Entry](), b"", 0
        while True:
            before = len(found)
            cookie = await self._page(asked, cookie, found)
            if not cookie:
                return found
            empty += len(found) == before
            if empty > EMPTY_PAGES:
                raise self._wrong("il donne des pages vides sans fin", "it gives empty pages without end")

    async def entry(self, dn: str, attributes: Sequence[str]) -> Entry | None:
        """The entry of that name; None: nothing shows there. Raises as ``search``."""
        asked = Asked(dn, PRESENT, attributes, scope=BASE)
        try:
            found = await self.search(asked)
        except DirectoryNoEntry:
            return None
        return found[0] if found else None

    async def end(self) -> None:
        """Say goodbye."""
        self._number += 1
        await self._stream.write(ber.tlv(ber.SEQUENCE, ber.number(self._number), ber.tlv(_UNBIND)))

    async def _page(self, asked: Asked, cookie: bytes, found: list[Entry]) -> bytes:
        """Adds what one page has to ``found``; the cookie of the next, empty at the last."""
        self._number += 1
        await self._stream.write(_request(self._number, asked, cookie))
        async for kind, content, controls in self._answers(self._number):
            if kind == _ENTRY:
                if len(found) >= asked.most:
                    fr, en = f"plus de {asked.most} personnes", f"more than {asked.most} people"
                    raise DirectoryPartial(directory=self._directory, detail=fr, detail_en=en)
                found.append(self._entry(content))
            elif kind == _REFERENCE:
                self.elsewhere += 1
            elif kind == _DONE:
                self._succeeded(content, asked.base)
                return self._cookie(controls)
            else:
                raise self._wrong("une réponse inattendue", "an unexpected answer")
        raise self._wrong("il a coupé", "it hung up")

    async def _answers(self, number: int) -> AsyncGenerator[tuple[int, bytes, bytes]]:
        """(kind, content, controls) of what answers ``number``."""
        while True:
            message = await self._message()
            try:
                parts = iter(ber.elements(message))
                which = ber.whole(ber.expect(next(parts, None), ber.INTEGER))
                kind, content = next(parts, (0, b""))
                tag, controls = next(parts, (_CONTROLS, b""))
            except ValueError as problem:
                raise self._garbled() from problem
            if which == 0 and kind == _EXTENDED:  # notice of disconnection
                raise self._wrong("il met fin à la connexion", "it ends the connection")
            if which != number or tag != _CONTROLS:
                raise self._wrong("une réponse à autre chose", "an answer to something else")
            yield kind, content, controls

    async def _message(self) -> bytes:
        while True:
            try:
                found = ber.header(self._left)
            except ValueError as problem:
                raise self._garbled() from problem
            if found is not None:
                tag, begins, size = found
                if tag != ber.SEQUENCE or size > MESSAGE:
                    raise self._garbled()
                if len(self._left) >= begins + size:
                    message = bytes(self._left[begins : begins + size])
                    del self._left[: begins + size]
                    return message
            try:
                async with asyncio.timeout(self._seconds):
                    piece = await self._stream.read()
            except TimeoutError as problem:
                raise self._wrong("il se tait", "it is silent") from problem
            if not piece:
                raise self._wrong("il a coupé", "it hung up")
            self._left += piece

    def _entry(self, content: bytes) -> Entry:
        try:
            found = entry_of(content)
        except ValueError as problem:
            raise self._garbled() from problem
        if any(len(kept) > MOST_VALUES for kept in found.values.values()):
            raise self._wrong("un attribut trop long", "an attribute too long")
        return found

    def _succeeded(self, content: bytes, base: str) -> None:
        """Raises DirectoryPartial, DirectoryNoEntry, DirectoryAnswer."""
        try:
            code = ber.whole(ber.expect(next(ber.elements(content), None), ber.ENUMERATED))
        except ValueError as problem:
            raise self._garbled() from problem
        if code in _PARTS:
            fr, en = _PARTS[code]
            raise DirectoryPartial(directory=self._directory, detail=fr, detail_en=en)
        if code == _NO_SUCH_OBJECT:
            raise DirectoryNoEntry(directory=self._directory, detail=base[:200])
        if code != _SUCCESS:
            raise self._wrong(*_SAID.get(code, (f"code {code}", f"code {code}")))

    def _cookie(self, controls: bytes) -> bytes:
        """Of the next page. A server that does not know pages and says it gave everything is believed: it would
        have said that there was more (code 4)."""
        try:
            for _, control in ber.elements(controls):
                parts = list(ber.elements(control))
                if parts and parts[0] == (ber.OCTETS, _PAGED.encode()) and parts[-1][0] == ber.OCTETS:
                    inside = list(ber.elements(ber.expect(next(ber.elements(parts[-1][1]), None), ber.SEQUENCE)))
                    return ber.expect(inside[1] if len(inside) == 2 else None, ber.OCTETS)
        except ValueError as problem:
            raise self._garbled() from problem
        return b""

    def _garbled(self) -> DirectoryAnswer:
        return self._wrong("ce n’est pas du LDAP", "this is no LDAP")

    def _wrong(self, fr: str, en: str) -> DirectoryAnswer:
        return DirectoryAnswer(directory=self._directory, detail=fr, detail_en=en)


def entry_of(content: bytes) -> Entry:
    """Raises ValueError."""
    parts = iter(ber.elements(content))
    dn = ber.expect(next(parts, None), ber.OCTETS).decode("utf-8", "replace")
    values: dict[str, list[bytes]] = {}
    for _, attribute in ber.elements(ber.expect(next(parts, None), ber.SEQUENCE)):
        inside = iter(ber.elements(attribute))
        name = ber.expect(next(inside, None), ber.OCTETS).decode("ascii", "replace").lower()
        values[name] = [value for _, value in ber.elements(ber.expect(next(inside, None), ber.SET))]
    return Entry(dn, values)


def question(asked: Asked) -> bytes:
    """A search, as it is sent."""
    return ber.tlv(
        _SEARCH,
        ber.octets(asked.base),
        ber.number(asked.scope, ber.ENUMERATED),
        ber.number(0, ber.ENUMERATED),  # no alias is followed
        ber.number(0),
        ber.number(0),
        ber.flag(False),
        asked.filter,
        ber.tlv(ber.SEQUENCE, *(ber.octets(name) for name in asked.attributes)),
    )


def _request(number: int, asked: Asked, cookie: bytes) -> bytes:
    control = ber.tlv(ber.SEQUENCE, ber.number(PAGE), ber.octets(cookie))
    controls = ber.tlv(_CONTROLS, ber.tlv(ber.SEQUENCE, ber.octets(_PAGED), ber.octets(control)))
    return ber.tlv(ber.SEQUENCE, ber.number(number), question(asked), controls if asked.scope == SUBTREE else b"")
