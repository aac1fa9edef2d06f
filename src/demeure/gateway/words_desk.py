"""The control door's words about the organisation's words, and about files to send."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from demeure.errors import InputError
from demeure.gateway.api.words import term_data, term_from, text_data, whole
from demeure.gateway.errors import BodyTooLarge, PageUnknown
from demeure.gateway.house import House
from demeure.gateway.pages.files import answer_to_send
from demeure.gateway.visit import text_field
from demeure.policy import Actor
from demeure.wire import Handler, Reply, Request

Open = Callable[[], Awaitable[tuple[House, Actor]]]
"""The house and who asks, once this connection is in the journal."""

CSV_BYTES = 4 << 20
_PIECE = 1 << 20


class WordsDesk:
    """The operations of one connection. ``space``: a name or an id; left out: the whole organisation."""

    def __init__(self, opened: Open) -> None:
        self._house = opened

    def handlers(self) -> dict[str, Handler]:
        """Operation → handler."""
        return {name: getattr(self, method) for name, method in WORD_OPERATIONS.items()}

    async def list_(self, request: Request) -> Reply:
        house, actor, space = await self._of(request)
        terms, texts = await house.words.terms(actor, space), await house.words.texts(actor, space)
        return Reply({"terms": [term_data(one) for one in terms], "texts": [text_data(one) for one in texts]})

    async def add(self, request: Request) -> Reply:
        """``id``: of the entry that this one replaces."""
        house, actor, space = await self._of(request)
        made = await house.words.put(actor, space, term_from(request.args), whole(request.args, "id"))
        return Reply({"term": term_data(made)})

    async def remove(self, request: Request) -> Reply:
        """``form``: of the entry."""
        house, actor, space = await self._of(request)
        key = " ".join(text_field(request.args, "form", 400).split()).casefold()
        found = next((one for one in await house.words.terms(actor, space) if one.key == key), None)
        await house.words.remove(actor, space, found.id if found else 0)
        return Reply({"form": found.form if found else ""})

    async def import_(self, request: Request) -> Reply:
        """Body: the CSV file. ``alone``: entries that it does not have leave."""
        house, actor, space = await self._of(request)
        data = bytearray()
        async for piece in request.body():
            data += piece
            if len(data) > CSV_BYTES:
                raise BodyTooLarge(limit=CSV_BYTES)
        made = await house.words.import_csv(actor, space, bytes(data), alone=request.args.get("alone") is True)
        return Reply(vars(made))

    async def export(self, request: Request) -> Reply:
        """Body: the CSV file."""
        house, actor, space = await self._of(request)
        return Reply({}, await house.words.export(actor, space, _language(request)))

    async def text(self, request: Request) -> Reply:
        """``kind``, ``name`` → its versions, latest first."""
        house, actor, space = await self._of(request)
        kind, name = (text_field(request.args, one, 400) for one in ("kind", "name"))
        return Reply({"versions": [text_data(one) for one in await house.words.versions(actor, space, kind, name)]})

    async def write(self, request: Request) -> Reply:
        """``kind``, ``name``, ``body`` (absent: taken away): the version after the last one."""
        house, actor, space = await self._of(request)
        kind, name = (text_field(request.args, one, 400) for one in ("kind", "name"))
        known = await house.words.versions(actor, space, kind, name)
        after = known[0].version if known else 0
        if request.args.get("body") is None:
            return Reply({"version": await house.words.take_away(actor, space, kind, name, after)})
        body = text_field(request.args, "body", 60_000)
        return Reply({"version": await house.words.write(actor, space, kind, name, body, after)})

    async def file(self, request: Request) -> AsyncIterator[Reply]:
        """``id``: of a conversation (its last answer) or ``conversation/answer``; ``format``, ``letter``, ``mask``
        → item {name, type, bytes}, then the file, piece by piece."""
        house, actor = await self._house()
        conversation, _, message = text_field(request.args, "id", 200).partition("/")
        if not conversation:
            raise PageUnknown()
        letter, kind = request.args.get("letter") is True, text_field(request.args, "format", 8)
        told = await answer_to_send(house, actor, _language(request), (conversation, message), letter=letter)
        mask = request.args.get("mask") is True
        sent = await house.sending.file(actor, _language(request), told, kind, mask=mask)
        yield Reply({"name": sent.name, "type": sent.type, "bytes": len(sent.data)})
        for start in range(0, len(sent.data), _PIECE):
            yield Reply({}, sent.data[start : start + _PIECE])

    async def _of(self, request: Request) -> tuple[House, Actor, str]:
        house, actor = await self._house()
        word = text_field(request.args, "space", 400)
        if not word:
            return house, actor, ""
        known = await house.shelves.spaces(actor)
        named = (one.id for one in known if word == one.id or word.casefold() == one.name.casefold())
        return house, actor, next(named, word)


WORD_OPERATIONS = {
    "words.list": "list_",
    "words.add": "add",
    "words.remove": "remove",
    "words.import": "import_",
    "words.export": "export",
    "words.text": "text",
    "words.write": "write",
    "files.answer": "file",
}
"""Operation on the wire → method of WordsDesk."""


def _language(request: Request) -> str:
    value: Any = request.args.get("language")
    if value not in (None, "fr", "en"):
        raise InputError(detail="language")
    return value or "fr"
