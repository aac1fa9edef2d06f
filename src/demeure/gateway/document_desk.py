"""The control door's words about spaces, documents and what is searched in them."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

from demeure.errors import InputError
from demeure.gateway import marks_told
from demeure.gateway.api.search import finding_data
from demeure.gateway.house import House
from demeure.gateway.pages.documents import MOST_ROWS, document_data
from demeure.gateway.visit import text_field
from demeure.library import Wanted
from demeure.policy import Actor
from demeure.wire import Handler, Reply, Request

Open = Callable[[], Awaitable[tuple[House, Actor]]]
"""The house and who asks, once this connection is in the journal."""
_SETTLED = {"ready": ("ready", "failed"), "searchable": ("searchable", "ready", "failed")}
_LOOK_SECONDS = 0.2


class DocumentDesk:
    """The operations of one connection."""

    def __init__(self, opened: Open) -> None:
        self._house = opened

    def handlers(self) -> dict[str, Handler]:
        """Operation → handler."""
        return {name: getattr(self, method) for name, method in DOCUMENT_OPERATIONS.items()}

    async def spaces_list(self, _request: Request) -> Reply:
        house, actor = await self._house()
        return Reply({"spaces": [vars(space) for space in await house.shelves.spaces(actor)]})

    async def spaces_create(self, request: Request) -> Reply:
        house, actor = await self._house()
        return Reply(vars(await house.shelves.create_space(actor, required(request, "name"))))

    async def spaces_delete(self, request: Request) -> Reply:
        house, actor = await self._house()
        (space,) = await named_spaces(house, actor, [required(request, "space")])
        await house.shelves.delete_space(actor, space)
        return Reply({"space": space})

    async def documents_list(self, request: Request) -> Reply:
        house, actor = await self._house()
        one = text_field(request.args, "space")
        spaces = await named_spaces(house, actor, [one] if one else [])
        wanted = Wanted(tag=text_field(request.args, "tag"))
        pages = [await house.catalogue.page(actor, space, wanted, 1, MOST_ROWS) for space in spaces]
        return Reply({"documents": [document_data(row) for page in pages for row in page.rows]})

    async def documents_add(self, request: Request) -> Reply:
        """Body: the file. The answer comes once it is durable; reading it is the worker's."""
        house, actor = await self._house()
        (space,) = await named_spaces(house, actor, [required(request, "space")])
        name, path = required(request, "name"), text_field(request.args, "path")
        added = await house.shelves.add(actor, space, name, request.body(), door="command", path=path)
        return Reply({"document": document_data(added.document), "new": added.new})

    async def documents_show(self, request: Request) -> Reply:
        """``document``; or ``documents``, those of them that there are."""
        house, actor = await self._house()
        if several := texts(request.args, "documents"):
            return Reply({"documents": [document_data(one) for one in await house.catalogue.shown(actor, several)]})
        row = await house.shelves.document(actor, required(request, "document"))
        (shown,) = await house.catalogue.shown(actor, [row.id]) or [row]
        return Reply({"document": document_data(shown)})

    async def documents_marks(self, request: Request) -> Reply:
        """Personal data of ``document``, and why they are marked, from part ``first`` on; ``language``: of the
        words."""
        house, actor = await self._house()
        first = request.args.get("first", 0)
        if type(first) is not int or first < 0:
            raise InputError(detail="first")
        found = await house.viewer.marks(actor, required(request, "document"), first)
        language = "en" if request.args.get("language") == "en" else "fr"
        return Reply({"marks": marks_told.rows(found, language), "following": found.following})

    async def documents_tag(self, request: Request) -> Reply:
        """``add`` and ``remove`` on ``documents`` of one space: all of it or nothing."""
        house, actor = await self._house()
        ids, put, off = (texts(request.args, name) for name in ("documents", "add", "remove"))
        return Reply({"documents": await house.catalogue.tag(actor, ids, put, off)})

    async def search(self, request: Request) -> Reply:
        """``sought`` in ``spaces`` (empty: all), or in one ``document`` of theirs, as the page Recherche."""
        house, actor = await self._house()
        text, number = required(request, "sought"), request.args.get("limit")
        spaces = await named_spaces(house, actor, texts(request.args, "spaces"))
        limit = number if type(number) is int and 1 <= number <= 100 else 10
        document = text_field(request.args, "document", 64)
        wanted = Wanted(former=request.args.get("former") is True, document=document)
        return Reply(finding_data(await house.finder.find(actor, text, spaces, wanted, 1, limit)))

    async def documents_delete(self, request: Request) -> Reply:
        (house, actor), document = await self._house(), required(request, "document")
        await house.shelves.delete(actor, document)
        return Reply({"document": document})

    async def documents_wait(self, request: Request) -> AsyncIterator[Reply]:
        """Each named document whenever its state changes, until all are settled (``until``: ready, searchable)."""
        house, actor = await self._house()
        settled = _SETTLED.get(text_field(request.args, "until") or "ready")
        if settled is None:
            raise InputError(detail="until")
        waited = texts(request.args, "documents")
        told: dict[str, tuple[str, int]] = {}
        while waited:
            for document in list(waited):
                row = await house.shelves.document(actor, document)
                facts = (row.state, row.embedded)
                if told.get(document) != facts:
                    told[document] = facts
                    yield Reply({"document": document_data(row)})
                if row.state in settled:
                    waited.remove(document)
            if waited:
                await asyncio.sleep(_LOOK_SECONDS)


DOCUMENT_OPERATIONS = {
    "spaces.list": "spaces_list",
    "spaces.create": "spaces_create",
    "spaces.delete": "spaces_delete",
    "documents.list": "documents_list",
    "documents.add": "documents_add",
    "documents.show": "documents_show",
    "documents.delete": "documents_delete",
    "documents.tag": "documents_tag",
    "documents.marks": "documents_marks",
    "documents.wait": "documents_wait",
    "search": "search",
}
"""Operation on the wire → method of DocumentDesk."""


async def named_spaces(house: House, actor: Actor, wanted: Sequence[str]) -> list[str]:
    """Ids of the spaces called by id or by name; all visible ones when none is named. An unknown one stays as
    given: the library says what it thinks of it."""
    known = await house.shelves.spaces(actor)
    by_word = {space.name.casefold(): space.id for space in known} | {space.id: space.id for space in known}
    return [by_word.get(word, by_word.get(word.casefold(), word)) for word in wanted] or [s.id for s in known]


def required(request: Request, name: str) -> str:
    """An argument that must be there. Raises InputError."""
    value = text_field(request.args, name)
    if not value:
        raise InputError(detail=name)
    return value


def texts(args: dict[str, Any], name: str) -> list[str]:
    """An argument that is a list of texts. Raises InputError."""
    values = args.get(name) or []
    if not isinstance(values, list):
        raise InputError(detail=name)
    return [text_field({name: value}, name) for value in values]
