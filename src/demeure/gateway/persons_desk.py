"""The control door's words about people and their data: find, requests, erasure. Contents are never among them."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

from demeure.errors import InputError
from demeure.gateway.document_desk import named_spaces, required
from demeure.gateway.house import House
from demeure.gateway.person_letters import letter_file
from demeure.gateway.persons_told import asked_data, report_data, sheet_data
from demeure.gateway.visit import text_field
from demeure.persons import number_of
from demeure.policy import Actor
from demeure.wire import Handler, Reply, Request

Open = Callable[[], Awaitable[tuple[House, Actor]]]
"""The house and who asks, once this connection is in the journal."""
PIECE = 1 << 20


class PersonsDesk:
    """The operations of one connection."""

    def __init__(self, opened: Open) -> None:
        self._house = opened

    def handlers(self) -> dict[str, Handler]:
        """Operation → handler."""
        return {name: getattr(self, method) for name, method in PERSONS_OPERATIONS.items()}

    async def find(self, request: Request) -> Reply:
        """``said``: names, numbers, addresses; ``why`` → {found, looked, same, not_searched}."""
        house, actor = await self._house()
        report = await house.persons.finder.find(actor, _said(request), text_field(request.args, "why"))
        return Reply(await report_data(house, actor, _language(request), report))

    async def list_(self, request: Request) -> Reply:
        house, actor = await self._house()
        known = await house.persons.requests.requests(actor)
        return Reply({"requests": [asked_data(house, _language(request), one) for one in known]})

    async def open(self, request: Request) -> Reply:
        """``kind``: access, erasure, portability; ``said``, ``note``, ``received_on``, ``practice`` (an exercise) →
        the request."""
        house, actor = await self._house()
        kind, note, day = (text_field(request.args, name) for name in ("kind", "note", "received_on"))
        exercise = request.args.get("practice") is True
        one = await house.persons.requests.open(actor, kind, _said(request), note, day, practice=exercise)
        return Reply(asked_data(house, _language(request), one))

    async def show(self, request: Request) -> Reply:
        house, actor = await self._house()
        return await self._sheet(house, actor, request)

    async def search(self, request: Request) -> Reply:
        house, actor = await self._house()
        await house.persons.requests.search(actor, _number(request))
        return await self._sheet(house, actor, request)

    async def choose(self, request: Request) -> Reply:
        """``choices``: {id of a finding: erase, tell or keep}; ``all``: the same for those not decided yet."""
        house, actor = await self._house()
        number, given = _number(request), request.args.get("choices") or {}
        if not isinstance(given, dict) or len(given) > 10_000:
            raise InputError(detail="choices")
        choices = {number_of(one): text_field(given, one, 8) for one in given}
        if everything := text_field(request.args, "all", 8):
            _, found = await house.persons.requests.request(actor, number)
            choices = {f.id: everything for f in found if not f.choice} | choices
        await house.persons.requests.choose(actor, number, choices)
        return await self._sheet(house, actor, request)

    async def extend(self, request: Request) -> Reply:
        house, actor = await self._house()
        await house.persons.requests.extend(actor, _number(request), text_field(request.args, "why"))
        return await self._sheet(house, actor, request)

    async def refuse(self, request: Request) -> Reply:
        """``ground``: persons.GROUNDS; ``why``."""
        house, actor = await self._house()
        ground, why = text_field(request.args, "ground", 32), text_field(request.args, "why")
        await house.persons.requests.refuse(actor, _number(request), ground, why)
        return await self._sheet(house, actor, request)

    async def erase(self, request: Request) -> Reply:
        """Carry out what was decided. ``ground``, ``why``: where everything is kept. ``receipt``: proofs of it,
        once nothing waits."""
        house, actor = await self._house()
        ground, why = text_field(request.args, "ground", 32), text_field(request.args, "why")
        one = await house.persons.erasing.erase(actor, _number(request), ground, why)
        reply = (await self._sheet(house, actor, request)).data
        entries = (one.ended or {}).get("entries", [])
        receipt = await house.records.certified(actor, *entries) if len(entries) == 2 else None
        return Reply({**reply, "receipt": receipt})

    async def export(self, request: Request) -> AsyncIterator[Reply]:
        """Item {name, bytes}, then the zip made for the person, piece by piece."""
        house, actor = await self._house()
        language = _language(request)

        def say(key: str, **values: Any) -> str:
            return house.rendering.say(language, key, **values)

        made = await house.persons.exporting.export(actor, _number(request), language, say)
        yield Reply({"name": made.name, "bytes": len(made.data)})
        for start in range(0, len(made.data), PIECE):
            yield Reply({}, made.data[start : start + PIECE])

    async def letter(self, request: Request) -> AsyncIterator[Reply]:
        """``letter``: one of persons.LETTERS; ``format`` → item {name, type, bytes}, then the letter as a file."""
        house, actor = await self._house()
        name, kind = text_field(request.args, "letter", 16), text_field(request.args, "format", 8)
        sent = await letter_file(house, actor, _number(request), name, kind)
        yield Reply({"name": sent.name, "type": sent.type, "bytes": len(sent.data)}, sent.data)

    async def hide(self, request: Request) -> AsyncIterator[Reply]:
        """``space`` (name or id), ``dossier``, ``name`` of the file, which is the body → its text with tokens."""
        house, actor = await self._house()
        text, where = await self._read(house, actor, request)
        (made,) = await house.persons.pseudonyms.hide(actor, *where, [text])
        for piece in _pieces(made):
            yield piece

    async def restore(self, request: Request) -> AsyncIterator[Reply]:
        """The same back: the text with its names."""
        house, actor = await self._house()
        text, where = await self._read(house, actor, request)
        for piece in _pieces(await house.persons.pseudonyms.restore(actor, *where, text)):
            yield piece

    @staticmethod
    async def _read(house: House, actor: Actor, request: Request) -> tuple[str, tuple[str, str]]:
        (space,) = await named_spaces(house, actor, [required(request, "space")])
        text = await house.persons.pseudonyms.read(text_field(request.args, "name", 255), request.body())
        return text, (space, text_field(request.args, "dossier", 1000))

    async def close(self, request: Request) -> Reply:
        house, actor = await self._house()
        await house.persons.requests.close(actor, _number(request))
        return await self._sheet(house, actor, request)

    @staticmethod
    async def _sheet(house: House, actor: Actor, request: Request) -> Reply:
        one, found = await house.persons.requests.request(actor, _number(request))
        return Reply(await sheet_data(house, actor, _language(request), one, found))


PERSONS_OPERATIONS = {
    "persons.find": "find",
    "persons.list": "list_",
    "persons.open": "open",
    "persons.show": "show",
    "persons.search": "search",
    "persons.choose": "choose",
    "persons.extend": "extend",
    "persons.refuse": "refuse",
    "persons.erase": "erase",
    "persons.export": "export",
    "persons.close": "close",
    "persons.letter": "letter",
    "personal.hide": "hide",
    "personal.restore": "restore",
}
"""Operation on the wire → method of PersonsDesk."""


def _pieces(text: str) -> Iterator[Reply]:
    data = text.encode()
    return (Reply({}, data[start : start + PIECE]) for start in range(0, max(len(data), 1), PIECE))


def _language(request: Request) -> str:
    return "en" if request.args.get("language") == "en" else "fr"


def _said(request: Request) -> list[str]:
    said: Any = request.args.get("said") or []
    if not isinstance(said, list) or len(said) > 100:
        raise InputError(detail="said")
    return [text_field({"said": one}, "said", 1000) for one in said]


def _number(request: Request) -> int:
    number = request.args.get("number")
    if type(number) is not int or not 0 < number < 1 << 40:
        raise InputError(detail="number")
    return number
