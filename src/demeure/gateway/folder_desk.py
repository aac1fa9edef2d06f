"""The control door's words about watched folders. Declaring one is of this door only."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from demeure.errors import InputError
from demeure.gateway.followed import folder_data, scan_data
from demeure.gateway.house import House
from demeure.gateway.visit import text_field
from demeure.policy import Actor
from demeure.wire import Handler, Reply, Request

Open = Callable[[], Awaitable[tuple[House, Actor]]]
"""The house and who asks, once this connection is in the journal."""

_ID = re.compile(r"[0-9a-f]{32}")
_LOOK_SECONDS = 0.2
_PATH_CHARACTERS = 16_384


class FolderDesk:
    """The operations of one connection."""

    def __init__(self, opened: Open) -> None:
        self._house = opened

    def handlers(self) -> dict[str, Handler]:
        """Operation → handler."""
        return {name: getattr(self, method) for name, method in FOLDER_OPERATIONS.items()}

    async def list_(self, _request: Request) -> Reply:
        house, actor = await self._house()
        return Reply({"sources": [folder_data(one) for one in await house.folders.listed(actor)]})

    async def add(self, request: Request) -> Reply:
        """``id``: under which the owner's command granted ``path`` (surrogates for bytes that are not UTF-8)."""
        house, actor = await self._house()
        made, place = request.args.get("id"), request.args.get("path")
        if not isinstance(made, str) or not _ID.fullmatch(made) or not isinstance(place, str):
            raise InputError(detail="id")
        word = _required(request, "space")
        known = await house.shelves.spaces(actor)
        space = next((s.id for s in known if word == s.id or word.casefold() == s.name.casefold()), word)
        watched = await house.folders.declare(
            actor,
            made,
            place,
            space,
            every=_number(request.args, "every"),
            ignore=_texts(request.args, "ignore"),
            keep_days=_number(request.args, "keep_days"),
            drop=request.args.get("drop") is True,
        )
        return Reply({"source": folder_data(watched)})

    async def show(self, request: Request) -> Reply:
        """``scans``: how many of the last ones."""
        house, actor = await self._house()
        watched = await house.folders.show(actor, _word(request))
        many = min(_number(request.args, "scans") or 10, 50)
        scans = await house.folders.scans(actor, watched.folder.id, many)
        return Reply({"source": folder_data(watched), "scans": [scan_data(row) for row in scans]})

    async def scan(self, request: Request) -> AsyncIterator[Reply]:
        """``verify``: every file is read again. ``wait``: the source whenever its counts change, until the scan
        that was asked for is over; ``follow``: the same without asking for one."""
        house, actor = await self._house()
        watched = await house.folders.show(actor, _word(request))
        folder, before = watched.folder.id, watched.last.id if watched.last else 0
        if request.args.get("follow") is not True:
            watched = await house.folders.ask(actor, folder, whole=request.args.get("verify") is True)
        elif watched.last is not None:
            before -= 1  # the one that runs, or the one that is just over
        yield Reply({"source": folder_data(watched)})
        told: Any = None
        while request.args.get("wait") is True:
            watched = await house.folders.show(actor, folder)
            last = watched.last
            fresh = last is not None and last.id > before
            if last is not None and fresh and told != (last.outcome, last.counts):
                told = (last.outcome, last.counts)
                yield Reply({"source": folder_data(watched)})
            if watched.folder.paused or (last is not None and fresh and last.outcome != "running"):
                return
            await asyncio.sleep(_LOOK_SECONDS)

    async def pause(self, request: Request) -> Reply:
        house, actor = await self._house()
        return Reply({"source": folder_data(await house.folders.pause(actor, _word(request)))})

    async def resume(self, request: Request) -> Reply:
        house, actor = await self._house()
        return Reply({"source": folder_data(await house.folders.resume(actor, _word(request)))})

    async def change(self, request: Request) -> Reply:
        """``every`` (minutes), ``ignore`` (the whole list), ``keep_days``: those that are given."""
        house, actor = await self._house()
        wanted: dict[str, Any] = {n: _number(request.args, n) for n in ("every", "keep_days") if n in request.args}
        if "ignore" in request.args:
            wanted["ignore"] = _texts(request.args, "ignore")
        return Reply({"source": folder_data(await house.folders.change(actor, _word(request), wanted))})

    async def confirm(self, request: Request) -> Reply:
        """``count``: how many files are really gone; it must be the number that is held."""
        house, actor = await self._house()
        watched = await house.folders.agree(actor, _word(request), _number(request.args, "count"))
        return Reply({"source": folder_data(watched)})

    async def remove(self, request: Request) -> Reply:
        """``documents``: delete them too."""
        house, actor = await self._house()
        watched = await house.folders.remove(actor, _word(request), documents=request.args.get("documents") is True)
        return Reply({"source": folder_data(watched)})


FOLDER_OPERATIONS = {
    "sources.list": "list_",
    "sources.add": "add",
    "sources.show": "show",
    "sources.scan": "scan",
    "sources.pause": "pause",
    "sources.resume": "resume",
    "sources.change": "change",
    "sources.confirm": "confirm",
    "sources.remove": "remove",
}
"""Operation on the wire → method of FolderDesk."""


def _word(request: Request) -> str:
    return _required(request, "source")


def _required(request: Request, name: str) -> str:
    value = text_field(request.args, name, _PATH_CHARACTERS)
    if not value:
        raise InputError(detail=name)
    return value


def _number(args: dict[str, Any], name: str) -> int:
    value = args.get(name, 0)
    if type(value) is not int:
        raise InputError(detail=name)
    return value


def _texts(args: dict[str, Any], name: str) -> list[str]:
    values = args.get(name) or []
    if not isinstance(values, list):
        raise InputError(detail=name)
    return [text_field({name: value}, name) for value in values]
